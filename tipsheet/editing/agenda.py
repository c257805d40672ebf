"""What is coming: issues, slots that nobody has filled, events that readers were told of, notes that end."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tipsheet.editing.slots import WEEK, Timetable
from tipsheet.model.publication import Publication

__all__ = ["Entry", "Kind", "agenda"]


class Kind(StrEnum):
    """What an entry is about."""

    ISSUE = "issue"
    DRAFT = "draft"
    OVERDUE = "overdue draft"
    FREE = "free slot"
    EVENT = "event"
    NOTE = "last day of a note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the calendar; ``at`` is in the publication's zone, but for an event in its own.

    ``whole_day``: no time of day is meant. ``id`` is empty for a free slot.
    """

    at: dt.datetime
    kind: Kind
    id: str = ""
    title: str = ""
    whole_day: bool = False


def agenda(publication: Publication, timetable: Timetable, weeks: int) -> tuple[Entry, ...]:
    """What happens from now on for so many weeks, soonest first; drafts whose day has passed come first."""
    now, end = publication.now, publication.now + weeks * WEEK
    entries = (*_issues(publication, timetable), *_free(publication, timetable, weeks), *_dates(publication, timetable))
    coming = (one for one in entries if one.at <= end and (one.at > now or one.whole_day or one.kind is Kind.OVERDUE))
    return tuple(sorted(coming, key=lambda one: (one.at, one.kind, one.id)))


def _issues(publication: Publication, timetable: Timetable) -> Iterator[Entry]:
    for issue in publication.issues:
        if issue.out(publication.now):
            continue
        kind = Kind.ISSUE if not issue.draft else Kind.DRAFT if issue.published > publication.now else Kind.OVERDUE
        yield Entry(at=issue.published.astimezone(timetable.zone), kind=kind, id=issue.id, title=issue.title)


def _free(publication: Publication, timetable: Timetable, weeks: int) -> Iterator[Entry]:
    """Slots on whose day no issue appears."""
    taken = {issue.published.astimezone(timetable.zone).date() for issue in publication.issues}
    slot = timetable.latest(publication.now)
    for _ in range(weeks + 1):
        slot += WEEK
        if slot.date() not in taken:
            yield Entry(at=slot, kind=Kind.FREE)


def _dates(publication: Publication, timetable: Timetable) -> Iterator[Entry]:
    today = publication.now.astimezone(timetable.zone).date()
    told = {event.id: event for note in publication.notes for event in note.body.all_events()}
    told |= {event.id: event for issue in reversed(publication.issues) for event in issue.body.all_events()}
    for event in told.values():
        if not event.past(publication.now):
            yield Entry(
                at=event.begins,
                kind=Kind.EVENT,
                id=event.id,
                title=event.name,
                whole_day=event.whole_days or event.begins <= publication.now,
            )
    for note in publication.notes:
        if note.expires >= today:
            last = dt.datetime.combine(note.expires, dt.time(), timetable.zone)
            yield Entry(at=last, kind=Kind.NOTE, id=note.id, title=note.title, whole_day=True)
