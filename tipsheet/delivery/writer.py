"""The writer of the ledger: what several connections ask for at a time is one transaction.

A commit that reaches the disk costs about as much for one row as for eight.
"""

import datetime as dt
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import sqlalchemy as sa

from tipsheet.delivery.channel import Governor, Halt
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.statements import driver_errors
from tipsheet.delivery.states import Outcome
from tipsheet.store.database import sqlite_file
from tipsheet.store.failures import StoreBusyError, StoreError, VanishedStoreError, in_plain_words
from tipsheet.store.states import DeliveryState

__all__ = ["LedgerWriter", "Lost", "Step", "Written"]

T = TypeVar("T")

_PLANS = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off"
"""The way in which PostgreSQL plans for a sender: each statement once, by indexes.

To plan takes as long as to run, and the statistics of a ledger that was just written say nothing of it.
"""

_SAVE_EVERY = dt.timedelta(seconds=1)


class Lost(Exception):  # noqa: N818 - what happened to the ledger, for the connections of one sender
    """The ledger cannot be written any more; the reason is in `LedgerWriter.failure`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The changes that one connection asks for, all of them or none.

    ``outcomes`` are results of messages; ``begin`` is the row whose message is about to be ended; ``release`` are rows
    that it will not try; ``halt`` is why nobody shall go on, for good or for a while. With ``more`` it needs further
    rows.
    """

    outcomes: tuple[Outcome, ...] = ()
    begin: int | None = None
    more: bool = False
    release: tuple[int, ...] = ()
    halt: Halt | None = None

    @property
    def usual(self) -> bool:
        """True if it has only messages that were sent, and one that begins."""
        return not (self.release or self.halt) and all(outcome.state is DeliveryState.SENT for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Written:
    """Changes that are committed. ``granted``: rows whose message may be ended. ``claimed``: see `Ledger.claim`.

    ``dated``: the Date of the letters that were claimed.
    """

    granted: frozenset[int]
    claimed: Sequence[sa.Row[Any]] = ()
    dated: dt.datetime | None = None


class LedgerWriter:
    """Writes for all connections of one owner, on one connection to the database.

    ``recorded`` counts outcomes that were written; ``unrecorded`` holds those that could not be, with messages that
    were to begin and never were ended. ``failure`` is why the ledger is lost. ``commits`` counts transactions of
    messages, ``committing`` their seconds.
    """

    def __init__(
        self,
        engine: sa.Engine,
        ledger: Ledger,
        clock: Callable[[], dt.datetime],
        governor: Governor,
    ) -> None:
        self._engine, self._ledger, self._clock, self._governor = engine, ledger, clock, governor
        self._saved: dt.datetime | None = None
        self._file = sqlite_file(engine.url)
        self._inode = 0
        self._connection: sa.Connection | None = None
        self.failure: Exception | None = None
        self.recorded = Counter(
            dict.fromkeys(DeliveryState, 0)
        )  # all of them, since somebody else may read it meanwhile
        self.unrecorded: list[Outcome] = []
        self.commits, self.committing = 0, 0.0

    def __enter__(self) -> Self:
        try:
            with in_plain_words(self._engine.url):
                self._connection = self._engine.execution_options(sqlite_begin="IMMEDIATE").connect()
                if self._engine.dialect.name == "postgresql":
                    self._connection.exec_driver_sql(_PLANS)
                    self._connection.commit()
                self._inode = self._identity()
        except StoreError as error:
            self.failure = error
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._connection is not None:
            self._connection.invalidate()  # closed for good, and a lock of the session with it
            self._connection.close()

    def write(self, steps: Sequence[Step], claim: int = 0) -> Written:
        """Write what all of them want, and take so many rows, in one transaction; raises Lost."""
        began = time.monotonic()
        written = self._committed(lambda connection: self._written(connection, steps, claim))
        self.commits += 1
        self.committing += time.monotonic() - began
        if written is None:
            for step in steps:
                self.unrecorded += step.outcomes
                if step.begin is not None:
                    self.unrecorded.append(_untouched(step.begin, self._clock()))
            raise Lost
        for step in steps:
            for outcome in step.outcomes:
                self.recorded[outcome.state] += 1
        return written

    def call(self, work: Callable[[sa.Connection], T]) -> T:
        """Run this in a transaction of its own, and return what it returns; raises Lost."""
        answer = self._committed(lambda connection: (_in_transaction(connection, work),))
        if answer is None:
            raise Lost
        return answer[0]

    def _committed(self, work: Callable[[sa.Connection], T]) -> T | None:
        """The result of the work, committed; None when the ledger is lost."""
        while self._connection is not None and self.failure is None:
            try:
                self._check_file()
                with in_plain_words(self._engine.url), driver_errors(self._engine.dialect):
                    return work(self._connection)
            except StoreBusyError:
                continue  # somebody imports a list; each try waits some seconds
            except Exception as error:  # noqa: BLE001 - raised again by who runs the sender
                self.failure = error
        return None

    def _identity(self) -> int:
        """The inode of the store's file; 0 for PostgreSQL."""
        if self._file is None:
            return 0
        try:
            return os.stat(self._file).st_ino  # noqa: PTH116 - for every commit
        except OSError:
            return -1

    def _check_file(self) -> None:
        """Raise VanishedStoreError when what is written would be lost with a file that was deleted (K13)."""
        if self._identity() != self._inode:
            message = f"{self._file} was taken away while letters were sent; the run has stopped"
            raise VanishedStoreError(message, "put the same file back, not an older copy, and run the same again")

    def _written(self, connection: sa.Connection, steps: Sequence[Step], claim: int) -> Written:
        """The usual case is quick: messages were sent, and others begin."""
        now = self._clock()
        save_due = self._saved is None or not dt.timedelta() <= now - self._saved < _SAVE_EVERY
        # Nearly every transaction is of this kind, and SQLAlchemy would take ten times as long as the database.
        if not save_due and not claim and all(step.usual for step in steps):
            outcomes = [outcome for step in steps for outcome in step.outcomes]
            begun = [step.begin for step in steps if step.begin is not None]
            if self._ledger.exchange(connection, outcomes, begun, now):
                return Written(frozenset(begun))
            # One of them may not begin: who, and why, takes longer to find out.
        written = _in_transaction(connection, lambda c: self._written_slowly(c, steps, claim, now, save=save_due))
        if save_due:
            self._saved = now
        return written

    def _written_slowly(
        self, connection: sa.Connection, steps: Sequence[Step], claim: int, now: dt.datetime, *, save: bool
    ) -> Written:
        ledger = self._ledger
        if outcomes := [outcome for step in steps for outcome in step.outcomes]:
            ledger.record(connection, outcomes, now)
        if released := [number for step in steps for number in step.release]:
            ledger.release(connection, released, now)
        for halt in dict.fromkeys(step.halt for step in steps if step.halt):
            if halt.seconds is None:
                ledger.pause(connection, halt.reason, now)
            else:
                ledger.rest(connection, halt.reason, now + dt.timedelta(seconds=halt.seconds), now)
        begun = [step.begin for step in steps if step.begin is not None]
        granted = ledger.begin(connection, begun, now) if begun else frozenset()
        claimed = ledger.claim(connection, claim, now) if claim else ()
        dated = ledger.dated(connection, now) if claimed else None
        if save:
            self._governor.save(connection)
        return Written(granted, claimed, dated)


def _in_transaction(connection: sa.Connection, work: Callable[[sa.Connection], T]) -> T:
    with connection.begin():
        return work(connection)


def _untouched(delivery: int, now: dt.datetime) -> Outcome:
    """A message that was to begin and was cut off: whatever the ledger says of it, it did not arrive."""
    return Outcome(delivery=delivery, state=DeliveryState.QUEUED, cause="ledger lost", due_at=now)
