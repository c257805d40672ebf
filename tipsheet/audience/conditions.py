"""Rules of segments as SQL: SQLite and PostgreSQL answer as `tipsheet.model.segment.matches` does (A1).

What an editor wrote is always a bound parameter, so that it can never become SQL (A3). Comparisons know the type of
what is stored (a boolean is not a number, the text ``20`` is not twenty), compare texts by their characters and
nothing else, and take JSON's null for a missing attribute.

SQL has a third truth value for what is missing. In a WHERE and a CASE it counts as false, as in the predicate; only
``not`` would tell them apart. So a ``not`` is moved inwards to the comparisons, and ``COALESCE(…, false)`` stands
under it there and nowhere else: elsewhere it would keep the database from using an index or a join.

Indexes over the compared attributes are for a store so large that counting is felt. They belong to no version of the
store, since they depend on the rules of mkdocs.yml, and everything works without them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from tipsheet.model.segment import (
    AllOf,
    AnyOf,
    AttributeType,
    Compare,
    Has,
    Not,
    Operand,
    Operator,
    Rule,
    Segment,
    Value,
    fits,
    leaves,
    type_of,
)
from tipsheet.store.tables import subscriber, subscriber_tag, subscription, tag, topic

__all__ = ["PREFIX", "Condition", "attribute_text", "compared_attributes", "condition", "drop_indexes", "make_indexes"]

Condition = sa.ColumnElement[bool]

PREFIX = "subscriber_by_"
_EQUAL = frozenset({Operator.IS, Operator.ONE_OF})
"""Comparisons that pick a part of the readers; a range often is most of them."""


def condition(rule: Rule, dialect: str, *, holds: bool = True) -> Condition:
    """The rule over the columns of ``subscriber``, for a WHERE or a CASE; ``dialect`` is SQLAlchemy's name.

    With ``holds=False`` the contrary: what is true of everybody else.
    """
    match rule:
        case AllOf(rules) | AnyOf(rules):
            parts = (condition(r, dialect, holds=holds) for r in rules)
            every = isinstance(rule, AllOf) is holds
            return sa.and_(sa.true(), *parts) if every else sa.or_(sa.false(), *parts)
        case Not(inner):
            return condition(inner, dialect, holds=not holds)
        case Has(kind, name):
            member = _member(kind, name)
            return member if holds else sa.not_(member)
        case Compare(attribute, operator, value):
            compared = _compared(_STORED[dialect](attribute), operator, value)
            return compared if holds else _denied(compared)


def attribute_text(attribute: str, dialect: str) -> sa.ColumnElement[Any]:
    """The text of an attribute, which rules compare and an index holds."""
    return _STORED[dialect](attribute).text


def _denied(inner: Condition) -> Condition:
    return sa.not_(sa.func.coalesce(inner, sa.false()))


def _member(kind: str, name: str) -> Condition:
    """The condition of a status, a language, a tag or a topic, whose name is looked up once; never NULL."""
    if kind == "status":
        return subscriber.c.status == name
    if kind == "locale":
        wider = sa.func.replace(subscriber.c.locale, "_", "-")
        return sa.func.substr(sa.func.lower(wider) + "-", 1, len(name) + 1) == f"{name}-"
    if kind == "tag":
        owned, key, names = subscriber_tag, subscriber_tag.c.tag_id, tag
    else:
        owned, key, names = subscription, subscription.c.topic_id, topic
    named = sa.select(names.c.id).where(names.c.name == name).scalar_subquery()
    return sa.exists().where(owned.c.subscriber_id == subscriber.c.id, key == named)


@dataclass(frozen=True, slots=True)
class _Stored:
    """An attribute in SQL: as text, as a value to compare with others, and the name of its JSON type.

    ``kinds`` are those names; equality alone would take something else for a value of a type in
    ``mixed``. ``bound`` is a number or a boolean beside ``value``; ``position`` finds one text in
    another.
    """

    text: sa.ColumnElement[Any]
    value: sa.ColumnElement[Any]
    kind: sa.ColumnElement[Any]
    kinds: Mapping[AttributeType, tuple[str, ...]]
    mixed: frozenset[AttributeType]
    bound: Callable[[Value], Any]
    position: Callable[..., sa.ColumnElement[Any]]

    def is_a(self, name: AttributeType) -> Condition:
        """The condition that it is of this type; NULL where it is missing."""
        return self.kind.in_(sa.literal(word, sa.Text, literal_execute=True) for word in self.kinds[name])

    def is_one_of(self, values: Iterable[Value]) -> Condition:
        """The condition that it is equal to one of the values, and of its type."""
        found: list[Condition] = []
        for name in AttributeType:
            on_text = name is AttributeType.TEXT
            column, bind = (self.text, sa.literal) if on_text else (self.value, self.bound)
            bound = [bind(value) for value in values if type_of(value) is name]
            equal = column == bound[0] if len(bound) == 1 else column.in_(bound)
            if bound:
                found.append(sa.and_(equal, self.is_a(name)) if name in self.mixed else equal)
        return sa.or_(sa.false(), *found)

    def is_none_of(self, values: Iterable[Value]) -> Condition:
        """The condition that it is known, and equal to none of the values."""
        return sa.and_(self.is_known(), _denied(self.is_one_of(values)))

    def is_known(self, *, known: bool = True) -> Condition:
        """The condition that there is a value, or that there is none."""
        return self.text.is_not(None) if known else self.text.is_(None)

    def starts_with(self, text: str) -> Condition:
        """The condition that the text begins with these characters; LIKE has wildcards and, in SQLite, no case."""
        return sa.func.substr(self.text, 1, len(text)) == text

    def contains(self, text: str) -> Condition:
        """The condition that these characters are in the text."""
        return self.position(self.text, text) > 0


def _written(text: str) -> sa.ColumnElement[str]:
    """A declared name as a quoted literal; a parameter in its place would hide it from an index."""
    return sa.literal(text, sa.Text, literal_execute=True)


def _sqlite(attribute: str) -> _Stored:
    path = _written(f'$."{attribute}"')
    value = sa.func.json_extract(subscriber.c.attributes, path)
    return _Stored(
        text=value,
        value=value,
        kind=sa.func.json_type(subscriber.c.attributes, path),
        kinds={
            AttributeType.TEXT: ("text",),
            AttributeType.NUMBER: ("integer", "real"),
            AttributeType.BOOLEAN: ("true", "false"),
        },
        mixed=frozenset({AttributeType.NUMBER, AttributeType.BOOLEAN}),  # true is 1
        bound=sa.literal,
        position=sa.func.instr,
    )


def _postgresql(attribute: str) -> _Stored:
    value = subscriber.c.attributes.op("->", return_type=JSONB())(_written(attribute))
    return _Stored(
        text=subscriber.c.attributes.op("->>", return_type=sa.Text())(_written(attribute)),
        value=value,
        kind=sa.func.jsonb_typeof(value),
        kinds={
            AttributeType.TEXT: ("string",),
            AttributeType.NUMBER: ("number",),
            AttributeType.BOOLEAN: ("boolean",),
        },
        mixed=frozenset({AttributeType.TEXT}),  # the text of 20 is '20'
        bound=lambda value: sa.literal(value, JSONB()),
        position=sa.func.strpos,
    )


_STORED: Mapping[str, Callable[[str], _Stored]] = {"sqlite": _sqlite, "postgresql": _postgresql}


def _compared(stored: _Stored, operator: Operator, value: Value | tuple[Value, ...]) -> Condition:
    """A comparison; NULL or false where the attribute is missing, except for an operator that asks for that."""
    comparison = operator.comparison
    if comparison.operand is not Operand.TRUTH and not fits(operator, value):
        return sa.false()
    found: Condition = comparison.sql(stored, value)
    return sa.and_(found, stored.is_a(comparison.type)) if comparison.type else found


def compared_attributes(segments: Iterable[Segment]) -> tuple[str, ...]:
    """The attributes of which some rule wants certain texts, by name."""
    found = (leaf for segment in segments for leaf in leaves(segment.rule))
    return tuple(sorted({one.attribute for one in found if isinstance(one, Compare) and _wants_texts(one)}))


def _wants_texts(one: Compare) -> bool:
    first = one.value[0] if isinstance(one.value, tuple) else one.value
    return one.operator in _EQUAL and isinstance(first, str)


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
