"""The face of the site: our templates before Material's, and what every template can ask for."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, cast

import jinja2
from markupsafe import escape
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.wording import day
from tipsheet.settings import Settings, SubscribeSettings
from tipsheet.site.dates import long_date, month, short_date
from tipsheet.site.front import feed_links
from tipsheet.site.look import LOOK_FILE
from tipsheet.site.page import FeedLink, Redirect, SitePage
from tipsheet.site.view import View

__all__ = ["TEMPLATES", "Face", "Renderer", "face_of", "furnish", "mended"]

TEMPLATES = Path(__file__).parent.parent / "templates" / "site"
TILES = "art/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What stands on every page, for templates as ``face``.

    ``tiles`` names the drawings (``art/<name>.svg``) that the publication's overrides bring: a picture
    of the same name is drawn into the page, so that it follows the colour scheme.
    """

    masthead: Masthead
    feeds: tuple[FeedLink, ...]
    segments: tuple[Segment, ...]
    subscribe: SubscribeSettings | None
    schedule: str
    look: str
    tiles: frozenset[str]
    articles: bool
    authors: bool
    tags: bool


def face_of(publication: Publication, settings: Settings, tiles: frozenset[str] = frozenset()) -> Face:
    """The face of this publication."""
    weekday = settings.schedule.day.name.capitalize()
    return Face(
        masthead=publication.masthead,
        feeds=feed_links(View.of(publication, settings)),
        segments=publication.public_segments(),
        subscribe=settings.subscribe,
        schedule=weekday,
        look=LOOK_FILE,
        tiles=tiles,
        articles=bool(publication.articles),
        authors=bool(publication.authors),
        tags=bool(publication.tags()),
    )


def furnish(env: jinja2.Environment, dirs: Sequence[str], publication: Publication, settings: Settings) -> None:
    """Give the theme's environment our filters, and escape everything in templates of ours.

    MkDocs leaves autoescape off for templates of its own time. Ours bear the names below; a
    publication's override of one of them escapes as well.
    """
    ours = frozenset(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
    env.autoescape = lambda name: name in ours
    language = publication.masthead.language
    for function in (day, long_date, short_date, month):
        env.filters[function.__name__] = partial(function, language=language)
    env.filters["tile"] = tile
    env.globals["sheet"] = None  # there is one on our pages only
    env.globals["face"] = face_of(publication, settings, _tiles(dirs))


def _tiles(dirs: Sequence[str]) -> frozenset[str]:
    return frozenset(f"{TILES}{path.name}" for folder in dirs for path in Path(folder, TILES).glob("*.svg"))


def tile(src: str) -> str:
    """Template of the drawing that bears the name of this picture: ``images/door.png``, ``art/door.svg``."""
    return f"{TILES}{posixpath.splitext(posixpath.basename(src))[0]}.svg"


@dataclass(slots=True)
class _MaterialPage:
    """What Material's templates ask of a page, for a page that MkDocs does not know."""

    url: str
    title: str
    canonical_url: str
    meta: Mapping[str, object] = field(default_factory=dict)
    toc: Sequence[object] = ()
    content: str = ""
    previous_page: None = None
    next_page: None = None

    @property
    def is_homepage(self) -> bool:
        return not self.url


class _Searchable(Protocol):
    """The part of Material's search plugin that we use."""

    search_index: Any


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders our pages in the theme of the running build."""

    env: jinja2.Environment
    config: MkDocsConfig
    nav: Navigation

    def page(self, page: SitePage) -> str:
        """The HTML of a page."""
        known = _MaterialPage(url=page.url, title=page.title, canonical_url=page.canonical)
        context = get_context(self.nav, (), self.config, cast("Page", known))
        return mended(self.env.get_template(page.template).render({**context, **page.context, "sheet": page}))

    def redirect(self, redirect: Redirect) -> str:
        """The HTML of an address that leads on; it needs neither script nor style."""
        known = _MaterialPage(url=redirect.url, title=redirect.title, canonical_url=redirect.canonical)
        return self.env.get_template("moved.html").render(page=known, to=redirect, base_url="")


def add_to_search(plugin: _Searchable, pages: Sequence[SitePage]) -> None:
    """Put the text of our pages into Material's search index, section by section as Material does."""
    for page in pages:
        if page.search is not None:
            title = str(escape(page.title))  # the result list takes it for HTML
            known = _MaterialPage(url=page.url, title=title, canonical_url="", content=page.search)
            plugin.search_index.add_entry_from_context(known)


def mended(html: str) -> str:
    """The page without what the HTML standard forbids in Material's base template (mkdocs-material#1513).

    ``autocomplete`` has no meaning on its two checkboxes; they are not in a block that we could replace.
    """
    head, marker, rest = html.partition('id="__search" autocomplete="off"')
    return (
        head.replace('id="__drawer" autocomplete="off"', 'id="__drawer"')
        + marker.removesuffix(' autocomplete="off"')
        + rest
    )
