"""Rules for how a letter is styled: style attributes and sheets, what mail programs know, contrast, dark colours.

In light the colours are in the elements' own styles (TS409); in dark the rules of the media query
come on top. Letters share nearly all of their elements, so what an element looks like is remembered.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import tinycss2
import tinycss2.color3
from lxml.html import HtmlElement

from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.rules.letter import (
    SentLetter,
    StyleRule,
    Violation,
    block,
    dark_rules,
    declarations,
    outlook_rules,
    parsed_style,
    styles,
    tag_of,
    text_of,
)
from tipsheet.settings.look import READABLE, contrast

__all__ = ["Features", "attributes", "contrasts", "elements", "features", "schemes", "sheets"]

_SHEET_LIMIT = 16 * 1024
"""Bytes of style sheets after which Gmail drops them."""

_DISPLAYS = frozenset({"none", "block", "inline", "inline-block", "table", "table-cell"})
_FORBIDDEN = re.compile(r"\b(?:var|rgba?|hsla?|calc|url|expression)\(", re.IGNORECASE)
_SIX = re.compile(r"#[0-9A-Fa-f]{6}")
_SELECTOR = re.compile(r":root|(?:\[data-ogs[bc]\] )?(?:\.[\w-]+|[a-z0-9]+)(?: (?:\.[\w-]+|[a-z0-9]+))*")
"""Classes, elements and descendants: Outlook.com gives only the first of chained classes its prefix."""

_NEGATIVE = re.compile(r"(?:^|\s)-\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The features of HTML and CSS that letters may use, by the names that stand for them, from ``features.toml``.

    ``fallbacks`` says for each feature that some program does not know in full what its readers see. ``programs`` are
    the mail programs, and ``known`` has a letter for each of them by feature, from caniemail.com.
    """

    elements: Mapping[str, str]
    attributes: Mapping[str, str]
    properties: Mapping[str, str]
    units: Mapping[str, str]
    sheets: Mapping[str, str]
    fallbacks: Mapping[str, str]
    programs: tuple[str, ...]
    known: Mapping[str, str]

    def ignorant(self, feature: str) -> tuple[str, ...]:
        """The programs that do not know this feature in full; none for one that nobody tested."""
        known = self.known.get(feature, "")
        return tuple(program for program, letter in zip(self.programs, known) if letter in "an")  # noqa: B905 - "" for none


@cache
def features() -> Features:
    """The tables of this folder, read once."""
    folder = files("tipsheet.rendering.email.rules")
    tables = tomllib.loads((folder / "features.toml").read_text("utf-8"))
    tested = json.loads((folder / "caniemail.json").read_text("utf-8"))
    fallbacks = tables.pop("fallbacks")
    names = {
        kind: {name: slug for slug, all_ in table.items() for name in all_.split()} for kind, table in tables.items()
    }
    return Features(**names, fallbacks=fallbacks, programs=tuple(tested["programs"]), known=tested["features"])


@lru_cache(maxsize=4096)
def _attribute(style: str) -> tuple[Violation, ...]:
    """Violations in one style attribute, which hundreds of elements share."""
    found: list[Violation] = []
    for node in parsed_style(style):
        if node.type != "declaration":
            hint = "is a quotation mark escaped? mark CSS as safe"
            found.append(Violation("TS418", f"the style '{style[:60]}' cannot be read", hint, _broken(style, node)))
            continue
        name, value = node.lower_name, tinycss2.serialize(node.value).strip()
        seen = _declared(name, value)
        if node.important:
            found.append(Violation("TS408", f"'{name}' is !important in an attribute", "", seen))
        if _FORBIDDEN.search(value):
            found.append(Violation("TS408", f"'{name}: {value}' is not known to mail programs", "", seen))
        if name.startswith("margin") and _NEGATIVE.search(value):
            found.append(Violation("TS408", f"'{name}: {value}' is a negative margin", "", seen))
        if re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]+\b", value):
            found.append(Violation("TS411", f"the colour in '{name}: {value}' has not six digits", "", seen))
        if name not in features().properties and not name.startswith("mso-"):
            found.append(_unknown(f"'{name}'", f"css-{name}", seen))
        if name == "display" and value not in _DISPLAYS:
            found.append(_unknown(f"'display: {value}'", f"css-display-{value}", seen))
        found += [_unknown(f"the unit of '{name}: {value}'", f"css-unit-{unit}", seen) for unit in _units(node.value)]
    return tuple(found)


def _units(values: Iterable[tinycss2.ast.Node]) -> Iterator[str]:
    return (v.lower_unit for v in values if v.type == "dimension" and v.lower_unit not in features().units)


