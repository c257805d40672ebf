"""The syntax of blocks: cutting a source at them, reading their headers, and lines that only look like a fence.

The header is a paragraph of its own (a blank line follows it), so that formatters such as Prettier
may wrap it without changing what it says (C1). Code fences are left alone.

A passage whose fence is misspelt would be printed for everyone (K2). So a line of prose that looks like a fence is an
error in the source, where its line is known (`suspicious`), and again in the HTML that came out (`fences_in_prose`),
whatever an extension has made of the text.
"""

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import lxml.etree
from lxml.html import HtmlElement

from tipsheet.blocks.commonmark import CODE_SPAN, code_fences
from tipsheet.blocks.kind import Argument, BlockKind, Header
from tipsheet.blocks.passages import Block, Text, normalised, placeholder
from tipsheet.documents import Document, KeyPath
from tipsheet.fields import parse_audience, read_table
from tipsheet.limits import LIMITS
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.problems import Problem, Where, did_you_mean

__all__ = ["SLASHES", "STOCK", "Scan", "fences_in_prose", "scan", "suspicious"]


OPEN = re.compile(r" {0,3}(/{3,})[ \t]*([A-Za-z][\w-]*)[ \t]*(.*)$")
CLOSE = re.compile(r" {0,3}(/{3,})[ \t]*$")
ELSEWHERE = re.compile(r"(?:[ \t]{4,}|[ \t]*(?:>|[-+*][ \t]|\d+[.)][ \t])[ \t>]*)(/{3,})")
MISPLACED = "a block cannot stand in a list, a quotation or indented"
OPTION = re.compile(r"""([A-Za-z][\w-]*)=("[^"]*"|'[^']*'|[^\s"'{}]+)""")
QUOTED = re.compile(r"""=("[^"]*"|'[^']*')""")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
WITH_OPTIONS = re.compile(r"[^{}]*(?<!\S)\{[^{}]*\}\s*")
TOO_SHORT_TO_WRAP = 60
LONGEST_HEADER = 40
"""Lines of a header, however it is wrapped."""
STOCK = frozenset({"admonition", "details", "tab", "caption", "figure-caption", "table-caption", "define", "html"})
"""Blocks of pymdown-extensions, which a publication may switch on beside ours."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A source cut into texts, and the mistakes in the headers and fences of its blocks."""

    text: Text
    problems: tuple[Problem, ...]

    @property
    def headers(self) -> tuple[Header, ...]:
        """The headers of all blocks whose kind is known, in their order."""
        return tuple(block.header for block in self.text.all_blocks() if block.header is not None)


@dataclass(slots=True)
class _Open:
    """A block that has begun: its fence, and the lines and blocks in it so far.

    A block of pymdown-extensions is none of ours: its lines stay in the text around it.
    """

    slashes: int
    name: str
    where: Where
    header: Header | None
    stock: bool = False
    first: int = 0
    lines: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    taken: int = 0


