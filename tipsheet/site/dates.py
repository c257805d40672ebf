"""Dates as the site's lists and labels write them, in the publication's language (CLDR by way of babel)."""

import datetime as dt
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

__all__ = ["long_date", "month", "short_date"]


def long_date(date: dt.date, language: str) -> str:
    """``17 November 2026``."""
    locale = _locale(language)
    return format_date(date, "d MMMM y" if _day_first(locale) else "long", locale)


def short_date(date: dt.date, language: str) -> str:
    """``17 Nov``, for places where the year is said already."""
    locale = _locale(language)
    return format_date(date, "d MMM", locale) if _day_first(locale) else format_skeleton("MMMd", date, locale=locale)


def month(date: dt.date, language: str) -> str:
    """``Nov``."""
    return format_date(date, "LLL", _locale(language)).rstrip(".")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _day_first(locale: Locale) -> bool:
    """CLDR's plain English is American; ours is not (as in `rendering.wording`)."""
    return locale.language == "en" and locale.territory != "US"
