"""Readers for the desk: made-up people whose merge fields letters show, and segments that somebody can be in together.

Nobody real is here: the desk never reads the store of subscribers for a letter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from tipsheet.model.audience import Segments
from tipsheet.model.segment import (
    AllOf,
    AnyOf,
    Attribute,
    AttributeType,
    Compare,
    Operator,
    Rule,
    Segment,
    Value,
)

__all__ = ["NOBODY", "MadeUpReader", "apart", "contradiction", "made_up_readers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpReader:
    """A person who does not exist; ``fields`` are the values of merge fields, an empty one shows its fallback."""

    name: str
    title: str
    fields: Mapping[str, str] = field(default_factory=dict)


NOBODY = MadeUpReader(name="nobody", title="Nothing known: every fallback")

_HOSTILE = """<b>O'Brien</b> & "Söhne" {{ x }} @@role or x@@ =?utf-8?q?x?= %0A \\"""

_PEOPLE = (
    ("ada", "Ada Lovelace", "Ada", "Lovelace", ("Utrecht", 12)),
    ("first-name", "First name alone", "Cher", "", None),
    ("last-name", "Last name alone", "", "Madonna", None),
    (
        "long",
        "A very long name",
        "Wolfeschlegelsteinhausenbergerdorff-Adolphus Maximiliana",
        "von und zu Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        ("Taumatawhakatangihangakoauauotamateapokaiwhenuakitanatahu", 1_000_000),
    ),
    ("right-to-left", "Right to left", "ليلى", "عبد الرحمن", ("القاهرة", 7)),
    ("han", "Chinese and Japanese", "美咲", "佐藤", ("東京都", 3)),
    ("devanagari", "Devanagari, with marks", "क्षितिज", "श्रीवास्तव", ("मुंबई", 5)),
    ("emoji", "Emoji of several characters", "👩‍👩‍👧‍👦 Zoë", "🇳🇱", ("Zürich", 2)),
    ("hostile", "Markup and codes in a name", _HOSTILE, _HOSTILE, (_HOSTILE, 0)),
)
"""Name, title, first name, last name, and a text and a number for attributes."""


def made_up_readers(attributes: Iterable[Attribute]) -> tuple[MadeUpReader, ...]:
    """The readers that the desk offers, the one of whom nothing is known first.

    Those with attributes have one of each that the publication declares: of ``choices`` a different one each time.
    """
    declared = tuple(attributes)
    people = []
    for number, (name, title, first, last, known) in enumerate(_PEOPLE):
        values = {} if known is None else {one.name: _value(one, known, number) for one in declared}
        email = f"{name}@reader.example"
        fields = {**values, "first_name": first, "last_name": last, "email": email}
        people.append(MadeUpReader(name=name, title=title, fields=fields))
    return (NOBODY, *people)


def _value(attribute: Attribute, known: tuple[str, int], number: int) -> str:
    """A value as a letter shows it (`tipsheet.audience.readers.merge_values`)."""
    match attribute.type:
        case AttributeType.TEXT:
            return attribute.choices[number % len(attribute.choices)] if attribute.choices else known[0]
        case AttributeType.NUMBER:
            return str(known[1])
        case AttributeType.BOOLEAN:
            return "no" if number % 2 else "yes"


def contradiction(chosen: Segments, segments: Iterable[Segment]) -> str:
    """The reason why nobody can be in all of these segments, or nothing where somebody may be."""
    picked = [segment for segment in segments if segment.id in chosen]
    return next((reason for one, other in combinations(picked, 2) if (reason := _apart(one, other))), "")


def apart(segments: Iterable[Segment]) -> Iterator[tuple[str, str]]:
    """The pairs of segments that no reader can be in at once."""
    return ((one.id, other.id) for one, other in combinations(tuple(segments), 2) if _apart(one, other))


def _apart(one: Segment, other: Segment) -> str:
    ours, theirs = _needed(one.rule), _needed(other.rule)
    for attribute in sorted(ours.keys() & theirs.keys()):
        if ours[attribute].isdisjoint(theirs[attribute]):
            values = [", ".join(sorted(repr(v) for _, v in needed[attribute])) for needed in (ours, theirs)]
            return (
                f"nobody is in '{one.id}' and '{other.id}' at once: {attribute} is {values[0]} in the one, "
                f"and {values[1]} in the other"
            )
    return ""


_Needed = Mapping[str, frozenset[tuple[type, Value]]]
"""The values that an attribute must have one of; a value and its type, since True is no 1 here."""


def _needed(rule: Rule) -> _Needed:
    """The values that attributes must have for a rule to hold; it may ask for more, which is not said here."""
    match rule:
        case Compare(attribute, Operator.IS, value) if not isinstance(value, tuple):
            return {attribute: frozenset({(type(value), value)})}
        case Compare(attribute, Operator.ONE_OF, value) if isinstance(value, tuple):
            return {attribute: frozenset((type(one), one) for one in value)}
        case AllOf(rules):
            needed: dict[str, frozenset[tuple[type, Value]]] = {}
            for inner in map(_needed, rules):
                for name, values in inner.items():
                    needed[name] = needed[name] & values if name in needed else values
            return needed
        case AnyOf(rules) if rules:
            alternatives = [_needed(inner) for inner in rules]
            names = set(alternatives[0]).intersection(*alternatives)
            return {name: frozenset().union(*(one[name] for one in alternatives)) for name in sorted(names)}
        case _:
            return {}
