"""``tipsheet inbox``: mail that readers and mail servers write to the publication."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.groups import Group
from tipsheet.cli.options import database_option, examples, json_option, now_option, outbox_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json
from tipsheet.errors import TipsheetError

if TYPE_CHECKING:
    import datetime as dt

    from tipsheet.delivery.inbox import Inbox
    from tipsheet.delivery.mailboxes import Mailbox, MailCounts

__all__ = ["inbox"]

DEFERRED = 75
"""EX_TEMPFAIL of sysexits.h: a mail server keeps the message and tries again."""


@click.group(
    cls=Group,
    epilog=examples("tipsheet inbox process --dry-run", "tipsheet inbox receive --keep ~/Maildir < message.eml"),
)
def inbox() -> None:
    """Deal with mail of readers and of mail servers.

    Who writes to the address to leave, or "unsubscribe" and the token of a letter as the subject, is unsubscribed;
    who answers the letter that asks to confirm is a reader from now on; reports of letters that came back, and
    complaints, are counted. Nobody is answered. Everything else is for a person.
    """


@inbox.command(
    epilog=examples(
        "tipsheet inbox process --dry-run",
        'tipsheet inbox process --person "For a person"',
        "tipsheet inbox process ~/Maildir",
    )
)
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--folder", default="INBOX", show_default=True, metavar="NAME", help="IMAP: the folder to read.")
@click.option(
    "--done", default="tipsheet-done", show_default=True, metavar="NAME", help="Folder for what was dealt with."
)
@click.option("--person", default="", metavar="NAME", help="Folder for the rest. Default: it stays where it is.")
@click.option("--again", is_flag=True, help="IMAP: look at what earlier runs left as well.")
@click.option("--dry-run", is_flag=True, help="Change and move nothing; say what would happen.")
@database_option
@outbox_option
@json_option
@now_option
@pass_session
def process(session: Session, /, path: Path | None, database: str, **options: Any) -> None:
    """Deal with the messages of a mailbox: at PATH, or on the server that TIPSHEET_IMAP_URL names.

    PATH is a Maildir, an mbox, a message or a folder of messages. TIPSHEET_IMAP_URL is an address like
    imaps://USER:PASSWORD@mail.example.org. What was dealt with is moved to a folder of the mailbox; from an mbox
    nothing is moved. A message that is met again changes nothing.
    """
    from tipsheet.delivery.mailboxes import Folders
    from tipsheet.delivery.mailboxes import process as process_all

    folders = Folders(done=options["done"], person=options["person"])
    with (
        _inbox(session, database, options["outbox_dir"], options["moment"], dry_run=options["dry_run"]) as inbox,
        _mailbox(path, options["folder"], again=options["again"]) as box,
    ):
        tally = process_all(box, inbox, folders)
    _tell(session, tally, as_json=options["as_json"])
    if options["dry_run"]:
        session.say("This was a dry run: nothing was changed.")


class _Deferring(click.Command):
    """A command that a mail server runs: whatever goes wrong, it keeps the message and tries again."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        try:
            return super().make_context(*args, **extra)
        except click.UsageError as error:
            raise _DeferredError(error.format_message()) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, KeyboardInterrupt):
            raise
        except Exception as error:
            words = str(error) if isinstance(error, TipsheetError | click.ClickException) else type(error).__name__
            hint = error.hint if isinstance(error, TipsheetError) else ""
            raise _DeferredError(f"{words}; the message was not taken", hint) from error


class _DeferredError(TipsheetError):
    """The message stays with the mail server."""

    exit_code = DEFERRED


@inbox.command(cls=_Deferring, epilog=examples("tipsheet inbox receive --keep ~/Maildir < message.eml"))
@click.option(
    "--keep",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="MAILDIR",
    help="Maildir for what a person must read; it is made.",
)
@database_option
@outbox_option
@now_option
@pass_session
def receive(session: Session, folder: Path, database: str, outbox_dir: Path, moment: "dt.date | None") -> None:
    """Deal with one message on standard input, as a mail server's pipe brings it.

    Ends with 0 when the message was dealt with or kept, and with 75 for whatever went wrong, so that the mail server
    tries again.
    """
    from tipsheet.delivery.inbox import MailKind
    from tipsheet.delivery.mailboxes import keep

    message = sys.stdin.buffer.read()
    with _inbox(session, database, outbox_dir, moment) as inbox:
        outcome = inbox.take(message)
    if outcome.what is MailKind.PERSON:
        keep(message, folder, f"tipsheet.{outcome.digest}")
    session.say(", ".join(outcome.words))


@contextmanager
def _inbox(
    session: Session, database: str, outbox: Path, moment: "dt.date | None", *, dry_run: bool = False
) -> Iterator["Inbox"]:
    from tipsheet.audience.secret import secret_of
    from tipsheet.delivery.inbox import Forms, Inbox
    from tipsheet.edition.service import read_service

    secret, senders = secret_of(os.environ), session.settings().service.form_senders
    forms = Forms()
    if senders:
        record = read_service(session.root / outbox).record
        known = frozenset(sender.lower() for sender in senders)
        consents = {language: record.in_language(language).consent for language in record.languages}
        forms = Forms(senders=known, segments=record.segments, consent=record.consent, consents=consents)
    opened = session.store if senders and not dry_run else session.store_in_use  # the first reader may come by a form
    with opened(database) as engine:
        yield Inbox(engine=engine, secret=secret, clock=lambda: session.now(moment), forms=forms, dry_run=dry_run)


@contextmanager
def _mailbox(path: Path | None, folder: str, *, again: bool) -> Iterator["Mailbox"]:
    from tipsheet.delivery.imap import open_mailbox
    from tipsheet.delivery.mailboxes import mailbox_at

    if path is not None:
        yield mailbox_at(path)
        return
    with open_mailbox(os.environ, folder, again=again) as box:
        yield box


def _tell(session: Session, tally: "MailCounts", *, as_json: bool) -> None:
    """Print the counts of what became of the messages; no address and no token is in it."""
    if as_json:
        echo_json({"messages": tally.read, "moved": tally.moved, "counts": tally.counts})
        return
    words = ", ".join(f"{count:,} {said}" for said, count in tally.counts.items())
    echo(f"{tally.read:,} message{'s' * (tally.read != 1)}{': ' * bool(words)}{words}")
    session.detail(f"{tally.moved:,} were moved.")
