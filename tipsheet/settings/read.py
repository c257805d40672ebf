"""Reading mkdocs.yml into one frozen value, `Settings`, with every mistake as a problem."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from tipsheet.documents import Document
from tipsheet.explanations import EXPLANATIONS
from tipsheet.fields import OneLine, T, Table, WebAddress, read_table
from tipsheet.model.publication import Masthead
from tipsheet.model.segment import Attribute, Segment
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.settings.config import (
    CONFIG_FILE,
    host_problems,
    read_config,
    sound_extensions,
    theme_of,
)
from tipsheet.settings.delivery import DeliverySettings, ReviewSettings
from tipsheet.settings.files import dark_variant, folder_problems, font_of, is_content, overrides_of, relative
from tipsheet.settings.languages import OtherLanguage, others_of, segments_of
from tipsheet.settings.leaving import Leaving, leaving_of, with_service
from tipsheet.settings.look import PRIMARIES, Look, Schemes, derived, fitted, schemes_of
from tipsheet.settings.rules import READER_FIELDS, read_attributes, read_segments
from tipsheet.settings.tables import (
    CommentSettings,
    FeedSettings,
    MailSettings,
    PluginTable,
    Schedule,
    ServiceSettings,
    SharePictureSettings,
    SubscribeSettings,
)
from tipsheet.settings.words import own_words
from tipsheet.words import Own, words_of

__all__ = ["Settings", "read_settings"]

NOWHERE = "https://example.invalid/"
_STOPGAP: Mapping[str, Any] = {
    "editor": {"name": "?", "email": "editor@example.invalid"},
    "postal_address": "?",
    "time_zone": "UTC",
}
"""Values for settings that are required, where they are missing or wrong."""
OUR_PLUGINS = frozenset({"search", "material/search", "tipsheet"})
LEVELS = ("off", "warning", "error")
AS_WRITTEN = (
    "time_zone", "schedule", "delivery", "review", "feed", "comments", "share", "share_pictures", "list_size",
    "search_full_text",
    "cooldown_weeks", "word_budget", "allow",
)  # fmt: skip
"""Fields of `Settings` that are taken from the table of the same name as they are."""

V = TypeVar("V")


class _SiteTable(Table):
    """MkDocs' own settings that tipsheet reads; MkDocs checks the others."""

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

    ``docs_dir`` and ``overrides`` (empty for none) are relative to the folder of mkdocs.yml; ``favicon`` is relative
    to the content folder or the theme. ``markdown`` holds the extensions that mkdocs.yml names with their options,
    ``translation`` is the language of Material's words; ``languages`` are all of the publication, the first one first,
    and ``others`` what is said of each but that. ``foreign``: there are hooks or plugins besides ours, which
    may read anything. ``directory_urls``: an ordinary page is ``about/`` and not ``about.html``. ``allow`` are other
    hosts that pages may make a reader's browser ask. ``words`` are ``name``, ``line``, ``join`` of segments by ids, in
    the publication's own words. ``files`` are mkdocs.yml, its parents, files of words and a font, ``variables`` the
    names of the environment that they ask for. ``places`` are the places of extensions, plugins and hooks by name,
    ``keys`` those of the keys of mkdocs.yml; ``lint`` has levels of findings by code.
    """

    masthead: Masthead
    docs_dir: str
    overrides: str
    time_zone: ZoneInfo
    schedule: Schedule
    mail: MailSettings
    delivery: DeliverySettings
    review: ReviewSettings
    feed: FeedSettings
    service: ServiceSettings
    subscribe: SubscribeSettings | None
    comments: CommentSettings
    look: Look
    share: tuple[str, ...]
    share_pictures: SharePictureSettings
    list_size: int
    search_full_text: int
    cooldown_weeks: int
    word_budget: int | None
    attributes: tuple[Attribute, ...]
    segments: tuple[Segment, ...]
    markdown: Mapping[str, Mapping[str, Any]]
    foreign: bool = False
    directory_urls: bool = True
    allow: tuple[str, ...] = ()
    translation: str = "en"
    languages: tuple[str, ...] = ()
    others: Mapping[str, OtherLanguage] = field(default_factory=dict)
    favicon: str = ""
    schemes: Schemes = field(default_factory=Schemes)
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
        return leaving_of(self.mail, self.service, words_of(self.masthead.language, "settings", self.masthead.words))

    @property
    def first_language(self) -> str:
        """The language of what is no translation."""
        return self.languages[0] if self.languages else self.masthead.language

    @property
    def other_language(self) -> str:
        """The language that these settings were made for (`in_language`); empty for the first one."""
        return self.masthead.language if self.masthead.folder else ""

    def in_language(self, language: str) -> "Settings":
        """The settings as pages and letters in this language have them; the first language has them as they are."""
        other = self.others.get(language)
        if other is None:
            return self
        return replace(
            self,
            masthead=other.masthead(self.masthead),
            segments=other.titled(self.segments),
            words=other.without_own(self.words),
            subscribe=other.form(self.subscribe, self.leaving, self.masthead),
            translation=other.translation,
        )

    def overrides_in(self, root: Path) -> Path | None:
        """The folder of the publication's own templates; ``root`` is that of the publication."""
        return root / self.overrides if self.overrides else None

    @property
    def merge_fields(self) -> tuple[str, ...]:
        """Names that may stand in ``@@name or fallback@@``."""
        return (*READER_FIELDS, *(a.name for a in self.attributes))


