"""From mkdocs.yml to one frozen value, with every mistake in it."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from tipsheet.documents import Document
from tipsheet.fields import OneLine, T, Table, WebAddress, read_table
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.publication import Masthead
from tipsheet.model.segment import Attribute, Segment
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.settings.config import CONFIG_FILE, NO_FOLDER, read_config, sound_extensions, theme_of
from tipsheet.settings.delivery import DeliverySettings
from tipsheet.settings.hosts import host_problems
from tipsheet.settings.leaving import Leaving, leaving_of
from tipsheet.settings.lint import read_levels
from tipsheet.settings.palette import PRIMARIES, derived, fitted
from tipsheet.settings.rules import READER_FIELDS, read_attributes, read_segments
from tipsheet.settings.tables import (
    CommentSettings,
    FeedSettings,
    Look,
    MailSettings,
    PluginTable,
    Schedule,
    ServiceSettings,
    SubscribeSettings,
)
from tipsheet.state.folders import overlaps
from tipsheet.state.inputs import is_hidden

__all__ = ["Settings", "read_settings"]

NOWHERE = "https://example.invalid/"
LEAVE = f"/leave/@@{TOKEN}@@"
"""Path at which the service lets readers unsubscribe."""
_STOPGAP: Mapping[str, Any] = {
    "editor": {"name": "?", "email": "editor@example.invalid"},
    "postal_address": "?",
    "time_zone": "UTC",
}
OUR_PLUGINS = frozenset({"search", "material/search", "tipsheet"})


class _SiteTable(Table):
    """What tipsheet reads of MkDocs' own settings; MkDocs checks the rest."""

    model_config = Table.model_config | {"extra": "ignore"}
    site_name: OneLine
    site_url: WebAddress
    site_description: OneLine = Field("", validate_default=False)
    copyright: OneLine = Field("", validate_default=False)
    docs_dir: OneLine = "content"
    use_directory_urls: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an editor can set.

    ``docs_dir`` and ``overrides`` (empty for none) are relative to the folder of mkdocs.yml;
    ``markdown`` are the extensions with their options that mkdocs.yml asks for, ``translation`` is the language
    of Material's words. ``foreign`` says that it names hooks or plugins besides ours, of which nobody knows what
    they look at. ``directory_urls`` says that an ordinary page is ``about/`` and not ``about.html``, ``allow`` are
    other hosts that pages may make a reader's browser ask. ``favicon`` is the theme's, relative to the content folder
    or to the theme; ``words`` are the publication's own for its segments by their ids, ``name`` and ``line``.
    ``files`` are mkdocs.yml and its parents, ``variables`` those of the environment that they ask, ``places`` those of
    extensions, plugins and hooks by their names, ``keys`` those of the keys of mkdocs.yml; ``lint`` are levels of
    findings.
    """

    masthead: Masthead
    docs_dir: str
    overrides: str
    time_zone: ZoneInfo
    schedule: Schedule
    mail: MailSettings
    delivery: DeliverySettings
    feed: FeedSettings
    service: ServiceSettings
    subscribe: SubscribeSettings | None
    comments: CommentSettings
    look: Look
    share: tuple[str, ...]
    list_size: int
    search_full_text: int
    cooldown_weeks: int
    attributes: tuple[Attribute, ...]
    segments: tuple[Segment, ...]
    markdown: Mapping[str, Mapping[str, Any]]
    foreign: bool = False
    directory_urls: bool = True
    allow: tuple[str, ...] = ()
    translation: str = "en"
    favicon: str = ""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: tuple[str, ...] = (CONFIG_FILE,)
    variables: tuple[str, ...] = ()
    places: Mapping[str, Where] = field(default_factory=dict)
    keys: Mapping[str, Where] = field(default_factory=dict)
    lint: Mapping[str, str] = field(default_factory=dict)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that a page may make a browser ask: the publication's own, and those on its list."""
        return (urlsplit(self.masthead.url).hostname or "", *self.allow)

    @property
    def leaving(self) -> Leaving:
        """The ways to unsubscribe that are set up."""
        return leaving_of(self.mail, self.service)

    @property
    def merge_fields(self) -> tuple[str, ...]:
        """Names that may stand in ``@@name or fallback@@``."""
        return (*READER_FIELDS, *(a.name for a in self.attributes))


