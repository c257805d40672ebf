"""The shelf of the action library: every action that somebody in public was given, and for whom.

Public segments are public: what their readers are given stands here beside what everyone is. Private
segments leave no trace.
"""

from dataclasses import dataclass

from tipsheet.engine.digest import digest_of
from tipsheet.model.audience import PUBLIC
from tipsheet.model.publication import LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.feeds import segment_page

__all__ = ["Shelved", "shelf", "shelved_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """An action of the library.

    ``everyone`` says that a reader of no segment is given it, ``segments`` are the public ones whose
    readers are. ``pages`` are the addresses of its appearances, oldest first, from the site's root.
    """

    entry: LibraryAction
    everyone: bool
    segments: tuple[Segment, ...]
    pages: tuple[str, ...]

    @property
    def url(self) -> str:
        """Where it stood last, or its place in the library, relative to the site's root."""
        return f"{self.pages[-1] if self.pages else 'actions/'}#{self.entry.action.anchor}"


def shelf(publication: Publication) -> tuple[Shelved, ...]:
    """All actions: newest first, then those that wait for their turn."""
    public = {entry.action.id: entry for entry in publication.library(PUBLIC)}
    segments = publication.public_segments()
    given = {s.id: {e.action.id: e for e in publication.library(frozenset({s.id}))} for s in segments}
    found = {name: _shelved(publication, entry, None, segments, given) for name, entry in public.items()}
    for segment in segments:
        for name, entry in given[segment.id].items():
            if name not in found:
                found[name] = _shelved(publication, entry, segment, segments, given)
    return tuple(sorted(found.values(), key=_age))


def shelved_key(shelved: Shelved) -> str:
    """What tells this place on the shelf from others, without a space; an issue's text stands for its actions."""
    written, seen = shelved.entry.action, shelved.entry.appearances
    if not seen:
        return digest_of(written.id, written.title, written.html, written.steps, written.minutes, written.tags)
    issues = [one.issue.digest or digest_of(one) for one in seen]
    readers = [segment.id for segment in shelved.segments]
    return "|".join((written.id, str(shelved.everyone), *readers, "", *issues, "", *shelved.pages))


def _shelved(
    publication: Publication,
    entry: LibraryAction,
    segment: Segment | None,
    segments: tuple[Segment, ...],
    given: dict[str, dict[str, LibraryAction]],
) -> Shelved:
    issues = [appearance.issue for appearance in entry.appearances]
    return Shelved(
        entry=entry,
        everyone=segment is None,
        segments=tuple(s for s in segments if entry.action.id in given[s.id]),
        pages=tuple(segment_page(publication, issue, segment) if segment else issue.url for issue in issues),
    )


def _age(shelved: Shelved) -> float:
    latest = shelved.entry.latest
    return -latest.published.timestamp() if latest else 1.0
