"""Texts of plain blocks only, whose lists and quotations are found without a parser.

Most texts of a newsletter are paragraphs and headings at the margin, with a list of one-line items or a quotation
between them. markdown-it-py needs a quarter of a conversion to say so; a look at the first signs of each line says the
same. `outline` does that, and returns None for every text that it does not know to the last line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

__all__ = ["Stretch", "outline"]

_OTHER = re.compile(r"^[ >+*\-\d.)]*(?:```|~~~|<)", re.MULTILINE)
"""Fences and HTML, which go on over blank lines."""
_SIGNS = ("```", "~~~", "<")
_CONTROLS = "\t\r\0"
"""Characters that a parser treats by itself."""
_TEXT = r"(?:[^\s>+*\d\-]|\*{1,2}[^\s*]|\d+(?![\d.)]))[^\n]*"
"""A line that begins neither with white space nor with the sign of a list, a quotation or a thematic break."""
_PARAGRAPH = re.compile(rf"{_TEXT}(?:\n{_TEXT})*|-{{3,}}|\*{{3,}}")
_QUOTATION = re.compile(rf"> {_TEXT}(?:\n> {_TEXT})*")
_BULLETS = re.compile(rf"([-+*]) {_TEXT}(?:\n\1 {_TEXT})*")
_NUMBERS = re.compile(rf"(?P<start>\d{{1,9}})([.)]) {_TEXT}(?:\n\d{{1,9}}\2 {_TEXT})*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines from ``first`` up to ``end``: text, a quotation (``sign`` is ">") or a list, whose sign its markers end in.

    ``items`` are the texts of a list; ``start`` is the number of its first item.
    """

    first: int
    end: int
    sign: str = ""
    items: tuple[str, ...] = ()
    start: str = ""
    tight: bool = True


def outline(text: str) -> tuple[Stretch, ...] | None:
    """The stretches of a text, blank lines between them left out; None where it takes a parser to tell."""
    if any(sign in text for sign in _CONTROLS) or (any(sign in text for sign in _SIGNS) and _OTHER.search(text)):
        return None
    found: list[Stretch] = []
    for one in _chunks(text):
        if one is None:
            return None
        before = found[-1] if found else None
        if before is None or not (before.items and one.items):
            found.append(one)
        elif before.sign == one.sign and one.items[0][0].isalpha():  # a list without a paragraph would stay tight
            found[-1] = replace(before, end=one.end, items=before.items + one.items, tight=False)
        else:
            return None
    return tuple(found)


def _chunks(text: str) -> Iterator[Stretch | None]:
    """The stretches between blank lines; None for one that is not plain."""
    text = text.rstrip("\n")
    at, first = 0, 0
    while at < len(text):
        if text[at] == "\n":
            at, first = at + 1, first + 1
            continue
        stop = text.find("\n\n", at)
        stop = len(text) if stop < 0 else stop
        end = first + text.count("\n", at, stop) + 1
        yield _stretch(text, at, stop, first, end)
        at, first = stop + 1, end


def _stretch(text: str, at: int, stop: int, first: int, end: int) -> Stretch | None:
    if _PARAGRAPH.fullmatch(text, at, stop):
        return Stretch(first, end)
    if _QUOTATION.fullmatch(text, at, stop):
        return Stretch(first, end, ">")
    found = _BULLETS.fullmatch(text, at, stop) or _NUMBERS.fullmatch(text, at, stop)
    if found is None:
        return None
    items = tuple(line.partition(" ")[2] for line in found[0].split("\n"))
    number = int(found["start"]) if found.re is _NUMBERS else 1
    return Stretch(first, end, found[found.re.groups], items, "" if number == 1 else str(number))
