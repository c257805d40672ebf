"""Status of an issue in the ledger, and the decisions of a person: pause, resume, cancel, settle, retry."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import sqlalchemy as sa

from tipsheet.audience.frequency import give_back, had_another
from tipsheet.audience.readers import each
from tipsheet.delivery.locks import living
from tipsheet.delivery.snapshot import NotThatStateError, Send, find_send
from tipsheet.delivery.statements import going_on
from tipsheet.errors import UnknownNameError
from tipsheet.problems import did_you_mean
from tipsheet.store.states import DUE_AGAIN, DeliveryState, SendState
from tipsheet.store.tables import delivery, delivery_answer, delivery_log, issue_send, series_letter

__all__ = [
    "Activity", "Answer", "DeliveryRow", "Status", "cancel", "issues_sent", "known_send", "pause", "resolve",
    "resume", "retry", "rows_of", "status_of", "unresolved",
]  # fmt: skip


_UNFINISHED = 4
_PAUSED = 5


class Activity(StrEnum):
    """The activity of an issue now, which its state in the ledger alone does not tell: a sender may have died."""

    HELD = "held"
    SENDING = "sending"
    WAITING = "waiting"
    STOPPED = "stopped"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    SERIES = "series"  # a welcome letter that goes on with whoever confirms next


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Words of a server, the last of their kind, without addresses."""

    cause: str
    code: int
    enhanced: str
    words: str
    count: int
    last_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """An issue in the ledger. ``counts`` has every state; ``next_due`` is when a letter that was put off may go.

    ``senders`` are at work on this database now; ``cause`` says why it is paused, or why the last run ended. ``since``
    is set for a welcome letter: the moment from which readers who confirm get it.
    """

    issue: str
    state: SendState
    cause: str
    digest: str
    prepared_at: dt.datetime
    counts: Mapping[DeliveryState, int]
    causes: Mapping[tuple[DeliveryState, str], int]
    next_due: dt.datetime | None
    senders: int = 0
    answers: tuple[Answer, ...] = ()
    since: dt.datetime | None = None

    @property
    def activity(self) -> Activity:
        """The activity, from the state and the senders at work."""
        match self.state:
            case SendState.HELD:
                return Activity.HELD
            case SendState.PREPARED | SendState.SENDING:
                if self.senders:
                    return Activity.SENDING
                return Activity.WAITING if self.next_due is not None else Activity.STOPPED
            case SendState.PAUSED:
                return Activity.PAUSED
            case SendState.DONE:
                return Activity.DONE if self.since is None else Activity.SERIES
            case SendState.CANCELLED:
                return Activity.CANCELLED
            case _:
                assert_never(self.state)

    @property
    def total(self) -> int:
        """Messages in all."""
        return sum(self.counts.values())

    @property
    def exit_code(self) -> int:
        """0 all are final · 4 some are unknown, failed or still to be sent · 5 paused (D22).

        A series never ends: what waits goes in the next run, and what failed once is no news for ever.
        """
        if self.state is SendState.PAUSED:
            return _PAUSED
        if self.state is SendState.HELD:
            return _UNFINISHED
        open_ones = {
            DeliveryState.UNKNOWN,
            DeliveryState.FAILED,
            DeliveryState.QUEUED,
            DeliveryState.CLAIMED,
            DeliveryState.INFLIGHT,
        }
        if self.since is not None:
            open_ones = {DeliveryState.UNKNOWN}
        return _UNFINISHED if any(self.counts[state] for state in open_ones) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One message. ``key`` is the part of its Message-ID by which a mail server's log knows it."""

    id: int
    subscriber: int
    key: str
    state: DeliveryState
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
    """The status of an issue; raises UnknownNameError for one that the ledger does not have."""
    found = known_send(connection, issue)
    c = delivery.c
    grouped = sa.select(c.state, c.cause, sa.func.count()).where(c.send_id == found.id).group_by(c.state, c.cause)
    causes = {(DeliveryState(state), cause): count for state, cause, count in connection.execute(grouped)}
    queued = sa.and_(c.send_id == found.id, c.state == DeliveryState.QUEUED)
    fresh = connection.execute(sa.select(sa.exists().where(queued, c.due_at <= DUE_AGAIN))).scalar_one()
    due = connection.execute(sa.select(sa.func.min(c.due_at)).where(queued, c.due_at > DUE_AGAIN)).scalar_one()
    times = [moment for moment in (None if fresh else due, found.resume_at) if moment is not None]
    moments = sa.select(issue_send.c.prepared_at, series_letter.c.since).outerjoin_from(issue_send, series_letter)
    prepared_at, since = connection.execute(moments.where(issue_send.c.id == found.id)).one()
    return Status(
        issue=issue,
        state=found.state,
        cause=found.cause,
        digest=found.digest,
        prepared_at=prepared_at,
        since=since,
        counts={state: sum(n for (s, _), n in causes.items() if s is state) for state in DeliveryState},
        causes=causes,
        next_due=max(times, default=None),
        senders=living(connection),
        answers=_answers(connection, found.id),
    )


def _answers(connection: sa.Connection, send_id: int) -> tuple[Answer, ...]:
    a = delivery_answer.c
    columns = (a.cause, a.smtp_code.label("code"), a.enhanced, a.words, a.answers.label("count"), a.last_at)
    query = sa.select(*columns).where(a.send_id == send_id).order_by(a.last_at.desc(), a.id)
    return tuple(Answer(**row) for row in connection.execute(query).mappings())


