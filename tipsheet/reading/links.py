"""Links, pictures and their definitions as CommonMark has them (0.31.2, sections 2.4, 4.7, 6.3 and 6.4; C19).

The text may hold characters that Python-Markdown keeps apart as escaped: a number between STX and ETX.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from html.entities import html5

from markdown import Markdown
from markdown.blockprocessors import ReferenceProcessor
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AMP_SUBSTITUTE, ETX, HTML_PLACEHOLDER_RE, INLINE_PLACEHOLDER_RE, STX

__all__ = ["AMPERSAND", "ESCAPABLE", "LIKE_AN_ENTITY", "Definitions", "Links", "Match", "attribute", "entity", "target"]

Match = tuple[etree.Element | str | None, int | None, int | None]
"""Result of an inline pattern: an element or text, and the places in the data where it begins and ends."""

ESCAPABLE = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""ASCII punctuation, which a backslash makes a character like any other (2.4)."""
LIKE_AN_ENTITY = r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z0-9]+);"
"""The references that Python-Markdown's serializer leaves as they are in texts and attributes."""
AMPERSAND = f"{AMP_SUBSTITUTE}amp;"
"""An ampersand that stays one, whatever stands after it."""

_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LIKE_AN_ENTITY = re.compile(LIKE_AN_ENTITY)
_ESCAPED = re.compile(f"{STX}([0-9]+){ETX}")
_BACKSLASH = re.compile(rf"\\([{ESCAPABLE}])")
_IN_ANGLES = re.compile(r"<((?:[^<>\\\n]|\\.)*+)>", re.DOTALL)
_PIECE = re.compile(rf"(?:[^\x00-\x20\x7f()\\]|{STX}|{ETX}|\\[{ESCAPABLE}]|\\)++")
_TITLE = re.compile(r""""((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|\(((?:[^()\\]|\\.)*+)\)""", re.DOTALL)
_DEEPEST = 32
"""Nested round brackets that an address may hold; CommonMark asks for three at least."""
_START = re.compile(r"[ ]{0,3}\[((?:[^\[\]\\]|\\.)*)\]:[ \t]*\n?[ \t]*(?=\S)", re.DOTALL)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_BEFORE_TITLE = re.compile(r"[ \t]*\n[ \t]*|[ \t]+")
_SPACE = re.compile(r"[ \t]*+\n?[ \t]*+")
_LABEL = re.compile(r"\[([^\[\]]*+)\]")
_BRACKET = re.compile(r"!?\[|\]")
_LONGEST_LABEL = 999


def _address(text: str, at: int) -> tuple[str, int] | None:
    """The address that begins at this place, as it is written, and where it ends; None where none begins."""
    if text.startswith("<", at):
        found = _IN_ANGLES.match(text, at)
        return (found[1], found.end()) if found else None
    depth, end = 0, at
    while end < len(text):
        piece = _PIECE.match(text, end)
        if piece:
            end = piece.end()
        elif text[end] == "(" and depth < _DEEPEST:
            depth, end = depth + 1, end + 1
        elif text[end] == ")" and depth:
            depth, end = depth - 1, end + 1
        else:
            break
    return (text[at:end], end) if end > at and not depth else None


def _title(text: str, at: int) -> tuple[str, int] | None:
    """The title in quotation marks or brackets that begins at this place, and where it ends."""
    found = _TITLE.match(text, at)
    if found is None or "\n\n" in found[0]:
        return None
    return next(group for group in found.groups() if group is not None), found.end()


def _plain(text: str) -> str:
    """An address or a title with its entities and its escaped characters replaced by the characters they stand for."""
    if "&" in text:
        text = _LIKE_AN_ENTITY.sub(entity, text)
    if "\\" in text:
        text = _BACKSLASH.sub(r"\1", text)
    return _ESCAPED.sub(_character, text).replace(AMPERSAND, "&") if STX in text else text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1]))


