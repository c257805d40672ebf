"""HTML as a row of events that can be compared: elements, words, addresses, code; blank space does not count.

Both readings go through the same parser, so that raw HTML in a text means the same in both.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from tipsheet.witness.dialect import ATTRIBUTE_LIST, CODE_LINE, DOCUMENTED, HTML_LINE, LINE, NOTE

__all__ = [
    "BLOCK_ELEMENTS",
    "MarkupBlock",
    "MarkupEvent",
    "MarkupKind",
    "UnreadableError",
    "addresses_in",
    "blocks_of",
    "tree_of",
    "written_alike",
]


class MarkupKind(StrEnum):
    """The kinds of events."""

    OPEN = "open"
    CLOSE = "close"
    WORDS = "words"
    CODE = "code"
    """Inline code, or a line of a code block."""
    ADDRESS = "address"
    """Of a link or a picture."""
    LABEL = "label"
    """Title of a link, or the text instead of a picture."""


@dataclass(frozen=True, slots=True)
class MarkupEvent:
    """One piece of a text. ``value`` is an element's name, or text with a blank before it where one is shown.

    ``line`` counts from 0; ``raw`` is text with its own line breaks.
    """

    kind: MarkupKind
    value: str
    line: int = 0
    raw: str = ""

    @property
    def key(self) -> tuple[MarkupKind, str]:
        """The part of an event that is compared."""
        return self.kind, self.value

    def words(self) -> Iterator["MarkupEvent"]:
        """Each word as an event of its own; an event without words as it is."""
        if self.kind is not MarkupKind.WORDS:
            yield self
            return
        line, value = self.line, self.value
        for found in _WORD_OR_BREAK.finditer(self.raw):
            if found[0] == "\n":
                line += 1
            else:
                blank = " " if value.startswith(" ") else ""
                value = value[len(blank) + len(found[0]) :]
                yield replace(self, value=f"{blank}{found[0]}", line=line)


@dataclass(frozen=True)
class MarkupBlock:
    """The events of one top-level block: a paragraph, a whole list."""

    events: tuple[MarkupEvent, ...]

    @cached_property
    def key(self) -> tuple[tuple[MarkupKind, str], ...]:
        """The part of a block that is compared."""
        return tuple(event.key for event in self.events)

    @property
    def note(self) -> str:
        """Label of the footnote that it is, or nothing."""
        first = self.events[0]
        return first.value if first.kind is MarkupKind.OPEN and first.value.startswith("note ") else ""


BLOCK_ELEMENTS = frozenset(
    """address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table td th tr ul""".split()  # noqa: SIM905 - words read better in a row
)
UNSEEN = frozenset({"script", "style", "iframe", "template", "noscript"})
"""Elements that are left out of pages and letters, which reading reports."""
TRANSPARENT = frozenset({"thead", "tbody", "tfoot", "colgroup"})
SAME_AS = {"s": "del", "strike": "del"}
TAB = 4
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Characters that no parser of XML takes."""
_REFERRED = re.compile(r"&#(?:0*(?:[0-8]|1[14-9]|2\d|3[01])|[xX]0*(?:[0-8bBeEfF]|1[0-9a-fA-F]));")
"""References to such characters."""
_PARSER = lxml.html.HTMLParser(huge_tree=True)
"""Without ``huge_tree``, libxml2 drops what is nested more than 256 deep."""
_BLANKS = " \t\n\r\f"
_BLANK = re.compile(f"[{_BLANKS}]+")
_WORD_OR_BREAK = re.compile(r"\n|[^ \t\n\r\f]+")


class UnreadableError(ValueError):
    """The HTML parser refuses a text."""


def tree_of(html: str) -> HtmlElement:
    """The elements of some HTML below a ``body``; raises UnreadableError."""
    clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", _REFERRED.sub("\N{REPLACEMENT CHARACTER}", html))
    try:
        document: Any = lxml.html.document_fromstring(f"<html><body>{clean}</body></html>", parser=_PARSER)
        body: HtmlElement = document.body
    except (etree.LxmlError, ValueError, IndexError) as error:
        raise UnreadableError from error
    return body


def blocks_of(root: HtmlElement, html: str, *, ours: bool) -> list[MarkupBlock]:
    """The blocks of a tree without documented differences, footnotes at the end in the order of their labels."""
    for documented in DOCUMENTED:
        if documented.sign in html:
            (documented.ours if ours else documented.theirs)(root)
    return sorted(_Walk().run(root), key=lambda block: block.note)


