"""Candidates: people as the rows of a file describe them, and the change that a row makes to a subscriber.

A file never takes anything away: what it does not say stays, tags and topics are added. Whoever has left stays gone,
whatever the file says; and whoever has left by the file is gone from now on.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tipsheet.audience.subscriber import Subscriber
from tipsheet.model.segment import Value

__all__ = ["GONE", "Candidate", "Cells", "Rejection", "RowChange", "changed_by"]

Cells = Sequence[str]

GONE = frozenset({"unsubscribed", "bounced", "complained"})
"""Statuses of people who get no mail and whom an import does not bring back."""
NAMES = ("first_name", "last_name", "locale", "frequency", "paused_until")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A change of a subscriber by a row: new values of columns, and tags and topics that are added."""

    values: Mapping[str, Any]
    tags: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.values or self.tags or self.topics)


def changed_by(candidate: Candidate, held: Subscriber) -> RowChange | None:
    """The change that a row makes; an empty one for none, None when the person has left and the file ignores it."""
    if held.status in GONE:
        return RowChange(values={}) if candidate.status in GONE else None
    if candidate.status in GONE:
        return RowChange(values={"status": candidate.status})
    values: dict[str, Any] = {}
    for name in NAMES:
        said = getattr(candidate, name)
        if said and said != getattr(held, name):
            values[name] = said
    if any(held.attributes.get(name) != value for name, value in candidate.attributes.items()):
        values["attributes"] = {**held.attributes, **candidate.attributes}
    if candidate.status == "confirmed":
        if held.status == "pending":
            values["status"] = "confirmed"
        if held.confirmed_at is None and candidate.confirmed_at is not None:
            values["confirmed_at"] = candidate.confirmed_at
    return RowChange(
        values=values, tags=candidate.tags.difference(held.tags), topics=candidate.topics.difference(held.topics)
    )
