"""Readers of an issue, the confirmed subscribers whom its audience includes, each with their segments; their numbers.

A query is made for a dialect of SQL (``connection.dialect.name``) and can be run as it is, counted, or put behind an
INSERT. The segments of a reader are one text, sorted ids with spaces between, as the ledger keeps them;
`segments_of_text` makes a set of it.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.audience.conditions import condition
from tipsheet.audience.frequency import PAUSED, is_paused
from tipsheet.errors import UnknownNameError
from tipsheet.model.audience import EVERYONE, Audience, Segments
from tipsheet.model.frequency import EVERY, FREQUENCIES
from tipsheet.model.segment import (
    MEMBERSHIPS,
    STATUSES,
    AllOf,
    AnyOf,
    Compare,
    Has,
    Not,
    Reader,
    Rule,
    Segment,
    Value,
    leaves,
    matches,
    sentence,
)
from tipsheet.problems import did_you_mean
from tipsheet.store.tables import action_done, subscriber, suppression

__all__ = [
    "COLUMNS", "CONFIRMED", "DONE_FROM", "EVERYBODY", "Membership", "SegmentReason", "audience_rule",
    "choices_in_words", "combinations", "count_by_status", "count_choices", "count_done", "count_suppressed", "counts",
    "done_counts", "each", "memberships", "merge_values", "readers", "segments_column", "segments_of_text",
]  # fmt: skip

CONFIRMED = Has("status", "confirmed")
"""Nobody else is sent anything."""

COLUMNS = tuple(
    subscriber.c[name] for name in ("id", "public_id", "email", "email_norm", "first_name", "last_name", "attributes")
)
"""Columns of a reader. A caller that needs fewer asks for fewer; leaving out ``attributes`` saves the most."""

BATCH = 2000
"""Rows that are fetched at a time."""

EVERYBODY = AllOf(())
DONE_FROM = 20
"""Fewer readers than this who have done an action are not told of: they might be known by it (W13)."""


def readers(
    segments: Iterable[Segment],
    audience: Audience = EVERYONE,
    *,
    dialect: str,
    named: Collection[str] | None = None,
    columns: Sequence[sa.ColumnElement[Any]] = COLUMNS,
) -> sa.Select[Any]:
    """The readers of an issue for this audience, in the order of their ids: ``columns``, and ``segments``.

    Of all ``segments``, those in ``named`` (by default all) are told apart in the last column; an
    issue needs the ones that it mentions (`Edition.names`). Suppression is not asked: whoever is
    suppressed is not confirmed either. Raises UnknownNameError for a segment that is not declared.
    """
    segments = tuple(segments)
    told = segments if named is None else chosen(segments, named)
    return (
        sa.select(*columns, segments_column(told, dialect))
        .where(condition(audience_rule(audience, segments), dialect))
        .order_by(subscriber.c.id)
    )


def combinations(
    segments: Iterable[Segment],
    audience: Audience = EVERYONE,
    *,
    dialect: str,
    named: Collection[str] | None = None,
    columns: Sequence[sa.ColumnElement[Any]] = (),
) -> sa.Select[Any]:
    """The number of readers in each combination of segments that occurs: ``segments`` and ``readers``.

    Arguments and errors as for `readers`; ``columns``, such as `frequency.Occasion.cause`, are combined as well.
    """
    rows = readers(segments, audience, dialect=dialect, named=named, columns=columns).order_by(None).subquery()
    kinds = (rows.c.segments, *(rows.c[column.key] for column in columns if column.key))
    return sa.select(*kinds, sa.func.count().label("readers")).group_by(*kinds)


def audience_rule(audience: Audience, segments: Iterable[Segment]) -> Rule:
    """The rule of those who get what is for this audience; raises UnknownNameError as `readers` does."""
    segments = tuple(segments)
    wanted = AnyOf(tuple(segment.rule for segment in chosen(segments, audience.any_of)))
    spared = tuple(Not(segment.rule) for segment in chosen(segments, audience.none_of))
    return AllOf((CONFIRMED, *((wanted,) if audience.any_of else ()), *spared))


def segments_column(segments: Iterable[Segment], dialect: str) -> sa.ColumnElement[str]:
    """The segments that a subscriber is in: sorted ids with spaces between."""
    words: list[sa.ColumnElement[str]] = [
        sa.case(
            (condition(segment.rule, dialect), sa.literal(f" {segment.id}", sa.Text)), else_=sa.literal("", sa.Text)
        )
        for segment in sorted(segments, key=lambda segment: segment.id)
    ]
    joined = reduce(add, words) if words else sa.literal("", sa.Text)
    return sa.func.ltrim(joined, type_=sa.Text).label("segments")


@lru_cache(maxsize=4096)
def segments_of_text(text: str) -> Segments:
    """The set of segments that a row's text says."""
    return frozenset(text.split())


def counts(connection: sa.Connection, segments: Iterable[Segment]) -> dict[str, int]:
    """Numbers of readers, in one query: ``everyone``, and each segment by its id."""
    segments, dialect = tuple(segments), connection.dialect.name
    columns = (sa.func.count(sa.case((condition(s.rule, dialect), 1))) for s in segments)
    query = sa.select(sa.func.count(), *columns).where(condition(CONFIRMED, dialect))
    found: Sequence[int] = connection.execute(query).one()
    return dict(zip(("everyone", *(s.id for s in segments)), found, strict=True))


