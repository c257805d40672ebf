"""Lists as CommonMark sees them, whatever Python-Markdown would make of the same lines.

GitHub, Prettier and mdformat read and write lists as CommonMark says: the text of an item begins
where its first word stands. Python-Markdown wants four spaces, and a list that a formatter has
touched falls flat. Indenting by four would not be enough: tight and loose lists, ``1)``, empty
items, and two lists in a row are read differently too. So `commonmark_lists`, given the places that
markdown-it-py finds, writes every list as lines of marks with the items' text between them, not
indented at all, and `ListProcessor` makes the elements. Marks are made of control characters that
Python-Markdown takes out of every source, so no text can forge one.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown.blockprocessors import BlockProcessor
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.util import BLOCK_LEVEL_ELEMENTS, ETX, HTML_PLACEHOLDER_RE, STX
from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["Joiner", "ListProcessor", "Sweeper", "block_tokens", "commonmark_lists"]

LIST_OR_FENCE = re.compile(r"^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|```|~~~)", re.MULTILINE)
MARKER = re.compile(r"( *)([-+*]|\d{1,9}[.)])( *)")
QUOTED = re.compile(r" {0,3}> ?")
RAW_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)\b([^>]*)>")
VOID = frozenset({"hr", "col", "link", "meta", "param", "source", "track"})

LIST, ITEM, END, BLANK = (f"{STX}tipsheet-{word}" for word in ("list:", "item", "end", "blank"))
MARKS = re.compile(rf"{STX}tipsheet-[^{ETX}]*{ETX}\n*")
_PARSER = MarkdownIt("commonmark").disable(["inline", "text_join"])


def block_tokens(text: str) -> list[Token]:
    """The blocks of a text as CommonMark sees them, as markdown-it's tokens, inline text unparsed."""
    return _tokens(text.rstrip("\n"))


@lru_cache(maxsize=2)
def _tokens(text: str) -> list[Token]:
    """What is read is also looked over for traps, right after."""
    return _PARSER.parse(text)


def commonmark_lists(text: str) -> str:
    """The text with every list of CommonMark written as marks for `ListProcessor`.

    Code fences get blank lines around them too. Other lines come back as they are, but that every
    line of a quotation gets its mark; text with neither lists nor fences is not touched, nor is what
    has been written so already. Tabs are expected to be expanded, as Python-Markdown does first.
    """
    if LIST in text or not LIST_OR_FENCE.search(text):
        return text
    return "\n".join(_Writer(text.split("\n")).run(block_tokens(text)))


@dataclass(slots=True)
class _Container:
    """A quotation (of width 0), or an item whose text begins ``width`` columns in."""

    first: int
    end: int
    width: int


