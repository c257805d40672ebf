"""What a person decides about an issue that is or was being sent: pause, go on, cancel, settle, try again."""

import datetime as dt
import re
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from tipsheet.audience.frequency import give_back, had_another
from tipsheet.delivery.errors import NotThatStateError
from tipsheet.delivery.snapshot import ALWAYS_DUE, Send
from tipsheet.delivery.status import known_send
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import delivery, delivery_log, issue_send

__all__ = ["cancel", "pause", "resolve", "resume", "retry", "unresolved"]

_c = delivery.c
_BATCH = 500
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
    waiting = sa.update(delivery).where(_c.send_id == number, _c.state == DeliveryState.QUEUED)
    count = connection.execute(waiting.values(state=DeliveryState.SKIPPED, cause="cancelled", changed_at=now)).rowcount
    give_back(connection, number, now)
    return count


def retry(connection: sa.Connection, issue: str, now: dt.datetime, *, cause: str = "") -> int:
    """Queue again what failed, all of it or what failed for this cause; returns how many.

    Not for those who have had another letter in its stead (W12).
    """
    number = _to_be_sent(connection, issue).id
    failed = sa.update(delivery).where(_c.send_id == number, _c.state == DeliveryState.FAILED)
    failed = failed.where(sa.not_(had_another(connection, number)))
    if cause:
        failed = failed.where(_c.cause == cause)
    again = failed.values(
        state=DeliveryState.QUEUED, cause="", attempts=0, dropped=0, owner=None, first_tried_at=None, due_at=ALWAYS_DUE,
        changed_at=now,
    )  # fmt: skip
    count = connection.execute(again).rowcount
    if count:
        _reopen(connection, number, now)
    return count


def unresolved(connection: sa.Connection, issue: str, log: Iterable[str]) -> tuple[frozenset[int], frozenset[int]]:
    """The unknown messages: those whose key stands in these lines of a mail server's log, and the others."""
    number = known_send(connection, issue).id
    query = sa.select(_c.message_key, _c.id).where(_c.send_id == number, _c.state == DeliveryState.UNKNOWN)
    keys = dict(connection.execute(query).all())
    found = {key for line in log for key in _KEY.findall(line)} & set(keys)
    return frozenset(keys[key] for key in found), frozenset(keys[key] for key in set(keys) - found)


def resolve(connection: sa.Connection, issue: str, ids: Collection[int], state: DeliveryState, now: dt.datetime) -> int:
    """Settle messages whose end nobody knows: SENT, they arrived; QUEUED, they are sent again. Returns how many.

    Raises NotThatStateError when an issue that was cancelled is to be sent again.
    """
    number = (_to_be_sent if state is DeliveryState.QUEUED else known_send)(connection, issue).id
    ordered, count = sorted(ids), 0
    for start in range(0, len(ordered), _BATCH):
        some = ordered[start : start + _BATCH]
        held = sa.update(delivery).where(_c.send_id == number, _c.id.in_(some), _c.state == DeliveryState.UNKNOWN)
        change = held.values(state=state, cause="by hand", owner=None, due_at=ALWAYS_DUE, changed_at=now)
        settled = connection.execute(change.returning(_c.id)).scalars().all()
        if settled:
            rows = [{"delivery_id": n, "at": now, "state": state, "note": "by hand"} for n in settled]
            connection.execute(sa.insert(delivery_log), rows)
        count += len(settled)
    if count and state is DeliveryState.QUEUED:
        _reopen(connection, number, now)
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


def _reopen(connection: sa.Connection, number: int, now: dt.datetime) -> None:
    """There is something to send again."""
    done = sa.update(issue_send).where(issue_send.c.id == number, issue_send.c.state == SendState.DONE)
    connection.execute(done.values(state=SendState.SENDING, changed_at=now))
