"""Sizes of posts in feeds, which take longer to tell than to remember."""

from tipsheet.engine.build import Making
from tipsheet.engine.digest import digest_of
from tipsheet.model.audience import Segments
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.rendering.feeds.entries import size

__all__ = ["RememberedSize"]


class RememberedSize:
    """`archive.size`, asked once for each text and kind of reader."""

    def __init__(self, making: Making) -> None:
        self._making = making

    def __call__(self, publication: Publication, post: Post, segments: Segments) -> int:
        """Bytes that the post will take in a feed at most."""
        notes = [note.digest for note in publication.notes_of(post, segments)] if isinstance(post, Issue) else []
        key = digest_of(post.digest, publication.masthead.url, notes, sorted(segments))
        return int(self._making.remember("size", key, lambda: str(size(publication, post, segments))))
