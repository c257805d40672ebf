"""The ledger while an issue is sent: claims, the mark before the end of a message, and the results.

Every statement names the owner and the state that it changes, so a sender that was taken for dead changes nothing more.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.consent import hold
from tipsheet.audience.frequency import give_back, had_another
from tipsheet.audience.secret import Secret
from tipsheet.delivery.answers import POLICY
from tipsheet.delivery.bounces import take_down
from tipsheet.delivery.schedule import Window
from tipsheet.delivery.snapshot import Send, insert_into
from tipsheet.delivery.statements import (
    BEGIN,
    MINE,
    OPEN,
    QUEUED,
    Accepted,
    begun,
    exchange,
    going_on,
    record_sent,
    skip,
    take_rows,
)
from tipsheet.delivery.states import LONGEST_BACK_OFF, Outcome
from tipsheet.store.columns import within
from tipsheet.store.states import DUE_AGAIN, DeliveryState, SendState
from tipsheet.store.tables import delivery, delivery_answer, delivery_log, issue_send

__all__ = ["OUT_OF_HOURS", "Ledger", "Outlook"]

OUT_OF_HOURS = "out of hours"
"""Cause of a letter that waits for the hours in which its reader is written to."""

_A_DAY = dt.timedelta(hours=26)
"""How far ahead a letter waits for its hours, or an issue for tomorrow, at most; a day has up to 25 hours."""

_LOOKS = 50
"""Times that a claim looks further when nobody whom it found may be written to now."""

_c = delivery.c


@dataclass(frozen=True, slots=True)
class Outlook:
    """The work that is left: queued messages, the moment when the first may go, and messages of other senders.

    ``ours``: nobody has amended the issue in the meantime.
    """

    state: SendState
    ours: bool
    queued: int
    next_due: dt.datetime | None
    at_work: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of one issue in the hands of one owner. Each method runs in a transaction of the caller.

    With the ``secret`` of the publication addresses that do not exist are suppressed. Outside of the hours of
    ``window`` a reader's letter is not claimed.
    """

    send: Send
    owner: str
    secret: Secret | None = None
    window: Window | None = None

    def begin(self, connection: sa.Connection, ids: Sequence[int], now: dt.datetime) -> frozenset[int]:
        """Mark claimed rows as in flight, and return those that were: from here on they may have arrived.

        Not marked are rows of a reader who left or paused in the meantime, which are skipped (D10), rows that another
        sender has taken, and all rows when the issue was paused, cancelled or changed (D11).
        """
        if BEGIN.run(connection, self._bound(now=now), ids) == len(ids):
            return frozenset(ids)
        granted = frozenset(connection.execute(begun(connection, ids), {"me": self.owner}).scalars())
        self._skip(connection, [number for number in ids if number not in granted], now)
        return granted

    def exchange(
        self, connection: sa.Connection, outcomes: Sequence[Outcome], ids: Sequence[int], now: dt.datetime
    ) -> bool:
        """The quick way of `record`, for messages that were sent, and of `begin`: a transaction of its own.

        False when a row was not marked: then `begin` finds out which, and the outcomes are written all the same.
        """
        return exchange(connection, self._bound(now=now), _accepted(outcomes), ids) == len(ids)

    def claim(self, connection: sa.Connection, count: int, now: dt.datetime) -> list[sa.Row[Any]]:
        """Take up to so many rows that are due: those of readers who are still there and have not paused.

        Several senders never get the same row: SQLite lets one write at a time, PostgreSQL skips what another has
        locked. Columns: ``id``, ``recipient``, ``message_key``, ``attempts``, ``first_tried_at``, ``dropped``,
        ``segments``, and of the subscriber ``public_id``, ``email``, ``first_name``, ``last_name``, ``attributes``.
        """
        for _ in range(_LOOKS):
            rows = take_rows(connection, self._bound(count=count, now=now))
            gone = [row.id for row in rows if not _reads(row, now)]
            if gone:
                self._skip(connection, gone, now)
            claimed = [row for row in rows if _reads(row, now)]
            if self.window is not None:
                claimed = self._within_hours(connection, claimed, self.window, now)
            if claimed or not rows or self.window is None:
                return claimed
        return []

    def _within_hours(
        self, connection: sa.Connection, rows: Sequence[sa.Row[Any]], window: Window, now: dt.datetime
    ) -> list[sa.Row[Any]]:
        """The rows of readers to whom a letter may go now; the others are queued until it may."""
        waiting: dict[dt.datetime, list[int]] = {}
        found = []
        for row in rows:
            opens = window.opens(row.attributes, now)
            if opens is None:
                found.append(row)
            else:
                waiting.setdefault(opens, []).append(row.id)
        for opens, ids in waiting.items():
            mine = self._mine(connection, ids)
            connection.execute(
                mine.values(state=DeliveryState.QUEUED, owner=None, due_at=opens, cause=OUT_OF_HOURS, changed_at=now)
            )
        return found

    def dated(self, connection: sa.Connection, now: dt.datetime) -> dt.datetime:
        """The Date of the issue's letters: now, if none was sent before (D24)."""
        fresh = sa.update(issue_send).where(issue_send.c.id == self.send.id, issue_send.c.dated_at.is_(None))
        connection.execute(fresh.values(dated_at=now))
        row = sa.select(issue_send.c.dated_at).where(issue_send.c.id == self.send.id)
        moment: dt.datetime = connection.execute(row).scalar_one()
        return moment

    def undated(self, connection: sa.Connection) -> None:
        """Forget the Date while no letter has gone out with it."""
        gone = sa.exists().where(
            _c.send_id == self.send.id,
            sa.or_(
                _c.state.in_(
                    (DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.CLAIMED, DeliveryState.INFLIGHT)
                ),
                _c.dropped > 0,
            ),
        )
        connection.execute(sa.update(issue_send).where(issue_send.c.id == self.send.id, ~gone).values(dated_at=None))

    def record(
        self,
        connection: sa.Connection,
        outcomes: Iterable[Outcome],
        now: dt.datetime,
        *,
        also: Sequence[DeliveryState] = (),
    ) -> None:
        """Write what became of messages; like outcomes in one statement. ``also``: further states to change."""
        usual: list[Outcome] = []
        others: list[Outcome] = []
        for outcome in outcomes:
            (usual if outcome.state is DeliveryState.SENT and not also else others).append(outcome)
        ordered = sorted(others, key=_likeness)
        bounced = [outcome.delivery for outcome in ordered if outcome.bounced]
        if bounced:
            hold(connection)  # before rows are locked that others may wait for
        record_sent(connection, self._bound(now=now), _accepted(usual))
        for _, alike in groupby(ordered, _likeness):
            group = list(alike)
            ids = [outcome.delivery for outcome in group]
            changed = _recorded(group[0], also).where(within(connection, _c.id, ids))
            connection.execute(changed, {"me": self.owner, "now": now})
            if group[-1].words:
                self._heard(connection, group[-1], len(group), now)
            if group[0].state is not DeliveryState.SENT:
                note = " ".join(str(word) for word in (group[0].cause, group[0].code, group[0].enhanced) if word)
                _log(connection, ids, group[0].state, note, now)
        if bounced and self.secret is not None:
            take_down(connection, self.secret, bounced, now)
        if failed := [outcome.delivery for outcome in ordered if outcome.state is DeliveryState.FAILED]:
            give_back(connection, self.send.id, now, failed)

    def release(self, connection: sa.Connection, ids: Collection[int], now: dt.datetime) -> None:
        """Give back rows that were claimed and not tried."""
        connection.execute(self._mine(connection, ids).values(state=DeliveryState.QUEUED, owner=None, changed_at=now))

    def _heard(self, connection: sa.Connection, outcome: Outcome, count: int, now: dt.datetime) -> None:
        """Keep the words of an answer with others of its kind (D28)."""
        a = delivery_answer.c
        kind = {
            "send_id": self.send.id,
            "cause": outcome.cause,
            "smtp_code": outcome.code or 0,
            "enhanced": outcome.enhanced,
        }
        again = sa.update(delivery_answer).filter_by(**kind)
        changed = again.values(words=outcome.words, answers=a.answers + count, last_at=now)
        if not connection.execute(changed).rowcount:
            row = {**kind, "words": outcome.words, "answers": count, "last_at": now}
            connection.execute(insert_into(connection, delivery_answer).values(row).on_conflict_do_nothing())

    def pause(self, connection: sa.Connection, cause: str, now: dt.datetime) -> None:
        """Stop all senders of the issue; what was refused for policy is queued again, since that was said of us."""
        self._turn(connection, (SendState.SENDING,), SendState.PAUSED, now, cause)
        refused = sa.update(delivery).where(
            _c.send_id == self.send.id, _c.state == DeliveryState.FAILED, _c.cause == POLICY
        )
        refused = refused.where(sa.not_(had_another(connection, self.send.id)))
        connection.execute(refused.values(state=DeliveryState.QUEUED, owner=None, due_at=DUE_AGAIN, changed_at=now))

    def rest(self, connection: sa.Connection, cause: str, until: dt.datetime, now: dt.datetime) -> None:
        """Let no sender of the issue go on before this moment."""
        row = sa.update(issue_send).where(issue_send.c.id == self.send.id, issue_send.c.state == SendState.SENDING)
        connection.execute(row.values(cause=cause, resume_at=until, changed_at=now))

    def go_on(self, connection: sa.Connection) -> None:
        """The rest is over."""
        row = sa.update(issue_send).where(
            issue_send.c.id == self.send.id, issue_send.c.state == SendState.SENDING, issue_send.c.cause != ""
        )
        connection.execute(row.values(cause="", resume_at=None))

    def ended(self, connection: sa.Connection, cause: str, now: dt.datetime) -> None:
        """Write down why a run ended before the issue did; the next one begins anew."""
        row = sa.update(issue_send).where(issue_send.c.id == self.send.id, issue_send.c.state == SendState.SENDING)
        connection.execute(row.values(cause=cause, resume_at=None, changed_at=now))

    def start(self, connection: sa.Connection, now: dt.datetime) -> None:
        """From here on messages may be claimed."""
        self._turn(connection, (SendState.PREPARED,), SendState.SENDING, now)

    def finish(self, connection: sa.Connection, now: dt.datetime) -> None:
        """Nothing is left to send; asked again here, where no row can go from one state to another meanwhile.

        `outlook` asks for rows that wait and for rows in other hands one after the other, and PostgreSQL lets a sender
        give back rows between the two.
        """
        left = sa.exists().where(_c.send_id == self.send.id, _c.state.in_((DeliveryState.QUEUED, *OPEN)))
        row = sa.update(issue_send).where(
            issue_send.c.id == self.send.id, issue_send.c.state == SendState.SENDING, sa.not_(left)
        )
        connection.execute(row.values(state=SendState.DONE, cause="", resume_at=None, changed_at=now))

    def reopen(self, connection: sa.Connection, now: dt.datetime) -> None:
        """Go on with an issue that another sender took for done, where a row of it waits after all."""
        connection.execute(going_on(self.send.id).values(changed_at=now))

    def skip_cancelled(self, connection: sa.Connection, now: dt.datetime) -> None:
        """Skip rows that were released after the issue was cancelled."""
        cancelled = sa.exists().where(issue_send.c.id == _c.send_id, issue_send.c.state == SendState.CANCELLED)
        row = sa.update(delivery).where(_c.send_id == self.send.id, QUEUED, cancelled)
        connection.execute(row.values(state=DeliveryState.SKIPPED, cause="cancelled", changed_at=now))

    def outlook(self, connection: sa.Connection, now: dt.datetime) -> Outlook:
        """The work that is left. Rows with a due time further off than any back-off are set due now (D6)."""
        too_late = sa.or_(_c.cause != OUT_OF_HOURS, _c.due_at > now + _A_DAY)
        jumped = sa.update(delivery).where(_c.send_id == self.send.id, QUEUED, _c.due_at > now + 2 * LONGEST_BACK_OFF)
        connection.execute(jumped.where(too_late).values(due_at=DUE_AGAIN))
        waiting = sa.select(sa.func.count(), sa.func.min(_c.due_at)).where(_c.send_id == self.send.id, QUEUED)
        queued, next_due = connection.execute(waiting).one()
        at_work = sa.select(sa.func.count()).where(
            _c.send_id == self.send.id, _c.state.in_(OPEN), _c.owner != self.owner
        )
        c = issue_send.c
        row = connection.execute(sa.select(c.state, c.content_sha256, c.resume_at).where(c.id == self.send.id)).one()
        if next_due is not None and row.resume_at is not None and now < row.resume_at < now + _A_DAY:
            next_due = max(next_due, row.resume_at)
        busy = connection.execute(at_work).scalar_one() if not queued else 0
        return Outlook(SendState(row.state), row.content_sha256 == self.send.digest, queued, next_due, busy)

    def _skip(self, connection: sa.Connection, ids: Collection[int], now: dt.datetime) -> None:
        connection.execute(skip(connection, ids), {"me": self.owner, "now": now})

    def _mine(self, connection: sa.Connection, ids: Collection[int]) -> sa.Update:
        """A change of those of these rows that this owner has claimed."""
        claimed = (_c.owner == self.owner, _c.state == DeliveryState.CLAIMED)
        return sa.update(delivery).where(within(connection, _c.id, ids), *claimed)

    def _turn(
        self,
        connection: sa.Connection,
        before: Collection[SendState],
        after: SendState,
        now: dt.datetime,
        cause: str = "",
    ) -> None:
        row = sa.update(issue_send).where(issue_send.c.id == self.send.id, issue_send.c.state.in_(before))
        connection.execute(row.values(state=after, cause=cause, resume_at=None, changed_at=now))

    def _bound(self, **more: object) -> dict[str, object]:
        return {"me": self.owner, "send": self.send.id, "digest": self.send.digest, **more}


