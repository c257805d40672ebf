"""Runs of a schedule, every 20 minutes on a clock that is moved by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import sqlalchemy as sa

from tests.delivery.builders import NOW, job, owners
from tests.delivery.sink import Fault, Said, Sink, connect_to
from tipsheet.delivery.pace import Clock, Limits, Pace, Rates
from tipsheet.delivery.sending import SendJob, send
from tipsheet.errors import TipsheetError

TICK = dt.timedelta(minutes=20)


class Ticks:
    """One run after another, each ending at once where it would have to wait."""

    def __init__(self, store: sa.Engine, sink: Sink, connections: int = 2) -> None:
        self.store, self.sink, self.connections, self.passed = store, sink, connections, dt.timedelta()
        self._owners = owners()

    def run(self) -> int:
        """One run; returns the code that it ends with."""
        pace = Pace(Rates(), Limits(), Clock(wall=self._wall, steady=lambda: 1000 + self.passed.total_seconds()))
        try:
            return send(self._job(pace)).exit_code
        except TipsheetError as error:
            return error.exit_code
        finally:
            self.passed += TICK

    def _wall(self) -> dt.datetime:
        return NOW + self.passed

    def _job(self, pace: Pace) -> SendJob:
        return job(
            self.store,
            lambda: connect_to(self.sink.port, patience=2),
            governor=pace,
            clock=self._wall,
            new_owner=self._owners,
            connections=self.connections,
        )


def throttled(ticks: Ticks, a_minute: int = 20) -> Callable[[Said], Fault]:
    """A server that puts off everybody once, and takes so many recipients in a minute of the clock of ``ticks``."""
    seen: set[str] = set()
    taken: Counter[int] = Counter()

    def fault(said: Said) -> Fault:
        if said.verb != "RCPT":
            return None
        if said.words not in seen:
            seen.add(said.words)
            return "451 4.7.1 Greylisting in action, please come back later"
        minute = int(ticks.passed / dt.timedelta(minutes=1))
        taken[minute] += 1
        return "450 4.7.1 Error: too many recipients" if taken[minute] > a_minute else None

    return fault
