"""Checks of a letter's style: sheets, attributes, and what mail programs know of CSS and HTML."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import tinycss2

from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.lint_words import Document, Finding, tag_of, text_of
from tipsheet.rendering.email.support import ATTRIBUTES, ELEMENTS, PROPERTIES, SHEETS, UNITS, ignorant

__all__ = ["attributes", "declarations", "features", "sheets", "styles"]

SHEET_LIMIT = 16 * 1024
"""Bytes of style sheets after which Gmail drops them."""

_DISPLAYS = frozenset({"none", "block", "inline", "inline-block", "table", "table-cell"})
_FORBIDDEN = re.compile(r"\b(?:var|rgba?|hsla?|calc|url|expression)\(", re.IGNORECASE)
_SIX = re.compile(r"#[0-9A-Fa-f]{6}")
_SELECTOR = re.compile(r":root|(?:\[data-ogs[bc]\] )?(?:\.[\w-]+|[a-z0-9]+)(?: (?:\.[\w-]+|[a-z0-9]+))*")
"""Classes, elements and descendants: Outlook.com gives only the first of chained classes its prefix."""

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
            hint = "is a quotation mark escaped? mark CSS as safe"
            found.append(Finding("TS418", f"the style '{style[:60]}' cannot be read", hint, _broken(style, node)))
            continue
        name, value = node.lower_name, tinycss2.serialize(node.value).strip()
        seen = _declared(name, value)
        if node.important:
            found.append(Finding("TS408", f"'{name}' is !important in an attribute", "", seen))
        if _FORBIDDEN.search(value):
            found.append(Finding("TS408", f"'{name}: {value}' is not known to mail programs", "", seen))
        if name.startswith("margin") and _NEGATIVE.search(value):
            found.append(Finding("TS408", f"'{name}: {value}' is a negative margin", "", seen))
        if re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]+\b", value):
            found.append(Finding("TS411", f"the colour in '{name}: {value}' has not six digits", "", seen))
        if name not in PROPERTIES and not name.startswith("mso-"):
            found.append(_unknown(f"'{name}'", f"css-{name}", seen))
        if name == "display" and value not in _DISPLAYS:
            found.append(_unknown(f"'display: {value}'", f"css-display-{value}", seen))
        found += [_unknown(f"the unit of '{name}: {value}'", f"css-unit-{unit}", seen) for unit in _units(node.value)]
    return tuple(found)


def _units(values: Iterable[tinycss2.ast.Node]) -> Iterator[str]:
    return (v.lower_unit for v in values if v.type == "dimension" and v.lower_unit not in UNITS)


def _declared(name: str, value: str) -> tuple[Evidence, ...]:
    """A declaration as evidence, however it is written; its name alone when the value was filled in."""
    return tuple(map(text_of, (f"{name}: {value}", f"{name}:{value}", f"{name}:", value)))


def _broken(style: str, node: tinycss2.ast.Node) -> tuple[Evidence, ...]:
    """The piece of a style that cannot be read, as evidence: the part between semicolons that it begins in."""
    parts = style[node.source_column - 1 :].split(";")
    return tuple(text_of(part) for part in (*parts[:1], style) if part.strip())


def _unknown(what: str, feature: str, seen: tuple[Evidence, ...]) -> Finding:
    """A thing that is not on the list of `support`, and who does not know it."""
    whom = ", ".join(ignorant(feature))
    message = f"{what} is not known to {whom or 'all mail programs'}"
    return Finding("TS419", message, "use what email/base.html uses", seen)


def attributes(document: Document) -> Iterator[Finding]:
    """E8, E11, E18, E19 in attributes."""
    for element in document.root.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES:
                seen = (text_of(f'{name}="{value}"'), text_of(f"{name}="), *tag_of(element))
                yield _unknown(f"the attribute {name}", f"html-{name}", seen)
            elif name == "style":
                yield from _attribute(value)
            elif name == "bgcolor" and not _SIX.fullmatch(value):
                seen = (text_of(f'bgcolor="{value}"'), text_of(value))
                yield Finding("TS411", f"the colour in bgcolor={value} has not six digits", "", seen)


def features(document: Document) -> Iterator[Finding]:
    """E19 in elements, and E9: nothing but the preheader is hidden."""
    for element in document.root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in ELEMENTS:
            yield _unknown(f"<{element.tag}>", f"html-{element.tag}", tag_of(element))
        hidden = declarations(element.get("style") or "").get("display") == "none"
        if hidden and "preheader" not in (element.get("class") or "").split():
            yield Finding("TS409", f"<{element.tag}> is hidden", "", tag_of(element))


def styles(document: Document) -> str:
    """All style sheets of the letter."""
    return "\n".join(style.text or "" for style in document.root.iter("style"))


def sheets(document: Document) -> Iterator[Finding]:
    """E8 and E9 in style sheets."""
    yield from _sheet(styles(document))


@lru_cache(maxsize=16)
def _sheet(css: str) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if len(css.encode()) >= SHEET_LIMIT:
        message = f"the style sheets have {len(css.encode())} bytes, Gmail drops them at {SHEET_LIMIT}"
        found.append(Finding("TS408", message, "", (Evidence(Sign.TAG, "style"),)))
    if forbidden := _FORBIDDEN.search(css):
        seen = (text_of(_line(css, forbidden)), text_of(forbidden[0]))
        found.append(Finding("TS408", f"the style sheet uses {forbidden[0]}…)", "", seen))
    if close := re.search(r"\S!important", css):
        message = "a style sheet has '!important' without a space before it"
        found.append(Finding("TS408", message, "", (text_of(close[0]),)))
    found += _rules(css)
    if shown := re.search(r"(?<![\w-])(?:display|visibility|content)\s*:[^;}]*", css):
        found.append(Finding("TS409", "a style sheet shows or hides something", "", _written(shown[0])))
    if colour := re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]{3,8}\b(?=[^{}]*[;}])", css):
        found.append(Finding("TS411", "a colour of a style sheet has not six digits", "", (text_of(colour[0]),)))
    return tuple(found)


def _line(css: str, match: re.Match[str]) -> str:
    return css[css.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]


def _written(declaration: str) -> tuple[Evidence, ...]:
    name, _, value = declaration.partition(":")
    return _declared(name.strip(), value.strip())


def _rules(css: str) -> Iterator[Finding]:
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword != "media":
            yield Finding("TS408", f"@{rule.at_keyword} in a style sheet", "", (text_of(f"@{rule.at_keyword}"),))
        elif rule.type == "at-rule" and any(node.type == "at-keyword" for node in rule.content or ()):
            inner = next(node for node in rule.content if node.type == "at-keyword")
            yield Finding("TS408", "an @ rule stands inside @media", "", (text_of(f"@{inner.value}"),))
        elif rule.type == "at-rule":
            yield from _media(rule)
        elif rule.type == "error":
            seen = tuple(text_of(line) for line in css.split("\n")[rule.source_line - 1 : rule.source_line])
            yield Finding("TS408", f"a style sheet cannot be read: {rule.message}", "", seen)
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude).strip()
            yield from _rule(rule)
            if not selector.startswith((":root", "[data-ogs")):
                message = f"the rule '{selector}' is in a style sheet only"
                yield Finding("TS409", message, "put it into email/inline.css", (text_of(selector),))


def _media(rule: tinycss2.ast.AtRule) -> Iterator[Finding]:
    for block in (node for node in rule.prelude if node.type == "() block"):
        feature = tinycss2.serialize(block.content[:1])
        if feature not in SHEETS:
            yield _unknown(f"@media ({feature})", f"css-at-media-{feature}", (text_of(f"({feature}"),))
    for inner in tinycss2.parse_rule_list(rule.content or (), skip_comments=True, skip_whitespace=True):
        if inner.type == "qualified-rule":
            yield from _rule(inner)


def _rule(rule: tinycss2.ast.QualifiedRule) -> Iterator[Finding]:
    for selector in tinycss2.serialize(rule.prelude).split(","):
        if not _SELECTOR.fullmatch(selector.strip()):
            yield _unknown(f"the selector '{selector.strip()}'", "css-selector-chaining", (text_of(selector),))
    for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            seen = _declared(node.lower_name, tinycss2.serialize(node.value).strip())
            if node.lower_name not in PROPERTIES and node.lower_name not in SHEETS:
                yield _unknown(f"'{node.lower_name}'", f"css-{node.lower_name}", seen)
            yield from (_unknown(f"the unit {unit}", f"css-unit-{unit}", seen) for unit in _units(node.value))
