"""Single cells of a file: text on one line, lists of words, attributes with their declared types, and moments.

Every function raises ValueError with words that hold nothing of the cell, since they may be printed.

Moments are read in the forms that exports and spreadsheets write: ISO 8601, also with ``UTC`` or an offset behind it
or as Go prints it; numbers with strokes, dashes or dots, year first or last, with or without a time of day; English
names of months (RFC 5322 and spreadsheets); the number of days that Excel keeps; seconds or milliseconds of Unix.
Without a zone it is UTC. dateutil takes any text for some date (``10`` is the tenth of this month), and costs more
for each cell than the rest of the row.
"""

import csv
import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tipsheet.model.segment import Attribute, AttributeType, Value

__all__ = [
    "as_typed", "day_comes_first", "is_no", "json_object", "json_or_words", "moment", "one_line", "printable", "words",
]  # fmt: skip

_NOTHING = frozenset({
    "", "0", "no", "n", "false", "none", "null", "nil", "n/a", "na", "-", "never",
    "nein", "non", "nee", "nej", "nei", "ei", "não", "nao", "nie", "falsch", "faux", "falso", "onwaar", "nan", "nat",
})  # fmt: skip
_ZERO = frozenset("0-/.: T")

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_NAME = 200
"""Characters of a tag or topic; an index of PostgreSQL takes 2,704 bytes."""
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

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
"""A day of 2099; a greater number of five digits is a postcode."""
_YEARS = range(1970, 9999)
_CENTURY = 69
"""Two digits from here on are of the last century (POSIX)."""
_TWELVE = 12


def printable(text: str) -> str:
    """A name of a file or a column as it can be shown: on one line, and a terminal obeys nothing in it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))


def one_line(text: str, what: str) -> str:
    """The text without space around it; control characters and halves of characters are refused."""
    text = text.strip(" ")
    if CONTROL.search(text):
        raise ValueError(f"{what} holds a line break or another control character")
    return text


@lru_cache(10_000)
def words(text: str, what: str) -> frozenset[str]:
    """Names with commas between; one that holds a comma or a quote stands in quotes, as in CSV."""
    try:
        names = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise ValueError(f"{what} has a quote that is not closed") from None
    return _names(names, what)


def json_or_words(text: str, what: str) -> frozenset[str]:
    """A JSON list of names, or names with commas between."""
    if not text.lstrip().startswith("["):
        return words(text, what)
    try:
        names = json.loads(text)
    except ValueError:
        return words(text, what)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{what} is a JSON list of something else than names")
    return _names(names, what)


def _names(names: Iterable[str], what: str) -> frozenset[str]:
    found = frozenset(filter(None, (one_line(name, what) for name in names)))
    if any(len(name) > LONGEST_NAME for name in found):
        raise ValueError(f"{what} holds a name of more than {LONGEST_NAME} characters")
    return found


def json_object(text: str, what: str) -> Mapping[str, Any]:
    """Parse a JSON object; an empty cell is an empty one."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 - a mistake in data
    return read


def as_typed(value: Any, attribute: Attribute) -> Value | None:
    """The value of a declared attribute from a cell or from JSON; None when it is empty."""
    if value is None or value == "":
        return None
    match attribute.type:
        case AttributeType.NUMBER:
            return _number(value, attribute.name)
        case AttributeType.BOOLEAN:
            return _truth(value, attribute.name)
        case AttributeType.TEXT:
            return _text(value, attribute)


def _text(value: Any, attribute: Attribute) -> str | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ValueError(f"{attribute.name} is not a text")  # noqa: TRY004 - a mistake in data
    text = one_line(str(value), attribute.name)
    if text and attribute.choices and text not in attribute.choices:
        alike = [choice for choice in attribute.choices if choice.casefold() == text.casefold()]
        if len(alike) != 1:
            raise ValueError(f"{attribute.name} is none of {', '.join(attribute.choices)}")
        return alike[0]
    return text or None


def _number(value: Any, name: str) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is not a number")  # noqa: TRY004 - a mistake in data
    text = str(value).strip(" ")
    if not text:
        return None
    try:
        number = int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else float(text)
    except ValueError:
        raise ValueError(f"{name} is not a number like 20 or 2.5") from None
    if "_" in text or not math.isfinite(number):
        raise ValueError(f"{name} is not a number like 20 or 2.5")
    return number


def _truth(value: Any, name: str) -> bool | None:
    text = str(value).strip(" ").lower()
    if not text:
        return None
    if text not in TRUTH:
        raise ValueError(f"{name} is neither true nor false")
    return TRUTH[text]


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
    """True for a column with the day before the month, told by days after the twelfth; None when none tells."""
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


def is_no(cell: str) -> bool:
    """True for a cell with nothing, a word for no, or the zero of a date, such as ``0000-00-00 00:00:00``."""
    word = cell.strip().casefold()
    return word in _NOTHING or _ZERO.issuperset(word.upper())
