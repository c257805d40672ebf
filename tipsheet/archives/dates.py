"""Dates as archives write them, in six forms: ISO 8601, RFC 5322, with a zone's name, words, numbers, seconds."""

import datetime as dt
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tipsheet.limits import outside_calendar

__all__ = ["date_in_name", "moment_of"]

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[A-Z][A-Za-z]+/[\w/+-]+|[A-Z]{3,4})?"
)
_SLASHES = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[, ]+(\d{1,2}):(\d{2}))?")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[, ]+(\d{1,2}):(\d{2}))?")
_SHORT = re.compile(r"(20\d{2}|19\d{2})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(?:\d{2})?)?")
_SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WORDS = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?(?:(\w{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})|(\d{1,2})(?:st|nd|rd|th)?\s+(\w{3,9})\.?,?\s+(\d{4}))"
    r"(?:,?\s+(?:at\s+)?(\d{1,2}):(\d{2})(?::\d{2})?\s*(am|pm)?)?",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_THOUSANDTHS = 13
NOON = 12


def moment_of(value: object) -> dt.datetime | None:
    """The moment that a value of a header or a column names, or None; it is naive where the value has no offset."""
    if isinstance(value, dt.datetime):
        return _sane(value)
    if isinstance(value, dt.date):
        return _sane(dt.datetime.combine(value, dt.time()))
    text = " ".join(str(value or "").split())
    for read in _FORMS:
        try:
            found = read(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if found is not None:
            return _sane(found)
    return None


def is_day(value: object) -> bool:
    """Return True for a date without a time."""
    return not isinstance(value, dt.datetime) and not re.search(r"\d:\d\d", str(value))


def date_in_name(name: str) -> tuple[dt.datetime, str] | None:
    """The day that the name of a file begins with or holds, and the name without it."""
    found = _IN_NAME.search(name)
    if found is None:
        return None
    try:
        day = dt.datetime(int(found[1]), int(found[2]), int(found[3]))  # noqa: DTZ001 - of the publication's zone
    except ValueError:
        return None
    rest = (name[: found.start()].rstrip("-_. ") + "-" + name[found.end() :].lstrip("-_. ")).strip("-")
    sane = _sane(day)
    return (sane, rest) if sane else None


def _sane(moment: dt.datetime) -> dt.datetime | None:
    return None if outside_calendar(moment.date()) else moment


def _made(*parts: str | None) -> dt.datetime:
    year, month, day, hour, minute = (int(part or 0) for part in parts[:5])
    return dt.datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone is added where there is one


def _iso(text: str) -> dt.datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    made = _made(*found.groups()[:5])
    if found[4] and found[4] != "24":
        made = made.replace(second=min(int(found[6] or 0), 59))
    return made.replace(tzinfo=_zone(found[7])) if found[7] else made


def _zone(name: str) -> dt.tzinfo | None:
    if name in ("Z", "UTC", "GMT"):
        return dt.UTC
    if name[0] in "+-":
        digits = name[1:].replace(":", "")
        offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return dt.timezone(-offset if name[0] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _mail(text: str) -> dt.datetime | None:
    right = re.search(r"[A-Za-z]{3}", text) and ":" in text and not re.search(r"\d\s*[ap]m\b", text, re.IGNORECASE)
    return parsedate_to_datetime(text) if right else None


def _words(text: str) -> dt.datetime | None:
    found = _WORDS.search(text)
    if found is None:
        return None
    month, day, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
    number = _MONTHS.index(month[:3].lower()) + 1
    hour, minute = int(found[7] or 0), found[8]
    if found[9]:
        hour = hour % NOON + (NOON if found[9].lower() == "pm" else 0)
    return _made(year, str(number), day, str(hour), minute)


def _slashes(text: str) -> dt.datetime | None:
    found = _SLASHES.match(text)
    return _made(*found.groups()[:5]) if found else None


def _day_first(text: str) -> dt.datetime | None:
    found = _DAY_FIRST.match(text)
    return _made(found[3], found[2], found[1], found[4], found[5]) if found else None


def _american(text: str) -> dt.datetime | None:
    """A month, a day and a year; where the first number is no month, the day stands first."""
    found = _US.match(text)
    if found is None:
        return None
    month, day = (found[1], found[2]) if int(found[1]) <= len(_MONTHS) else (found[2], found[1])
    return _made(found[3], month, day, found[4], found[5])


def _seconds(text: str) -> dt.datetime | None:
    if not _SECONDS.fullmatch(text):
        return None
    return dt.datetime.fromtimestamp(float(text) / (1000 if len(text) == _THOUSANDTHS else 1), dt.UTC)


def _short(text: str) -> dt.datetime | None:
    found = _SHORT.fullmatch(text)
    return _made(*found.groups()[:5]) if found else None


_FORMS: tuple[Callable[[str], dt.datetime | None], ...] = (
    _short, _seconds, _iso, _slashes, _day_first, _american, _mail, _words,
)  # fmt: skip
