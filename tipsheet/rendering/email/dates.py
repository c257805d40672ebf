"""Days and times as the publication's language writes them (Unicode CLDR, through babel)."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name

from tipsheet.model.body import Event

__all__ = ["day_and_month", "day_of_month", "event_time", "locale_of", "long_date", "month_name"]

_ENGLISH = {"America": "en_US", "Europe": "en_150"}


@cache
def locale_of(language: str, zone: ZoneInfo) -> Locale:
    """The locale of a language tag; unknown ones are English.

    Bare ``en`` is a language without a country, and CLDR takes it for the United States: the zone
    decides, so that a paper of Utrecht has "17 November 2026" and "09:30".
    """
    if language == "en":
        return Locale.parse(_ENGLISH.get(zone.key.partition("/")[0], "en_001"))
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en")


def long_date(day: dt.date, locale: Locale) -> str:
    """``17 November 2026``."""
    return format_date(day, "long", locale)


def day_and_month(day: dt.date, locale: Locale) -> str:
    """``17 November``, where the year is understood."""
    return format_skeleton("MMMMd", dt.datetime.combine(day, dt.time()), locale=locale)


def day_of_month(day: dt.date, locale: Locale) -> str:
    """``17``, for the tile of an event."""
    return format_date(day, "d", locale)


def month_name(day: dt.date, locale: Locale) -> str:
    """``Nov``, for the tile of an event."""
    return format_date(day, "LLL", locale).rstrip(".")


def event_time(event: Event, zone: ZoneInfo, locale: Locale) -> str:
    """``Thursday 17 September, 16:00–18:00``; the zone is named where it is not the publication's."""
    ends = event.ends if event.ends and event.ends != event.starts else None
    first = _weekday(event.starts, locale)
    last = _weekday(ends, locale) if ends and ends.date() != event.starts.date() else ""
    if event.starts.timetz().replace(tzinfo=None) == dt.time() and (ends is None or ends.time() == dt.time()):
        return f"{first} – {last}" if last else first
    times = f"{first}, {_time(event.starts, locale)}"
    if ends:
        times += f" – {last}, {_time(ends, locale)}" if last else f"–{_time(ends, locale)}"
    if event.starts.utcoffset() == event.starts.astimezone(zone).utcoffset():
        return times
    return f"{times} ({get_timezone_name(event.starts, 'short', locale=locale)})"


def _weekday(moment: dt.datetime, locale: Locale) -> str:
    weekday = format_date(moment, "EEEE", locale)
    return f"{weekday} {day_and_month(moment, locale)}"


def _time(moment: dt.datetime, locale: Locale) -> str:
    return format_time(moment, "short", locale=locale).replace("\u202f", "\u00a0")
