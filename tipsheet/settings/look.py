"""Colours and type of site and mail: the tables of mkdocs.yml, and the palette from the theme's primary colour.

mkdocs-material names 21 primary colours. The chosen one is the colour of links and buttons; gold stays the colour of
what to do. Paper and ink take on its hue as faintly as they have spruce's. Every colour that carries text is moved
towards black or white until it can be read on its grounds (E6): as they are, many a primary could not.
"""

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field

from tipsheet.fields import OneLine, Table, Whole

__all__ = [
    "EDGES", "PAIRS", "PRIMARIES", "READABLE", "Colour", "DarkTones", "Look", "Schemes", "Tones", "contrast", "derived",
    "fitted", "form", "luminance", "properties", "readable", "schemes_of", "shade",
]  # fmt: skip


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError(f"'{value}' is not a colour of six digits like #0B5B4D")
    return value.upper()


Colour = Annotated[OneLine, AfterValidator(_colour)]


class Tones(Table):
    """The colours of one scheme, light by default; every pair that carries text holds 4.5:1."""

    paper: Colour = "#FAFBF9"
    sheet: Colour = "#FFFFFF"
    wash: Colour = "#EAF0EC"
    ink: Colour = "#14211D"
    soft: Colour = "#4D5B56"
    edge: Colour = "#7C8A85"
    hair: Colour = "#D5DDD8"
    spruce: Colour = "#0B5B4D"
    spruce_hover: Colour = "#07443A"
    on_spruce: Colour = "#FFFFFF"
    gold: Colour = "#F7BE3B"
    on_gold: Colour = "#1F1A0B"
    on_gold_soft: Colour = "#4A3B10"
    error: Colour = "#A3271C"


class DarkTones(Tones):
    """The colours of the dark scheme."""

    paper: Colour = "#101816"
    sheet: Colour = "#17211E"
    wash: Colour = "#1D2A26"
    ink: Colour = "#E9EFEB"
    soft: Colour = "#A6B4AE"
    edge: Colour = "#6F7F79"
    hair: Colour = "#2C3A35"
    spruce: Colour = "#7FCDB7"
    spruce_hover: Colour = "#A5E0CF"
    on_spruce: Colour = "#08201A"
    gold: Colour = "#EDB331"
    on_gold: Colour = "#1F1A0B"
    on_gold_soft: Colour = "#453708"
    error: Colour = "#FF9A8B"


class Look(Table):
    """Colours and type of site and mail, in one place so that they match."""

    light: Tones = Field(Tones(), description="Colours in light; the others come from the theme's primary colour")
    dark: DarkTones = Field(DarkTones(), description="Colours in dark; the others come from the theme's primary colour")
    serif: OneLine = Field(
        "'Palatino Linotype', Palatino, 'Book Antiqua', 'URW Palladio L', P052, Georgia, serif",
        description="Type for reading",
    )
    sans: OneLine = Field(
        "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
        description="Type for finding: labels, controls, small print",
    )
    radius: Whole = Field(4, ge=0, le=24, description="Radius of corners in px")


READABLE = 4.5
"""Contrast of text with its ground, at least (WCAG 2.2, 1.4.3)."""

EDGES = 3.0
"""Contrast of a control's edge, or of a mark that means something, with its ground (WCAG 2.2, 1.4.11)."""

_MIDDLE = 0.18
"""Luminance of a ground on which black and white text read about equally well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schemes:
    """The colour schemes of pages: the one that stands ``until`` a reader chooses, and the ``switch`` to choose by."""

    until: Literal["light", "dark", "system"] = "light"
    switch: bool = False


def schemes_of(palette: Any) -> Schemes:
    """The schemes that ``theme: palette:`` asks for: ``default`` is light and ``slate`` dark; others have no switch.

    The system decides where an entry for dark says so by its ``media``; readers, where an entry has a ``toggle``.
    """
    entries = [e for e in (palette if isinstance(palette, list) else [palette]) if isinstance(e, dict)]
    names = [str(entry.get("scheme") or "default") for entry in entries]
    first: Literal["light", "dark"] = "dark" if names[:1] == ["slate"] else "light"
    if not {"default", "slate"} <= set(names):
        return Schemes(until=first)
    system = any("dark" in str(e.get("media")) for e, name in zip(entries, names, strict=True) if name == "slate")
    return Schemes(until="system" if system else first, switch=any(entry.get("toggle") for entry in entries))


@lru_cache(maxsize=1024)
def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _rgb(colour))  # noqa: PLR2004 - of sRGB
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *grounds: str, floor: float = READABLE) -> str:
    """The colour, made darker on light grounds and lighter on dark ones until the contrast holds."""
    step = -0.01 if min(map(luminance, grounds)) > _MIDDLE else 0.01
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    while any(contrast(colour, ground) < floor for ground in grounds) and 0 < lightness < 1:
        lightness = min(1, max(0, lightness + step))
        colour = _hex(hue, lightness, saturation)
    return colour


def shade(colour: str, *, like: str, strength: float = 1.0) -> str:
    """The hue of one colour with the lightness of another, and its saturation times ``strength``.

    A grey has no hue to give: the shade of it is grey too.
    """
    hue, _, own = colorsys.rgb_to_hls(*_rgb(colour))
    _, lightness, saturation = colorsys.rgb_to_hls(*_rgb(like))
    return _hex(hue, lightness, min(saturation * strength, own))


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(hue: float, lightness: float, saturation: float) -> str:
    rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#{:02X}{:02X}{:02X}".format(*(round(v * 255) for v in rgb))


PRIMARIES: Mapping[str, tuple[str, str]] = {
    "red": ("#EF5552", "#EF5552"),
    "pink": ("#E92063", "#ED5487"),
    "purple": ("#AB47BD", "#C46FD3"),
    "deep-purple": ("#7E56C2", "#A47BEA"),
    "indigo": ("#4051B5", "#5488E8"),
    "blue": ("#2094F3", "#2094F3"),
    "light-blue": ("#02A6F2", "#02A6F2"),
    "cyan": ("#00BDD6", "#00BDD6"),
    "teal": ("#009485", "#00CCB8"),
    "green": ("#4CAE4F", "#71C174"),
    "light-green": ("#72AD2E", "#8BC34B"),
    "lime": ("#8B990A", "#CBDC38"),
    "yellow": ("#B8A500", "#FFEC3D"),
    "amber": ("#D19D00", "#FFC105"),
    "orange": ("#E68A00", "#FFA724"),
    "deep-orange": ("#FF6E42", "#FF764D"),
    "brown": ("#795649", "#C1775C"),
    "grey": ("#757575", "#757575"),
    "blue-grey": ("#546D78", "#546D78"),
    "black": ("#14151A", "#E5E6EB"),
    "white": ("#4051B5", "#5E8BDE"),
}
"""Each primary of mkdocs-material in light and dark: the colour that its style sheet gives links.

