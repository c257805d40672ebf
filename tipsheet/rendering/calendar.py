"""Calendars: the one that readers subscribe to, and a file for each date that a reader may want in theirs.

iCalendar is RFC 5545; the names of the calendar and how often to ask for it are RFC 7986.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Action, Event, whole
from tipsheet.model.publication import Appearance, Masthead, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.fragments import address, plain, readable, show_fallbacks
from tipsheet.rendering.language import Words, letter_words
from tipsheet.rendering.public import segment_page

if TYPE_CHECKING:
    import icalendar

__all__ = ["WHOLE", "CalendarDate", "calendar_dates", "calendar_documents", "calendar_paths"]

WHOLE = "actions.ics"
"""The calendar of everyone, from the site's root."""

PRODUCT = "-//tipsheet//tipsheet//EN"

Dated = Event | Appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDate:
    """A date that a reader may want: a coming event, or an action that is still open.

    ``path`` is that of its file, from the site's root; ``told`` the moment of its first issue, ``url`` the absolute
    address of an action on its page. ``everyone`` says that it stands in the calendar of everyone.
    """

    path: str
    what: Event | Action
    told: dt.datetime
    url: str
    everyone: bool


def calendar_dates(publication: Publication) -> tuple[CalendarDate, ...]:
    """Every date that has a file, those of everyone first."""
    found: dict[str, CalendarDate] = {}
    for segment in (None, *publication.public_segments()):
        readers = _segments(segment)
        told = _told(publication, readers)
        dated = _dated(publication, readers)
        for anchor, path in calendar_paths(publication, segment).items():
            one = dated[anchor]
            if path in found:
                continue
            date = partial(CalendarDate, path=path, everyone=segment is None)
            if isinstance(one, Event):
                found[path] = date(what=whole(one, publication.html), told=told[one.id], url="")
            else:
                page = segment_page(publication, one.issue, segment) if segment else one.issue.url
                url = address(f"{page}#{anchor}", publication.masthead.url)
                action = whole(one.action, publication.html)
                found[path] = date(what=action, told=one.issue.published, url=url)
    return tuple(found.values())


def calendar_documents(masthead: Masthead, dates: Iterable[CalendarDate]) -> dict[str, bytes]:
    """The calendar of everyone, and a file for each date, by their paths from the site's root.

    What is over is gone (C9), and the same content gives the same bytes. Ids are ``<event id>@<host>`` and
    ``action-<action id>@<host>``. ``DTSTAMP`` is the moment of the first issue that has the date: a change comes
    from content, never from a clock.
    """
    dates = tuple(dates)
    whole = _empty()
    for name in ("name", "x-wr-calname"):
        whole.add(name, readable(masthead.name))
    whole.add("url", address(f"{masthead.folder}actions/", masthead.url))
    whole.add("refresh-interval", dt.timedelta(days=1), {"value": "DURATION"})
    files = {WHOLE: _written(whole, [date for date in dates if date.everyone], masthead)}
    return files | {date.path: _written(_empty(), [date], masthead) for date in dates}


def calendar_paths(publication: Publication, segment: Segment | None = None) -> Mapping[str, str]:
    """Paths of the files of coming events and open actions, from the site's root, by their anchors on a page.

    ``event-<id>`` is at ``events/<id>.ics``, ``action-<id>`` at ``actions/<id>.ics``; below the page of
    a public segment when only its readers see it, or see it on another day.
    """
    public = _dated(publication, PUBLIC)
    paths = {}
    for anchor, dated in (_dated(publication, _segments(segment)) if segment else public).items():
        kind, _, name = anchor.partition("-")
        folder = segment.page if segment and public.get(anchor) != dated else ""
        paths[anchor] = f"{folder}{kind}s/{name}.ics"
    return paths


def _segments(segment: Segment | None) -> Segments:
    return frozenset({segment.id}) if segment else PUBLIC


def _dated(publication: Publication, segments: Segments) -> dict[str, Dated]:
    """Coming events and open actions of these readers, by their anchors."""
    events: dict[str, Dated] = {f"event-{event.id}": event for event in publication.upcoming(segments)}
    return events | {seen.action.anchor: seen for seen in _open_actions(publication, segments)}


