"""Plan of readers: the actions and events of issues that are out, with their audiences; rules of segments (W13, A1).

The build writes both into the record of the service, which has no mkdocs.yml, and the service makes the calendar of one
reader: `plan_for` chooses the entries for their segments, and they see nothing else.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, assert_never

from tipsheet.edition.edition import ALWAYS, When
from tipsheet.edition.outbox import plain_when, when_from
from tipsheet.model.audience import Segments
from tipsheet.model.segment import MEMBERSHIPS, AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Rule, matches

__all__ = [
    "EntryKind", "PlanEntry", "entry_from", "plain_entry", "plain_rule", "plan_for", "rule_from", "segments_among",
]  # fmt: skip


class EntryKind(StrEnum):
    """The kind of an entry: an action becomes a VTODO, an event a VEVENT."""

    ACTION = "action"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEntry:
    """An action or an event as one issue tells of it.

    ``uid`` never changes: the id that public calendars have too, ``action-<id>@<host>`` or ``<id>@<host>``. ``name`` is
    the id of the action or the event itself. ``told`` is the moment of the issue, for DTSTAMP. An action ``starts`` on
    the day of its issue and ``ends`` on the day it is due, or has no end. An event has moments in its own zone
    (``time_zone``, an IANA name); or days without a time, of which ``ends`` is the last one. ``minutes`` are those of
    an action, ``url`` where it can be read on the web, or empty, ``text`` several lines of plain text. Whoever meets
    ``when`` is given it.
    """

    uid: str
    name: str
    issue: str
    kind: EntryKind
    title: str
    told: dt.datetime
    starts: dt.datetime | dt.date
    ends: dt.datetime | dt.date | None = None
    time_zone: str = "UTC"
    text: str = ""
    url: str = ""
    place: str = ""
    minutes: int | None = None
    when: When = ALWAYS


def plan_for(entries: Iterable[PlanEntry], segments: Segments) -> tuple[PlanEntry, ...]:
    """The entries for a reader of these segments, in the order of their days.

    Told several times, an entry is as it was told last.
    """
    told = sorted(entries, key=lambda entry: (entry.told, entry.uid))
    latest = {entry.uid: entry for entry in told if entry.when.holds(segments)}
    return tuple(sorted(latest.values(), key=lambda entry: (entry.starts.isoformat(), entry.uid)))


def plain_entry(entry: PlanEntry) -> dict[str, Any]:
    """The entry as plain data; moments are RFC 3339, and what it lacks is left out."""
    plain: dict[str, Any] = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name != "when"}
    written = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in plain.items()}
    return {name: value for name, value in written.items() if value not in ("", None)} | plain_when(entry.when)


def entry_from(data: Mapping[str, Any]) -> PlanEntry:
    """The entry that `plain_entry` wrote; raises ValueError, KeyError or TypeError for what is none."""
    own = {name: value for name, value in data.items() if name not in ("for", "unless")}
    for name in {"starts", "ends"} & own.keys():
        own[name] = _moment(own[name])
    told = dt.datetime.fromisoformat(own["told"])
    return PlanEntry(**{**own, "kind": EntryKind(own["kind"]), "told": told, "when": when_from(data)})


def _moment(text: str) -> dt.datetime | dt.date:
    return dt.date.fromisoformat(text) if "T" not in text else dt.datetime.fromisoformat(text)


_COMBINED: Mapping[str, type[AllOf] | type[AnyOf]] = {"all": AllOf, "any": AnyOf}


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
        case _:
            assert_never(rule)


def rule_from(data: Mapping[str, Any]) -> Rule:
    """The rule that `plain_rule` wrote; raises ValueError, TypeError or AttributeError for what is none."""
    ((word, value),) = data.items()
    if word in _COMBINED:
        return _COMBINED[word](tuple(map(rule_from, value)))
    if word == "not":
        return Not(rule_from(value))
    if word in MEMBERSHIPS:
        return Has(word, str(value))
    ((operator, against),) = value.items()
    return Compare(word, Operator(operator), tuple(against) if isinstance(against, list) else against)


def segments_among(rules: Mapping[str, Rule], reader: Reader) -> Segments:
    """Those of the segments, by their rules, that a reader is in."""
    return frozenset(name for name, rule in rules.items() if matches(rule, reader))
