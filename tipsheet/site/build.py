"""MkDocs as a library: for ordinary pages, the theme and static files; our pages are ours.

`SiteBuild` is what the hooks of `tipsheet.plugin` call. When MkDocs runs by itself (``mkdocs build``,
``mkdocs serve``) it writes our pages as well; when we run it (`run_mkdocs`), it leaves a `Frame`, and
`tipsheet.site.make` makes the rest, the same bytes.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path, PurePosixPath
from types import MethodType

import jinja2
from mkdocs.commands.build import build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.theme import Theme

from tipsheet.checks.picture_files import is_picture
from tipsheet.engine.digest import digest_of
from tipsheet.errors import ContentError
from tipsheet.model.audience import PUBLIC
from tipsheet.model.language import folder_of
from tipsheet.model.publication import Publication
from tipsheet.pictures.copies import published
from tipsheet.problems import Problem
from tipsheet.reading.conversion import DIALECT
from tipsheet.reading.foreign import without_foreign
from tipsheet.rendering.fragments import show_fallbacks
from tipsheet.settings import Settings
from tipsheet.settings.config import FONT_HOST
from tipsheet.site.checklists import named_tasks
from tipsheet.site.complaints import beside, complaints, configured
from tipsheet.site.face import Face
from tipsheet.site.page import SitePage
from tipsheet.site.plan import Plan, every_file, plan_without_state
from tipsheet.site.search import INDEX_FILE, split_index
from tipsheet.site.sheets import SHEET_FILE, in_sheet, reduced
from tipsheet.site.shells import Shell, fillable, shell_maker, templates_are_plain
from tipsheet.site.theme import (
    TEMPLATES,
    TILES,
    Frame,
    Renderer,
    framed,
    furnish,
    in_material,
    in_shells,
    page_context,
    template_folders,
    tiles_in,
)
from tipsheet.site.view import boxed_tables

__all__ = ["Ran", "SiteBuild", "beside", "findings", "run_mkdocs"]

OUR_FOLDERS = frozenset({"actions", "archive", "articles", "authors", "events", "for", "issues", "subscribe", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The result of a run of MkDocs: the frame for everything else, and renderers in Material by language.

    That of the first language has an empty name.
    """

    frame: Frame
    renderers: Mapping[str, Renderer]
    problems: tuple[Problem, ...]


def run_mkdocs(
    root: Path, settings: Settings, publication: Publication, site_dir: Path, samples: Mapping[str, SitePage]
) -> Ran:
    """Let MkDocs write ordinary pages, the theme's files and 404.html to a folder, which is emptied first.

    ``samples`` are pages by their shapes, one of each that the site has. Raises ContentError when MkDocs
    gives up, and jinja2.TemplateError.
    """
    # Material prints a notice about MkDocs 2 unless this says no; mkdocs<2 is pinned.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "true")
    with complaints(settings) as problems:
        config = configured(root, settings, site_dir)
        plugin = config.plugins["tipsheet"]
        plugin.given = (settings, publication)  # type: ignore[attr-defined]
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build(config)
        finally:
            config.plugins.on_shutdown()
        site: SiteBuild = plugin.site  # type: ignore[attr-defined]
        frame, renderers = site.frame(samples)
    return Ran(frame=frame, renderers=renderers, problems=tuple(sorted(set(problems))))


def findings(root: Path, settings: Settings, publication: Publication | None) -> tuple[Problem, ...]:
    """Problems that MkDocs and all that it runs find: in its settings, and in a run when there is a publication."""
    with tempfile.TemporaryDirectory() as scratch:
        site_dir = Path(scratch, "site")
        try:
            if publication is not None:
                return run_mkdocs(root, settings, publication, site_dir, {}).problems
            with complaints(settings) as problems:
                configured(root, settings, site_dir)
        except ContentError as error:
            return tuple(error.problems)
    return tuple(sorted(set(problems)))


class _Elsewhere(File):
    """A content file whose page we make: MkDocs knows its address for links, and leaves it alone."""

    @classmethod
    def at(cls, address: str, file: File, config: MkDocsConfig) -> "_Elsewhere":
        """Stand for this file at an address that ends in ``/``."""
        target, inclusion = f"{address}index.html", InclusionLevel.NOT_IN_NAV
        return cls(file.src_uri, None, config.site_dir, use_directory_urls=True, dest_uri=target, inclusion=inclusion)

    def is_documentation_page(self) -> bool:
        return False

    def copy_file(self, dirty: bool = False) -> None:
        """Write nothing."""


@cache
def _filled_by_us() -> frozenset[str]:
    """The blocks that our own templates fill, which are the same as long as the program runs."""
    return fillable([TEMPLATES])


class _Visible(jinja2.FileSystemLoader):
    """Lists no hidden folders: MkDocs takes no file of them, and in Material's are 12,000 icons."""

    def list_templates(self) -> list[str]:
        """The names of all files that could be templates, in order."""
        found = set[str]()
        for top in self.searchpath:
            for folder, inner, files in os.walk(top):
                inner[:] = [name for name in inner if not name.startswith(".")]
                here = os.path.relpath(folder, top).replace(os.sep, "/")
                found.update(files if here == "." else (f"{here}/{name}" for name in files))
        return sorted(found)


