"""The one who writes the ledger: what several connections ask for at a time is one transaction.

A commit that reaches the disk costs as much for one row as for eight. So whoever has something to
write puts it on a list and waits for the pen; whoever then has the pen writes for all on the list.
While one commit is on its way to the disk, the next gathers.
"""

import datetime as dt
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from tipsheet.delivery.channel import Governor
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.statement import driver_errors, quick_transaction
from tipsheet.delivery.states import Outcome, State
from tipsheet.store.failures import StoreBusyError, StoreError, in_plain_words

__all__ = ["Answer", "LedgerWriter", "Lost", "Step"]

T = TypeVar("T")

_SAVE_EVERY = dt.timedelta(seconds=1)


class Lost(Exception):  # noqa: N818 - what happened to the ledger, for the threads of one sender
    """The ledger cannot be written any more; the reason is in `LedgerWriter.failure`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one connection wants written, all of it or nothing.

    ``outcomes``: what became of messages. ``begin``: the row whose message is about to be ended.
    ``claim``: how many rows it can take. ``release``: rows that it will not try. ``pause``: the
    cause for which nobody shall go on.
    """

    outcomes: tuple[Outcome, ...] = ()
    begin: int | None = None
    claim: int = 0
    release: tuple[int, ...] = ()
    pause: str = ""

    @property
    def usual(self) -> bool:
        """Whether it is only of messages that were sent, and of one that begins."""
        sent = all(outcome.state is State.SENT for outcome in self.outcomes)
        return sent and not (self.claim or self.release or self.pause)


@dataclass(frozen=True, slots=True)
class Answer:
    """It is written. ``granted``: the message that was to begin may be ended. ``claimed``: see `Ledger.claim`."""

    granted: bool
    claimed: tuple[sa.Row[Any], ...]


@dataclass(slots=True)
class _Request:
    step: Step
    answer: Answer | None = None
    served: bool = False


