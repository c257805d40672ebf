"""Any other CSV file: every column is named with ``--map``."""

from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.store.people import STATUSES

__all__ = ["PLAIN"]

PLAIN = Provider(
    id="csv",
    title="plain CSV",
    shapes=(
        Shape(
            title="plain CSV",
            columns=frozenset(),
            fields={},
            statuses={status: status for status in STATUSES},
        ),
    ),
)  # fmt: skip
