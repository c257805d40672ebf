"""Code fences of a text, in lists and quotations too: what stands in them is nobody's block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tipsheet.blocks.containers import block_tokens

__all__ = ["Fence", "code_fences"]

_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})(.*)")
_INSIDE = re.compile(r"^(?:[ \t]+|[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]).*)(?:```|~~~)|^[ \t]*<", re.MULTILINE)
"""A fence that may stand in a list or a quotation, or HTML that may hold one."""


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
    """The fences of a text that has all of them at the margin, which needs no parser."""
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
