"""What can become of a message, and what follows from the answer of a server.

::

    queued ──► claimed ──► inflight ──► sent
      ▲ │         │            ├──────► failed     5xx, or put off for 48 hours
      │ │         │            └──────► unknown    the sender was killed, or dropped twice
      │ └─────────┴──────► skipped                 left, suppressed or erased since the snapshot
      └── 4xx, dropped once, released
"""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum

from tipsheet.delivery.breaker import blames_address
from tipsheet.delivery.channel import ChannelError, Receipt, TimedOut

__all__ = [
    "EXPIRES",
    "FINAL",
    "LONGEST_BACK_OFF",
    "Outcome",
    "SendState",
    "State",
    "Tries",
    "after_drop",
    "after_loss",
    "after_receipt",
    "never",
]


class State(StrEnum):
    """Of a delivery: one message to one subscriber."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    INFLIGHT = "inflight"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class SendState(StrEnum):
    """Of an issue."""

    PREPARED = "prepared"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


FINAL = (State.SENT, State.FAILED, State.UNKNOWN, State.SKIPPED)
"""States that no sender changes."""

EXPIRES = dt.timedelta(hours=48)
"""How long a message is tried by default, counted from the first try (D12)."""

LONGEST_BACK_OFF = dt.timedelta(hours=4)
_FIRST_BACK_OFF = dt.timedelta(minutes=5)
_SOON = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Tries:
    """What was tried before: how often, since when, and how many connections were lost after the end was sent.

    ``patience``: how long it is tried.
    """

    attempts: int = 0
    first: dt.datetime | None = None
    dropped: int = 0
    patience: dt.timedelta = EXPIRES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is written of a try. ``due_at`` matters only for what is queued again.

    ``bounced``: the address does not exist.
    """

    delivery: int
    state: State
    cause: str = ""
    due_at: dt.datetime
    code: int | None = None
    enhanced: str = ""
    dropped: int = 0
    bounced: bool = False


def after_receipt(delivery: int, tries: Tries, receipt: Receipt, now: dt.datetime) -> Outcome:
    """Sent, tried again later, or failed (D12)."""
    code, enhanced = receipt.code, receipt.enhanced
    if receipt.accepted:
        return Outcome(delivery=delivery, state=State.SENT, due_at=now, code=code, enhanced=enhanced)
    if receipt.temporary:
        return _later(delivery, tries, "put off", now, receipt)
    bounced = receipt.of_recipient and blames_address(code, enhanced)
    return Outcome(
        delivery=delivery,
        state=State.FAILED,
        cause="refused",
        due_at=now,
        code=code,
        enhanced=enhanced,
        bounced=bounced,
    )


def after_drop(delivery: int, tries: Tries, error: ChannelError, now: dt.datetime, *, soon: bool = False) -> Outcome:
    """A connection was lost before the end of the message: it has not arrived. ``soon``: the letter is not to blame."""
    later = _later(delivery, tries, _cause(error), now)
    return replace(later, due_at=now + _SOON) if soon else later


def after_loss(delivery: int, tries: Tries, error: ChannelError, now: dt.datetime) -> Outcome:
    """A connection was lost after the end of the message, and nobody knows whether it arrived.

    It is sent again once, with the same Message-ID (RFC 5321, 4.5.3.2.6 and 6.1); then it is held.
    """
    state = State.UNKNOWN if tries.dropped else State.QUEUED
    return Outcome(delivery=delivery, state=state, cause=_cause(error), due_at=now + _SOON, dropped=1)


def never(delivery: int, cause: str, now: dt.datetime) -> Outcome:
    """It cannot be sent by anybody."""
    return Outcome(delivery=delivery, state=State.FAILED, cause=cause, due_at=now)


def _later(delivery: int, tries: Tries, cause: str, now: dt.datetime, receipt: Receipt | None = None) -> Outcome:
    wait = min(LONGEST_BACK_OFF, _FIRST_BACK_OFF * 2 ** min(tries.attempts, 10))
    later = Outcome(
        delivery=delivery,
        state=State.QUEUED,
        cause=cause,
        due_at=now + wait,
        code=receipt.code if receipt else None,
        enhanced=receipt.enhanced if receipt else "",
    )
    if tries.first is not None and now - tries.first >= tries.patience:
        return replace(later, state=State.FAILED, cause="expired")
    return later


def _cause(error: ChannelError) -> str:
    return "timeout" if isinstance(error, TimedOut) else "dropped"