class _Scanner:
    """One pass over the lines of a source, which collects texts, headers and problems."""

    def __init__(self, text: str, path: str, first_line: int, kinds: Mapping[str, BlockKind]) -> None:
        source = normalised(text)
        self.lines = source.split("\n")
        self.lookalikes = not source.isascii() and any(sign in source for sign in SLASHES[1:])
        self.path, self.first_line, self.kinds = path, first_line, kinds
        self.document = _Open(0, "", self.where(0), None)
        self.stack: list[_Open] = []
        self.problems: list[Problem] = []

    def where(self, line: int, col: int = 0) -> Where:
        return Where(self.path, self.first_line + line, col + 1)

    def report(self, where: Where, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(where, code, message, hint))

    @property
    def current(self) -> _Open:
        """The innermost open block of ours, or the document: lines that follow belong to it."""
        if not self.stack:
            return self.document
        return next((block for block in reversed(self.stack) if not block.stock), self.document)

    def run(self) -> Scan:
        fences = code_fences(self.lines)
        for fence in fences:
            if not fence.closed:
                where = self.where(fence.first, fence.col)
                self.report(where, "TS103", "this code fence is never closed", f"end it with {fence.mark}")
        fenced = {number for fence in fences for number in range(fence.first, fence.end)}
        lines = iter(enumerate(self.lines))
        for number, line in lines:
            if number in fenced or not ("/" in line or (self.lookalikes and _SLASH.search(line))):
                self.current.lines.append(line)
            elif closing := CLOSE.match(line):
                self.close(number, len(closing[1]))
            elif opening := OPEN.match(line):
                self.open(number, opening, lines)
            else:
                self.elsewhere(number, line)
                self.current.lines.append(line)
        self.never_closed(self.stack)
        while self.stack:
            self.end(len(self.lines))
        text = Text("\n".join(self.document.lines), self.first_line, tuple(self.document.blocks))
        return Scan(text, tuple(self.problems))

    def close(self, number: int, slashes: int) -> None:
        inner = next((i for i in reversed(range(len(self.stack))) if self.stack[i].slashes == slashes), None)
        if inner is None:
            self.report(self.where(number), "TS104", f"{'/' * slashes} closes nothing", "delete it or open one above")
            self.current.lines.append("")
            return
        self.never_closed(self.stack[inner + 1 :])
        if number and self.lines[number - 1].strip():
            self.report(self.where(number), "TS106", "a blank line is missing before the closing fence")
        while len(self.stack) > inner:
            self.end(number)

    def end(self, number: int) -> None:
        """End the innermost block at this line and leave its placeholder, so that lines keep their numbers."""
        block = self.stack.pop()
        around = self.current
        if block.stock:
            around.lines += self.lines[number : number + 1]
            return
        text = Text("\n".join(block.lines), self.first_line + block.first, tuple(block.blocks))
        around.blocks.append(Block(block.name, block.header, block.where, text))
        height = block.taken + number - block.first + 1
        held = ["", placeholder(len(around.blocks) - 1), ""]
        around.lines += [*held, *[""] * (height - len(held))]

    def never_closed(self, blocks: list[_Open]) -> None:
        for block in blocks:
            closing = "/" * block.slashes
            self.report(block.where, "TS103", f"block '{block.name}' is never closed", f"end it with {closing}")

    def open(self, number: int, opening: re.Match[str], lines: Iterator[tuple[int, str]]) -> None:
        name = opening[2].lower()
        where = self.where(number, opening.start(1))
        if name in STOCK:
            self.current.lines.append(self.lines[number])
            self.stack.append(_Open(len(opening[1]), name, where, None, stock=True))
            return
        if opening.start(1) and name in self.kinds:
            self.report(where, "TS107", MISPLACED, "begin the line with the slashes")
        header = self.header(number, opening[3])
        for _ in header[1:]:
            next(lines)
        source, last = "\n".join(header), number + len(header) - 1
        if last + 1 < len(self.lines) and self.lines[last + 1].strip():
            message = f"a blank line is missing after the header of '{name}'"
            self.report(self.where(last + 1), "TS106", message, "leave one empty line")
        kind = self.kinds.get(name)
        outer = self.stack[-1] if self.stack else None
        self.nesting(opening, where, outer)
        if len(self.stack) >= LIMITS["blocks"].value:
            self.report(where, "TS113", LIMITS["blocks"].message, LIMITS["blocks"].remedy)
            self.current.lines.append("")
            return
        read = None
        if kind is None:
            hint = did_you_mean(name, [*self.kinds, *STOCK])
            self.report(self.where(number, opening.start(2)), "TS101", f"unknown block '{opening[2]}'", hint)
        else:
            read = self.read(kind, source, number, opening.start(3), where)
        opened = _Open(len(opening[1]), name, where, read, first=last + 1, taken=len(header))
        self.stack.append(opened)

    def nesting(self, opening: re.Match[str], where: Where, outer: _Open | None) -> None:
        """Report a block that cannot stand in the one around it."""
        if outer is None:
            return
        name = opening[2].lower()
        if outer.slashes <= len(opening[1]):
            hint = f"close '{outer.name}' first, or write it with {'/' * (len(opening[1]) + 1)}"
            message = f"'{name}' stands inside '{outer.name}', which has no more slashes than it"
            self.report(where, "TS105", message, hint)
        elif name in self.kinds and outer.name in self.kinds and name not in self.kinds[outer.name].holds:
            hint = "use for= on the action" if name == "action" else "put it outside"
            self.report(where, "TS109", f"'{name}' cannot stand inside '{outer.name}'", hint)

    def header(self, number: int, first: str) -> list[str]:
        """The lines of a header: as far as its options, or as a formatter may have wrapped it without any."""
        below = self.lines[number + 1 : number + LONGEST_HEADER]
        rest = itertools.takewhile(lambda line: line.strip() and not CLOSE.match(line), below)
        paragraph = [first, *rest]
        if WITH_OPTIONS.fullmatch("\n".join(paragraph)):
            return paragraph
        header, wide = [first], len(self.lines[number])
        for line in paragraph[1:]:
            source = "\n".join(header).rstrip()
            wrapped = wide >= TOO_SHORT_TO_WRAP or source.endswith(",") or source.count("{") > source.count("}")
            if not wrapped or ("{" in source and source.endswith("}")):
                break
            header, wide = [*header, line], len(line)
        return header

    def read(self, kind: BlockKind, source: str, line: int, col: int, where: Where) -> Header:
        def place(offset: int) -> Where:
            before = source[:offset]
            down = before.count("\n")
            return self.where(line + down, offset - before.rfind("\n") - 1 if down else col + offset)

        argument, braces, options = source.partition("{")
        at = len(argument) + len(braces)
        document = self.options(kind, options, at, place)
        title, argument_at = self.argument(argument)
        by_name = kind.argument is Argument.AUDIENCE
        audience = self.audience(kind, title, place(argument_at), where) if by_name else EVERYONE
        if not by_name and not title and not (kind.argument is Argument.TITLE_OR_USE and "use" in document.data):
            self.report(where, "TS110", f"'{kind.name}' needs a title", f"/// {kind.name} | Title")
        table, found = read_table(kind.options, document, what=f"'{kind.name}'", code="TS102")
        self.problems += found
        return Header(
            kind=kind,
            argument=title,
            options=table if audience else None,
            audience=getattr(table, "audience", audience or EVERYONE),
            where=where,
            audience_where=document.place(("for",)) if "for" in document.data else place(argument_at),
        )

    @staticmethod
    def argument(text: str) -> tuple[str, int]:
        """The text after the ``|``, without Markdown's escapes, and its offset."""
        bar, _, rest = text.partition("|")
        if bar.strip():
            rest, bar = text, ""
        offset = len(text) - len(rest.lstrip())
        return ESCAPED.sub(r"\1", " ".join(rest.split())), offset

    def audience(self, kind: BlockKind, text: str, place: Where, where: Where) -> Audience | None:
        try:
            return parse_audience(text)
        except ValueError as error:
            if text:
                self.report(place, "TS111", str(error))
            else:
                self.report(where, "TS110", f"'{kind.name}' needs an audience", f"/// {kind.name} | managers")
            return None

    def options(self, kind: BlockKind, text: str, at: int, place: Callable[[int], Where]) -> Document:
        """The options in braces as a document, so that the kind's table reads them."""
        data: dict[str, str] = {}
        values, keys = dict[KeyPath, Where]({(): place(0)}), dict[KeyPath, Where]()
        end = len(QUOTED.sub(lambda value: "=" * len(value[0]), text).partition("}")[0])
        body, closing, after = text[:end], text[end : end + 1], text[end + 1 :]
        if at and text and (not closing or after.strip()):
            message = f"the options of '{kind.name}' are not closed with }}"
            self.report(place(at - 1), "TS111", message, "write { key=value }")
        rest = OPTION.sub(lambda m: " " * len(m[0]), body)
        if stray := re.search(r"\S+", rest):
            hint = 'write key=value, with quotes around a value with spaces: place="Oude Dokken"'
            self.report(place(at + stray.start()), "TS111", f"'{stray[0]}' is not an option", hint)
        for option in OPTION.finditer(body):
            key = option[1]
            if key in data:
                self.report(place(at + option.start()), "TS003", f"'{key}' is given twice", "keep one of the two")
            data[key] = ESCAPED.sub(r"\1", " ".join(option[2].strip("\"'").split()))
            keys[(key,)], values[(key,)] = place(at + option.start(1)), place(at + option.start(2))
        return Document(data, values, keys)

    def elsewhere(self, number: int, line: str) -> None:
        """Report a line outside of code that looks like a fence and is none: it would be printed as it stands."""
        meant = suspicious(line, self.kinds)
        if meant is None:
            return
        line = _IN_CODE.sub(lambda code: "\ufffc" * len(code[0]), line)
        meant = suspicious(line, self.kinds)  # what is no code after all is found on the page (`fences_in_prose`)
        if meant is None:
            return
        where = self.where(number, len(line) - len(line.lstrip(" \t>*+-.):0123456789")))
        if placed := ELSEWHERE.match(line):
            hint = "end the list or quotation first, and begin the line with the slashes"
            self.report(self.where(number, placed.start(1)), "TS107", MISPLACED, hint)
        else:
            hint = f"did you mean '/// {meant}'?" if meant else "write it as code if it is meant to be read"
            self.report(where, "TS114", "this looks like the fence of a block, and it opens none", hint)


