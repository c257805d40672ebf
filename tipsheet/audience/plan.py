"""The plan: the issues that are due or coming, and the readers who would read what in them.

`cohorts` is the one question to the store: all readers to whom the same happens, in one row for each. ``plan`` counts
them for each issue, and a rehearsal of the coming weeks follows them from one issue to the next.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.conditions import condition
from tipsheet.audience.frequency import Occasion, is_paused
from tipsheet.audience.readers import audience_rule, combinations, segments_of_text
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Action
from tipsheet.model.frequency import PERIODS
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment
from tipsheet.store.states import SendState
from tipsheet.store.tables import issue_send

__all__ = [
    "DUE_FOR", "GETS_IT", "NOT_MEANT", "Cohort", "PlannedIssue", "ReaderGroup", "cohorts", "counted", "occasions",
    "plan", "planned",
]  # fmt: skip

DUE_FOR = dt.timedelta(days=7)
"""The time after its date in which an issue is in the plan; older ones are the archive."""
GETS_IT = ""
"""The fate of a reader who gets the issue."""
NOT_MEANT = "not meant"
"""The fate of a reader for whom the issue is not meant."""
_AT_ONCE = 25
"""Issues in one statement: a database takes so many columns and parameters, and no more."""
OVER = frozenset({SendState.DONE, SendState.CANCELLED})
"""States of the ledger in which an issue goes to nobody any more."""


@dataclass(frozen=True, slots=True)
class ReaderGroup:
    """Readers who are in the same of an issue's segments, and the action they are given; None: nobody wrote one."""

    segments: Segments
    readers: int
    action: Action | None


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """An issue that is due or coming.

    ``state`` is ``draft``, ``coming`` or ``due``, or what the ledger says of one that is on its way.
    ``groups`` are those who would get it now, the largest first; None without a store. ``left_out``
    are those for whom it is meant and who chose not to get it: their numbers by the cause (`frequency`).
    """

    issue: Issue
    state: str
    groups: tuple[ReaderGroup, ...] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def without_action(self) -> int:
        """The number of readers who would get it without anything to do."""
        return sum(group.readers for group in self.groups or () if group.action is None)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Readers to whom the same happens with all of these issues.

    ``segments`` are those that any of the issues mentions. ``fates`` are in the order of the issues: `GETS_IT`,
    `NOT_MEANT`, or the reader's own choice that leaves it out (`frequency`). ``extra`` are values of further columns.
    """

    segments: Segments
    fates: tuple[str, ...]
    extra: tuple[Any, ...]
    readers: int


def plan(
    publication: Publication,
    connection: sa.Connection | None = None,
    beside: Mapping[str, Segments] = MappingProxyType({}),
) -> tuple[PlannedIssue, ...]:
    """The issues of the last days that were not sent, and all that are to come, soonest first; drafts among them.

    Without a connection to the store it is what the calendar alone says. ``beside`` are segments, by the issue, that
    tell its readers apart as well as those that it mentions.
    """
    publication = publication.as_it_goes()
    found = planned(publication, connection)
    if connection is None:
        return found
    told: list[PlannedIssue] = []
    waiting = iter(occasions(found, publication, connection))
    while batch := list(islice(waiting, _AT_ONCE)):
        also = PUBLIC.union(*(beside.get(one.issue.id, PUBLIC) for one, _ in batch))
        who = cohorts(batch, publication.segments, connection, also=also)
        told += counted([one for one, _ in batch], who, beside)
    return tuple(told)


def planned(publication: Publication, connection: sa.Connection | None = None) -> tuple[PlannedIssue, ...]:
    """The issues of the plan with their states, and without their readers."""
    sending = _sending(connection) if connection else {}
    issues = sorted(publication.issues, key=lambda issue: (issue.published, issue.id))
    states = [(issue, sending.get(issue.id) or _state(issue, publication.now)) for issue in issues]
    first = publication.now - DUE_FOR
    return tuple(PlannedIssue(issue, state) for issue, state in states if issue.published > first and state not in OVER)


def occasions(
    found: Sequence[PlannedIssue], publication: Publication, connection: sa.Connection
) -> Iterator[tuple[PlannedIssue, Occasion]]:
    """Each issue with the occasion on which it goes, when those before it have gone to their readers."""
    for number, one in enumerate(found):
        yield one, _occasion(one.issue, found[:number], publication, connection)


def cohorts(
    asked: Iterable[tuple[PlannedIssue, Occasion]],
    segments: Iterable[Segment],
    connection: sa.Connection,
    *,
    columns: Sequence[sa.ColumnElement[Any]] = (),
    also: Segments = PUBLIC,
) -> tuple[Cohort, ...]:
    """All readers, by what happens to them with these issues; ``columns`` and segments in ``also`` tell more apart."""
    issues, dialect, segments = list(asked), connection.dialect.name, tuple(segments)
    named = also.union(*(one.issue.names() for one, _ in issues))
    fates = [
        sa.case(
            (condition(audience_rule(one.issue.audience, segments), dialect), occasion.cause()),
            else_=sa.literal(NOT_MEANT, sa.Text),
        ).label(f"fate_{number}")
        for number, (one, occasion) in enumerate(issues)
    ]
    query = combinations(segments, dialect=dialect, named=named, columns=(*fates, *columns))
    return tuple(
        Cohort(segments_of_text(row[0]), tuple(row[1 : len(fates) + 1]), tuple(row[len(fates) + 1 : -1]), row[-1])
        for row in connection.execute(query)
    )


def counted(
    issues: Sequence[PlannedIssue], found: Iterable[Cohort], beside: Mapping[str, Segments] = MappingProxyType({})
) -> tuple[PlannedIssue, ...]:
    """The issues with those who would get each, told apart by the segments that it mentions, and those ``beside``."""
    names = [one.issue.names() | beside.get(one.issue.id, PUBLIC) for one in issues]
    groups: list[Counter[Segments]] = [Counter() for _ in issues]
    left_out: list[Counter[str]] = [Counter() for _ in issues]
    for cohort in found:
        for number, fate in enumerate(cohort.fates):
            if fate == GETS_IT:
                groups[number][cohort.segments & names[number]] += cohort.readers
            elif fate != NOT_MEANT:
                left_out[number][fate] += cohort.readers
    return tuple(
        replace(one, groups=_groups(one.issue, mine), left_out=dict(sorted(others.items())))
        for one, mine, others in zip(issues, groups, left_out, strict=True)
    )


def _occasion(
    issue: Issue, earlier: Iterable[PlannedIssue], publication: Publication, connection: sa.Connection
) -> Occasion:
    """The occasion of an issue when those before it in the plan have gone to their readers."""
    day, dialect = issue.published.date().isoformat(), connection.dialect.name
    before: dict[str, tuple[sa.ColumnElement[bool], ...]] = {}
    for one in earlier:
        if one.state == "draft":
            continue
        gets = sa.and_(
            condition(audience_rule(one.issue.audience, publication.segments), dialect),
            sa.not_(is_paused(max(one.issue.published, publication.now))),
        )
        for name, period in PERIODS.items():
            if period(one.issue.published.date().isoformat()) == period(day):
                before[name] = (*before.get(name, ()), gets)
    at = max(issue.published, publication.now)
    return replace(Occasion.of(connection, issue.id, day, at), before=before)


def _groups(issue: Issue, readers: Mapping[Segments, int]) -> tuple[ReaderGroup, ...]:
    """The groups of an issue's readers, the largest first."""
    found = (ReaderGroup(segments, count, issue.body.action(segments)) for segments, count in readers.items())
    return tuple(sorted(found, key=lambda group: (-group.readers, sorted(group.segments))))


def _state(issue: Issue, now: dt.datetime) -> str:
    if issue.draft:
        return "draft"
    return "due" if issue.out(now) else "coming"


def _sending(connection: sa.Connection) -> dict[str, str]:
    """States of the issues in the ledger, by their ids."""
    return {row.issue: row.state for row in connection.execute(sa.select(issue_send.c.issue, issue_send.c.state))}
