"""``tipsheet send``: an issue to everyone who has not got it."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, issues, json_option, outbox_option, segments
from tipsheet.cli.sending import allow_option, at_gate, facts_of, gently, reporting, tell, values
from tipsheet.cli.session import Session, counting, pass_session
from tipsheet.cli.terminal import echo_json, one_line

if TYPE_CHECKING:
    import datetime as dt

    import sqlalchemy as sa

    from tipsheet.delivery.channel import Connect
    from tipsheet.edition.edition import Edition
    from tipsheet.settings import Settings

__all__ = ["send"]

REHEARSALS = "dry-run"
"""Folder for the letters of a dry run; git ignores what is in it, since the readers' addresses are."""


@click.command(
    epilog=examples(
        "tipsheet send 2026-w48 --to me@example.org",
        "tipsheet send 2026-w48 --dry-run",
        "tipsheet send 2026-w48",
        "tipsheet send 2026-w48 --yes --connections 8",
        "tipsheet send 2026-w48 --allow stale",
    )
)
@click.argument("issue", shell_complete=issues)
@click.option("--to", "address", metavar="ADDRESS", help="Send a test to this address; no reader gets anything.")
@click.option("--segment", "named", multiple=True, shell_complete=segments, help="With --to: a segment to be in.")
@click.option("--dry-run", is_flag=True, help="Write the letters to files instead of sending them.")
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is sent unless this is given.")
@click.option(
    "--connections", type=click.IntRange(1, 64), metavar="N", help="Connections at a time. Default: as in mkdocs.yml."
)
@click.option(
    "--sender", "sender_name", metavar="NAME", help="smtp (the default) or sendmail; folder or maildir for a dry run."
)
@click.option(
    "--wait",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait, in all, for servers that put letters off.",
)
@click.option("--amend-unsent", is_flag=True, help="The text was changed: send the new one to those who wait.")
@allow_option
@outbox_option
@database_option
@json_option
@pass_session
@click.pass_context
def send(
    ctx: click.Context,
    session: Session,
    issue: str,
    *,
    address: str | None,
    named: tuple[str, ...],
    sender_name: str | None,
    database: str,
    outbox_dir: Path,
    connections: int | None,
    wait: int,
    dry_run: bool,
    yes: bool,
    amend_unsent: bool,
    allowed: tuple[str, ...],
    as_json: bool,
) -> None:
    """Send an ISSUE to every reader who has not got it.

    A run that was stopped or killed is simply started again: nobody gets a letter twice. On a
    terminal you are asked first; elsewhere, without --yes, it is a dry run. What speaks against
    sending is told, all at once, and nothing is sent; see --allow.
    """
    import datetime as dt

    from tipsheet.delivery.dkim import read_signers, signing
    from tipsheet.delivery.gate import pass_gate
    from tipsheet.delivery.senders import SENDERS
    from tipsheet.delivery.welcome import refuse_welcome
    from tipsheet.edition.outbox import read_edition, sender_of

    settings, outbox = session.settings(), session.root / outbox_dir
    edition = read_edition(outbox, issue)
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    name = sender_name or ("folder" if not address and (dry_run or not (yes or asked)) else "smtp")
    if name not in SENDERS:
        raise click.BadParameter(f"'{name}' is none of {', '.join(SENDERS)}.", param_hint="--sender")
    readers = address is None and not dry_run and SENDERS[name].real and (yes or asked)
    if readers:
        refuse_welcome(outbox, issue)
        facts = facts_of(session, settings, database)
        pass_gate(at_gate(facts, outbox, issue, session.now(None), name), allowed)
    signers = read_signers(settings.delivery, sender_of(edition), os.environ)
    connect = signing(SENDERS[name].open(os.environ, session.root / REHEARSALS / issue), signers)
    if address is not None:
        _test(session, edition, address, frozenset(named), connect)
        return
    if not readers:
        _rehearse(session, settings, edition, database, connect, as_json=as_json)
        if not dry_run:
            session.say("This was a dry run: nothing was sent. Add --yes to send.")
        return
    with session.store_in_use(database) as engine:
        if not yes:
            _ask(engine, settings, edition, name, session.now(None))
        changes = {"wait": dt.timedelta(minutes=wait), "amend": amend_unsent}
        if connections is not None:
            changes["connections"] = connections
        ctx.exit(_send(session, engine, settings, edition, connect, changes=changes, as_json=as_json))