def read_settings(root: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings | None, list[Problem]]:
    """Read mkdocs.yml in this folder; ``environ`` is the process's own where none is named, as MkDocs has it.

    A setting with a mistake is replaced by a stopgap, so that content can be read and all mistakes
    be shown in one run (C16); None only when the file is not UTF-8 or not YAML. Raises OSError when
    it cannot be read.
    """
    config, problems = read_config(root, os.environ if environ is None else environ)
    if config is None:
        return None, problems
    document = config.document
    site, found = _best_effort(_SiteTable, document, CONFIG_FILE, {"site_name": "?", "site_url": NOWHERE})
    problems += found
    entry = _entry(document)
    if entry is None:
        hint = "write it under plugins: with editor, postal_address, time_zone and mail"
        problems.append(
            Problem(document.key(("plugins",)), "TS005", "there is no 'tipsheet' entry with settings", hint)
        )
        entry = Document({}, {(): document.key(("plugins",))}, {})
        table = PluginTable.model_validate(_STOPGAP)
    else:
        table, found = _best_effort(PluginTable, entry, "the tipsheet entry", _STOPGAP)
        problems += found
    attributes, found = read_attributes(entry.within("attributes")) if _is_mapping(entry, "attributes") else ({}, [])
    problems += found
    segments, found = (
        read_segments(entry.within("segments"), attributes) if _is_mapping(entry, "segments") else ((), [])
    )
    levels, unset = read_levels(entry.within("lint")) if _is_mapping(entry, "lint") else ({}, [])
    problems += [*found, *unset, *_palette_problems(document), *_folder_problems(root, document, site.docs_dir)]
    problems += host_problems(document, {urlsplit(site.site_url).hostname or "", *table.allow})
    markdown, found = sound_extensions(document)
    problems += found
    theme, found = theme_of(document, root)
    problems += found
    mail, subscribe, found = _with_service(entry, table)
    problems += found
    masthead = Masthead(
        name=site.site_name,
        url=site.site_url.rstrip("/") + "/",
        tagline=table.tagline,
        promise=table.promise,
        description=site.site_description or table.tagline,
        language=theme.language,
        editor=table.editor.name,
        editor_email=table.editor.email,
        copyright=site.copyright,
        postal_address=table.postal_address,
        logo=table.logo,
        logo_dark=_dark_variant(root / site.docs_dir, table.logo),
    )
    return Settings(
        masthead=masthead,
        docs_dir=_relative(root, site.docs_dir) if _is_content(root, site.docs_dir) else "content",
        overrides=_overrides(document, root),
        time_zone=table.time_zone,
        schedule=table.schedule,
        mail=mail,
        delivery=table.delivery,
        feed=table.feed,
        service=_service(table),
        subscribe=_consenting(subscribe, leaving_of(mail, table.service)),
        comments=table.comments,
        look=fitted(derived(table.look, *_primaries(document.get("theme", "palette")))),
        share=table.share,
        list_size=table.list_size,
        search_full_text=table.search_full_text,
        cooldown_weeks=table.cooldown_weeks,
        attributes=tuple(attributes.values()),
        segments=segments,
        markdown=markdown,
        directory_urls=site.use_directory_urls,
        allow=table.allow,
        lint=levels,
        foreign=bool(document.get("hooks")) or not _plugins(document.get("plugins")) <= OUR_PLUGINS,
        translation=theme.translation,
        favicon=str(document.get("theme", "favicon") or ""),
        words=_segment_words(document.get("extra", "segments")),
        files=config.files,
        variables=tuple(sorted(document.variables)),
        places=config.places(),
        keys={str(path[0]): where for path, where in document.keys.items() if len(path) == 1},
    ), problems


def _relative(root: Path, folder: str) -> str:
    """The folder as seen from the publication, in the one form that paths below it begin with."""
    return posixpath.relpath(root.absolute() / folder, root.absolute()).replace("\\", "/")


def _is_content(root: Path, docs_dir: str) -> bool:
    """Whether everything in this folder may be published."""
    content, top = (root / docs_dir).resolve(), root.resolve()
    return content != top and content.is_relative_to(top) and not is_hidden(content.relative_to(top).as_posix())


def _folder_problems(root: Path, document: Document, docs_dir: str) -> Iterator[Problem]:
    """A content folder that would publish more than the content, and a site that would hold it (K4)."""
    if not _is_content(root, docs_dir):
        message, hint = f"the content folder cannot be '{docs_dir}': all of it is published", "docs_dir: content"
        yield Problem(document.place(("docs_dir",)), "TS028", message, hint)
    elif not (root / docs_dir).is_dir():
        message = f"there is no folder '{docs_dir}' with content"
        yield Problem(document.place(("docs_dir",)), NO_FOLDER, message, "make it, or name another")
    if isinstance(site := document.get("site_dir"), str):
        for sentence in islice(overlaps(root, {"site_dir": root / site}, {"docs_dir": root / docs_dir}), 1):
            yield Problem(document.place(("site_dir",)), "TS028", sentence.replace(f"{root}/", ""), "site_dir: site")


def _plugins(entries: Any) -> frozenset[str]:
    """The names of plugins, which stand in a list or a mapping."""
    if isinstance(entries, dict):
        return frozenset(map(str, entries))
    listed = entries if isinstance(entries, list) else ()
    return frozenset(str(next(iter(e), "")) if isinstance(e, dict) else str(e) for e in listed)