def _declared(name: str, value: str) -> tuple[Evidence, ...]:
    """A declaration as evidence, however it is written; its name alone when the value was filled in."""
    return tuple(map(text_of, (f"{name}: {value}", f"{name}:{value}", f"{name}:", value)))


def _broken(style: str, node: tinycss2.ast.Node) -> tuple[Evidence, ...]:
    """The piece of a style that cannot be read, as evidence: the part between semicolons that it begins in."""
    parts = style[node.source_column - 1 :].split(";")
    return tuple(text_of(part) for part in (*parts[:1], style) if part.strip())


def _unknown(what: str, feature: str, seen: tuple[Evidence, ...]) -> Violation:
    """The violation of using something that is not in features.toml, with the programs that do not know it."""
    whom = ", ".join(features().ignorant(feature))
    message = f"{what} is not known to {whom or 'all mail programs'}"
    return Violation("TS419", message, "use what email/base.html uses", seen)


def attributes(letter: SentLetter) -> Iterator[Violation]:
    """E8, E11, E18, E19 in attributes."""
    for element in letter.root.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            if name not in features().attributes:
                seen = (text_of(f'{name}="{value}"'), text_of(f"{name}="), *tag_of(element))
                yield _unknown(f"the attribute {name}", f"html-{name}", seen)
            elif name == "style":
                yield from _attribute(value)
            elif name == "bgcolor" and not _SIX.fullmatch(value):
                seen = (text_of(f'bgcolor="{value}"'), text_of(value))
                yield Violation("TS411", f"the colour in bgcolor={value} has not six digits", "", seen)


def elements(letter: SentLetter) -> Iterator[Violation]:
    """E19 in elements, and E9: nothing but the preheader is hidden."""
    for element in letter.root.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag not in features().elements:
            yield _unknown(f"<{element.tag}>", f"html-{element.tag}", tag_of(element))
        hidden = declarations(element.get("style") or "").get("display") == "none"
        if hidden and "preheader" not in (element.get("class") or "").split():
            yield Violation("TS409", f"<{element.tag}> is hidden", "", tag_of(element))


def sheets(letter: SentLetter) -> Iterator[Violation]:
    """E8 and E9 in style sheets."""
    yield from _sheet(styles(letter))


@lru_cache(maxsize=16)
def _sheet(css: str) -> tuple[Violation, ...]:
    found: list[Violation] = []
    if len(css.encode()) >= _SHEET_LIMIT:
        message = f"the style sheets have {len(css.encode())} bytes, Gmail drops them at {_SHEET_LIMIT}"
        found.append(Violation("TS408", message, "", (Evidence(Sign.TAG, "style"),)))
    if forbidden := _FORBIDDEN.search(css):
        seen = (text_of(_line(css, forbidden)), text_of(forbidden[0]))
        found.append(Violation("TS408", f"the style sheet uses {forbidden[0]}…)", "", seen))
    if close := re.search(r"\S!important", css):
        message = "a style sheet has '!important' without a space before it"
        found.append(Violation("TS408", message, "", (text_of(close[0]),)))
    found += _rules(css)
    if shown := re.search(r"(?<![\w-])(?:display|visibility|content)\s*:[^;}]*", css):
        found.append(Violation("TS409", "a style sheet shows or hides something", "", _written(shown[0])))
    if colour := re.search(r"#(?![0-9A-Fa-f]{6}\b)[0-9A-Fa-f]{3,8}\b(?=[^{}]*[;}])", css):
        found.append(Violation("TS411", "a colour of a style sheet has not six digits", "", (text_of(colour[0]),)))
    return tuple(found)


def _line(css: str, match: re.Match[str]) -> str:
    return css[css.rfind("\n", 0, match.start()) + 1 :].partition("\n")[0]


def _written(declaration: str) -> tuple[Evidence, ...]:
    name, _, value = declaration.partition(":")
    return _declared(name.strip(), value.strip())


def _rules(css: str) -> Iterator[Violation]:
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword != "media":
            yield Violation("TS408", f"@{rule.at_keyword} in a style sheet", "", (text_of(f"@{rule.at_keyword}"),))
        elif rule.type == "at-rule" and any(node.type == "at-keyword" for node in rule.content or ()):
            inner = next(node for node in rule.content if node.type == "at-keyword")
            yield Violation("TS408", "an @ rule stands inside @media", "", (text_of(f"@{inner.value}"),))
        elif rule.type == "at-rule":
            yield from _media(rule)
        elif rule.type == "error":
            seen = tuple(text_of(line) for line in css.split("\n")[rule.source_line - 1 : rule.source_line])
            yield Violation("TS408", f"a style sheet cannot be read: {rule.message}", "", seen)
        elif rule.type == "qualified-rule":
            selector = tinycss2.serialize(rule.prelude).strip()
            yield from _rule(rule)
            if not selector.startswith((":root", "[data-ogs")):
                message = f"the rule '{selector}' is in a style sheet only"
                yield Violation("TS409", message, "put it into email/inline.css", (text_of(selector),))


