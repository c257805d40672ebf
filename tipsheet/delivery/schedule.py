"""Times of sending: issues that are due, hours of the day for each reader, and letters a day under caps and rates.

Due issues are asked of the ledger, never of "the posts of the last days": a run may come late, twice, at once with
another, or not at all, and the next one finds what is left. Caps grow while we are new: a mailbox provider takes little
from a sender it has never seen, and more when readers keep what they got. A day is one of the publication's zone; days
without letters do not count. A rate to a domain is a limit of a day only where more readers are at it than go in the
hours of a day: such a domain is tight. Its letters queue by themselves, and what gets through goes with all others.
"""

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, assert_never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentKind
from tipsheet.edition.outbox import EDITION_FILE, NotInOutboxError
from tipsheet.model.post import UNDATED
from tipsheet.settings import DeliverySettings
from tipsheet.store.states import SendState
from tipsheet.store.tables import subscriber

__all__ = [
    "HORIZON", "Arrivals", "Caps", "DailyLimits", "Decision", "Due", "Forecast", "Late", "Outgoing", "SendingDay",
    "Traffic", "Window", "domain_column", "due", "forecast", "letters_a_day", "midnight_after", "outgoing",
    "shared_slots", "spread", "tight_domains", "traffic",
]  # fmt: skip


class Late(StrEnum):
    """The treatment of an issue that nobody sent in time."""

    SEND = "send"
    HOLD = "hold"
    SKIP = "skip"


class Decision(StrEnum):
    """The decision of a run about an issue."""

    SEND = "send"
    GO_ON = "go on"
    PAUSED = "leave paused"
    HELD = "hold"
    SKIPPED = "pass over"