def _test(session: Session, edition: "Edition", address: str, segments: frozenset[str], connect: "Connect") -> None:
    from tipsheet.delivery.letters import dated
    from tipsheet.delivery.rehearsal import send_test

    receipt = send_test(dated(edition, session.now(None)), address, segments, connect, entropy=os.urandom)
    session.say(f"Sent a test of {edition.issue} to {address}: {receipt.code} {receipt.text}".rstrip())


def _ask(engine: "sa.Engine", settings: "Settings", edition: "Edition", name: str, now: "dt.datetime") -> None:
    """Say what is about to happen, and stop unless it is wanted."""
    from tipsheet.delivery.rehearsal import count_readers
    from tipsheet.delivery.snapshot import find_send
    from tipsheet.delivery.status import status_of
    from tipsheet.store.states import DeliveryState, SendState

    with engine.connect() as connection:
        found = find_send(connection, edition.issue)
        if found is None or found.state is SendState.HELD:
            count = count_readers(connection, edition, settings.segments, now)
        else:
            count = status_of(connection, edition.issue).counts[DeliveryState.QUEUED]
    readers = "1 reader" if count == 1 else f"{count:,} readers"
    click.confirm(one_line(f"Send {edition.issue}, “{edition.title}”, to {readers} by {name}?"), abort=True, err=True)


def _send(
    session: Session,
    engine: "sa.Engine",
    settings: "Settings",
    edition: "Edition",
    connect: "Connect",
    *,
    changes: dict[str, object],
    as_json: bool,
) -> int:
    """Send it; returns the exit code."""
    from tipsheet.audience.secret import secret_of
    from tipsheet.delivery import sending
    from tipsheet.delivery.setup import job_of

    secret = secret_of(os.environ)
    with gently(), reporting(session, engine, edition.issue) as progress:
        job = job_of(
            settings, edition, engine, secret, connect, environ=os.environ, changes={**changes, "progress": progress}
        )
        status = sending.send(job)
    if as_json:
        echo_json(values(status))
    else:
        tell(session, status)
    return status.exit_code


def _rehearse(
    session: Session, settings: "Settings", edition: "Edition", database: str, connect: "Connect", *, as_json: bool
) -> None:
    from tipsheet.audience.secret import secret_of
    from tipsheet.delivery.letters import Letters
    from tipsheet.delivery.rehearsal import Rehearsal
    from tipsheet.edition.outbox import sender_of

    secret = secret_of(os.environ)
    folder = session.root / REHEARSALS
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    sender, mailbox = settings.delivery.bounces or sender_of(edition), settings.service.mailbox or ""
    letters = Letters(edition, secret, sender, mailbox=mailbox)
    letters.date(session.now(None))
    rehearsal = Rehearsal(edition, settings.segments, letters, secret, session.now(None))
    with (
        session.store_in_use(database) as engine,
        engine.connect() as connection,
        counting(session, "Writing letters", rehearsal.count(connection)) as advance,
    ):
        outcomes = rehearsal.run(connection, connect(), advance)
    if as_json:
        echo_json({"issue": edition.issue, "folder": str(folder / edition.issue), **outcomes})
        return
    session.say(f"Wrote {outcomes.pop('written'):,} letters to {folder / edition.issue}.")
    for cause, count in outcomes.items():
        session.say(f"  {count:,} could not be written: {cause}")