def read_settings(root: Path, environ: Mapping[str, str] | None = None) -> tuple[Settings | None, list[Problem]]:
    """Read mkdocs.yml in this folder; ``environ`` defaults to the process's own, as in MkDocs.

    A setting with a mistake is replaced by a stopgap or its default, so that content can be read and all mistakes are
    shown in one run (C16); None only when the file is not UTF-8 or not YAML. Raises OSError when it cannot be read.
    """
    config, problems = read_config(root, os.environ if environ is None else environ)
    if config is None:
        return None, problems
    reading = _Reading(problems)
    document = config.document
    site = reading.of(_best_effort(_SiteTable, document, CONFIG_FILE, {"site_name": "?", "site_url": NOWHERE}))
    entry, table = _our_entry(document, reading)
    attributes = reading.of(read_attributes(_mapping(entry, "attributes")))
    segments = reading.of(read_segments(_mapping(entry, "segments"), attributes))
    lint = reading.of(_levels(_mapping(entry, "lint")))
    reading.problems += [*_palette_problems(document), *folder_problems(root, document, site.docs_dir)]
    reading.problems += host_problems(document, {urlsplit(site.site_url).hostname or "", *table.allow})
    theme = reading.of(theme_of(document, root))
    others = reading.of(others_of(entry, table.languages, theme.language))
    chosen = {theme.language: document.place(("theme", "language"))} | {name: one.where for name, one in others.items()}
    own = reading.of(own_words(root, _mapping(entry, "words"), chosen))
    addresses = reading.of(with_service(table, entry.place(("subscribe",)), own.of(theme.language, "settings")))
    return Settings(
        masthead=_masthead(root, site, table, theme.language, own.words),
        docs_dir=relative(root, site.docs_dir) if is_content(root, site.docs_dir) else "content",
        overrides=overrides_of(document, root),
        mail=addresses.mail,
        service=addresses.service,
        subscribe=addresses.subscribe,
        look=fitted(derived(table.look, *_primaries(document.get("theme", "palette")))),
        attributes=tuple(attributes.values()),
        segments=(*segments, *segments_of(theme.language, others)),
        markdown=reading.of(sound_extensions(document)),
        directory_urls=site.use_directory_urls,
        lint=lint,
        foreign=bool(document.get("hooks")) or not _plugins(document.get("plugins")) <= OUR_PLUGINS,
        translation=theme.translation,
        languages=(theme.language, *others),
        others=others,
        favicon=str(document.get("theme", "favicon") or ""),
        schemes=schemes_of(document.get("theme", "palette")),
        words=_segment_words(document.get("extra", "segments")),
        files=(*config.files, *own.files, *reading.of(font_of(root, entry, table))),
        variables=tuple(sorted(document.variables)),
        places=config.places(),
        keys={str(path[0]): where for path, where in document.keys.items() if len(path) == 1},
        **{name: getattr(table, name) for name in AS_WRITTEN},
    ), problems


