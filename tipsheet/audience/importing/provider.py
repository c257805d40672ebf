"""What is known about the files of one provider: how they are recognised and what their columns mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tipsheet.audience.importing.headings import PEOPLE
from tipsheet.audience.importing.values import words

__all__ = ["FIELDS", "Provider", "Shape"]

FIELDS = (
    "email", "name", "first_name", "last_name", "locale", "status", "frequency", "paused_until",
    "created_at", "confirmed_at", "tags", "topics", "attributes", "id",
)  # fmt: skip
"""What a column can mean, besides ``attribute.NAME``.

``name`` is a whole name, ``attributes`` a JSON object, ``id`` the public id of our own format.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One kind of file that a provider writes.

    A file has this shape when it has all of ``columns``, spelled exactly so; of several shapes the
    one with most columns is meant. ``fields`` says which column holds which of `FIELDS`; those
    beyond ``columns`` may be absent. Columns that say who has left count in every shape
    (`tipsheet.audience.importing.headings`).
    """

    title: str
    columns: frozenset[str]
    fields: Mapping[str, str]
    by_name: frozenset[str] = PEOPLE
    """Fields without a column of their own that are told by what everybody calls them, in any language."""
    status: str = ""
    """Of a row that does not say it; empty where a column must say it, since there everybody would be confirmed."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """From the provider's words, in small letters, to ours; any other word rejects the row."""
    unused: frozenset[str] = frozenset()
    """Columns that are left out without a word: figures and keys of the provider."""
    words: Callable[[str, str], frozenset[str]] = words
    """How several tags stand in one cell."""
    marked: bool = False
    """Whether formulas were made harmless (`tipsheet.audience.formulas`)."""
    note: str = ""
    """What the editor must know about such a file."""
    refusal: str = ""
    """Why a file of this shape is not taken."""
    refused_name: str = ""
    """Files whose names begin so have the same columns, and hold people who must not be written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider; ``id`` is its name on the command line."""

    id: str
    title: str
    shapes: tuple[Shape, ...]
