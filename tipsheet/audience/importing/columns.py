"""Columns of a file and their meanings: told by usual names, known from a provider's exports, or said by the editor.

Names are compared without capitals, accents and signs. Usual names, in the languages that exports are written in, and
those of columns that say of a person that they have left, which count in any file, are in ``columns.toml``; the names
that a provider uses are in the file of its importer.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tipsheet.audience.importing.cells import printable
from tipsheet.audience.importing.csv_file import UnknownColumnsError
from tipsheet.audience.importing.importers import FIELDS, IMPORTERS, PLAIN, PROVIDERS, Shape, shapes_of
from tipsheet.model.segment import STATUSES, Attribute
from tipsheet.problems import did_you_mean

__all__ = [
    "ATTRIBUTE", "FIELDS_BY_NAME", "Instructions", "Mapped", "key", "leaving", "read_mapping", "read_statuses",
    "recognised", "staying", "told",
]  # fmt: skip

_USUAL = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
FIELDS_BY_NAME: Mapping[str, str] = {name: field for field, names in _USUAL["fields"].items() for name in names.split()}
"""From the key of a heading to the field that it means."""
_LEFT: Mapping[str, str] = {name: status for status, names in _USUAL["left"].items() for name in names.split()}
_STAYING = frozenset(_USUAL["stays"]["names"].split())

_WHOLE = {"vorname": "name", "prenom": "nom", "voornaam": "naam"}
"""Beside a column of first names, these hold last names."""
_FIRST = frozenset({"nombre", "nome", "name"})
"""Beside a column of last names, these hold first names."""

ATTRIBUTE = "attribute."
MAPPABLE = tuple(name for name in FIELDS if name != "id")
SEVERAL = ("tags", "topics")

Mapped = Mapping[str, tuple[str, ...]]
"""From a field or ``attribute.NAME`` to the names of its columns; only tags and topics can have several."""

_COMMON = frozenset({"status", "state", "type"})
"""Names that columns of anything have; the status columns of providers with other names tell of a provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """The options of an import. ``day_first`` says how ``2/3/2024`` is meant, if the file does not tell."""

    consent: str
    """The reason for which these people may be written to."""
    attributes: tuple[Attribute, ...] = ()
    mapped: Mapped = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    """From words of the file, in small letters, to ours; beside those of the provider, and before them."""
    provider: str = ""
    encoding: str = ""
    separator: str = ""
    day_first: bool | None = None


def read_mapping(options: Iterable[str], attributes: Iterable[Attribute]) -> Mapped:
    """The meaning of ``--map FIELD=COLUMN``; raises ValueError for a field that there is not."""
    known = (*MAPPABLE, *(f"{ATTRIBUTE}{attribute.name}" for attribute in attributes))
    mapped: dict[str, tuple[str, ...]] = {}
    for option in options:
        name, equals, column = option.partition("=")
        if not equals or not column.strip():
            raise ValueError(f"'{option}' is not FIELD=COLUMN, such as email=E-mail")
        if name not in known:
            raise ValueError(f"there is no field '{name}'; {did_you_mean(name, known) or _listing(known)}")
        if name in mapped and name not in SEVERAL:
            raise ValueError(f"'{name}' is mapped twice")
        mapped[name] = (*mapped.get(name, ()), printable(column))
    return mapped


def read_statuses(options: Iterable[str]) -> Mapping[str, str]:
    """The meaning of ``--status WORD=STATUS``; raises ValueError for a status that there is not."""
    meant: dict[str, str] = {}
    for option in options:
        word, equals, status = (part.strip().lower() for part in option.rpartition("=")[:3])
        if equals != "=":
            raise ValueError(f"'{option}' is not WORD=STATUS, such as active=confirmed")
        if status not in STATUSES:
            raise ValueError(f"there is no status '{status}'; {did_you_mean(status, STATUSES) or ', '.join(STATUSES)}")
        if meant.setdefault(word, status) != status:
            raise ValueError(f"'{word}' is given two meanings")
    return meant


