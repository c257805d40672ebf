"""What the editor says about the files of an import; what is left open is found out from the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tipsheet.audience.importing.provider import FIELDS
from tipsheet.audience.importing.values import printable
from tipsheet.model.segment import Attribute
from tipsheet.problems import did_you_mean
from tipsheet.store.tables import STATUSES

__all__ = ["ATTRIBUTE", "Instructions", "Mapped", "read_mapping", "read_statuses"]

ATTRIBUTE = "attribute."
MAPPABLE = tuple(name for name in FIELDS if name != "id")
SEVERAL = ("tags", "topics")

Mapped = Mapping[str, tuple[str, ...]]
"""From a field or ``attribute.NAME`` to the names of its columns; only tags and topics can have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """The options of an import. ``day_first`` says how ``2/3/2024`` is meant, if the file does not tell."""

    consent: str
    """Why these people may be written to."""
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
