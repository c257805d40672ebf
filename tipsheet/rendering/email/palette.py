"""The colours of the letter: those of the site, as plain six-digit values.

Mail programs know no custom properties, so templates get the values themselves (E11).
"""

from tipsheet.settings import Look
from tipsheet.settings.palette import fitted

__all__ = ["palette"]


def palette(look: Look) -> Look:
    """The look as the letter uses it: every colour that carries text can be read on its grounds (E6)."""
    return fitted(look)
