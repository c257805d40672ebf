"""The parts of mkdocs.yml that MkDocs reads: parents (``INHERIT``), extensions, theme, folders, other hosts.

MkDocs and Python-Markdown raise in the middle of a build where something in here is wrong. Here each is a problem with
its place, reported by every command that reads the settings.
"""

import json
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from markdown import Markdown

from tipsheet.documents import Document, KeyPath, merged, read_yaml
from tipsheet.model.addresses import host_of
from tipsheet.problems import Problem, Where, did_you_mean
from tipsheet.scalars import PythonObject
from tipsheet.words import ENGLISH

__all__ = [
    "CONFIG_FILE", "FONT_HOST", "NO_FOLDER", "Config", "Theme", "host_problems", "language_of", "loaded",
    "read_config", "sound_extensions", "theme_of", "translations",
]  # fmt: skip

CONFIG_FILE = "mkdocs.yml"
INHERIT = "INHERIT"
THEME = "material"
NO_FOLDER = "TS039"
"""Code of the problem that a folder is named and not there."""
FONT_HOST = "fonts.googleapis.com"
"""Host of the fonts that ``theme: font:`` names; without that setting we switch Material's fonts off."""
ANALYTICS = {"google": "www.googletagmanager.com"}
"""Host of the script that Material loads for each of its providers of analytics."""


@dataclass(frozen=True, slots=True)
class Config:
    """mkdocs.yml merged with its parents; ``files`` are all of them, itself first, relative to the publication."""

    document: Document
    files: tuple[str, ...]

    def places(self) -> Mapping[str, Where]:
        """Places of extensions, plugins and hooks by their names."""
        found: dict[str, Where] = {}
        for key in ("markdown_extensions", "plugins", "hooks"):
            found |= {name: place for name, _, place in _entries(self.document, key)}
        return found


def read_config(root: Path, environ: Mapping[str, str]) -> tuple[Config | None, list[Problem]]:
    """Read mkdocs.yml in this folder and its parents; None when one of them is not YAML. Raises OSError.

    ``!ENV`` takes its variables from ``environ``.
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
    """Names, options and places of the entries under ``key``, a list or a mapping as MkDocs allows."""
    entries = document.get(key)
    if isinstance(entries, dict):
        yield from ((str(name), options, document.key((key, name))) for name, options in entries.items())
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name, options = next(iter(entry.items()), ("", None)) if isinstance(entry, dict) else (entry, None)
        yield str(name), options, document.place((key, index))


def sound_extensions(document: Document) -> tuple[dict[str, Mapping[str, Any]], list[Problem]]:
    """The Markdown extensions that can be used, with their options, and the problems of the others."""
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
    """The reason why this extension cannot be used; empty where it can."""
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
    places = (spec and spec.submodule_search_locations) or ()
    folders = (Path(place, "templates", "partials", "languages") for place in places)
    return frozenset(file.stem for folder in folders for file in folder.glob("*.html"))


def theme_of(document: Document, root: Path) -> tuple[Theme, list[Problem]]:
    """The theme's language, and problems of the theme and its folder."""
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
    chosen, found = language_of(language, document.place(("theme", "language")))
    return chosen, [*problems, *found]


def language_of(given: object, where: Where) -> tuple[Theme, list[Problem]]:
    """The language that is named at this place, and what is wrong with it; English where Material has no words."""
    known = translations()
    language = given.replace("_", "-") if isinstance(given, str) else ""
    same = {name.lower(): name for name in known}
    primary = language.lower().partition("-")[0]
    nearest = same.get(language.lower()) or same.get(primary)
    if nearest is None:
        near, all_known = did_you_mean(language, known), f"one of {', '.join(sorted(known))}"
        hint = f"{near} It is {all_known}" if near else all_known
        return Theme(), [Problem(where, "TS037", f"Material has no words in the language '{given}'", hint)]
    return Theme(language, nearest), []


def loaded(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a Markdown extension with the Python objects that ``!!python/name:…`` names in them (C18).

    A document holds their names. They are imported here alone, when the extension is made: mkdocs.yml is a program of
    the publication, which MkDocs runs as well. Raises yaml.YAMLError for what cannot be found or called.
    """
    return {name: _loaded(value) if _names(value) else value for name, value in options.items()}


def _names(value: object) -> bool:
    """Tell if a Python object is named anywhere in it."""
    match value:
        case PythonObject():
            return True
        case dict():
            return any(map(_names, value.values()))
        case list():
            return any(map(_names, value))
    return False


def _loaded(value: object) -> Any:
    return yaml.load(_written(value), Loader=yaml.UnsafeLoader)  # noqa: S506 - as MkDocs reads mkdocs.yml


def _written(value: object) -> str:
    """The value in YAML's flow style, which is JSON for everything without a tag."""
    match value:
        case PythonObject():
            return f"!!python/{value.tag} {_written(value.arguments)}"
        case dict():
            return f"{{{', '.join(f'{json.dumps(key)}: {_written(part)}' for key, part in value.items())}}}"
        case list():
            return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value)


def host_problems(document: Document, allow: Collection[str]) -> Iterator[Problem]:
    """A problem for each setting that makes every page ask another host, unless that is allowed (K7)."""
    for path, what, host in _hosts(document):
        if host.lower() not in allow:
            message = f"{what} makes every reader's browser ask another host, {host}"
            yield Problem(document.place(path), "TS150", message, "take it out, or name the host under allow:")


def _hosts(document: Document) -> Iterator[tuple[KeyPath, str, str]]:
    """Settings that load something from another host: their key, words for it, and the host."""
    for key in ("extra_javascript", "extra_css"):
        entries: Any = document.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            address = entry.get("path") if isinstance(entry, dict) else entry
            host = host_of(str(address))
            if host is not None:
                yield (key, index), key, host
    for name in ("logo", "favicon"):
        host = host_of(str(document.get("theme", name) or ""))
        if host is not None:
            yield ("theme", name), f"theme: {name}", host
    if document.get("theme", "font"):
        yield ("theme", "font"), "theme: font", FONT_HOST
    provider = document.get("extra", "analytics", "provider")
    if provider is not None:
        yield ("extra", "analytics"), "analytics", ANALYTICS.get(str(provider), str(provider))
