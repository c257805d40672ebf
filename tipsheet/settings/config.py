"""mkdocs.yml and what it names: parents (``INHERIT``), the environment, extensions, the theme, folders.

MkDocs and Python-Markdown raise where something in here is wrong, in the middle of a build; here each is a
mistake with its place, told by every command that reads the settings.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from markdown import Markdown

from tipsheet.documents import Document, merged, read_yaml
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.settings.objects import loaded

__all__ = ["CONFIG_FILE", "NO_FOLDER", "Config", "Theme", "read_config", "sound_extensions", "theme_of", "translations"]

CONFIG_FILE = "mkdocs.yml"
INHERIT = "INHERIT"
THEME = "material"
ENGLISH = "en"
NO_FOLDER = "TS039"
"""Code of a folder that is named and not there."""


@dataclass(frozen=True, slots=True)
class Config:
    """mkdocs.yml laid over its parents; ``files`` are all of them, relative to the publication, itself first."""

    document: Document
    files: tuple[str, ...]

    def places(self) -> Mapping[str, Where]:
        """Places of extensions, plugins and hooks by their names."""
        found: dict[str, Where] = {}
        for key in ("markdown_extensions", "plugins", "hooks"):
            found |= {name: place for name, _, place in _entries(self.document, key)}
        return found


def read_config(root: Path, environ: Mapping[str, str]) -> tuple[Config | None, list[Problem]]:
    """Read mkdocs.yml in this folder and its parents; None when one of them cannot be read. Raises OSError.

    Variables of ``environ`` count where ``!ENV`` names them.
    """
    document, problems = read_yaml(root / CONFIG_FILE, CONFIG_FILE, environ)
    files = [CONFIG_FILE]
    while document is not None and document.get(INHERIT) is not None:
        where, parent = document.place((INHERIT,)), document.get(INHERIT)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(where.path), str(parent)))
        message = ""
        if not isinstance(parent, str):
            message = f"'{INHERIT}' names a file, not {parent!r}"
        elif path in files:
            message = f"'{path}' inherits from itself"
        elif not (root / path).is_file():
            message = f"there is no file '{path}' to inherit from"
        if message:
            return None, [*problems, Problem(where, "TS034", message, "name another file of settings, or delete it")]
        base, found = read_yaml(root / path, path, environ)
        problems += found
        files.append(path)
        document = merged(base, _without(document, INHERIT)) if base else None
    return (Config(document, tuple(files)), problems) if document else (None, problems)


def _without(document: Document, key: str) -> Document:
    data = {name: value for name, value in document.data.items() if name != key}
    values = {path: where for path, where in document.values.items() if path[:1] != (key,)}
    return Document(data, values, document.keys, document.variables)


def _entries(document: Document, key: str) -> Iterator[tuple[str, Any, Where]]:
    """Names, options and places of what stands in a list or a mapping, as MkDocs lets it."""
    entries = document.get(key)
    if isinstance(entries, dict):
        yield from ((str(name), options, document.key((key, name))) for name, options in entries.items())
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name, options = next(iter(entry.items()), ("", None)) if isinstance(entry, dict) else (entry, None)
        yield str(name), options, document.place((key, index))


def sound_extensions(document: Document) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """The Markdown extensions for bodies with their options, and mistakes in the others."""
    sound: dict[str, Mapping[str, Any]] = {}
    problems = []
    for name, options, where in _entries(document, "markdown_extensions"):
        values = options if isinstance(options, dict) else {}
        if name == "tipsheet.blocks":
            continue
        if message := _unsound(name, values):
            hint = "install it, or correct its name" if "cannot be found" in message else "correct its options"
            problems.append(Problem(where, "TS035", message, hint))
        else:
            sound[name] = values
    return sound, problems


def _unsound(name: str, options: Mapping[str, Any]) -> str:
    """Why this extension cannot be used, or nothing."""
    try:
        Markdown(extensions=[name], extension_configs={name: loaded(options)})
    except ModuleNotFoundError as error:
        return f"the Markdown extension '{name}' cannot be found: {_sentence(error)}"
    except Exception as error:  # noqa: BLE001 - an extension may raise anything for its options
        return f"the Markdown extension '{name}' does not take these options: {_sentence(error)}"
    return ""


def _sentence(error: BaseException) -> str:
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return " ".join(str(text).split()) or type(error).__name__


@dataclass(frozen=True, slots=True)
class Theme:
    """The language of the publication, and the nearest one into which Material's words are translated."""

    language: str = ENGLISH
    translation: str = ENGLISH


@cache
def translations() -> frozenset[str]:
    """The languages into which Material's own words are translated."""
    spec = find_spec(THEME)
    folders = (
        [Path(place, "templates", "partials", "languages") for place in spec.submodule_search_locations or ()]
        if spec
        else []
    )
    return frozenset(file.stem for folder in folders for file in folder.glob("*.html"))


def theme_of(document: Document, root: Path) -> tuple[Theme, list[Problem]]:
    """The theme's language, and what is wrong with the theme and its folder."""
    theme = document.get("theme")
    name = theme.get("name") if isinstance(theme, dict) else theme
    problems = []
    if name != THEME:
        where = document.key(("theme", "name") if isinstance(theme, dict) and "name" in theme else ("theme",))
        message = f"the theme is '{name}', and pages are made in Material for MkDocs" if name else "there is no theme"
        problems.append(Problem(where, "TS036", message, "write theme: {name: material}"))
    folder = document.get("theme", "custom_dir")
    if folder is not None and not (isinstance(folder, str) and (root / folder).is_dir()):
        where = document.place(("theme", "custom_dir"))
        problems.append(Problem(where, NO_FOLDER, f"there is no folder '{folder}'", "make it, or delete the line"))
    language = document.get("theme", "language")
    if language is None:
        return Theme(), problems
    chosen, found = _language(language, document.place(("theme", "language")))
    return chosen, [*problems, *found]


def _language(given: object, where: Where) -> tuple[Theme, list[Problem]]:
    known = translations()
    language = given.replace("_", "-") if isinstance(given, str) else ""
    same = {name.lower(): name for name in known}
    primary = language.lower().partition("-")[0]
    nearest = same.get(language.lower()) or same.get(primary)
    if nearest is None:
        hint = did_you_mean(language, known) or f"one of {', '.join(sorted(known))}"
        return Theme(), [Problem(where, "TS037", f"Material has no words in the language '{given}'", hint)]
    if primary != ENGLISH:
        message = f"dates and menus are in '{language}', and the words of tipsheet itself in English"
        hint = "templates of your own in the folder of custom_dir can say them otherwise"
        return Theme(language, nearest), [Problem(where, "TS038", message, hint)]
    return Theme(language, nearest), []
