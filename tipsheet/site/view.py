"""The publication as one kind of reader sees it on the site: the public, or a public segment."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from tipsheet.engine.units import Ref
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.post import Headline, Issue, Post
from tipsheet.model.publication import Appearance, LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.calendar import calendar_paths
from tipsheet.rendering.fragments import relative, show_fallbacks
from tipsheet.rendering.language import issue_label, letter_words
from tipsheet.rendering.library import OnShelf, shelf
from tipsheet.rendering.public import segment_page
from tipsheet.rendering.references import Texts
from tipsheet.settings import Settings
from tipsheet.site.checklists import named_tasks
from tipsheet.site.page import FeedLink
from tipsheet.site.share import pictured
from tipsheet.words import Words, words_of

__all__ = ["Row", "View", "boxed_tables", "finished", "label_of", "row_of", "site_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A post as one line of a list; ``action`` is what its reader is asked to do, ``label`` its number.

    ``language`` is that of its words where it is another than the page's.
    """

    url: str
    title: str
    day: dt.date
    action: str
    label: str
    minutes: int
    description: str
    language: str = ""


def site_words(settings: Settings) -> Words:
    """Our words on pages, in the publication's language."""
    return words_of(settings.masthead.language, "site", settings.masthead.words)


def label_of(headline: Headline, settings: Settings) -> str:
    """``No. 94``, ``Article``, or nothing."""
    if headline.article:
        return site_words(settings)("article")
    return issue_label(headline.number, letter_words(settings.masthead))


def row_of(headline: Headline, url: str, settings: Settings, segments: Segments) -> Row:
    """A headline as readers of these segments see it, who find the post at this address."""
    language = headline.language or settings.first_language
    return Row(
        url=url,
        title=headline.title,
        day=headline.published.astimezone(settings.time_zone).date(),
        action=headline.action(segments),
        label=label_of(headline, settings),
        minutes=headline.minutes,
        description=headline.description,
        language="" if language == settings.masthead.language else language,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The publication as readers of these segments see it, with addresses.

    ``segment`` is None for the public site. ``posts`` and ``issues`` are newest first, ``addresses`` are
    by the posts' ids, ``library`` is by the actions' ids, ``calendar`` (paths of files) by anchors; ``shelf``
    are the actions of the library page, which only the public has. ``texts`` make posts arguments. ``pictured`` are the
    ids of posts that have a share picture drawn.
    """

    publication: Publication
    settings: Settings
    segment: Segment | None
    segments: Segments
    posts: tuple[Post, ...]
    issues: tuple[Issue, ...]
    addresses: Mapping[str, str]
    library: Mapping[str, LibraryAction]
    calendar: Mapping[str, str]
    settings_ref: Ref
    texts: Texts
    pictured: frozenset[str] = frozenset()
    shelf: tuple[OnShelf, ...] = ()

    @classmethod
    def of(cls, texts: Texts, segment: Segment | None = None, *, given: str = "") -> "View":
        """The publication as the public sees it, or readers of this one segment; ``given`` is mkdocs.yml's digest."""
        publication, settings = texts.publication, texts.settings
        folder = settings.masthead.folder
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
            library={entry.action.id: entry for entry in publication.library(segments)},
            calendar={anchor: folder + path for anchor, path in calendar_paths(publication, segment).items()},
            settings_ref=Ref("settings", settings.other_language, given),
            texts=texts,
            pictured=pictured(publication, settings),
            shelf=() if segment else shelf(publication),
        )

    @property
    def root(self) -> str:
        """Absolute address of the site, ending in ``/``."""
        return self.publication.masthead.url

    @property
    def words(self) -> Words:
        """Our words on its pages."""
        return site_words(self.settings)

    def address(self, post: Post) -> str:
        """The address of the post for these readers; a segment has its own page only where its text is another."""
        return self.addresses[post.id]

    def label(self, post: Post) -> str:
        """``No. 94``, or nothing."""
        return issue_label(post.number, letter_words(self.settings.masthead)) if isinstance(post, Issue) else ""

    def own(self, post: Post) -> bool:
        """Return True when the post has a page for these readers in their language, rather than for the public."""
        if post.language != self.settings.other_language:
            return False
        return self.segment is None or self.address(post) != post.url

    def day(self, post: Post) -> dt.date:
        """The day it appeared on, in the publication's zone."""
        return post.published.astimezone(self.settings.time_zone).date()

    def row(self, post: Post) -> Row:
        """The post as one line of a list."""
        return row_of(post.headline, self.address(post), self.settings, self.segments)

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
    shown = boxed_tables(named_tasks(show_fallbacks(relative(html, page))))
    return Markup(_PICTURE.sub(_shown, shown))  # noqa: S704 - the reader made this HTML


def boxed_tables(html: str) -> str:
    """The HTML with each table in a box that scrolls by itself, which the keyboard reaches too (WCAG 2.2, 2.1.1).

    A table with a class, such as that of numbered lines of code, has a style of its own and stays as it is.
    """
    return _TABLE.sub(r'<div class="ts-scroll" tabindex="0">\g<0></div>', html)


_TABLE = re.compile(r"<table\b(?![^>]*\bclass=)[^>]*>(?:(?!<table\b).)*?</table>", re.DOTALL)
"""One without another in it."""


def at_once(html: Markup) -> Markup:
    """The beginning of a page without a cover: a browser fetches its first picture at once."""
    return Markup(_FIRST.sub(r"\1", str(html), count=1))  # noqa: S704 - see `finished`


_LAZY = ' loading="lazy"'
_FIRST = re.compile(rf"(<img\b[^>]*?){_LAZY}")
COLUMN = "(min-width: 724px) 660px, 94vw"
"""Width of the text column of a page (`.ts-issue__body` in tipsheet.css), as ``sizes`` of pictures in it."""
_PICTURE = re.compile(r"<img\b([^>]*)>")
_OURS = re.compile(r' data-(dark|letter|copies|dark-letter|dark-copies)="([^"]*)"')
"""What reading has said of a picture's other files."""
_SRC = re.compile(r'\bsrc="[^"]*"')


def _shown(picture: re.Match[str]) -> str:
    """A picture in a text, with its copies; the browser fetches it when it comes near, as the cover stands above.

    One with a dark variant stands here twice, and the style sheet shows the one for the scheme in use.
    """
    files = dict(_OURS.findall(picture[1]))
    attributes = _OURS.sub("", picture[1])
    if " loading=" not in attributes:
        attributes = f"{_LAZY}{attributes}"
    dark = files.get("dark")
    if not dark:
        return _offered(f"<img{attributes}>", files.get("copies"))
    swapped = _SRC.sub(lambda _: f'src="{dark}"', attributes)
    return _offered(f'<img class="ts-when-light"{attributes}>', files.get("copies")) + _offered(
        f'<img class="ts-when-dark"{swapped}>', files.get("dark-copies")
    )


def _offered(picture: str, copies: str | None) -> str:
    """The picture with its copies, of which a browser that knows WebP takes the one that fits its screen."""
    if not copies:
        return picture
    return f'<picture><source type="image/webp" srcset="{copies}" sizes="{COLUMN}">{picture}</picture>'
