"""Check of a letter's colours: every text on the ground that it stands on, in light and in dark (E6).

In light the colours are in the elements' own styles (TS409); in dark the rules of the media query
come on top. Letters share nearly all of their elements, so what an element looks like is remembered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import tinycss2
import tinycss2.color3
from lxml.html import HtmlElement

from tipsheet.rendering.email.lint_style import declarations, styles
from tipsheet.rendering.email.lint_words import Document, Finding, text_of
from tipsheet.rendering.email.sheet import dark_rules
from tipsheet.settings.look import READABLE, contrast

__all__ = ["contrasts"]

_LINK = "#0000EE"
"""Of a link that has no colour of its own, in every program."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What an element hands down: colours of text and ground in both schemes, and which elements it is in."""

    light: tuple[str, str] = ("#000000", "#FFFFFF")
    dark: tuple[str, str] = ("#FFFFFF", "#000000")
    within: frozenset[str] = frozenset()
    hidden: bool = False


def contrasts(document: Document) -> Iterator[Finding]:
    """Texts, and alternative texts of pictures, that are hard to read on their ground."""
    told: set[tuple[str, str, str]] = set()
    body = document.root.find("body")
    for words, place in _texts(body, _Place(), styles(document)) if body is not None else ():
        for scheme, (colour, ground) in (("light", place.light), ("dark", place.dark)):
            if (ratio := contrast(colour, ground)) < READABLE and (scheme, colour, ground) not in told:
                told.add((scheme, colour, ground))
                yield Finding(
                    "TS406",
                    f"'{' '.join(words.split())[:40]}' has a contrast of {ratio:.1f} in {scheme}, {colour} on {ground}",
                    f"{READABLE} is the least: use the classes of email/inline.css, such as 'ink' on 'sheet'",
                    tuple(map(text_of, (colour, ground, words))),
                )


def _texts(element: HtmlElement, outer: _Place, css: str) -> Iterator[tuple[str, _Place]]:
    """Words and their place, below an element."""
    get = element.get
    names = frozenset({str(element.tag), *(f".{name}" for name in (get("class") or "").split())})
    place = _place(outer, css, names, (get("style") or "", get("bgcolor") or "", get("href") is not None))
    if place.hidden:
        return
    for words in (element.text, get("alt")):
        if words and _shown(words):
            yield words, place
    for child in element:
        if isinstance(child.tag, str):
            yield from _texts(child, place, css)
        if child.tail and _shown(child.tail):
            yield child.tail, place


def _shown(words: str) -> bool:
    return bool(words.strip("\u00a0\u200c\u034f \t\r\n"))


@lru_cache(maxsize=4096)
def _place(outer: _Place, css: str, names: frozenset[str], said: tuple[str, str, bool]) -> _Place:
    """The place of an element of these names; it says its style, its ``bgcolor``, and whether it is a link."""
    style, bgcolor, link = said
    own = dict(declarations(style))
    if "background" in own:
        own.setdefault("background-color", own["background"])
    attribute = {"background-color": bgcolor} if bgcolor else {}
    plain, important = _from_sheet(css, names, outer.within)
    return _Place(
        _colours(attribute | own, outer.light, link=link),
        _colours(attribute | plain | own | important, outer.dark, link=link),
        outer.within | names,
        own.get("display") == "none",
    )


def _colours(style: Mapping[str, str], outer: tuple[str, str], *, link: bool) -> tuple[str, str]:
    colour, ground = outer
    return (
        _six(style.get("color", "")) or (_LINK if link and "color" not in style else colour),
        _six(style.get("background-color", "")) or ground,
    )


def _from_sheet(css: str, names: frozenset[str], within: frozenset[str]) -> tuple[dict[str, str], dict[str, str]]:
    """What the dark rules say of an element of these names inside elements of those: plain, and !important."""
    plain: dict[str, str] = {}
    important: dict[str, str] = {}
    for rule in sorted(dark_rules(css), key=lambda rule: rule.specificity):
        *outer, last = rule.selector.split()
        if last in names and within.issuperset(outer):
            plain |= rule.plain
            important |= rule.important
    return plain, important


@lru_cache(maxsize=512)
def _six(value: str) -> str | None:
    """The first colour of a value; nothing for what has none, or lets others through."""
    for token in value.split():
        colour = tinycss2.color3.parse_color(token)
        if colour is not None and colour != "currentColor" and colour.alpha == 1:
            return "#{:02X}{:02X}{:02X}".format(*(round(v * 255) for v in colour[:3]))
    return None
