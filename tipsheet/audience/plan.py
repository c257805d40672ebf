"""The plan: which issues are due or coming, and which combinations of segments would read what in them."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.audience.readers import combinations, segments_of_text
from tipsheet.model.audience import Segments
from tipsheet.model.body import Action
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment
from tipsheet.store.ledger import issue_send

__all__ = ["DUE_FOR", "Group", "PlannedIssue", "groups_of", "plan"]

DUE_FOR = dt.timedelta(days=7)
"""How long after its date an issue is in the plan; what is older is the archive."""
OVER = frozenset({"done", "cancelled"})
"""States of the ledger in which an issue goes to nobody any more."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who are in the same of an issue's segments, and the action they are given; None: nobody wrote one."""

    segments: Segments
    readers: int
    action: Action | None


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """An issue that is due or coming.

    ``state`` is ``draft``, ``coming`` or ``due``, or what the ledger says of one that is on its way.
    ``groups`` are those who would get it now, the largest first; None without a store.
    """

    issue: Issue
    state: str
    groups: tuple[Group, ...] | None = None

    @property
    def without_action(self) -> int:
        """How many would get it without anything to do."""
        return sum(group.readers for group in self.groups or () if group.action is None)


def plan(publication: Publication, connection: sa.Connection | None = None) -> tuple[PlannedIssue, ...]:
    """The issues of the last days that were not sent, and all that are to come, soonest first; drafts among them.

    Without a connection to the store it is what the calendar alone says.
    """
    sending = _sending(connection) if connection else {}
    found = []
    for issue in publication.issues:
        state = sending.get(issue.id) or _state(issue, publication.now)
        if issue.published > publication.now - DUE_FOR and state not in OVER:
            groups = groups_of(issue, publication.segments, connection) if connection else None
            found.append(PlannedIssue(issue, state, groups))
    return tuple(sorted(found, key=lambda one: (one.issue.published, one.issue.id)))


def groups_of(issue: Issue, segments: Iterable[Segment], connection: sa.Connection) -> tuple[Group, ...]:
    """Who would get the issue now, the largest group first; only the segments that it mentions are told apart."""
    query = combinations(segments, issue.audience, dialect=connection.dialect.name, named=issue.names())
    return tuple(sorted(_groups(issue, connection.execute(query)), key=lambda g: (-g.readers, sorted(g.segments))))


def _groups(issue: Issue, rows: Iterable[sa.Row[tuple[str, int]]]) -> Iterator[Group]:
    for row in rows:
        segments = segments_of_text(row.segments)
        yield Group(segments, row.readers, issue.body.action(segments))


def _state(issue: Issue, now: dt.datetime) -> str:
    if issue.draft:
        return "draft"
    return "due" if issue.out(now) else "coming"


def _sending(connection: sa.Connection) -> dict[str, str]:
    """What the ledger says of each issue that it has."""
    return {row.issue: row.state for row in connection.execute(sa.select(issue_send.c.issue, issue_send.c.state))}
