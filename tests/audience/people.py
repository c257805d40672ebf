"""Subscribers for tests: valid by default, with a secret, an hour and the same chance every time."""

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.consent import Entropy, Evidence
from tipsheet.audience.register import Register, open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import NewSubscriber, Subscriber
from tipsheet.audience.transitions import add
from tipsheet.store.tables import delivery, delivery_log, issue_edition, issue_send

SECRET = Secret("a-secret-for-tests-and-nothing-else")
NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
FORM = Evidence(
    source="https://sheet.example/subscribe/", form="subscribe", wording="Send me The Test Sheet.", ip="203.0.113.77"
)


def predictable() -> Entropy:
    """Bytes that are new each time and the same in each test."""
    count = itertools.count(1)
    return lambda size: next(count).to_bytes(size, "big")


def address(text: str) -> Address:
    found = normalised(text)
    assert isinstance(found, Address), found
    return found


def person(email: str = "Ada@example.org", **changes: object) -> NewSubscriber:
    fields = {"first_name": "Ada", "last_name": "Lovelace", "attributes": {"role": "manager", "city": "Toronto"}}
    return NewSubscriber(address=address(email), **{**fields, **changes})


@contextmanager
def changing(store: sa.Engine, now: dt.datetime = NOW, entropy: Entropy | None = None) -> Iterator[Register]:
    """The register of a store, open for a change."""
    with open_register(store, SECRET, now=now, **({"entropy": entropy} if entropy else {})) as register:
        yield register


def add_confirmed(store: sa.Engine, email: str = "Ada@example.org", **changes: object) -> Subscriber:
    """Put a confirmed subscriber into the store."""
    with changing(store) as register:
        return add(register, person(email, **changes), FORM, confirmed=True)


def write_delivery(connection: sa.Connection, someone: Subscriber, issue: str, state: str) -> None:
    """A row of the ledger, as sending leaves it."""
    send = connection.execute(sa.select(issue_send.c.id).where(issue_send.c.issue == issue)).scalar()
    if send is None:
        row = {"issue": issue, "content_sha256": "0" * 64, "state": "sending", "prepared_at": NOW, "changed_at": NOW}
        (send,) = connection.execute(sa.insert(issue_send).values(row)).inserted_primary_key
    row = {"send_id": send, "segments": str(someone.id), "content_sha256": "0" * 64, "mime_sha256": "0" * 64}
    (edition,) = connection.execute(sa.insert(issue_edition).values(row)).inserted_primary_key
    row = {
        "send_id": send, "subscriber_id": someone.id, "edition_id": edition, "recipient": someone.email,
        "state": state, "message_key": SECRET.message_key(issue, someone.public_id), "due_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    (number,) = connection.execute(sa.insert(delivery).values(row)).inserted_primary_key
    connection.execute(sa.insert(delivery_log).values(delivery_id=number, at=NOW, state=state))
