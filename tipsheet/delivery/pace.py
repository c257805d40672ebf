"""Pace of sending: rates and caps that outlive a run, rests, and the breaker that stops it.

A wave of refusals is about the sender, not about single readers: a bad list, a broken configuration, a block. Going on
makes each of them worse. A rate is a bucket of tokens kept as one moment, when it will be full again, as in the generic
cell rate algorithm (ITU-T I.371): a message moves it on by the time between two, and may go while it is no further away
than the bucket is deep. Moments are seconds on the clock of the caller.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.delivery.answers import GREYLISTED, POLICY, About, impersonal, verdict_of
from tipsheet.delivery.channel import Governor, Halt, Receipt, Stage
from tipsheet.delivery.schedule import Caps, midnight_after
from tipsheet.settings import DeliverySettings
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery, delivery_day, throttle

__all__ = [
    "ALL", "BURST", "Breaker", "Clock", "Limits", "Moments", "Pace", "Rates", "ReplyClass", "days_before",
    "sent_today", "taken", "wait",
]  # fmt: skip


class ReplyClass(StrEnum):
    """Classes of answers that the breaker counts."""

    TAKEN = "taken"
    DELAYED = "put off (4xx)"
    FAILED = "refused (5xx)"
    POLICY = "refused for what we are or wrote (5.7.x)"


LEAST = 20
"""So many outcomes have to be known; a share of three messages says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Shares of the last ``window`` messages at which sending stops; see `tipsheet.settings.BreakerSettings`."""

    window: int = 100
    delayed: float = 0.5
    failed: float = 0.3
    policy: float = 0.1

    def share(self, outcome: ReplyClass) -> float:
        """The share at which sending stops; a policy refusal is a refusal too."""
        shares = {ReplyClass.DELAYED: self.delayed, ReplyClass.FAILED: self.failed, ReplyClass.POLICY: self.policy}
        return shares[outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The last outcomes of a run, the newest last."""

    limits: Limits = Limits()
    recent: tuple[ReplyClass, ...] = ()

    def after(self, *outcomes: ReplyClass) -> "Breaker":
        """The breaker once these have come in, oldest first."""
        return replace(self, recent=(*self.recent, *outcomes)[-self.limits.window :])

    @property
    def opened(self) -> tuple[ReplyClass, str] | None:
        """Of which outcome there are too many, and the same in a sentence; None while sending may go on.

        A message that was taken never opens it, so there is need to ask after others only.
        """
        seen = len(self.recent)
        if seen < min(LEAST, self.limits.window):
            return None
        counts = Counter(self.recent)
        counts[ReplyClass.FAILED] += counts[ReplyClass.POLICY]
        for outcome in (ReplyClass.POLICY, ReplyClass.FAILED, ReplyClass.DELAYED):
            if counts[outcome] >= self.limits.share(outcome) * seen:
                return outcome, f"{counts[outcome]} of the last {seen} letters were {outcome}"
        return None


ALL = "*"
"""Stands for the sum of all domains."""

BURST = 1.0
"""Seconds that a rate may run ahead: so much of it may go at once after a pause."""

Moments = Mapping[str, float]
"""When each bucket will be full again, by domain; one that is not there is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Messages a second at most; None is any number. ``named`` are domains with a rate of their own."""

    overall: float | None = None
    each: float | None = None
    named: Mapping[str, float] = field(default_factory=dict)

    def gaps(self, domain: str) -> Iterator[tuple[str, float]]:
        """The buckets that a message to this domain takes from, with the seconds between two messages."""
        if self.overall is not None:
            yield ALL, 1 / self.overall
        own = self.named.get(domain, self.each)
        if own is not None:
            yield domain, 1 / own


def wait(rates: Rates, domain: str, full: Moments, now: float) -> float:
    """Seconds until a message to this domain may go; 0 when it may go now."""
    waits = (full.get(name, now) + gap - max(BURST, gap) - now for name, gap in rates.gaps(domain))
    return max(0.0, *waits, 0.0)


def taken(rates: Rates, domain: str, full: Moments, now: float) -> dict[str, float]:
    """The moments that a message which goes now has moved."""
    return {name: max(full.get(name, now), now) + gap for name, gap in rates.gaps(domain)}


BELIEVED = 60
"""Seconds, besides two messages' time, that a moment in the store may lie ahead; else a clock was set back (D6)."""

FORGOTTEN = dt.timedelta(hours=1)
"""A bucket that has been full for so long says nothing any more."""

