"""The tile of an event: a day of the month and a short month, in the publication's language (CLDR)."""

import datetime as dt
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

__all__ = ["direction", "tile"]


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return _locale(language).text_direction


def tile(day: dt.date, language: str) -> tuple[str, str]:
    """``17`` and ``Nov``."""
    locale = _locale(language)
    return format_date(day, "d", locale), format_date(day, "LLL", locale).rstrip(".")
