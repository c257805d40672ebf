"""Code fences of a text, in lists and quotations too: what stands in them is nobody's block."""

from dataclasses import dataclass

from tipsheet.blocks.lists import block_tokens

__all__ = ["Fence", "code_fences"]


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
    tokens = (t for t in block_tokens(text) if t.type == "fence")
    return tuple(_fence(lines, token.map[0], token.map[1], token.markup) for token in tokens if token.map)


def _fence(lines: list[str], first: int, end: int, mark: str) -> Fence:
    closed = end - 1 > first and lines[end - 1].lstrip("> ").startswith(mark)
    return Fence(first=first, end=end, col=lines[first].index(mark), mark=mark, closed=closed)