def _listing(known: Iterable[str]) -> str:
    return f"known: {', '.join(known)}, and {ATTRIBUTE}NAME for what mkdocs.yml declares"


def recognised(columns: Sequence[str], name: str, said: Instructions) -> Shape:
    """The shape of a file with these columns; raises UnknownColumnsError.

    A file of no provider is plain CSV when its address can be told or is mapped, unless a column of it
    says in a provider's way who has left: read as a plain list, everybody would be confirmed.
    """
    among = _shapes((said.provider,) if said.provider else PROVIDERS)
    have = frozenset(columns)
    fitting = [shape for shape in among if shape.columns <= have]
    if fitting:
        shape = _most(fitting, name)
    elif said.provider:
        shape = max(among, key=lambda one: (not one.refusal, len(one.columns & have)))
    elif _is_plain(have, said):
        shape = shapes_of(PLAIN)[0]
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
    return addressed and (
        "status" in said.mapped or not any(_says_who_left(have, shape) for shape in _shapes(PROVIDERS))
    )


def _says_who_left(have: frozenset[str], shape: Shape) -> bool:
    """True when a column of the file is the status of this shape: by its name, or because the rest is alike."""
    column = shape.fields.get("status")
    if column is None or column not in have or FIELDS_BY_NAME.get(key(column)) == "status":
        return False
    return key(column) not in _COMMON or 2 * len(shape.columns & have) >= len(shape.columns)


def _shapes(importers: Iterable[str]) -> list[Shape]:
    return [shape for importer in importers for shape in shapes_of(importer)]


def _unknown(have: frozenset[str], name: str, among: Sequence[Shape]) -> UnknownColumnsError:
    """The error with the provider whose file it is most like, and the columns of it that are missing."""
    shapes = [(shape, shape.columns & have, shape.columns - have) for shape in among]
    nearest, shared, missing = max(shapes, key=lambda found: len(found[1]) / len(found[0].columns))
    known = ", ".join(IMPORTERS[name] for name in PROVIDERS)
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


@lru_cache(maxsize=4_096)
def key(heading: str) -> str:
    """The name of a column without capitals, accents, blanks and signs."""
    letters = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def told(columns: Sequence[str], fields: Iterable[str], taken: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The columns that mean one of the fields by their names, but for fields and columns that are taken.

    In the order of the file; several columns of one meaning are all there, and the caller chooses.
    """
    used = frozenset(taken)
    wanted = frozenset(fields)
    found: dict[str, tuple[str, ...]] = {}
    for column in dict.fromkeys(columns):
        field = FIELDS_BY_NAME.get(key(column))
        if field in wanted and column not in used:
            found[field] = (*found.get(field, ()), column)
    return _names_settled(found)


def _names_settled(found: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Decide for each name of both kinds, such as ``Name`` beside ``Vorname``, which part of a name it is."""
    if "name" not in found or not {"first_name", "last_name"} & found.keys():
        return found
    whole, name = found.pop("name"), ""
    if "last_name" not in found:
        beside = _WHOLE.get(key(found["first_name"][0]), "")
        name = next((column for column in whole if key(column) == beside), "")
        return found | ({"last_name": (name,)} if name else {})
    if "first_name" not in found:
        name = next((column for column in whole if key(column) in _FIRST), "")
    return found | ({"first_name": (name,)} if name else {})


def leaving(column: str) -> str:
    """The status of people who have anything in a cell of this column; empty for a column of something else.

    Mailchimp's ``UNSUB_…`` and ``CLEAN_…`` are called so in every language.
    """
    if column.startswith("UNSUB_"):
        return "unsubscribed"
    return "bounced" if column.startswith("CLEAN_") else _LEFT.get(key(column), "")


def staying(column: str) -> bool:
    """True for a column in which a "no" says that the person has left."""
    return key(column) in _STAYING