Its links are of another colour under grey, blue-grey and black: these have the primary itself here, and black is
inverted in dark. White, which no link can have, keeps that other colour.
"""

_GROUNDS = ("paper", "sheet", "wash")
_ON_DARK_GO = "#08201A"
_FAINTER = 0.7
"""Saturation of tinted paper and ink relative to the default look: spruce is a quieter hue than most."""

_HOVERED = 1.35
"""Contrast of a link under the pointer, as a multiple of its contrast otherwise."""

PAIRS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("ink", _GROUNDS, READABLE),
    ("soft", _GROUNDS, READABLE),
    ("error", _GROUNDS, READABLE),
    ("spruce", _GROUNDS, READABLE),
    ("spruce_hover", _GROUNDS, READABLE),
    ("edge", _GROUNDS, EDGES),
    ("on_spruce", ("spruce", "spruce_hover"), READABLE),
    ("on_gold", ("gold",), READABLE),
    ("on_gold_soft", ("gold",), READABLE),
)
"""Colours that stand on others in site or mail: name, grounds, and the contrast needed, in the order of fitting."""

T = TypeVar("T", bound=Tones)


def properties(tones: Tones) -> str:
    """The colours as custom properties of CSS: ``--paper: #FAFBF9; …``."""
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in tones.model_dump().items())


def form(look: Look, root: int) -> str:
    """Type and corners as custom properties of CSS; ``root`` is the page's font size in px."""
    return f"--serif: {look.serif}; --sans: {look.sans}; --radius: {look.radius / root:g}rem;"


@lru_cache(maxsize=8)
def fitted(look: Look) -> Look:
    """The look with colours that can be read; what can be read already stays as it is."""
    return look.model_copy(update={"light": _fitted(look.light), "dark": _fitted(look.dark)})


def derived(look: Look, light: str, dark: str) -> Look:
    """The look with the colours of these primaries, one for each scheme; colours that were set win.

    A name that is none of `PRIMARIES`, such as ``custom``, leaves the scheme as it is.
    """
    return look.model_copy(
        update={
            "light": _derived(look.light, PRIMARIES[light][0], "#FFFFFF") if light in PRIMARIES else look.light,
            "dark": _derived(look.dark, PRIMARIES[dark][1], _ON_DARK_GO) if dark in PRIMARIES else look.dark,
        }
    )


def _derived(tones: T, primary: str, on_primary: str) -> T:
    base = DarkTones() if isinstance(tones, DarkTones) else Tones()
    changes = {
        name: shade(primary, like=getattr(base, name), strength=_FAINTER)
        for name in (*_GROUNDS, "ink", "soft", "edge", "hair")
    }
    grounds = [changes[name] for name in _GROUNDS]
    changes["spruce"] = readable(primary, *grounds)
    worst = min(contrast(changes["spruce"], ground) for ground in grounds)
    changes["spruce_hover"] = readable(changes["spruce"], *grounds, floor=worst * _HOVERED)
    changes["on_spruce"] = shade(primary, like=on_primary)
    return tones.model_copy(update={k: v for k, v in changes.items() if k not in tones.model_fields_set})


def _fitted(tones: T) -> T:
    for name, grounds, floor in PAIRS:
        colour = readable(getattr(tones, name), *(getattr(tones, ground) for ground in grounds), floor=floor)
        tones = tones.model_copy(update={name: colour})
    return tones