def _reads(row: sa.Row[Any], now: dt.datetime) -> bool:
    """True if the reader of a claimed row is still confirmed, and has not paused."""
    return row.status == "confirmed" and (row.paused_until is None or row.paused_until <= now)


def _accepted(outcomes: Iterable[Outcome]) -> list[Accepted]:
    return [(outcome.delivery, outcome.code, outcome.enhanced) for outcome in outcomes]


def _likeness(outcome: Outcome) -> tuple[object, ...]:
    kind = (outcome.state, outcome.cause, outcome.code or 0, outcome.enhanced)
    return (*kind, outcome.due_at, outcome.dropped, outcome.tried)


def _recorded(like: Outcome, also: Sequence[DeliveryState]) -> sa.Update:
    """The statement for outcomes that are like this one; SQLAlchemy remembers its text."""
    queued = like.state is DeliveryState.QUEUED
    values: dict[str, object] = {
        "state": like.state,
        "cause": like.cause,
        "attempts": _c.attempts + int(like.tried),
        "smtp_code": like.code,
        "enhanced": like.enhanced,
        "changed_at": sa.bindparam("now", type_=_c.changed_at.type),
    }
    if like.state is not DeliveryState.SENT and like.tried:
        values["first_tried_at"] = sa.func.coalesce(
            _c.first_tried_at, sa.bindparam("now", type_=_c.first_tried_at.type)
        )
        values["dropped"] = _c.dropped + like.dropped
    if queued:
        values |= {"owner": None, "due_at": like.due_at}
    return sa.update(delivery).where(MINE, _c.state.in_((*OPEN, *also))).values(values)


def _log(connection: sa.Connection, ids: Iterable[int], state: DeliveryState, note: str, now: dt.datetime) -> None:
    rows = [{"delivery_id": number, "at": now, "state": state, "note": note} for number in ids]
    connection.execute(sa.insert(delivery_log), rows)
