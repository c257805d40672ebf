"""The rule language of segments: YAML ``all``/``any``/``not`` into the values of `model.segment`.

Unknown attributes, operators and types are problems at build time, each with its place (A2).
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, assert_never

from pydantic import Field

from tipsheet.documents import Document, KeyPath
from tipsheet.fields import SEGMENT_NAME, OneLine, Table, Words, read_table
from tipsheet.model.language import is_language
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import (
    MEMBERSHIPS,
    STATUSES,
    AllOf,
    AnyOf,
    Attribute,
    AttributeType,
    Compare,
    Has,
    Not,
    Operand,
    Operator,
    Rule,
    Segment,
    Value,
)  # fmt: skip
from tipsheet.problems import Problem, Where, did_you_mean

__all__ = ["READER_FIELDS", "read_attributes", "read_segments"]

COMBINATORS = ("all", "any", "not")
MAX_DEPTH = 10
READER_FIELDS = ("first_name", "last_name", "email")
"""Merge fields that every subscriber store has; declared attributes come on top."""
ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Form of a name that can stand in ``@@name or fallback@@``."""
TAKEN = (*READER_FIELDS, TOKEN)
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters: no store holds them."""
EXACT = 2**53
"""The largest number that JSON, both databases and Python read alike (RFC 8259, 6)."""


class AttributeTable(Table):
    """A declared attribute."""

    type: Literal["text", "number", "boolean"] = Field(description="What it holds")
    choices: Words = Field((), description="The values that a text attribute may have")


class SegmentTable(Table):
    """A declared segment."""

    title: OneLine = Field(description="Name that readers see")
    where: dict[str, Any] = Field(description="The rule")
    public: bool = Field(False, description="Whether it has pages and a feed of its own")


class _RuleError(Exception):
    """A rule that cannot be read; carries its problem to the segment that it belongs to."""

    def __init__(self, where: Where, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(where, code, message, hint)


def read_attributes(document: Document) -> tuple[dict[str, Attribute], list[Problem]]:
    """Read the ``attributes`` mapping."""
    attributes: dict[str, Attribute] = {}
    problems: list[Problem] = []
    for name in document.data or {}:
        where = document.key((name,))
        if name in (*COMBINATORS, *MEMBERSHIPS):
            message, hint = f"'{name}' is a word of the rule language", "name the attribute otherwise"
            problems.append(Problem(where, "TS206", message, hint))
            continue
        if not ATTRIBUTE_NAME.fullmatch(str(name)) or name in TAKEN:
            hint = f"small letters, digits and _, and none of {', '.join(TAKEN)}"
            problems.append(Problem(where, "TS206", f"'{name}' cannot name an attribute", hint))
            continue
        table, found = read_table(AttributeTable, document.within(name), what=f"attribute '{name}'", code="TS206")
        problems += found
        if table:
            attributes[str(name)] = Attribute(name=str(name), type=AttributeType(table.type), choices=table.choices)
    return attributes, problems


def read_segments(document: Document, attributes: Mapping[str, Attribute]) -> tuple[tuple[Segment, ...], list[Problem]]:
    """Read the ``segments`` mapping.

    A segment with a mistake gives a problem and a rule that nobody matches, so that its name is
    known where content uses it.
    """
    segments: list[Segment] = []
    problems: list[Problem] = []
    for name in document.data or {}:
        part = document.within(name)
        table, found = read_table(SegmentTable, part, what=f"segment '{name}'", code="TS206")
        problems += found
        if name == "everyone" or is_language(str(name)) or not SEGMENT_NAME.fullmatch(str(name)):
            message, hint = f"'{name}' cannot name a segment", "small letters, digits and hyphens"
            problems.append(Problem(document.key((name,)), "TS206", message, hint))
        rule: Rule = AnyOf(())
        try:
            rule = _rule(part, ("where",), attributes, 0) if table else rule
        except _RuleError as mistake:
            problems.append(mistake.problem)
        title, public = (table.title, table.public) if table else (str(name), False)
        segments.append(Segment(id=str(name), title=title, rule=rule, public=public))
    return tuple(segments), problems


def _rule(document: Document, path: KeyPath, attributes: Mapping[str, Attribute], depth: int) -> Rule:
    node = document.get(*path)
    if depth > MAX_DEPTH:
        raise _RuleError(document.place(path), "TS206", f"a rule is nested deeper than {MAX_DEPTH}")
    if not isinstance(node, dict) or len(node) != 1:
        hint = "write {all: [{…}, {…}]} for several conditions"
        raise _RuleError(document.place(path), "TS206", "a condition has exactly one key", hint)
    key, value = next(iter(node.items()))
    inner = (*path, key)
    if key in ("all", "any"):
        return _combined(document, inner, attributes, depth)
    if key == "not":
        return Not(_rule(document, inner, attributes, depth + 1))
    if key in MEMBERSHIPS:
        if not isinstance(value, str):
            raise _RuleError(document.place(inner), "TS206", f"'{key}' is compared with a name, not with {value!r}")
        if not value.strip() or UNWRITABLE.search(value):
            raise _RuleError(document.place(inner), "TS206", f"{value!r} is not the name of a {key}")
        if key == "status" and value not in STATUSES:
            raise _RuleError(document.place(inner), "TS206", f"unknown status '{value}'", did_you_mean(value, STATUSES))
        return Has(key, value.replace("_", "-").lower() if key == "locale" else value)
    attribute = attributes.get(str(key))
    if attribute is None:
        known = (*COMBINATORS, *MEMBERSHIPS, *attributes)
        raise _RuleError(document.key(inner), "TS202", f"unknown attribute '{key}'", did_you_mean(str(key), known))
    return _comparison(document, inner, attribute)


def _combined(document: Document, path: KeyPath, attributes: Mapping[str, Attribute], depth: int) -> Rule:
    value = document.get(*path)
    if not isinstance(value, list) or not value:
        raise _RuleError(document.place(path), "TS206", f"'{path[-1]}' needs a list of at least one condition")
    rules = tuple(_rule(document, (*path, index), attributes, depth + 1) for index in range(len(value)))
    return AllOf(rules) if path[-1] == "all" else AnyOf(rules)


def _comparison(document: Document, path: KeyPath, attribute: Attribute) -> Rule:
    value = document.get(*path)
    operator, place = Operator.IS, path
    if isinstance(value, dict):
        if len(value) != 1:
            raise _RuleError(document.place(path), "TS206", "a comparison has exactly one operator")
        word, value = next(iter(value.items()))
        if word not in list(Operator):
            hint = did_you_mean(str(word), list(Operator))
            raise _RuleError(document.key((*path, word)), "TS203", f"unknown operator '{word}'", hint)
        operator, place = Operator(word), (*path, word)
    where = document.place(place)
    if operator.comparison.type not in (None, attribute.type):
        raise _RuleError(where, "TS204", f"'{operator}' does not go with {attribute.name}, which is a {attribute.type}")
    match operator.comparison.operand:
        case Operand.TRUTH:
            if not isinstance(value, bool):
                raise _RuleError(where, "TS204", f"'{operator}' is true or false")
            return Compare(attribute.name, operator, value)
        case Operand.LIST:
            if not isinstance(value, list) or not value:
                raise _RuleError(where, "TS204", f"'{operator}' needs a list of at least one value")
            return Compare(attribute.name, operator, tuple(_checked(v, attribute, where, operator) for v in value))
        case Operand.VALUE:
            return Compare(attribute.name, operator, _checked(value, attribute, where, operator))
        case unknown:
            assert_never(unknown)


def _checked(value: Any, attribute: Attribute, where: Where, operator: Operator) -> Value:
    fits = {
        AttributeType.TEXT: isinstance(value, str),
        AttributeType.NUMBER: isinstance(value, int | float) and not isinstance(value, bool),
        AttributeType.BOOLEAN: isinstance(value, bool),
    }
    if not fits[attribute.type]:
        raise _RuleError(where, "TS204", f"{attribute.name} is a {attribute.type}, this is {value!r}")
    if isinstance(value, str) and UNWRITABLE.search(value):
        raise _RuleError(where, "TS204", f"{value!r} holds a control character, which no attribute does")
    if isinstance(value, int | float) and not abs(value) <= EXACT:
        raise _RuleError(where, "TS204", f"{value} is not a number up to {EXACT}")
    if attribute.choices and operator.comparison.type is not AttributeType.TEXT and value not in attribute.choices:
        hint = did_you_mean(str(value), attribute.choices)
        raise _RuleError(where, "TS204", f"{attribute.name} is never '{value}'", hint)
    result: Value = value
    return result