def entity(found: re.Match[str]) -> str:
    """The characters that a reference stands for; one that is none stays as it is."""
    known = _REFERENCE.fullmatch(found[0])
    if known is None or not known[1].startswith("#"):
        return html5.get(found[0][1:], found[0])
    return unescape(found[0]) or "\N{REPLACEMENT CHARACTER}"


def attribute(value: str) -> str:
    """The value of an attribute such that Python-Markdown's serializer keeps every ``&`` in it."""
    return value.replace("&", AMPERSAND) if _LIKE_AN_ENTITY.search(value) else value


def _key(label: str) -> str:
    """The form in which labels are compared; escaped characters are as they were written."""
    if STX in label:
        label = _ESCAPED.sub(lambda found: f"\\{_character(found)}", label).replace(AMPERSAND, r"\&")
    return " ".join(label.casefold().split())


class Definitions(ReferenceProcessor):
    """``[label]: address "title"`` at the beginning of a paragraph; of several with one label the first counts."""

    def __init__(self, parser: object) -> None:
        super().__init__(parser)  # type: ignore[arg-type]  # a block parser
        self.known: set[str] = set()
        """Labels that this text has defined; definitions from elsewhere give way to them."""

    def run(self, parent: etree.Element, blocks: list[str]) -> bool:  # noqa: ARG002 - as Python-Markdown calls it
        """Take the definitions off the first block; True when there were any."""
        block, at = blocks[0], 0
        while found := _definition(block, at):
            label, href, title, at = found
            if label not in self.known:
                self.known.add(label)
                self.parser.md.references[label] = (href, title)  # type: ignore[assignment]
        if not at:
            return False
        blocks[0:1] = [block[at:]] if block[at:].strip() else []
        return True


def _definition(block: str, at: int) -> tuple[str, str, str | None, int] | None:
    """The label, the address, the title and the end of a definition that begins here."""
    start = _START.match(block, at)
    if start is None or not (label := _key(start[1])):
        return None
    found = _address(block, start.end())
    if found is None:
        return None
    href, end = found
    line = _REST_OF_LINE.match(block, end)
    if space := _BEFORE_TITLE.match(block, end):
        title = _title(block, space.end())
        after = _REST_OF_LINE.match(block, title[1]) if title else None
        if title and after:
            return label, _plain(href), _plain(title[0]), after.end()
    return (label, _plain(href), None, line.end()) if line else None


@dataclass(frozen=True, slots=True)
class _Target:
    href: str
    title: str | None
    end: int


def target(data: str, at: int, opened: Callable[[str], str | None] = str) -> _Target | None:
    """The address and the title of an inline link whose round bracket was opened right before.

    ``opened`` returns the text that placeholders stand for, or None where that cannot stand in an address.
    """
    at = _after_space(data, at)
    if data.startswith(")", at):
        return _Target("", None, at + 1)
    found = _address(data, at)
    if found is None:
        return None
    href, end = found
    at = _after_space(data, end)
    title = _title(data, at) if at > end else None
    if title is not None:
        at = _after_space(data, title[1])
    if not data.startswith(")", at):
        return None
    written, words = opened(href), opened(title[0]) if title else None
    if written is None or (title and words is None):
        return None
    return _Target(_plain(written), _plain(words) if words is not None else None, at + 1)


def _after_space(data: str, at: int) -> int:
    found = _SPACE.match(data, at)
    return found.end() if found else at


@dataclass(frozen=True, slots=True)
class _Link:
    """A link or a picture: its words stand from ``start`` to ``close``, all of it ends at ``end``."""

    start: int
    close: int
    end: int
    href: str
    title: str | None
    picture: bool


