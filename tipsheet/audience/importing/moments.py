"""Moments as exports and spreadsheets write them.

A library that takes any text for some date (dateutil) reads ``10`` as the tenth of this month, and
costs more for each cell than the rest of the row; here a text is one of the forms below or no date:
ISO 8601, also with ``UTC`` or an offset behind it or as Go prints it; numbers with strokes, dashes or
dots, year first or last, with or without a time of day; English names of months (RFC 5322 and
spreadsheets); the number of days that Excel keeps; seconds or milliseconds of Unix. What has no
zone is UTC.
"""

import datetime as dt
import re
from collections.abc import Iterable

from tipsheet.audience.importing.headings import is_no

__all__ = ["day_comes_first", "moment"]

_TIME = r"""
    (?:[,\ T]\ *(?:at\ )?(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?
       (?:\ ?(?P<half>[ap])\.?m\.?)?
       (?:\ ?(?P<zone>z|utc|gmt|[+-]\d\d:?\d\d)(?:\ \(?[a-z]{1,5}\)?)?)?
    )?
"""
_NUMBERS = re.compile(
    rf"(?P<one>\d{{1,4}})(?P<sign>[-/.])(?P<two>\d{{1,2}})(?P=sign)(?P<three>\d{{1,4}})\.? {_TIME}",
    re.VERBOSE | re.IGNORECASE,
)
_NAMED = re.compile(
    rf"""
    (?:[a-z]{{3,9}},?\ )?(?:(?P<before>\d{{1,2}})\.?[-\ ])?
    (?P<month>[a-z]{{3,9}})\.?
    (?:[-\ ](?P<after>\d{{1,2}})(?:st|nd|rd|th)?,)?[-\ ](?P<year>\d{{4}}) {_TIME}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MONTHS = {
    name[:3]: number
    for number, name in enumerate(("january", "february", "march", "april", "may", "june", "july", "august",
                                   "september", "october", "november", "december"), 1)
}  # fmt: skip
_DAYS = re.compile(r"\d{5}(?:[.,]\d+)?")
_SECONDS = re.compile(r"\d{10}(?:\d{3})?")
_EXCEL = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)
"""Day 0 of Excel, which takes 1900 for a leap year."""
_LAST_DAY = "73051"
"""Of 2099; a greater number of five digits is a postcode."""
_YEARS = range(1970, 9999)
_CENTURY = 69
"""Two digits from here on are of the last century (POSIX)."""
_TWELVE = 12


def moment(text: str, *, day_first: bool | None = None) -> dt.datetime | None:
    """The moment in UTC; None for an empty cell and for zeros. Raises ValueError for what is none of the forms.

    ``day_first`` says how ``2/3/2024`` is meant; None is the third of February with strokes, and the
    second of March with dashes.
    """
    text = text.strip()
    if is_no(text):
        return None
    try:
        read = _iso(text) or _other(text, day_first)
        read = read.replace(tzinfo=dt.UTC) if read.tzinfo is None else read.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError("a moment at an end of the calendar") from error
    if read.year not in _YEARS:
        raise ValueError(f"a moment of the year {read.year}")
    return read


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether a column has the day before the month, told by days after the twelfth; None when none tells."""
    days = months = 0
    for text in texts:
        found = _NUMBERS.match(text.strip())
        if found is None or found["sign"] == "." or len(found["one"]) == 4:  # noqa: PLR2004 - digits of a year
            continue
        days += int(found["one"]) > _TWELVE
        months += int(found["two"]) > _TWELVE
    return None if not (days or months) else days > months


def _iso(text: str) -> dt.datetime | None:
    if text[4:5] != "-":
        return None
    try:
        return dt.datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return None


def _other(text: str, day_first: bool | None) -> dt.datetime:
    if numbers := _NUMBERS.fullmatch(text):
        return _with_time(_date(numbers, day_first), numbers)
    if named := _NAMED.fullmatch(text):
        day = named["before"] or named["after"]
        month = _MONTHS.get(named["month"][:3].lower())
        if month is None or day is None:
            raise ValueError("no date")
        return _with_time(dt.date(int(named["year"]), month, int(day)), named)
    if _SECONDS.fullmatch(text):
        return dt.datetime.fromtimestamp(int(text[:10]), dt.UTC)
    if _DAYS.fullmatch(text) and text[:5] < _LAST_DAY:
        return _EXCEL + dt.timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))
    raise ValueError("no date")


def _date(found: re.Match[str], day_first: bool | None) -> dt.date:
    one, two, three = int(found["one"]), int(found["two"]), int(found["three"])
    if len(found["one"]) == 4:  # noqa: PLR2004 - digits of a year
        return dt.date(one, two, three)
    if len(found["three"]) not in (2, 4):
        raise ValueError("no year")
    year = three if len(found["three"]) == 4 else three + (1900 if three >= _CENTURY else 2000)  # noqa: PLR2004
    first = day_first if day_first is not None else found["sign"] == "-"
    day, month = (one, two) if first or found["sign"] == "." else (two, one)
    return dt.date(year, month, day)


def _with_time(date: dt.date, found: re.Match[str]) -> dt.datetime:
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half:
        if not 1 <= hour <= _TWELVE:
            raise ValueError("no hour of half a day")
        hour = hour % _TWELVE + (_TWELVE if half == "p" else 0)
    zone = (found["zone"] or "z").lower()
    micro = int(f"{found['fraction'] or '':0<6.6}")
    time = dt.time(hour, int(found["minute"] or 0), int(found["second"] or 0), micro, _zone(zone))
    return dt.datetime.combine(date, time)


def _zone(text: str) -> dt.tzinfo:
    if text[0] not in "+-":
        return dt.UTC
    ahead = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(ahead if text[0] == "+" else -ahead)
