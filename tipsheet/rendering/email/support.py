"""What a letter may use of HTML and CSS, and what happens where a mail program does not know it (E19).

Every name leads to a feature of caniemail.com, or to nothing where HTML 3.2 or CSS 1 had it and nobody
tests it any more. A feature that some program does not know in full has an entry in `FALLBACKS`.
``caniemail.json`` holds what the programs know; a test keeps the two in step.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["ATTRIBUTES", "ELEMENTS", "FALLBACKS", "PROPERTIES", "SHEETS", "UNITS", "ignorant", "programs"]

_ALIKE = {
    "html-h1-h6": "h1 h2 h3 h4 h5 h6", "html-lists": "ul ol li dl dt dd", "html-picture": "picture source",
    "html-semantics": "mark time", "html-table": "table tbody thead tfoot tr td th caption col colgroup",
    "": "html head meta title br a i em u ins sup sub kbd samp var cite q bdo",
}  # fmt: skip

ELEMENTS: Mapping[str, str] = {tag: slug for slug, tags in _ALIKE.items() for tag in tags.split()} | {
    "abbr": "html-abbr", "b": "html-strong", "bdi": "html-bdi", "body": "html-body", "code": "html-code",
    "del": "html-del", "dfn": "html-dfn", "div": "html-div", "hr": "html-hr", "img": "html-img", "p": "html-p",
    "s": "html-strike", "small": "html-small", "span": "html-span", "strong": "html-strong", "style": "html-style",
    "wbr": "html-wbr",
}  # fmt: skip
"""Elements."""

_UNTESTED = """alt aria-roledescription bgcolor border charset cite colspan content datetime href name reversed rowspan
    scope src start style value xml:lang xmlns xmlns:o xmlns:v"""

ATTRIBUTES: Mapping[str, str] = dict.fromkeys(_UNTESTED.split(), "") | {
    "align": "html-align", "aria-hidden": "html-aria-hidden", "cellpadding": "html-cellpadding",
    "cellspacing": "html-cellspacing", "class": "css-selector-class", "dir": "html-dir", "height": "html-height",
    "lang": "html-lang", "media": "html-picture", "role": "html-role", "srcset": "html-srcset", "valign": "html-valign",
    "width": "html-width",
}  # fmt: skip
"""Attributes."""

PROPERTIES: Mapping[str, str] = {
    "-webkit-text-size-adjust": "", "background-color": "css-background-color", "border": "css-border",
    "border-bottom": "css-border", "border-collapse": "css-border-collapse", "border-color": "css-border",
    "border-left": "css-border", "border-radius": "css-border-radius", "border-right": "css-border",
    "border-top": "css-border", "color": "", "direction": "css-direction", "display": "css-display", "font": "css-font",
    "font-family": "css-font", "font-size": "css-font-size", "font-style": "css-font", "font-variant": "css-font",
    "font-weight": "css-font-weight", "height": "css-height", "letter-spacing": "css-letter-spacing",
    "line-height": "css-line-height", "list-style-type": "css-list-style-type", "margin": "css-margin",
    "margin-bottom": "css-margin", "margin-left": "css-margin", "margin-right": "css-margin",
    "margin-top": "css-margin", "max-height": "css-max-height", "max-width": "css-max-width",
    "min-width": "css-min-width", "overflow": "css-overflow", "padding": "css-padding", "padding-bottom": "css-padding",
    "padding-left": "css-padding", "padding-right": "css-padding", "padding-top": "css-padding",
    "table-layout": "css-table-layout",
    "text-align": "css-text-align", "text-decoration": "css-text-decoration", "text-indent": "css-text-indent",
    "text-transform": "css-text-transform", "text-wrap": "css-text-wrap", "vertical-align": "css-vertical-align",
    "white-space": "css-white-space", "width": "css-width", "word-break": "css-word-break",
    "word-wrap": "css-word-wrap",
}  # fmt: skip
"""CSS properties; those that begin with ``mso-`` are Word's own, and nobody else minds them."""

UNITS: Mapping[str, str] = {"px": "css-unit-px", "%": "css-unit-percent"}
"""Units of lengths."""

SHEETS: Mapping[str, str] = {
    "@media": "css-at-media", "max-width": "css-at-media", "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "!important": "css-important", "color-scheme": "css-color-scheme", "supported-color-schemes": "css-color-scheme",
    "attribute": "css-selector-attribute", "class": "css-selector-class", "descendant": "css-selector-descendant",
    "grouping": "css-selector-grouping", "type": "css-selector-type",
}  # fmt: skip
"""What stands in style sheets alone: at-rules, media features, kinds of selectors."""

