"""YAML whose every key and value knows its line and column (PyYAML's `compose` marks).

The dialect is YAML 1.2's core schema: ``no`` is a word, ``07:00`` and ``2026-11-24`` are texts.
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tipsheet.problems import Problem, Where

__all__ = ["PYTHON_OBJECT", "Document", "KeyPath", "PythonObject", "decoded", "parse_yaml", "read_yaml"]

OPEN_QUOTE = re.compile(r"""(?:^|[:\[{,-])\s*("[^"]*|'[^']*)$""")
"""A value that begins with a quotation mark and does not end on its line."""
PYTHON_OBJECT = "!!python"
"""Stands for a value that names a Python object, which is not loaded."""


class PythonObject(str):  # noqa: SLOT000 - it bears what it names
    """The name of an object of Python, equal to `PYTHON_OBJECT`; ``tag`` is what follows ``!!python/``."""

    tag: str
    arguments: Any

    @classmethod
    def named(cls, tag: str, arguments: Any) -> "PythonObject":
        """The object of this tag, made of plain values."""
        made = cls(PYTHON_OBJECT)
        made.tag, made.arguments = tag, arguments
        return made


KeyPath = tuple[str | int, ...]
"""Keys and indexes from the top of a document down to a value."""


class _CoreLoader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2 (10.3.2); foreign tags such as ``!ENV`` give plain values.

    Its words for mistakes are those that people are shown.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML reads the class


for _tag, _pattern, _first in (
    ("null", r"(?:~|null|Null|NULL|)\Z", ["~", "n", "N", ""]),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", list("tTfF")),
    ("int", r"[-+]?[0-9]+\Z", list("-+0123456789")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z", list("-+.0123456789")),
):
    _CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # scalars are all that is left


_CoreLoader.add_multi_constructor("!", _plain)
_CoreLoader.add_multi_constructor(
    "tag:yaml.org,2002:python/", lambda loader, tag, node: PythonObject.named(tag, _plain(loader, "", node))
)


def _loaders() -> tuple[type[_CoreLoader], ...]:
    """Who reads a document, the next one where the first finds fault: libyaml takes a fifth of the time."""
    if not yaml.__with_libyaml__:
        return (_CoreLoader,)
    from yaml.cyaml import CParser  # type: ignore[attr-defined] # noqa: PLC0415 - not everywhere

    class _FastLoader(CParser, _CoreLoader):
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            yaml.constructor.SafeConstructor.__init__(self)
            yaml.resolver.Resolver.__init__(self)

    return _FastLoader, _CoreLoader


_LOADERS = _loaders()


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML document: ``data`` as plain Python values, and where each of them stands."""

    data: Any
    values: Mapping[KeyPath, Where]
    keys: Mapping[KeyPath, Where]

    def place(self, path: KeyPath) -> Where:
        """Where the value at this path stands, or the nearest thing above it that exists."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: KeyPath) -> Where:
        """Where the key at the end of this path stands."""
        return self.keys.get(path) or self.place(path)

    def get(self, *path: str | int) -> Any:
        """The value at this path, or None."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def within(self, *path: str | int) -> "Document":
        """The part of the document below this path, as a document of its own."""
        size = len(path)

        def below(marks: Mapping[KeyPath, Where]) -> dict[KeyPath, Where]:
            return {key[size:]: where for key, where in marks.items() if key[:size] == path}

        return Document(self.get(*path), {(): self.place(path)} | below(self.values), below(self.keys))


def parse_yaml(text: str, path: str, first_line: int = 1) -> tuple[Document | None, list[Problem]]:
    """Read one YAML document that begins on this line of the file.

    A syntax error gives no document and one problem (``TS002``); a key that is given twice gives
    ``TS003`` and the later value counts, as YAML parsers have it.
    """
    node, data, mistake = _composed(text, path, first_line)
    if mistake:
        return None, [mistake]
    values: dict[KeyPath, Where] = {(): Where(path, first_line)}
    keys: dict[KeyPath, Where] = {}
    problems: list[Problem] = []

    def walk(node: yaml.Node, at: KeyPath) -> None:
        values[at] = Where(path, first_line + node.start_mark.line, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                step = (*at, key.value)
                where = Where(path, first_line + key.start_mark.line, key.start_mark.column + 1)
                if step in keys:
                    problems.append(Problem(where, "TS003", f"'{key.value}' is given twice", "keep one of the two"))
                keys[step] = where
                walk(value, step)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                walk(value, (*at, index))

    if node is not None:
        walk(node, ())
    return Document(data, values, keys), problems


def read_yaml(file: Path, path: str) -> tuple[Document | None, list[Problem]]:
    """Read a YAML file; one that is not UTF-8 gives no document and ``TS001``. Raises OSError."""
    text, mistake = decoded(file.read_bytes(), path)
    return parse_yaml(text, path) if mistake is None else (None, [mistake])


def decoded(data: bytes, path: str) -> tuple[str, Problem | None]:
    """The text of a file in UTF-8, or nothing and the place of the first byte that is none (``TS001``)."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(), None
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        where = Where(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return "", Problem(where, "TS001", f"this is not UTF-8 (byte {error.start})", "save the file as UTF-8")


def _composed(text: str, path: str, first_line: int) -> tuple[yaml.Node | None, Any, Problem | None]:
    """The document as nodes with their places and as plain values, or what is wrong with it."""
    for kind in _LOADERS:
        try:
            return *_composed_by(kind, text), None
        except yaml.MarkedYAMLError as error:
            mistake = _syntax_problem(error, text, path, first_line)
        except (yaml.YAMLError, UnicodeError) as error:  # characters that YAML forbids
            mistake = Problem(Where(path, first_line), "TS002", f"this is not YAML: {error}".splitlines()[0])
    return None, None, mistake


def _composed_by(kind: type[_CoreLoader], text: str) -> tuple[yaml.Node | None, Any]:
    loader = kind(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, None
        _refuse_loops(node, ())
        return node, loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_loops(node: yaml.Node, above: tuple[yaml.Node, ...]) -> None:
    """A value that holds itself by an alias is no value of ours: no walk would come out of it."""
    if any(node is outer for outer in above):
        raise yaml.MarkedYAMLError(problem="an alias stands inside its own value", problem_mark=node.start_mark)
    if isinstance(node, yaml.CollectionNode):
        for part in node.value:
            for inner in part if isinstance(part, tuple) else (part,):
                _refuse_loops(inner, (*above, node))


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, path: str, first_line: int) -> Problem:
    """Where it went wrong, which for a quotation mark is where it opens and not where the parser gave up."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    for number, content in enumerate(text.split("\n")[: line + 1]):
        if opening := OPEN_QUOTE.search(content):
            where = Where(path, first_line + number, opening.start(1) + 1)
            return Problem(where, "TS002", "this quotation mark is never closed", "close it at the end of the value")
    words = ", ".join(w for w in (error.context, error.problem) if w)
    return Problem(Where(path, first_line + line, column + 1), "TS002", f"this is not YAML: {words}", _remedy(words))


def _remedy(words: str) -> str:
    """What usually lies behind a parser's words."""
    if "mapping values are not allowed" in words:
        return "put quotes around a value that holds a colon"
    if "cannot start any token" in words:
        return "put quotes around a value that starts with @, ` or %"
    if "flow" in words:
        return "a bracket or brace is not closed"
    return ""
