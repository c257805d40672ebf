"""Lists, quotations, code fences and raw HTML of a text, as CommonMark sees them.

GitHub, Prettier and mdformat read and write these as CommonMark says; Python-Markdown has rules of its own (four
columns for what stands in an item, one quotation made of two, HTML that goes on to its closing tag). So markdown-it-py
reads the blocks of a text, once, and `ContainerPreprocessor` takes each list and each quotation out of the text and
leaves a mark in its place. What stands in an item or a quotation is a text of its own, without indentation, in which
lists and quotations are marks again; `ContainerProcessor` makes the elements when Python-Markdown meets a mark. Every
mark stands for one value and is met once, so nothing is put back to be read again, and no input can go round in it.
Code fences are written anew in the form that superfences reads, and raw HTML is kept aside until the page is written.

Marks are made of control characters that Python-Markdown takes out of every source, so no text can forge one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.util import BLOCK_LEVEL_ELEMENTS, ETX, STX
from markdown_it.token import Token

from tipsheet.blocks.commonmark import LEVELS, block_tokens
from tipsheet.blocks.outline import Stretch, outline

__all__ = ["HOLDS_MARKDOWN", "MARK", "ContainerPreprocessor", "Containers", "Listing", "Quotation", "RawHtml"]

BLOCKS = re.compile(r"^[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)|```|~~~|<[a-zA-Z/!?])", re.MULTILINE)
"""A text without any of this has no list, quotation, fence or HTML."""
MARKER = re.compile(r"( *)([-+*]|\d{1,9}[.)])( *)")
QUOTED = re.compile(r" {0,3}> ?")
STARTS = re.compile(r"[-+*>#=~`<|:\d]")
"""A lazy continuation line (CommonMark 5.1) that begins so would be read as a block at the margin."""
SIGNS = re.compile(r"^[ >]*(?:(?:[-+*]|\d{1,9}[.)])[ >]+)*")
MARK = re.compile(rf"{STX}tipsheet:(\d+){ETX}")
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>")
HOLDS_MARKDOWN = re.compile(r"<[a-zA-Z][^<>]*\smarkdown(?=[\s=>/])")
MARKDOWN = re.compile(r"\smarkdown(?=[\s=>/]|$)")
VOID = frozenset({"hr", "col", "link", "meta", "param", "source", "track"})
LANGUAGE = re.compile(r"\.?([\w#.+-]+)[,:;{]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list: each item's text, with marks where a list or a quotation stands in it."""

    tag: str
    start: str
    tight: bool
    items: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation: its text, with marks where a list or a quotation stands in it."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class RawHtml:
    """Raw HTML, as it was written."""

    source: str


_Container = Listing | Quotation | RawHtml


@dataclass(slots=True)
class Containers:
    """Containers of the text that is being converted, by the number of their mark, and lines nested too deeply."""

    found: list[_Container] = field(default_factory=list)
    too_deep: list[int] = field(default_factory=list)

    def clear(self) -> None:
        """Forget the containers of the last text."""
        self.found.clear()
        self.too_deep.clear()

    def store(self, container: _Container) -> str:
        """Add a container and return its mark."""
        self.found.append(container)
        return f"{STX}tipsheet:{len(self.found) - 1}{ETX}"


class ContainerPreprocessor(Preprocessor):
    """Takes lists, quotations and raw HTML out of the text and leaves marks.

    Tabs are expected to be expanded, as Python-Markdown does first.
    """

    def __init__(self, md: Markdown, containers: Containers) -> None:
        super().__init__(md)
        self.containers = containers

    def run(self, lines: list[str]) -> list[str]:
        """Replace containers by their marks; text without containers and fences is not touched."""
        text = "\n".join(lines)
        stretches = outline(text)
        if stretches is not None:
            return self.outlined(lines, stretches)
        return self.parsed(lines) if BLOCKS.search(text) else lines

    def parsed(self, lines: list[str]) -> list[str]:
        """Return the lines of any text with marks."""
        tokens = block_tokens("\n".join(lines))
        # what markdown-it finds at its bound it drops, so nothing at all is taken out of such a text; Python-Markdown
        # has no bound, and gets it without the signs of lists and quotations
        deep = next((t for t in tokens if t.level >= LEVELS - 1 and t.map), None)
        if deep is not None and deep.map:
            self.containers.too_deep.append(deep.map[0])
            return [SIGNS.sub("", line) for line in lines]
        return _Cutter(lines, self.containers).run(tokens)

    def outlined(self, lines: list[str], stretches: Sequence[Stretch]) -> list[str]:
        """Return the same as `parsed`, for a text whose lists and quotations hold no others."""
        cutter = _Cutter(lines, self.containers)
        for index, one in enumerate(stretches):
            # to markdown-it the blank lines after a list belong to it, unless nothing follows
            end = stretches[index + 1].first if one.items and index + 1 < len(stretches) else one.end
            if one.sign:
                cutter.copy(one.first)
                source = cutter.written(one.first, end)
                if one.items:
                    tag = "ol" if one.sign in ".)" else "ul"
                    cutter.mark(Listing(tag=tag, start=one.start, tight=one.tight, items=one.items, source=source))
                else:
                    cutter.mark(Quotation("\n".join(line[2:] for line in lines[one.first : one.end]), source))
                cutter.at = end
        cutter.copy(len(lines))
        return cutter.margin


@dataclass(slots=True)
class _Open:
    """A quotation (of width 0), or an item whose text begins ``width`` columns in, and its lines so far."""

    first: int
    end: int
    width: int
    out: list[str] = field(default_factory=list)


