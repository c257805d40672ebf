"""``tipsheet publish``: build, then send what is due. What a schedule runs."""

import datetime as dt
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.dispatch import Dispatch, in_words, intention, report, welcomes_in_words
from tipsheet.cli.findings import show
from tipsheet.cli.options import (
    Names,
    database_option,
    examples,
    flag,
    json_option,
    now_option,
    option,
    outbox_option,
    pass_options,
    shared,
    site_option,
)
from tipsheet.cli.sending import allow_option, facts_of, quiet_while_another_sends
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo_json, number
from tipsheet.delivery.senders import DEFAULT, REAL

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.locks import GitLock
    from tipsheet.delivery.schedule import Due
    from tipsheet.settings import Settings

__all__ = ["publish"]


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


def _treatments() -> Iterable[str]:
    from tipsheet.delivery.schedule import Late

    return [late.value for late in Late]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Publish:
    """The options of ``tipsheet publish``."""

    dry_run: bool = flag("--dry-run", help="Say what would be sent, and send nothing.")
    build: bool = option(
        "--build/--no-build", default=True, show_default=True, help="Build first, or send what a build left."
    )
    strict: bool = flag("--strict", help="Warnings stop the build.")
    max_late: dt.timedelta | None = option(
        "--max-late", type=_Span(), metavar="SPAN", help="How late an issue still goes. Default: as in mkdocs.yml."
    )
    late: str | None = option(
        "--late",
        type=Names(_treatments),
        help="What becomes of an issue that is later: sent, held and reported, or passed over. "
        "Default: as in mkdocs.yml.",
    )
    sender: str = option(
        "--sender",
        type=click.Choice(REAL),
        default=DEFAULT,
        show_default=True,
        help="The sender that takes the letters.",
    )
    git_lock: bool = flag(
        "--git-lock", help="Take each issue by a ref in the remote repository, where no ledger lasts."
    )
    wait: int = option(
        "--wait",
        type=click.IntRange(min=0),
        default=5,
        show_default=True,
        metavar="MINUTES",
        help="How long to wait, in all, for servers that put letters off.",
    )
    site_dir: Path = shared(site_option)
    outbox_dir: Path = shared(outbox_option)
    allowed: tuple[str, ...] = shared(allow_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet publish --dry-run",
        "tipsheet publish",
        "tipsheet publish --max-late 6h --late skip",
        "tipsheet publish --no-build --outbox-dir outbox",
    )
)
@pass_options(_Publish)
def publish(session: Session, asked: _Publish) -> None:
    """Build, then send each issue whose moment has come and that the ledger does not have, and due welcome letters.

    Run it as often as you like: a run that comes late catches up, one that comes twice finds
    nothing to do, and two at once send once. It does not ask: who runs it on a schedule has decided.
    What speaks against sending an issue is told, and that issue waits; see --allow.
    """
    from tipsheet.delivery.sending import Transport

    settings, now, outbox = session.settings(), session.now(asked.moment), session.root / asked.outbox_dir
    if asked.build:
        _build(session, now, asked)
    facts = facts_of(session, settings, asked.database)
    with session.store_if_any(asked.database) as engine, quiet_while_another_sends(session, engine):
        lock = _lock(session) if asked.git_lock else None
        found = _due(settings, engine, now, lock, asked, outbox=outbox)
        _warn(session, found, no_store=engine is None and not asked.dry_run)
        code = 0
        if asked.dry_run:
            told = [intention(one, settings, engine, outbox, facts) for one in found]
            for line in (*map(in_words, told), *welcomes_in_words(settings, engine, outbox)):
                session.say(line)
        elif engine is None:
            told = [report(one, None) for one in found]
        else:
            transport = Transport(settings=settings, environ=os.environ, sender=asked.sender, folder=outbox)
            wait = dt.timedelta(minutes=asked.wait)
            run = Dispatch(session, transport, engine, outbox, wait, lock, facts, asked.allowed)
            told = [report(one, run.outcome(one)) for one in found]
            run.welcomes()
            code = run.exit_code
    if asked.as_json:
        echo_json(told)
    click.get_current_context().exit(code)


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


def _build(session: Session, now: dt.datetime, asked: _Publish) -> None:
    from tipsheet import press

    built = press.build(
        session.root,
        now=now,
        site_dir=session.root / asked.site_dir,
        outbox_dir=session.root / asked.outbox_dir,
        strict=asked.strict,
        progress=session.detail,
    )
    show(built.problems, session.root, whole=session.verbose)
    session.say(f"Built {number(built.issues, 'issue')}, {number(built.pages, 'page')}.")


def _due(
    settings: "Settings",
    engine: "sa.Engine | None",
    now: dt.datetime,
    lock: "GitLock | None",
    asked: _Publish,
    *,
    outbox: Path,
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
        max_late=dt.timedelta(hours=settings.delivery.max_late_hours) if asked.max_late is None else asked.max_late,
        late=Late(asked.late or settings.delivery.late),
    )


def _lock(session: Session) -> "GitLock":
    import secrets

    from tipsheet.delivery.locks import GitLock

    return GitLock(root=session.root, name=secrets.token_hex(16))