def _media(rule: tinycss2.ast.AtRule) -> Iterator[Violation]:
    for condition in (node for node in rule.prelude if node.type == "() block"):
        feature = tinycss2.serialize(condition.content[:1])
        if feature not in features().sheets:
            yield _unknown(f"@media ({feature})", f"css-at-media-{feature}", (text_of(f"({feature}"),))
    for inner in tinycss2.parse_rule_list(rule.content or (), skip_comments=True, skip_whitespace=True):
        if inner.type == "qualified-rule":
            yield from _rule(inner)


def _rule(rule: tinycss2.ast.QualifiedRule) -> Iterator[Violation]:
    for selector in tinycss2.serialize(rule.prelude).split(","):
        if not _SELECTOR.fullmatch(selector.strip()):
            yield _unknown(f"the selector '{selector.strip()}'", "css-selector-chaining", (text_of(selector),))
    for node in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            seen = _declared(node.lower_name, tinycss2.serialize(node.value).strip())
            if node.lower_name not in features().properties and node.lower_name not in features().sheets:
                yield _unknown(f"'{node.lower_name}'", f"css-{node.lower_name}", seen)
            yield from (_unknown(f"the unit {unit}", f"css-unit-{unit}", seen) for unit in _units(node.value))


_LINK = "#0000EE"
"""Colour that every program gives a link without one of its own."""


@dataclass(frozen=True, slots=True)
class _Place:
    """State that an element hands down: colours of text and ground in both schemes, and the elements around it."""

    light: tuple[str, str] = ("#000000", "#FFFFFF")
    dark: tuple[str, str] = ("#FFFFFF", "#000000")
    within: frozenset[str] = frozenset()
    hidden: bool = False


def contrasts(letter: SentLetter) -> Iterator[Violation]:
    """Texts, and alternative texts of pictures, that are hard to read on their ground."""
    reported: set[tuple[str, str, str]] = set()
    body = letter.root.find("body")
    for words, place in _texts(body, _Place(), styles(letter)) if body is not None else ():
        for scheme, (colour, ground) in (("light", place.light), ("dark", place.dark)):
            if (ratio := contrast(colour, ground)) < READABLE and (scheme, colour, ground) not in reported:
                reported.add((scheme, colour, ground))
                yield Violation(
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
def _place(outer: _Place, css: str, names: frozenset[str], written: tuple[str, str, bool]) -> _Place:
    """The place of an element of these names; ``written`` is its style, its ``bgcolor``, and whether it is a link."""
    style, bgcolor, link = written
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
    """Declarations of the dark rules for an element of these names inside elements of those: plain, and !important."""
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


_IN_HEAD = (text_of("<head"), block("head"))
_MARKS = {"color": "[data-ogsc]", "background-color": "[data-ogsb]"}


def schemes(letter: SentLetter) -> Iterator[Violation]:
    """E12: the letter declares dark colours, the same ones for Apple Mail and for Outlook."""
    for name in ("color-scheme", "supported-color-schemes"):
        if not letter.root.xpath(f'//meta[@name="{name}"][@content="light dark"]'):
            yield Violation(
                "TS412", f"the meta {name} is missing", f'<meta name="{name}" content="light dark">', _IN_HEAD
            )
    dark = dark_rules(styles(letter))
    if not dark:
        yield Violation("TS412", "there are no dark colours", "keep {{ head_css }} in the template", _IN_HEAD)
    outlook = {(rule.selector, name, value) for rule in outlook_rules(styles(letter)) for name, value in _both(rule)}
    for rule in dark:
        for name, value in _both(rule):
            mark = _MARKS.get(name)
            if mark and (f"{mark} {rule.selector}", name, value) not in outlook:
                yield Violation(
                    "TS412",
                    f"'{rule.selector}' has another {name} in dark than under {mark}",
                    f"{mark} {rule.selector} {{ {name}: {value} !important; }}",
                    (text_of(f"{mark} {rule.selector}"), text_of(f"{rule.selector} {{"), text_of(rule.selector)),
                )


def _both(rule: StyleRule) -> Iterable[tuple[str, str]]:
    return (*rule.plain.items(), *rule.important.items())
