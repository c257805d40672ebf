"""Parts that the commands for sending share: the gate before it, its progress, and the report at its end."""

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.session import EVERY, Session
from tipsheet.clock import current_time
from tipsheet.delivery.senders import DEFAULT, REAL

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.gate import Waiting
    from tipsheet.delivery.readiness import Facts
    from tipsheet.delivery.status import Status
    from tipsheet.settings import Settings
    from tipsheet.store.states import DeliveryState

__all__ = [
    "MINUTES",
    "allow_option",
    "at_gate",
    "facts_of",
    "gently",
    "quiet_while_another_sends",
    "reporting",
    "said",
    "sender_option",
    "tell",
    "values",
]

Progress = Callable[[Mapping["DeliveryState", int]], None]


class _Reason(click.ParamType[str]):
    """A name of `tipsheet.delivery.gate.NAMES`, which is imported only when one is given."""

    name = "reason"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from tipsheet.delivery.gate import NAMES, NEVER

        if value in NEVER:
            self.fail(f"'{value}' cannot be allowed: {NEVER[value]}.", param, ctx)
        if value not in NAMES:
            self.fail(f"'{value}' is none of {', '.join(NAMES)}.", param, ctx)
        return str(value)


MINUTES = click.IntRange(0, 7 * 24 * 60)
"""Minutes that a run may wait, up to a week."""

allow_option = click.option(
    "--allow",
    "allowed",
    multiple=True,
    type=_Reason(),
    metavar="NAME",
    help="Send in spite of this reason, in this run only; the message that stops you names it.",
)
sender_option = click.option(
    "--sender",
    type=click.Choice(REAL),
    default=DEFAULT,
    show_default=True,
    help="The way in which letters go to readers.",
)


def facts_of(session: Session, settings: "Settings", database: str, *, network: bool = False) -> "Facts":
    """The facts that are examined before anything is sent."""
    from tipsheet.delivery.readiness import Facts
    from tipsheet.store.location import store_url

    return Facts(
        root=session.root,
        settings=settings,
        environ=os.environ,
        store=lambda: store_url(session.root, database, published=[settings.docs_dir]),
        network=network,
    )


def at_gate(facts: "Facts", outbox: Path, issue: str, now: dt.datetime) -> "Waiting":
    """The edition of an issue, ready for the gate; raises NotInOutboxError."""
    from tipsheet.delivery.gate import Waiting
    from tipsheet.edition.outbox import read_edition

    return Waiting(facts=facts, outbox=outbox, edition=read_edition(outbox, issue), now=now)


@contextmanager
def quiet_while_another_sends(session: Session, engine: "sa.Engine | None") -> Iterator[None]:
    """With -q print nothing about another sender that began less than an hour ago: scheduled runs may overlap."""
    from tipsheet.delivery.locks import AnotherSenderError, at_work_since

    try:
        yield
    except AnotherSenderError as error:
        since = None
        if engine is not None:
            with engine.connect() as connection:
                since = at_work_since(connection)
        hours = (current_time(os.environ) - since) / dt.timedelta(hours=1) if since else 0
        if session.quiet and hours < 1:
            raise click.exceptions.Exit(error.exit_code) from error
        if since and hours >= 1:
            raise AnotherSenderError(f"{error} since {since:%Y-%m-%d %H:%M} UTC", error.hint) from error
        raise


@contextmanager
def gently() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that a CI runner which ends the command leaves no letter half sent."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def reporting(session: Session, engine: "sa.Engine", issue: str) -> Iterator[Progress]:
    """Progress of sending: a bar on a terminal, elsewhere a line a minute."""
    if session.quiet:
        yield lambda _recorded: None
    elif sys.stderr.isatty():
        yield from _bar(engine, issue)
    else:
        yield _lines(session, _total(engine, issue))


def _total(engine: "sa.Engine", issue: str) -> Callable[[], int]:
    """A function for the number of letters to send; it asks the store once, when the first letter has gone."""
    from functools import cache

    from tipsheet.delivery.status import status_of
    from tipsheet.store.states import DeliveryState

    @cache
    def total() -> int:
        with engine.connect() as connection:
            counts = status_of(connection, issue).counts
        return counts[DeliveryState.QUEUED] + counts[DeliveryState.CLAIMED] + counts[DeliveryState.INFLIGHT]

    return total


