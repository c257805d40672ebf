"""Transitions of a subscriber from one status to another, each with its event of consent, in one transaction.

::

    add ──► pending ── confirm ──► confirmed ── unsubscribe ──► unsubscribed ─┐
                                       ├─────── bounce ───────► bounced ──────┤ confirm, by the person
                                       └─────── complain ─────► complained ───┘ alone, leads back
    erase: from anywhere to nowhere

Whoever left is suppressed: the HMAC of the address stands in a list that outlives the row. `confirm` is the only way
off that list, because it is done by the person; nothing that an editor or a file says about a person leads back.
People unsubscribe by their address, by the token of a letter, in a list of both, or by a page that lets them undo it.
"""

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.consent import ConsentKind, Evidence, strip
from tipsheet.audience.register import Register, enrol
from tipsheet.audience.subscriber import (
    BadAddressError,
    NewSubscriber,
    Subscriber,
    Suppression,
    UnknownSubscriberError,
    UnknownTokenError,
    address_of,
    deliveries_to,
    find,
    known,
    known_by_token,
    lift,
    suppress,
    suppression_of,
    token_in,
)
from tipsheet.errors import TipsheetError
from tipsheet.store.columns import within
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import consent_event, delivery, import_change, service_letter, signup, subscriber

__all__ = [
    "AlreadySubscribedError", "NotFound", "SuppressedError", "add", "bounce", "can_undo", "complain", "confirm",
    "erase", "forget_deliveries", "resubscribe", "undo_unsubscribe", "unsubscribe", "unsubscribe_all", "unsubscribe_by",
    "unsubscribe_by_page", "unsubscribe_lines", "unsubscribe_together",
]  # fmt: skip

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


class AlreadySubscribedError(TipsheetError):
    """The address is in the store."""

    exit_code = 2


class SuppressedError(TipsheetError):
    """The address left, bounced, complained or was erased, and only its owner leads back."""

    exit_code = 2


def add(register: Register, person: NewSubscriber, evidence: Evidence, *, confirmed: bool = False) -> Subscriber:
    """Put a person into the store, pending, or confirmed when there is evidence of it already.

    Somebody who is there and pending can be confirmed this way too. Raises AlreadySubscribedError,
    or SuppressedError for whoever does not want to be there.
    """
    suppression = suppression_of(register.connection, register.secret, person.address)
    if suppression is not None:
        raise SuppressedError(
            f"{person.address.email} is not to be written to: {suppression.reason} on {suppression.at:%Y-%m-%d}",
            "if they have asked to come back, and you can prove it, say so with --reconfirmed",
        )
    new = sum(enrol(register, [person], evidence, status="confirmed" if confirmed else "pending"))
    someone = known(register.connection, person.address)
    if new:
        return someone
    if confirmed and someone.status == "pending":
        return confirm(register, someone, evidence)
    raise AlreadySubscribedError(
        f"{someone.email} is there already, {someone.status}", f"see: tipsheet subscribers show {someone.email}"
    )


