"""The action library: every action that a public reader was shown, with its readers and its appearances.

Public segments are public: what their readers are shown stands here beside what everyone is. Private
segments leave no trace.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from tipsheet.engine.digest import digest_of_value
from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Action
from tipsheet.model.publication import Appearance, LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.calendar import calendar_paths
from tipsheet.rendering.public import segment_page

__all__ = ["OnShelf", "Seen", "Shelved", "shelf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An issue with an action: the address of its page from the site's root, and the day on which it was due there."""

    issue: str
    title: str
    number: int | None
    page: str
    published: dt.datetime
    due: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """The place of an action in the library.

    ``everyone`` says that a reader of no segment is given it, ``segments`` are the public ones whose readers are, by
    ids and titles. ``seen`` are its appearances, oldest first; it has none while it waits for its turn. ``calendar`` is
    the file with its day, from the site's root, while that is to come; ``newest`` says that it is this week's.
    """

    anchor: str
    everyone: bool
    segments: tuple[tuple[str, str], ...]
    seen: tuple[Seen, ...]
    calendar: str = ""
    newest: bool = False

    @property
    def url(self) -> str:
        """Its latest place, or that in the library, relative to the site's root."""
        return f"{self.seen[-1].page if self.seen else 'actions/'}#{self.anchor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """An action of the library in its place; ``digest`` covers all that the action holds."""

    action: Action
    place: Shelved
    digest: str


def shelf(publication: Publication) -> tuple[OnShelf, ...]:
    """All actions: newest first, then those that wait for their turn."""
    public = {entry.action.id: entry for entry in publication.library(PUBLIC)}
    segments = publication.public_segments()
    given = {s.id: {e.action.id: e for e in publication.library(frozenset({s.id}))} for s in segments}
    whole = _Shelf(publication, segments, given, _open_dates(publication), _this_week(publication))
    found = {name: whole.place(entry, None) for name, entry in public.items()}
    for segment in segments:
        for name, entry in given[segment.id].items():
            if name not in found:
                found[name] = whole.place(entry, segment)
    return tuple(sorted(found.values(), key=_age))


def _this_week(publication: Publication) -> str:
    """The id of this week's issue."""
    current = publication.current()
    return current.id if current else ""


def _open_dates(publication: Publication) -> Mapping[str, str]:
    """Paths of the calendar files of open actions, from the site's root, by the actions' anchors."""
    found: dict[str, str] = {}
    for segment in (None, *publication.public_segments()):
        found = {**calendar_paths(publication, segment), **found}
    return found


@dataclass(frozen=True, slots=True)
class _Shelf:
    publication: Publication
    segments: tuple[Segment, ...]
    given: Mapping[str, Mapping[str, LibraryAction]]
    dates: Mapping[str, str]
    this_week: str

    def place(self, entry: LibraryAction, segment: Segment | None) -> OnShelf:
        """The action on the public page, or on that of a segment when only its readers see it."""
        action = entry.action
        seen = tuple([self._seen(one, segment) for one in entry.appearances])
        place = Shelved(
            anchor=action.anchor,
            everyone=segment is None,
            segments=tuple([(s.id, s.title) for s in self.segments if action.id in self.given[s.id]]),
            seen=seen,
            calendar=self.dates.get(action.anchor, ""),
            newest=segment is None and bool(seen) and seen[-1].issue == self.this_week,
        )
        written = entry.appearances[0].issue.digest if seen else ""
        return OnShelf(action=action, place=place, digest=written or digest_of_value(action))

    def _seen(self, one: Appearance, segment: Segment | None) -> Seen:
        issue = one.issue
        page = segment_page(self.publication, issue, segment) if segment else issue.url
        return Seen(
            issue=issue.id,
            title=issue.title,
            number=issue.number,
            page=page,
            published=issue.published,
            due=one.action.due,
        )


def _age(shelved: OnShelf) -> float:
    seen = shelved.place.seen
    return -seen[-1].published.timestamp() if seen else 1.0
