"""Directions of texts by their letters, and marks for those that stand in a text of the other direction.

Programs that show plain text know neither ``dir`` nor ``bdi``; the marks are of the Unicode bidirectional algorithm
(UAX 9). A text without letters of the other direction stays as it is.
"""

import re
from collections.abc import Iterator
from unicodedata import bidirectional

from tipsheet.model.placeholders import FIELD

__all__ = [
    "ADDRESS",
    "LTR",
    "MARKS",
    "RTL",
    "begins",
    "direction_of",
    "embedded",
    "may_turn",
    "other",
    "sentence_direction",
    "set_apart",
    "strong",
    "turns",
]  # fmt: skip

LTR, RTL = "ltr", "rtl"
MARKS = {LTR: "\u200e", RTL: "\u200f"}
"""LEFT-TO-RIGHT MARK and RIGHT-TO-LEFT MARK: letters of a direction that take no room."""

_RTL_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""The blocks in which Unicode has letters that run to the left (DerivedBidiClass.txt)."""

_STRONG = {"L": LTR, "R": RTL, "AL": RTL}
ADDRESS = re.compile(r"(?:https?://|mailto:)\S+|[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", re.IGNORECASE)


def other(direction: str) -> str:
    """The opposite direction."""
    return LTR if direction == RTL else RTL


def may_turn(text: str, direction: str) -> bool:
    """Return False where nothing in a text of this direction can run the other way: a quick test before the others."""
    return direction == RTL or _RTL_LETTERS.search(text) is not None


def _letters(text: str) -> Iterator[str]:
    """The direction of each letter that has one; addresses have none, and a merge field has its fallback's."""
    words = ADDRESS.sub(" ", FIELD.sub(lambda field: field[2], text) if "@@" in text else text)
    return filter(None, map(strong, words))


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
        return LTR if ADDRESS.fullmatch(text.strip()) else default
    needed = 2 / 3 if found[0] == default else 1 / 2
    return other(default) if against > needed * len(found) else default


def sentence_direction(text: str, default: str) -> str:
    """The direction of a sentence of ours, in which names may be longer than our words."""
    return default if any(found == default for found in _letters(text)) else direction_of(text, default)


def strong(sign: str) -> str | None:
    """The direction of a letter; None for a sign, a number or a space, and for the halves that stand around a mark."""
    return None if "\ud800" <= sign <= "\udfff" else _STRONG.get(bidirectional(sign))


def turns(text: str, direction: str) -> bool:
    """Return True if a letter of the text runs against this direction."""
    return may_turn(text, direction) and any(strong(sign) == other(direction) for sign in text)


def embedded(text: str, direction: str) -> str:
    """The same in plain text, by marks where a sign or a number begins or ends it; an address is never touched."""
    if not turns(text, direction) or ADDRESS.fullmatch(text):
        return text
    own = direction_of(text, direction)
    before, after = (MARKS[own] if strong(text[at]) != own else "" for at in (0, -1))
    return f"{before}{text}{after}"


def set_apart(value: str, direction: str) -> str:
    """A value of somebody else's inside a text of this direction, which runs on as if it were not there.

    Programs turn a line by its first letter, and a number after a word by the word's last; so a mark of the text stands
    before and after a value that runs the other way.
    """
    if not turns(value, direction) or ADDRESS.fullmatch(value):
        return value
    return f"{MARKS[direction]}{embedded(value, direction)}{MARKS[direction]}"


def begins(text: str) -> str | None:
    """The direction of the first letter, by which programs turn a line."""
    return next(filter(None, map(strong, text)), None)
