"""Segments of the readership: the rule of each, as values, and the predicate that evaluates it.

A rule is the language of mkdocs.yml parsed: ``all``/``any``/``not`` over declared attributes, tags,
topics and the status. Logic is two-valued: a comparison with an attribute that a reader does not
have is false, so that ``not`` of it is true (A1).
"""

import json
import operator as operators
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self, assert_never

__all__ = [
    "MEMBERSHIPS", "STATUSES", "AllOf", "AnyOf", "Attribute", "AttributeType", "Choice", "Compare", "Comparison", "Has",
    "Not", "Operand", "Operator", "Reader", "Rule", "Segment", "StoredValue", "Value", "choice_of", "fits", "leaves",
    "matches", "sentence", "type_of",
]  # fmt: skip

Value = str | int | float | bool

STATUSES = ("pending", "confirmed", "unsubscribed", "bounced", "complained")
"""Statuses of subscribers; only the confirmed are sent anything. An erased one has no row in the store."""


class AttributeType(StrEnum):
    """Types of attributes."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A declared fact about a subscriber; ``choices`` limits a text attribute."""

    name: str
    type: AttributeType
    choices: tuple[str, ...] = ()


class Operand(StrEnum):
    """The operand of an operator: one value, a list of values, or whether it is so."""

    VALUE = "value"
    LIST = "list"
    TRUTH = "truth"


class StoredValue(Protocol):
    """An attribute as a query of the store compares it (`tipsheet.audience.conditions`); results are SQL."""

    @property
    def value(self) -> Any:
        """The value, to be compared with a `bound` one."""

    def bound(self, value: Value, /) -> Any:
        """A value beside `value`."""

    def is_known(self, *, known: bool = True) -> Any:
        """The condition that there is a value, or that there is none."""

    def is_one_of(self, values: Iterable[Value]) -> Any:
        """The condition that it is equal to one of the values, and of its type."""

    def is_none_of(self, values: Iterable[Value]) -> Any:
        """The condition that it is known, and equal to none of the values."""

    def starts_with(self, text: str) -> Any:
        """The condition that the text begins with these characters."""

    def contains(self, text: str) -> Any:
        """The condition that these characters are in the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The meaning of an operator in English, in Python and in SQL, which agree for every value.

    ``holds`` gets the value of a reader and the operand, ``sql`` the stored value and the operand. ``type`` is the
    only one that it compares, if there is one. ``contrary`` is the English of an operand that is false.
    """

    words: str
    holds: Callable[[Any, Any], bool]
    sql: Callable[[StoredValue, Any], Any]
    type: AttributeType | None = None
    operand: Operand = Operand.VALUE
    contrary: str = ""


def type_of(value: Value) -> AttributeType:
    """The type of a value; a boolean is not a number."""
    match value:
        case bool():
            return AttributeType.BOOLEAN
        case str():
            return AttributeType.TEXT
        case _:
            return AttributeType.NUMBER


def _is(actual: Value, value: Value) -> bool:
    """Equal and of one type."""
    return type_of(actual) is type_of(value) and actual == value


_NUMBER, _TEXT = AttributeType.NUMBER, AttributeType.TEXT


class Operator(StrEnum):
    """The operators: the word that an editor writes in mkdocs.yml, and its meaning. There is no other list of them."""

    comparison: Comparison

    def __new__(cls, word: str, comparison: Any = None) -> Self:  # the default is for mypy, which sees `Operator("is")`
        """A member that is equal to its word."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.comparison = comparison
        return member

    IS = "is", Comparison(words="is", holds=_is, sql=lambda stored, value: stored.is_one_of((value,)))
    IS_NOT = (
        "is_not",
        Comparison(
            words="is not",
            holds=lambda actual, value: not _is(actual, value),
            sql=lambda stored, value: stored.is_none_of((value,)),
        ),
    )
    ONE_OF = (
        "one_of",
        Comparison(
            words="is one of",
            operand=Operand.LIST,
            holds=lambda actual, values: any(_is(actual, value) for value in values),
            sql=lambda stored, values: stored.is_one_of(values),
        ),
    )
    AT_LEAST = (
        "at_least",
        Comparison(
            words="is at least", type=_NUMBER, holds=operators.ge, sql=lambda stored, n: stored.value >= stored.bound(n)
        ),
    )
    AT_MOST = (
        "at_most",
        Comparison(
            words="is at most", type=_NUMBER, holds=operators.le, sql=lambda stored, n: stored.value <= stored.bound(n)
        ),
    )
    MORE_THAN = (
        "more_than",
        Comparison(
            words="is more than", type=_NUMBER, holds=operators.gt, sql=lambda stored, n: stored.value > stored.bound(n)
        ),
    )
    LESS_THAN = (
        "less_than",
        Comparison(
            words="is less than", type=_NUMBER, holds=operators.lt, sql=lambda stored, n: stored.value < stored.bound(n)
        ),
    )
    STARTS_WITH = (
        "starts_with",
        Comparison(
            words="starts with", type=_TEXT, holds=str.startswith, sql=lambda stored, text: stored.starts_with(text)
        ),
    )
    CONTAINS = (
        "contains",
        Comparison(
            words="contains", type=_TEXT, holds=operators.contains, sql=lambda stored, text: stored.contains(text)
        ),
    )
    EXISTS = (
        "exists",
        Comparison(
            words="is known",
            contrary="is not known",
            operand=Operand.TRUTH,
            holds=lambda actual, known: (actual is not None) is bool(known),
            sql=lambda stored, known: stored.is_known(known=bool(known)),
        ),
    )


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute against a value, or a tuple of values, as the operator wants it."""

    attribute: str
    operator: Operator
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Membership; ``kind`` is one of `MEMBERSHIPS`."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the rules."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the rules."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    rule: "Rule"


