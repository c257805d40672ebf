"""The page of the rule language, with the sentences that the program itself makes of rules."""

from typing import Any, assert_never

from docs.reference.pages.markdown import code, grid, page
from tipsheet.model.segment import (
    MEMBERSHIPS,
    STATUSES,
    AllOf,
    AnyOf,
    AttributeType,
    Compare,
    Has,
    Not,
    Operand,
    Operator,
    sentence,
)

__all__ = ["rules"]

_MEMBERS = {"status": "has this status", "locale": "reads in this language, whatever the region (`de-AT` is `de`)"}


def rules() -> str:
    """The language in which segments are said."""
    samples = (
        ("{role: manager}", Compare("role", Operator.IS, "manager")),
        ("{seats: {at_least: 20}}", Compare("seats", Operator.AT_LEAST, 20)),
        ("{city: {one_of: [Utrecht, Ghent]}}", Compare("city", Operator.ONE_OF, ("Utrecht", "Ghent"))),
        ("{tag: trial}", Has("tag", "trial")),
        ("{status: confirmed}", Has("status", "confirmed")),
        ("{locale: de}", Has("locale", "de")),
        ("{any: [{role: seller}, {tag: sells}]}", AnyOf((Compare("role", Operator.IS, "seller"), Has("tag", "sells")))),
        (
            "{all: [{role: manager}, {not: {tag: trial}}]}",
            AllOf((Compare("role", Operator.IS, "manager"), Not(Has("tag", "trial")))),
        ),
    )
    return page(
        "Rules of segments",
        "A rule is a mapping with exactly one key. `tipsheet segments list` says each of yours in English, as here:",
        grid(("where", "in English"), ([code(text), sentence(rule)] for text, rule in samples)),
        "## Combining",
        grid(
            ("key", "holds when"),
            (
                ["`all`", "every rule of its list holds"],
                ["`any`", "at least one rule of its list holds"],
                ["`not`", "the rule under it does not hold"],
            ),
        ),
        "## Attributes",
        f"An attribute is declared under `attributes:` with a type: {', '.join(map(code, AttributeType))}. "
        "`{role: manager}` is short for `{role: {is: manager}}`.",
        grid(("operator", "for", "in English"), (operator_row(operator) for operator in Operator)),
        "A comparison with an attribute that a reader does not have is false, whatever the operator; only `exists` "
        "asks whether it is there. So `{not: {role: manager}}` includes readers whose role is not known, and "
        "`{role: {is_not: manager}}` does not.",
        "## Memberships",
        grid(
            ("key", "holds when the reader"),
            ([code(kind), _MEMBERS.get(kind, f"has the {kind}")] for kind in MEMBERSHIPS),
        ),
        f"A status is one of {', '.join(map(code, STATUSES))}.",
        "Segments overlap: a reader is in every segment whose rule holds, and gets one letter.",
    )


def operator_row(operator: Operator) -> list[str]:
    """An operator: its word, the type that it is for, its words in English."""
    kind, operand = operator.comparison.type, operator.comparison.operand
    sample: Any = {AttributeType.NUMBER: 20, AttributeType.TEXT: "Ut"}.get(kind, "seller")
    name = {AttributeType.NUMBER: "seats", AttributeType.TEXT: "city"}.get(kind, "role")
    match operand:
        case Operand.TRUTH:
            known, unknown = (sentence(Compare(name, operator, value)) for value in (True, False))
            return [code(f"{operator}: true"), kind or "any type", f"{known}; with `false`: {unknown}"]
        case Operand.LIST:
            said = sentence(Compare(name, operator, ("manager", sample)))
        case Operand.VALUE:
            said = sentence(Compare(name, operator, sample))
        case never:
            assert_never(never)
    return [code(operator), kind or "any type", said]