LONGEST_REST = 3600
"""Seconds that a server which wants no letters now is left alone, at most."""

AGAINST_US = 3
"""Refusals of us in a row, after MAIL FROM was accepted, that are not about so many readers."""

BUSY = 3
"""Times in a row that a server may close or be in trouble before it is left alone."""

PASSED = 10
"""Letters that were put off and then taken: it is the way of this server, not a wave."""

NEVER = float("inf")
UNCAPPED = Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The two clocks of a run: ``wall`` is shared through the store, ``steady`` is never set (seconds)."""

    wall: Callable[[], dt.datetime]
    steady: Callable[[], float]


class Pace(Governor):
    """Rates, caps, rests and breaker of one run.

    Within the run a clock that is set changes nothing. What was taken since the last `save` is added to what other
    senders took, so that together they keep to the rates from one save to the next.
    """

    def __init__(
        self, rates: Rates, limits: Limits, clock: Clock, *, caps: Caps = UNCAPPED, zone: dt.tzinfo = dt.UTC
    ) -> None:
        self._rates, self._clock = rates, clock
        self._breaker = Breaker(limits=limits)
        self._full: dict[str, float] = {}
        self._unsaved: Counter[str] = Counter()
        self._day = _Day(caps, zone)
        self._rest = _Rest(clock.steady)
        self._busy = self._against = self._passed = 0

    @classmethod
    def of(cls, settings: DeliverySettings, clock: Clock, zone: dt.tzinfo = dt.UTC) -> "Pace":
        """As mkdocs.yml has it."""
        rates = Rates(overall=settings.rate, each=settings.domain_rate, named=settings.domain_rates)
        limits = Limits(**settings.breaker.model_dump())
        return cls(rates, limits, clock, caps=Caps.of(settings), zone=zone)

    def load(self, connection: sa.Connection) -> None:
        """Begin where the last run stopped."""
        wall, steady = self._clock.wall(), self._clock.steady()
        connection.execute(sa.delete(throttle).where(throttle.c.free_at < wall - FORGOTTEN))
        for domain, full in connection.execute(sa.select(throttle.c.domain, throttle.c.free_at)):
            self._full[domain] = self._believed(domain, full, wall, steady)
        self._day.load(connection, wall)

    def delay(self, domain: str) -> float:
        """See `Governor.delay`."""
        if self._day.capped and not self._day.left(self._clock.wall()):
            return NEVER
        now = self._clock.steady()
        seconds = wait(self._rates, domain, self._full, now)
        if not seconds:
            moved = taken(self._rates, domain, self._full, now)
            self._full |= moved
            self._unsaved.update(moved.keys())
            self._day.letters += 1
        return seconds

    def closed(self) -> Halt | None:
        """See `Governor.closed`."""
        wall = self._clock.wall()
        return None if not self._day.capped or self._day.left(wall) else self._day.over(wall)

    def saw(self, domain: str, receipt: Receipt, *, again: bool = False) -> Halt | None:  # noqa: ARG002 - one domain's refusals stop nothing more yet
        """See `Governor.saw`."""
        if receipt.accepted:
            self._breaker = self._breaker.after(ReplyClass.TAKEN)
            self._busy = self._against = 0
            self._passed += again
            self._rest.over()
            return None
        self._day.letters -= 1  # counted when it was let go; a refused letter does not use up the cap
        verdict = verdict_of(receipt)
        words = f"{receipt.code} {impersonal(receipt.text)}"
        match verdict.about:
            case About.US:
                self._against += 1
                if receipt.stage is Stage.MAIL or self._against >= AGAINST_US:
                    return Halt(f"the mail server refuses us, in answer to {receipt.stage}: {words}")
                return None
            case About.PACE:
                return self._rest.halt(f"{verdict.cause}: {words}", verdict.rest)
            case About.SERVER:
                self._busy += 1
                return self._rest.halt(f"the mail server is busy: {words}") if self._busy >= BUSY else None
            case About.READER | About.LETTER:
                return self._judged(verdict.cause, receipt)
            case _:
                assert_never(verdict.about)

    def _judged(self, cause: str, receipt: Receipt) -> Halt | None:
        """Count an answer about one reader or one letter; returns the reason to stop, or None."""
        if cause == GREYLISTED or (receipt.temporary and self._passed >= PASSED):
            return None
        failed = ReplyClass.POLICY if cause == POLICY else ReplyClass.FAILED
        self._breaker = self._breaker.after(ReplyClass.DELAYED if receipt.temporary else failed)
        if self._breaker.opened is None:
            return None
        outcome, reason = self._breaker.opened
        reason = f"{reason}; the last answer: {receipt.code} {impersonal(receipt.text)}"
        if outcome is not ReplyClass.DELAYED:
            return Halt(reason)
        self._breaker = Breaker(limits=self._breaker.limits)
        return self._rest.halt(reason)

    def save(self, connection: sa.Connection) -> None:
        """See `Governor.save`."""
        self._day.save(connection, self._clock.wall())
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


class _Rest:
    """The rest of a server that takes no letters now: longer each time, shorter once it took some again."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._seconds = self._ends = 0.0
        self._answered = False

    def halt(self, reason: str, least: float = 0) -> Halt:
        """The rest that begins now, or the one that several connections hear of at a time."""
        now = self._steady()
        if now >= self._ends:
            self._seconds = min(LONGEST_REST, max(least, 2 * self._seconds, 1))
            self._ends, self._answered = now + self._seconds, False
        return Halt(reason, self._ends - now)

    def over(self) -> None:
        """A letter was taken; those that were in flight when the rest began say nothing."""
        if not self._answered and self._seconds and self._steady() >= self._ends:
            self._seconds, self._answered = self._seconds / 4, True


