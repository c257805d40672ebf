"""One build of the site: MkDocs as a library for ordinary pages, theme and static files, our pages beside them.

`SiteBuild` is what the hooks of `tipsheet.plugin` call, so that ``mkdocs build``, ``mkdocs serve`` and
``tipsheet build`` make the same bytes.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import jinja2
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation

from tipsheet.model.audience import PUBLIC
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem
from tipsheet.reading.body import DIALECT
from tipsheet.reading.publication import AUTHORS_FILE, FOLDERS
from tipsheet.rendering.calendar import calendar, calendar_files
from tipsheet.rendering.data import data_files
from tipsheet.rendering.feeds import feed_files
from tipsheet.rendering.marks import show_fallbacks
from tipsheet.settings import CONFIG_FILE, Settings
from tipsheet.site.complaints import complaints
from tipsheet.site.look import LOOK_FILE, style_sheet
from tipsheet.site.pages import SiteMap, site_map
from tipsheet.site.search import add_to_search
from tipsheet.site.sitemap import robots, sitemap
from tipsheet.site.theme import TEMPLATES, TILES, Renderer, furnish, logo_size, mended

__all__ = ["SiteBuild", "build_site"]


def build_site(root: Path, settings: Settings, publication: Publication, site_dir: Path) -> tuple[int, list[Problem]]:
    """Write the whole site of the publication in ``root`` to a folder, which is emptied first.

    ``publication`` holds what the site shows and nothing that has not appeared. Returns the number of
    pages and what MkDocs warned of. Raises ContentError when MkDocs gives up, and jinja2.TemplateError.
    """
    # Material prints a notice about MkDocs 2 unless this says no; mkdocs<2 is pinned.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "true")
    with complaints(settings.docs_dir) as problems:
        config = load_config(config_file=str(root / CONFIG_FILE), site_dir=str(site_dir))
        plugin = config.plugins["tipsheet"]
        plugin.given = (settings, publication)  # type: ignore[attr-defined]
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build(config)
        finally:
            config.plugins.on_shutdown()
    site: SiteBuild = plugin.site  # type: ignore[attr-defined]
    return site.count(), problems


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


@dataclass(slots=True)
class SiteBuild:
    """What the hooks of one build share, in the order MkDocs calls them."""

    settings: Settings
    publication: Publication
    config: MkDocsConfig
    pages: SiteMap = field(default_factory=lambda: SiteMap((), ()))
    files: Files = field(default_factory=lambda: Files(()))
    nav: Navigation = field(default_factory=lambda: Navigation([], []))
    env: jinja2.Environment = field(default_factory=jinja2.Environment)

    def configure(self) -> None:
        """Put our templates between the publication's own and Material's, and our Markdown under its own."""
        dirs = self.config.theme.dirs
        dirs.insert(1 if self.config.theme.custom_dir else 0, str(TEMPLATES))
        self.config.theme.static_templates.discard("sitemap.xml")  # its dates come from the clock
        for name, options in {"tipsheet.blocks": {"public": True}, **DIALECT}.items():
            if name not in self.config.markdown_extensions:
                self.config.markdown_extensions.append(name)
            self.config.mdx_configs[name] = {**options, **self.config.mdx_configs.get(name, {})}
        self.pages = site_map(self.publication, self.settings)

    def adopt(self, files: Files) -> Files:
        """Take from MkDocs the files whose pages we make; it keeps their addresses for links to them."""
        posts = self.publication.posts_for(PUBLIC)
        addresses = {PurePosixPath(p.where.path).relative_to(self.settings.docs_dir).as_posix(): p.url for p in posts}
        for file in list(files):
            ours = file.src_uri.split("/")[0] in FOLDERS and file.is_documentation_page()
            template = file.src_uri.startswith((TILES, "sitemap.xml")) and file.src_dir != self.config.docs_dir
            if ours or template or file.src_uri == AUTHORS_FILE:
                files.remove(file)
            if ours and file.src_uri in addresses:
                files.append(_Elsewhere.at(addresses[file.src_uri], file, self.config))
        self.files = files
        return files

    def dress(self, env: jinja2.Environment) -> None:
        """Give the theme what our templates need, and the search index the text of our pages."""
        furnish(env, self.config, self.publication, self.settings)
        self.env = env
        search = self.config.plugins.get("material/search") or self.config.plugins.get("search")
        if search is not None and hasattr(search, "search_index"):
            add_to_search(search, self.pages.pages, self.settings.search_full_text)

    def write(self) -> None:
        """Write everything that MkDocs does not; a file of that name in the content folder goes first."""
        taken = {file.dest_uri for file in self.files if not isinstance(file, _Elsewhere)}
        for name, content in self._outputs():
            if name not in taken:
                target = Path(self.config.site_dir, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)

    def _outputs(self) -> Iterator[tuple[str, bytes]]:
        renderer = Renderer(self.env, self.config, self.nav)
        root = self.publication.masthead.url
        for redirect in self.pages.redirects:
            yield redirect.file, renderer.redirect(redirect).encode()
        for page in self.pages.pages:
            yield page.file, renderer.page(page).encode()
        ordinary = [f.page.canonical_url for f in self.files.documentation_pages() if f.page and f.page.canonical_url]
        yield "sitemap.xml", sitemap(self.pages.pages, ordinary, root).encode()
        yield "robots.txt", robots(root).encode()
        yield LOOK_FILE, style_sheet(self.settings.look).encode()
        yield from self._feeds()

    def _feeds(self) -> Iterator[tuple[str, bytes]]:
        size = logo_size(self.config, self.settings)
        yield from feed_files(self.publication, self.settings, logo_size=size).items()
        yield "actions.ics", calendar(self.publication)
        yield from calendar_files(self.publication)
        yield from data_files(self.publication)

    def count(self) -> int:
        """How many pages the site has, redirects not counted."""
        return len(self.pages.pages) + len(self.files.documentation_pages())

    def stranger(self, html: str) -> str:
        """The text of an ordinary page as a visitor reads it, with the fallbacks of merge fields."""
        return show_fallbacks(html)

    def mend(self, html: str) -> str:
        """An ordinary page of MkDocs, mended like ours."""
        return mended(html)
