"""Importers of people: for each provider a TOML file beside this module, and a line in the table `IMPORTERS`.

A file describes the exports of a provider. Its keys are those of `Shape`; ``[[shapes]]`` are several kinds of file,
to each of which the keys above them belong as well. ``statuses`` has our status first, then the provider's words.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tipsheet.audience.importing.cells import json_or_words, words

__all__ = ["FIELDS", "IMPORTERS", "PLAIN", "PROVIDERS", "Shape", "shapes_of"]

IMPORTERS: Mapping[str, str] = {
    "tipsheet": "tipsheet",
    "mailchimp": "Mailchimp",
    "substack": "Substack",
    "buttondown": "Buttondown",
    "listmonk": "listmonk",
    "ghost": "Ghost",
    "kit": "Kit",
    "beehiiv": "beehiiv",
    "mailerlite": "MailerLite",
    "brevo": "Brevo",
    "csv": "plain CSV",
}
"""Names on the command line, each that of a file, and titles."""

PLAIN = "csv"
"""The importer of files that are no provider's."""
PROVIDERS = tuple(name for name in IMPORTERS if name != PLAIN)
"""Importers whose files are recognised by their columns."""

FIELDS = (
    "email", "name", "first_name", "last_name", "locale", "status", "frequency", "paused_until",
    "created_at", "confirmed_at", "tags", "topics", "attributes", "id",
)  # fmt: skip
"""Meanings of columns, besides ``attribute.NAME``.

``name`` is a whole name, ``attributes`` a JSON object, ``id`` the public id of our own format.
"""

_PEOPLE = frozenset({"email", "first_name", "last_name", "name"})
"""Fields that are looked for in the files of every provider, since some translate them."""
_WORDS: Mapping[str, Callable[[str, str], frozenset[str]]] = {"csv": words, "json": json_or_words}
"""Ways in which several tags stand in one cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of file that a provider writes.

    A file has this shape when it has all of ``columns``, spelled exactly so; of several shapes the one with most
    columns is meant. ``fields`` says which column holds which of `FIELDS`; those beyond ``columns`` may be absent.
    Columns that say who has left count in every shape (`tipsheet.audience.importing.columns`).
    """

    title: str
    columns: frozenset[str]
    fields: Mapping[str, str] = field(default_factory=dict)
    by_name: frozenset[str] = _PEOPLE
    """Fields without a column of their own that are told by their usual names, in any language."""
    status: str = ""
    """The status of a row that says none; empty where a column must say it, since else everybody would be confirmed."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """From the provider's words, in small letters, to ours; any other word rejects the row."""
    unused: frozenset[str] = frozenset()
    """Columns that are left out without a word: figures and keys of the provider."""
    words: Callable[[str, str], frozenset[str]] = words
    marked: bool = False
    """True for files whose formulas were made harmless (`tipsheet.audience.private_files`)."""
    note: str = ""
    """A warning for the editor about such a file."""
    refusal: str = ""
    """The reason for which a file of this shape is not taken."""
    refused_name: str = ""
    """Files whose names begin so have the same columns, and hold people who must not be written to."""


@cache
def shapes_of(importer: str) -> tuple[Shape, ...]:
    """The shapes of an importer's files."""
    data = tomllib.loads((Path(__file__).parent / f"{importer}.toml").read_text("utf-8"))
    own = data.pop("shapes", [{}])
    shared = {"title": f"{IMPORTERS[importer]} export"} | data
    return tuple(
        _shape(shared | shape, columns=shared.get("columns", []), fields=shared.get("fields", {})) for shape in own
    )


def _shape(data: Mapping[str, Any], *, columns: list[str], fields: Mapping[str, str]) -> Shape:
    """A shape from the data of its file, with the columns and fields that all shapes of the file share."""
    sets = {name: frozenset(data[name]) for name in ("by_name", "unused") if name in data}
    statuses = {word: status for status, said in data.get("statuses", {}).items() for word in said}
    return Shape(
        **dict(data)
        | sets
        | {
            "columns": frozenset((*columns, *data.get("columns", ()))),
            "fields": {**fields, **data.get("fields", {})},
            "statuses": statuses,
            "words": _WORDS[data.get("words", "csv")],
        }
    )