class Links(InlineProcessor):
    """Links and pictures, inline or by reference: one pass from left to right (CommonMark, appendix).

    ``sources`` are the texts as which elements were written, by which labels are compared.
    """

    md: Markdown

    def __init__(self, md: Markdown, sources: Mapping[etree.Element, str], *, pictures_only: bool = False) -> None:
        super().__init__(r"!\[" if pictures_only else r"!?\[", md)
        self._sources = sources
        self._data = ""
        self._found: dict[int, _Link] = {}
        """The links of the last text, by their distance from its end: replacements change only the text before."""

    def handleMatch(self, m: re.Match[str], data: str) -> Match:  # type: ignore[override]  # noqa: N802
        """The element, whose words later patterns still read, or nothing."""
        rest = len(data) - m.start()
        if len(self._data) < rest or not data.endswith(self._data[-rest:]):
            self._data = data[m.start() :]
            self._found = {len(self._data) - at: link for at, link in self._read(self._data)}
        link = self._found.get(rest)
        if link is None:
            return None, None, None
        moved = len(data) - len(self._data)
        element = etree.Element("img" if link.picture else "a")
        element.set("src" if link.picture else "href", attribute(link.href))
        if link.title is not None:
            element.set("title", attribute(" ".join(link.title.split("\n"))))
        element.text = self._words(link) if link.picture else self._data[link.start : link.close]
        return element, m.start(), link.end + moved

    def forget(self) -> None:
        """Begin another text, with definitions of its own."""
        self._data = ""
        self._found = {}

    def _read(self, data: str) -> Iterator[tuple[int, _Link]]:
        """Every link of the text with the place of its bracket, those in other links too."""
        open_: list[tuple[int, int, bool]] = []
        barred = 0
        at = 0
        while bracket := _BRACKET.search(data, at):
            at = bracket.end()
            if bracket[0] != "]":
                open_.append((bracket.start(), at, bracket[0] == "!["))
                continue
            if not open_:
                continue
            begin, start, picture = open_.pop()
            if not picture and len(open_) < barred:
                barred = len(open_)
                continue
            found = self._resolved(data, start, bracket.start())
            if found is None:
                barred = min(barred, len(open_))
                continue
            yield begin, _Link(start, bracket.start(), found.end, found.href, found.title, picture)
            at = found.end
            barred = min(barred, len(open_)) if picture else len(open_)

    def _resolved(self, data: str, start: int, close: int) -> _Target | None:
        after = close + 1
        if data.startswith("(", after) and (inline := target(data, after + 1, self._opened)):
            return inline
        label, end = data[start:close], after
        if following := _LABEL.match(data, after):
            label, end = following[1].strip() or label, following.end()
        if not self.md.references or "[" in label or len(label) > _LONGEST_LABEL:
            return None
        for held in INLINE_PLACEHOLDER_RE.finditer(label) if STX in label else ():
            label = label.replace(held[0], self._source(held[1]))
        found = self.md.references.get(_key(label))
        return _Target(*found, end) if found else None

    def _source(self, number: str) -> str:
        """The text that was written where a placeholder is now."""
        node = self.md.treeprocessors["inline"].stashed_nodes.get(number, "")  # type: ignore[attr-defined]
        if not isinstance(node, str):
            return self._sources.get(node, "")
        raw = HTML_PLACEHOLDER_RE.fullmatch(node)
        return str(self.md.htmlStash.rawHtmlBlocks[int(raw[1] or raw[2])]) if raw else node

    def _opened(self, text: str) -> str | None:
        """The text with its placeholders replaced; None where one of them stands for more than characters."""
        stash = self.md.treeprocessors["inline"].stashed_nodes  # type: ignore[attr-defined]
        for held in INLINE_PLACEHOLDER_RE.finditer(text) if STX in text else ():
            node = stash.get(held[1])
            if not isinstance(node, str) or HTML_PLACEHOLDER_RE.fullmatch(node):
                return None
            text = text.replace(held[0], node)
        return text

    def _words(self, link: _Link) -> str:
        """The words of a picture, with those of links and pictures inside it."""
        data, size, words, at = self._data, len(self._data), "", link.start
        for bracket in _BRACKET.finditer(data, link.start, link.close):
            inner = self._found.get(size - bracket.start())
            if inner is not None and bracket.start() >= at and inner.end <= link.close:
                words += data[at : bracket.start()] + self._words(inner)
                at = inner.end
        return words + data[at : link.close]