class LedgerWriter:
    """Writes for all connections of one owner, on one connection to the database.

    ``recorded`` counts outcomes that were written; ``unrecorded`` holds those that could not be,
    with messages that were to begin and never were ended. ``failure`` is why the ledger is lost.
    """

    def __init__(
        self,
        engine: sa.Engine,
        ledger: Ledger,
        clock: Callable[[], dt.datetime],
        governor: Governor,
    ) -> None:
        self._engine, self._ledger, self._clock, self._governor = engine, ledger, clock, governor
        self._pen = threading.Lock()
        self._list: deque[_Request] = deque()
        self._saved: dt.datetime | None = None
        self._connection: sa.Connection | None = None
        self.failure: Exception | None = None
        self.recorded: Counter[State] = Counter()
        self.unrecorded: list[Outcome] = []

    def __enter__(self) -> Self:
        try:
            with in_plain_words(self._engine.url):
                self._connection = self._engine.execution_options(sqlite_begin="IMMEDIATE").connect()
        except StoreError as error:
            self.failure = error
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closed for good, and a lock of the session with it
            self._connection.close()

    def write(self, step: Step) -> Answer:
        """Have it written, with what others want written just now; raises Lost."""
        request = _Request(step)
        self._list.append(request)
        with self._pen:
            if not request.served:  # else somebody who had the pen before us has written it
                self._serve(self._gathered())
        if request.answer is None:
            raise Lost
        return request.answer

    def call(self, work: Callable[[sa.Connection], T]) -> T:
        """Run this in a transaction of its own, and return what it returns; raises Lost."""
        with self._pen:
            answer = self._committed(lambda connection: (self._in_transaction(connection, work),))
        if answer is None:
            raise Lost
        return answer[0]

    def _gathered(self) -> list[_Request]:
        return [self._list.popleft() for _ in range(len(self._list))]

    def _serve(self, requests: list[_Request]) -> None:
        steps = [request.step for request in requests]
        answers = self._committed(lambda connection: self._written(connection, steps))
        if answers is None:
            for step in steps:
                self.unrecorded += step.outcomes
                if step.begin is not None:
                    self.unrecorded.append(_untouched(step.begin, self._clock()))
        else:
            self.recorded.update([outcome.state for step in steps for outcome in step.outcomes])
        for number, request in enumerate(requests):
            request.answer, request.served = answers[number] if answers else None, True

    def _committed(self, work: Callable[[sa.Connection], T]) -> T | None:
        """What the work returns, committed; None when the ledger is lost."""
        while self._connection is not None and self.failure is None:
            try:
                with in_plain_words(self._engine.url), driver_errors(self._engine.dialect):
                    return work(self._connection)
            except StoreBusyError:
                continue  # somebody imports a list; each try waits some seconds
            except Exception as error:  # noqa: BLE001 - raised again by who runs the sender
                self.failure = error
        return None

    def _in_transaction(self, connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
        with connection.begin():
            return work(connection)

    def _written(self, connection: sa.Connection, steps: list[Step]) -> list[Answer]:
        """The usual case is quick: messages were sent, and others begin."""
        now = self._clock()
        save_due = self._saved is None or not dt.timedelta() <= now - self._saved < _SAVE_EVERY
        if not save_due and all(step.usual for step in steps):
            answers = self._written_quickly(connection, steps, now)
            if answers is not None:
                return answers
        answers = self._in_transaction(connection, lambda c: self._written_slowly(c, steps, now, save=save_due))
        if save_due:
            self._saved = now
        return answers

    def _written_quickly(self, connection: sa.Connection, steps: list[Step], now: dt.datetime) -> list[Answer] | None:
        """What usual steps want; None, with nothing written, when a message may not begin."""
        begun = [step.begin for step in steps if step.begin is not None]
        try:
            with quick_transaction(connection):
                if sent := [outcome for step in steps for outcome in step.outcomes]:
                    self._ledger.record_sent(connection, sent, now)
                self._mark_all(connection, begun, now)
        except _Denied:
            return None
        return [_GRANTED if step.begin is not None else _WRITTEN for step in steps]

    def _mark_all(self, connection: sa.Connection, begun: list[int], now: dt.datetime) -> None:
        if begun and self._ledger.mark(connection, begun, now) < len(begun):
            raise _Denied

    def _written_slowly(
        self, connection: sa.Connection, steps: list[Step], now: dt.datetime, *, save: bool
    ) -> list[Answer]:
        ledger = self._ledger
        if outcomes := [outcome for step in steps for outcome in step.outcomes]:
            ledger.record(connection, outcomes, now)
        if released := [number for step in steps for number in step.release]:
            ledger.release(connection, released, now)
        for cause in {step.pause for step in steps if step.pause}:
            ledger.pause(connection, cause, now)
        begun = [step.begin for step in steps if step.begin is not None]
        granted = ledger.begin(connection, begun, now) if begun else frozenset()
        wanted = sum(step.claim for step in steps)
        claimed = ledger.claim(connection, wanted, now) if wanted else []
        if save:
            self._governor.save(connection)
        return [Answer(step.begin in granted, tuple(_portion(claimed, step.claim))) for step in steps]


class _Denied(Exception):  # noqa: N818 - rolls back
    """A message may not begin: who that is, and why, takes longer to find out."""


_GRANTED = Answer(granted=True, claimed=())
_WRITTEN = Answer(granted=False, claimed=())


def _portion(claimed: list[sa.Row[Any]], count: int) -> list[sa.Row[Any]]:
    portion, claimed[:count] = claimed[:count], []
    return portion


def _untouched(delivery: int, now: dt.datetime) -> Outcome:
    """A message that was to begin and was cut off: whatever the ledger says of it, it did not arrive."""
    return Outcome(delivery=delivery, state=State.QUEUED, cause="ledger lost", due_at=now)
