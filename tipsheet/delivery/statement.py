"""What runs for every message: statements whose SQL was made once, and a transaction without ceremony.

SQLAlchemy makes text and parameters of a statement anew each time, which costs ten times what
SQLite takes to run it. Here it makes them once a dialect, and the driver runs them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

__all__ = ["Statement", "driver_errors", "quick_transaction"]

Values = Mapping[str, Any]


@dataclass(slots=True)
class _Text:
    """The SQL for one dialect, and its parameters but for those of a row, as they were last."""

    sql: str
    names: tuple[str, ...]
    positional: bool
    fixed: Values
    processors: Values
    shared: Values = field(default_factory=dict)
    base: Values = field(default_factory=dict)

    def filled(self, shared: Values, rows: Sequence[Values]) -> list[Any]:
        """The driver's parameters for each row; what all share is worked out again only when it has changed."""
        if shared != self.shared:
            bound = {name: p(value) if (p := self.processors.get(name)) else value for name, value in shared.items()}
            self.shared, self.base = shared, {**self.fixed, **bound}
        values = [{**self.base, **row} for row in rows]
        return [tuple(map(one.__getitem__, self.names)) for one in values] if self.positional else values


@dataclass(frozen=True, slots=True)
class Statement:
    """An UPDATE for many rows at a time; nothing in it may be a list. Used by one thread at a time."""

    clause: sa.Update
    _texts: dict[str, _Text] = field(default_factory=dict)

    def run(self, connection: sa.Connection, shared: Values, rows: Sequence[Values]) -> int:
        """Run it for each of the rows with the values that all share; returns how many rows were changed.

        Values of ``rows`` go to the driver as they are: numbers and text. Within a transaction of
        the caller, and within `driver_errors`.
        """
        name = connection.dialect.name
        if name not in self._texts:
            self._texts[name] = _compiled(self.clause, connection.dialect)
        text = self._texts[name]
        cursor = connection.connection.cursor()
        cursor.executemany(text.sql, text.filled(shared, rows))
        count = int(cursor.rowcount)
        cursor.close()
        return count


@contextmanager
def quick_transaction(connection: sa.Connection) -> Iterator[None]:
    """A transaction in which only `Statement` runs: SQLAlchemy has none open and hears of none."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.execute("BEGIN IMMEDIATE")
    try:
        yield
        driver.commit()
    except BaseException:
        driver.rollback()
        raise


@contextmanager
def driver_errors(dialect: sa.Dialect) -> Iterator[None]:
    """What the driver raises, as SQLAlchemy would raise it."""
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.OperationalError as error:
        raise sa.exc.OperationalError("a statement of the ledger", None, error) from error
    except driver.Error as error:
        raise sa.exc.DBAPIError("a statement of the ledger", None, error) from error


def _compiled(clause: sa.Update, dialect: sa.Dialect) -> _Text:
    compiled = clause.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    made = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    processors = {name: process for name, process in made.items() if process}
    params = {name: value for name, value in compiled.params.items() if value is not None}
    fixed = {name: p(value) if (p := processors.get(name)) else value for name, value in params.items()}
    return _Text(str(compiled), names, compiled.positional, fixed, processors)