class _Cutter:
    """One pass over the tokens of a text, which copies lines up to each token and leaves marks for containers.

    ``inside`` are the items and quotations around the current line, ``lists`` the open lists with their items,
    ``elements`` the open HTML elements, each with True if it holds Markdown.
    """

    def __init__(self, lines: list[str], containers: Containers) -> None:
        self.lines, self.containers = lines, containers
        self.at = 0
        self.margin: list[str] = []
        self.inside: list[_Open] = []
        self.lists: list[tuple[int, list[str]]] = []
        self.elements: list[tuple[str, bool]] = []

    @property
    def out(self) -> list[str]:
        return self.inside[-1].out if self.inside else self.margin

    def run(self, tokens: list[Token]) -> list[str]:
        for index, token in enumerate(tokens):
            if token.nesting >= 0 and token.map and token.type != "inline":
                self.copy(token.map[0])
            match token.type:
                case "bullet_list_open" | "ordered_list_open":
                    self.lists.append((index, []))
                case "list_item_open" | "blockquote_open":
                    self.enter(token)
                case "list_item_close":
                    self.lists[-1][1].append("\n".join(self.leave().out).strip("\n"))
                case "blockquote_close":
                    opened = self.leave()
                    text = "\n".join(opened.out).strip("\n")
                    self.mark(Quotation(text, self.written(opened.first, opened.end)))
                case "bullet_list_close" | "ordered_list_close":
                    self.listing(tokens)
                case "fence" if token.map:
                    self.fence(token, *token.map)
                case "html_block" if token.map:
                    self.raw(token, *token.map)
                case _:
                    pass
        self.copy(len(self.lines))
        return self.margin

    def enter(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        self.inside.append(_Open(first, end, self.width(first) if token.type == "list_item_open" else 0))

    def leave(self) -> _Open:
        self.copy(self.inside[-1].end)
        return self.inside.pop()

    def listing(self, tokens: list[Token]) -> None:
        opened, items = self.lists.pop()
        token = tokens[opened]
        first, end = token.map or (0, 0)
        self.mark(
            Listing(
                tag=token.tag,
                start=str(token.attrs.get("start", "")),
                tight=_tight(tokens, opened),
                items=tuple(items),
                source=self.written(first, end),
            )
        )

    def fence(self, token: Token, first: int, end: int) -> None:
        """Write a fence as superfences reads it: at the margin, both ends alike and in none of the code."""
        sign = token.markup[0]
        runs = re.findall(rf"^[ ]*({re.escape(sign)}{{3,}})[ ]*$", token.content, re.MULTILINE)
        length = max([len(token.markup), *(len(run) + 1 for run in runs)])
        # where another sign follows the language ("rust,ignore"), superfences would not see the language
        info = LANGUAGE.sub(lambda found: f"{found[1]} {found[0][-1]}", token.info.strip(), count=1)
        info = token.info.strip() if info.startswith("{") else info
        code = token.content.removesuffix("\n").split("\n") if token.content else []
        self.block([sign * length + info, *code, sign * length])
        self.at = max(end, first)

    def raw(self, token: Token, first: int, end: int) -> None:
        """Replace HTML by a mark, but leave elements with a ``markdown`` attribute to the extension `md_in_html`."""
        if HOLDS_MARKDOWN.search(token.content) or self.closes_markdown(token.content):
            self.follow(token.content)
            return
        self.follow(token.content)
        self.mark(RawHtml(token.content.rstrip("\n")))
        self.at = max(end, first)

    def closes_markdown(self, content: str) -> bool:
        """Tell whether a tag in this HTML ends an element that holds Markdown."""
        elements = list(self.elements)
        self.follow(content)
        after, self.elements = self.elements, elements
        return any(markdown for _, markdown in elements[len(after) :])

    def follow(self, content: str) -> None:
        """Open and close the block-level elements of this HTML."""
        if content.lstrip().startswith("<!"):
            return
        elements = list(self.elements)
        for tag in TAG.finditer(content):
            name = tag[2].lower()
            if name not in BLOCK_LEVEL_ELEMENTS or name in VOID:
                continue
            if not tag[1]:
                elements.append((name, MARKDOWN.search(tag[3]) is not None))
            elif name in [opened for opened, _ in elements]:
                while elements.pop()[0] != name:
                    pass
        self.elements = elements

    def width(self, number: int) -> int:
        """Columns, within its container, after which the text of the item on this line begins."""
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
                    return _lazy(line)
                line = line[quoted.end() :]
            elif number == container.first or not line[: container.width].strip():
                line = line[container.width :]
            else:
                return _lazy(line)
        return line

    def written(self, first: int, end: int) -> str:
        return "\n".join(self.lines[first:end])

    def copy(self, end: int) -> None:
        """Copy the lines before this one that have not been."""
        for number in range(self.at, end):
            self.out.append(self.line(number) if self.inside else self.lines[number])
        self.at = max(self.at, end)

    def block(self, lines: list[str]) -> None:
        """Write lines as a block, with a blank line before and after."""
        if self.out and self.out[-1].strip():
            self.out.append("")
        self.out.extend([*lines, ""])

    def mark(self, container: _Container) -> None:
        self.block([self.containers.store(container)])


def _lazy(line: str) -> str:
    """A lazy continuation line, indented where it must not begin a block: it can only continue a paragraph."""
    text = line.lstrip()
    return f"    {text}" if STARTS.match(text) else text


def _tight(tokens: list[Token], index: int) -> bool:
    """Return True for a tight list (CommonMark 5.3), whose paragraphs get no ``p``."""
    level = tokens[index].level
    for at in range(index + 1, len(tokens)):  # a slice would copy all the rest of a long text for each list
        token = tokens[at]
        if token.level == level:
            break
        if token.level == level + 2 and token.type == "paragraph_open":
            return token.hidden
    return True