class _Walk:
    """One pass over a tree; text that stands directly in it is taken for a paragraph."""

    def __init__(self) -> None:
        self.blocks: list[MarkupBlock] = []
        self.events: list[MarkupEvent] = []
        self.text: list[str] = []
        self.line = 0
        self.depth = 0
        self.loose = False
        self.blank = False
        """A blank is shown before what comes next, unless that stands at an ``edge``."""
        self.edge = True

    def run(self, root: HtmlElement) -> list[MarkupBlock]:
        self.read(root.text)
        inside = [(root, iter(root))]
        while inside:
            element, children = inside[-1]
            child = next(children, None)
            if child is None:
                inside.pop()
                if inside:
                    self.close(element)
                    self.read(element.tail)
            elif self.whole(child):
                self.read(child.tail)
            else:
                self.open(child)
                self.read(child.text)
                inside.append((child, iter(child)))
        self.tighten()
        return self.blocks

    def read(self, text: str | None) -> None:
        if text:
            self.text.append(text)

    def whole(self, element: HtmlElement) -> bool:
        """Read an element whose children are not looked at; return False, having done nothing, for any other."""
        if element.get(HTML_LINE) is not None:
            self.flush()
            self.line = int(element.get(HTML_LINE) or 0)
            return True
        if not isinstance(element.tag, str):
            return True
        if element.tag in UNSEEN:
            return True
        if element.tag == "pre":
            self.pre(element)
        elif element.tag == "code":
            self.flush()
            self.at(element)
            self.add(MarkupKind.CODE, self.spaced(element.text_content()))
        elif element.tag in {"br", "hr", "img"}:
            self.open(element)
            self.blank, self.edge = element.tag == "img" and self.blank, element.tag != "img"
        elif element.tag == "sup" and element.get(NOTE):
            self.flush()
            self.add(MarkupKind.OPEN, f"mark {element.get(NOTE)}")
        else:
            return False
        return True

    def open(self, element: HtmlElement) -> None:
        self.flush()
        tag = SAME_AS.get(element.tag, element.tag)
        if tag in BLOCK_ELEMENTS:
            if not self.depth:
                self.tighten()
            self.blank, self.edge = False, True
        self.at(element)
        if tag not in TRANSPARENT:
            self.add(MarkupKind.OPEN, f"note {element.get(NOTE)}" if element.get(NOTE) else tag)
            self.attributes(tag, element)
        if tag not in {"br", "hr", "img"}:
            self.depth += 1
        elif not self.depth and tag == "hr":
            self.end()

    def attributes(self, tag: str, element: HtmlElement) -> None:
        address = element.get("href" if tag == "a" else "src") if tag in {"a", "img"} else None
        if address is not None:
            self.add(MarkupKind.ADDRESS, written_alike(address))
        for name in ("title", "alt") if tag in {"a", "img"} else ():
            if words := _collapsed(element.get(name) or ""):
                self.add(MarkupKind.LABEL, words)
        if tag == "ol" and element.get("start", "1") != "1":
            self.add(MarkupKind.LABEL, f"from {element.get('start')}")

    def close(self, element: HtmlElement) -> None:
        self.flush()
        tag = SAME_AS.get(element.tag, element.tag)
        self.depth -= 1
        if tag in BLOCK_ELEMENTS:
            self.blank, self.edge = False, True
        if tag == "p" and self.events and self.events[-1].key == (MarkupKind.OPEN, "p"):
            self.events.pop()
        elif tag not in TRANSPARENT:
            self.add(MarkupKind.CLOSE, f"note {element.get(NOTE)}" if element.get(NOTE) else tag)
        if not self.depth and tag in BLOCK_ELEMENTS:
            self.end()

    def pre(self, element: HtmlElement) -> None:
        """A code block, line for line; a tab is as wide as it is shown."""
        code_element = next(element.iter("code"), element)
        self.flush()
        self.at(code_element)
        self.open(element)
        line = int(code_element.get(CODE_LINE) or self.line)
        code = element.text_content().expandtabs(TAB).strip("\n")
        for number, text in enumerate(code.split("\n")):
            self.line = line + number
            self.add(MarkupKind.CODE, text.rstrip())
        self.close(element)

    def at(self, element: HtmlElement) -> None:
        if (line := element.get(LINE)) is not None:
            self.line = int(line)

    def flush(self) -> None:
        """The text so far as an event."""
        raw = "".join(self.text)
        self.text.clear()
        kept = ATTRIBUTE_LIST.sub("", raw) if "{" in raw else raw
        if value := self.spaced(kept):
            self.add(MarkupKind.WORDS, value, kept)
        self.line += raw.count("\n")

    def spaced(self, text: str) -> str:
        """Text as it is shown here, with a blank before it if there is one."""
        value = _collapsed(text)
        if not value:
            self.blank = self.blank or bool(text)
            return ""
        blank = " " if not self.edge and (self.blank or text[0] in _BLANKS) else ""
        self.blank, self.edge = text[-1] in _BLANKS, False
        return blank + value

    def add(self, kind: MarkupKind, value: str, raw: str = "") -> None:
        if not self.depth and not self.events and not (kind is MarkupKind.OPEN and value in BLOCK_ELEMENTS):
            self.loose = not value.startswith("note ")
            if self.loose:
                self.events.append(MarkupEvent(MarkupKind.OPEN, "p", self.line))
        self.events.append(MarkupEvent(kind, value, self.line, raw))

    def tighten(self) -> None:
        """End a paragraph that no element makes."""
        self.flush()
        if self.loose:
            self.events.append(MarkupEvent(MarkupKind.CLOSE, "p", self.line))
            self.end()

    def end(self) -> None:
        if self.events:
            self.blocks.append(MarkupBlock(tuple(self.events)))
        self.events, self.loose = [], False


def _collapsed(text: str) -> str:
    return _BLANK.sub(" ", text.strip(_BLANKS))


def written_alike(address: str) -> str:
    """An address as it is compared, with the characters encoded that browsers encode by themselves."""
    return quote(address.strip(), safe="%!#$&'()*+,/:;=?@[]~")


def addresses_in(root: HtmlElement) -> frozenset[str]:
    """Every address that a link leads to, and the same without what stands before a bare one."""
    found = {written_alike(href) for href in root.xpath(".//a/@href")}
    return frozenset(found | {re.sub(r"^(?:mailto:|https?://(?=www\.))", "", href) for href in found})
