"""Any other CSV file: columns are told by what everybody calls them, or named with ``--map``."""

from tipsheet.audience.importing.headings import FIELDS_BY_NAME
from tipsheet.audience.importing.provider import Provider, Shape
from tipsheet.store.tables import STATUSES

__all__ = ["PLAIN"]

PLAIN = Provider(
    id="csv",
    title="plain CSV",
    shapes=(
        Shape(
            title="plain CSV",
            columns=frozenset(),
            fields={},
            by_name=frozenset(FIELDS_BY_NAME.values()),
            status="confirmed",
            statuses={status: status for status in STATUSES},
        ),
    ),
)
