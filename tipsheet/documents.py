"""YAML documents: parsed once and within limits, with a place for every key and value.

The dialect is YAML 1.2's core schema: ``no`` is a word, ``07:00`` and ``2026-11-24`` are texts. A number in an unusual
form (``1.10``, ``0042``) keeps that form (`written`), so that a title or a tag is the text that somebody wrote. No tag
can construct an object.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where
from tipsheet.scalars import CutShort, PythonObject, resolved

__all__ = [
    "FORBIDDEN",
    "Document",
    "KeyPath",
    "as_yaml_1_1",
    "merged",
    "parse_yaml",
    "read_text",
    "read_yaml",
    "text_in",
]

OPEN_QUOTE = re.compile(r"""(?:^|[:\[{,-])\s*("[^"]*|'[^']*)$""")
"""A value that begins with a quotation mark and does not end on its line."""
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that cannot stand in a page or a feed (XML 1.0, 2.2)."""

CORE = "tag:yaml.org,2002:"
COMMENT = re.compile(r"[ \t]+(#.*)")


KeyPath = tuple[str | int, ...]
"""Keys and indexes from the top of a document down to a value."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML document: ``data`` as plain Python values, and where each of them stands."""

    data: Any
    values: Mapping[KeyPath, Where]
    keys: Mapping[KeyPath, Where]
    variables: frozenset[str] = frozenset()
    """Names of the environment that its values were asked from (``!ENV``)."""

    def place(self, path: KeyPath) -> Where:
        """The place of the value at this path, or of the nearest one above it that exists."""
        while path not in self.values:
            path = path[:-1]
        return self.values[path]

    def key(self, path: KeyPath) -> Where:
        """The place of the key at the end of this path."""
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


def merged(base: Document, over: Document) -> Document:
    """The document with mappings of ``base`` below it, as MkDocs lays a file over its parent (``INHERIT``)."""
    values, keys = {**base.values, **over.values}, {**base.keys, **over.keys}

    def laid(below: Any, above: Any, at: KeyPath) -> Any:
        if isinstance(below, dict) and isinstance(above, dict):
            both = {key: laid(below[key], above[key], (*at, key)) for key in below.keys() & above.keys()}
            return {**below, **above, **both}
        for marks, own in ((values, over.values), (keys, over.keys)):
            for path in [p for p in marks if len(p) > len(at) and p[: len(at)] == at and p not in own]:
                del marks[path]
        return above

    data = laid(base.data, over.data, ()) if isinstance(base.data, dict) else over.data
    return Document(data, values, keys, base.variables | over.variables)


def parse_yaml(
    text: str, path: str, first_line: int = 1, environ: Mapping[str, str] | None = None
) -> tuple[Document | None, list[Problem]]:
    """Read one YAML document that begins on this line of the file.

    A syntax error, or something beyond a limit, gives no document and one problem; a key that is given twice
    gives ``TS003`` and the later value counts, as YAML parsers have it. ``environ`` is for files of settings:
    ``!ENV`` asks it, and a value may name a Python object (`PYTHON_OBJECT`).
    """
    for kind in _PARSERS:
        composer = _Composer(text, path, first_line, environ)
        try:
            return composer.document(kind(text)), composer.problems
        except _Mistake as error:
            return None, [error.problem]
        except yaml.MarkedYAMLError as error:
            mistake = _syntax_problem(error, text, path, first_line)
        except yaml.reader.ReaderError as error:  # characters that YAML forbids
            before = text[: error.position]
            where = Where(path, first_line + before.count("\n"), len(before) - before.rfind("\n"))
            mistake = Problem(where, "TS002", f"this is not YAML: {error}".splitlines()[0])
        except (yaml.YAMLError, UnicodeError) as error:
            mistake = Problem(Where(path, first_line), "TS002", f"this is not YAML: {error}".splitlines()[0])
    return None, [mistake]


def read_text(file: Path, path: str, limit: str = "file") -> tuple[str | None, list[Problem]]:
    """The text of a file, lines ended by line feeds; None with a problem for one that no page can be made of.

    Raises OSError when it cannot be read.
    """
    with file.open("rb") as stream:
        return text_in(stream.read(LIMITS[limit].value + 1), path, limit)


