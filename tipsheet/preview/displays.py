"""A letter's HTML as a mail program displays it: its colours, with pictures or without, its styles stripped or not.

The outcome is a document for a frame in which nothing runs and which asks no other host: addresses of the publication's
site lead to the site that the desk serves. What css-inline has written is read here tag by tag, so that all else stays
byte for byte as it is sent.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

import tinycss2
from tinycss2.ast import Declaration, Node
from tinycss2.color3 import RGBA, parse_color

from tipsheet.preview.colours import LIGHT, Scheme, change

__all__ = ["POLICY", "Display", "Styles", "displayed"]

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
"""Content-Security-Policy of a letter (CSP 3): no script, no form, pictures of this machine alone.

The document keeps the origin of the desk, which nothing in it can use, so that its pictures are of the same one.
"""

_INSIDE = r"(?:\"[^\"]*\"|'[^']*'|[^\"'>])*"
_PART = re.compile(
    r"<!--.*?-->"
    rf"|<(?P<raw>style|title)\b(?P<head>{_INSIDE})>(?P<text>.*?)</(?P=raw)>"
    rf"|<(?P<name>[a-zA-Z][\w:-]*)(?P<attributes>{_INSIDE})>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s\"'=<>/]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)")
_SCHEME = re.compile(r"(?<![\w-])((?:supported-)?color-schemes?)\s*:\s*[^;}]+")
_ALWAYS, _NEVER = "(min-width: 0px)", "(min-width: 1000000px)"
_ADDRESSES = ("href", "src", "srcset", "background", "poster")
_COLOUR_ATTRIBUTES = ("bgcolor", "color")
_GROUNDS = ("background", "background-color")
_COLOURED = re.compile(r"(?:background|border|outline|text-decoration)[\w-]*|color")
_URL = re.compile(r"url\([^)]*\)")


class Styles(StrEnum):
    """The styles that a program keeps: all, those of style attributes alone, none."""

    ON = "on"
    INLINE = "inline"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """The way in which a program shows a letter."""

    scheme: Scheme = LIGHT
    pictures: bool = True
    styles: Styles = Styles.ON


def displayed(letter: str, display: Display, site_url: str) -> str:
    """The document for a frame; ``site_url`` is the public address of the site, which the desk serves at its path."""
    maker = _Display(display, site_url, urlsplit(site_url).path or "/")
    return _PART.sub(maker.part, letter)


@dataclass(frozen=True, slots=True)
class _Display:
    """Rewrites the parts of one letter; ``path`` is that of the site on this machine."""

    display: Display
    site: str
    path: str

    def part(self, found: re.Match[str]) -> str:
        """A comment as it is, a style sheet, or a tag."""
        if found["raw"] == "style":
            head = found["head"] if self.display.styles is Styles.ON else None
            return "" if head is None else f"<style{head}>{self._sheet(found['text'])}</style>"
        if found["name"] is None:
            return found[0]
        name = found["name"].lower()
        attributes = _attributes(found["attributes"])
        if name == "head":
            return f'{found[0]}<base target="_blank">'
        if name == "meta":
            return self._meta(found[0], attributes)
        before = dict(attributes)
        self._styled(name, attributes)
        self._addressed(attributes)
        if name in ("img", "source") and not self.display.pictures:
            return _without_picture(attributes) if name == "img" else ""
        return found[0] if attributes == before else _tag(found["name"], attributes)

    def _meta(self, written: str, attributes: Mapping[str, str]) -> str:
        if attributes.get("name") in ("color-scheme", "supported-color-schemes"):
            return f'<meta name="{attributes["name"]}" content="{self._own_scheme}">'
        return "" if attributes.get("http-equiv") else written

    @property
    def _own_scheme(self) -> str:
        return "dark" if self.display.scheme.dark else "light"

    def _sheet(self, css: str) -> str:
        """A style sheet: queries for a scheme are answered, whatever scheme this browser has.

        Colours in it stay: outside rules for dark the letter's own sheets have none (TS409).
        """
        css = self._answered(css)
        css = _SCHEME.sub(lambda found: f"{found[1]}: {self._own_scheme}", css)
        return self._local(css) if self.display.pictures else _URL.sub("none", css)

    def _answered(self, text: str) -> str:
        return _PREFERS.sub(lambda found: _ALWAYS if found[1] == self._own_scheme else _NEVER, text)

    def _styled(self, name: str, attributes: dict[str, str]) -> None:
        """Change the colours of an element, or take its styles away."""
        if "media" in attributes:
            attributes["media"] = self._answered(attributes["media"])
        if self.display.styles is Styles.OFF:
            for key in ("style", *_COLOUR_ATTRIBUTES):
                attributes.pop(key, None)
            return
        if self.display.scheme.changes:
            if name == "body":  # what a browser takes where nothing is said
                ground = "" if "bgcolor" in attributes else "background-color:#FFFFFF;"
                attributes["style"] = f"{ground}color:#000000;{attributes.get('style', '')}"
            self._recoloured(attributes)
        if "url(" in attributes.get("style", ""):
            style = attributes["style"]
            attributes["style"] = self._local(style) if self.display.pictures else _URL.sub("none", style)

    def _recoloured(self, attributes: dict[str, str]) -> None:
        scheme = self.display.scheme
        style, old, new = _style(html.unescape(attributes.get("style", "")), attributes.get("bgcolor", ""), scheme)
        if "style" in attributes:
            attributes["style"] = html.escape(style)
        if "bgcolor" in attributes:
            attributes["bgcolor"] = change(attributes["bgcolor"], scheme.ground)
        if "color" in attributes:
            attributes["color"] = change(attributes["color"], scheme.text, new.get("ground", ""))
        if scheme.marks:
            for part, mark in (("text", "data-ogsc"), ("ground", "data-ogsb")):
                if old.get(part, "") != new.get(part, ""):
                    attributes[mark] = html.escape(old[part])

    def _addressed(self, attributes: dict[str, str]) -> None:
        for name in _ADDRESSES:
            if name in attributes:
                attributes[name] = self._local(attributes[name])
        if "background" in attributes and not self.display.pictures:
            del attributes["background"]

    def _local(self, text: str) -> str:
        """The text with addresses of the site as they are on this machine."""
        return re.sub(rf"(?<![^\s,;('\"]){re.escape(html.escape(self.site))}", lambda _found: self.path, text)


def _attributes(written: str) -> dict[str, str]:
    """The attributes of a tag, with values as they stand between double quotation marks."""
    found = _ATTRIBUTE.findall(written)
    return {name: double or single.replace('"', "&quot;") or bare for name, double, single, bare in found}


def _tag(name: str, attributes: Mapping[str, str]) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>"


def _without_picture(attributes: Mapping[str, str]) -> str:
    """A box of the picture's width with its description in it, as programs draw it; nothing for an ornament."""
    alt = attributes.get("alt", "")
    if not alt:
        return ""
    width = f"width:{attributes['width']}px;" if attributes.get("width", "").isdigit() else ""
    style = f"{attributes.get('style', '')};display:inline-block;{width}max-width:100%;box-sizing:border-box"
    return _tag("span", {"style": f"{style};height:auto;border:1px solid #999;padding:8px"}) + f"{alt}</span>"


