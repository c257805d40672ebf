"""How fast messages go, and when they stop: rates that outlive a run, and the breaker."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.delivery.breaker import Breaker, Limits, Outcome, outcome_of
from tipsheet.delivery.channel import Governor, Receipt
from tipsheet.delivery.throttle import Rates, taken, wait
from tipsheet.settings import DeliverySettings
from tipsheet.store.ledger import throttle

__all__ = ["Clock", "Pace"]

BELIEVED = 60
"""Seconds, besides two messages' time, that a moment in the store may lie ahead; else a clock was set back (D6)."""

FORGOTTEN = dt.timedelta(hours=1)
"""A bucket that has been full for so long says nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The two clocks of a run: ``wall`` is shared through the store, ``steady`` is never set (seconds)."""

    wall: Callable[[], dt.datetime]
    steady: Callable[[], float]


class Pace(Governor):
    """Rates and breaker of one run.

    Within the run a clock that is set changes nothing. What was taken since the last `save` is added
    to what other senders took, so that together they keep to the rates from one save to the next.
    """

    def __init__(self, rates: Rates, limits: Limits, clock: Clock) -> None:
        self._rates, self._clock = rates, clock
        self._breaker = Breaker(limits=limits)
        self._full: dict[str, float] = {}
        self._unsaved: Counter[str] = Counter()

    @classmethod
    def of(cls, settings: DeliverySettings, clock: Clock) -> "Pace":
        """As mkdocs.yml has it."""
        rates = Rates(overall=settings.rate, each=settings.domain_rate, named=settings.domain_rates)
        return cls(rates, Limits(**settings.breaker.model_dump()), clock)

    def load(self, connection: sa.Connection) -> None:
        """Begin where the last run stopped."""
        wall, steady = self._clock.wall(), self._clock.steady()
        connection.execute(sa.delete(throttle).where(throttle.c.free_at < wall - FORGOTTEN))
        for domain, full in connection.execute(sa.select(throttle.c.domain, throttle.c.free_at)):
            self._full[domain] = self._believed(domain, full, wall, steady)

    def delay(self, domain: str) -> float:
        """See `Governor.delay`."""
        now = self._clock.steady()
        seconds = wait(self._rates, domain, self._full, now)
        if not seconds:
            moved = taken(self._rates, domain, self._full, now)
            self._full |= moved
            self._unsaved.update(moved.keys())
        return seconds

    def saw(self, domain: str, receipt: Receipt) -> str:  # noqa: ARG002 - one domain's refusals stop nothing more yet
        """See `Governor.saw`."""
        outcome = outcome_of(receipt.code, receipt.enhanced)
        self._breaker = self._breaker.after(outcome)
        return "" if outcome is Outcome.TAKEN else self._breaker.reason

    def save(self, connection: sa.Connection) -> None:
        """See `Governor.save`."""
        unsaved, self._unsaved = self._unsaved, Counter()
        if not unsaved:
            return
        wall, steady = self._clock.wall(), self._clock.steady()
        stored = _locked(connection, unsaved, wall)
        for domain, count in unsaved.items():
            others = self._believed(domain, stored.get(domain, wall), wall, steady)
            self._full[domain] = max(self._full[domain], others + count * self._gap(domain))
        rows = [
            {"domain": domain, "free_at": wall + dt.timedelta(seconds=self._full[domain] - steady)}
            for domain in sorted(unsaved)
        ]
        self._full = {name: full for name, full in self._full.items() if full > steady}
        _write(connection, rows)

    def _believed(self, domain: str, full: dt.datetime, wall: dt.datetime, steady: float) -> float:
        ahead = (full - wall).total_seconds()
        return steady + ahead if ahead <= BELIEVED + 2 * self._gap(domain) else steady

    def _gap(self, domain: str) -> float:
        return dict(self._rates.gaps(domain)).get(domain, 0.0)


def _locked(connection: sa.Connection, domains: Mapping[str, int], now: dt.datetime) -> dict[str, dt.datetime]:
    """What the store has of these; other senders wait for our transaction. A row that is not there cannot be locked."""
    if connection.dialect.name == "postgresql":
        blank = [{"domain": domain, "free_at": now} for domain in sorted(domains)]
        connection.execute(postgresql.insert(throttle).on_conflict_do_nothing(), blank)
    chosen = (
        sa.select(throttle.c.domain, throttle.c.free_at)
        .where(throttle.c.domain.in_(domains))
        .order_by(throttle.c.domain)
    )
    return {row.domain: row.free_at for row in connection.execute(chosen.with_for_update())}


def _write(connection: sa.Connection, rows: list[dict[str, object]]) -> None:
    if connection.dialect.name == "postgresql":
        insert = postgresql.insert(throttle)
        upsert: sa.Insert = insert.on_conflict_do_update(
            index_elements=["domain"], set_={"free_at": insert.excluded.free_at}
        )
    else:
        replace = sqlite.insert(throttle)
        upsert = replace.on_conflict_do_update(index_elements=["domain"], set_={"free_at": replace.excluded.free_at})
    connection.execute(upsert, rows)
