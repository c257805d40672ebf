"""Why somebody is in a segment or not: each condition of its rule, what is known of them, and whether it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Reader, Rule, Segment, Value, matches, sentence

__all__ = ["Membership", "Reason", "memberships"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition in English, the attribute, tags, topics or status it asks for, and whether it holds.

    ``known`` is the value of an attribute (None: not known) or of the status, or the names of tags or topics.
    """

    condition: str
    asks: str
    known: Value | tuple[str, ...] | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether somebody is in a segment, with each condition of its rule in the order in which it is written."""

    segment: Segment
    member: bool
    reasons: tuple[Reason, ...]


def memberships(reader: Reader, segments: tuple[Segment, ...]) -> tuple[Membership, ...]:
    """Every segment, as it is for this reader."""
    return tuple(Membership(s, matches(s.rule, reader), tuple(_reasons(s.rule, reader))) for s in segments)


def _reasons(rule: Rule, reader: Reader) -> Iterator[Reason]:
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for inner in rules:
                yield from _reasons(inner, reader)
        case Not(inner):
            yield from _reasons(inner, reader)
        case Has(kind, _):
            known: Mapping[str, str | tuple[str, ...]] = {
                "tag": tuple(sorted(reader.tags)),
                "topic": tuple(sorted(reader.topics)),
                "status": reader.status,
            }
            asks = kind if kind == "status" else f"{kind}s"
            yield Reason(sentence(rule), asks, known[kind], matches(rule, reader))
        case Compare(attribute):
            yield Reason(sentence(rule), attribute, reader.attributes.get(attribute), matches(rule, reader))