class _Writer:
    """One pass over the tokens; lines are copied as far as the tokens have come."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.out: list[str] = []
        self.at = 0
        self.inside: list[_Container] = []
        self.lists = 0
        self.raw = 0

    def run(self, tokens: list[Token]) -> list[str]:
        before = ""
        for index, token in enumerate(tokens):
            if token.type == "html_block" and token.level == 0:
                self.raw = max(0, self.raw + _unclosed(token.content))
            if self.raw or token.type == "inline":
                continue
            if token.nesting >= 0 and token.map:
                self.copy(token.map[0])
                if self.lists or "fence" in {token.type, before}:
                    self.blank()
                before = token.type
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                start = token.attrs.get("start", "")
                self.lists += 1
                self.mark(f"{LIST}{token.tag} {start} {'tight' if _tight(tokens, index) else ''}")
            elif token.type in {"bullet_list_close", "ordered_list_close"}:
                self.mark(END)
                self.lists -= 1
            elif token.type in {"list_item_open", "blockquote_open"}:
                self.enter(token)
            elif token.type in {"list_item_close", "blockquote_close"}:
                self.leave(token)
        self.copy(len(self.lines))
        return self.out

    def enter(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        item = token.type == "list_item_open"
        if item:
            self.mark(ITEM)
        self.inside.append(_Container(first, end, self.width(first) if item else 0))

    def leave(self, token: Token) -> None:
        self.copy(self.inside[-1].end)
        while token.type == "blockquote_close" and self.out[-1].strip() == self.quotes.strip():
            self.out.pop()
        self.inside.pop()
        if token.type == "blockquote_close" and "".join(self.lines[self.at : self.at + 1]).strip():
            self.blank()

    def width(self, number: int) -> int:
        """How many columns in, within its container, the text of the item on this line begins."""
        marker = MARKER.match(line := self.line(number))
        if marker is None:  # pragma: no cover - markdown-it has seen one
            return 0
        spaces = len(marker[3]) if line[marker.end() :] and len(marker[3]) <= len("    ") else 1
        return marker.end(2) + spaces

    def line(self, number: int) -> str:
        """A line without the quotation marks and the indentation of what it stands in."""
        line = self.lines[number]
        for container in self.inside:
            if not container.width:
                quoted = QUOTED.match(line)
                if quoted is None:
                    return line.lstrip()
                line = line[quoted.end() :]
            elif number == container.first or not line[: container.width].strip():
                line = line[container.width :]
            else:
                return line.lstrip()
        return line

    @property
    def quotes(self) -> str:
        return "> " * sum(not container.width for container in self.inside)

    def copy(self, end: int) -> None:
        """Copy the lines before this one that have not been."""
        for number in range(self.at, end):
            self.out.append(self.quotes + self.line(number) if self.inside else self.lines[number])
        self.at = max(self.at, end)

    def blank(self) -> None:
        if self.out and self.out[-1].strip() != self.quotes.strip():
            self.out.append(self.quotes)

    def mark(self, mark: str) -> None:
        self.blank()
        self.out += [f"{self.quotes}{mark}{ETX}", self.quotes]


def _tight(tokens: list[Token], index: int) -> bool:
    """Whether the paragraphs of a list are to be left without a ``p``."""
    level = tokens[index].level
    for token in tokens[index + 1 :]:
        if token.level == level:
            break
        if token.level == level + 2 and token.type == "paragraph_open":
            return token.hidden
    return True


def _unclosed(html: str) -> int:
    """How many more tags Python-Markdown sees opened than closed; it parses nothing within them."""
    tags = (t for t in RAW_TAG.finditer(html) if t[2].lower() in BLOCK_LEVEL_ELEMENTS and t[2].lower() not in VOID)
    return sum(-1 if tag[1] else 1 for tag in tags if " markdown" not in tag[3])


class Joiner(Preprocessor):
    """Makes each list one block without blank lines, once code fences are out of the way.

    pymdownx.blocks hands what stands in a block over piece by piece. A quotation is one piece anyhow.
    """

    def run(self, lines: list[str]) -> list[str]:
        """Fill the blank lines of lists."""
        depth = 0
        out = []
        for line in lines:
            depth += line.startswith(LIST) - line.startswith(END)
            out.append(f"{BLANK}{ETX}" if depth and not line.strip() else line)
        return out


class ListProcessor(BlockProcessor):
    """Makes the elements of a list from its marks."""

    def test(self, _parent: etree.Element, block: str) -> bool:
        """Whether a list begins here."""
        return block.lstrip("\n").startswith(LIST)

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the list, with the items' text parsed like any other."""
        text = blocks.pop(0).lstrip("\n")
        while text.count(LIST) > text.count(END) and blocks:
            text += "\n\n" + blocks.pop(0)
        lines = text.split("\n")
        tag, start, tight = lines[0].removeprefix(LIST).rstrip(ETX).split(" ")
        element = etree.SubElement(parent, tag, {"start": start} if start else {})
        for item in _items(lines):
            child = etree.SubElement(element, "li")
            self.parser.state.set("detabbed")
            self.parser.parseBlocks(child, item.split("\n\n"))
            self.parser.state.reset()
            if tight:
                _tighten(child)
        rest = text.rpartition(f"{END}{ETX}")[2].strip("\n")
        if rest:
            blocks.insert(0, rest)


def _items(lines: list[str]) -> Iterator[str]:
    """The text of each item of the list that these lines hold; lists within are left in one piece."""
    depth = 0
    item: list[str] | None = None
    for line in lines:
        if depth == 1 and line.startswith((ITEM, END)):
            if item is not None:
                yield "\n".join(item).strip("\n")
            item = []
        elif item is not None:
            item.append("" if depth == 1 and line.startswith(BLANK) else line)
        depth += line.startswith(LIST) - line.startswith(END)


def _tighten(item: etree.Element) -> None:
    """Take the paragraphs of an item apart."""
    before: etree.Element | None = None
    for child in list(item):
        if child.tag != "p" or child.attrib or len(child) or HTML_PLACEHOLDER_RE.fullmatch((child.text or "").strip()):
            before = child
        elif before is None:
            item.text = f"{item.text}\n{child.text}" if item.text else child.text
            item.remove(child)
        else:
            before.tail = f"{before.tail or ''}\n{child.text or ''}"
            item.remove(child)


class Sweeper(Postprocessor):
    """No mark is ever printed, even where a program has kept a part of the text from being parsed."""

    def run(self, text: str) -> str:
        """Take out what marks are left."""
        return MARKS.sub("", text) if STX in text else text
