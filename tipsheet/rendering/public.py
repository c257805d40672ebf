"""The publication in public: pages of public segments, and places on them."""

from collections.abc import Iterator

from tipsheet.edition.edition import ALWAYS, When
from tipsheet.model.audience import PUBLIC, Audience, Segments, exclusive, visible
from tipsheet.model.language import folder_of
from tipsheet.model.post import Issue, Note, Post
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment

__all__ = ["letter_pages", "place_of", "segment_page"]


def segment_page(publication: Publication, post: Post, segment: Segment) -> str:
    """Address of the page on which this segment reads a post, relative to the site's root.

    It is the public page where that says the same, so that a text has one address (F21); a page of the
    segment where the public reads something else or nothing.
    """
    if _same_for_all(post) or _reads(publication, post, PUBLIC) == _reads(publication, post, frozenset({segment.id})):
        return post.url
    return f"{folder_of(post.language)}{segment.page}{post.slug}/"


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
