"""``tipsheet publish``: build, then send what is due. What a schedule runs."""

import datetime as dt
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.dispatch import Dispatch, in_words, intention, report, welcomes_in_words
from tipsheet.cli.findings import show
from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.sending import allow_option, facts_of, quiet_while_another_sends
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo_json, number
from tipsheet.delivery.senders import DEFAULT, REAL

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.locks import GitLock
    from tipsheet.delivery.schedule import Due
    from tipsheet.settings import Settings

__all__ = ["publish"]

FOLDER = click.Path(file_okay=False, path_type=Path)


class _Span(click.ParamType[dt.timedelta]):
    """A number of minutes, hours or days: ``90m``, ``6h``, ``2d``."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        match = re.fullmatch(r"(\d{1,5})([mhd])", str(value))
        if match is None:
            self.fail(f"'{value}' is not a span like 90m, 6h or 2d.", param, ctx)
        return (
            int(match[1])
            * {"m": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(days=1)}[match[2]]
        )


@click.command(
    epilog=examples(
        "tipsheet publish --dry-run",
        "tipsheet publish",
        "tipsheet publish --max-late 6h --late skip",
        "tipsheet publish --no-build --outbox-dir outbox",
    )
)
@click.option("--dry-run", is_flag=True, help="Say what would be sent, and send nothing.")
@click.option("--build/--no-build", default=True, show_default=True, help="Build first, or send what a build left.")
@click.option("--strict", is_flag=True, help="Warnings stop the build.")
@click.option(
    "--max-late", type=_Span(), metavar="SPAN", help="How late an issue still goes. Default: as in mkdocs.yml."
)
@click.option(
    "--late",
    type=click.Choice(("send", "hold", "skip")),
    help="What becomes of an issue that is later: sent, held and reported, or passed over. Default: as in mkdocs.yml.",
)
@click.option(
    "--sender",
    "sender_name",
    type=click.Choice(REAL),
    default=DEFAULT,
    show_default=True,
    help="Who takes the letters.",
)
@click.option(
    "--git-lock", is_flag=True, help="Take each issue by a ref in the remote repository, where no ledger lasts."
)
@click.option(
    "--wait",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait, in all, for servers that put letters off.",
)
@click.option("--site-dir", type=FOLDER, default="site", show_default=True, metavar="DIR", help="Where the site goes.")
@click.option(
    "--outbox-dir", type=FOLDER, default="outbox", show_default=True, metavar="DIR", help="Where the mail goes."
)
@allow_option
@database_option
@json_option
@now_option
@pass_session
@click.pass_context
def publish(
    ctx: click.Context,
    session: Session,
    *,
    dry_run: bool,
    build: bool,
    strict: bool,
    max_late: dt.timedelta | None,
    late: str | None,
    sender_name: str,
    git_lock: bool,
    wait: int,
    site_dir: Path,
    outbox_dir: Path,
    database: str,
    allowed: tuple[str, ...],
    as_json: bool,
    moment: dt.date | None,
) -> None:
    """Build, then send each issue whose moment has come and that the ledger does not have, and due welcome letters.

    Run it as often as you like: a run that comes late catches up, one that comes twice finds
    nothing to do, and two at once send once. It does not ask: who runs it on a schedule has decided.
    What speaks against sending an issue is told, and that issue waits; see --allow.
    """
    from tipsheet.delivery.sending import Transport

    settings, now, outbox = session.settings(), session.now(moment), session.root / outbox_dir
    if build:
        _build(session, now, site_dir, outbox_dir, strict=strict)
    facts = facts_of(session, settings, database)
    with session.store_if_any(database) as engine, quiet_while_another_sends(session, engine):
        lock = _lock(session) if git_lock else None
        found = _due(settings, engine, outbox, now, lock, max_late=max_late, late=late)
        _warn(session, found, no_store=engine is None and not dry_run)
        if dry_run:
            intentions = [intention(one, settings, engine, outbox, facts) for one in found]
            for line in (*map(in_words, intentions), *welcomes_in_words(settings, engine, outbox)):
                session.say(line)
            told, code = intentions, 0
        elif engine is None:
            told, code = [report(one, None) for one in found], 0
        else:
            span = dt.timedelta(minutes=wait)
            transport = Transport(settings=settings, environ=os.environ, sender=sender_name, folder=outbox)
            run = Dispatch(session, transport, engine, outbox, span, lock, facts, allowed)
            told = [report(one, run.outcome(one)) for one in found]
            run.welcomes()
            code = run.exit_code
    if as_json:
        echo_json(told)
    ctx.exit(code)


def _warn(session: Session, found: "tuple[Due, ...]", *, no_store: bool) -> None:
    """Tell of what is due; raises NoStoreError when there are letters to send and no store (K13)."""
    from tipsheet.delivery.schedule import shared_slots
    from tipsheet.store.failures import NoStoreError

    for first, second in shared_slots(found):
        session.warn(f"Warning: {first} and {second} have the same moment; readers of both get two letters.")
    going = [one.outgoing.issue for one in found if one.goes]
    if no_store and going:
        hint = (
            "bring one: tipsheet subscribers import, or name it in TIPSHEET_DATABASE_URL; nothing was counted as sent"
        )
        raise NoStoreError(f"{going[0]} is due, and there is no store of subscribers here", hint)
    for one in found if no_store else ():
        session.say(f"{one.outgoing.issue} is late; there is no store of subscribers yet, so nobody waits for it.")
    if not found:
        session.say("Nothing is due.")


def _build(session: Session, now: dt.datetime, site_dir: Path, outbox_dir: Path, *, strict: bool) -> None:
    from tipsheet import press

    built = press.build(
        session.root,
        now=now,
        site_dir=session.root / site_dir,
        outbox_dir=session.root / outbox_dir,
        strict=strict,
        progress=session.detail,
    )
    show(built.problems, session.root, whole=session.verbose)
    session.say(f"Built {number(built.issues, 'issue')}, {number(built.pages, 'page')}.")


def _due(
    settings: "Settings",
    engine: "sa.Engine | None",
    outbox: Path,
    now: dt.datetime,
    lock: "GitLock | None",
    *,
    max_late: dt.timedelta | None,
    late: str | None,
) -> "tuple[Due, ...]":
    from tipsheet.delivery.schedule import Late, due, outgoing
    from tipsheet.delivery.status import issues_sent, known_send
    from tipsheet.store.states import SendState

    begun = {}
    if engine is not None:
        with engine.connect() as connection:
            begun = {issue: known_send(connection, issue).state for issue in issues_sent(connection)}
    taken = dict.fromkeys(lock.taken(), SendState.DONE) if lock else {}
    return due(
        outgoing(outbox),
        taken | begun,
        now,
        max_late=dt.timedelta(hours=settings.delivery.max_late_hours) if max_late is None else max_late,
        late=Late(late or settings.delivery.late),
    )


def _lock(session: Session) -> "GitLock":
    import secrets

    from tipsheet.delivery.locks import GitLock

    return GitLock(root=session.root, name=secrets.token_hex(16))
