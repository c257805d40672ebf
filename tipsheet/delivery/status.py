"""Where an issue stands: counts of every state, and the rows behind them."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.audience.readers import each
from tipsheet.delivery.snapshot import Send, find_send
from tipsheet.delivery.states import SendState, State
from tipsheet.errors import UnknownNameError
from tipsheet.problems import did_you_mean
from tipsheet.store.ledger import delivery, issue_send

__all__ = ["Row", "Status", "issues_sent", "known_send", "rows_of", "status_of"]

_UNFINISHED = 4
_PAUSED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An issue in the ledger. ``counts`` has every state; ``next_due`` is when a message that was put off is tried."""

    issue: str
    state: SendState
    cause: str
    digest: str
    prepared_at: dt.datetime
    counts: Mapping[State, int]
    causes: Mapping[tuple[State, str], int]
    next_due: dt.datetime | None

    @property
    def total(self) -> int:
        """Messages in all."""
        return sum(self.counts.values())

    @property
    def exit_code(self) -> int:
        """0 all are final · 4 some are unknown, failed or still to be sent · 5 paused (D22)."""
        if self.state is SendState.PAUSED:
            return _PAUSED
        open_ones = (State.UNKNOWN, State.FAILED, State.QUEUED, State.CLAIMED, State.INFLIGHT)
        return _UNFINISHED if any(self.counts[state] for state in open_ones) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message. ``key`` is the part of its Message-ID by which a mail server's log knows it."""

    id: int
    subscriber: int
    key: str
    state: State
    cause: str
    attempts: int
    due_at: dt.datetime | None
    code: int | None
    enhanced: str
    changed_at: dt.datetime


def issues_sent(connection: sa.Connection) -> tuple[str, ...]:
    """Ids of the issues in the ledger, the last first."""
    query = sa.select(issue_send.c.issue).order_by(issue_send.c.prepared_at.desc(), issue_send.c.id.desc())
    return tuple(connection.execute(query).scalars())


def known_send(connection: sa.Connection, issue: str) -> Send:
    """The issue in the ledger; raises UnknownNameError for one that it does not have."""
    found = find_send(connection, issue)
    if found is None:
        hint = did_you_mean(issue, issues_sent(connection)) or "nothing of it was ever sent"
        raise UnknownNameError(f"the ledger does not have '{issue}'", hint)
    return found


def status_of(connection: sa.Connection, issue: str) -> Status:
    """Where an issue stands; raises UnknownNameError for one that the ledger does not have."""
    found = known_send(connection, issue)
    c = delivery.c
    grouped = sa.select(c.state, c.cause, sa.func.count()).where(c.send_id == found.id).group_by(c.state, c.cause)
    causes = {(State(state), cause): count for state, cause, count in connection.execute(grouped)}
    due = sa.select(sa.func.min(c.due_at)).where(c.send_id == found.id, c.state == State.QUEUED, c.attempts > 0)
    prepared = sa.select(issue_send.c.prepared_at).where(issue_send.c.id == found.id)
    return Status(
        issue=issue,
        state=found.state,
        cause=found.cause,
        digest=found.digest,
        prepared_at=connection.execute(prepared).scalar_one(),
        counts={state: sum(n for (s, _), n in causes.items() if s is state) for state in State},
        causes=causes,
        next_due=connection.execute(due).scalar_one(),
    )


def rows_of(connection: sa.Connection, issue: str, states: Collection[State] = ()) -> Iterator[Row]:
    """The messages of an issue, in these states or all; no addresses."""
    c = delivery.c
    query = (
        sa.select(
            c.id, c.subscriber_id, c.message_key, c.state, c.cause, c.attempts, c.due_at, c.smtp_code, c.enhanced,
            c.changed_at,
        )
        .join(issue_send, issue_send.c.id == c.send_id)
        .where(issue_send.c.issue == issue)
        .order_by(c.id)
    )  # fmt: skip
    if states:
        query = query.where(c.state.in_(states))
    for row in each(connection, query):
        state = State(row.state)
        yield Row(
            id=row.id,
            subscriber=row.subscriber_id,
            key=row.message_key,
            state=state,
            cause=row.cause,
            attempts=row.attempts,
            due_at=row.due_at if state is State.QUEUED and row.attempts else None,
            code=row.smtp_code,
            enhanced=row.enhanced,
            changed_at=row.changed_at,
        )
