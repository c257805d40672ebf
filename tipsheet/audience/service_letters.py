"""Single letters of the service, put into the store to be sent at most once (`tipsheet.store.service.service_letter`).

They are queued in the transaction of what they tell of, so that there is neither a letter without its change nor a
change without its letter. The service sends them later, and empties ``recipient`` then.
"""

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.letter_limits import counted_as
from tipsheet.audience.register import Register
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.audience.suppressions import suppression_of
from tipsheet.edition.service import MAILS, PublicIssue
from tipsheet.store.service import service_letter

__all__ = ["FORWARD", "READER_LIMIT", "REST", "enqueue", "forward"]

FORWARD = "forward"
"""The letter to a friend of a reader: it carries nobody's token."""
READER_LIMIT = 5
"""Letters to friends that a reader may ask for in a day; each asks our good name of somebody who did not."""
REST = 7
"""Days in which an address gets one letter from friends, whoever they are."""
_DAY = dt.timedelta(days=1)


def enqueue(
    register: Register,
    mail: str,
    *,
    recipient: str,
    subscriber_id: int | None,
    signup_id: int | None = None,
    language: str = "",
    fields: Mapping[str, str] | None = None,
) -> int:
    """Queue a letter of the service and return its number.

    ``mail`` is its name in `MAILS`. ``subscriber_id`` is the reader whose token it carries, or who asked for it;
    ``signup_id`` what it asks to confirm. ``fields`` are values of its slots and hold no token: those are made when
    it is sent. Raises ValueError for a mail that there is not.
    """
    if mail not in MAILS:
        raise ValueError(f"the service has no letter '{mail}'")
    return _insert(
        register,
        mail=mail,
        recipient=recipient,
        subscriber_id=subscriber_id,
        signup_id=signup_id,
        language=language,
        fields=dict(fields or {}),
        message_key=register.secret.message_key(f"mail-{mail}", register.public_id()),
    )


def forward(register: Register, someone: Subscriber, friend: Address, issue: PublicIssue) -> bool:
    """Queue a letter with the public address of an issue to a friend of a reader; False when none goes.

    None goes to whoever left, complained, was erased or bounced, to who reads anyway, to an address that had such a
    letter in the last `REST` days, nor after `READER_LIMIT` in a day. Nothing but the title and the address of the
    issue is in it. The key of the letter is made of the address and the day, so that the next one is recognised
    when the address is forgotten.
    """
    recent = service_letter.c.at > register.now - _DAY
    asked = sa.select(sa.func.count()).where(
        service_letter.c.mail == FORWARD, service_letter.c.subscriber_id == someone.id, recent
    )
    if register.connection.execute(asked).scalar_one() >= READER_LIMIT or not _welcome(register, friend):
        return False
    _insert(
        register,
        mail=FORWARD,
        recipient=friend.email,
        subscriber_id=someone.id,
        fields={"issue_title": issue.title, "issue_url": issue.url},
        message_key=_key(register, friend, register.now),
    )
    return True


def _welcome(register: Register, friend: Address) -> bool:
    connection = register.connection
    keys = [_key(register, friend, register.now - day * _DAY) for day in range(REST)]
    had = sa.select(service_letter.c.id).where(service_letter.c.message_key.in_(keys))
    return (
        suppression_of(connection, register.secret, friend) is None
        and find(connection, friend) is None
        and connection.execute(had).first() is None
    )


def _key(register: Register, friend: Address, day: dt.datetime) -> str:
    return register.secret.message_key(f"{FORWARD} {day.astimezone(dt.UTC):%Y-%m-%d}", friend.norm)


def _insert(register: Register, *, recipient: str, **values: object) -> int:
    now, address = register.now, normalised(recipient)
    counted = counted_as(register, address.norm) if isinstance(address, Address) else ""
    row = {"state": "queued", "due_at": now, "at": now, "changed_at": now, "address": counted, "recipient": recipient}
    (number,) = register.connection.execute(sa.insert(service_letter).values({**row, **values})).inserted_primary_key  # type: ignore[misc]
    return int(number)
