"""Single letters of the service, put into the store to be sent at most once (`tipsheet.store.tables.service_letter`).

They are queued in the transaction of what they tell of, so that there is neither a letter without its change nor a
change without its letter. The service sends them later, and empties ``recipient`` then.
"""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.letter_limits import Budget, counted_as, one_at_a_time, refusal, spent
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.audience.suppressions import suppression_of
from tipsheet.edition.service import MAILS, PublicIssue
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import service_letter

__all__ = ["READER_LIMIT", "enqueue", "forward"]

FORWARD = "forward"
"""The letter to a friend of a reader: it carries nobody's token."""
READER_LIMIT = 5
"""Letters to friends that a reader may ask for in a day; each asks our good name of somebody who did not."""


def enqueue(
    register: Register,
    mail: str,
    *,
    recipient: str,
    subscriber_id: int | None,
    signup_id: int | None = None,
    language: str = "",
    fields: Mapping[str, str] | None = None,
) -> None:
    """Queue a letter of the service; one that somebody else can ask for, after `letter_limits.refusal`.

    ``mail`` is its name in `MAILS`. ``subscriber_id`` is the reader whose token it carries, or who asked for it;
    ``signup_id`` what it asks to confirm. ``fields`` are values of its slots and hold no token: those are made when
    it is sent. Raises ValueError for a mail that there is not.
    """
    if mail not in MAILS:
        raise ValueError(f"the service has no letter '{mail}'")
    now, address = register.now, normalised(recipient)
    row = {
        "mail": mail,
        "recipient": recipient,
        "address": counted_as(register, address.norm) if isinstance(address, Address) else "",
        "subscriber_id": subscriber_id,
        "signup_id": signup_id,
        "language": language,
        "fields": dict(fields or {}),
        "message_key": register.secret.message_key(f"mail-{mail}", register.public_id()),
        "state": DeliveryState.QUEUED,
        "due_at": now,
        "at": now,
        "changed_at": now,
    }
    register.connection.execute(sa.insert(service_letter).values(row))


def forward(register: Register, someone: Subscriber, friend: Address, issue: PublicIssue, budget: Budget) -> bool:
    """Queue a letter with the title and the public address of an issue to a friend of a reader; False for none.

    None goes to whoever left, complained, was erased, bounced or reads anyway, to an address that had one this week,
    after `READER_LIMIT` in a day, nor when strangers have caused as many letters as they may.
    """
    one_at_a_time(register.connection)
    if not (_may(register, someone) and _welcome(register, friend)):
        return False
    if spent(register, budget) or refusal(register, FORWARD, friend):
        return False
    fields = {"issue_title": issue.title, "issue_url": issue.url}
    enqueue(register, FORWARD, recipient=friend.email, subscriber_id=someone.id, fields=fields)
    return True


def _may(register: Register, someone: Subscriber) -> bool:
    c = service_letter.c
    asked = sa.select(sa.func.count()).where(
        c.mail == FORWARD, c.subscriber_id == someone.id, c.at > register.now - dt.timedelta(days=1)
    )
    return int(register.connection.execute(asked).scalar_one()) < READER_LIMIT


def _welcome(register: Register, friend: Address) -> bool:
    connection = register.connection
    return suppression_of(connection, register.secret, friend) is None and find(connection, friend) is None
