"""The colours of site and mail, from the primary colour that mkdocs.yml gives the theme.

mkdocs-material names 21 primaries. Their colour is our "go": links and buttons; gold stays "do". Paper
and ink take on its hue, as faintly as they have spruce's. Every colour that carries text is moved
towards black or white until it can be read on its grounds (E6): untouched, many a primary could not.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from tipsheet.settings.colours import EDGES, READABLE, contrast, readable, shade
from tipsheet.settings.tables import DarkTones, Look, Tones

__all__ = ["PAIRS", "PRIMARIES", "derived", "fitted"]

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
"""Each primary of mkdocs-material in light and dark: the colour that its stylesheet gives links.

For grey, blue-grey and black, which it gives links of another colour, the primary itself, and in dark
black turned over; white has only that other colour.
"""

_GROUNDS = ("paper", "sheet", "wash")
_ON_DARK_GO = "#08201A"
_FAINTER = 0.7
"""Saturation of tinted paper and ink, against those of the default look: spruce is a quieter hue than most."""

_HOVERED = 1.35
"""How much more contrast a link has under the pointer."""

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
"""What stands on which grounds in site or mail, with the contrast that it needs there, in order of fitting."""

T = TypeVar("T", bound=Tones)


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
