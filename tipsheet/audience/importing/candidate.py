"""What one row of a file says: a person who may become a subscriber, or why the row cannot be used."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tipsheet.model.segment import Value

__all__ = ["Candidate", "Cells", "Rejection"]

Cells = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person as a row describes them; what the row does not say is empty or None.

    ``line`` is where the row begins, from 1; ``cells`` is the row as it was read, for the file of
    rejected rows.
    """

    line: int
    cells: Cells
    email: str
    email_norm: str
    status: str
    public_id: str
    first_name: str
    last_name: str
    locale: str
    frequency: str
    paused_until: dt.datetime | None
    attributes: Mapping[str, Value]
    tags: frozenset[str]
    topics: frozenset[str]
    created_at: dt.datetime | None
    confirmed_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that was not taken. ``reason`` holds no personal data, so that it may be printed."""

    line: int
    reason: str
    cells: Cells
