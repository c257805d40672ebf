"""Indexes over the attributes that rules compare, for a store so large that counting it is felt.

They belong to no version of the store: what they are depends on the rules of mkdocs.yml, and
everything works without them.
"""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from tipsheet.audience.rules import attribute_text
from tipsheet.model.segment import AllOf, AnyOf, Compare, Not, Operator, Rule, Segment
from tipsheet.store.tables import subscriber

__all__ = ["PREFIX", "compared_attributes", "drop_indexes", "make_indexes"]

PREFIX = "subscriber_by_"
_EQUAL = frozenset({Operator.IS, Operator.ONE_OF})
"""Comparisons that pick a part of the readers; a range often is most of them."""


def compared_attributes(segments: Iterable[Segment]) -> tuple[str, ...]:
    """The attributes of which some rule wants certain texts, by name."""
    return tuple(sorted({name for segment in segments for name in _compared(segment.rule)}))


def make_indexes(connection: sa.Connection, attributes: Iterable[str]) -> tuple[str, ...]:
    """Make the indexes on these attributes that are not there, and say on which they were made."""
    there = _indexes(connection)
    missing = [name for name in attributes if PREFIX + name not in there]
    for name in missing:
        value = attribute_text(name, connection.dialect.name)
        text = value.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True, "include_table": False})
        quoted = connection.dialect.identifier_preparer.quote(PREFIX + name)
        connection.exec_driver_sql(f"CREATE INDEX {quoted} ON {subscriber.name} (status, ({text}))")
    if missing:
        connection.exec_driver_sql("ANALYZE")
    return tuple(missing)


def drop_indexes(connection: sa.Connection) -> tuple[str, ...]:
    """Drop all indexes on attributes, and say on which they were."""
    there = _indexes(connection)
    for name in there:
        connection.exec_driver_sql(f"DROP INDEX {connection.dialect.identifier_preparer.quote(name)}")
    return tuple(name.removeprefix(PREFIX) for name in there)


def _indexes(connection: sa.Connection) -> list[str]:
    names = (
        sa.text("SELECT name FROM sqlite_master WHERE type = 'index'")
        if connection.dialect.name == "sqlite"
        else sa.text("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
    )
    return sorted(name for name in connection.execute(names).scalars() if name.startswith(PREFIX))


def _compared(rule: Rule) -> Iterator[str]:
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for inner in rules:
                yield from _compared(inner)
        case Not(inner):
            yield from _compared(inner)
        case Compare(attribute, operator, str() | (str(), *_)) if operator in _EQUAL:
            yield attribute
        case _:
            pass
