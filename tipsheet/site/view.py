"""The publication as one kind of reader sees it on the site: the public, or a public segment."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from tipsheet.engine.digest import digest_of
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Appearance, LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.calendar import calendar_paths
from tipsheet.rendering.fragments import relative, show_fallbacks
from tipsheet.rendering.public import segment_page
from tipsheet.settings import Settings
from tipsheet.site.page import FeedLink

__all__ = ["Row", "View", "finished"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A post as one line of a list; ``action`` is what its reader is asked to do, ``label`` its number."""

    url: str
    title: str
    day: dt.date
    action: str
    label: str
    minutes: int
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a reader of these segments sees, and where.

    ``segment`` is None for the public site. ``posts`` and ``issues`` are newest first, ``addresses`` are
    by the posts' ids, and so are ``lines``, which tell one post's line in a list from another's; ``library`` is
    by the actions' ids, ``calendar`` (paths of files) by anchors.
    """

    publication: Publication
    settings: Settings
    segment: Segment | None
    segments: Segments
    posts: tuple[Post, ...]
    issues: tuple[Issue, ...]
    addresses: Mapping[str, str]
    lines: Mapping[str, str]
    library: Mapping[str, LibraryAction]
    calendar: Mapping[str, str]
    _rows: dict[str, Row] = field(init=False, default_factory=dict, repr=False, compare=False)
    _authors: dict[tuple[str, ...], str] = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, publication: Publication, settings: Settings, segment: Segment | None = None) -> "View":
        """Look at the publication as the public does, or as readers of this one segment do."""
        segments = frozenset({segment.id}) if segment else PUBLIC
        posts = publication.posts_for(segments)
        addresses = {p.id: segment_page(publication, p, segment) if segment else p.url for p in posts}
        return cls(
            publication=publication,
            settings=settings,
            segment=segment,
            segments=segments,
            posts=posts,
            issues=publication.issues_for(segments),
            addresses=addresses,
            lines={p.id: f"{p.headline or digest_of(p)}{addresses[p.id] if segment else ''}" for p in posts},
            library={entry.action.id: entry for entry in publication.library(segments)},
            calendar=calendar_paths(publication, segment),
        )

    @property
    def root(self) -> str:
        """Absolute address of the site, ending in ``/``."""
        return self.publication.masthead.url

    def address(self, post: Post) -> str:
        """Where these readers find the post; a segment has its own page of it only where that says something else."""
        return self.addresses[post.id]

    def own(self, post: Post) -> bool:
        """Whether the post has a page for these readers, rather than for the public."""
        return self.segment is None or self.address(post) != post.url

    def day(self, post: Post) -> dt.date:
        """The day it appeared on, in the publication's zone."""
        return post.published.astimezone(self.settings.time_zone).date()

    def row(self, post: Post) -> Row:
        """The post as one line of a list; the same for every list that it stands in."""
        row = self._rows.get(post.id)
        if row is None:
            action = post.body.action(self.segments)
            row = self._rows[post.id] = Row(
                url=self.address(post),
                title=post.title,
                day=self.day(post),
                action=action.title if action else "",
                label=post.label if isinstance(post, Issue) else "Article",
                minutes=post.reading_minutes,
                description=post.description,
            )
        return row

    def authors_digest(self, post: Post) -> str:
        """What tells the authors of a post from others."""
        ids = tuple(author.id for author in post.authors)
        known = self._authors.get(ids)
        if known is None:
            known = self._authors[ids] = digest_of(post.authors) if ids else ""
        return known

    def rows(self, posts: tuple[Post, ...] | tuple[Issue, ...]) -> tuple[Row, ...]:
        """Posts as lines of a list."""
        return tuple(self.row(post) for post in posts)

    def appearances(self, action: str) -> tuple[Appearance, ...]:
        """The issues in which these readers were given the action, oldest first."""
        entry = self.library.get(action)
        return entry.appearances if entry else ()

    def feed(self, title: str, folder: str) -> tuple[FeedLink, ...]:
        """The feed of a tag or a segment, which stands beside its page."""
        return (FeedLink(title, f"{folder}{self.settings.feed.file}"),)


def finished(html: str, page: str) -> Markup:
    """HTML of a body as a page shows it: addresses as seen from this page, fallbacks for merge fields."""
    filled = _PICTURE.sub(r'<img loading="lazy"\1>', show_fallbacks(relative(html, page)))
    return Markup(_DARK.sub(_both, filled))  # noqa: S704 - the reader made this HTML


_PICTURE = re.compile(r"<img\b((?![^>]*\bloading=)[^>]*)>")
"""A picture in a text; the browser fetches it when it comes near, as the cover stands above."""

_DARK = re.compile(r'<img\b([^>]*?) data-dark="([^"]*)"([^>]*)>')


def _both(picture: re.Match[str]) -> str:
    """A picture with a dark variant as two, of which the style sheet shows the one for the scheme in use."""
    before, dark, after = picture.groups()
    attributes = before + after
    swapped = _SRC.sub(f'src="{dark}"', attributes)
    return f'<img class="ts-when-light"{attributes}><img class="ts-when-dark"{swapped}>'


_SRC = re.compile(r'\bsrc="[^"]*"')
