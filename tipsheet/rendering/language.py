"""The publication's language: our words in it, and dates and times by CLDR (babel).

English outside the United States is written without commas and by the 24-hour clock, so that a
reader anywhere reads it once; CLDR's plain English is American.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from markupsafe import Markup

from tipsheet.model.body import Action, Event
from tipsheet.model.post import Reprint
from tipsheet.model.publication import Masthead
from tipsheet.words import Words, words_of

__all__ = [
    "ENGLISH", "Words", "action_facts", "action_heading", "between_sentences", "capital", "clock", "comma", "days",
    "direction", "full_date", "full_stop", "in_row", "in_sentence", "iso", "issue_label", "labelled",
    "letter_words", "listed", "long_date", "month", "origin", "quoted", "short_date", "slants", "span", "weekday",
]  # fmt: skip

ENGLISH = words_of("en", "letters")


def letter_words(masthead: Masthead) -> Words:
    """The words of letters and feeds in the language of the publication."""
    return words_of(masthead.language, "letters", masthead.words)


def span(event: Event, words: Words) -> str:
    """Time of an event: ``Thursday 3 December 2026, 9:30 to 12:30, Amsterdam time``, or its days.

    Programs find the zone's own name elsewhere: in calendars, in api/issues.json and, as an offset, in ``datetime``.
    """
    begins, ends, language = event.starts, event.ends, words.language
    if not isinstance(begins, dt.datetime):
        return days(event.first_day, event.last_day, words)
    text = f"{full_date(begins, language)}{_before_time(language)}{clock(begins, language)}"
    if isinstance(ends, dt.datetime):
        ends = ends.astimezone(begins.tzinfo)
        day = "" if ends.date() == begins.date() else full_date(ends, language) + _before_time(language)
        text = words("time_span", begin=text, end=day + clock(ends, language))
    city = _city(event.zone, language)
    return words("city_time", time=text, city=city) if city else f"{text} ({event.zone})"


def _city(zone: str, language: str) -> str:
    """The city that CLDR names a time zone by: ``Brussels``, ``Brussel``; nothing for ``UTC`` and fixed offsets."""
    if "/" not in zone or zone.startswith("Etc/"):
        return ""
    city = get_timezone_location(ZoneInfo(zone), _locale(language), return_city=True)
    return city.rpartition("/")[2]  # CLDR has no name of its own for a few, and Babel then gives the zone's


def issue_label(number: int | None, words: Words) -> str:
    """``No. 94``, or nothing when issues are not numbered."""
    return "" if number is None else words("number", number=number)


def action_heading(action: Action, words: Words) -> str:
    """Heading of the action in an entry of a feed, where it stays for years: it does not say that it is this week's."""
    return labelled(words("action_undated"), action.title, words.language)


def action_facts(action: Action, words: Words) -> str:
    """Time and day of an action: ``10 minutes. Do it by Monday 30 November 2026.``, or empty."""
    minutes = words.count("minutes", action.minutes) + full_stop(words) if action.minutes else ""
    due = words("do_it_by", day=full_date(action.due, words.language)) if action.due else ""
    return between_sentences(words.language).join(filter(None, (minutes, due)))


def full_stop(words: Words) -> str:
    """The sign that ends a sentence."""
    return "。" if _wide(words.language) else "."


def between_sentences(language: str) -> str:
    """Space after the end of a sentence; Chinese and Japanese have it in the sign."""
    return "" if _wide(language) else " "


_WIDE = frozenset({"ja", "zh"})
"""Languages whose signs of punctuation are as wide as their letters, and are followed by no space (JIS X 4051)."""


def _wide(language: str) -> bool:
    return _locale(language).language in _WIDE


_COMMA = re.compile(r"\{0\}([^\w\s{])")


@lru_cache(maxsize=16)
def comma(language: str) -> str:
    """Sign between parts that no word joins, such as place and price, by CLDR's lists: ``, ``, ``، ``, ``、``."""
    patterns = _locale(language).list_patterns
    starts = (patterns[kind].get("start") or "" for kind in ("standard", "unit-short") if kind in patterns)
    sign = next((found[1] for found in map(_COMMA.match, starts) if found), ",")
    return sign if _wide(language) else f"{sign} "


def in_row(parts: Iterable[str], language: str) -> str:
    """The parts that are not empty with commas of the language between; of HTML (`markupsafe.Markup`) it is HTML."""
    return _joined(comma(language), [part for part in parts if part])


def _joined(sign: str, parts: Sequence[str]) -> str:
    return (Markup(sign) if any(isinstance(part, Markup) for part in parts) else sign).join(parts)  # noqa: S704 - a sign