Rule = Compare | Has | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named part of the readership; a public one has pages and a feed of its own."""

    id: str
    title: str
    rule: Rule
    public: bool = False

    @property
    def page(self) -> str:
        """Address of its page, relative to the site's root."""
        return f"for/{self.id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The facts of a subscriber that rules may ask for."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    status: str = "confirmed"
    locale: str = ""


def leaves(rule: Rule) -> Iterator[Compare | Has]:
    """The conditions of a rule, in the order in which they are written."""
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for inner in rules:
                yield from leaves(inner)
        case Not(inner):
            yield from leaves(inner)
        case Compare() | Has():
            yield rule
        case _:
            assert_never(rule)


MEMBERSHIPS: Mapping[str, Callable[[Reader], frozenset[str]]] = {
    "tag": lambda reader: reader.tags,
    "topic": lambda reader: reader.topics,
    "status": lambda reader: frozenset({reader.status}),
    "locale": lambda reader: _locales(reader.locale),
}
"""The kinds of `Has`, and the names that a reader has of each."""


def _locales(locale: str) -> frozenset[str]:
    """A language with its region, and each name that is a wider one: ``de-at`` and ``de``."""
    parts = locale.replace("_", "-").lower().split("-")
    return frozenset("-".join(parts[:count]) for count in range(1, len(parts) + 1)) - {""}


def matches(rule: Rule, reader: Reader) -> bool:
    """True when the rule holds for this reader."""
    match rule:
        case AllOf(rules):
            return all(matches(r, reader) for r in rules)
        case AnyOf(rules):
            return any(matches(r, reader) for r in rules)
        case Not(inner):
            return not matches(inner, reader)
        case Has(kind, name):
            return name in MEMBERSHIPS[kind](reader)
        case Compare(attribute, operator, value):
            return _compare(reader.attributes.get(attribute), operator, value)


def _compare(actual: Value | None, operator: Operator, value: Value | tuple[Value, ...]) -> bool:
    """Two-valued comparison; false for a missing attribute, but for an operator that asks whether it is there."""
    comparison = operator.comparison
    if comparison.operand is Operand.TRUTH:
        return comparison.holds(actual, value)
    if actual is None or not fits(operator, value):
        return False
    return comparison.type in (None, type_of(actual)) and comparison.holds(actual, value)


def fits(operator: Operator, value: Value | tuple[Value, ...]) -> bool:
    """True when an operator can compare with this: a list or one value, and of its type."""
    comparison, several = operator.comparison, isinstance(value, tuple)
    values = value if isinstance(value, tuple) else (value,)
    return several is (comparison.operand is Operand.LIST) and (
        comparison.type is None or all(type_of(one) is comparison.type for one in values)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The attributes with their values, and the tags, of a subscriber who chooses a segment."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()


def choice_of(rule: Rule) -> Choice | None:
    """The least that makes the rule hold for a subscriber of whom nothing else is known.

    None for a rule that nobody can choose to meet: one with a comparison other than "is", with ``not``, or
    with a topic or a status. Of ``any``, a tag is taken before an attribute, since several segments can be
    chosen at once and an attribute has one value.
    """
    match rule:
        case Compare(attribute, Operator.IS, value) if not isinstance(value, tuple):
            return Choice(attributes={attribute: value})
        case Has("tag", name):
            return Choice(tags=frozenset({name}))
        case AllOf(rules):
            return _all_of([choice_of(inner) for inner in rules])
        case AnyOf(rules):
            found = [choice for choice in map(choice_of, rules) if choice is not None]
            return next((choice for choice in found if not choice.attributes), next(iter(found), None))
        case _:
            return None


def _all_of(choices: Sequence[Choice | None]) -> Choice | None:
    """All of these at once; None where one cannot be chosen, or two ask for different values of an attribute."""
    attributes: dict[str, Value] = {}
    tags: set[str] = set()
    for choice in choices:
        if choice is None or any(attributes.get(name, value) != value for name, value in choice.attributes.items()):
            return None
        attributes |= choice.attributes
        tags |= choice.tags
    return Choice(attributes=attributes, tags=frozenset(tags)) if attributes or tags else None


_PLAIN = re.compile(
    r"(?!(?:true|false|known|one|at|more|less|and|or|not)\b|\d)\w[\w.-]*(?: (?!(?:and|or|not)\b)\w[\w.-]*)*"
)
"""Texts that stand in a sentence without quotation marks and cannot be taken for anything else."""


def sentence(rule: Rule) -> str:
    """The rule in English, for `tipsheet segments list`; it can be read in one way only."""
    match rule:
        case AllOf(rules):
            return _joined(" and ", rules) or "everyone"
        case AnyOf(rules):
            return _joined(" or ", rules) or "nobody"
        case Not(inner):
            return f"not ({sentence(inner)})"
        case Has(kind, name):
            return f"{kind} is {name}" if kind in ("status", "locale") else f"has the {kind} {_said(name)}"
        case Compare(attribute, operator, value) if operator.comparison.operand is Operand.TRUTH:
            return f"{attribute} {operator.comparison.words if value else operator.comparison.contrary}"
        case Compare(attribute, operator, value):
            words = ", ".join(map(_said, value)) if isinstance(value, tuple) else _said(value)
            return f"{attribute} {operator.comparison.words} {words}"


def _said(value: Value) -> str:
    """A value in a sentence: texts that could be misread in quotation marks, as in JSON."""
    plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _joined(word: str, rules: tuple[Rule, ...]) -> str:
    return word.join(
        f"({sentence(r)})" if isinstance(r, AllOf | AnyOf) and len(rules) > 1 else sentence(r) for r in rules
    )
