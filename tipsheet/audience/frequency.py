"""The frequency that a reader chose for their letters, and pauses (W12).

A frequency with a period gives one letter in each: of the issues whose dates lie in one calendar month, in the
publication's time zone, a monthly reader gets the first that is prepared for them. Letters that were sent, are on
their way or may have arrived count; those that failed, were cancelled or were left out do not, so that the next issue
of the month is theirs (`give_back`).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentKind, Evidence
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import Subscriber
from tipsheet.errors import UnknownNameError
from tipsheet.model.frequency import FREQUENCIES, PERIODS
from tipsheet.problems import did_you_mean
from tipsheet.store.columns import within
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import delivery, issue_send, subscriber
from tipsheet.words import ENGLISH, words_of

__all__ = [
    "FREQUENCIES", "PAUSED", "Occasion", "give_back", "had_another", "is_paused", "lock_periods", "pause",
    "set_frequency",
]  # fmt: skip

PAUSED = "paused"
"""Cause of a letter that does not go, since its reader has paused."""


_GONE = (DeliveryState.SKIPPED, DeliveryState.FAILED)
"""States of letters that were not delivered and will not be."""
_c = delivery.c


def set_frequency(register: Register, someone: Subscriber, name: str, evidence: Evidence) -> Subscriber:
    """Give a reader the frequency that they chose, from the next letter on.

    Of letters that wait to be sent to them, those are skipped that would be a second one in a
    period. The event of consent holds the words of the evidence, or the choice in English. Raises
    UnknownNameError for a frequency that there is not.
    """
    if name not in FREQUENCIES:
        hint = did_you_mean(name, FREQUENCIES) or f"there are {', '.join(FREQUENCIES)}"
        raise UnknownNameError(f"there is no frequency '{name}'", hint)
    if someone.frequency == name:
        return someone
    changed = replace(someone, frequency=name, changed_at=register.now)
    said = replace(evidence, wording=evidence.wording or words_of(ENGLISH, "frequencies")(name))
    register.change(changed, ("frequency",), ConsentKind.CHANGED, said)
    if name in PERIODS:
        _skip_further(register, someone.id, name)
    return changed


def pause(register: Register, someone: Subscriber, until: dt.datetime | None, evidence: Evidence) -> Subscriber:
    """Send a reader nothing before this moment. None, or a moment that is past, ends a pause.

    What waits to be sent to them is skipped when its turn comes; what they miss is not sent later.
    """
    until = until if until is not None and until > register.now else None
    if someone.paused_until == until:
        return someone
    changed = replace(someone, paused_until=until, changed_at=register.now)
    words = f"No letter before {until:%Y-%m-%d %H:%M %Z}" if until else "The pause is over"
    said = replace(evidence, wording=evidence.wording or words)
    register.change(changed, ("paused_until",), ConsentKind.CHANGED, said)
    return changed


def _skip_further(register: Register, subscriber_id: int, name: str) -> None:
    """Skip queued letters, but for the first of each period in which no other was sent or tried."""
    connection, period = register.connection, PERIODS[name]
    query = (
        sa.select(_c.id, _c.state, issue_send.c.issued_on)
        .join(issue_send, issue_send.c.id == _c.send_id)
        .where(_c.send_id.in_(_dated_sends()), _c.subscriber_id == subscriber_id, _c.state.not_in(_GONE))
        .order_by(_c.send_id)
    )
    rows = connection.execute(query).all()
    had = {period(row.issued_on) for row in rows if row.state != DeliveryState.QUEUED}
    for row in rows:
        if row.state == DeliveryState.QUEUED:
            if period(row.issued_on) in had:
                waiting = sa.update(delivery).where(_c.id == row.id, _c.state == DeliveryState.QUEUED)
                connection.execute(waiting.values(state=DeliveryState.SKIPPED, cause=name, changed_at=register.now))
            had.add(period(row.issued_on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The facts of an issue that decide which readers it leaves out: ``at`` is when it is sent.

    ``sends`` are, for each frequency with a period, the other issues of the ledger in the same;
    ``before`` conditions by which a reader gets another letter first, though the ledger has none yet.
    """

    at: dt.datetime
    sends: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    before: Mapping[str, tuple[sa.ColumnElement[bool], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: sa.Connection, issue: str, day: str, at: dt.datetime) -> "Occasion":
        """The occasion of an issue of this day (``2026-11-24``), with what the ledger says now."""
        return cls(at=at, sends=_sends_beside(connection, day, issue_send.c.issue != issue))

    def cause(self) -> sa.ColumnElement[str]:
        """The column ``left_out``: why a subscriber does not get the issue, empty for who gets it."""
        cases = [(is_paused(self.at), sa.literal(PAUSED, sa.Text))]
        for name in FREQUENCIES:
            had = [*self.before.get(name, ())]
            if ids := self.sends.get(name, ()):
                had.append(sa.exists().where(_one_of(ids), _c.subscriber_id == subscriber.c.id, _c.state.not_in(_GONE)))
            if had:
                cases.append((sa.and_(subscriber.c.frequency == name, sa.or_(*had)), sa.literal(name, sa.Text)))
        return sa.case(*cases, else_=sa.literal("", sa.Text)).label("left_out")


def give_back(connection: sa.Connection, send_id: int, now: dt.datetime, ids: Collection[int] | None = None) -> None:
    """Queue the letters of other issues that readers were not sent because of this one, which they do not get now.

    Each gets one, the first that there is; an issue that was done is sent again to them. ``ids`` are
    the deliveries of this issue that have ended so, all by default.
    """
    for name, others in _sends_beside(connection, _day_of(connection, send_id), issue_send.c.id != send_id).items():
        lock_periods(connection)
        other, mine = delivery.alias(), delivery.alias()
        held = sa.exists().where(
            other.c.send_id.in_((send_id, *others)), other.c.subscriber_id == _c.subscriber_id,
            other.c.state.not_in(_GONE),
        )  # fmt: skip
        wants = sa.exists().where(
            subscriber.c.id == _c.subscriber_id, subscriber.c.status == "confirmed", sa.not_(is_paused(now))
        )
        left_out = sa.update(delivery).where(_c.state == DeliveryState.SKIPPED, _c.cause == name, wants, sa.not_(held))
        if ids is not None:
            theirs = sa.select(mine.c.subscriber_id).where(within(connection, mine.c.id, ids))
            left_out = left_out.where(_c.subscriber_id.in_(theirs))
        for number in others:
            _queue_again(connection, left_out, number, now)


def _queue_again(connection: sa.Connection, left_out: sa.Update, send_id: int, now: dt.datetime) -> None:
    """Queue the letters that were left out of an issue, unless the issue was cancelled."""
    row = sa.update(issue_send).where(issue_send.c.id == send_id)
    alive = sa.select(issue_send.c.id).where(issue_send.c.id == send_id, issue_send.c.state != SendState.CANCELLED)
    if connection.execute(alive).first() is None:
        return
    queued = left_out.where(_c.send_id == send_id).values(state=DeliveryState.QUEUED, cause="", changed_at=now)
    if connection.execute(queued).rowcount:
        done = row.where(issue_send.c.state == SendState.DONE)
        connection.execute(done.values(state=SendState.SENDING, changed_at=now))


def had_another(connection: sa.Connection, send_id: int) -> sa.ColumnElement[bool]:
    """The condition that the reader of a delivery of this issue has had another letter in its stead."""
    found: list[sa.ColumnElement[bool]] = []
    for name, others in _sends_beside(connection, _day_of(connection, send_id), issue_send.c.id != send_id).items():
        other = delivery.alias()
        chose = sa.exists().where(subscriber.c.id == _c.subscriber_id, subscriber.c.frequency == name)
        held = sa.exists().where(
            other.c.send_id.in_(others), other.c.subscriber_id == _c.subscriber_id, other.c.state.not_in(_GONE)
        )
        found.append(sa.and_(chose, held))
    return sa.or_(sa.false(), *found)


def lock_periods(connection: sa.Connection) -> None:
    """Let no other process decide, until the transaction ends, which issue of a period a reader gets.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PERIOD_LOCK)))


_PERIOD_LOCK = 6_104_772_915_384
"""Number of an advisory lock; any that nobody else uses."""


def _sends_beside(connection: sa.Connection, day: str, which: sa.ColumnElement[bool]) -> dict[str, tuple[int, ...]]:
    """For each frequency with a period, the issues of the ledger in the period of this day, the first first."""
    if not day or not PERIODS:
        return {}
    query = sa.select(issue_send.c.id, issue_send.c.issued_on).where(which, issue_send.c.issued_on != "")
    rows = connection.execute(query.order_by(issue_send.c.id)).all()
    found = {
        name: tuple(row.id for row in rows if period(row.issued_on) == period(day)) for name, period in PERIODS.items()
    }
    return {name: ids for name, ids in found.items() if ids}


def _day_of(connection: sa.Connection, send_id: int) -> str:
    day: str = connection.execute(sa.select(issue_send.c.issued_on).where(issue_send.c.id == send_id)).scalar_one()
    return day


def _dated_sends() -> sa.Select[Any]:
    return sa.select(issue_send.c.id).where(issue_send.c.issued_on != "")


def _one_of(ids: Iterable[int]) -> sa.ColumnElement[bool]:
    return _c.send_id.in_(tuple(ids))


def is_paused(at: dt.datetime) -> sa.ColumnElement[bool]:
    """The condition that a subscriber has paused; never NULL, so that it can be denied."""
    until = subscriber.c.paused_until
    return sa.and_(until.is_not(None), until > at)
