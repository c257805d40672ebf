"""Line breaks of a source between signs of Chinese and Japanese, which are no spaces (CSS Text 4, 4.1.3).

Such texts have no spaces between words, but their sources have lines. A browser may take the break away by itself; feed
readers, mail programs and the text part do not, so it is taken out of the HTML that all of them are made of.
"""

import re
from collections.abc import Iterator
from unicodedata import category, east_asian_width

from lxml.html import HtmlElement

__all__ = ["join_lines"]

_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_WIDE = re.compile("[\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uffe6\U0001aff0-\U0001b2ff\U00020000-\U0003fffd]")
"""Blocks with signs of Chinese, Japanese and Yi. Hangul, whose words have spaces between them, is in others."""
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\uffa0-\uffdc]")
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "label", "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var",
})  # fmt: skip
_AS_WRITTEN = frozenset({"pre", "script", "style", "textarea"})

_Place = tuple[HtmlElement, str]
"""An element and the name of one of its two texts, ``text`` and ``tail``."""


def join_lines(root: HtmlElement, html: str) -> None:
    """Take such breaks out of the elements of this HTML, on the spot; code in blocks stays as it is written."""
    if "\n" not in html or not _WIDE.search(html):
        return
    run: list[_Place] = []
    for place in (*_places(root), None):
        if place is not None:
            run.append(place)
        else:
            _join(run)
            run = []


def _places(parent: HtmlElement) -> Iterator[_Place | None]:
    """The places of text in reading order, with None where a line ends in any case: at blocks, pictures and breaks."""
    yield parent, "text"
    for child in parent:
        inline = child.tag in _INLINE
        if not inline:
            yield None
        if child.tag not in _AS_WRITTEN and isinstance(child.tag, str):
            yield from _places(child)
        if not inline:
            yield None
        yield child, "tail"


def _join(run: list[_Place]) -> None:
    texts = [getattr(element, name) or "" for element, name in run]
    whole = "".join(texts)
    breaks = [found.span() for found in _BREAK.finditer(whole) if _joined(whole, *found.span())]
    at = len(whole)
    for (element, name), text in zip(reversed(run), reversed(texts), strict=True):
        at -= len(text)
        kept = text
        for begin, end in reversed(breaks):
            first, last = max(begin - at, 0), max(end - at, 0)
            kept = kept[:first] + kept[last:]
        if kept != text:
            setattr(element, name, kept)


def _joined(text: str, begin: int, end: int) -> bool:
    """True for a break between two wide signs, or one and punctuation or a symbol that may be either."""
    if not 0 < begin < end < len(text):
        return False
    before, after = text[begin - 1], text[end]
    if _HANGUL.match(before) or _HANGUL.match(after):
        return False
    wide = [_WIDE.match(sign) is not None and east_asian_width(sign) in "FWH" for sign in (before, after)]
    return all(wide) or (any(wide) and all(map(_may_be_wide, (before, after))))


def _may_be_wide(sign: str) -> bool:
    wide = _WIDE.match(sign) is not None
    return wide or (east_asian_width(sign) == "A" and category(sign)[0] in "PS")
