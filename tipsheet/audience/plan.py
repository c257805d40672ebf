"""The plan: which issues are due or coming, and which combinations of segments would read what in them."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.conditions import condition
from tipsheet.audience.frequency import Occasion, is_paused
from tipsheet.audience.readers import audience_rule, combinations, segments_of_text
from tipsheet.model.audience import Segments
from tipsheet.model.body import Action
from tipsheet.model.frequency import PERIODS
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment
from tipsheet.store.states import SendState
from tipsheet.store.tables import issue_send

__all__ = ["DUE_FOR", "PlannedIssue", "ReaderGroup", "counted", "plan"]

DUE_FOR = dt.timedelta(days=7)
"""The time after its date in which an issue is in the plan; older ones are the archive."""
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


def plan(publication: Publication, connection: sa.Connection | None = None) -> tuple[PlannedIssue, ...]:
    """The issues of the last days that were not sent, and all that are to come, soonest first; drafts among them.

    Without a connection to the store it is what the calendar alone says.
    """
    sending = _sending(connection) if connection else {}
    found: list[PlannedIssue] = []
    for issue in sorted(publication.issues, key=lambda issue: (issue.published, issue.id)):
        state = sending.get(issue.id) or _state(issue, publication.now)
        if issue.published > publication.now - DUE_FOR and state not in OVER:
            planned = PlannedIssue(issue, state)
            if connection is not None:
                occasion = _occasion(issue, found, publication, connection)
                planned = counted(planned, publication.segments, connection, occasion)
            found.append(planned)
    return tuple(found)


def counted(
    planned: PlannedIssue, segments: Iterable[Segment], connection: sa.Connection, occasion: Occasion
) -> PlannedIssue:
    """The issue with those who would get it now; only the segments that it mentions are told apart."""
    issue, why = planned.issue, occasion.cause()
    query = combinations(segments, issue.audience, dialect=connection.dialect.name, named=issue.names(), columns=(why,))
    rows = connection.execute(query).all()
    left_out: Counter[str] = Counter()
    for row in rows:
        if row.left_out:
            left_out[row.left_out] += row.readers
    groups = _groups(issue, (row for row in rows if not row.left_out))
    ordered = tuple(sorted(groups, key=lambda group: (-group.readers, sorted(group.segments))))
    return replace(planned, groups=ordered, left_out=dict(sorted(left_out.items())))


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


def _groups(issue: Issue, rows: Iterable[sa.Row[Any]]) -> Iterator[ReaderGroup]:
    for row in rows:
        segments = segments_of_text(row.segments)
        yield ReaderGroup(segments, row.readers, issue.body.action(segments))


def _state(issue: Issue, now: dt.datetime) -> str:
    if issue.draft:
        return "draft"
    return "due" if issue.out(now) else "coming"


def _sending(connection: sa.Connection) -> dict[str, str]:
    """States of the issues in the ledger, by their ids."""
    return {row.issue: row.state for row in connection.execute(sa.select(issue_send.c.issue, issue_send.c.state))}
