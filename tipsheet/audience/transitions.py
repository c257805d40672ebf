"""What can happen to a subscriber, each change with its event of consent, in one transaction.

::

    add ──► pending ── confirm ──► confirmed ── unsubscribe ──► unsubscribed ─┐
                                       ├─────── bounce ───────► bounced ──────┤ confirm, by the person
                                       └─────── complain ─────► complained ───┘ alone, leads back
    erase: from anywhere to nowhere

Whoever left is suppressed: the HMAC of the address stands in a list that outlives the row. `confirm`
is the only way off that list, because it is what a person does; nothing that an editor or a file
says about a person leads back.
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence, Kind, strip
from tipsheet.audience.enrolment import enrol
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import NewSubscriber, Subscriber, find, known
from tipsheet.audience.suppressions import Suppression, lift, suppress, suppression_of
from tipsheet.errors import TipsheetError
from tipsheet.store.columns import within
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery, import_change, issue_send, service_letter, signup, subscriber

__all__ = [
    "AlreadySubscribedError",
    "SuppressedError",
    "add",
    "bounce",
    "come_back",
    "complain",
    "confirm",
    "erase",
    "forget_deliveries",
    "unsubscribe",
]


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
    """The person says yes, whatever was before: they are confirmed, and suppressed no more."""
    lift(register.connection, register.secret, someone.email_norm)
    if someone.status == "confirmed":
        return someone
    now = register.now
    return _become(
        register, replace(someone, status="confirmed", confirmed_at=now, changed_at=now), Kind.CONFIRMED, evidence
    )


def come_back(register: Register, person: NewSubscriber, evidence: Evidence) -> Subscriber:
    """The person, who left or was erased, says yes again: a new row when there is none."""
    sum(enrol(register, [person], evidence, status="pending"))
    return confirm(register, known(register.connection, person.address), evidence)


def unsubscribe(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """The person leaves."""
    return _leave(register, someone, "unsubscribed", Kind.UNSUBSCRIBED, evidence)


def bounce(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """The address does not exist, as a server has said for good."""
    return _leave(register, someone, "bounced", Kind.BOUNCED, evidence)


def complain(register: Register, someone: Subscriber, evidence: Evidence) -> Subscriber:
    """The person has called it spam."""
    return _leave(register, someone, "complained", Kind.COMPLAINED, evidence)


def refuse(register: Register, address: Address, evidence: Evidence) -> None:
    """Never write to an address, whether anybody is known by it or not."""
    someone = find(register.connection, address)
    if someone is not None:
        unsubscribe(register, someone, evidence)
    if suppression_of(register.connection, register.secret, address) is None:
        why = Suppression(reason="unsubscribed", at=register.now)
        suppress(register.connection, register.secret, address.norm, why)


def erase(register: Register, someone: Subscriber) -> None:
    """Forget a person: of what was held only the suppression stays, and digests that say nothing (A8).

    Rows of the ledger stay without their address, since they count what was sent. What waits to be
    sent is skipped.
    """
    connection = register.connection
    register.note(Kind.ERASED, None, Evidence(source=""), strip(connection, someone.id))
    forget_deliveries(connection, [someone.id], "erased")
    theirs = (signup.c.subscriber_id == someone.id) | (signup.c.email_norm == someone.email_norm)
    connection.execute(sa.delete(signup).where(theirs))
    connection.execute(sa.delete(service_letter).where(service_letter.c.subscriber_id == someone.id))
    connection.execute(sa.delete(subscriber).where(subscriber.c.id == someone.id))
    suppress(connection, register.secret, someone.email_norm, Suppression(reason="erased", at=register.now))


def _leave(register: Register, someone: Subscriber, status: str, kind: Kind, evidence: Evidence) -> Subscriber:
    if someone.status == status:
        _touch(register, someone)
        return someone
    suppress(register.connection, register.secret, someone.email_norm, Suppression(reason=status, at=register.now))
    return _become(register, replace(someone, status=status, changed_at=register.now), kind, evidence)


def _touch(register: Register, someone: Subscriber) -> None:
    """They have left before, perhaps by a file; now they say it themselves, and no undo of an import unsays it."""
    connection = register.connection
    came = sa.update(subscriber).where(subscriber.c.id == someone.id, subscriber.c.import_id.is_not(None))
    connection.execute(came.values(import_id=None))
    connection.execute(sa.delete(import_change).where(import_change.c.subscriber_id == someone.id))


def _become(register: Register, someone: Subscriber, kind: Kind, evidence: Evidence) -> Subscriber:
    """Write down what they are now, and why."""
    register.note(kind, someone.id, evidence)
    register.connection.execute(
        sa.update(subscriber)
        .where(subscriber.c.id == someone.id)
        .values(status=someone.status, confirmed_at=someone.confirmed_at, changed_at=someone.changed_at)
    )
    return someone


def forget_deliveries(connection: sa.Connection, subscriber_ids: Sequence[int], cause: str) -> None:
    """Take the addresses of people who are removed from the ledger; what waits to be sent to them is skipped."""
    theirs = delivery.c.send_id.in_(sa.select(issue_send.c.id)) & within(
        connection, delivery.c.subscriber_id, subscriber_ids
    )
    waiting = delivery.c.state == DeliveryState.QUEUED
    connection.execute(sa.update(delivery).where(theirs, waiting).values(state=DeliveryState.SKIPPED, cause=cause))
    connection.execute(sa.update(delivery).where(theirs).values(recipient=""))
