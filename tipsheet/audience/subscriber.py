"""A subscriber as the store holds one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address, BadAddress, normalised
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Value
from tipsheet.store.people import subscriber, subscriber_tag, subscription, tag, topic

__all__ = ["BadAddressError", "NewSubscriber", "Subscriber", "UnknownSubscriberError", "address_of", "find", "known"]


class BadAddressError(TipsheetError):
    """What was given as an address is none."""

    exit_code = 2


class UnknownSubscriberError(TipsheetError):
    """Nobody with that address is in the store."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """Somebody who is to come into the store."""

    address: Address
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    frequency: str = "weekly"
    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody who is in the store; moments are in UTC."""

    id: int
    public_id: str
    email: str
    email_norm: str
    first_name: str
    last_name: str
    locale: str
    status: str
    frequency: str
    attributes: Mapping[str, Any]
    created_at: dt.datetime
    confirmed_at: dt.datetime | None
    changed_at: dt.datetime
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def address_of(text: str) -> Address:
    """The address that somebody typed; raises BadAddressError for what is none."""
    address = normalised(text)
    if isinstance(address, BadAddress):
        raise BadAddressError(str(address))
    return address


def find(connection: sa.Connection, address: Address) -> Subscriber | None:
    """The subscriber with this address."""
    row = connection.execute(sa.select(subscriber).where(subscriber.c.email_norm == address.norm)).mappings().first()
    if row is None:
        return None
    tags = sa.select(tag.c.name).join(subscriber_tag).where(subscriber_tag.c.subscriber_id == row["id"])
    topics = sa.select(topic.c.name).join(subscription).where(subscription.c.subscriber_id == row["id"])
    return Subscriber(
        **row,
        tags=tuple(sorted(connection.execute(tags).scalars())),
        topics=tuple(sorted(connection.execute(topics).scalars())),
    )


def known(connection: sa.Connection, address: Address) -> Subscriber:
    """The subscriber with this address; raises UnknownSubscriberError when there is none."""
    found = find(connection, address)
    if found is None:
        raise UnknownSubscriberError(
            f"nobody is subscribed as {address.email}", "look at the spelling; an address is held as it was given"
        )
    return found
