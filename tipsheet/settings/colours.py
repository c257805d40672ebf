"""Colours as ``#RRGGBB``: how well one is read on another, and a shade of it that is read well enough."""

import colorsys
from functools import lru_cache

__all__ = ["EDGES", "READABLE", "contrast", "luminance", "readable", "shade"]

READABLE = 4.5
"""Contrast of text with its ground, at least (WCAG 2.2, 1.4.3)."""

EDGES = 3.0
"""Contrast of a control's edge, or of a mark that means something, with its ground (WCAG 2.2, 1.4.11)."""

_MIDDLE = 0.18
"""Luminance of a ground on which black and white read equally well, about."""


@lru_cache(maxsize=1024)
def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
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
