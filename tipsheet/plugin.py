"""The MkDocs plugin: each hook is one call, so that ``mkdocs build`` and ``mkdocs serve`` make our site.

`tipsheet.press` is the way in for our own commands; it hands over a publication that it has read
already.
"""
# ruff: noqa: ARG002 - MkDocs passes arguments by name

import os
from pathlib import Path
from typing import Any, Literal

import jinja2
from mkdocs.config.base import Config, ConfigErrors, ConfigWarnings
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from tipsheet.clock import current_time
from tipsheet.engine.outputs import keep_apart
from tipsheet.errors import ContentError, TipsheetError
from tipsheet.model.publication import Publication
from tipsheet.press import prepare
from tipsheet.settings import Settings
from tipsheet.site.addresses import address_problems
from tipsheet.site.build import SiteBuild
from tipsheet.site.plan import plan_without_state

__all__ = ["TipsheetPlugin"]


class _NoOptions(Config):  # type: ignore[no-untyped-call]  # MkDocs types no __init_subclass__
    """Options as MkDocs knows them: none; `tipsheet.settings` reads ours and tells the line of a mistake."""


class TipsheetPlugin(BasePlugin[_NoOptions]):  # type: ignore[no-untyped-call]
    """``plugins: [search, tipsheet: {…}]`` in mkdocs.yml."""

    given: tuple[Settings, Publication] | None = None
    """The publication, when whoever runs MkDocs has read it."""

    site: SiteBuild

    def load_config(
        self, options: dict[str, Any], config_file_path: str | None = None
    ) -> tuple[ConfigErrors, ConfigWarnings]:
        """Find no fault with any option."""
        self.config = _NoOptions(config_file_path)
        return [], []

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Stay alive between the builds of ``mkdocs serve``."""

    @event_priority(100)  # Material's search asks the theme for words in its language
    def _read(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the publication before MkDocs empties the site's folder (S13)."""
        root = Path(config.config_file_path).parent
        settings, publication = self.given or _read(root, Path(config.site_dir))
        self.site = SiteBuild(settings, publication, config, whole=self.given is None)
        self.site.translate()
        return config

    def _configure(self, config: MkDocsConfig) -> MkDocsConfig:
        """Add to what the publication and its plugins have set."""
        self.site.configure()
        return config

    on_config = CombinedEvent(_read, _configure)

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """Take the issues and articles."""
        return self.site.adopt(files)

    def on_nav(self, nav: Navigation, /, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Keep the navigation, for the menus of our pages."""
        self.site.nav = nav
        return nav

    def on_page_content(self, html: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Fill the merge fields of an ordinary page and of its titles, before it is shown or searched."""
        return self.site.stranger(html, page)

    def on_env(self, env: jinja2.Environment, /, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
        """Give the theme our filters."""
        self.site.dress(env)
        return env

    @event_priority(100)  # before plugins that take comments away
    def on_post_page(self, output: str, /, *, page: Page, config: MkDocsConfig) -> str:
        """Mend an ordinary page."""
        return self.site.mend(output)

    def on_post_template(self, output_content: str, /, *, template_name: str, config: MkDocsConfig) -> str:
        """Mend the 404 page."""
        return self.site.mend(output_content)

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write our pages, the feeds and the calendars, after the search index that ours are added to."""
        self.site.write()


def _read(root: Path, site_dir: Path) -> tuple[Settings, Publication]:
    """Read the publication as ``tipsheet build`` does; all its mistakes are one error."""
    try:
        keep_apart(root, {"the site": site_dir, "the outbox": root / "outbox"}, {})
        settings, publication = prepare(root, now=current_time(os.environ)).ready()
        taken = address_problems(plan_without_state(root, settings, publication))
    except ContentError as error:
        raise PluginError("\n".join([str(error), *map(str, error.problems)])) from error
    except TipsheetError as error:
        raise PluginError(str(error)) from error
    if taken:
        raise PluginError("\n".join(map(str, taken)))
    return settings, publication