def _environment(theme: Theme) -> jinja2.Environment:
    env = Theme.get_env(theme)
    env.loader = _Visible(theme.dirs)
    return env


@dataclass(slots=True)
class SiteBuild:
    """The values that hooks of one build share; ``whole`` when MkDocs writes our pages too."""

    settings: Settings
    publication: Publication
    config: MkDocsConfig
    whole: bool = True
    copies: dict[str, str] = field(default_factory=dict)
    files: Files = field(default_factory=lambda: Files(()))
    nav: Navigation = field(default_factory=lambda: Navigation([], []))
    env: jinja2.Environment = field(default_factory=jinja2.Environment)
    beyond: tuple[str, ...] = ()

    def translate(self) -> None:
        """Have Material speak the nearest language that it knows."""
        self.config.theme["language"] = self.settings.translation

    def configure(self) -> None:
        """Put our templates between the publication's own and Material's, and our Markdown under its own."""
        dirs = self.config.theme.dirs
        dirs.insert(1 if self.config.theme.custom_dir else 0, str(TEMPLATES))
        self.config.theme.get_env = MethodType(_environment, self.config.theme)  # type: ignore[method-assign]
        if FONT_HOST not in self.settings.allow:
            self.config.theme["font"] = False  # without a word in mkdocs.yml, Material fetches its own
        self.config.theme.static_templates.discard("sitemap.xml")  # its dates come from the clock
        for name, options in {"tipsheet.blocks": {"public": True}, **DIALECT}.items():
            if name not in self.config.markdown_extensions:
                self.config.markdown_extensions.append(name)
            self.config.mdx_configs[name] = {**options, **self.config.mdx_configs.get(name, {})}

    def adopt(self, files: Files) -> Files:
        """Take from MkDocs the files whose pages we make; it keeps their addresses for links to them."""
        posts = [text for post in self.publication.posts_for(PUBLIC) for text in post.texts]
        addresses = {PurePosixPath(p.where.path).relative_to(self.settings.docs_dir).as_posix(): p.url for p in posts}
        withheld = self.publication.withheld  # of those a build that remembers copies others each time
        for file in list(files):
            if file.src_dir != self.config.docs_dir:
                if file.src_uri.startswith((TILES, "sitemap.xml")):
                    files.remove(file)
            elif file.src_uri not in self.publication.ordinary or (self.whole and file.src_uri in withheld):
                files.remove(file)
                if file.src_uri in addresses:
                    files.append(_Elsewhere.at(addresses[file.src_uri], file, self.config))
            elif self.whole and is_picture(file.src_uri):
                file.content_bytes = published(file.content_bytes)
        self.files = files
        self._add_sheet()
        return files

    @property
    def _early(self) -> bool:
        """Return True where something besides search may need Material's script, and its sheets whole."""
        config, custom = self.config, self._custom
        return bool(
            config.extra.get("whole_material")
            or config.extra.keys() & {"analytics", "consent", "version"}
            or config.extra_javascript
            or any(not feature.startswith("search.") for feature in config.theme.get("features") or ())
            or (custom and {"libs", "scripts"} & fillable([custom]))
        )

    def _add_sheet(self) -> None:
        """Make Material's sheets smaller, for pages that do not need them whole."""
        found = [
            file
            for file in self.files
            if re.fullmatch(r"assets/stylesheets/(main|palette)\.\w+\.min\.css", file.src_uri)
        ]
        if self._early or not found:
            return
        palette = self.config.theme.get("palette") or {}
        choices = [palette] if isinstance(palette, Mapping) else palette
        colours = frozenset(
            str(one.get(key) or "indigo").replace(" ", "-") for one in choices for key in ("primary", "accent")
        )
        asked = "".join(self._texts_beside())
        sheet = reduced(
            "".join(file.content_string for file in sorted(found, key=lambda file: file.src_uri)), colours, asked
        )
        self.beyond = tuple(sorted(sheet.beyond))
        self.files.append(File.generated(self.config, SHEET_FILE, content=sheet.text))

    def _texts_beside(self) -> Iterator[str]:
        """The publication's own style sheets and templates."""
        ours = [Path(self.config.docs_dir, path) for path in self.config.extra_css]
        if self._custom:
            ours += [path for path in sorted(self._custom.rglob("*")) if path.suffix in {".css", ".html"}]
        for path in ours:
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace")

    def dress(self, env: jinja2.Environment) -> None:
        """Give the theme what our templates need."""
        furnish(env, self._face())
        self.env = env
        if not self.whole:
            self._copy_nothing()

    def _copy_nothing(self) -> None:
        """Files that are passed on as they are we copy ourselves, when they changed."""
        for file in list(self.files):
            included = file.inclusion.is_included()  # type: ignore[no-untyped-call]
            if file.src_dir == self.config.docs_dir and not file.is_documentation_page() and included:
                self.copies[file.src_uri] = file.dest_uri
                self.files.remove(file)
                here = self.config.site_dir
                kept = _Elsewhere(file.src_uri, None, here, use_directory_urls=True, dest_uri=file.dest_uri)
                self.files.append(kept)

    def _face(self, language: str = "") -> Face:
        settings = self.settings.in_language(language)
        publication = (
            self.publication.in_language(settings.masthead, settings.segments) if language else self.publication
        )
        return self._frame().face(self._root, publication, settings)

    def write(self) -> None:
        """Write everything that MkDocs does not; a file of that name in the content folder goes first."""
        if not self.whole:
            return
        for name, content in every_file(self._plan, self._frame(), self._renderers()):
            target = Path(self.config.site_dir, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    @property
    def _plan(self) -> Plan:
        return plan_without_state(self._root, self.settings, self.publication)

    @property
    def _root(self) -> Path:
        return Path(self.config.config_file_path).parent

    @property
    def _custom(self) -> Path | None:
        return Path(self.config.theme.custom_dir) if self.config.theme.custom_dir else None

    def _taken(self) -> frozenset[str]:
        return frozenset(file.dest_uri for file in self.files if not isinstance(file, _Elsewhere)) | {
            *self.copies.values()
        }

    def _ordinary(self) -> tuple[str, ...]:
        pages = (file.page for file in self.files.documentation_pages())
        return tuple(page.canonical_url for page in pages if page and page.canonical_url)

    def frame(self, samples: Mapping[str, SitePage]) -> tuple[Frame, Mapping[str, Renderer]]:
        """The frame for our pages; it has shells only where they give the bytes that Material gives."""
        renderers = self._renderers()
        plain = templates_are_plain(self._custom) and self._flat()
        return replace(self._frame(), shells=self._shells(samples, renderers) if plain else {}), renderers

    def _renderers(self) -> Mapping[str, Renderer]:
        """A renderer in Material for each language."""
        first = in_material(self.env, self.config, self.nav)
        return {"": first} | {language: self._speaking(language) for language in self.settings.others}

    def _speaking(self, language: str) -> Renderer:
        """A renderer in Material in another language: an environment of its own, since dates are compiled into it."""
        settings = self.settings.in_language(language)
        theme = deepcopy(self.config.theme)
        theme["language"] = settings.translation
        config = copy(self.config)
        config["theme"] = theme
        env = theme.get_env()
        env.globals |= {name: value for name, value in self.env.globals.items() if name not in env.globals}
        env.filters |= {name: value for name, value in self.env.filters.items() if name not in env.filters}
        furnish(env, self._face(language))
        return in_material(env, config, self.nav, settings.masthead.folder)

    def _language_of(self, url: str) -> str:
        """The language of the page at this address; empty for the first one."""
        return next((one for one in self.settings.others if url.startswith(folder_of(one))), "")

    def _frame(self) -> Frame:
        """The same without shells."""
        index = Path(self.config.site_dir, INDEX_FILE)
        return Frame(
            shells={},
            copies=dict(sorted(self.copies.items())),
            taken=self._taken(),
            ordinary=self._ordinary(),
            pages=len(self.files.documentation_pages()),
            search=split_index(index.read_bytes()) if index.is_file() else None,
            tiles=tuple(sorted(tiles_in(self.config.theme.dirs))),
            icon=self.config.theme.get("favicon") or "",
            early=self._early,
            beyond=self.beyond,
            menu=digest_of([(page.url, page.title) for page in self.nav.pages], self.beyond, self._early),
        )

    def _flat(self) -> bool:
        """Return True when menus lead to nothing inside folders of ours: the way there differs from page to page."""
        return not any(page.url.count("/") > 1 and page.url.split("/")[0] in OUR_FOLDERS for page in self.nav.pages)

    def _shells(self, samples: Mapping[str, SitePage], renderers: Mapping[str, Renderer]) -> dict[str, Shell]:
        custom, shells = self._custom, dict[str, Shell]()
        blocks = _filled_by_us() | fillable([custom] if custom else [])
        for language, renderer in renderers.items():
            mend = partial(framed, folder=self._face(language).masthead.folder)
            make, own = shell_maker(renderer.environment, blocks, mend), dict[str, Shell]()
            pages = {shape: page for shape, page in samples.items() if self._language_of(page.url) == language}
            for shape, page in pages.items():
                own[shape] = make({**renderer.context(page.url), **page_context(page)})
            quick = in_shells(own, template_folders(custom), self._face(language)) if own else renderer
            if any(quick.page(page) != renderer.page(page) for page in pages.values()):
                return {}
            shells |= own
        return shells

    def stranger(self, html: str, page: Page) -> str:
        """The text of an ordinary page as a visitor reads it: fallbacks of merge fields, and no other host is asked.

        Its title and the titles of its headings stand in menus, too.
        """
        if page.title:
            page.title = show_fallbacks(page.title)
        headings = list(page.toc)
        while headings:
            heading = headings.pop()
            heading.title = show_fallbacks(heading.title)
            headings += heading.children
        return without_foreign(boxed_tables(named_tasks(show_fallbacks(html))), self.settings.hosts)

    def mend(self, html: str) -> str:
        """An ordinary page of MkDocs, mended like ours."""
        return in_sheet(framed(html), frozenset(self.beyond))
