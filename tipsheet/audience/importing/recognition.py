"""Whose file it is, told by the exact names of its columns."""

from collections.abc import Sequence

from tipsheet.audience.importing.errors import UnknownColumnsError
from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.audience.importing.providers import PROVIDERS
from tipsheet.audience.importing.providers.plain import PLAIN

__all__ = ["recognised"]


def recognised(columns: Sequence[str], name: str, *, provider: str = "", mapped: bool = False) -> Shape:
    """The shape of a file with these columns.

    ``provider`` is the one that the editor names; a file of nobody's is plain CSV if it is
    ``mapped``. Raises UnknownColumnsError.
    """
    among = [PROVIDERS[provider]] if provider else [p for p in PROVIDERS.values() if p is not PLAIN]
    have = frozenset(columns)
    fitting = [shape for p in among for shape in p.shapes if shape.columns <= have]
    if not fitting and mapped and not provider:
        return PLAIN.shapes[0]
    if not fitting:
        raise _unknown(have, name, among)
    shape = max(fitting, key=lambda shape: len(shape.columns))
    if shape.refusal:
        raise UnknownColumnsError(f"{name}: {shape.refusal}")
    if shape.refused_name and name.lower().startswith(shape.refused_name):
        raise UnknownColumnsError(f"{name}: by its name it holds people who have not agreed to get mail")
    return shape


def _unknown(have: frozenset[str], name: str, among: Sequence[Provider]) -> UnknownColumnsError:
    """Names the provider whose file it is most like, and what it lacks of it."""
    shapes = [(shape, shape.columns & have, shape.columns - have) for p in among for shape in p.shapes]
    nearest, shared, missing = max(shapes, key=lambda found: len(found[1]) / len(found[0].columns))
    known = ", ".join(p.title for p in PROVIDERS.values() if p is not PLAIN)
    alike = len(among) == 1 or 2 * len(shared) >= len(nearest.columns)
    like = f"; most like {nearest.title}, but without {_listed(missing)}" if alike else ""
    return UnknownColumnsError(
        f"{name}: it has the columns {_listed(have)}{like}",
        f"known are the exports of {known}; for any other file say which column is which, "
        "for example --map email=COLUMN --map first_name=COLUMN",
    )


def _listed(names: frozenset[str]) -> str:
    few = sorted(names)[:12]
    return ", ".join(f"'{name}'" for name in few) + (", …" if len(names) > len(few) else "")