class _Day:
    """Letters of this day, and what may go of them. ``letters`` are those that were let go since the last `save`."""

    def __init__(self, caps: Caps, zone: dt.tzinfo) -> None:
        self._caps, self._zone = caps, zone
        self.capped = caps.on(1) is not None
        self.letters = 0
        self._name, self._before, self._stored = "", 0, 0
        self._cap: int | None = None

    def load(self, connection: sa.Connection, wall: dt.datetime) -> None:
        """Learn what went out today, and on how many days before."""
        if self.capped:
            self._name = _name(wall, self._zone)
            self._before = days_before(connection, wall, self._zone)
            counted = sa.select(delivery_day.c.letters).where(delivery_day.c.day == self._name)
            self._stored = max(
                sent_today(connection, wall, self._zone), connection.execute(counted).scalar_one_or_none() or 0
            )
            self._cap = self._caps.on(self._before + 1)

    def left(self, wall: dt.datetime) -> bool:
        """True if another letter may go; at midnight a new day begins."""
        name = _name(wall, self._zone)
        if name != self._name:
            self._before += bool(self._stored + self.letters)
            self._name, self._stored, self.letters = name, 0, 0
            self._cap = self._caps.on(self._before + 1)
        return self._cap is None or self._stored + self.letters < self._cap

    def over(self, wall: dt.datetime) -> Halt:
        """The reason why nothing goes until tomorrow."""
        seconds = (midnight_after(wall, self._zone) - wall).total_seconds()
        return Halt(f"{self._cap:,} letters have gone out today, which is the cap", seconds)

    def save(self, connection: sa.Connection, wall: dt.datetime) -> None:
        """Write down what went out, so that the next run counts its days."""
        if not self.capped or not self.letters:
            return
        self.left(wall)
        self._stored, self.letters = self._stored + self.letters, 0
        insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(delivery_day)
        row = insert.values(day=self._name, letters=self._stored)
        connection.execute(row.on_conflict_do_update(index_elements=["day"], set_={"letters": insert.excluded.letters}))


def _name(wall: dt.datetime, zone: dt.tzinfo) -> str:
    return wall.astimezone(zone).date().isoformat()


def days_before(connection: sa.Connection, wall: dt.datetime, zone: dt.tzinfo) -> int:
    """The number of earlier days on which letters went out, as far as they were counted."""
    earlier = sa.select(sa.func.count()).where(delivery_day.c.day < _name(wall, zone), delivery_day.c.letters > 0)
    return connection.execute(earlier).scalar_one()


def sent_today(connection: sa.Connection, wall: dt.datetime, zone: dt.tzinfo) -> int:
    """Letters of all issues that went out today, by the ledger, which a killed sender has left true."""
    midnight = dt.datetime.combine(wall.astimezone(zone).date(), dt.time(), zone)
    gone = delivery.c.state.in_((DeliveryState.SENT, DeliveryState.INFLIGHT, DeliveryState.UNKNOWN))
    query = sa.select(sa.func.count()).where(gone, delivery.c.changed_at >= midnight)
    return connection.execute(query).scalar_one()


def _locked(connection: sa.Connection, domains: Mapping[str, int], now: dt.datetime) -> dict[str, dt.datetime]:
    """The stored moments of these domains, locked until our transaction ends; a missing row cannot be locked."""
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
