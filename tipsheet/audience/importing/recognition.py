"""Whose file it is, told by the exact names of its columns."""

from collections.abc import Sequence

from tipsheet.audience.importing.errors import UnknownColumnsError
from tipsheet.audience.importing.headings import FIELDS_BY_NAME, key
from tipsheet.audience.importing.instructions import Instructions
from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.audience.importing.providers import PROVIDERS
from tipsheet.audience.importing.providers.plain import PLAIN

__all__ = ["recognised"]

_COMMON = frozenset({"status", "state", "type"})
"""Names that columns of anything have; the status columns of providers with other names tell of a provider."""


def recognised(columns: Sequence[str], name: str, said: Instructions) -> Shape:
    """The shape of a file with these columns; raises UnknownColumnsError.

    A file of nobody's is plain CSV when its address can be told or is mapped, unless a column of it
    says in a provider's way who has left: read as a plain list, everybody would be confirmed.
    """
    among = [PROVIDERS[said.provider]] if said.provider else [p for p in PROVIDERS.values() if p is not PLAIN]
    have = frozenset(columns)
    fitting = [shape for p in among for shape in p.shapes if shape.columns <= have]
    if fitting:
        shape = _most(fitting, name)
    elif said.provider:
        shape = max(among[0].shapes, key=lambda one: (not one.refusal, len(one.columns & have)))
    elif _is_plain(have, said):
        shape = PLAIN.shapes[0]
    else:
        raise _unknown(have, name, among)
    if shape.refusal:
        raise UnknownColumnsError(f"{name}: {shape.refusal}")
    if shape.refused_name and name.lower().startswith(shape.refused_name):
        raise UnknownColumnsError(f"{name}: by its name it holds people who have not agreed to get mail")
    return shape


def _most(fitting: Sequence[Shape], name: str) -> Shape:
    """The shape with most columns; two of different providers leave it open."""
    most = max(len(shape.columns) for shape in fitting)
    best = [shape for shape in fitting if len(shape.columns) == most]
    titles = sorted({shape.title for shape in best})
    if len(titles) > 1:
        raise UnknownColumnsError(f"{name}: it may be a {' or a '.join(titles)}", "say whose it is with --from")
    return best[0]


def _is_plain(have: frozenset[str], said: Instructions) -> bool:
    addressed = "email" in said.mapped or any(FIELDS_BY_NAME.get(key(column)) == "email" for column in have)
    return addressed and ("status" in said.mapped or not any(_says_who_left(have, shape) for shape in _shapes()))


def _says_who_left(have: frozenset[str], shape: Shape) -> bool:
    """Whether a column of the file is the status of this shape: by its name, or because the rest is alike."""
    column = shape.fields.get("status")
    if column is None or column not in have or FIELDS_BY_NAME.get(key(column)) == "status":
        return False
    return key(column) not in _COMMON or 2 * len(shape.columns & have) >= len(shape.columns)


def _shapes() -> list[Shape]:
    return [shape for provider in PROVIDERS.values() if provider is not PLAIN for shape in provider.shapes]


def _unknown(have: frozenset[str], name: str, among: Sequence[Provider]) -> UnknownColumnsError:
    """Names the provider whose file it is most like, and what it lacks of it."""
    shapes = [(shape, shape.columns & have, shape.columns - have) for p in among for shape in p.shapes]
    nearest, shared, missing = max(shapes, key=lambda found: len(found[1]) / len(found[0].columns))
    known = ", ".join(p.title for p in PROVIDERS.values() if p is not PLAIN)
    like = (
        f"; most like {nearest.title}, but without {_listed(missing)}"
        if 2 * len(shared) >= len(nearest.columns)
        else ""
    )
    return UnknownColumnsError(
        f"{name}: it has the columns {_listed(have)}{like}",
        f"known are the exports of {known} (--from names one, and --map what it lacks); for any other file say which "
        "column is which, for example --map email=COLUMN --map status=COLUMN",
    )


def _listed(names: frozenset[str]) -> str:
    few = sorted(names)[:12]
    return ", ".join(f"'{name}'" for name in few) + (", …" if len(names) > len(few) else "")