def scan(text: str, path: str, first_line: int, kinds: Mapping[str, BlockKind]) -> Scan:
    """Cut a body at its blocks and read their headers; ``first_line`` is the body's first line in its file."""
    return _Scanner(text, path, first_line, kinds).run()


SLASHES = "/\u2044\u2215\u29f8\uff0f"
"""The solidus, and characters that look like it."""
_SLASH = re.compile(f"[{SLASHES}]")
_BEFORE = r"[\s\u00ad\u200b-\u200f\u2060\ufeff>*+:.)\d#\\\-]*"
"""White space seen and unseen, and the signs of lists, quotations, definitions and headings."""
_THREE = re.compile(rf"{_BEFORE}[{SLASHES}]{{3,}}[ \t]*(?P<name>[A-Za-z][\w-]*)?")
_FEW = re.compile(
    rf"{_BEFORE}(?:[{SLASHES}][ \t\u00a0\u200b]*){{2,}}(?P<name>[A-Za-z][\w-]*)[ \t\u00a0]*(?P<sign>[|{{]|$)?"
)
_WITHIN = re.compile(r"/{3,}[ \t]*([A-Za-z][\w-]*)[ \t]*[|{]")
_IN_CODE = re.compile(
    rf"{CODE_SPAN.pattern}|<(?P<tag>code|kbd|samp|pre)\b[^<>]*+>(?:(?!</?(?P=tag)\b).)*+</(?P=tag)>", CODE_SPAN.flags
)
"""Code within a line, as Markdown or as HTML."""
_INLINE = frozenset(
    ["a", "abbr", "b", "cite", "del", "em", "i", "img", "ins", "mark", "q", "s", "small", "span", "strike", "strong",
     "sub", "sup", "u"]
)  # fmt: skip
_CODE = frozenset({"pre", "code", "kbd", "samp"})


