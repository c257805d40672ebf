"""What runs for every message: statements whose SQL was made once, and a transaction without ceremony.

SQLAlchemy makes text and parameters of a statement anew each time, which costs ten times what
SQLite takes to run it. Here it makes them once a dialect, and the driver runs them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

__all__ = ["Statement", "driver_errors", "quick_transaction"]

Values = Mapping[str, Any]


@dataclass(slots=True)
class _Text:
    """The SQL for one dialect, and its parameters but for the ids, as they were last."""

    sql: str
    names: tuple[str, ...]
    positional: bool
    fixed: Values
    processors: Values
    places: Sequence[str]
    shared: Values = field(default_factory=dict)
    base: Values = field(default_factory=dict)

    def filled(self, shared: Values, rows: Sequence[int]) -> Any:
        """The driver's parameters; what rounds share is worked out again only when it has changed."""
        if shared != self.shared:
            bound = {name: p(value) if (p := self.processors.get(name)) else value for name, value in shared.items()}
            self.shared, self.base = shared, {**self.fixed, **bound}
        values = {**self.base, **dict(zip(self.places, rows, strict=True))}
        return tuple(map(values.__getitem__, self.names)) if self.positional else values


@dataclass(frozen=True, slots=True)
class Statement:
    """An UPDATE of some rows, made from the parameters for their ids. Used by one thread at a time."""

    clause: Callable[[Sequence[sa.BindParameter[int]]], sa.Update]
    _texts: dict[tuple[str, int], _Text] = field(default_factory=dict)

    def run(self, connection: sa.Connection, shared: Values, rows: Sequence[int]) -> int:
        """Run it for the rows of these ids; returns how many were changed.

        Within a transaction of the caller, and within `driver_errors`.
        """
        key = connection.dialect.name, len(rows)
        if key not in self._texts:
            places = [sa.bindparam(f"row{number}", type_=sa.BigInteger) for number in range(len(rows))]
            self._texts[key] = _compiled(self.clause(places), connection.dialect, [place.key for place in places])
        text = self._texts[key]
        cursor = connection.connection.cursor()
        cursor.execute(text.sql, text.filled(shared, rows))
        count = int(cursor.rowcount)
        cursor.close()
        return count


@contextmanager
def quick_transaction(connection: sa.Connection) -> Iterator[Any]:
    """A transaction in which only `Statement` runs: SQLAlchemy has none open and hears of none.

    Gives the driver's connection, which may roll it back.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.execute("BEGIN IMMEDIATE")
    try:
        yield driver
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


def _compiled(clause: sa.Update, dialect: sa.Dialect, places: Sequence[str]) -> _Text:
    compiled = clause.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    made = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    processors = {name: process for name, process in made.items() if process}
    params = {name: value for name, value in compiled.params.items() if value is not None}
    fixed = {name: p(value) if (p := processors.get(name)) else value for name, value in params.items()}
    return _Text(str(compiled), names, compiled.positional, fixed, processors, places)
