"""``tipsheet publish``: build, then hand each issue that is due to the sender. It is the command for a schedule."""

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click

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
from tipsheet.cli.sending import (
    MINUTES,
    allow_option,
    at_gate,
    facts_of,
    gently,
    quiet_while_another_sends,
    reporting,
    sender_option,
    tell,
    values,
)
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo_json, number
from tipsheet.clock import current_time

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.locks import GitLock
    from tipsheet.delivery.readiness import Facts
    from tipsheet.delivery.schedule import Due
    from tipsheet.delivery.sending import SendJob, Transport
    from tipsheet.delivery.status import Status
    from tipsheet.edition.edition import Edition
    from tipsheet.settings import Settings

__all__ = ["publish"]

LEFT_TO_DECIDE = 4
PAUSED = 5
WORSE = (0, LEFT_TO_DECIDE, 1, 3, PAUSED)
"""Exit codes in the order in which one outdoes another when several issues are due."""


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


def _late() -> Iterable[str]:
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
        type=Names(_late),
        help="Send, hold and report, or skip an issue that is later. Default: as in mkdocs.yml.",
    )
    sender: str = shared(sender_option)
    git_lock: bool = flag(
        "--git-lock", help="Take each issue by a ref in the remote repository, where no ledger lasts."
    )
    wait: int = option(
        "--wait",
        type=MINUTES,
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
    """Build, then send what is due and was not sent.

    Each issue whose moment has come goes out, unless the ledger has it, and due welcome letters with it.
    Run it as often as you like: a run that comes late catches up, one that comes twice finds
    nothing to do, and two at once send once. It does not ask: who runs it on a schedule has decided.
    Reasons against sending an issue are listed, and that issue waits; see --allow.
    """
    from tipsheet.delivery.sending import Transport

    settings, now, outbox = session.settings(), session.now(asked.moment), session.root / asked.outbox_dir
    if asked.build:
        _build(session, asked, now)
    facts = facts_of(session, settings, asked.database)
    with session.store_if_any(asked.database) as engine, quiet_while_another_sends(session, engine):
        lock = _lock(session) if asked.git_lock else None
        found = _due(asked, settings, engine, outbox, now, lock=lock)
        _warn(session, found, no_store=engine is None and not asked.dry_run)
        if asked.dry_run:
            told, code = [_intention(one, settings, engine, outbox, facts) for one in found], 0
            for line in (*map(_in_words, told), *_welcomes_in_words(settings, engine, outbox)):
                session.say(line)
        elif engine is None:
            told, code = [_report(one, None) for one in found], 0
        else:
            transport = Transport(
                settings=settings, environ=os.environ, sender=asked.sender, folder=outbox, root=session.root
            )
            wait = dt.timedelta(minutes=asked.wait)
            run = _Dispatch(session, transport, engine, outbox, wait, lock, facts, asked.allowed)
            told = [_report(one, run.outcome(one)) for one in found]
            run.welcomes()
            code = run.exit_code
    if asked.as_json:
        echo_json(told)
    click.get_current_context().exit(code)


def _warn(session: Session, found: "tuple[Due, ...]", *, no_store: bool) -> None:
    """Print what is due; raises NoStoreError when there are letters to send and no store (K13)."""
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


def _build(session: Session, asked: _Publish, now: dt.datetime) -> None:
    from tipsheet import press
    from tipsheet.last_build import BuildOptions

    built = press.build(
        session.root,
        BuildOptions(
            site_dir=session.root / asked.site_dir, outbox_dir=session.root / asked.outbox_dir, strict=asked.strict
        ),
        now=now,
        progress=session.detail,
    )
    session.show(built.problems)
    session.say(f"Built {number(built.issues, 'issue')}, {number(built.pages, 'page')}.")


def _due(
    asked: _Publish,
    settings: "Settings",
    engine: "sa.Engine | None",
    outbox: Path,
    now: dt.datetime,
    *,
    lock: "GitLock | None",
) -> "tuple[Due, ...]":
    from tipsheet.delivery.schedule import Late, due, outgoing
    from tipsheet.delivery.status import issues_sent, known_send
    from tipsheet.store.states import SendState

    begun = {}
    if engine is not None:
        with engine.connect() as connection:
            begun = {issue: known_send(connection, issue).state for issue in issues_sent(connection)}
    taken = dict.fromkeys(lock.taken(), SendState.DONE) if lock else {}
    hours = dt.timedelta(hours=settings.delivery.max_late_hours)
    max_late, late = hours if asked.max_late is None else asked.max_late, Late(asked.late or settings.delivery.late)
    return due(outgoing(outbox), taken | begun, now, max_late=max_late, late=late)


def _lock(session: Session) -> "GitLock":
    import secrets

    from tipsheet.delivery.locks import GitLock

    return GitLock(root=session.root, name=secrets.token_hex(16))


@dataclass
class _Dispatch:
    """A run over the issues that are due; ``exit_code`` is the worst of theirs, ``allowed`` are reasons of the gate."""

    session: Session
    transport: "Transport"
    engine: "sa.Engine"
    outbox: Path
    wait: dt.timedelta
    lock: "GitLock | None"
    facts: "Facts"
    allowed: tuple[str, ...] = ()
    exit_code: int = 0

    def outcome(self, one: "Due") -> "Status | None":
        """Send it, or say why not; None when nothing was sent."""
        from tipsheet.delivery.schedule import Decision
        from tipsheet.delivery.status import status_of
        from tipsheet.edition.outbox import read_edition

        issue, hours = one.outgoing.issue, one.late / dt.timedelta(hours=1)
        match one.verdict:
            case Decision.SEND | Decision.GO_ON:
                edition = read_edition(self.outbox, issue)  # once: what passes the gate is what is sent
                return self._send(one, edition) if self._passes(edition) else None
            case Decision.PAUSED:
                with self.engine.connect() as connection:
                    tell(self.session, status_of(connection, issue))
                self._end_with(PAUSED)
            case Decision.HELD:
                self._hold(issue, f"{hours:.0f} h late")
                self._end_with(LEFT_TO_DECIDE)
            case Decision.SKIPPED:
                self.session.say(f"{issue} is {hours:.0f} h late and passed over.")
            case _:
                assert_never(one.verdict)
        return None

    def welcomes(self) -> None:
        """Send the welcome letters that are due, each if nothing speaks against it (W11)."""
        from tipsheet.delivery.welcome import send_due_welcomes

        clock = partial(current_time, os.environ)
        with gently():
            for status in send_due_welcomes(self.engine, self.outbox, clock, self._job, passes=self._passes):
                tell(self.session, status)
                self._end_with(status.exit_code)

    def _job(self, edition: "Edition") -> "SendJob":
        """The job of a letter, with what the command line says."""
        return replace(self.transport.job(self.engine, edition), wait=self.wait)

    def _end_with(self, code: int) -> None:
        self.exit_code = max(self.exit_code, code, key=WORSE.index)

    def _passes(self, edition: "Edition") -> bool:
        """True when no reason is against sending it now; reasons are printed. ``--now`` does not count here."""
        from tipsheet.delivery.gate import NotReadyError, Waiting, pass_gate

        now, through = current_time(os.environ), self.transport.sender
        try:
            pass_gate(
                Waiting(facts=self.facts, outbox=self.outbox, edition=edition, now=now, through=through), self.allowed
            )
        except NotReadyError as error:
            self.session.warn(f"{error}\nHint: {error.hint}")
            self._end_with(error.exit_code)
            return False
        return True

    def _hold(self, issue: str, cause: str) -> None:
        """Record that it waits for a person, and print that: this run and each later one, until it is settled (D27)."""
        from tipsheet.delivery.snapshot import hold
        from tipsheet.delivery.status import status_of
        from tipsheet.store.database import writing

        with writing(self.engine) as connection:
            hold(connection, issue, current_time(os.environ), cause)
            tell(self.session, status_of(connection, issue))

    def _send(self, one: "Due", edition: "Edition") -> "Status | None":
        from tipsheet.delivery.schedule import Decision
        from tipsheet.delivery.sending import send

        issue = edition.issue
        if self.lock is not None and one.verdict is Decision.SEND and not self.lock.take(issue):
            self.session.say(f"{issue} was taken by another run.")
            return None
        with gently(), reporting(self.session, self.engine, issue) as progress:
            job = replace(self._job(edition), progress=progress)
            status = send(replace(job, chose=lambda chosen: self.session.say(f"{issue} was sent over {chosen}.")))
        tell(self.session, status)
        self._end_with(status.exit_code)
        return status


def _intention(
    one: "Due", settings: "Settings", engine: "sa.Engine | None", outbox: Path, facts: "Facts"
) -> dict[str, object]:
    """The action of a run on an issue, the number of its letters, and the reasons against sending it."""
    from tipsheet.delivery.gate import reasons
    from tipsheet.delivery.letters import count_readers
    from tipsheet.delivery.schedule import Decision
    from tipsheet.delivery.status import status_of
    from tipsheet.edition.outbox import read_edition
    from tipsheet.store.states import DeliveryState

    edition, letters = read_edition(outbox, one.outgoing.issue), 0
    if engine is not None:
        with engine.connect() as connection:
            if one.verdict is Decision.GO_ON or one.verdict is Decision.PAUSED:
                letters = status_of(connection, edition.issue).counts[DeliveryState.QUEUED]
            else:
                letters = count_readers(connection, edition, settings.segments, current_time(os.environ))
    against = reasons(at_gate(facts, outbox, edition.issue, current_time(os.environ)))
    return _report(one, None) | {
        "title": one.outgoing.title,
        "letters": letters,
        "reasons": [{"name": reason.name, "message": reason.message, "remedy": reason.remedy} for reason in against],
    }


def _in_words(planned: Mapping[str, Any]) -> str:
    """The intention as a line for people."""
    line = "Would {verdict}: {issue}, “{title}”, {letters} letters".format_map(planned)
    names = dict.fromkeys(reason["name"] for reason in planned["reasons"])
    return f"{line}; but not before this is settled: {', '.join(names)}" if names else line


def _welcomes_in_words(settings: "Settings", engine: "sa.Engine | None", outbox: Path) -> Iterator[str]:
    """A line for each welcome letter that a run would send now."""
    from tipsheet.delivery.welcome import count_due, read_series
    from tipsheet.edition.outbox import read_edition

    if engine is None:
        return
    now = current_time(os.environ)
    for letter in read_series(outbox):
        edition = read_edition(outbox, letter.issue)
        with engine.connect() as connection:
            count = count_due(connection, letter, edition, settings.segments, now)
        if count:
            yield f"Would send: {letter.issue}, a welcome letter, {count:,} letters"


def _report(one: "Due", status: "Status | None") -> dict[str, object]:
    """The decision about an issue, and its status, for a program."""
    return {
        "issue": one.outgoing.issue,
        "published": one.outgoing.published.isoformat(),
        "verdict": one.verdict.value,
        "late_seconds": round(one.late.total_seconds()),
        "status": values(status) if status else None,
    }
