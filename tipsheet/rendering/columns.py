"""Lines and tables of 72 columns for the text part of the mail (E15).

A text holds two things whose width is another in the reader's letter: merge fields, which count as
wide as their fallback, and marks of links, which count as wide as ``[12]``. So lines break alike for
all readers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tipsheet.edition.inbox import columns
from tipsheet.model.directions import LTR, MARKS, direction_of, embedded, may_turn
from tipsheet.model.placeholders import FIELD, GUARD, unguarded
from tipsheet.rendering.directions import led

__all__ = ["BREAK", "LINK_MARK", "WIDTH", "Table", "link_mark", "rule", "table_lines", "wrap"]

WIDTH = 72
"""Columns of a line, which leaves room for a reply's quotation marks (RFC 3676 names 78 as the most)."""

BREAK = "\v"
"""A line break in a paragraph."""

LINK_MARK = re.compile("\ud800(\\d+)(?:(\udffe)|\udfff)")
"""The mark of a link until its number is counted: the place of its address, and whether it stands in a table.

The signs around it are halves of a pair of UTF-16, which no text in UTF-8 can hold.
"""

_MARK_BEGIN, _MARK_END, _TABLE_END = "\ud800", "\udfff", "\udffe"
_SPACE = " \t\r\n\f"
_WORD = re.compile(rf"(?:{FIELD.pattern}|[^{_SPACE}])+")
_BETWEEN = 2
"""Columns between those of a table."""


def link_mark(link: int) -> str:
    """The mark of the link whose address has this place in the edition."""
    return f"{_MARK_BEGIN}{link}{_MARK_END}"


def _width_of(text: str) -> int:
    """Columns that a text takes."""
    if text.isascii() and "@@" not in text:
        return len(text)
    if "@@" in text or _MARK_BEGIN in text or GUARD in text:
        text = unguarded(FIELD.sub(lambda m: m[2], LINK_MARK.sub("[12]", text)))
    return columns(text)


def rule(mark: str = "-", indent: int = 0) -> str:
    """A line across the text."""
    return " " * indent + mark * (WIDTH - indent)


