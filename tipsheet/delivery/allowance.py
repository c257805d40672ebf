"""When and how many: a window of hours for each reader, and a cap of letters a day that grows while we are new.

A mailbox provider that has never seen a sender takes a little from it, and more when readers keep what they got.
A day is one of the publication's zone; days on which no letter went out do not count.
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tipsheet.settings import DeliverySettings

__all__ = ["Caps", "Forecast", "Window", "forecast", "midnight_after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many letters go out on a day: at most ``daily``, and during the warm-up ``first``, times ``factor`` each day.

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
        """When a letter to a reader of these attributes may go next, in UTC; None when it may go now."""
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
    """How an issue goes out under caps: letters on each day, the first being the day that it begins."""

    days: tuple[int, ...]

    @property
    def in_words(self) -> str:
        """For people; empty when it is all on one day."""
        if len(self.days) < 2:  # noqa: PLR2004 - a day and another
            return ""
        shown = ", ".join(f"{count:,}" for count in self.days[:5])
        return f"capped: {len(self.days)} days, with {shown}{', …' if len(self.days) > 5 else ''} letters"  # noqa: PLR2004


def forecast(caps: Caps, letters: int, *, days_before: int, sent_today: int) -> Forecast:
    """How so many letters are spread; ``days_before`` are earlier days on which letters went out."""
    found, day, taken = list[int](), days_before + 1, sent_today
    while letters > 0 and len(found) < 3660:  # noqa: PLR2004 - ten years say enough
        cap = caps.on(day)
        count = letters if cap is None else min(letters, max(0, cap - taken))
        found.append(count)
        letters, day, taken = letters - count, day + 1, 0
    return Forecast(days=tuple(found))
