"""Writing directions: of a text by its letters, isolated in a text of the other direction, and of style sheets.

Mail programs have neither logical properties nor, some of them, ``dir=auto`` and ``bdi``; so what a browser would find
out is found out here, and written with ``dir``, or in plain text with the marks of the Unicode bidirectional algorithm
(UAX 9). A text without letters of the other direction stays as it is.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from tipsheet.model.directions import ADDRESS, LTR, MARKS, RTL, begins, direction_of, strong, turns
from tipsheet.model.placeholders import FIELD

__all__ = ["TURNED", "isolated", "led", "led_line", "mirrored", "noted", "opened"]

_SIGNS_OF_ADDRESS = re.compile(r"https?://\S*[/?#=&] (?=\S)")


def isolated(text: str, direction: str) -> Markup:
    """A text as HTML inside one of this direction: its own signs and numbers stay with it."""
    if not turns(text, direction):
        return escape(text)
    own = direction_of(text, direction)
    if own == direction and all(strong(text[at]) == own for at in (0, -1)):
        return escape(text)
    return Markup('<span dir="{}">{}</span>').format(own, noted(text) if own != direction else text)


TURNED = "\ufdd4"
"""Stands before a merge field in a text that runs against its letter, until that is cut; no text holds it."""


def noted(text: str) -> str:
    """A text that runs against its letter, with that said before each of its merge fields."""
    return FIELD.sub(rf"{TURNED}\g<0>", text) if "@@" in text else text


def opened(text: str, direction: str) -> str:
    """A text alone on its line, such as a subject, which programs would turn by its first letter."""
    own = direction_of(text, direction)
    said = noted(text) if own != direction else text
    return said if begins(text) in (own, None) else MARKS[own] + said


def led(lines: Iterable[str], direction: str) -> list[str]:
    """Lines of a paragraph of this direction: programs turn each by its own first letter, so some need a mark.

    A line that is an address alone stays as it is, so that it can be copied. Signs at the end of an address inside a
    line that runs to the left are held at its side by a mark after the space that follows.
    """
    if direction == RTL:
        return [led_line(_SIGNS_OF_ADDRESS.sub(rf"\g<0>{MARKS[LTR]}", line), direction) for line in lines]
    return [led_line(line, direction) for line in lines]


def led_line(line: str, direction: str) -> str:
    """One such line, with a mark where it would run otherwise."""
    words = line.lstrip(" ")
    first = begins(words)
    if first == direction or (first is None and direction == LTR):
        return line
    if not any(map(str.isalnum, words)) or ADDRESS.fullmatch(words):
        return line
    return f"{line[: len(line) - len(words)]}{MARKS[direction]}{words}"


_DECLARATIONS = re.compile(r"\{([^{}]*)\}")
_SIDE = re.compile(r"\b(?:left|right)\b")
_LENGTH = r"[^\s;!]+"
_FOUR = re.compile(rf"\b((?:margin|padding|border-(?:width|style|color)):\s*){' '.join([f'({_LENGTH})'] * 4)}")
_SIDES = {"left": "right", "right": "left"}


def mirrored(css: str) -> str:
    """A style sheet for a letter that runs to the left: in its declarations, not in its selectors, left is right."""
    return _DECLARATIONS.sub(lambda block: f"{{{_FOUR.sub(_TURNED, _SIDE.sub(_other_side, block[1]))}}}", css)


_TURNED = r"\1\2 \5 \4 \3"
"""Top, right, bottom, left: the second and the fourth have changed places."""


def _other_side(word: re.Match[str]) -> str:
    return _SIDES[word[0]]
