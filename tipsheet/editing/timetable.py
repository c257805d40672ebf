"""The timetable of a publication, and the calendar of what comes next.

The calendar holds coming issues, drafts, slots without an issue, events that readers were told of, and the last
days of notes.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.settings import Schedule, Settings

__all__ = ["WEEK", "CalendarEntry", "EntryKind", "Timetable", "agenda", "share_readers"]

WEEK = dt.timedelta(weeks=1)
"""Added to a moment with a zone it keeps the time on the clock, also where summer time begins or ends."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The schedule of a publication in its time zone; a slot is a moment at which an issue may appear."""

    schedule: Schedule
    zone: dt.tzinfo

    @classmethod
    def of(cls, settings: Settings) -> "Timetable":
        """The timetable that mkdocs.yml sets."""
        return cls(settings.schedule, settings.time_zone)

    def moment(self, date: dt.date | dt.datetime) -> dt.datetime:
        """The moment that a date in a header means."""
        return self.schedule.moment(date, self.zone)

    def latest(self, now: dt.datetime) -> dt.datetime:
        """The latest slot that is not after ``now``."""
        day = now.astimezone(self.zone).date()
        slot = self.moment(day - dt.timedelta(days=(day.weekday() - self.schedule.day) % 7))
        return slot if slot <= now else slot - WEEK

    def free(self, publication: Publication) -> dt.datetime:
        """The first slot after now and after the newest issue, drafts included."""
        newest = max((issue.published for issue in publication.issues), default=publication.now)
        return self.latest(max(newest, publication.now)) + WEEK

    def in_week(self, year: int, week: int) -> dt.datetime:
        """The slot of an ISO week; raises ValueError when the year has no such week."""
        return self.moment(dt.date.fromisocalendar(year, week, self.schedule.day + 1))


class EntryKind(StrEnum):
    """Kinds of entries, in the words of the table."""

    OUT = "out"
    ISSUE = "issue"
    DRAFT = "draft"
    OVERDUE = "overdue draft"
    FREE = "free slot"
    EVENT = "event"
    NOTE = "last day of a note"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """A line of the calendar; ``at`` is in the publication's zone, but for an event in its own.

    ``whole_day``: no time of day is meant. ``id`` is empty for a free slot, as is ``path``, the file that it stands in.
    ``shared``: another issue has the same slot, and some readers would get both.
    """

    at: dt.datetime
    kind: EntryKind
    id: str = ""
    title: str = ""
    whole_day: bool = False
    path: str = ""
    shared: bool = False


def agenda(publication: Publication, timetable: Timetable, weeks: int, *, back: int = 0) -> tuple[CalendarEntry, ...]:
    """The entries from now on for so many weeks, soonest first; drafts whose day has passed come before them.

    Issues that appeared in the ``back`` weeks before now are among them.
    """
    now, first, end = publication.now, publication.now - back * WEEK, publication.now + weeks * WEEK
    entries = (*_issues(publication, timetable), *_free(publication, timetable, weeks), *_dates(publication, timetable))
    found = (
        one
        for one in entries
        if (one.kind is EntryKind.OUT and first < one.at)
        or (one.at <= end and (one.at > now or one.whole_day or one.kind is EntryKind.OVERDUE))
    )
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.id)))


def share_readers(one: Issue, other: Issue) -> bool:
    """Return True when some reader may be meant by both issues."""
    asked, too = one.audience.any_of, other.audience.any_of
    return not (asked and too and asked.isdisjoint(too))


def _issues(publication: Publication, timetable: Timetable) -> Iterator[CalendarEntry]:
    slots: dict[dt.datetime, list[Issue]] = {}
    for issue in publication.issues:
        slots.setdefault(issue.published, []).append(issue)
    for issue in publication.issues:
        drafted = EntryKind.DRAFT if issue.published > publication.now else EntryKind.OVERDUE
        kind = drafted if issue.draft else EntryKind.OUT if issue.out(publication.now) else EntryKind.ISSUE
        others = (other for other in slots[issue.published] if other is not issue)
        yield CalendarEntry(
            at=issue.published.astimezone(timetable.zone),
            kind=kind,
            id=issue.id,
            title=issue.title,
            path=issue.where.path,
            shared=any(share_readers(issue, other) for other in others),
        )


def _free(publication: Publication, timetable: Timetable, weeks: int) -> Iterator[CalendarEntry]:
    """Slots on whose day no issue appears."""
    taken = {issue.published.astimezone(timetable.zone).date() for issue in publication.issues}
    slot = timetable.latest(publication.now)
    for _ in range(weeks + 1):
        slot += WEEK
        if slot.date() not in taken:
            yield CalendarEntry(at=slot, kind=EntryKind.FREE)


def _dates(publication: Publication, timetable: Timetable) -> Iterator[CalendarEntry]:
    """Events of issues and notes that are not over, and the last days of notes."""
    today = publication.now.astimezone(timetable.zone).date()
    events = {event.id: (event, note.where) for note in publication.notes for event in note.body.all_events()}
    # issues are newest first: the latest one that tells of an event decides its date
    for issue in reversed(publication.issues):
        events |= {event.id: (event, issue.where) for event in issue.body.all_events()}
    for event, where in events.values():
        if not event.past(publication.now):
            yield CalendarEntry(
                at=event.begins,
                kind=EntryKind.EVENT,
                id=event.id,
                title=event.name,
                whole_day=event.whole_days or event.begins <= publication.now,
                path=where.path,
            )
    for note in publication.notes:
        if note.expires >= today:
            last = dt.datetime.combine(note.expires, dt.time(), timetable.zone)
            yield CalendarEntry(
                at=last, kind=EntryKind.NOTE, id=note.id, title=note.title, whole_day=True, path=note.where.path
            )