@dataclass(frozen=True, slots=True, order=True)
class Outgoing:
    """An issue in the outbox, and its moment in UTC."""

    published: dt.datetime
    issue: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An issue whose moment has come and that is not done; ``late`` is how long ago that was."""

    outgoing: Outgoing
    verdict: Decision
    late: dt.timedelta

    @property
    def goes(self) -> bool:
        """True if letters are sent."""
        return self.verdict in {Decision.SEND, Decision.GO_ON}


def outgoing(outbox: Path) -> tuple[Outgoing, ...]:
    """The issues in the outbox, the oldest first; letters without a date, such as welcome letters, are none.

    Raises NotInOutboxError for an outbox that cannot be read.
    """
    found = []
    for file in outbox.glob(f"*/{EDITION_FILE}"):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            moment = dt.datetime.fromisoformat(record["published"]).astimezone(dt.UTC)
            found += [Outgoing(moment, record["issue"], record["title"])] if moment != UNDATED else []
        except (ValueError, KeyError, TypeError) as error:
            raise NotInOutboxError(f"'{file}' is no letter", "run tipsheet build again") from error
    return tuple(sorted(found))


def due(
    letters: Iterable[Outgoing],
    ledger: Mapping[str, SendState],
    now: dt.datetime,
    *,
    max_late: dt.timedelta,
    late: Late,
) -> tuple[Due, ...]:
    """The issues to look at now, the oldest first; ``ledger`` has the state of every issue that was begun.

    What was begun goes on however late it is. What was not and is later than ``max_late`` is looked at only while
    nothing newer was begun, and of several such the newest: all before it is the archive, which a new ledger must not
    send to everybody. What was held stays so until a person has settled it.
    """
    out = sorted(one for one in letters if one.published <= now)
    held = {issue for issue, state in ledger.items() if state is SendState.HELD}
    begun = max((one.published for one in out if one.issue in ledger and one.issue not in held), default=None)
    missed = [one for one in out if one.issue not in ledger and now - one.published > max_late]
    last = missed[-1].published if missed else None
    # A new ledger knows no issue: without this it would send the whole archive to everybody.
    archive = {one.issue for one in missed if one.published != last or (begun is not None and begun >= one.published)}
    found = []
    for one in out:
        verdict = _verdict(ledger.get(one.issue), too_late=one in missed, late=late)
        if verdict is not None and one.issue not in archive:
            found.append(Due(outgoing=one, verdict=verdict, late=now - one.published))
    return tuple(found)


def _verdict(state: SendState | None, *, too_late: bool, late: Late) -> Decision | None:
    match state:
        case None if too_late:
            return {Late.SEND: Decision.SEND, Late.HOLD: Decision.HELD, Late.SKIP: Decision.SKIPPED}[late]
        case None:
            return Decision.SEND
        case SendState.HELD:
            return Decision.HELD
        case SendState.PREPARED | SendState.SENDING:
            return Decision.GO_ON
        case SendState.PAUSED:
            return Decision.PAUSED
        case SendState.DONE | SendState.CANCELLED:
            return None
        case _:
            assert_never(state)


def shared_slots(found: Iterable[Due]) -> Iterator[tuple[str, str]]:
    """Pairs of issues that go out together because they have one moment; a reader of both gets two letters."""
    seen: dict[dt.datetime, str] = {}
    for one in found:
        if one.goes:
            if one.outgoing.published in seen:
                yield seen[one.outgoing.published], one.outgoing.issue
            seen[one.outgoing.published] = one.outgoing.issue


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most letters of a day: ``daily``, and during the warm-up ``first``, times ``factor`` each day.

    The warm-up is over when its cap would reach ``until``. None is any number.
    """

    daily: int | None = None
    first: int | None = None
    factor: float = 2.0
    until: int = 100_000

    @classmethod
    def of(cls, settings: DeliverySettings) -> "Caps":
        """As mkdocs.yml has them."""
        warm_up = settings.warm_up
        if warm_up is None:
            return cls(daily=settings.daily)
        return cls(daily=settings.daily, first=warm_up.first, factor=warm_up.factor, until=warm_up.until)

    def on(self, day: int) -> int | None:
        """The cap on the day of this number; the first day that letters go out is 1."""
        caps = [self.daily] if self.daily is not None else []
        if self.first is not None and (day - 1) * math.log(self.factor) < math.log(self.until / self.first):
            caps.append(int(self.first * self.factor ** (day - 1)))
        return min(caps, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hours of the day in which letters go, in the zone that an attribute names, else in the publication's."""

    opening: int
    closing: int
    zone: dt.tzinfo
    attribute: str = ""

    @classmethod
    def of(cls, settings: DeliverySettings, zone: dt.tzinfo) -> "Window | None":
        """As mkdocs.yml has it; None when letters go at any hour."""
        hours = settings.window
        if hours is None:
            return None
        return cls(opening=hours.opens, closing=hours.closes, zone=zone, attribute=hours.zone_attribute or "")

    def opens(self, attributes: Mapping[str, Any], now: dt.datetime) -> dt.datetime | None:
        """The next moment for a letter to a reader of these attributes, in UTC; None when it may go now."""
        zone = _zone(str(attributes.get(self.attribute) or "")) or self.zone
        local = now.astimezone(zone)
        if self.opening <= local.hour < self.closing:
            return None
        day = local.date() + dt.timedelta(days=local.hour >= self.closing)
        return dt.datetime.combine(day, dt.time(self.opening), zone).astimezone(dt.UTC)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    """A zone by its name in the IANA database; None for what is none, since a reader's word is not checked."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def midnight_after(now: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of the next day in the zone."""
    return dt.datetime.combine(now.astimezone(zone).date() + dt.timedelta(days=1), dt.time(), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The letters of an issue on each day under caps, beginning with the first day.

    ``waiting`` are those that still wait after the last of the days, which is that of `HORIZON`.
    """

    days: tuple[int, ...]
    waiting: int = 0

    @property
    def in_words(self) -> str:
        """For people; empty when it is all on one day."""
        if len(self.days) < 2:  # noqa: PLR2004 - a day and another
            return ""
        shown = ", ".join(f"{count:,}" for count in self.days[:5])
        more = "more than " if self.waiting else ""
        return f"capped: {more}{len(self.days):,} days, with {shown}{', …' if len(self.days) > 5 else ''} letters"  # noqa: PLR2004


def forecast(caps: Caps, letters: int, *, days_before: int, sent_today: int) -> Forecast:
    """Spread so many letters over days; ``days_before`` are earlier days on which letters went out."""
    limits, day = DailyLimits(caps=caps, days_before=days_before, sent_today=sent_today), UNDATED.date()
    days = tuple(spread({day: {"": letters}}, limits, day))
    return Forecast(days=tuple(one.letters for one in days), waiting=sum(days[-1].waiting.values()) if days else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingDay:
    """A day of sending: the letters that go, the most that may (None: any number), and those that wait at its end.

    ``waiting`` are numbers by issue.
    """

    day: dt.date
    letters: int
    limit: int | None
    waiting: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimits:
    """The limits of a day: caps, which count the days with letters, and ``by_rate``, the most that the rate allows."""

    caps: Caps
    by_rate: int | None = None
    days_before: int = 0
    sent_today: int = 0

    @classmethod
    def of(cls, settings: DeliverySettings, *, days_before: int = 0, sent_today: int = 0) -> "DailyLimits":
        """As mkdocs.yml has them. Where readers' zones set the hours, letters may go at any hour of the day."""
        by_rate = None if settings.rate is None else letters_a_day(settings, settings.rate)
        caps = Caps.of(settings)
        return cls(caps=caps, by_rate=by_rate, days_before=days_before, sent_today=sent_today)

    def on(self, day: int) -> int | None:
        """The most letters on the day of this number."""
        found = [limit for limit in (self.caps.on(day), self.by_rate) if limit is not None]
        return min(found, default=None)


def letters_a_day(settings: DeliverySettings, rate: float) -> int:
    """The most letters of a day at a rate a second, in the hours in which letters go."""
    hours = settings.window
    open_for = 24 if hours is None or hours.zone_attribute else hours.closes - hours.opens
    return max(1, int(rate * open_for * 3600))


HORIZON = 3660
"""Days of sending that are worked out: ten years tell that a limit is too low for the letters."""


def spread(arriving: Mapping[dt.date, Mapping[str, int]], limits: DailyLimits, today: dt.date) -> Iterator[SendingDay]:
    """The days on which letters go, when on each day so many of each issue become due; older issues go first.

    ``arriving`` are numbers by day and issue, in the order of the issues. What is over a limit waits for the next day.
    After `HORIZON` days it ends: letters that have not gone by then are in ``waiting`` of the last day.
    """
    waiting: dict[str, int] = {}
    coming, number, day = dict(arriving), limits.days_before + 1, today
    for _ in range(HORIZON):
        if not waiting:
            day = min(coming, default=day)
        for issue, count in coming.pop(day, {}).items():
            waiting[issue] = waiting.get(issue, 0) + count
        if not waiting:
            return
        limit = limits.on(number)
        before = limits.sent_today if day == today else 0
        gone = _taken(waiting, None if limit is None else max(0, limit - before))
        yield SendingDay(day=day, letters=gone, limit=limit, waiting=dict(waiting))
        number, day = number + 1, day + dt.timedelta(days=1)


def _taken(waiting: dict[str, int], most: int | None) -> int:
    """Take letters from those that wait, in their order; returns how many."""
    gone = 0
    for issue, count in list(waiting.items()):
        taken = count if most is None else min(count, most - gone)
        gone += taken
        waiting[issue] = count - taken
        if not waiting[issue]:
            del waiting[issue]
    return gone


Arrivals = Mapping[str, Mapping[dt.date, Mapping[str, int]]]
"""Numbers of letters that become due, by tight domain (empty: any other), by day, and by issue in their order."""

_MOST = 100
"""Tight domains that are told apart: those with most readers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The days on which letters go: ``days`` of all, with those that wait for any reason, and those of each queue.

    The queues are that of all letters, by an empty name, and that of each tight domain.
    """

    days: tuple[SendingDay, ...]
    queues: Mapping[str, tuple[SendingDay, ...]]


def tight_domains(connection: sa.Connection, settings: DeliverySettings) -> Mapping[str, int]:
    """The most letters of a day to each domain that has more readers than that."""
    if settings.domain_rate is None and not settings.domain_rates:
        return {}
    confirmed = sa.select(subscriber.c.email_norm).where(subscriber.c.status == ConsentKind.CONFIRMED.value)
    addresses = connection.execute(confirmed.execution_options(yield_per=10_000)).scalars()
    readers = Counter(address.rpartition("@")[2] for address in addresses)
    found = {}
    for domain, count in sorted(readers.items(), key=lambda one: (-one[1], one[0])):
        rate = settings.domain_rates.get(domain, settings.domain_rate)
        if rate is not None and count > (most := letters_a_day(settings, rate)):
            found[domain] = most
    return dict(list(found.items())[:_MOST])


def domain_column(tight: Mapping[str, int]) -> sa.ColumnElement[str]:
    """The tight domain that a subscriber is at; empty for any other."""
    cases = [
        (subscriber.c.email_norm.endswith(f"@{domain}", autoescape=True), sa.literal(domain, sa.Text))
        for domain in tight
    ]
    return sa.case(*cases, else_=sa.literal("", sa.Text)).label("domain")


def traffic(arriving: Arrivals, tight: Mapping[str, int], limits: DailyLimits, today: dt.date) -> Traffic:
    """The days of letters that become due, under the limits of tight domains and then of all."""
    queues = {
        domain: tuple(spread(arriving.get(domain, {}), DailyLimits(caps=Caps(), by_rate=most), today))
        for domain, most in tight.items()
    }
    coming = {day: dict(issues) for day, issues in arriving.get("", {}).items()}
    held: dict[dt.date, Counter[str]] = {}
    for domain, days in queues.items():
        for day, gone in _gone(arriving.get(domain, {}), days):
            issues = coming.setdefault(day, {})
            for issue, count in gone.items():
                issues[issue] = issues.get(issue, 0) + count
        for one in days:
            held.setdefault(one.day, Counter()).update(one.waiting)
    together = tuple(spread(coming, limits, today))
    told = tuple(replace(one, waiting=dict(Counter(one.waiting) + held.get(one.day, Counter()))) for one in together)
    return Traffic(days=told, queues={"": together} | queues)


def _gone(
    arriving: Mapping[dt.date, Mapping[str, int]], days: tuple[SendingDay, ...]
) -> Iterator[tuple[dt.date, Counter[str]]]:
    """The letters of each issue that got through on each day."""
    before: Mapping[str, int] = {}
    for one in days:
        yield one.day, Counter(before) + Counter(arriving.get(one.day, {})) - Counter(one.waiting)
        before = one.waiting