def text_in(data: bytes, path: str, limit: str = "file") -> tuple[str | None, list[Problem]]:
    """The text in the bytes of a file; see `read_text`."""
    largest = LIMITS[limit]
    if len(data) > largest.value:
        return None, [Problem(Where(path), "TS031", largest.message, largest.remedy)]
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        where = Where(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return None, [Problem(where, "TS001", f"this is not UTF-8 (byte {error.start})", "save the file as UTF-8")]
    if bad := FORBIDDEN.search(text):
        before = text[: bad.start()]
        where = Where(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the character U+{ord(bad[0]):04X} cannot stand in a page, a feed or a mail"
        return None, [Problem(where, "TS033", message, "delete it")]
    return text, []


def as_yaml_1_1(text: str) -> Any:
    """The values of a text that `parse_yaml` has read, in the older dialect. Raises what PyYAML raises."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - it is a safe loader


def read_yaml(file: Path, path: str, environ: Mapping[str, str] | None = None) -> tuple[Document | None, list[Problem]]:
    """Read a YAML file within the limits of settings; see `parse_yaml`. Raises OSError."""
    text, problems = read_text(file, path, "settings")
    return (None, problems) if text is None else parse_yaml(text, path, environ=environ)


class _Mistake(Exception):  # noqa: N818 - ends the reading of one document, and is caught here
    """A mistake in a document that a YAML parser would accept."""

    def __init__(self, where: Where, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(where, code, message, hint)


@dataclass(frozen=True, slots=True)
class _Node:
    """A value, its place, its parts (step, place of the key, node), and the number of values in it."""

    value: Any
    where: Where
    parts: tuple[tuple[str | int, Where | None, "_Node"], ...] = ()
    size: int = 1


@dataclass(slots=True)
class _Composer:
    """Composes a document of a parser's events.

    Parsers of PyYAML keep their states in a list, so that recursion is as deep as our limit on nesting and no deeper.
    """

    text: str
    path: str
    first_line: int
    environ: Mapping[str, str] | None
    problems: list[Problem] = field(default_factory=list)
    _events: Iterator[Any] = field(default_factory=lambda: iter(()))
    _anchors: dict[str, _Node | None] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)
    _repeated: int = 0

    def document(self, parser: Any) -> Document:
        """The document; raises what the parser raises, and _Mistake."""
        try:
            self._events = iter(parser.get_event, None)
            next(self._events)  # the stream begins
            start = next(self._events)
            top = _Node(None, Where(self.path, self.first_line))
            if not isinstance(start, yaml.StreamEndEvent):
                top = replace(self._node(next(self._events), 0), where=self._where(start.start_mark))
                next(self._events)  # the document ends
                another = next(self._events)
                if not isinstance(another, yaml.StreamEndEvent):
                    raise _Mistake(
                        self._where(another.start_mark),
                        "TS002",
                        "this is not YAML: expected a single document, but found another document",
                    )
        finally:
            parser.dispose()
        values: dict[KeyPath, Where] = {}
        keys: dict[KeyPath, Where] = {}
        _mark(top, (), values, keys)
        return Document(top.value, values, keys, frozenset(self._asked))

    def _where(self, mark: Any) -> Where:
        return Where(self.path, self.first_line + mark.line, mark.column + 1)

    def _node(self, event: Any, depth: int) -> _Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(self._scalar(event), self._where(event.start_mark))
        else:
            node = self._collection(event, depth + 1)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> _Node:
        where = self._where(event.start_mark)
        node = self._anchors.get(event.anchor)
        if node is None:
            known = event.anchor in self._anchors
            message = "an alias stands inside its own value" if known else f"found undefined alias '{event.anchor}'"
            raise _Mistake(where, "TS002", f"this is not YAML: {message}")
        self._repeated += node.size
        if self._repeated > LIMITS["aliases"].value:
            raise _beyond("aliases", where)
        return node

    def _collection(self, event: Any, depth: int) -> _Node:
        where = self._where(event.start_mark)
        if depth > LIMITS["nesting"].value:
            raise _beyond("nesting", where)
        mapping = isinstance(event, yaml.MappingStartEvent)
        node = self._mapping(where, depth) if mapping else self._sequence(where, depth)
        match event.tag:
            case None | "!":
                return node
            case "!ENV" if not mapping and self.environ is not None:
                return _Node(self._asked_for(node), where)
            case tag:
                value = self._foreign(tag, where, node.value, CORE + ("map" if mapping else "seq"))
                return node if value is node.value else _Node(value, where)

    def _sequence(self, where: Where, depth: int) -> _Node:
        parts: list[tuple[str | int, Where | None, _Node]] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            parts.append((len(parts), None, self._node(event, depth)))
        size = 1 + sum(node.size for _, _, node in parts)
        return _Node([node.value for _, _, node in parts], where, tuple(parts), size)

    def _mapping(self, where: Where, depth: int) -> _Node:
        own: dict[Any, tuple[Where, _Node]] = {}
        below: dict[Any, tuple[Where, _Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            merge = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]
            at = self._where(event.start_mark)
            key = self._node(event, depth).value
            node = self._node(next(self._events), depth)
            if isinstance(key, dict | list):
                raise _Mistake(at, "TS002", "this is not YAML: found unhashable key", "a key is a word")
            if merge:
                below = {**self._merged(node, at), **below}
                continue
            key = str(key) if isinstance(key, str) else key
            if key in own:
                self.problems.append(Problem(at, "TS003", f"'{key}' is given twice", "keep one of the two"))
            own[key] = (at, node)
        both = {**below, **own}
        parts = tuple((key, at, node) for key, (at, node) in both.items())
        size = 1 + sum(node.size for _, _, node in parts)
        return _Node({key: node.value for key, _, node in parts}, where, parts, size)

    def _merged(self, node: _Node, at: Where) -> dict[Any, tuple[Where, _Node]]:
        """The entries that a ``<<`` puts below a mapping's own (YAML 1.1's merge key, which MkDocs knows)."""
        sources = [part for _, _, part in node.parts] if isinstance(node.value, list) else [node]
        if not all(isinstance(source.value, dict) for source in sources):
            raise _Mistake(at, "TS002", "this is not YAML: '<<' takes a mapping or a list of mappings")
        found: dict[Any, tuple[Where, _Node]] = {}
        for source in reversed(sources):
            found |= {key: (where or at, part) for key, where, part in source.parts}
        return found

    def _scalar(self, event: Any) -> Any:
        text, where = event.value, event.start_mark
        if FORBIDDEN.search(text):
            bad = FORBIDDEN.search(text)
            message = f"the character U+{ord(bad[0]) if bad else 0:04X} cannot stand in a page, a feed or a mail"
            raise _Mistake(self._where(where), "TS033", message, "delete it")
        if event.tag is None:
            return self._plain(text, event) if event.implicit[0] else text
        if event.tag == "!":
            return text
        if event.tag == "!ENV" and self.environ is not None:
            return self._asked_for(_Node(None, self._where(where), ((0, None, _Node(text, self._where(where))),)))
        return self._foreign(event.tag, self._where(where), text, CORE + "str")

    def _plain(self, text: str, event: Any) -> Any:
        value = resolved(text)
        if not isinstance(value, str):
            return value
        if not self._lines:
            self._lines = self.text.split("\n")
        end = event.end_mark
        line = self._lines[end.line] if end.line < len(self._lines) else ""
        comment = COMMENT.match(line, end.column) if "#" in line else None
        if comment is None:
            return value
        cut = CutShort(value)
        cut.comment, cut.where = comment[1].rstrip(), self._where(end)
        return cut

    def _foreign(self, tag: str, where: Where, value: Any, own: str) -> Any:
        """The value of what has a tag: its own, one of YAML's core, or in settings one for Python or for MkDocs."""
        if tag == own:
            return value
        if self.environ is not None and tag.startswith(CORE + "python/"):
            return PythonObject.named(tag.removeprefix(CORE + "python/"), value)
        if self.environ is not None and tag == "!relative":
            return value
        known = {"int": int, "float": int | float, "bool": bool, "null": type(None)}.get(tag.removeprefix(CORE))
        shown = tag.replace(CORE, "!!")
        if known is None or not isinstance(value, str):
            raise _Mistake(where, "TS030", f"the tag '{shown}' is not known here", "write the value without it")
        found = resolved(value)
        if not isinstance(found, known) or (isinstance(found, bool) and known is not bool):
            raise _Mistake(where, "TS030", f"'{value}' is not what its tag '{shown}' says", "correct one of the two")
        return found

    def _asked_for(self, node: _Node) -> Any:
        """The first of these variables that is set, read as YAML; else the last value, if it is a default."""
        environ = self.environ or {}
        *names, last = [part.value for _, _, part in node.parts] or [""]
        names, default = ([*names], last) if names else ([last], None)
        if not all(isinstance(name, str) for name in names):
            raise _Mistake(node.where, "TS030", "'!ENV' takes names of variables", "!ENV [NAME, default]")
        self._asked.update(names)
        return next((resolved(environ[name]) for name in names if name in environ), default)


def _mark(node: _Node, at: KeyPath, values: dict[KeyPath, Where], keys: dict[KeyPath, Where]) -> None:
    values[at] = node.where
    for step, where, part in node.parts:
        inner = (*at, step)
        if where is not None:
            keys[inner] = where
        _mark(part, inner, values, keys)


def _beyond(name: str, where: Where) -> _Mistake:
    return _Mistake(where, "TS031", LIMITS[name].message, LIMITS[name].remedy)


class _PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser, whose messages are clearer than those of libyaml."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


def _parsers() -> tuple[Any, ...]:
    """The parsers for a document, libyaml first, which takes a fifth of the time; the second is for its mistakes."""
    if not yaml.__with_libyaml__:
        return (_PureParser,)
    from yaml.cyaml import CParser  # type: ignore[attr-defined] # noqa: PLC0415 - not everywhere

    return CParser, _PureParser


_PARSERS = _parsers()


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, path: str, first_line: int) -> Problem:
    """The problem at its place; of an open quotation, where it begins and not where the parser gave up."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    for number, content in enumerate(text.split("\n")[: line + 1]):
        if opening := OPEN_QUOTE.search(content):
            where = Where(path, first_line + number, opening.start(1) + 1)
            return Problem(where, "TS002", "this quotation mark is never closed", "close it at the end of the value")
    words = ", ".join(w for w in (error.context, error.problem) if w)
    return Problem(Where(path, first_line + line, column + 1), "TS002", f"this is not YAML: {words}", _remedy(words))


def _remedy(words: str) -> str:
    """The remedy for the usual cause of a parser's message."""
    if "mapping values are not allowed" in words:
        return "put quotes around a value that holds a colon"
    if "cannot start any token" in words:
        return "put quotes around a value that starts with @, ` or %"
    if "flow" in words:
        return "a bracket or brace is not closed"
    return ""
