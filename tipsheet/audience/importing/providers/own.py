"""The format that ``tipsheet subscribers export`` writes."""

from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.store.tables import STATUSES

__all__ = ["COLUMNS", "OWN"]

COLUMNS = (
    "id", "email", "first_name", "last_name", "locale", "status", "frequency", "paused_until", "created_at",
    "confirmed_at", "tags", "topics",
)  # fmt: skip
"""Columns of every export; ``attribute.NAME`` follow, one for each attribute."""

LATER = frozenset({"paused_until"})
"""Columns that exports of older versions lack."""

OWN = Provider(
    id="tipsheet",
    title="tipsheet",
    shapes=(
        Shape(
            title="tipsheet export",
            columns=frozenset(COLUMNS) - LATER,
            fields={column: column for column in COLUMNS},
            by_name=frozenset(),
            statuses={status: status for status in STATUSES},
            marked=True,
        ),
    ),
)
