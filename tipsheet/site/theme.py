"""The face of the site: our templates before Material's, and what every template can ask for."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import jinja2
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import url_filter

from tipsheet.pictures.files import DamagedError
from tipsheet.pictures.opening import opened
from tipsheet.rendering.language import full_date, in_sentence, listed, long_date, month, short_date
from tipsheet.settings import Settings
from tipsheet.site.face import Face
from tipsheet.site.page import Redirect, SitePage
from tipsheet.site.sheets import in_sheet
from tipsheet.site.shells import Shell, filled, shape_of, shell_environment, slots_of

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext
from types import CodeType

from jinja2.bccache import Bucket

from tipsheet.model.publication import Publication
from tipsheet.site.face import face_of

__all__ = [
    "TEMPLATES",
    "TILES",
    "Frame",
    "InThisProcess",
    "Renderer",
    "frame_from",
    "framed",
    "furnish",
    "in_material",
    "in_shells",
    "logo_size",
    "page_context",
    "template_folders",
    "tiles_in",
]

TEMPLATES = Path(__file__).parent.parent / "templates" / "site"
TILES = "art/"


def furnish(env: jinja2.Environment, face: Face) -> None:
    """Give an environment our filters, and escape everything in templates of ours.

    MkDocs leaves autoescape off for templates of its own time. Ours bear the names below; a
    publication's override of one of them escapes as well.
    """
    ours = frozenset(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
    env.autoescape = lambda name: name in ours
    for function in (full_date, long_date, short_date, month, listed, in_sentence):
        env.filters[function.__name__] = partial(function, language=face.masthead.language)
    env.filters["url"] = _url_in(face) if face.masthead.folder else url_filter
    env.filters["tile"] = tile
    env.globals["sheet"] = None  # there is one on our pages only
    env.globals["face"] = face
    env.bytecode_cache = env.bytecode_cache or InThisProcess(env, face.masthead.language)


def _url_in(face: Face) -> Callable[["TemplateContext", str], str]:
    """MkDocs' filter, which leads to pages of ours in the language of the page."""

    @jinja2.pass_context
    def url(context: "TemplateContext", value: str) -> str:
        return url_filter(context, face.at(str(value)))  # Material asks for a homepage that there may not be

    return url


def logo_size(root: Path, settings: Settings) -> tuple[int, int] | None:
    """Width and height of the masthead's logo in px, when there is one."""
    logo = root / settings.docs_dir / settings.masthead.logo
    if not logo.is_file():
        return None
    try:
        with opened(logo.read_bytes()) as image:
            return image.size
    except DamagedError:  # a drawing, which has no size in px
        return None


def tiles_in(folders: Iterable[str]) -> frozenset[str]:
    """The drawings that these template folders hold."""
    return frozenset(f"{TILES}{path.name}" for folder in folders for path in Path(folder, TILES).glob("*.svg"))


def template_folders(custom: Path | None) -> tuple[Path, ...]:
    """The folders of templates, in the order of search: the publication's own, ours, Material's."""
    material = find_spec("material")
    places = (material.submodule_search_locations or ()) if material else ()
    return (*([custom] if custom else []), TEMPLATES, *(Path(place, "templates") for place in places))


def tile(src: str) -> str:
    """Template of the drawing that bears the name of this picture: ``images/door.png``, ``art/door.svg``."""
    return f"{TILES}{posixpath.splitext(posixpath.basename(src))[0]}.svg"


@dataclass(slots=True)
class _MaterialPage:
    """A page as Material's templates ask for one, for a page that MkDocs does not know."""

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
    """Renders our pages: in the theme of a running MkDocs, or in its `shells`."""

    environment: jinja2.Environment
    context: Callable[[str], Mapping[str, object]]
    """By the address of a page, all that every template there is given besides the page."""
    finish: Callable[[str, str], str]
    """The whole page, of its address and what its template gave."""
    root: str = ""
    """Absolute address of the site."""

    def page(self, page: SitePage) -> str:
        """The HTML of a page."""
        values = {**self.context(page.url), **page_context(page), **page.context, "sheet": page}
        return self.finish(page.url, self.environment.get_template(page.template).render(values))

    def part(self, template: str, url: str, **context: object) -> str:
        """A part of the page at this address; it needs no frame."""
        known = _MaterialPage(url=url, title="", canonical_url="")
        base_url = get_relative_url(".", url)
        return self.environment.get_template(template).render(page=known, base_url=base_url, **context)

    def redirect(self, redirect: Redirect) -> str:
        """The HTML of an address that leads on; it needs neither script nor style."""
        known = _MaterialPage(url=redirect.url, title=redirect.title, canonical_url=redirect.canonical)
        return self.environment.get_template("moved.html").render(page=known, to=redirect, base_url="")