class _Reading:
    """The problems found so far."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def of(self, found: tuple[V, list[Problem]]) -> V:
        """Keep the problems of a reading and return what was read."""
        self.problems += found[1]
        return found[0]


def _our_entry(document: Document, reading: _Reading) -> tuple[Document, PluginTable]:
    """The ``tipsheet`` entry under ``plugins:`` and its table; a stopgap where there is none."""
    entry = _entry(document)
    if entry is not None:
        return entry, reading.of(_best_effort(PluginTable, entry, "the tipsheet entry", _STOPGAP))
    here = document.key(("plugins",))
    needed = [name for name, one in PluginTable.model_fields.items() if one.is_required()]
    hint = f"write it under plugins: with {', '.join(needed)}"
    reading.problems.append(Problem(here, "TS005", "there is no 'tipsheet' entry with settings", hint))
    return Document({}, {(): here}, {}), PluginTable.model_validate(_STOPGAP)


def _masthead(root: Path, site: _SiteTable, table: PluginTable, language: str, words: Own) -> Masthead:
    return Masthead(
        name=site.site_name,
        url=site.site_url.rstrip("/") + "/",
        tagline=table.tagline,
        promise=table.promise,
        description=site.site_description or table.tagline,
        language=language,
        editor=table.editor.name,
        editor_email=table.editor.email,
        copyright=site.copyright,
        postal_address=table.postal_address,
        logo=table.logo,
        logo_dark=dark_variant(root / site.docs_dir, table.logo),
        words=words,
    )


def _mapping(entry: Document, key: str) -> Document:
    """The part of the entry under ``key``; an empty one where there is no mapping, which its table reports."""
    return entry.within(key) if isinstance(entry.get(key), dict) else Document({}, {}, {})


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
    """Problems of unknown names of colours, which MkDocs would pass on in silence."""
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
    """The settings of the plugin, which MkDocs allows in a list or a mapping."""
    plugins: Any = document.get("plugins")
    if isinstance(plugins, dict) and isinstance(plugins.get("tipsheet"), dict):
        return document.within("plugins", "tipsheet")
    for index, plugin in enumerate(plugins if isinstance(plugins, list) else []):
        if isinstance(plugin, dict) and isinstance(plugin.get("tipsheet"), dict):
            return document.within("plugins", index, "tipsheet")
    return None


def _segment_words(given: Any) -> Mapping[str, Mapping[str, str]]:
    """``extra: segments:`` as texts; entries of another shape belong to templates of the editor's."""
    found = given.items() if isinstance(given, dict) else ()
    return {
        str(name): {key: str(words[key]) for key in ("name", "line", "join") if words.get(key)}
        for name, words in found
        if isinstance(words, dict)
    }


def _levels(document: Document) -> tuple[Mapping[str, str], list[Problem]]:
    """Read the ``lint`` mapping: levels of findings by code, and what in it cannot be set (`TS311`, `TS312`)."""
    levels: dict[str, str] = {}
    problems: list[Problem] = []
    for name, value in (document.data or {}).items():
        code, level = str(name).upper(), str(value).lower()
        entry = EXPLANATIONS.get(code)
        if entry is None:
            hint = did_you_mean(code, EXPLANATIONS) or "tipsheet explain lists all codes"
            problems.append(Problem(document.key((name,)), "TS311", f"there is no code '{name}'", hint))
        elif level not in LEVELS:
            hint = did_you_mean(level, LEVELS)
            problems.append(Problem(document.place((name,)), "TS311", f"'{value}' is not a level", hint))
        elif level not in entry.levels:
            message = f"{code} is always an error: {entry.title[:1].lower()}{entry.title[1:]}"
            hint = "something wrong would be published"
            problems.append(Problem(document.place((name,)), "TS312", message, hint))
        else:
            levels[code] = level
    return levels, problems