def _empty() -> "icalendar.Calendar":
    import icalendar  # noqa: PLC0415 - few builds write a calendar, and all look for dates

    whole = icalendar.Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    return whole


def _written(whole: "icalendar.Calendar", dates: Iterable[CalendarDate], masthead: Masthead) -> bytes:
    """The calendar with these dates and every time zone they name."""
    site_url = masthead.url
    host = urlsplit(site_url).hostname or "localhost"
    days = []
    for date in dates:
        what = date.what
        if isinstance(what, Event):
            whole.add_component(_event(what, date.told, host, site_url))
            days += [] if what.whole_days else [what.first_day, what.last_day]
        else:
            whole.add_component(_action(what, date, host, letter_words(masthead)))
    if days:
        whole.add_missing_timezones(dt.date(min(days).year - 1, 1, 1), dt.date(max(days).year + 2, 1, 1))
        # icalendar goes through a set of zones, whose order changes with the hash seed
        whole.subcomponents.sort(key=lambda part: (part.name != "VTIMEZONE", str(part.get("tzid", ""))))
    document: bytes = whole.to_ical()
    return document


def _event(event: Event, told: dt.datetime, host: str, site_url: str) -> "icalendar.Event":
    entry = _entry(f"{event.id}@{host}", event.name, told)
    entry.add("dtstart", _zoned(event.starts))
    if event.ends:
        entry.add("dtend", _zoned(event.ends) if not event.whole_days else event.last_day + dt.timedelta(days=1))
    if event.place:
        entry.add("location", readable(event.place))
    text = "\n".join(part for part in (readable(event.price), _words(event.html)) if part)
    if text:
        entry.add("description", text)
    if event.url:
        entry.add("url", address(event.url, site_url))
    return entry


def _action(action: Action, date: CalendarDate, host: str, words: Words) -> "icalendar.Event":
    entry = _entry(f"{action.anchor}@{host}", action.title, date.told)
    entry.add("dtstart", action.due)
    entry.add("transp", "TRANSPARENT")
    steps = "\n".join(f"☐ {step}" for step in action.steps) or _words(action.html)
    facts = words.count("minutes", action.minutes) if action.minutes else ""
    text = "\n".join(part for part in (facts, _shown(steps)) if part)
    if text:
        entry.add("description", text)
    entry.add("url", date.url)
    return entry


def _entry(uid: str, title: str, stamp: dt.datetime) -> "icalendar.Event":
    import icalendar  # noqa: PLC0415 - see `_empty`

    entry = icalendar.Event()
    entry.add("uid", uid)
    entry.add("dtstamp", stamp.astimezone(dt.UTC))
    entry.add("summary", _shown(title))
    return entry


def _told(publication: Publication, segments: Segments) -> dict[str, dt.datetime]:
    """Moment of the first issue in which these readers saw each event, by the event's id."""
    told = {}
    for issue in publication.telling():
        if not issue.meant_for(segments):
            continue
        bodies = (issue.body, *(note.body for note in publication.notes_of(issue, segments)))
        told.update({event.id: issue.published for body in bodies for event in body.events(segments)})
    return told


def _open_actions(publication: Publication, segments: Segments) -> list[Appearance]:
    """Actions whose day has not passed in the time zone of their latest issue, soonest first."""
    latest = (entry.appearances[-1] for entry in publication.library(segments) if entry.appearances)
    still = [a for a in latest if a.action.due and a.action.due >= _today(publication, a)]
    return sorted(still, key=lambda a: (str(a.action.due), a.action.id))


def _today(publication: Publication, appearance: Appearance) -> dt.date:
    return publication.now.astimezone(appearance.issue.published.tzinfo).date()


def _zoned(moment: dt.date) -> dt.date:
    """The moment in its own zone where that has a name, which a TZID needs, else in UTC; a day as it is."""
    if not isinstance(moment, dt.datetime):
        return moment
    return moment if isinstance(moment.tzinfo, ZoneInfo) else moment.astimezone(dt.UTC)


def _words(html: str) -> str:
    return _shown(plain(html))


def _shown(text: str) -> str:
    return readable(show_fallbacks(text))