def labelled(label: str, text: str, language: str) -> str:
    """A text after its label and a colon, before which French has a space that does not break."""
    colon = {"fr": "\u00a0: "}.get(_locale(language).language, "\uff1a" if _wide(language) else ": ")
    return _joined(colon, [label, text])


_QUOTES = {
    "ar": "”“", "de": "„“", "es": "«»", "fr": "«»", "it": "«»", "ja": "「」", "pl": "„”", "sv": "””", "zh": "“”",
}  # fmt: skip
"""Signs around a quotation (CLDR, delimiters), where they are not those of English."""


def quoted(language: str) -> tuple[str, str]:
    """The signs before and after a quotation; French has a space within that does not break."""
    spoken = _locale(language).language
    begin, end = tuple(_QUOTES.get(spoken, "“”"))
    return (f"{begin}\u00a0", f"\u00a0{end}") if spoken == "fr" else (begin, end)


def _before_time(language: str) -> str:
    """Signs between a day and a time of day."""
    return " " if _wide(language) else comma(language)


def origin(reprint: Reprint, words: Words) -> tuple[str, str, str]:
    """First place of a republished piece: the words before the link, of the link, after it."""
    facts = {"site": reprint.site, "permission": reprint.permission or words("permission"), "title": _TITLE}
    by = words("first_published_by", author=reprint.author, **facts) if reprint.author else ""
    before, _, after = (by or words("first_published", **facts)).partition(_TITLE)
    return before, reprint.title, after


_TITLE = "\ufdd3"
"""Stands for the title while a sentence is filled in; no text holds it."""


def listed(items: Sequence[str], language: str) -> str:
    """Names as a list in a sentence (CLDR): ``Ines, Mara and Tomas``; of HTML (`markupsafe.Markup`) it is HTML."""
    locale = _locale(language)
    if _day_first(locale):
        locale = Locale("en", "GB")  # CLDR's plain English has a comma before "and"
    text = format_list([f"{{{number}}}" for number in range(len(items))], locale=locale)
    return (Markup(text) if any(isinstance(item, Markup) for item in items) else text).format(*items)  # noqa: S704


def in_sentence(title: str, language: str) -> str:
    """A title as it stands inside a sentence: ``managers``; German writes nouns as they are."""
    return title if _locale(language).language == "de" else title.lower()


def capital(title: str, language: str) -> str:
    """A title as it begins a line: ``Selling``; one with a capital anywhere in its first word stays (``iOS``)."""
    first = title.partition(" ")[0]
    if first != first.lower():
        return title
    spoken = _locale(language).language
    if spoken == "nl" and title.startswith("ij"):
        return f"IJ{title[2:]}"
    if spoken in {"az", "tr"} and title.startswith("i"):
        return f"\u0130{title[1:]}"
    return title[:1].title() + title[1:]  # the letters that are two in one, such as dž, have a form for titles


def full_date(date: dt.date, language: str) -> str:
    """A day with its weekday: ``Thursday 3 December 2026``, ``donderdag 3 december 2026``."""
    locale = _locale(language)
    return format_date(date, "EEEE d MMMM y" if _day_first(locale) else "full", locale)


def days(first: dt.date, last: dt.date, words: Words) -> str:
    """One day or several as people say them: ``Monday 25 to Wednesday 27 January 2027``."""
    language, locale = words.language, _locale(words.language)
    if first == last:
        return full_date(first, language)
    short = "EEEE d" if (first.year, first.month) == (last.year, last.month) else "EEEE d MMMM"
    plain = _day_first(locale) and first.year == last.year
    begin = format_date(first, short, locale) if plain else full_date(first, language)
    return words("time_span", begin=begin, end=full_date(last, language))


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


def weekday(day: int, language: str) -> str:
    """The name of a day of the week, Monday being 0: ``Tuesday``."""
    name: str = _locale(language).days["stand-alone"]["wide"][day]
    return name


def clock(moment: dt.datetime, language: str) -> str:
    """A time of day in the moment's own zone: ``9:30``, in the United States ``9:30 AM``."""
    locale = _locale(language)
    text = format_time(moment.replace(tzinfo=None), "H:mm" if _day_first(locale) else "short", locale=locale)
    return text.replace("\u202f", "\u00a0")  # mail programs show a box for CLDR's narrow no-break space


def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return _locale(language).text_direction


_SLANTING = frozenset({"Latn", "Cyrl", "Grek", "Armn"})
"""Scripts with an italic, and whose letters may stand apart (ISO 15924); others would be drawn askew, or torn."""


def slants(language: str) -> bool:
    """True for a language whose script has an italic."""
    locale = _locale(language)
    likely = get_global("likely_subtags").get(locale.language, "").split("_")
    return (locale.script or (likely[1:2] or ["Latn"])[0]) in _SLANTING


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _day_first(locale: Locale) -> bool:
    return locale.language == "en" and locale.territory != "US"
