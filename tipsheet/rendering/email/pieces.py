"""Cutting a rendered part into pieces: at marks that say who sees what, into lines, around merge fields.

The marks are HTML comments on lines of their own, which css-inline leaves alone. Templates write
them with the macro ``only``; what stands between them is whole lines of balanced markup.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import groupby
from urllib.parse import unquote

from tipsheet.edition.edition import ALWAYS, Escape, Line, LinkMark, MarkedLine, MarkedPiece, Piece, Slot, When
from tipsheet.edition.mime import COLUMNS
from tipsheet.model.placeholders import FIELD, OPEN, PASSED_ON, TOKEN, unguarded
from tipsheet.rendering.lines import LINK_MARK

__all__ = ["Conditions", "cut", "line_of", "marked_pieces", "pieces"]

CLOSE = "<!--/ts-->"
_OPEN = re.compile(r"<!--ts (\d+)-->$")
_FIELD = re.compile(rf"@@(?P<open>{'|'.join(OPEN)})@@|{FIELD.pattern}")
_ATOM = re.compile(r"""<!--.*?-->|@@[^@]*@@|(<!?[A-Za-z](?:"[^"]*"|[^">])*>)|( )""")
_BEFORE_LONG_VALUE = re.compile(r' (?=(?:style|href)=")')
_UNFOLDED = ("<title", "<!--")
_OPEN_TOKEN = f"@@{TOKEN}@@"
_TOKEN_WIDTH = 32
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

    White space at the ends of lines and empty lines are dropped, and long lines are folded: none of
    it shows, since the letter has no preformatted text.
    """
    return pieces((f"{part}\n", when) for line, when in _lines(document, conditions) for part in line.split("\n"))


def _lines(document: str, conditions: Conditions) -> Iterator[tuple[str, When]]:
    open_ = [ALWAYS]
    in_sheet = False
    for raw in document.split("\n"):
        line = raw.strip(" \t\r")
        mark = _OPEN.match(line)
        if mark:
            open_.append(conditions[int(mark[1])])
        elif line == CLOSE:
            open_.pop()
        elif line:
            in_sheet = in_sheet or line.startswith("<style")
            yield line if in_sheet or line.startswith(_UNFOLDED) else _folded(line), open_[-1]
            in_sheet = in_sheet and "</style>" not in line


def _folded(line: str) -> str:
    """A line of markup broken at spaces that do not show, so that it needs few soft breaks when it is encoded.

    That is in running text, and before the attributes that are long; a merge field is not broken.
    """
    if _width(line) <= COLUMNS:
        return line
    parts = _ATOM.sub(lambda m: "\n" if m[2] else _BEFORE_LONG_VALUE.sub("\n", m[1]) if m[1] else m[0], line)
    lines = [""]
    width = 0
    for part in parts.split("\n"):
        wide = _width(part)
        if width and width + 1 + wide > COLUMNS:
            lines.append(part)
            width = wide
        else:
            lines[-1] += f" {part}" if width else part
            width += wide + (1 if width else 0)
    return "\n".join(line for line in lines if line)


def _width(text: str) -> int:
    """Columns that it takes when it is encoded and its merge fields are filled, about."""
    beyond_ascii = 0 if text.isascii() else 5 * (len(text.encode()) - len(text))
    return len(text) + 2 * text.count("=") + beyond_ascii + text.count(_OPEN_TOKEN) * (_TOKEN_WIDTH - len(_OPEN_TOKEN))


def pieces(lines: Iterable[tuple[str, When]], *, escape: Escape = Escape.HTML) -> tuple[Piece, ...]:
    """Whole lines, each with who sees it, as pieces: runs of finished text, and single lines with slots."""
    result: list[Piece] = []
    for (when, has_field), run in groupby(lines, lambda item: (item[1], bool(_FIELD.search(item[0])))):
        if has_field:
            result += (Piece(line_of(line, escape), when) for line, _ in run)
        else:
            result.append(Piece(unguarded("".join(line for line, _ in run)), when))
    return tuple(result)


def marked_pieces(lines: Iterable[tuple[str, When]]) -> Iterator[Piece | MarkedPiece]:
    """The same for the text part, where a line may hold marks of links too."""
    for marked, run in groupby(lines, lambda item: LINK_MARK.search(item[0]) is not None):
        if marked:
            yield from (MarkedPiece(_marked_line_of(line), when) for line, when in run)
        else:
            yield from pieces(run, escape=Escape.TEXT)


def _marked_line_of(text: str) -> MarkedLine:
    line: list[str | Slot | LinkMark] = []
    end = 0
    for match in LINK_MARK.finditer(text):
        line += line_of(text[end : match.start()], Escape.TEXT)
        line.append(LinkMark(int(match[1]), in_table=bool(match[2])))
        end = match.end()
    return (*line, *line_of(text[end:], Escape.TEXT))


def line_of(text: str, escape: Escape) -> Line:
    """A text with its merge fields as slots; ``@@token@@``, which only a reader has, gets no fallback.

    Nor do the other fields of `OPEN`. What is a part of an address is encoded for one; a whole address is not.
    """
    line: list[str | Slot] = []
    end = 0
    for match in _FIELD.finditer(text):
        before = unguarded(text[end : match.start()])
        line += [before] if before else []
        whole = match["open"] in PASSED_ON
        place = Escape.URL if not whole and _IN_ADDRESS.search(text[: match.start()]) else escape
        fallback: str | None = match[3]
        if fallback is not None:
            fallback = unescape(fallback) if escape is Escape.HTML else fallback
            fallback = unquote(fallback) if place is Escape.URL else fallback
        line.append(Slot(match["open"] or match[2], fallback, place))
        end = match.end()
    line += [unguarded(text[end:])] if text[end:] else []
    return tuple(line)