def suspicious(line: str, names: Collection[str]) -> str | None:
    """Return the kind of block that a line of prose may have meant, "" for no near one, or None if it is no fence."""
    if not _SLASH.search(line):
        return None
    for part in line.splitlines():
        if found := _THREE.match(part):
            name = (found["name"] or "").lower()
            return name if name in names else did_you_mean(name, names) if name else ""
        if found := _FEW.match(part):
            name = found["name"].lower()
            meant = name if name in names and found["sign"] is not None else ""
            if meant or (found["sign"] in {"|", "{"} and (meant := did_you_mean(name, names))):
                return meant
        for within in _WITHIN.finditer(part):
            if within[1].lower() in names:
                return within[1].lower()
    return None


def fences_in_prose(root: HtmlElement, html: str, names: Collection[str]) -> Iterator[str]:
    """Find every line of a text that looks like a fence, outside of code; in comments and attributes too."""
    if not _may_hold_one(html):
        return
    for line in "".join(_pieces(root)).split("\n"):
        if suspicious(line, names) is not None:
            yield line.strip()


def _may_hold_one(html: str) -> bool:
    """Return False for most texts, which have two slashes in addresses only."""
    return "//" in html.replace("://", "") or any(sign in html for sign in ("&#", "&sol", "/ /", *SLASHES[1:]))


def _pieces(root: HtmlElement) -> Iterator[str]:
    """The prose of a tree, with line breaks between block elements."""
    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "end":
            if element is not root:
                yield "" if element.tag in _INLINE else "\n"
                if not _in_code(element, root):
                    yield element.tail or ""
            continue
        if not isinstance(element.tag, str):
            yield f"\n{element.text or ''}\n{element.tail or ''}"
            continue
        yield from (f"\n{value}\n" for value in element.attrib.values() if "/" in value and "://" not in value)
        yield "" if element.tag in _INLINE else "\n" if element.tag not in _CODE else "\ufffc"
        if element.tag not in _CODE and not _in_code(element, root):
            yield element.text or ""


def _in_code(element: HtmlElement, root: HtmlElement) -> bool:
    return any(parent.tag in _CODE for parent in element.iterancestors() if parent is not root)
