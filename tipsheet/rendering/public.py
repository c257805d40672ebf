"""The publication in public: pages of public segments, places on them, and the shelf of the action library.

Public segments are public: what their readers are shown stands here beside what everyone is. Private
segments leave no trace.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tipsheet.edition.edition import ALWAYS, When
from tipsheet.engine.digest import digest_of
from tipsheet.model.audience import PUBLIC, Audience, Segments, exclusive, visible
from tipsheet.model.post import Issue, Note, Post
from tipsheet.model.publication import LibraryAction, Publication
from tipsheet.model.segment import Segment

__all__ = ["Shelved", "letter_pages", "place_of", "segment_page", "shelf", "shelved_key"]


def segment_page(publication: Publication, post: Post, segment: Segment) -> str:
    """Address of the page on which this segment reads a post, relative to the site's root.

    It is the public page where that says the same, so that a text has one address (F21); a page of the
    segment where the public reads something else or nothing.
    """
    if _same_for_all(post) or _reads(publication, post, PUBLIC) == _reads(publication, post, frozenset({segment.id})):
        return post.url
    return f"{segment.page}{post.slug}/"


def _same_for_all(post: Post) -> bool:
    """True when no condition stands anywhere in a post, which is found faster than what two readers read."""
    parts: tuple[Post | Note, ...] = (post, *post.notes) if isinstance(post, Issue) else (post,)
    return not any(part.body.conditional or part.audience.names() for part in parts)


def _reads(publication: Publication, post: Post, segments: Segments) -> tuple[object, ...] | None:
    if not post.meant_for(segments):
        return None
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    return (*post.body.select(segments), *((note.id, *note.body.select(segments)) for note in notes))


def letter_pages(issue: Issue, publication: Publication) -> Iterator[tuple[str, When]]:
    """Absolute addresses of an issue's pages and who is sent to which: the public one, else those of segments."""
    root = publication.masthead.url
    if not issue.url:
        return
    if issue.meant_for(PUBLIC):
        yield root + issue.url, ALWAYS
        return
    segments = [s for s in publication.public_segments() if issue.meant_for(frozenset({s.id}))]
    conditions = exclusive(Audience(frozenset({s.id})) for s in segments)
    for segment, condition in zip(segments, conditions, strict=True):
        yield root + segment_page(publication, issue, segment), When((condition,))


def place_of(anchor: str, issue: Issue, publication: Publication, conditions: tuple[Audience, ...]) -> str:
    """Absolute address of something under these conditions: on the public page, or on one of a public segment (C7).

    Empty when no public page shows it.
    """
    root = publication.masthead.url
    if not issue.url:
        return ""
    if issue.meant_for(PUBLIC) and visible(conditions, PUBLIC):
        return f"{root}{issue.url}#{anchor}"
    for segment in publication.public_segments():
        reader = frozenset({segment.id})
        if issue.meant_for(reader) and visible(conditions, reader):
            return f"{root}{segment_page(publication, issue, segment)}#{anchor}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """An action of the library.

    ``everyone`` says that a reader of no segment is shown it, ``segments`` are the public ones whose
    readers are. ``pages`` are the addresses of its appearances, oldest first, from the site's root.
    """

    entry: LibraryAction
    everyone: bool
    segments: tuple[Segment, ...]
    pages: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its latest place, or that in the library, relative to the site's root."""
        return f"{self.pages[-1] if self.pages else 'actions/'}#{self.entry.action.anchor}"


def shelf(publication: Publication) -> tuple[Shelved, ...]:
    """All actions that a public reader was shown: newest first, then those that wait for their turn."""
    segments = publication.public_segments()
    shown = {s.id: {e.action.id: e for e in publication.library(frozenset({s.id}))} for s in segments}

    def shelved(entry: LibraryAction, segment: Segment | None) -> Shelved:
        issues = [appearance.issue for appearance in entry.appearances]
        return Shelved(
            entry=entry,
            everyone=segment is None,
            segments=tuple(s for s in segments if entry.action.id in shown[s.id]),
            pages=tuple(segment_page(publication, issue, segment) if segment else issue.url for issue in issues),
        )

    found = {entry.action.id: shelved(entry, None) for entry in publication.library(PUBLIC)}
    for segment in segments:
        for name, entry in shown[segment.id].items():
            if name not in found:
                found[name] = shelved(entry, segment)
    return tuple(sorted(found.values(), key=_age))


def _age(shelved: Shelved) -> float:
    latest = shelved.entry.latest
    return -latest.published.timestamp() if latest else 1.0


def shelved_key(shelved: Shelved) -> str:
    """Key of an action of the library, without a space; an issue's text stands for its actions."""
    written, seen = shelved.entry.action, shelved.entry.appearances
    if not seen:
        return digest_of(written.id, written.title, written.html, written.steps, written.minutes, written.tags)
    issues = [one.issue.digest or digest_of(one) for one in seen]
    readers = [segment.id for segment in shelved.segments]
    return "|".join((written.id, str(shelved.everyone), *readers, "", *issues, "", *shelved.pages))
