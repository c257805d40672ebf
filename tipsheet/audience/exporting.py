"""Everybody in the store as CSV, in the format that an import reads back without loss (A7).

One row a person, in the order in which they came; moments are UTC. Suppressed addresses without a
person and events of consent are not in it.
"""

import csv
import datetime as dt
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TextIO

import sqlalchemy as sa

from tipsheet.audience.conditions import condition
from tipsheet.audience.importing.columns import ATTRIBUTE
from tipsheet.audience.importing.importers import shapes_of
from tipsheet.audience.private_files import harmless
from tipsheet.audience.subscriber import LABELS, names_of
from tipsheet.model.segment import AnyOf, Segment, Value
from tipsheet.store.tables import subscriber

__all__ = ["chosen", "export"]

BATCH = 2_000
COLUMNS = tuple(shapes_of("tipsheet")[0].fields)
"""Columns of every export; ``attribute.NAME`` follow, one for each attribute."""
TAKEN = tuple(subscriber.c[name] for name in COLUMNS if name not in ("id", *LABELS))


def export(
    connection: sa.Connection,
    target: TextIO,
    *,
    declared: Iterable[str] = (),
    where: sa.ColumnElement[bool] | None = None,
) -> int:
    """Write people to an open text file (``newline=""``), and return how many.

    ``declared`` are attributes that have a column even if nobody has them; ``where`` chooses among
    subscribers.
    """
    attributes = sorted({*declared, *_attributes_in(connection)})
    writer = csv.writer(target)
    writer.writerow([*COLUMNS, *(f"{ATTRIBUTE}{name}" for name in attributes)])
    query = sa.select(subscriber.c.id, subscriber.c.public_id, *TAKEN, subscriber.c.attributes)
    query = query.where(where) if where is not None else query
    count = 0
    result = connection.execute(query.order_by(subscriber.c.id), execution_options={"yield_per": BATCH})
    for rows in result.partitions():
        writer.writerows(_cells(connection, rows, attributes))
        count += len(rows)
    return count


def _attributes_in(connection: sa.Connection) -> Iterator[str]:
    """Names of the attributes that anybody has, declared or not."""
    held = subscriber.c.attributes
    if connection.dialect.name == "postgresql":
        names = sa.select(sa.func.jsonb_object_keys(held)).distinct()
    else:
        each = sa.func.json_each(held).table_valued("key", joins_implicitly=True)
        names = sa.select(each.c.key).select_from(subscriber).distinct()
    yield from connection.execute(names).scalars()


def _cells(connection: sa.Connection, rows: Sequence[Any], attributes: Sequence[str]) -> Iterator[list[str]]:
    ids = [row.id for row in rows]
    labels = [names_of(connection, kind, ids) for kind in LABELS]
    for row in rows:
        values = [
            row.public_id,
            *(row._mapping[column] for column in TAKEN),  # noqa: SLF001 - SQLAlchemy's public name for it
            *(_words(found.get(row.id, ())) for found in labels),
            *(row.attributes.get(name) for name in attributes),
        ]
        yield [harmless(_text(value)) for value in values]


def _words(names: Iterable[str]) -> str:
    """Names in one cell, the way `tipsheet.audience.importing.cells.words` reads them."""
    if not names:
        return ""
    cell = io.StringIO()
    csv.writer(cell, lineterminator="").writerow(sorted(names))
    return cell.getvalue()


def _text(value: Value | dt.datetime | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)


def chosen(statuses: Collection[str], segments: Collection[Segment], dialect: str) -> sa.ColumnElement[bool]:
    """The condition that a subscriber has one of the statuses and is in one of the segments; none means any."""
    status = subscriber.c.status.in_(statuses) if statuses else sa.true()
    rule = AnyOf(tuple(segment.rule for segment in segments))
    return sa.and_(status, condition(rule, dialect)) if segments else status
