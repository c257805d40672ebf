"""Dark modes of mail programs that change a letter's colours: functions of colours, each with its source.

They are approximations. No maker publishes what its program does but for Microsoft's editor, programs change with each
version, and the last word is a phone in somebody's hand. They are good enough to see a logo that vanishes, or a text
that cannot be read.

Lightness is L* of CIE 1976 L*a*b* under D65, 0 (black) to 100 (white). Hue and chroma stay when it changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tinycss2.color3 import RGBA, parse_color

from tipsheet.settings.look import contrast

__all__ = ["DARK", "LIGHT", "SCHEMES", "Scheme", "change"]

_WHITE = (0.95047, 1.0, 1.08883)
"""X, Y and Z of D65."""
_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_TO_RGB = ((3.2404542, -1.5371385, -0.4985314), (-0.9692660, 1.8760108, 0.0415560), (0.0556434, -0.2040259, 1.0572252))
"""Linear sRGB to XYZ and back (IEC 61966-2-1)."""
_KNEE = 6 / 29
_MIDDLE = 50
"""Lightness that parts light colours from dark ones."""
_READABLE = 4.5
"""Contrast of text with its ground (WCAG 2.2, 1.4.3)."""

_OUTLOOK_GROUND = "#333333"

Lab = tuple[float, float, float]


def _lab(rgb: tuple[float, float, float]) -> Lab:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]  # noqa: PLR2004 - of sRGB
    xyz = (sum(a * b for a, b in zip(row, linear, strict=True)) for row in _TO_XYZ)
    x, y, z = (_root(value / white) for value, white in zip(xyz, _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(value: float) -> float:
    return value ** (1 / 3) if value > _KNEE**3 else value / (3 * _KNEE**2) + 4 / 29


def _rgb(lab: Lab) -> tuple[float, float, float]:
    y = (lab[0] + 16) / 116
    roots = (y + lab[1] / 500, y, y - lab[2] / 200)
    cubes = (r**3 if r > _KNEE else 3 * _KNEE**2 * (r - 4 / 29) for r in roots)
    xyz = [value * white for value, white in zip(cubes, _WHITE, strict=True)]
    linear = (sum(a * b for a, b in zip(row, xyz, strict=True)) for row in _TO_RGB)
    shown = (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in linear)  # noqa: PLR2004 - of sRGB
    red, green, blue = (min(1.0, max(0.0, v)) for v in shown)
    return red, green, blue


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#{:02X}{:02X}{:02X}".format(*(round(v * 255) for v in rgb))


@lru_cache(maxsize=4096)
def _six(colour: str) -> str:
    """An opaque colour of ours as six digits."""
    found = parse_color(colour)
    return _hex((found.red, found.green, found.blue)) if isinstance(found, RGBA) else colour


@lru_cache(maxsize=4096)
def _lightness(colour: str) -> float:
    found = parse_color(colour)
    return _lab((found.red, found.green, found.blue))[0] if isinstance(found, RGBA) else 0


@lru_cache(maxsize=4096)
def _turned(colour: str, base: float = 0) -> str:
    """The colour with its lightness turned round: white becomes ``base``, black white, what lies between in proportion.

    With the lightness of #333333 it is `getDarkColor` of Microsoft's editor in Outlook on the web, which is public
    (microsoft/roosterjs).
    """
    found = parse_color(colour)
    if not isinstance(found, RGBA):
        return colour
    lightness, a, b = _lab((found.red, found.green, found.blue))
    return _hex(_rgb(((100 - lightness) * (100 - base) / 100 + base, a, b)))


def _same(colour: str, _ground: str) -> str:
    return colour


def _inverted(colour: str, _ground: str) -> str:
    """Every colour is turned round, dark grounds and light texts too.

    So do Gmail on an iPhone and Outlook on Windows: white text on black becomes black on white (Rémi Parmentier,
    "Fixing Gmail's dark mode issues with CSS Blend Modes", 2021; Litmus, "Dark Mode for Email": full colour invert).
    """
    return _turned(colour)


def _darkened(colour: str, _ground: str) -> str:
    """Light grounds become dark, dark ones stay: Gmail on Android (Litmus, "Dark Mode for Email")."""
    return _turned(colour) if _lightness(colour) > _MIDDLE else colour


def _lightened(colour: str, _ground: str) -> str:
    """Dark texts become light, light ones stay; see `_darkened`."""
    return _turned(colour) if _lightness(colour) < _MIDDLE else colour


def _outlook_ground(colour: str, _ground: str) -> str:
    """Light grounds become dark, but not darker than the pane of Outlook.com (Parmentier, 2019; Litmus: partial)."""
    return _turned(colour, _lightness(_OUTLOOK_GROUND)) if _lightness(colour) > _MIDDLE else colour


def _outlook_text(colour: str, ground: str) -> str:
    """Text is changed where it could not be read on its element's ground, or else on the pane's dark grey.

    Rémi Parmentier, "Dealing with Outlook.com's Dark Mode", 2019, from the program's own `fixContrast`.
    """
    if contrast(_six(colour), _six(ground or _OUTLOOK_GROUND)) >= _READABLE:
        return colour
    return _turned(colour, _lightness(_OUTLOOK_GROUND))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The colours in which a program shows letters, by its ``name`` in addresses of the desk.

    ``dark`` says that rules for ``prefers-color-scheme: dark`` count. ``ground`` and ``text`` give the successor of a
    colour, from it and the new ground of its element (empty where it has none). ``marks``: elements that were changed
    get ``data-ogsc`` and ``data-ogsb``, by which style sheets can answer.
    """

    name: str
    title: str
    dark: bool = False
    ground: Callable[[str, str], str] = _same
    text: Callable[[str, str], str] = _same
    marks: bool = False

    @property
    def changes(self) -> bool:
        """True if colours are changed at all."""
        return self.ground is not _same


LIGHT = Scheme(name="light", title="Light")
DARK = Scheme(name="dark", title="Dark, as the letter says: Apple Mail, Thunderbird", dark=True)

SCHEMES: Mapping[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        LIGHT,
        DARK,
        Scheme(name="gmail-dark", title="Gmail on Android, dark: about", ground=_darkened, text=_lightened),
        Scheme(name="gmail-ios-dark", title="Gmail on iPhone, dark: about", ground=_inverted, text=_inverted),
        Scheme(
            name="outlook-dark",
            title="Outlook.com, dark: about",
            ground=_outlook_ground,
            text=_outlook_text,
            marks=True,
        ),
        Scheme(name="outlook-windows-dark", title="Outlook on Windows, dark: about", ground=_inverted, text=_inverted),
    )
}
"""A further one is a line."""


def change(colour: str, by: Callable[[str, str], str], ground: str = "") -> str:
    """The successor of a colour as CSS writes it, with its transparency kept; what is no colour stays as it is."""
    found = parse_color(colour)
    if not isinstance(found, RGBA) or found.alpha == 0:
        return colour
    opaque = _hex((found.red, found.green, found.blue))
    new = by(opaque, ground)
    if new == opaque:
        return colour
    if found.alpha < 1:
        red, green, blue = (int(new[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red}, {green}, {blue}, {found.alpha:g})"
    return new