def wrap(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[str]:
    """Lines of a paragraph; ``first`` and ``rest`` begin the first line and the following ones.

    A word that is wider than a line stays whole, so that an address can be copied.
    """
    rest = first if rest is None else rest
    lines: list[str] = []
    for part in text.strip(_SPACE + BREAK).split(BREAK):
        line = rest if lines else first
        used = begun = _width_of(line)
        for before, word in _parts(part):
            wide = _width_of(word)
            if used > begun and used + len(before) + wide > width:
                lines.append(line)
                line, used = rest, _width_of(rest)
                begun = used
            space = before if used > begun else ""
            line += space + word
            used += len(space) + wide
        lines.append(line.rstrip(_SPACE))
    return lines if any(lines) else []


def _words(text: str) -> Iterator[str]:
    """The words of a text; no-break spaces and those inside a merge field hold a word together."""
    return (match[0] for match in _WORD.finditer(text))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Words and signs of wide scripts that a line may begin with, each with the space that else stands before it."""
    for word in _words(text):
        first, *rest = _WIDE_BREAK.sub("\n", word).split("\n") if _WIDE.search(word) and "@@" not in word else [word]
        yield " ", first
        yield from (("", part) for part in rest)


_WIDE_SIGNS = "\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
_NO_BEGIN = (
    "\u3001\u3002\uff0c\uff0e\u30fb\uff1a\uff1b\uff1f\uff01"  # commas, stops, colons, marks of questions and calls
    "\u309b\u309c\u30fc\u30fd\u30fe\u309d\u309e\u3005"  # signs that lengthen or repeat what stands before them
    "\u2019\u201d\uff09\u3015\uff3d\uff5d\u3009\u300b\u300d\u300f\u3011\u3019\u3017\u301f\uff60\xbb"  # closing
    "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e\u3095\u3096"  # small letters of Hiragana
    "\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6\u31f0-\u31ff"  # and of Katakana
    "\u301c\uff5e\u2026\u2025,.:;?!)\\]}"
)
_NO_END = "\u2018\u201c\uff08\u3014\uff3b\uff5b\u3008\u300a\u300c\u300e\u3010\u3018\u3016\u301d\uff5f\uffe5\uff04(\\[{"
_WIDE = re.compile(f"[{_WIDE_SIGNS}]")
_WIDE_BREAK = re.compile(
    rf"(?:(?<=[{_WIDE_SIGNS}])|(?=[{_WIDE_SIGNS}]))(?<=[^{_NO_END}])(?=[^{_NO_BEGIN}])",
)
"""Places at a sign of Chinese or Japanese where a line may break (JIS X 4051, 8.1; UAX 14): no line begins with a
closing sign or a small letter, and none ends in an opening sign. Korean breaks at its spaces."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by rows; ``sides`` are "left", "center" or "right" by columns, and the first ``heads`` rows are heads.

    In a table that runs to the left, which ``direction`` says, "left" is where lines begin all the same.
    """

    rows: Sequence[Sequence[str]]
    sides: Sequence[str] = ()
    heads: int = 1
    direction: str = LTR


def table_lines(table: Table, width: int = WIDTH) -> list[str]:
    """Aligned columns, in which text wraps; a table that is too wide even so has a line for each cell instead."""
    count = max(map(len, table.rows), default=0)
    rows = [[*row, *[""] * (count - len(row))] for row in table.rows]
    if not any(any(row) for row in rows):
        return []
    sizes = _sizes(rows, width - _BETWEEN * (count - 1))
    if sizes is None:
        return _cell_by_cell(rows, table.heads, width, table.direction)
    turns = any(may_turn(cell, table.direction) for row in rows for cell in row)
    mark = MARKS[table.direction] if turns else ""  # cells of the other direction would change places
    between = mark.join(" " * _BETWEEN)
    wrapped = [
        [_cell_lines(cell, size, table.direction) for cell, size in zip(row, sizes, strict=True)] for row in rows
    ]
    spread = any(len(cell) > 1 for row in wrapped for cell in row)
    lines: list[str] = []
    for number, cells in enumerate(wrapped):
        if spread and number > table.heads:
            lines.append("")
        for index in range(max(map(len, cells))):
            parts = (cell[index] if index < len(cell) else "" for cell in cells)
            sides = (*table.sides, *["left"] * count)
            placed = (_placed(part, size, side) for part, size, side in zip(parts, sizes, sides, strict=False))
            lines.append(mark + _with_marks(between.join(placed).rstrip(f" {mark}")))
        if number + 1 == table.heads:
            lines.append(mark + between.join("-" * size for size in sizes))
    return lines


def _cell_lines(cell: str, size: int, direction: str) -> list[str]:
    """The lines of a cell; where it runs against the table, the signs at their ends stay with them."""
    lines = wrap(cell, width=size) or [""]
    if direction_of(cell, direction) == direction:
        return lines
    return [embedded(line, direction) for line in lines]


def _sizes(rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """Columns of each column: as wide as its text where there is room, never less than its longest word."""
    cells = list(zip(*rows, strict=True))
    least = [max((_width_of(w) for cell in c for _, w in _parts(cell.replace(BREAK, " "))), default=1) for c in cells]
    sizes = [max((_width_of(line) for cell in c for line in cell.split(BREAK)), default=1) for c in cells]
    sizes = [max(pair) for pair in zip(sizes, least, strict=True)]
    if sum(least) > room:
        return None
    while sum(sizes) > room:
        widest = max((i for i in range(len(sizes)) if sizes[i] > least[i]), key=lambda i: sizes[i])
        sizes[widest] -= 1
    return sizes


def _placed(text: str, size: int, side: str) -> str:
    room = size - _width_of(text)
    before = room if side == "right" else room // 2 if side == "center" else 0
    return " " * before + text + " " * (room - before)


def _with_marks(line: str) -> str:
    """The line with every mark of a link as wide in each letter, where something follows it."""
    end = len(line) - 1
    return "".join(_TABLE_END if sign == _MARK_END and at < end else sign for at, sign in enumerate(line))


def _cell_by_cell(rows: Sequence[Sequence[str]], heads: int, width: int, direction: str) -> list[str]:
    """A paragraph for each row, in it a line for each cell, which begins with the head of its column."""
    heads = heads if len(rows) > heads else 0  # a row of heads alone is shown
    names = rows[0] if heads else [""] * len(rows[0])
    lines: list[str] = []
    for row in rows[heads:]:
        lines += [""] if lines else []
        for name, cell in zip(names, row, strict=True):
            said = f"{name}: {cell.strip(_SPACE + BREAK) or '-'}" if name else cell
            lines += led(wrap(said.replace(BREAK, " "), "", "  ", width), direction_of(said, direction))
    return lines