_NO_SHEET = "it stands in the style sheet, which holds dark colours and narrow screens only (TS409)"
_LIGHT = "the letter stays light, or the program turns the colours itself: both are readable"

FALLBACKS: Mapping[str, str] = {
    "css-at-media": f"narrow screens keep the wide screen's sizes and 32 px of padding; {_NO_SHEET}",
    "css-at-media-prefers-color-scheme": f"{_LIGHT}; Outlook gets the same colours through [data-ogsc] and [data-ogsb]",
    "css-border": "Word draws it on table cells, and no border elsewhere carries meaning",
    "css-border-radius": "corners are square",
    "css-color-scheme": _LIGHT,
    "css-display": "only block and inline-block are used, and none for the preheader",
    "css-font-size": "sizes are in px",
    "css-font-weight": "weights are 400 and 700",
    "css-height": "it is set on pictures and rules; Word takes the attribute of pictures",
    "css-important": "it stands in the style sheet only, with a space before it (TS408)",
    "css-letter-spacing": "it is half a pixel on the title",
    "css-line-height": "Word gets mso-line-height-rule:exactly",
    "css-margin": "margins are never negative (TS408); auto has the table of Word's own beside it (TS410)",
    "css-max-height": "the preheader has mso-hide:all for Word",
    "css-max-width": "Word gets a table of 600 px (TS410), and pictures have a width",
    "css-min-width": "a column of a table is as wide as its words make it",
    "css-overflow": "a wide table makes the column wider; the preheader has mso-hide:all for Word",
    "css-padding": "padding stands on table cells; buttons have mso-padding-alt on theirs (TS410)",
    "css-selector-attribute": "[data-ogsc] and [data-ogsb] are Outlook's own; nobody else has such elements",
    "css-selector-class": _NO_SHEET,
    "css-selector-descendant": _NO_SHEET,
    "css-selector-grouping": _NO_SHEET,
    "css-selector-type": _NO_SHEET,
    "css-table-layout": "Word's column is 600 px; Outlook for Mac makes every table so",
    "css-text-align": "cells have the attribute align beside it",
    "css-text-decoration": "links are underlined by every program's own sheet",
    "css-text-indent": "in Gmail the second line of a task stands under its box",
    "css-text-transform": "nothing is written in capitals by style",
    "css-text-wrap": "titles break where the line ends",
    "css-white-space": "code is written with no-break spaces",
    "css-width": "cells and pictures have the attribute width beside it",
    "css-word-break": "programs that know it in part break long words all the same; Word makes the column wider",
    "css-word-wrap": "word-break is beside it, and Gmail breaks long words untold; Word makes the column wider",
    "html-abbr": "its words stay",
    "html-align": "the one table that is aligned is in Word's own part; cells are aligned everywhere",
    "html-bdi": "its words stay",
    "html-body": "Gmail and Outlook make a div of it; the ground stands on the cells too",
    "html-dfn": "its words stay",
    "html-dir": "the direction stands on html, body and the outermost div (TS401)",
    "html-height": "heights are in px",
    "html-lists": "reversed and value are rare, and a list that counts upwards is no loss",
    "html-picture": "the picture in it shows, which is drawn for light and readable on dark",
    "html-semantics": "the words of time and mark stay",
    "html-srcset": "it is on source in picture only, see there",
    "html-strike": "the words stay and are not struck out; del is known everywhere",
    "html-style": "the letter is complete without it (TS409)",
    "html-wbr": "the word does not break there",
    "html-width": "widths of pictures are in px (TS404), of tables 100 %",
}
"""What a reader sees where a program does not know the feature, or not all of it."""


@cache
def _table() -> tuple[tuple[str, ...], Mapping[str, str]]:
    data = json.loads((files("tipsheet.rendering.email") / "caniemail.json").read_text("utf-8"))
    return tuple(data["programs"]), data["features"]


def programs() -> tuple[str, ...]:
    """The mail programs that letters are made for."""
    return _table()[0]


def ignorant(feature: str) -> tuple[str, ...]:
    """The programs that do not know this feature of caniemail.com in full; none for one that nobody tested."""
    known = _table()[1].get(feature, "")
    return tuple(program for program, letter in zip(programs(), known) if letter in "an")  # noqa: B905 - "" for none
