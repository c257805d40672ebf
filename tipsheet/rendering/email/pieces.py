"""Cutting a rendered part into pieces: at marks that say who sees what, and around merge fields.

The marks are HTML comments on lines of their own, which css-inline leaves alone. Templates write
them with the macro ``only``; what stands between them is whole lines of balanced markup.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import groupby
from urllib.parse import unquote

from tipsheet.model.edition import ALWAYS, Escape, Line, Piece, Slot, When

__all__ = ["Conditions", "cut", "line_of", "pieces"]

CLOSE = "<!--/ts-->"
_OPEN = re.compile(r"<!--ts (\d+)-->$")
_FIELD = re.compile(r"@@(?:token|([a-z][a-z0-9_]*)(?: or |%20or%20)([^@\n]*?))@@")
_IN_ADDRESS = re.compile(r"""(?:(?:href|src)="|https?://|mailto:)[^"\s<>]*$""")


class Conditions:
    """The conditions of a document by number, as marks name them."""

    def __init__(self) -> None:
        self._found: dict[When, int] = {}

    def mark(self, when: When) -> str:
        """The mark that opens a run of lines under this condition."""
        return f"<!--ts {self._found.setdefault(when, len(self._found))}-->"

    def __getitem__(self, number: int) -> When:
        return list(self._found)[number]


def cut(document: str, conditions: Conditions) -> tuple[Piece, ...]:
    """A document with marks as pieces; a mark inside another names all its conditions itself.

    White space at the ends of lines and empty lines are dropped: none of it shows, since the letter
    has no preformatted text.
    """
    return pieces(_lines(document, conditions))


def _lines(document: str, conditions: Conditions) -> Iterator[tuple[str, When]]:
    open_ = [ALWAYS]
    for raw in document.split("\n"):
        line = raw.strip(" \t\r")
        mark = _OPEN.match(line)
        if mark:
            open_.append(conditions[int(mark[1])])
        elif line == CLOSE:
            open_.pop()
        elif line:
            yield f"{line}\n", open_[-1]


def pieces(lines: Iterable[tuple[str, When]], *, escape: Escape = Escape.HTML) -> tuple[Piece, ...]:
    """Whole lines, each with who sees it, as pieces: runs of finished text, and single lines with slots."""
    result: list[Piece] = []
    for (when, has_field), run in groupby(lines, lambda item: (item[1], bool(_FIELD.search(item[0])))):
        if has_field:
            result += (Piece(line_of(line, escape), when) for line, _ in run)
        else:
            result.append(Piece("".join(line for line, _ in run), when))
    return tuple(result)


def line_of(text: str, escape: Escape) -> Line:
    """A text with its merge fields as slots; ``@@token@@``, which only a reader has, gets no fallback."""
    line: list[str | Slot] = []
    end = 0
    for match in _FIELD.finditer(text):
        before = text[end : match.start()]
        line += [before] if before else []
        place = Escape.URL if _IN_ADDRESS.search(text[: match.start()]) else escape
        fallback: str | None = match[2]
        if fallback is not None:
            fallback = unescape(fallback) if escape is Escape.HTML else fallback
            fallback = unquote(fallback) if place is Escape.URL else fallback
        line.append(Slot(match[1] or "token", fallback, place))
        end = match.end()
    line += [text[end:]] if text[end:] else []
    return tuple(line)
