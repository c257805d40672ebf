"""Addresses, titles and labels of links as CommonMark writes them (0.31.2, sections 4.7, 6.3 and 2.4).

The text may hold characters that Python-Markdown has set aside as escaped: a number between STX and ETX.
"""

import re
from html import unescape
from html.entities import html5

from markdown.util import AMP_SUBSTITUTE, ETX, STX

__all__ = [
    "AMPERSAND",
    "ESCAPABLE",
    "LIKE_AN_ENTITY",
    "attribute",
    "destination",
    "entity",
    "label_key",
    "plain",
    "title_at",
]

ESCAPABLE = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""ASCII punctuation, which a backslash makes a character like any other (2.4)."""
LIKE_AN_ENTITY = r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z0-9]+);"
"""What Python-Markdown's serializer leaves as it is in texts and attributes."""
AMPERSAND = f"{AMP_SUBSTITUTE}amp;"
"""A sign that stays one, whatever stands after it."""

_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LIKE_AN_ENTITY = re.compile(LIKE_AN_ENTITY)

_ESCAPED = re.compile(f"{STX}([0-9]+){ETX}")
_BACKSLASH = re.compile(rf"\\([{ESCAPABLE}])")
_IN_ANGLES = re.compile(r"<((?:[^<>\\\n]|\\.)*+)>", re.DOTALL)
_PIECE = re.compile(rf"(?:[^\x00-\x20\x7f()\\]|{STX}|{ETX}|\\[{ESCAPABLE}]|\\)++")
_TITLE = re.compile(r""""((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|\(((?:[^()\\]|\\.)*+)\)""", re.DOTALL)
_DEEPEST = 32
"""Brackets in brackets that an address may hold; CommonMark asks for three at least."""


def destination(text: str, at: int) -> tuple[str, int] | None:
    """The address that begins at this place, as it is written, and where it ends; None where none begins."""
    if text.startswith("<", at):
        found = _IN_ANGLES.match(text, at)
        return (found[1], found.end()) if found else None
    depth, end = 0, at
    while end < len(text):
        piece = _PIECE.match(text, end)
        if piece:
            end = piece.end()
        elif text[end] == "(" and depth < _DEEPEST:
            depth, end = depth + 1, end + 1
        elif text[end] == ")" and depth:
            depth, end = depth - 1, end + 1
        else:
            break
    return (text[at:end], end) if end > at and not depth else None


def title_at(text: str, at: int) -> tuple[str, int] | None:
    """The title in quotation marks or brackets that begins at this place, and where it ends."""
    found = _TITLE.match(text, at)
    if found is None or "\n\n" in found[0]:
        return None
    return next(group for group in found.groups() if group is not None), found.end()


def plain(text: str) -> str:
    """An address or a title with its entities and its escaped characters as what they stand for."""
    if "&" in text:
        text = _LIKE_AN_ENTITY.sub(entity, text)
    if "\\" in text:
        text = _BACKSLASH.sub(r"\1", text)
    return _ESCAPED.sub(_character, text).replace(AMPERSAND, "&") if STX in text else text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1]))


def entity(found: re.Match[str]) -> str:
    """The characters that an entity stands for; what is none stays as it is."""
    known = _REFERENCE.fullmatch(found[0])
    if known is None or not known[1].startswith("#"):
        return html5.get(found[0][1:], found[0])
    return unescape(found[0]) or "\N{REPLACEMENT CHARACTER}"


def attribute(value: str) -> str:
    """The value of an attribute such that Python-Markdown's serializer keeps every ``&`` in it."""
    return value.replace("&", AMPERSAND) if _LIKE_AN_ENTITY.search(value) else value


def label_key(label: str) -> str:
    """The form in which labels are compared; escaped characters are as they were written."""
    if STX in label:
        label = _ESCAPED.sub(lambda found: f"\\{_character(found)}", label).replace(AMPERSAND, r"\&")
    return " ".join(label.casefold().split())
