"""The calendar that readers subscribe to: coming events, and actions that are still to be done.

iCalendar is RFC 5545; the names of the calendar and how often to ask for it are RFC 7986.
"""

import datetime as dt
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar

from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Event
from tipsheet.model.publication import Appearance, Publication
from tipsheet.rendering import wording
from tipsheet.rendering.marks import show_fallbacks
from tipsheet.rendering.syndication import address, plain, readable

__all__ = ["calendar"]

PRODUCT = "-//tipsheet//tipsheet//EN"


def calendar(publication: Publication) -> bytes:
    """``actions.ics`` for the public: what is over is gone (C9), and the same content gives the same bytes.

    Ids are ``<event id>@<host>`` and ``action-<action id>@<host>``. ``DTSTAMP`` is the moment of the
    issue that told of it, since the content is what a change comes from.
    """
    masthead = publication.masthead
    host = urlsplit(masthead.url).hostname or "localhost"
    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        whole.add(name, readable(masthead.name))
    whole.add("url", address("actions/", masthead.url))
    whole.add("refresh-interval", dt.timedelta(days=1), {"value": "DURATION"})
    told = _told(publication)
    coming = publication.upcoming(PUBLIC)
    for event in coming:
        whole.add_component(_event(event, told[event.id], host, masthead.url))
    for appearance in _open_actions(publication):
        whole.add_component(_action(appearance, host, masthead.url))
    if coming:
        days = [day for e in coming for day in (e.starts.date(), (e.ends or e.starts).date())]
        whole.add_missing_timezones(dt.date(min(days).year - 1, 1, 1), dt.date(max(days).year + 2, 1, 1))
        # icalendar goes through a set of zones, whose order changes with the hash seed
        whole.subcomponents.sort(key=lambda part: (part.name != "VTIMEZONE", str(part.get("tzid", ""))))
    document: bytes = whole.to_ical()
    return document


def _event(event: Event, told: dt.datetime, host: str, site_url: str) -> icalendar.Event:
    entry = _entry(f"{event.id}@{host}", event.name, told)
    entry.add("dtstart", _zoned(event.starts))
    if event.ends:
        entry.add("dtend", _zoned(event.ends))
    if event.place:
        entry.add("location", readable(event.place))
    text = "\n".join(part for part in (readable(event.price), _words(event.html)) if part)
    if text:
        entry.add("description", text)
    if event.url:
        entry.add("url", address(event.url, site_url))
    return entry


def _action(appearance: Appearance, host: str, site_url: str) -> icalendar.Event:
    action = appearance.action
    entry = _entry(f"{action.anchor}@{host}", action.title, appearance.issue.published)
    entry.add("dtstart", action.due)
    entry.add("transp", "TRANSPARENT")
    steps = "\n".join(f"☐ {step}" for step in action.steps) or _words(action.html)
    facts = wording.doing_time(action.minutes) if action.minutes else ""
    text = "\n".join(part for part in (facts, _shown(steps)) if part)
    if text:
        entry.add("description", text)
    entry.add("url", address(f"{appearance.issue.url}#{action.anchor}", site_url))
    return entry


def _entry(uid: str, title: str, stamp: dt.datetime) -> icalendar.Event:
    entry = icalendar.Event()
    entry.add("uid", uid)
    entry.add("dtstamp", stamp.astimezone(dt.UTC))
    entry.add("summary", _shown(title))
    return entry


def _told(publication: Publication) -> dict[str, dt.datetime]:
    """When the public was told of each event first."""
    told = {}
    for issue in publication.issues_for(PUBLIC):
        bodies = (issue.body, *(note.body for note in publication.notes_of(issue, PUBLIC)))
        told.update({event.id: issue.published for body in bodies for event in body.events(PUBLIC)})
    return told


def _open_actions(publication: Publication) -> list[Appearance]:
    """Actions whose day has not passed in the zone of the issue that gave them last, soonest first."""
    latest = (entry.appearances[-1] for entry in publication.library(PUBLIC) if entry.appearances)
    still = [a for a in latest if a.action.due and a.action.due >= _today(publication, a)]
    return sorted(still, key=lambda a: (str(a.action.due), a.action.id))


def _today(publication: Publication, appearance: Appearance) -> dt.date:
    return publication.now.astimezone(appearance.issue.published.tzinfo).date()


def _zoned(moment: dt.datetime) -> dt.datetime:
    """In its own zone where that has a name, which is what a TZID can say; in UTC otherwise."""
    return moment if isinstance(moment.tzinfo, ZoneInfo) else moment.astimezone(dt.UTC)


def _words(html: str) -> str:
    return _shown(plain(html))


def _shown(text: str) -> str:
    return readable(show_fallbacks(text))
