"""Subscribers as the store holds them, and the list of suppressed addresses.

A suppressed address must not be written to. It is known by its HMAC alone, so that the list outlives the people in it.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import sqlalchemy as sa

from tipsheet.audience.address import Address, BadAddress, normalised
from tipsheet.audience.secret import Secret
from tipsheet.errors import TipsheetError
from tipsheet.model.frequency import EVERY
from tipsheet.model.segment import Value
from tipsheet.store.columns import within
from tipsheet.store.tables import (
    delivery,
    issue_send,
    subscriber,
    subscriber_tag,
    subscription,
    suppression,
    tag,
    topic,
)

__all__ = [
    "LABELS", "BadAddressError", "NewSubscriber", "Subscriber", "Suppression", "UnknownSubscriberError",
    "UnknownTokenError", "address_of", "deliveries_to", "find", "find_by", "known", "known_by_token", "lift",
    "names_of", "suppress", "suppressed", "suppressed_macs", "suppression_of", "token_in",
]  # fmt: skip

TOKEN = re.compile(r"(?<![a-z0-9])[a-z2-7]{32}(?:[a-z2-7]{2})?(?![a-z0-9])", re.IGNORECASE)


class BadAddressError(TipsheetError):
    """The text is not an address."""

    exit_code = 2


class UnknownSubscriberError(TipsheetError):
    """Nobody with that address is in the store."""

    exit_code = 2


class UnknownTokenError(TipsheetError):
    """A token that no letter from here carries, or whose reader was erased; which of both is not told."""

    exit_code = 2


class LabelTables(NamedTuple):
    """Tables of tags or of topics: the names, and the links that say in a column ``key`` who has which."""

    names: sa.Table
    links: sa.Table
    key: sa.Column[Any]


LABELS: Mapping[str, LabelTables] = {
    "tags": LabelTables(tag, subscriber_tag, subscriber_tag.c.tag_id),
    "topics": LabelTables(topic, subscription, subscription.c.topic_id),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """A person to be added to the store."""

    address: Address
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    frequency: str = EVERY
    attributes: Mapping[str, Value] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A subscriber in the store; moments are in UTC."""

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
    paused_until: dt.datetime | None = None
    calendar_id: str | None = None
    import_id: int | None = None
    """The import that brought them."""
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def address_of(text: str) -> Address:
    """The address that somebody typed; raises BadAddressError for what is none."""
    address = normalised(text)
    if isinstance(address, BadAddress):
        raise BadAddressError(str(address))
    return address


def token_in(text: str) -> str:
    """Find the token in a reader's wish to unsubscribe; empty for an address of a person or anything else.

    ``unsubscribe TOKEN`` as the subject of a mail, the address of the page, or the token alone.
    """
    if "@" in text and "://" not in text and not text.lower().startswith("mailto:"):
        return ""
    found = TOKEN.findall(unquote(text))
    return found[-1].lower() if found else ""


def known_by_token(connection: sa.Connection, secret: Secret, token: str) -> Subscriber:
    """The subscriber whose letters carry this token; raises UnknownTokenError."""
    public_id = secret.public_id(token)
    row = _first(connection, subscriber.c.public_id == public_id) if public_id else None
    if row is None:
        hint = "copy all 32 letters and digits of it, from the letter's List-Unsubscribe or the subject of the answer"
        raise UnknownTokenError("no reader is known by this token", hint)
    return row


def find(connection: sa.Connection, address: Address) -> Subscriber | None:
    """The subscriber with this address."""
    return _first(connection, subscriber.c.email_norm == address.norm)


def find_by(connection: sa.Connection, **columns: object) -> Subscriber | None:
    """The subscriber with these values in columns that only one can have, such as ``id=7``."""
    return _first(connection, sa.and_(*(subscriber.c[name] == value for name, value in columns.items())))


