"""Writing directions: of a text by its letters, isolated in a text of the other direction, and of style sheets.

Mail programs have neither logical properties nor, some of them, ``dir=auto`` and ``bdi``; so what a browser would find
out is found out here, and written with ``dir``, or in plain text with the marks of the Unicode bidirectional algorithm
(UAX 9). A text without letters of the other direction stays as it is.
"""

import re
from collections.abc import Iterable, Iterator
from unicodedata import bidirectional

from markupsafe import Markup, escape

from tipsheet.model.placeholders import FIELD

__all__ = [
    "LTR", "MARKS", "RTL", "begins", "direction_of", "embedded", "isolated", "led", "led_line", "may_turn", "mirrored",
    "opened", "other", "sentence_direction",
]  # fmt: skip

LTR, RTL = "ltr", "rtl"
MARKS = {LTR: "\u200e", RTL: "\u200f"}
"""LEFT-TO-RIGHT MARK and RIGHT-TO-LEFT MARK: letters of a direction that take no room."""

_RTL_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""The blocks in which Unicode has letters that run to the left (DerivedBidiClass.txt)."""

_STRONG = {"L": LTR, "R": RTL, "AL": RTL}
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+|[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", re.IGNORECASE)

_SIGNS_OF_ADDRESS = re.compile(r"https?://\S*[/?#=&] (?=\S)")


def other(direction: str) -> str:
    """The opposite direction."""
    return LTR if direction == RTL else RTL


def may_turn(text: str, direction: str) -> bool:
    """Return False where nothing in a text of this direction can run the other way: a quick test before the others."""
    return direction == RTL or _RTL_LETTERS.search(text) is not None


def _letters(text: str) -> Iterator[str]:
    """The direction of each letter that has one; addresses have none, and a merge field has its fallback's."""
    words = _ADDRESS.sub(" ", FIELD.sub(lambda field: field[2], text) if "@@" in text else text)
    return filter(None, map(_strong, words))


def direction_of(text: str, default: str) -> str:
    """The direction of a text: not the ``default`` where most of its letters run the other way.

    The first letter, by which ``dir=auto`` decides, is often a name's that comes from elsewhere; but a text that begins
    in the default direction needs two letters against each of its own.
    """
    if default == LTR and not _RTL_LETTERS.search(text):
        return default
    found = list(_letters(text))
    against = found.count(other(default))
    if not found:
        return LTR if _ADDRESS.fullmatch(text.strip()) else default
    needed = 2 / 3 if found[0] == default else 1 / 2
    return other(default) if against > needed * len(found) else default


def sentence_direction(text: str, default: str) -> str:
    """The direction of a sentence of ours, in which names may be longer than our words."""
    return default if any(found == default for found in _letters(text)) else direction_of(text, default)


def _strong(sign: str) -> str | None:
    """The direction of a letter; None for a sign, a number or a space, and for the halves that stand around a mark."""
    return None if "\ud800" <= sign <= "\udfff" else _STRONG.get(bidirectional(sign))


def _turns(text: str, direction: str) -> bool:
    """Return True if a letter of the text runs against this direction."""
    return may_turn(text, direction) and any(_strong(sign) == other(direction) for sign in text)


def isolated(text: str, direction: str) -> Markup:
    """A text as HTML inside one of this direction: its own signs and numbers stay with it."""
    if not _turns(text, direction):
        return escape(text)
    own = direction_of(text, direction)
    if own == direction and all(_strong(text[at]) == own for at in (0, -1)):
        return escape(text)
    return Markup('<span dir="{}">{}</span>').format(own, text)


def embedded(text: str, direction: str) -> str:
    """The same in plain text, by marks where a sign or a number begins or ends it; an address is never touched."""
    if not _turns(text, direction) or _ADDRESS.fullmatch(text):
        return text
    own = direction_of(text, direction)
    before, after = (MARKS[own] if _strong(text[at]) != own else "" for at in (0, -1))
    return f"{before}{text}{after}"


def opened(text: str, direction: str) -> str:
    """A text alone on its line, such as a subject, which programs would turn by its first letter."""
    own = direction_of(text, direction)
    return text if begins(text) in (own, None) else MARKS[own] + text


def begins(text: str) -> str | None:
    """The direction of the first letter, by which programs turn a line."""
    return next(filter(None, map(_strong, text)), None)


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
    if not any(map(str.isalnum, words)) or _ADDRESS.fullmatch(words):
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