Found = Mapping[str, str]
"""The colour of a ``ground`` and of a ``text``, where an element has one."""


@lru_cache(maxsize=4096)
def _style(style: str, bgcolor: str, scheme: Scheme) -> tuple[str, Found, Found]:
    """A style attribute in this scheme, and the element's own ground and text before and after.

    ``bgcolor`` is the ground where the style names none.
    """
    parts = tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)
    found = [part for part in parts if isinstance(part, Declaration)]
    old = {"ground": bgcolor} if bgcolor else {}
    new = {"ground": change(bgcolor, scheme.ground)} if bgcolor else {}
    for one in found:
        for token in one.value if one.lower_name in _GROUNDS else ():
            if _is_colour(one, token):
                colour = tinycss2.serialize([token])
                old["ground"], new["ground"] = colour, change(colour, scheme.ground)
    lines = []
    for one in found:
        ground = one.lower_name in _GROUNDS
        written = ""
        for token in one.value:
            colour = word = tinycss2.serialize([token])
            if _is_colour(one, token):
                word = change(colour, scheme.ground) if ground else change(colour, scheme.text, new.get("ground", ""))
                if one.lower_name == "color":
                    old["text"], new["text"] = colour, word
            written += word
        lines.append(f"{one.name}:{written.strip()}{' !important' if one.important else ''}")
    return ";".join(lines), old, new


def _is_colour(declaration: Declaration, token: Node) -> bool:
    """True for a colour where a declaration may have one."""
    return bool(_COLOURED.fullmatch(declaration.lower_name)) and isinstance(parse_color(token), RGBA)
