"""Column types that mean the same in SQLite and PostgreSQL, and the metadata that all tables belong to."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.compiler import compiles

__all__ = ["IDENTITY", "METADATA", "Derived", "Instant", "document", "within"]

METADATA = sa.MetaData()

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A row's number, given by the database; never given twice (``sqlite_autoincrement``)."""


class Derived(sa.Computed):
    """The value of a column as the database works it out: kept by PostgreSQL, which indexes no other, not by SQLite."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression, persisted=True)


@compiles(Derived, "sqlite")
def _virtual(derived: Derived, compiler: Any, **_options: object) -> str:
    """SQLite adds a column to a table that is there only if the column takes no room."""
    expression = compiler.sql_compiler.process(derived.sqltext, include_table=False, literal_binds=True)
    return f"GENERATED ALWAYS AS ({expression}) VIRTUAL"


def document() -> sa.types.TypeEngine[Any]:
    """The type of a JSON object."""
    return sa.JSON().with_variant(JSONB(), "postgresql")


class Instant(sa.types.TypeDecorator[dt.datetime]):
    """A moment in UTC to the microsecond; always with a zone in Python.

    SQLite keeps ``2026-11-24 07:00:00.000000``, which sorts by time.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """The moment for the database; raises ValueError for one without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """The moment for Python."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def within(connection: sa.Connection, column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column is one of many values: one array for PostgreSQL, where each parameter costs time."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), ARRAY(column.type)))
    return column.in_(values)
