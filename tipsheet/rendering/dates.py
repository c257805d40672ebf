"""Dates and times as the publication's language writes them (CLDR, by way of babel).

English outside the United States is written without commas and by the 24-hour clock, so that a
reader anywhere reads it once; CLDR's plain English is American.
"""

import datetime as dt
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time

__all__ = ["clock", "days", "direction", "full_date", "iso", "long_date", "month", "short_date"]


def full_date(date: dt.date, language: str) -> str:
    """A day with its weekday: ``Thursday 3 December 2026``, ``donderdag 3 december 2026``."""
    locale = _locale(language)
    return format_date(date, "EEEE d MMMM y" if _day_first(locale) else "full", locale)


def days(first: dt.date, last: dt.date, language: str) -> str:
    """One day or several as people say them: ``Monday 25 to Wednesday 27 January 2027``."""
    locale = _locale(language)
    if first == last:
        return full_date(first, language)
    short = "EEEE d" if (first.year, first.month) == (last.year, last.month) else "EEEE d MMMM"
    plain = _day_first(locale) and first.year == last.year
    return (
        f"{format_date(first, short, locale) if plain else full_date(first, language)} to {full_date(last, language)}"
    )


def long_date(date: dt.date, language: str) -> str:
    """``3 December 2026``."""
    locale = _locale(language)
    return format_date(date, "d MMMM y" if _day_first(locale) else "long", locale)


def short_date(date: dt.date, language: str) -> str:
    """``3 Dec``, for places where the year is said already."""
    locale = _locale(language)
    return format_date(date, "d MMM", locale) if _day_first(locale) else format_skeleton("MMMd", date, locale=locale)


def iso(day: dt.date) -> str:
    """A moment to the minute, or a day, for programs (ISO 8601)."""
    return day.isoformat(timespec="minutes") if isinstance(day, dt.datetime) else day.isoformat()


def month(date: dt.date, language: str) -> str:
    """``Dec``, for the tile of an event."""
    return format_date(date, "LLL", _locale(language)).rstrip(".")


def clock(moment: dt.datetime, language: str) -> str:
    """A time of day in the moment's own zone: ``9:30``, in the United States ``9:30 AM``."""
    locale = _locale(language)
    text = format_time(moment.replace(tzinfo=None), "H:mm" if _day_first(locale) else "short", locale=locale)
    return text.replace("\u202f", "\u00a0")


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return _locale(language).text_direction


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _day_first(locale: Locale) -> bool:
    return locale.language == "en" and locale.territory != "US"
