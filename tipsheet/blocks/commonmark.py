"""A text as CommonMark reads it: its block tokens, its code fences, and lists that other programs read differently.

We read lists as CommonMark does (`tipsheet.blocks.containers`), so nesting by two spaces is right and is no finding:
Prettier and mdformat write it, and an editor must not be told off for saving a file. Findings are what those two never
leave behind, because there the writer and the program disagree:

TS121  an item is indented to stand in another, but too little for it (``1. a`` and two spaces)
TS122  a list follows a line of text without a blank line; many programs read a paragraph
TS123  text or code for an item is indented, but too little; or a fence in an item is not closed in it
TS124  a list of another kind follows without a blank line; many programs go on with the first
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where

__all__ = [
    "CODE_SPAN",
    "DEEPEST",
    "HEADER",
    "LEVELS",
    "Fence",
    "backticks",
    "block_tokens",
    "code_fences",
    "list_traps",
    "repair",
]

DEEPEST = LIMITS["lists"].value
"""Lists and quotations that may stand in each other. Each level costs Python a few nested calls, and markdown-it-py
looks at every line once a level."""
LEVELS = 2 * DEEPEST + 4
"""The same as markdown-it counts: a list and its item are two levels."""

_PARSER = MarkdownIt("commonmark", {"maxNesting": LEVELS}).disable(["inline", "text_join"])

_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})(.*)")
_INSIDE = re.compile(r"^(?:[ \t]+|[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]).*)(?:```|~~~)|^[ \t]*<", re.MULTILINE)
"""A text without this has all its fences at the margin: none in a list, a quotation or HTML."""


CODE_SPAN = re.compile(r"(?<![`\\])(`{1,50})(?!`)((?:(?!\n[ \t]*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
"""Code in a line (CommonMark, 6.1), which may go on to the next.

Without a bound on its backticks each length of them that nothing closes would be looked for to the end of the text.
"""


def backticks(code: str, *, least: int) -> str:
    """Backticks to put around code (CommonMark 4.5, 6.1): at least so many, and more than it has in a row."""
    return "`" * max(least, *(len(run) + 1 for run in re.findall("`+", code)), 0)


def block_tokens(text: str) -> list[Token]:
    """The blocks of a text as CommonMark sees them, as markdown-it's tokens, inline text unparsed."""
    return _tokens(text.rstrip("\n"))