_NAMES = sa.union_all(  # one question instead of two, put together once: readers who leave at once wait for each
    *(
        sa.select(sa.literal(kind, sa.Text).label("kind"), names.c.name)
        .join_from(names, links)
        .where(links.c.subscriber_id == sa.bindparam("who"))
        for kind, (names, links, _) in LABELS.items()
    )
)


def _first(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Subscriber | None:
    row = connection.execute(sa.select(subscriber).where(which)).mappings().first()
    if row is None:
        return None
    names: dict[str, list[str]] = {"tags": [], "topics": []}
    for kind, name in connection.execute(_NAMES, {"who": row["id"]}):
        names[kind].append(name)
    return Subscriber(**row, tags=tuple(sorted(names["tags"])), topics=tuple(sorted(names["topics"])))


def names_of(connection: sa.Connection, kind: str, ids: Collection[int]) -> dict[int, set[str]]:
    """Names of the tags or topics of some subscribers, by their numbers; ``kind`` is one of `LABELS`."""
    names, links, key = LABELS[kind]
    query = sa.select(links.c.subscriber_id, names.c.name).join_from(links, names, key == names.c.id)
    found: dict[int, set[str]] = {}
    for number, name in connection.execute(query.where(within(connection, links.c.subscriber_id, ids))):
        found.setdefault(number, set()).add(name)
    return found


def deliveries_to(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The condition of deliveries to some subscribers; it names the issues, with which the index of them begins."""
    return delivery.c.send_id.in_(sa.select(issue_send.c.id)) & which


def known(connection: sa.Connection, address: Address) -> Subscriber:
    """The subscriber with this address; raises UnknownSubscriberError when there is none."""
    found = find(connection, address)
    if found is None:
        raise UnknownSubscriberError(
            f"nobody is subscribed as {address.email}", "look at the spelling; an address is held as it was given"
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A suppression since a moment; ``reason`` is ``unsubscribed``, ``bounced``, ``complained`` or ``erased``."""

    reason: str
    at: dt.datetime


def suppression_of(connection: sa.Connection, secret: Secret, address: Address) -> Suppression | None:
    """The suppression of an address; None when it may be written to."""
    query = sa.select(suppression.c.reason, suppression.c.at)
    row = connection.execute(query.where(suppression.c.email_hmac == secret.suppression(address.norm))).first()
    return Suppression(reason=row.reason, at=row.at) if row else None


def suppressed(connection: sa.Connection, secret: Secret, norms: Iterable[str]) -> frozenset[str]:
    """Those of a few thousand normalised addresses that are suppressed: they left, or were erased."""
    if connection.execute(sa.select(suppression.c.email_hmac).limit(1)).first() is None:
        return frozenset()  # without a MAC of each
    macs = {secret.suppression(norm): norm for norm in norms}
    return frozenset(macs[mac] for mac in suppressed_macs(connection, macs))


def suppressed_macs(connection: sa.Connection, macs: Collection[str]) -> list[str]:
    """Those of the MACs that are in the suppression list."""
    if not macs:
        return []
    query = sa.select(suppression.c.email_hmac).where(within(connection, suppression.c.email_hmac, macs))
    return list(connection.execute(query).scalars())


def suppress(connection: sa.Connection, secret: Secret, norms: Iterable[str], why: Suppression) -> None:
    """Put addresses on the list, with their newest reason."""
    macs = [secret.suppression(norm) for norm in norms]
    connection.execute(_LIFT, [{"mac": mac} for mac in macs])
    connection.execute(
        sa.insert(suppression), [{"email_hmac": mac, "reason": why.reason, "at": why.at} for mac in macs]
    )


def lift(connection: sa.Connection, secret: Secret, email_norm: str) -> None:
    """Take an address from the list."""
    connection.execute(_LIFT, {"mac": secret.suppression(email_norm)})


_LIFT = sa.delete(suppression).where(suppression.c.email_hmac == sa.bindparam("mac"))
