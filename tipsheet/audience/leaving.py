"""Leaving: whoever an address or the token of a letter names, one or a list of them; and by a page, with its undo."""

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from tipsheet.audience.consent import Evidence, Kind
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import (
    BadAddressError,
    Subscriber,
    UnknownSubscriberError,
    UnknownTokenError,
    address_of,
    known,
    known_by_token,
    token_in,
)
from tipsheet.audience.transitions import confirm, unsubscribe
from tipsheet.errors import TipsheetError
from tipsheet.store.tables import consent_event

__all__ = ["NotFound", "can_undo", "leave", "leave_all", "leave_by_page", "undo", "wishes"]

BATCH = 100
"""Lines of a list that are read at a time."""
HOLD = 0.1
"""Seconds for which a list keeps everybody else from leaving, however slow the database is."""
UNDO_WITHIN = dt.timedelta(hours=1)
PAGE, PAGE_OF_OTHERS = "leave", "leave, not subscribed"
"""Names of the form in the evidence of who left by the page: a subscriber, and one who was none at that time."""

REASONS: Mapping[type[TipsheetError], str] = {
    UnknownTokenError: "no reader is known by this token",
    UnknownSubscriberError: "nobody is subscribed by this address",
    BadAddressError: "neither an address nor a token",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """A line that names nobody; ``reason`` holds nothing of the line."""

    line: int
    reason: str


def leave(register: Register, who: str, evidence: Evidence) -> Subscriber:
    """Unsubscribe the reader that an address or a token names.

    Raises UnknownTokenError, UnknownSubscriberError and BadAddressError.
    """
    token = token_in(who)
    someone = (
        known_by_token(register.connection, register.secret, token)
        if token
        else known(register.connection, address_of(who))
    )
    return unsubscribe(register, someone, evidence)


def wishes(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The addresses and tokens of a file with their lines, from 1; empty lines and ``# comments`` are passed over."""
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if text and not text.startswith("#"):
            yield number, text


def leave_all(
    opened: Callable[[], AbstractContextManager[Register]],
    who: Iterable[tuple[int, str]],
    evidence: Evidence,
    *,
    steady: Callable[[], float] = time.monotonic,
) -> Iterator[Subscriber | NotFound]:
    """Unsubscribe each, and give who it was, or why a line names nobody.

    As many in one transaction as are done in `HOLD`, for which the register is opened: readers leave
    by themselves meanwhile, and what was done when the list breaks off is done.
    """
    lines = iter(who)
    while waiting := deque(islice(lines, BATCH)):  # read before anything is held: who writes the list may be slow
        while waiting:
            found: list[Subscriber | NotFound] = []
            with opened() as register:
                until = steady() + HOLD
                while waiting and (not found or steady() < until):
                    line, text = waiting.popleft()
                    found.append(_leave_line(register, line, text, evidence))
            yield from found


def _leave_line(register: Register, line: int, text: str, evidence: Evidence) -> Subscriber | NotFound:
    try:
        return leave(register, text, evidence)
    except tuple(REASONS) as error:
        return NotFound(line=line, reason=REASONS[type(error)])


def leave_by_page(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Unsubscribe the reader who pressed the button of the page; a subscriber may undo it."""
    form = PAGE if someone.status == "confirmed" else PAGE_OF_OTHERS
    return unsubscribe(register, someone, replace(evidence, form=form))


def undo(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber | None:
    """Subscribe again a reader who left by mistake a moment ago; None when that is not so."""
    return confirm(register, someone, evidence) if can_undo(register, someone) else None


def can_undo(register: Register, someone: Subscriber) -> bool:
    """Whether the last thing this reader did was to leave by the page, as a subscriber, within `UNDO_WITHIN`."""
    if someone.status != "unsubscribed":
        return False
    events = sa.select(consent_event).where(consent_event.c.subscriber_id == someone.id)
    last = register.connection.execute(events.order_by(consent_event.c.id.desc()).limit(1)).one()
    return (last.kind, last.form) == (Kind.UNSUBSCRIBED, PAGE) and last.at > register.now - UNDO_WITHIN
