"""Emphasis and code in a line of Markdown: marks around them become the signs that CommonMark takes as they are meant.

A mark is a character that no text may hold. Where signs would be read otherwise (6.2), tags of HTML stand instead.
"""

import re
import unicodedata
from dataclasses import dataclass

from tipsheet.blocks.commonmark import backticks

__all__ = ["BREAK", "CLOSE", "CODE", "CODE_END", "OPEN", "code_of_html", "in_references", "settled"]

_KINDS = {"em": "*", "strong": "**", "del": "~~"}
OPEN = {"em": "\ufde0", "strong": "\ufde2", "del": "\ufde4"}
CLOSE = {"em": "\ufde1", "strong": "\ufde3", "del": "\ufde5"}
_NAMES = {sign: kind for signs in (OPEN, CLOSE) for kind, sign in signs.items()}
_OPENS, _CLOSES = frozenset(OPEN.values()), frozenset(CLOSE.values())
BREAK = "\ufde6"
"""Before a line break that is meant (6.7); other white space is one blank."""

CODE, CODE_END = "\ufde7", "\ufde8"
"""Around code in a line, which is not escaped."""

_CODES = re.compile(f"{CODE}([^{CODE}{CODE_END}]*){CODE_END}")


@dataclass(slots=True)
class _Pair:
    """Signs of emphasis that belong together, by their places in a text."""

    kind: str
    open: int
    close: int


def settled(text: str, *, plain: bool) -> str:
    """A text with signs or tags of emphasis for the marks in it, so that CommonMark (6.2) takes them as meant."""
    signs = list(text)
    pairs, stack = [], []
    for at, sign in enumerate(signs):
        if sign in _OPENS:
            stack.append(_Pair(_NAMES[sign], at, 0))
        elif sign in _CLOSES and stack:
            pair = stack.pop()
            pair.close = at
            pairs.append((pair, any(outer.kind == pair.kind for outer in stack)))
    for pair, again in sorted(pairs, key=lambda one: one[0].open):
        before, after = ("", "") if again else _signs_of(pair, signs, plain=plain)
        signs[pair.open], signs[pair.close] = before, after
    return _CODES.sub(_code, "".join(signs))


def _code(found: re.Match[str]) -> str:
    """Code between backticks (6.1), of which none may stand right before or after them."""
    text, around = (
        found[1],
        found.string[found.start() - 1 : found.start()] + found.string[found.end() : found.end() + 1],
    )
    if re.search(f"[`{CODE}{CODE_END}]", around):
        return code_of_html(text)
    ticks = backticks(text, least=1)
    if len(ticks) > 2:  # noqa: PLR2004 - three or more at the beginning of a line are taken for a fence (4.5) by some
        return code_of_html(text)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def code_of_html(text: str) -> str:
    """Code in a line between tags, in which nothing is Markdown."""
    return f"<code>{in_references(text)}</code>"


def in_references(text: str) -> str:
    """Text with a character reference (6.2) for each sign that could be Markdown, for between tags."""
    return "".join(f"&#{ord(sign)};" if sign in "\\`*_[]|{}~<&@" else sign for sign in text)


def _signs_of(pair: _Pair, signs: list[str], *, plain: bool) -> tuple[str, str]:
    before, first = _near(signs, pair.open, -1), _near(signs, pair.open, 1)
    last, after = _near(signs, pair.close, -1), _near(signs, pair.close, 1)
    clean = not any(edge in _OPENS or edge in _CLOSES or edge in "*_~" for edge in (before, first, last, after))
    flanks = (not _punctuation(first) or _apart(before)) and (not _punctuation(last) or _apart(after))
    if plain or not clean or not flanks:
        return f"<{pair.kind}>", f"</{pair.kind}>"
    return _KINDS[pair.kind], _KINDS[pair.kind]


def _near(signs: list[str], at: int, step: int) -> str:
    """The next character in this direction; a blank at the end of the text."""
    at += step
    while 0 <= at < len(signs) and not signs[at]:
        at += step
    if not 0 <= at < len(signs):
        return " "
    return signs[at][0] if step > 0 else signs[at][-1]


def _punctuation(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "PS" or sign in (CODE, CODE_END)


def _apart(sign: str) -> bool:
    return sign.isspace() or _punctuation(sign)
