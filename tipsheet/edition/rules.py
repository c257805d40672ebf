"""Rules of segments as plain data: the language of mkdocs.yml, which the record of the service is written in (A1).

The service has no mkdocs.yml. It must know who is in a segment all the same, for the plan of one reader.
"""

from collections.abc import Mapping
from typing import Any

from tipsheet.model.audience import Segments
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Rule, matches

__all__ = ["plain_rule", "rule_from", "segments_among"]

_COMBINED: Mapping[str, type[AllOf] | type[AnyOf]] = {"all": AllOf, "any": AnyOf}
_MEMBERSHIPS = frozenset({"tag", "topic", "status"})


def plain_rule(rule: Rule) -> dict[str, Any]:
    """The rule as plain data, such as ``{"any": [{"tag": "manages"}, {"role": {"is": "manager"}}]}``."""
    match rule:
        case AllOf(rules):
            return {"all": [plain_rule(inner) for inner in rules]}
        case AnyOf(rules):
            return {"any": [plain_rule(inner) for inner in rules]}
        case Not(inner):
            return {"not": plain_rule(inner)}
        case Has(kind, name):
            return {kind: name}
        case Compare(attribute, operator, value):
            return {attribute: {operator.value: list(value) if isinstance(value, tuple) else value}}


def rule_from(data: Mapping[str, Any]) -> Rule:
    """The rule that `plain_rule` wrote; raises ValueError, TypeError or AttributeError for what is none."""
    ((word, value),) = data.items()
    if word in _COMBINED:
        return _COMBINED[word](tuple(map(rule_from, value)))
    if word == "not":
        return Not(rule_from(value))
    if word in _MEMBERSHIPS:
        return Has(word, str(value))
    ((operator, against),) = value.items()
    return Compare(word, Operator(operator), tuple(against) if isinstance(against, list) else against)


def segments_among(rules: Mapping[str, Rule], reader: Reader) -> Segments:
    """Those of the segments, by their rules, that a reader is in."""
    return frozenset(name for name, rule in rules.items() if matches(rule, reader))