def each(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
    """Iterate over the rows as they are fetched, so that a million take no more memory than a few thousand."""
    for batch in batches(connection, query):
        yield from batch


def batches(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    """Iterate over the rows in lists of up to `BATCH`, as they are fetched."""
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        yield from rows.partitions()


def merge_values(row: sa.Row[Any], attributes: Iterable[str]) -> dict[str, str]:
    """Values of the merge fields of a reader's message: names, address and these attributes, as text.

    What is not known is empty; white space of any kind is one space.
    """
    known = row.attributes
    return {
        "first_name": _one_line(row.first_name),
        "last_name": _one_line(row.last_name),
        "email": row.email,
        **{name: _text(known.get(name)) for name in attributes},
    }


def _text(value: object) -> str:
    match value:
        case str():
            return _one_line(value)
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def chosen(segments: Iterable[Segment], names: Collection[str]) -> tuple[Segment, ...]:
    """Segments by their names; raises UnknownNameError for one that is not declared."""
    declared = {segment.id: segment for segment in segments}
    unknown = next((name for name in sorted(names) if name not in declared), None)
    if unknown is not None:
        hint = did_you_mean(unknown, declared) or "tipsheet segments list shows all"
        raise UnknownNameError(f"mkdocs.yml declares no segment '{unknown}'", hint)
    return tuple(declared[name] for name in sorted(names))


def count_by_status(connection: sa.Connection, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Numbers of those for whom the rule holds, by status; every one of `STATUSES` is there, in that order."""
    holds = condition(rule, connection.dialect.name)
    query = sa.select(subscriber.c.status, sa.func.count()).where(holds).group_by(subscriber.c.status)
    counts = {status: count for status, count in connection.execute(query)}  # noqa: C416 - rows are not pairs to a type checker
    return {status: counts.get(status, 0) for status in STATUSES}


def count_choices(connection: sa.Connection, now: dt.datetime, rule: Rule = EVERYBODY) -> Mapping[str, int]:
    """Numbers of readers for whom the rule holds, by their choice: each of `FREQUENCIES`, and ``paused``.

    Whoever has paused is counted with their frequency as well.
    """
    holds = condition(AllOf((CONFIRMED, rule)), connection.dialect.name)
    cases = [sa.func.count(sa.case((subscriber.c.frequency == name, 1))) for name in FREQUENCIES]
    query = sa.select(*cases, sa.func.count(sa.case((is_paused(now), 1)))).where(holds)
    return dict(zip((*FREQUENCIES, PAUSED), connection.execute(query).one(), strict=True))


def choices_in_words(choices: Mapping[str, int]) -> str:
    """A sentence about those who do not get each issue; empty when that is nobody."""
    told = [f"{count:,} {name}" for name, count in choices.items() if count and name != EVERY]
    return f"Of the readers, some chose less than each issue: {', '.join(told)}." if told else ""


def count_suppressed(connection: sa.Connection) -> int:
    """The number of suppressed addresses, of known and of erased people."""
    return connection.execute(sa.select(sa.func.count()).select_from(suppression)).scalar_one()


def count_done(connection: sa.Connection, action: str, month: str) -> None:
    """Count that a reader has done this action in a month such as ``2026-11``; nothing says who."""
    insert: Any = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(action_done)
    one = insert.values(action=action, month=month, readers=1)
    more = {"readers": action_done.c.readers + 1}
    connection.execute(one.on_conflict_do_update(index_elements=["action", "month"], set_=more))


def done_counts(connection: sa.Connection) -> Mapping[str, int]:
    """Numbers of readers who have done each action in all, for those that `DONE_FROM` have done at least."""
    readers = sa.func.sum(action_done.c.readers)
    query = sa.select(action_done.c.action, readers).group_by(action_done.c.action).having(readers >= DONE_FROM)
    return {action: int(count) for action, count in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class SegmentReason:
    """A condition in English, the attribute, tags, topics or status it asks for, and whether it holds.

    ``known`` is the value of an attribute (None: not known) or of the status, or the names of tags or topics.
    """

    condition: str
    asks: str
    known: Value | tuple[str, ...] | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """The membership of a reader in a segment, with each condition of its rule in the order in which it is written."""

    segment: Segment
    member: bool
    reasons: tuple[SegmentReason, ...]


def memberships(reader: Reader, segments: tuple[Segment, ...]) -> tuple[Membership, ...]:
    """The membership of a reader in every segment."""
    return tuple(
        Membership(one, matches(one.rule, reader), tuple(_reason(leaf, reader) for leaf in leaves(one.rule)))
        for one in segments
    )


def _reason(leaf: Compare | Has, reader: Reader) -> SegmentReason:
    holds = matches(leaf, reader)
    match leaf:
        case Has("status"):
            return SegmentReason(sentence(leaf), "status", reader.status, holds)
        case Has("locale"):
            return SegmentReason(sentence(leaf), "locale", reader.locale or None, holds)
        case Has(kind):
            return SegmentReason(sentence(leaf), f"{kind}s", tuple(sorted(MEMBERSHIPS[kind](reader))), holds)
        case Compare(attribute):
            return SegmentReason(sentence(leaf), attribute, reader.attributes.get(attribute), holds)
