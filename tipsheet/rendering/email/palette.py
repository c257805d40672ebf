"""The colours of the letter, from the settings that the site has too.

Mail programs know no custom properties, so templates get plain six-digit colours (E11). A text
colour that an editor chose too faint is moved towards black or white until it can be read (E6).
"""

import colorsys
from dataclasses import dataclass
from functools import lru_cache

from tipsheet.settings.tables import Look, Tones

__all__ = ["READABLE", "Palette", "contrast", "palette", "readable"]

READABLE = 4.5
"""Contrast of text with its ground, at least (WCAG 2.2, 1.4.3)."""


_MIDDLE = 0.18
"""Luminance of a ground on which black and white read equally well, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The tones of both schemes, each readable on its grounds."""

    light: Tones
    dark: Tones


@lru_cache(maxsize=8)
def palette(look: Look) -> Palette:
    """The colours as the letter uses them."""
    return Palette(light=_fitted(look.light), dark=_fitted(look.dark))


def _fitted(tones: Tones) -> Tones:
    grounds = (tones.paper, tones.sheet, tones.wash)
    changes = {name: readable(getattr(tones, name), *grounds) for name in ("ink", "soft", "spruce")}
    changes["on_spruce"] = readable(tones.on_spruce, changes["spruce"])
    changes["on_gold"] = readable(tones.on_gold, tones.gold)
    changes["on_gold_soft"] = readable(tones.on_gold_soft, tones.gold)
    return tones.model_copy(update=changes)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


@lru_cache(maxsize=512)
def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB``, 0 to 1 (WCAG 2.2)."""
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _rgb(colour))  # noqa: PLR2004 - of sRGB
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *grounds: str, floor: float = READABLE) -> str:
    """The colour, made darker on light grounds and lighter on dark ones until the contrast holds."""
    step = -0.01 if min(map(luminance, grounds)) > _MIDDLE else 0.01
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    while any(contrast(colour, ground) < floor for ground in grounds) and 0 < lightness + step < 1:
        lightness += step
        rgb = colorsys.hls_to_rgb(hue, lightness, saturation)
        colour = "#{:02X}{:02X}{:02X}".format(*(round(v * 255) for v in rgb))
    return colour