def confirm(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Confirm a person who says yes, whatever was before; they are suppressed no more."""
    lift(register.connection, register.secret, someone.email_norm)
    if someone.status == "confirmed":
        return someone
    changed = replace(someone, status="confirmed", confirmed_at=register.now, changed_at=register.now)
    register.change(changed, ("status", "confirmed_at"), ConsentKind.CONFIRMED, evidence)
    return changed


def resubscribe(register: Register, person: NewSubscriber, evidence: Evidence) -> Subscriber:
    """Confirm a person who left or was erased and says yes again; a new row when there is none."""
    sum(enrol(register, [person], evidence, status="pending"))
    return confirm(register, known(register.connection, person.address), evidence)


def unsubscribe(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Unsubscribe a person."""
    return _leave(register, someone, "unsubscribed", ConsentKind.UNSUBSCRIBED, evidence)


def unsubscribe_together(register: Register, asked: Sequence[tuple[str, Evidence]]) -> None:
    """Unsubscribe the readers with these public ids, each with its evidence; ids of nobody are passed over.

    Many take as many statements as one: readers who leave at once wait for each of them.
    """
    c, connection = subscriber.c, register.connection
    theirs = within(connection, c.public_id, sorted({public_id for public_id, _ in asked}))
    rows = connection.execute(sa.select(c.public_id, c.id, c.email_norm, c.status).where(theirs))
    people = {row.public_id: row for row in rows}
    leaving: dict[int, tuple[int, str, Evidence]] = {}
    again: list[int] = []
    for public_id, evidence in asked:
        row = people.get(public_id)
        if row is not None and (row.status == "unsubscribed" or row.id in leaving):
            again.append(row.id)
        elif row is not None:
            leaving[row.id] = (row.id, row.email_norm, evidence)
    _write_left(register, list(leaving.values()), "unsubscribed", ConsentKind.UNSUBSCRIBED)
    for who in again:
        _touch(register, who)


def bounce(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Note that the address does not exist, as a server has said for good."""
    return _leave(register, someone, "bounced", ConsentKind.BOUNCED, evidence)


def complain(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Note that the person has called a letter spam."""
    return _leave(register, someone, "complained", ConsentKind.COMPLAINED, evidence)


def refuse(register: Register, address: Address, evidence: Evidence) -> None:
    """Suppress an address, whether a subscriber has it or not."""
    someone = find(register.connection, address)
    if someone is not None:
        unsubscribe(register, someone, evidence)
    if suppression_of(register.connection, register.secret, address) is None:
        suppress(register.connection, register.secret, [address.norm], _why(register, "unsubscribed"))


def erase(register: Register, someone: Subscriber) -> None:
    """Forget a person: of what was held only the suppression stays, and digests that say nothing (A8).

    Rows of the ledger stay without their address, since they count what was sent. What waits to be
    sent is skipped.
    """
    connection = register.connection
    stripped = strip(connection, someone.id)  # the event names them, so that nothing is stripped unseen
    register.note(ConsentKind.ERASED, None, Evidence(source=""), stripped)
    forget_deliveries(connection, [someone.id], "erased")
    theirs = (signup.c.subscriber_id == someone.id) | (signup.c.email_norm == someone.email_norm)
    connection.execute(sa.delete(signup).where(theirs))
    connection.execute(sa.delete(service_letter).where(service_letter.c.subscriber_id == someone.id))
    connection.execute(sa.delete(subscriber).where(subscriber.c.id == someone.id))
    suppress(connection, register.secret, [someone.email_norm], _why(register, "erased"))


def _leave(register: Register, someone: Subscriber, status: str, kind: ConsentKind, evidence: Evidence) -> Subscriber:
    if someone.status == status:
        _touch(register, someone.id)
        return someone
    _write_left(register, [(someone.id, someone.email_norm, evidence)], status, kind)
    return replace(someone, status=status, changed_at=register.now)


_LEFT = (
    sa.update(subscriber)
    .where(subscriber.c.id == sa.bindparam("who"))
    .values(status=sa.bindparam("becomes"), changed_at=sa.bindparam("now"))
)


def _write_left(
    register: Register, people: Sequence[tuple[int, str, Evidence]], status: str, kind: ConsentKind
) -> None:
    """Suppress people and write down what they are now, and why; each is an id, an address and the evidence."""
    if not people:
        return
    suppress(register.connection, register.secret, [norm for _, norm, _ in people], _why(register, status))
    register.note_all([(kind, who, evidence) for who, _, evidence in people])
    rows = [{"who": who, "becomes": status, "now": register.now} for who, _, _ in people]
    register.connection.execute(_LEFT, rows)


def _why(register: Register, reason: str) -> Suppression:
    return Suppression(reason=reason, at=register.now)


def _touch(register: Register, subscriber_id: int) -> None:
    """Keep what is known of somebody who left before, perhaps by a file: now no undo of an import takes it back."""
    connection = register.connection
    came = sa.update(subscriber).where(subscriber.c.id == subscriber_id, subscriber.c.import_id.is_not(None))
    connection.execute(came.values(import_id=None))
    connection.execute(sa.delete(import_change).where(import_change.c.subscriber_id == subscriber_id))


def forget_deliveries(connection: sa.Connection, subscriber_ids: Sequence[int], cause: str) -> None:
    """Remove the addresses of erased people from the ledger; letters that wait to be sent to them are skipped."""
    theirs = deliveries_to(within(connection, delivery.c.subscriber_id, subscriber_ids))
    waiting = delivery.c.state == DeliveryState.QUEUED
    connection.execute(sa.update(delivery).where(theirs, waiting).values(state=DeliveryState.SKIPPED, cause=cause))
    connection.execute(sa.update(delivery).where(theirs).values(recipient=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """A line that names nobody; ``reason`` holds nothing of the line."""

    line: int
    reason: str


def unsubscribe_by(register: Register, who: str, evidence: Evidence) -> Subscriber:
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


def unsubscribe_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The addresses and tokens of a file with their lines, from 1; empty lines and ``# comments`` are passed over."""
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("\ufeff")
        if text and not text.startswith("#"):
            yield number, text


def unsubscribe_all(
    opened: Callable[[], AbstractContextManager[Register]],
    who: Iterable[tuple[int, str]],
    evidence: Evidence,
    *,
    steady: Callable[[], float] = time.monotonic,
) -> Iterator[Subscriber | NotFound]:
    """Unsubscribe each; yield the subscriber, or the reason for which a line names nobody.

    One transaction does as many as it can in `HOLD` seconds, so that readers can unsubscribe by themselves meanwhile;
    when the list breaks off, those before it are unsubscribed.
    """
    lines = iter(who)
    while waiting := deque(islice(lines, BATCH)):  # read before anything is held: who writes the list may be slow
        while waiting:
            found: list[Subscriber | NotFound] = []
            with opened() as register:
                until = steady() + HOLD
                while waiting and (not found or steady() < until):
                    line, text = waiting.popleft()
                    found.append(_unsubscribe_line(register, line, text, evidence))
            yield from found


def _unsubscribe_line(register: Register, line: int, text: str, evidence: Evidence) -> Subscriber | NotFound:
    try:
        return unsubscribe_by(register, text, evidence)
    except tuple(REASONS) as error:
        return NotFound(line=line, reason=REASONS[type(error)])


def unsubscribe_by_page(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """Unsubscribe the reader who pressed the button of the page; a subscriber may undo it."""
    form = PAGE if someone.status == "confirmed" else PAGE_OF_OTHERS
    return unsubscribe(register, someone, replace(evidence, form=form))


def undo_unsubscribe(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber | None:
    """Subscribe again a reader who left by mistake a moment ago; None when that is not so."""
    return confirm(register, someone, evidence) if can_undo(register, someone) else None


def can_undo(register: Register, someone: Subscriber) -> bool:
    """True when the last event of this reader was to unsubscribe by the page, as a subscriber, within `UNDO_WITHIN`."""
    if someone.status != "unsubscribed":
        return False
    events = sa.select(consent_event).where(consent_event.c.subscriber_id == someone.id)
    last = register.connection.execute(events.order_by(consent_event.c.id.desc()).limit(1)).one()
    return (last.kind, last.form) == (ConsentKind.UNSUBSCRIBED, PAGE) and last.at > register.now - UNDO_WITHIN