@lru_cache(maxsize=2)
def _tokens(text: str) -> list[Token]:
    # a text that is read is also searched for list traps, right after
    return _PARSER.parse(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A fence from its ``first`` line up to ``end``, lines and columns from 0; ``mark`` is how it is written."""

    first: int
    end: int
    col: int
    mark: str
    closed: bool


def code_fences(lines: list[str]) -> tuple[Fence, ...]:
    """Every code fence as CommonMark sees it; one that is never closed goes on to the end of what it stands in."""
    text = "\n".join(lines)
    if "```" not in text and "~~~" not in text:
        return ()
    if not _INSIDE.search(text):
        return tuple(_at_the_margin(lines))
    tokens = (t for t in block_tokens(text) if t.type == "fence")
    return tuple(_fence(lines, token.map[0], token.map[1], token.markup) for token in tokens if token.map)


def _at_the_margin(lines: list[str]) -> Iterator[Fence]:
    """The fences of a text that has all of them at the margin, found without a parser."""
    number = 0
    while number < len(lines):
        opening = _FENCE.fullmatch(lines[number])
        if opening is None:
            number += 1
            continue
        mark = opening[1]
        closing = re.compile(rf"{re.escape(mark)}{re.escape(mark[0])}*[ \t]*")
        below = range(number + 1, len(lines))
        end = next((n for n in below if closing.fullmatch(lines[n])), None)
        after = len(lines) if end is None else end + 1
        yield Fence(first=number, end=after, col=0, mark=mark, closed=end is not None)
        number = after


def _fence(lines: list[str], first: int, end: int, mark: str) -> Fence:
    closed = end - 1 > first and lines[end - 1].lstrip("> ").startswith(mark)
    return Fence(first=first, end=end, col=lines[first].index(mark), mark=mark, closed=closed)


MEANT = 2
"""Columns of indentation that mean something: a right-aligned number stands one further in or out."""
MARKER = re.compile(r"([ >]*)([-+*]|\d{1,9}[.)])( *)")
START = re.compile(r"[ >]*")
LISTS = frozenset({"bullet_list", "ordered_list"})
HEADER = re.compile(r"\A(?:\ufeff)?---[ \t]*\r?\n.*?^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)

_SUSPICIOUS = re.compile(
    r"""
    ^[ \t]+\S                                                   # a line that is indented
    | ^(?:[-+*]|\d{1,9}[.)])[ \t][^\n]*(?:```|~~~)               # a fence that begins with an item
    | ^>(?![ ]?[^ \t>\d+*\-`~])                                 # a quotation of more than plain lines
    | ^(?![-+*][ \t]|\d{1,9}[.)][ \t])\S[^\n]*\n(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)  # a list right below a line
    | ^([-+*])[ \t][^\n]*\n(?!\1)(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)                 # or below another list
    | ^\d{1,9}([.)])[ \t][^\n]*\n(?!\d{1,9}\2)(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)
    """,
    re.MULTILINE | re.VERBOSE,
)
"""A text without any of this has no trap. The search takes a twentieth of the time of parsing the lists."""


@dataclass(frozen=True, slots=True)
class _Trap:
    """A list or a part of one, in lines ``first`` to ``end``: needs ``shift`` more columns, or a blank line before."""

    code: str
    first: int
    end: int
    col: int
    shift: int


def list_traps(text: str, path: str, first_line: int = 1) -> Iterator[Problem]:
    """Find every list of a body that other programs read differently, as a warning at its place.

    A list that the repair of the one above it puts right is not reported.
    """
    if not _SUSPICIOUS.search(text):
        return
    mended = -1
    for trap in _traps(text.split("\n")):
        if trap.first == mended and not trap.shift:
            continue
        mended = trap.end
        message, hint = _WORDS[trap.code]
        where = Where(path, first_line + trap.first, trap.col + 1)
        yield Problem(where, trap.code, message.format(n=trap.shift), hint.format(n=trap.shift))


def repair(text: str) -> str:
    """Write these lists so that every program reads them alike, and leave all else as it is."""
    lines = text.split("\n")
    for _ in range(4 * len(lines)):
        trap = next(_traps(lines), None)
        if trap is None:
            break
        if trap.shift:
            mended = slice(trap.first, trap.end)
            lines[mended] = [_shifted(_expanded(line), trap.shift) for line in lines[mended]]
        else:
            quoted = START.match(lines[trap.first])
            lines.insert(trap.first, (quoted[0] if quoted else "").rstrip())
    return "\n".join(lines)


_WORDS = {
    "TS121": ("this item is indented, but {n} too little to stand in the one above", "indent it by {n} more"),
    "TS122": ("a blank line is missing before the list: many programs read a paragraph", "leave one empty line"),
    "TS123": ("this is indented, but {n} too little to belong to the item above", "indent it by {n} more"),
    "TS124": ("a blank line is missing between two lists: many programs make one of them", "leave one empty line"),
}


def _expanded(line: str) -> str:
    """The line with the tabs before its text as spaces, so that characters are columns."""
    rest = line.lstrip("\t >")
    return line[: len(line) - len(rest)].expandtabs(4) + rest


def _traps(lines: list[str]) -> Iterator[_Trap]:
    """Find the traps of a text, in the order of its blocks."""
    lines = [_expanded(line) for line in lines]
    for before, node in _after_each_other(SyntaxTreeNode(block_tokens("\n".join(lines)))):
        if node.type in LISTS:
            yield from _list(node, before, lines)
        elif node.type == "fence" and node.parent is not None and node.parent.type == "list_item":
            yield from _open_fence(node, lines)
        if node.type in {"paragraph", "fence", "code_block"} and before is not None and before.type in LISTS:
            yield from _too_little("TS123", before.children[-1], lines, node, _start(lines[_span(node)[0]]))


def _after_each_other(node: SyntaxTreeNode) -> Iterator[tuple[SyntaxTreeNode | None, SyntaxTreeNode]]:
    """Everything in a node, each with what stands before it; a node itself looks for that among all its siblings."""
    for before, child in zip([None, *node.children], node.children, strict=False):
        yield before, child
        yield from _after_each_other(child)


def _list(node: SyntaxTreeNode, before: SyntaxTreeNode | None, lines: list[str]) -> Iterator[_Trap]:
    last = before.children[-1] if before is not None and before.type in LISTS else None
    for previous, item in zip([None, *node.children], node.children, strict=False):
        above = previous or last
        if above is not None:
            whole = node if previous is None else item
            found = list(_too_little("TS121", above, lines, whole, _columns(item, lines)[0]))
            yield from found
            if found:
                return
    first, end = _span(node)
    in_item = node.parent is not None and node.parent.type == "list_item"
    if before is None or in_item or not lines[first - 1].strip(" >"):
        return
    if before.type in {"paragraph", "fence", "blockquote", *LISTS}:
        yield _Trap("TS124" if before.type in LISTS else "TS122", first, end, _start(lines[first]), 0)


def _too_little(
    code: str, above: SyntaxTreeNode, lines: list[str], node: SyntaxTreeNode, start: int
) -> Iterator[_Trap]:
    """The lines of a node that begins in this column, if it is indented less than the text of the item above."""
    marker, content = _columns(above, lines)
    if marker + MEANT <= start < content:
        yield _Trap(code, *_span(node), start, content - start)


def _open_fence(fence: SyntaxTreeNode, lines: list[str]) -> Iterator[_Trap]:
    """A fence that is closed further down only, because what is in it stands too far left for the item."""
    first, end = _span(fence)
    closing = re.compile(rf"[ >]*{re.escape(fence.markup)}{re.escape(fence.markup[0])}*[ ]*$")
    if end - 1 > first and closing.match(lines[end - 1]):
        return
    last = next((n for n in range(end, len(lines)) if closing.match(lines[n])), None)
    if last is None:
        return
    inside = lines[first].index(fence.markup)
    last += _start(lines[last]) < inside
    left = min((_start(line) for line in lines[end:last] if line.strip()), default=inside)
    if left < inside:
        begin = next(n for n in range(end, last) if lines[n].strip())
        yield _Trap("TS123", begin, last, _start(lines[begin]), inside - left)


def _span(node: SyntaxTreeNode) -> tuple[int, int]:
    return node.map or (0, 0)


def _start(line: str) -> int:
    found = START.match(line)
    return found.end() if found else 0


def _columns(item: SyntaxTreeNode, lines: list[str]) -> tuple[int, int]:
    """The columns of an item's marker and of its text."""
    first = _span(item)[0]
    outer = item.parent.parent if item.parent is not None else None
    while outer is not None and outer.type != "list_item":
        outer = outer.parent
    begin = _columns(outer, lines)[1] if outer is not None and _span(outer)[0] == first else 0
    found = MARKER.match(lines[first], begin)
    if found is None:  # pragma: no cover - markdown-it has seen one
        return begin, begin
    spaces = len(found[3]) if found.end() < len(lines[first]) and len(found[3]) <= len("    ") else 1
    return found.start(2), found.end(2) + spaces


def _shifted(line: str, columns: int) -> str:
    at = _start(line)
    return line[:at] + " " * columns + line[at:] if line[at:] else line
