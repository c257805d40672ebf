"""Words and dates that page, feed and mail write the same way.

Dates follow the publication's language (CLDR, by way of babel). English outside the United States
is written without commas and by the 24-hour clock, so that a reader anywhere reads it once.
"""

import datetime as dt
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from tipsheet.model.body import Action, Event
from tipsheet.model.byline import Reprint

__all__ = ["ACTION", "DUE", "MORE", "action_facts", "action_heading", "clock", "day", "doing_time", "origin", "span"]

ACTION = "This week's action"
DUE = "Do it by"
MORE = "More on the web"


def day(date: dt.date, language: str) -> str:
    """A day with its weekday: ``Thursday 3 December 2026``, ``donderdag 3 december 2026``."""
    locale = _locale(language)
    return format_date(date, "EEEE d MMMM y" if _plain_english(locale) else "full", locale)


def clock(moment: dt.datetime, language: str) -> str:
    """A time of day in the moment's own zone: ``9:30``, in the United States ``9:30 AM``."""
    locale = _locale(language)
    text = format_time(moment.replace(tzinfo=None), "H:mm" if _plain_english(locale) else "short", locale=locale)
    return text.replace("\u202f", "\u00a0")


def span(event: Event, language: str) -> str:
    """When an event is: ``Thursday 3 December 2026, 9:30 to 12:30 (Europe/Amsterdam)``."""
    starts = event.starts
    text = f"{day(starts, language)}, {clock(starts, language)}"
    if event.ends:
        ends = event.ends.astimezone(starts.tzinfo)
        text += " to " if ends.date() == starts.date() else f" to {day(ends, language)}, "
        text += clock(ends, language)
    return f"{text} ({event.zone})"


def action_heading(action: Action) -> str:
    """Heading of the action in an issue."""
    return f"{ACTION}: {action.title}"


def action_facts(action: Action, language: str) -> str:
    """How long it takes and until when: ``10 minutes. Do it by Monday 30 November 2026.``, or nothing."""
    minutes = f"{doing_time(action.minutes)}." if action.minutes else ""
    due = f"{DUE} {day(action.due, language)}." if action.due else ""
    return f"{minutes} {due}".strip()


def doing_time(minutes: int) -> str:
    """``1 minute``, ``10 minutes``."""
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


def origin(reprint: Reprint) -> tuple[str, str, str]:
    """Where a republished piece stood first: the words before the link, of the link, after it."""
    author = f" by {reprint.author}" if reprint.author else ""
    permission = reprint.permission or "with permission"
    return "First published as ", reprint.title, f"{author} on {reprint.site}. Republished {permission}."


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def _plain_english(locale: Locale) -> bool:
    return locale.language == "en" and locale.territory != "US"