def _primaries(palette: Any) -> tuple[str, str]:
    """The theme's primary colours in light and dark; without a palette the look is tipsheet's own."""
    entries = [e for e in (palette if isinstance(palette, list) else [palette]) if isinstance(e, dict)]
    names = {e.get("scheme") == "slate": _named(e.get("primary", "")) for e in reversed(entries)}
    either = next(iter(names.values()), "")
    return names.get(False, either), names.get(True, either)


def _palette_problems(document: Document) -> Iterator[Problem]:
    """Names of colours that nobody knows; MkDocs would pass them on without a word."""
    palette: Any = document.get("theme", "palette")
    paths = (
        [("theme", "palette", n) for n in range(len(palette))] if isinstance(palette, list) else [("theme", "palette")]
    )
    for path in paths:
        name = document.get(*path, "primary")
        if name is not None and _named(name) not in (*PRIMARIES, "custom"):
            hint = did_you_mean(str(name), PRIMARIES) or "write 'custom' and set the colours under look:"
            message = f"'{name}' is none of the colours of mkdocs-material"
            yield Problem(document.place((*path, "primary")), "TS310", message, hint)


def _named(primary: Any) -> str:
    return str(primary).replace(" ", "-")


def _best_effort(table: type[T], document: Document, what: str, stopgap: Mapping[str, Any]) -> tuple[T, list[Problem]]:
    """Read a table; where it has mistakes, take the stopgap or the default for the keys concerned."""
    read, problems = read_table(table, document, what=what, code="TS006")
    if read is not None:
        return read, problems
    data = document.data if isinstance(document.data, dict) else {}
    sound = {key: value for key, value in data.items() if _reads(table, key, value, stopgap)}
    return table.model_validate({**stopgap, **sound}), problems


def _reads(table: type[Table], key: Any, value: Any, stopgap: Mapping[str, Any]) -> bool:
    try:
        table.model_validate({**stopgap, key: value})
    except ValidationError:
        return False
    return True


def _entry(document: Document) -> Document | None:
    """The settings of the plugin, which MkDocs lets stand in a list or in a mapping."""
    plugins: Any = document.get("plugins")
    if isinstance(plugins, dict) and isinstance(plugins.get("tipsheet"), dict):
        return document.within("plugins", "tipsheet")
    for index, plugin in enumerate(plugins if isinstance(plugins, list) else []):
        if isinstance(plugin, dict) and isinstance(plugin.get("tipsheet"), dict):
            return document.within("plugins", index, "tipsheet")
    return None


def _segment_words(given: Any) -> Mapping[str, Mapping[str, str]]:
    """``extra: segments:`` as texts; what is of another shape there is for other templates."""
    found = given.items() if isinstance(given, dict) else ()
    return {
        str(name): {key: str(words[key]) for key in ("name", "line") if words.get(key)}
        for name, words in found
        if isinstance(words, dict)
    }


def _overrides(document: Document, root: Path) -> str:
    folder = str(document.get("theme", "custom_dir") or "")
    return folder if (root / folder).is_dir() else ""


def _dark_variant(content: Path, logo: str) -> str:
    """The file beside the logo that is meant for dark mail, if there is one."""
    path = PurePosixPath(logo)
    dark = path.with_name(f"{path.stem}-dark{path.suffix}").as_posix() if path.name else ""
    return dark if dark and (content / dark).is_file() else ""


def _is_mapping(document: Document, key: str) -> bool:
    return isinstance(document.get(key), dict)


def _service(table: PluginTable) -> ServiceSettings:
    """The service; one without an address is where letters lead to unsubscribe, if that is as ours has it."""
    out = table.mail.unsubscribe_url or ""
    if table.service.url is None and out.endswith(LEAVE):
        return table.service.model_copy(update={"url": out.removesuffix(LEAVE)})
    return table.service


def _consenting(subscribe: SubscribeSettings | None, leaving: Leaving) -> SubscribeSettings | None:
    """The form; words of ours promise one click only where it is set up."""
    if subscribe is None or "consent" in subscribe.model_fields_set or leaving.one_click:
        return subscribe
    return subscribe.model_copy(update={"consent": "I want this letter by e-mail. I can leave at any time."})


def _with_service(entry: Document, table: PluginTable) -> tuple[MailSettings, SubscribeSettings | None, list[Problem]]:
    """Mail and subscribe form, with the addresses of a service that is set where they name none of their own."""
    service, mail, subscribe = table.service.url, table.mail, table.subscribe
    if service is None:
        if subscribe is None or subscribe.url is not None:
            return mail, subscribe, []
        hint = "set service: {url: https://…}, or subscribe: {url: https://…}"
        return mail, None, [Problem(entry.place(("subscribe",)), "TS006", "the form has no address to post to", hint)]
    addresses = {
        "unsubscribe_url": mail.unsubscribe_url or f"{service}{LEAVE}",
        "preferences_url": mail.preferences_url or f"{service}/preferences/@@{TOKEN}@@",
    }
    form = subscribe or SubscribeSettings()
    if form.url is None:
        form = form.model_copy(update={"url": f"{service}/subscribe"})
    return mail.model_copy(update=addresses), form, []
