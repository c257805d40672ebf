"""Checks of a letter's style: sheets, attributes, and what mail programs know of CSS and HTML."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import tinycss2

from tipsheet.rendering.email.lint_words import Document, Finding

__all__ = ["PROPERTIES", "TAGS", "attributes", "declarations", "features", "sheets"]

SHEET_LIMIT = 16 * 1024
"""Bytes of style sheets after which Gmail drops them."""

TAGS = frozenset({
    "html", "head", "meta", "title", "style", "body", "div", "span", "table", "tbody", "thead", "tfoot", "tr", "td",
    "th", "caption", "col", "colgroup", "p", "br", "hr", "a", "img", "picture", "source", "b", "strong", "i", "em", "u",
    "s", "del", "ins", "sup", "sub", "small", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd",
    "code", "kbd", "samp", "var", "abbr", "cite", "q", "dfn", "mark", "time", "bdi", "bdo", "wbr",
})  # fmt: skip
"""Elements that all of Gmail, Outlook and Apple Mail show, or whose text they show (caniemail.com).

``picture`` is dropped by Gmail and Outlook, which show the ``img`` in it.
"""

PROPERTIES = frozenset({
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-right",
    "border-top", "color", "direction", "display", "font", "font-family", "font-size", "font-style", "font-variant",
    "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom",
    "margin-left", "margin-right", "margin-top", "max-width", "padding", "padding-bottom", "padding-left",
    "padding-right", "padding-top", "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align",
    "white-space", "width", "word-break", "word-wrap",
})  # fmt: skip
"""Properties that all three honour where the templates use them."""

GRACEFUL = frozenset({
    "border-radius", "max-height", "overflow", "text-wrap", "-webkit-text-size-adjust", "-ms-text-size-adjust",
})  # fmt: skip
"""Properties without which corners are square or lines ragged, and nothing is lost."""

_DISPLAYS = frozenset({"none", "block", "inline", "inline-block", "table", "table-cell"})
_FORBIDDEN = re.compile(r"\b(?:var|rgba?|hsla?|calc|url|expression)\(", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?:^|\s)-\d")


@lru_cache(maxsize=4096)
def declarations(style: str) -> Mapping[str, str]:
    """Properties of a style attribute."""
    return {d.lower_name: tinycss2.serialize(d.value).strip() for d in _parsed(style) if d.type == "declaration"}


@lru_cache(maxsize=4096)
def _parsed(style: str) -> tuple[tinycss2.ast.Node, ...]:
    return tuple(tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True))


@lru_cache(maxsize=4096)
def _attribute(style: str) -> tuple[Finding, ...]:
    """Findings of one style attribute, which hundreds of elements share."""
    found: list[Finding] = []
    for node in _parsed(style):
        if node.type != "declaration":
            found.append(
                Finding(
                    "TS418", f"the style '{style[:60]}' cannot be read", "is a quotation mark escaped? mark CSS as safe"
                )
            )
            continue
        name, value = node.lower_name, tinycss2.serialize(node.value).strip()
        if node.important:
            found.append(Finding("TS408", f"'{name}' is !important in an attribute"))
        if _FORBIDDEN.search(value):
            found.append(Finding("TS408", f"'{name}: {value}' is not known to mail programs"))
        if name.startswith("margin") and _NEGATIVE.search(value):
            found.append(Finding("TS408", f"'{name}: {value}' is a negative margin"))
        if re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]+\b", value):
            found.append(Finding("TS411", f"the colour in '{name}: {value}' has not six digits"))
        if name not in PROPERTIES and name not in GRACEFUL and not name.startswith("mso-"):
            found.append(
                Finding("TS419", f"'{name}' is not known to all mail programs", "see PROPERTIES in lint_style.py")
            )
        if name == "display" and value not in _DISPLAYS:
            found.append(Finding("TS419", f"'display: {value}' is not known to all mail programs"))
    return tuple(found)


def attributes(document: Document) -> Iterator[Finding]:
    """E8, E11, E18, E19 in style attributes."""
    for element in document.root.iter():
        style = element.get("style") if isinstance(element.tag, str) else None
        if style is not None:
            yield from _attribute(style)


def features(document: Document) -> Iterator[Finding]:
    """E19 in elements, and E9: nothing but the preheader is hidden."""
    for element in document.root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in TAGS:
            yield Finding("TS419", f"<{element.tag}> is not known to all mail programs", "see TAGS in lint_style.py")
        hidden = declarations(element.get("style") or "").get("display") == "none"
        if hidden and "preheader" not in (element.get("class") or "").split():
            yield Finding("TS409", f"<{element.tag}> is hidden")


def sheets(document: Document) -> Iterator[Finding]:
    """E8 and E9 in style sheets."""
    css = "\n".join(style.text or "" for style in document.root.iter("style"))
    yield from _sheet(css)


@lru_cache(maxsize=16)
def _sheet(css: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if len(css.encode()) >= SHEET_LIMIT:
        found.append(
            Finding("TS408", f"the style sheets have {len(css.encode())} bytes, Gmail drops them at {SHEET_LIMIT}")
        )
    if _FORBIDDEN.search(css):
        found.append(Finding("TS408", f"the style sheet uses {_FORBIDDEN.findall(css)[0]}…)"))
    if re.search(r"\S!important", css):
        found.append(Finding("TS408", "a style sheet has '!important' without a space before it"))
    found += _rules(css)
    if re.search(r"(?<![\w-])(?:display|visibility|content)\s*:", css):
        found.append(Finding("TS409", "a style sheet shows or hides something"))
    if re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]{3,8}\b(?=[^{}]*[;}])", css):
        found.append(Finding("TS411", "a colour of a style sheet has not six digits"))
    return tuple(found)


def _rules(css: str) -> Iterator[Finding]:
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword != "media":
            yield Finding("TS408", f"@{rule.at_keyword} in a style sheet")
        elif rule.type == "at-rule" and any(node.type == "at-keyword" for node in rule.content or ()):
            yield Finding("TS408", "an @ rule stands inside @media")
        elif rule.type == "error":
            yield Finding("TS408", f"a style sheet cannot be read: {rule.message}")
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude).strip()
            if not selector.startswith((":root", "[data-ogs")):
                yield Finding(
                    "TS409", f"the rule '{selector}' is in a style sheet only", "put it into email/inline.css"
                )
