"""What a sender says while it works, and when it has finished."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tipsheet.cli.session import Session

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.states import State
    from tipsheet.delivery.status import Status

__all__ = ["gently", "reporting", "said", "values"]

EVERY = 60.0
"""Seconds between two lines where nobody watches."""

Progress = Callable[[Mapping["State", int]], None]


@contextmanager
def gently() -> Iterator[None]:
    """Take SIGTERM for Ctrl-C, so that a runner which ends us does not leave messages in flight."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def reporting(session: Session, engine: "sa.Engine", issue: str) -> Iterator[Progress]:
    """What is told of messages that were recorded: a bar on a terminal, elsewhere a line a minute."""
    if session.quiet:
        yield lambda _recorded: None
    elif sys.stderr.isatty():
        yield from _bar(engine, issue)
    else:
        yield _lines(session, _total(engine, issue))


def _total(engine: "sa.Engine", issue: str) -> Callable[[], int]:
    """How many messages there are to send, asked for once; it is known when the first was sent."""
    from functools import cache

    from tipsheet.delivery.states import State
    from tipsheet.delivery.status import status_of

    @cache
    def total() -> int:
        with engine.connect() as connection:
            counts = status_of(connection, issue).counts
        return counts[State.QUEUED] + counts[State.CLAIMED] + counts[State.INFLIGHT]

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

        def told(recorded: Mapping["State", int]) -> None:
            done = sum(recorded.values())
            if bar.tasks[0].total is None:
                bar.update(task, total=total() + done)
            bar.update(task, completed=done, rate=_rate(done, time.monotonic() - started))

        yield told


def _lines(session: Session, total: Callable[[], int]) -> Progress:
    started = last = time.monotonic()

    def told(recorded: Mapping["State", int]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            done = sum(recorded.values())
            rest = max(0, total() - done)
            minutes = rest * (now - started) / max(1, done) / 60
            session.say(f"{done:,} letters, {_rate(done, now - started)}; about {minutes:.0f} min left")

    return told


def _rate(done: int, seconds: float) -> str:
    return f"{done / max(seconds, 0.001):,.0f}/s"


def said(status: "Status") -> Iterator[str]:
    """Where the issue stands, and what to do about it."""
    from tipsheet.delivery.states import SendState, State

    counts = status.counts
    yield f"{status.issue} is {status.state}{f' ({status.cause})' if status.cause else ''}: {counted(status)}."
    if status.state is SendState.PAUSED:
        yield f"  Go on with: tipsheet deliveries resume {status.issue}, then send again."
    if counts[State.UNKNOWN]:
        yield f"  Nobody knows of some whether they arrived: tipsheet deliveries resolve {status.issue}"
    if counts[State.FAILED]:
        yield f"  Why some failed: tipsheet deliveries status {status.issue}"
    if status.next_due is not None:
        yield f"  Some were put off until {status.next_due:%Y-%m-%d %H:%M} UTC: send again then."


def counted(status: "Status") -> str:
    """The states that occur, with their counts."""
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
    }
