"""Outcomes of a try to send a message: what follows from the answer of a server, or from a lost connection."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, assert_never

from tipsheet.delivery.answers import About, impersonal, verdict_of
from tipsheet.delivery.channel import ChannelError, Receipt, Stage, TimedOut
from tipsheet.store.states import DeliveryState

__all__ = ["EXPIRES", "LONGEST_BACK_OFF", "Outcome", "Tries", "after_drop", "after_loss", "after_receipt", "never"]


EXPIRES = dt.timedelta(hours=48)
"""How long a message is tried by default, counted from the first try (D12)."""

LONGEST_BACK_OFF = dt.timedelta(hours=4)
_FIRST_BACK_OFF = dt.timedelta(minutes=5)
_SOON = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Tries:
    """Earlier tries: their number, the first one, and the connections lost after the end of the message was sent.

    ``patience``: how long it is tried.
    """

    attempts: int = 0
    first: dt.datetime | None = None
    dropped: int = 0
    patience: dt.timedelta = EXPIRES


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of a try, as it is written. ``due_at`` matters only for what is queued again.

    ``bounced``: the address does not exist. ``tried``: it counts as a try of this letter. ``words`` are the server's,
    without addresses.
    """

    delivery: int
    state: DeliveryState
    cause: str = ""
    due_at: dt.datetime
    code: int | None = None
    enhanced: str = ""
    dropped: int = 0
    bounced: bool = False
    tried: bool = True
    words: str = ""


def after_receipt(delivery: int, tries: Tries, receipt: Receipt, now: dt.datetime, *, recipient: str = "") -> Outcome:
    """The outcome of an answer: sent, tried again later, or failed (D12).

    An answer that is not about this reader or this letter costs it nothing: it is queued as it was (D25, D26). A
    refusal of us that comes after MAIL FROM may be about one reader all the same; then the letter is put off.
    """
    code, enhanced = receipt.code, receipt.enhanced
    if receipt.accepted:
        return Outcome(delivery=delivery, state=DeliveryState.SENT, due_at=now, code=code, enhanced=enhanced)
    verdict = verdict_of(receipt)
    told: dict[str, Any] = {
        "code": code,
        "enhanced": enhanced,
        "words": impersonal(receipt.text, recipient, recipient.partition("@")[0]),
    }
    match verdict.about:
        case About.PACE | About.SERVER:
            return _as_it_was(delivery, verdict.cause, now, told)
        case About.US:
            if receipt.stage is Stage.MAIL:
                return _as_it_was(delivery, verdict.cause, now, told)
            return _later(delivery, tries, verdict.cause, now, told)
        case About.READER | About.LETTER:
            if receipt.temporary:
                return _later(delivery, tries, verdict.cause, now, told)
            return Outcome(
                delivery=delivery,
                state=DeliveryState.FAILED,
                cause=verdict.cause,
                due_at=now,
                bounced=verdict.bounced,
                **told,
            )
        case _:
            assert_never(verdict.about)


def _as_it_was(delivery: int, cause: str, now: dt.datetime, told: Mapping[str, Any]) -> Outcome:
    """Queued again, behind the letters that were not tried yet."""
    return Outcome(delivery=delivery, state=DeliveryState.QUEUED, cause=cause, due_at=now + _SOON, tried=False, **told)


def after_drop(delivery: int, tries: Tries, error: ChannelError, now: dt.datetime, *, soon: bool = False) -> Outcome:
    """A connection was lost before the end of the message: it has not arrived. ``soon``: the letter is not to blame."""
    later = _later(delivery, tries, _cause(error), now)
    return replace(later, due_at=now + _SOON) if soon else later


def after_loss(delivery: int, tries: Tries, error: ChannelError, now: dt.datetime) -> Outcome:
    """The outcome when a connection was lost after the end of the message: nobody knows whether it arrived.

    It is sent again once, with the same Message-ID (RFC 5321, 4.5.3.2.6 and 6.1); then it stays unknown.
    """
    state = DeliveryState.UNKNOWN if tries.dropped else DeliveryState.QUEUED
    return Outcome(delivery=delivery, state=state, cause=_cause(error), due_at=now + _SOON, dropped=1)


def never(delivery: int, cause: str, now: dt.datetime) -> Outcome:
    """It cannot be sent by anybody."""
    return Outcome(delivery=delivery, state=DeliveryState.FAILED, cause=cause, due_at=now)


def _later(
    delivery: int, tries: Tries, cause: str, now: dt.datetime, told: Mapping[str, Any] = MappingProxyType({})
) -> Outcome:
    wait = min(LONGEST_BACK_OFF, _FIRST_BACK_OFF * 2 ** min(tries.attempts, 10))
    later = Outcome(delivery=delivery, state=DeliveryState.QUEUED, cause=cause, due_at=now + wait, **told)
    if tries.first is not None and now - tries.first >= tries.patience:
        return replace(later, state=DeliveryState.FAILED, cause="expired")
    return later


def _cause(error: ChannelError) -> str:
    return "timeout" if isinstance(error, TimedOut) else "dropped"
