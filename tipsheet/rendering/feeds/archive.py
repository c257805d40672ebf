"""Which posts stand in the feed and which in its archive documents (RFC 5005, 4).

Both are cut by one measure, so that together they hold everything: the archive is filled from the
oldest post on and closed for good when the next one does not fit; what is left over fits the feed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tipsheet.model.audience import Segments
from tipsheet.model.body import Content, Prose
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.settings import FeedSettings

__all__ = ["ITEM_BYTES", "closed", "newest", "size", "text_size"]

T = TypeVar("T")

CHANNEL_BYTES = 4096
ITEM_BYTES = 2560
"""Room for what stands around the items, and for an item's head, cover and links."""

EXTRA_MARKS = 100
"""Room, in brackets, for the heading and the facts of an action or an event."""


def size(publication: Publication, post: Post, segments: Segments) -> int:
    """Bytes that the post will take in a feed at most, told from its text without rendering it.

    Building five thousand items to count them would cost more than the rest of a weekly build.
    """
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    bodies = (post.body, *(note.body for note in notes))
    page = len(publication.masthead.url) + len(post.url)
    texts = [text for body in bodies for content in body.select(segments) for text in _texts(content)]
    texts += (link.title + link.url for link in post.more)
    return ITEM_BYTES + sum(text_size(text, page) for text in (*texts, post.description, post.title))


def text_size(text: str, page: int) -> int:
    """Bytes that HTML takes at most once it is escaped; ``page`` is the length of its page's address.

    ``<`` becomes ``&lt;``, a bare ``>`` even ``&amp;gt;``; addresses get the page's or the site's before them.
    """
    brackets = 3 * text.count("<") + 7 * text.count(">") + 4 * text.count("&")
    return len(text.encode(errors="replace")) + brackets + page * (text.count('="#') + text.count("site:"))


def newest(items: Iterable[T], measure: Callable[[T], int], limits: FeedSettings) -> tuple[T, ...]:
    """The newest items that fit one document; at least one, however long it is. Newest first, as given."""
    return next(_filled(items, measure, limits), ())


def closed(items: Sequence[T], measure: Callable[[T], int], limits: FeedSettings) -> tuple[tuple[T, ...], ...]:
    """The archive documents, oldest first; a later item never changes one. Items are given newest first."""
    filled = tuple(_filled(reversed(items), measure, limits))
    return tuple(tuple(reversed(document)) for document in filled[:-1])


def _filled(items: Iterable[T], measure: Callable[[T], int], limits: FeedSettings) -> Iterator[tuple[T, ...]]:
    room = limits.bytes - CHANNEL_BYTES
    document: list[T] = []
    used = 0
    for item in items:
        need = measure(item)
        if document and (len(document) == limits.items or used + need > room):
            yield tuple(document)
            document, used = [], 0
        document.append(item)
        used += need
    if document:
        yield tuple(document)


def _texts(content: Content) -> tuple[str, ...]:
    return (content.html,) if isinstance(content, Prose) else (content.html, "<" * EXTRA_MARKS)
