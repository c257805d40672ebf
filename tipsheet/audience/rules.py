"""Rules of segments as SQL: SQLite and PostgreSQL answer as `tipsheet.model.segment.matches` does (A1).

What an editor wrote is always a bound parameter, so that it can never become SQL (A3). Comparisons
know the type of what is stored (a boolean is not a number, the text ``20`` is not twenty), compare
texts by their characters and nothing else, and take JSON's null for a missing attribute.

SQL has a third truth value for what is missing. In a WHERE and a CASE it counts as false, as in the
predicate; only ``not`` would tell them apart. So a ``not`` is moved inwards to the comparisons, and
``COALESCE(…, false)`` stands under it there and nowhere else: elsewhere it would keep the database
from using an index or a join.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from tipsheet.model.segment import (
    NUMERIC,
    AllOf,
    AnyOf,
    AttributeType,
    Compare,
    Has,
    Not,
    Operator,
    Rule,
    Value,
    type_of,
)
from tipsheet.store.tables import subscriber, subscriber_tag, subscription, tag, topic

__all__ = ["Condition", "attribute_text", "condition"]

Condition = sa.ColumnElement[bool]


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
    """What rules compare of an attribute that is a text, and what an index on it is made of."""
    return _STORED[dialect](attribute).text


def _denied(inner: Condition) -> Condition:
    return sa.not_(sa.func.coalesce(inner, sa.false()))


def _member(kind: str, name: str) -> Condition:
    """The status, or having a tag or a topic, whose name is looked up once; never NULL."""
    if kind == "status":
        return subscriber.c.status == name
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
        """Whether it is of this type; NULL where it is missing."""
        return self.kind.in_(sa.literal(word, sa.Text, literal_execute=True) for word in self.kinds[name])

    def is_one_of(self, values: Iterable[Value]) -> Condition:
        """Whether it is equal to a value of the same type."""
        found: list[Condition] = []
        for name in AttributeType:
            on_text = name is AttributeType.TEXT
            column, bind = (self.text, sa.literal) if on_text else (self.value, self.bound)
            bound = [bind(value) for value in values if type_of(value) is name]
            equal = column == bound[0] if len(bound) == 1 else column.in_(bound)
            if bound:
                found.append(sa.and_(equal, self.is_a(name)) if name in self.mixed else equal)
        return sa.or_(sa.false(), *found)


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
_TYPED: Mapping[Operator, Callable[[_Stored, Any], Condition]] = {
    Operator.AT_LEAST: lambda stored, value: stored.value >= stored.bound(value),
    Operator.AT_MOST: lambda stored, value: stored.value <= stored.bound(value),
    Operator.MORE_THAN: lambda stored, value: stored.value > stored.bound(value),
    Operator.LESS_THAN: lambda stored, value: stored.value < stored.bound(value),
    Operator.STARTS_WITH: lambda stored, value: sa.func.substr(stored.text, 1, len(value)) == value,
    Operator.CONTAINS: lambda stored, value: stored.position(stored.text, value) > 0,
}
"""Comparisons for values of one type. LIKE is none of them: it has wildcards and, in SQLite, no case."""


def _compared(stored: _Stored, operator: Operator, value: Value | tuple[Value, ...]) -> Condition:
    """A comparison; NULL or false where the attribute is missing, except for ``exists``."""
    known = stored.text.is_not(None)
    if operator is Operator.EXISTS:
        return known if value else stored.text.is_(None)
    values = value if isinstance(value, tuple) else (value,)
    if operator in _TYPED:
        kind = AttributeType.NUMBER if operator in NUMERIC else AttributeType.TEXT
        fits = type_of(values[0]) is kind
        return sa.and_(_TYPED[operator](stored, value), stored.is_a(kind)) if fits else sa.false()
    equal = stored.is_one_of(values)
    return sa.and_(known, _denied(equal)) if operator is Operator.IS_NOT else equal
