"""Segments of the readership: the rule of each, as values, and the predicate that evaluates it.

A rule is the language of mkdocs.yml parsed: ``all``/``any``/``not`` over declared attributes, tags,
topics and the status. Logic is two-valued: a comparison with an attribute that a reader does not
have is false, so that ``not`` of it is true (A1).
"""

import json
import operator as operators
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = [
    "NUMERIC",
    "STATUSES",
    "TEXTUAL",
    "AllOf",
    "AnyOf",
    "Attribute",
    "AttributeType",
    "Choice",
    "Compare",
    "Has",
    "Not",
    "Operator",
    "Reader",
    "Rule",
    "Segment",
    "Value",
    "choice_of",
    "matches",
    "segments_of",
    "sentence",
    "type_of",
]

Value = str | int | float | bool

STATUSES = ("pending", "confirmed", "unsubscribed", "bounced", "complained")
"""What a subscriber can be; only the confirmed are sent anything. An erased one has no row in the store."""


class AttributeType(StrEnum):
    """What an attribute holds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A declared fact about a subscriber; ``choices`` limits a text attribute."""

    name: str
    type: AttributeType
    choices: tuple[str, ...] = ()


class Operator(StrEnum):
    """How an attribute is compared; the word an editor writes in mkdocs.yml."""

    IS = "is"
    IS_NOT = "is_not"
    ONE_OF = "one_of"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    STARTS_WITH = "starts_with"
    CONTAINS = "contains"
    EXISTS = "exists"


NUMERIC = frozenset({Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN})
"""Operators that compare numbers only."""

TEXTUAL = frozenset({Operator.STARTS_WITH, Operator.CONTAINS})
"""Operators that compare texts only."""


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute against a value; ``ONE_OF`` compares with a tuple, ``EXISTS`` with a boolean."""

    attribute: str
    operator: Operator
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """Membership: ``kind`` is ``tag``, ``topic`` or ``status``."""

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
    """What rules may ask of a subscriber."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    status: str = "confirmed"


def matches(rule: Rule, reader: Reader) -> bool:
    """Whether the rule holds for this reader."""
    match rule:
        case AllOf(rules):
            return all(matches(r, reader) for r in rules)
        case AnyOf(rules):
            return any(matches(r, reader) for r in rules)
        case Not(inner):
            return not matches(inner, reader)
        case Has(kind, name):
            owned = {"tag": reader.tags, "topic": reader.topics, "status": frozenset({reader.status})}
            return name in owned[kind]
        case Compare(attribute, operator, value):
            return _compare(reader.attributes.get(attribute), operator, value)


def _compare(actual: Value | None, operator: Operator, value: Value | tuple[Value, ...]) -> bool:
    """Two-valued comparison; everything but ``exists`` is false for a missing attribute."""
    if operator is Operator.EXISTS:
        return (actual is not None) is bool(value)
    if actual is None:
        return False
    if operator in NUMERIC or operator in TEXTUAL:
        kind = AttributeType.NUMBER if operator in NUMERIC else AttributeType.TEXT
        if isinstance(value, tuple) or not type_of(actual) is type_of(value) is kind:
            return False
    return _COMPARISONS[operator](actual, value)


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


_COMPARISONS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.IS: _is,
    Operator.IS_NOT: lambda actual, value: not _is(actual, value),
    Operator.ONE_OF: lambda actual, values: any(_is(actual, value) for value in values),
    Operator.AT_LEAST: operators.ge,
    Operator.AT_MOST: operators.le,
    Operator.MORE_THAN: operators.gt,
    Operator.LESS_THAN: operators.lt,
    Operator.STARTS_WITH: str.startswith,
    Operator.CONTAINS: operators.contains,
}


def segments_of(reader: Reader, segments: tuple[Segment, ...]) -> frozenset[str]:
    """Ids of the segments this reader belongs to; they overlap (C6)."""
    return frozenset(s.id for s in segments if matches(s.rule, reader))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a subscriber gets who chooses a segment: attributes with their values, and tags."""

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


_WORDS = {
    Operator.IS: "is", Operator.IS_NOT: "is not", Operator.ONE_OF: "is one of", Operator.AT_LEAST: "is at least",
    Operator.AT_MOST: "is at most", Operator.MORE_THAN: "is more than", Operator.LESS_THAN: "is less than",
    Operator.STARTS_WITH: "starts with", Operator.CONTAINS: "contains",
}  # fmt: skip


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
            return f"status is {name}" if kind == "status" else f"has the {kind} {_said(name)}"
        case Compare(attribute, Operator.EXISTS, value):
            return f"{attribute} is {'known' if value else 'not known'}"
        case Compare(attribute, operator, value):
            words = ", ".join(map(_said, value)) if isinstance(value, tuple) else _said(value)
            return f"{attribute} {_WORDS[operator]} {words}"


def _said(value: Value) -> str:
    """A value in a sentence: texts that could be misread in quotation marks, as in JSON."""
    plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _joined(word: str, rules: tuple[Rule, ...]) -> str:
    return word.join(
        f"({sentence(r)})" if isinstance(r, AllOf | AnyOf) and len(rules) > 1 else sentence(r) for r in rules
    )