def rows_of(connection: sa.Connection, issue: str, states: Collection[DeliveryState] = ()) -> Iterator[DeliveryRow]:
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
        state = DeliveryState(row.state)
        yield DeliveryRow(
            id=row.id,
            subscriber=row.subscriber_id,
            key=row.message_key,
            state=state,
            cause=row.cause,
            attempts=row.attempts,
            due_at=row.due_at if state is DeliveryState.QUEUED and row.due_at > DUE_AGAIN else None,
            code=row.smtp_code,
            enhanced=row.enhanced,
            changed_at=row.changed_at,
        )


_d = delivery.c
_SETTLED = 500
_KEY = re.compile(r"(?<![a-z0-9])[a-z2-7]{24}(?![a-z0-9])")


def pause(connection: sa.Connection, issue: str, now: dt.datetime, cause: str = "by hand") -> None:
    """Stop all senders of the issue after the message that each is about to end (D11)."""
    _turn(connection, issue, ((SendState.PREPARED, SendState.SENDING), SendState.PAUSED), now, cause)


def resume(connection: sa.Connection, issue: str, now: dt.datetime) -> None:
    """Let senders go on, at once with what only waited."""
    _turn(connection, issue, ((SendState.PAUSED,), SendState.SENDING), now)


def cancel(connection: sa.Connection, issue: str, now: dt.datetime) -> int:
    """Never send what was not sent; returns how many messages that are."""
    states = (SendState.HELD, SendState.PREPARED, SendState.SENDING, SendState.PAUSED, SendState.CANCELLED)
    number = _turn(connection, issue, (states, SendState.CANCELLED), now)
    waiting = sa.update(delivery).where(_d.send_id == number, _d.state == DeliveryState.QUEUED)
    count = connection.execute(waiting.values(state=DeliveryState.SKIPPED, cause="cancelled", changed_at=now)).rowcount
    give_back(connection, number, now)
    return count


def retry(connection: sa.Connection, issue: str, now: dt.datetime, *, cause: str = "") -> int:
    """Queue again what failed, all of it or for this cause, but for readers who had another letter instead (W12)."""
    number = _to_be_sent(connection, issue).id
    failed = sa.update(delivery).where(_d.send_id == number, _d.state == DeliveryState.FAILED)
    failed = failed.where(sa.not_(had_another(connection, number)))
    if cause:
        failed = failed.where(_d.cause == cause)
    again = failed.values(
        state=DeliveryState.QUEUED, cause="", attempts=0, dropped=0, owner=None, first_tried_at=None, due_at=DUE_AGAIN,
        changed_at=now,
    )  # fmt: skip
    count = connection.execute(again).rowcount
    if count:
        connection.execute(going_on(number).values(changed_at=now))
    return count


def unresolved(connection: sa.Connection, issue: str, log: Iterable[str]) -> tuple[frozenset[int], frozenset[int]]:
    """The unknown messages: those whose key stands in these lines of a mail server's log, and the others."""
    number = known_send(connection, issue).id
    query = sa.select(_d.message_key, _d.id).where(_d.send_id == number, _d.state == DeliveryState.UNKNOWN)
    keys = dict(connection.execute(query).all())
    found = {key for line in log for key in _KEY.findall(line)} & set(keys)
    return frozenset(keys[key] for key in found), frozenset(keys[key] for key in set(keys) - found)


def resolve(connection: sa.Connection, issue: str, ids: Collection[int], state: DeliveryState, now: dt.datetime) -> int:
    """Settle messages whose end nobody knows: SENT, they arrived; QUEUED, they are sent again. Returns how many.

    Raises NotThatStateError when an issue that was cancelled is to be sent again.
    """
    number = (_to_be_sent if state is DeliveryState.QUEUED else known_send)(connection, issue).id
    ordered, count = sorted(ids), 0
    for start in range(0, len(ordered), _SETTLED):
        some = ordered[start : start + _SETTLED]
        held = sa.update(delivery).where(_d.send_id == number, _d.id.in_(some), _d.state == DeliveryState.UNKNOWN)
        change = held.values(state=state, cause="by hand", owner=None, due_at=DUE_AGAIN, changed_at=now)
        settled = connection.execute(change.returning(_d.id)).scalars().all()
        if settled:
            rows = [{"delivery_id": n, "at": now, "state": state, "note": "by hand"} for n in settled]
            connection.execute(sa.insert(delivery_log), rows)
        count += len(settled)
    if count and state is DeliveryState.QUEUED:
        connection.execute(going_on(number).values(changed_at=now))
    return count


def _to_be_sent(connection: sa.Connection, issue: str) -> Send:
    found = known_send(connection, issue)
    if found.state is SendState.CANCELLED:
        raise NotThatStateError(f"{issue} was cancelled", "what was cancelled is not sent any more")
    return found


def _turn(
    connection: sa.Connection,
    issue: str,
    change: tuple[Collection[SendState], SendState],
    now: dt.datetime,
    cause: str = "",
) -> int:
    """Change the state of an issue from one of these; raises NotThatStateError when it is in none of them."""
    before, after = change
    found = known_send(connection, issue)
    row = sa.update(issue_send).where(issue_send.c.id == found.id, issue_send.c.state.in_(before))
    if not connection.execute(row.values(state=after, cause=cause, changed_at=now)).rowcount:
        raise NotThatStateError(f"{issue} is {found.state}", f"see: tipsheet deliveries status {issue}")
    return found.id
