"""The face of the site: our templates before Material's, and what every template can ask for."""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

import imagesize
import jinja2
from mkdocs.commands.build import get_context
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from tipsheet.model.publication import Publication
from tipsheet.rendering.dates import full_date, long_date, month, short_date
from tipsheet.settings import Settings
from tipsheet.site.face import face_of
from tipsheet.site.page import Redirect, SitePage

__all__ = ["TEMPLATES", "TILES", "Renderer", "furnish", "logo_size", "mended"]

TEMPLATES = Path(__file__).parent.parent / "templates" / "site"
TILES = "art/"


def furnish(env: jinja2.Environment, config: MkDocsConfig, publication: Publication, settings: Settings) -> None:
    """Give the theme's environment our filters, and escape everything in templates of ours.

    MkDocs leaves autoescape off for templates of its own time. Ours bear the names below; a
    publication's override of one of them escapes as well.
    """
    ours = frozenset(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
    env.autoescape = lambda name: name in ours
    language = publication.masthead.language
    for function in (full_date, long_date, short_date, month):
        env.filters[function.__name__] = partial(function, language=language)
    env.filters["tile"] = tile
    env.globals["sheet"] = None  # there is one on our pages only
    env.globals["face"] = face_of(
        publication,
        settings,
        tiles=_tiles(config.theme.dirs),
        logo_size=logo_size(config, settings),
        words=config.extra.get("segments", {}),
    )


def logo_size(config: MkDocsConfig, settings: Settings) -> tuple[int, int] | None:
    """Width and height of the masthead's logo in px, when there is one."""
    logo = Path(config.docs_dir, settings.masthead.logo)
    width, height = imagesize.get(logo) if logo.is_file() else (-1, -1)
    return (width, height) if width > 0 else None


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


def mended(html: str) -> str:
    """The page without what the HTML standard forbids in Material's base template (mkdocs-material#1513).

    ``autocomplete`` has no meaning on its two checkboxes; they are not in a block that we could replace.
    """
    for name in ("__drawer", "__search"):
        html = html.replace(f'id="{name}" autocomplete="off"', f'id="{name}"', 1)
    return html