def _bar(engine: "sa.Engine", issue: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    total = _total(engine, issue)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Sending", total=None, rate="")
        started = time.monotonic()

        def advance(recorded: Mapping["DeliveryState", int]) -> None:
            done = sum(recorded.values())
            if bar.tasks[0].total is None:
                bar.update(task, total=total() + done)
            bar.update(task, completed=done, rate=_rate(done, time.monotonic() - started))

        yield advance


def _lines(session: Session, total: Callable[[], int]) -> Progress:
    started = last = time.monotonic()

    def advance(recorded: Mapping["DeliveryState", int]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            done = sum(recorded.values())
            rest = max(0, total() - done)
            minutes = rest * (now - started) / max(1, done) / 60
            session.say(f"{done:,} letters, {_rate(done, now - started)}; about {minutes:.0f} min left")

    return advance


def _rate(done: int, seconds: float) -> str:
    return f"{done / max(seconds, 0.001):,.0f}/s"


def said(status: "Status") -> Iterator[str]:
    """The state of an issue in sentences, with the commands that go on from there."""
    from tipsheet.delivery.status import Activity
    from tipsheet.store.states import DeliveryState

    counts, again = status.counts, f"tipsheet send {status.issue}" if status.since is None else "tipsheet publish"
    letters = "" if status.activity is Activity.HELD else f": {counted(status)}"
    yield f"{status.issue} is {_going_on(status)}{f' ({status.cause})' if status.cause else ''}{letters}."
    match status.activity:
        case Activity.HELD:
            yield f"  Send it all the same: {again}. Never: tipsheet deliveries cancel {status.issue}"
        case Activity.PAUSED:
            yield f"  Go on with: tipsheet deliveries resume {status.issue}, then send again."
        case Activity.WAITING:
            yield f"  The next run after that goes on by itself: tipsheet publish, or {again}"
        case Activity.STOPPED:
            yield f"  No sender is at work. Go on with: {again}"
        case _:
            pass
    if counts[DeliveryState.UNKNOWN]:
        yield f"  Nobody knows of some whether they arrived: tipsheet deliveries resolve {status.issue}"
    if counts[DeliveryState.FAILED]:
        yield f"  Why some failed: tipsheet deliveries status {status.issue}"


def _going_on(status: "Status") -> str:
    """The activity in words, with the moment at which it goes on."""
    from tipsheet.delivery.status import Activity

    if status.activity is Activity.WAITING and status.next_due is not None:
        return f"waiting until {status.next_due:%Y-%m-%d %H:%M} UTC"
    if status.activity is Activity.SERIES:
        return f"a welcome letter, for whoever confirms since {status.since:%Y-%m-%d %H:%M} UTC"
    return status.activity


def tell(session: Session, status: "Status") -> None:
    """Print the state of an issue; with -q only when it is not done (D27)."""
    for line in said(status):
        (session.warn if status.exit_code else session.say)(line)


def counted(status: "Status") -> str:
    """The counts of the states that occur."""
    return ", ".join(f"{count:,} {state}" for state, count in status.counts.items() if count) or "no readers"


def values(status: "Status") -> dict[str, object]:
    """The status for a program."""
    return {
        "issue": status.issue,
        "state": status.state.value,
        "cause": status.cause,
        "content_sha256": status.digest,
        "prepared_at": status.prepared_at.isoformat(),
        "total": status.total,
        "counts": {state.value: count for state, count in status.counts.items()},
        "causes": [
            {"state": state.value, "cause": cause, "count": count}
            for (state, cause), count in sorted(status.causes.items())
            if cause
        ],
        "next_due": status.next_due.isoformat() if status.next_due else None,
        "activity": status.activity.value,
        "senders": status.senders,
        "welcome_since": status.since.isoformat() if status.since else None,
        "answers": [
            {
                "cause": answer.cause,
                "code": answer.code,
                "enhanced": answer.enhanced,
                "words": answer.words,
                "count": answer.count,
                "last_at": answer.last_at.isoformat(),
            }
            for answer in status.answers
        ],
    }