def page_context(page: SitePage) -> dict[str, object]:
    """The values that Material's templates ask of a page."""
    known = _MaterialPage(url=page.url, title=page.title, canonical_url=page.canonical)
    return {"page": known, "base_url": get_relative_url(".", page.url)}


def in_material(env: jinja2.Environment, config: "MkDocsConfig", nav: "Navigation", folder: str = "") -> Renderer:
    """Renders in the theme of the running build; ``folder`` is that of pages in another language."""
    from mkdocs.commands.build import get_context  # noqa: PLC0415 - a weekly build has no use for it

    def context(url: str) -> Mapping[str, object]:
        known = _MaterialPage(url=url, title="", canonical_url="")
        return get_context(nav, (), config, cast("Page", known))

    face = cast("Face", env.globals["face"])
    return Renderer(env, context, lambda _url, html: in_sheet(framed(html, folder), face.beyond), face.masthead.url)


def framed(html: str, folder: str = "") -> str:
    """A page as Material rendered it, without what the HTML standard forbids, with a search of this folder alone.

    Material asks for an index below what it takes for the root.
    """
    html = standard(html)
    return _BASE.sub(_deeper, html, count=1) if folder else html


_BASE = re.compile(r'(?P<key>"base": ?)"\.\.(?P<rest>(?:/\.\.)*)"')
"""The way to the site's root in Material's settings of a page."""


def _deeper(base: re.Match[str]) -> str:
    return f'{base["key"]}"{base["rest"][1:] or "."}"'


def in_shells(shells: Mapping[str, Shell], folders: Sequence[Path], face: Face, cache: Path | None = None) -> Renderer:
    """Renders in the shells of each shape; there must be one for the page's."""
    env = shell_environment(slots_of(shells), folders, cache)
    furnish(env, face)
    folder, root = face.masthead.folder, face.masthead.url

    def finish(url: str, html: str) -> str:
        return in_sheet(filled(shells[shape_of(url, folder)], html), face.beyond)

    return Renderer(env, lambda _url: {}, finish, root)


def standard(html: str) -> str:
    """The page without what the HTML standard forbids in Material's base template (mkdocs-material#1513).

    ``autocomplete`` has no meaning on its two checkboxes; they are not in a block that we could replace.
    """
    for name in ("__drawer", "__search"):
        html = html.replace(f'id="{name}" autocomplete="off"', f'id="{name}"', 1)
    return html


_compiled: dict[tuple[object, ...], tuple[str, CodeType | None]] = {}
"""By environment, name and file, the checksum of a template's text and its code: of the last text only."""


class InThisProcess(jinja2.BytecodeCache):
    """Bytecode of templates, shared by environments that compile alike.

    ``env`` is one that has its filters already: Jinja may work them out while it compiles. ``language`` is
    what ours write dates in.
    """

    def __init__(self, env: jinja2.Environment, language: str) -> None:
        self._kind = (language, *(frozenset(names) for names in (env.extensions, env.filters, env.tests)))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the template its code, if this text of it was compiled."""
        checksum, code = _compiled.get((*self._kind, bucket.key), ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep its code."""
        _compiled[*self._kind, bucket.key] = (bucket.checksum, bucket.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame around pages, which a run of MkDocs leaves for the rest of a build.

    ``shells`` are by the shapes of pages, or empty when only Material itself can render ours. ``copies``
    are the files that are passed on as they are: where they go, by where they come from below the
    content folder. ``taken`` are addresses that content has already, ``ordinary`` the absolute addresses
    of MkDocs' pages; ``search`` is its index taken apart, or None when there is none. ``early`` and ``beyond`` are
    as in `Face`. ``menu`` tells the navigation, and these, from others.
    """

    shells: Mapping[str, Shell]
    copies: Mapping[str, str]
    taken: frozenset[str]
    ordinary: tuple[str, ...]
    pages: int
    search: tuple[str, str] | None
    tiles: tuple[str, ...]
    icon: str
    menu: str
    early: bool = False
    beyond: tuple[str, ...] = ()

    def face(self, root: Path, publication: Publication, settings: Settings) -> Face:
        """The face of the site in this frame."""
        face = face_of(
            publication,
            settings,
            tiles=frozenset(self.tiles),
            logo_size=logo_size(root, settings),
            words=settings.words,
            icon=self.icon,
        )
        return replace(face, early=self.early, beyond=frozenset(self.beyond))

    def value(self) -> dict[str, object]:
        """As plain values, to be kept."""
        return {name: getattr(self, name) for name in self.__slots__}


def frame_from(value: Mapping[str, object]) -> Frame:
    """The frame that was kept."""
    return Frame(**value)  # type: ignore[arg-type]  # what `value` gave
