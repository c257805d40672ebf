"""Words that page, feed and mail write the same way."""

import datetime as dt

from tipsheet.model.body import Action, Event
from tipsheet.model.post import Reprint
from tipsheet.rendering.dates import clock, days, full_date

__all__ = ["ACTION", "ANY_ACTION", "DUE", "MORE", "action_facts", "action_heading", "doing_time", "origin", "span"]

ACTION = "This week\N{RIGHT SINGLE QUOTATION MARK}s action"
ANY_ACTION = "The action"
"""The same in a letter that belongs to no week."""
DUE = "Do it by"
MORE = "More on the web"


def span(event: Event, language: str) -> str:
    """When an event is: ``Thursday 3 December 2026, 9:30 to 12:30 (Europe/Amsterdam)``, or its days."""
    starts, ends = event.starts, event.ends
    if not isinstance(starts, dt.datetime):
        return days(event.first_day, event.last_day, language)
    text = f"{full_date(starts, language)}, {clock(starts, language)}"
    if isinstance(ends, dt.datetime):
        ends = ends.astimezone(starts.tzinfo)
        text += " to " if ends.date() == starts.date() else f" to {full_date(ends, language)}, "
        text += clock(ends, language)
    return f"{text} ({event.zone})"


def action_heading(action: Action) -> str:
    """Heading of the action in an issue."""
    return f"{ACTION}: {action.title}"


def action_facts(action: Action, language: str) -> str:
    """How long it takes and until when: ``10 minutes. Do it by Monday 30 November 2026.``, or nothing."""
    minutes = f"{doing_time(action.minutes)}." if action.minutes else ""
    due = f"{DUE} {full_date(action.due, language)}." if action.due else ""
    return f"{minutes} {due}".strip()


def doing_time(minutes: int) -> str:
    """``1 minute``, ``10 minutes``."""
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


def origin(reprint: Reprint) -> tuple[str, str, str]:
    """Where a republished piece stood first: the words before the link, of the link, after it."""
    author = f" by {reprint.author}" if reprint.author else ""
    permission = reprint.permission or "with permission"
    return "First published as ", reprint.title, f"{author} on {reprint.site}. Republished {permission}."
