"""Personal data: a description of every table and column that speaks of a reader, and all that is held about one.

The description is for readers and for whoever publishes; a test compares it with the tables, so that a column which
is added one day is described as well. Tables that speak of nobody (rates, counts, locks) are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.secret import Secret, recognise
from tipsheet.audience.subscriber import Subscriber, Suppression, find, suppression_of
from tipsheet.store.tables import (
    METADATA,
    bounce_report,
    consent_event,
    delivery,
    delivery_log,
    hook_event,
    import_change,
    issue_send,
    service_letter,
    signup,
    wording,
)

__all__ = ["KEPT", "Dossier", "Kept", "dossier_of", "personal_tables"]

POINTERS = ("subscriber_id", "delivery_id", "email", "email_hmac")
"""Columns by which a row is about one reader."""
SHARED = ("tag", "topic", "wording")
"""Tables of texts that readers' rows point at; a text is about nobody by itself."""
NUMBER = "a number of the row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a table keeps about a reader, until when, and its columns."""

    about: str
    until: str
    columns: Mapping[str, str]


def personal_tables() -> frozenset[str]:
    """Names of all tables whose rows are about one reader."""
    return frozenset(name for name, table in METADATA.tables.items() if any(column in table.c for column in POINTERS))


ERASED = "you are erased"
KEPT: Mapping[str, Kept] = {
    "subscriber": Kept(
        about="You, as a reader",
        until=ERASED,
        columns={
            "id": NUMBER, "public_id": "sixteen random letters, from which the token in your letters is made",
            "email": "your address", "email_norm": "the same in small letters, to find you by",
            "first_name": "your first name, if you gave one", "last_name": "your last name, if you gave one",
            "locale": "your language, if it is known",
            "status": "pending, confirmed, unsubscribed, bounced or complained",
            "frequency": "how often you want letters", "attributes": "facts that segments are made of",
            "created_at": "when you came", "confirmed_at": "when you confirmed", "changed_at": "when this row changed",
            "paused_until": "the end of a pause that you asked for",
            "calendar_id": "sixteen random letters, from which the address of your calendar is made",
            "import_id": "the import that brought you, if one did",
        },
    ),
    "subscriber_tag": Kept(
        about="Tags that you have", until=ERASED, columns={"subscriber_id": "whose it is", "tag_id": "which tag"}
    ),
    "subscription": Kept(
        about="Topics that you chose", until=ERASED, columns={"subscriber_id": "whose it is", "topic_id": "which topic"}
    ),
    "consent_event": Kept(
        about="What you agreed to, chose or ended, one row for each time",
        until=f"{ERASED}; then a number and digests stay, which say nothing",
        columns={
            "id": "its place in the record", "subscriber_id": "whose it is", "kind": "what happened",
            "at": "when", "form": "by which form", "wording_sha256": "which words you read",
            "source": "the address of the form, or the file", "ip": "your network, never your whole IP address",
            "erases": "for an erasure, which events were emptied", "salt": "a random number for the digest",
            "digest": "a digest of all this", "previous_hash": "the hash of the event before", "hash": "its own hash",
        },
    ),
    "signup": Kept(
        about="What you asked for and have not confirmed yet",
        until="you confirm it, or seven days have passed",
        columns={
            "id": NUMBER, "public_id": "sixteen random letters, from which the token to confirm is made",
            "kind": "to subscribe, or another address", "subscriber_id": "whose other address it is",
            "email": "the address", "email_norm": "the same in small letters", "first_name": "your first name",
            "last_name": "your last name", "locale": "your language", "choices": "what you chose",
            "form": "which form", "wording": "the words that you agreed to", "source": "the address of the form",
            "ip": "your network, never your whole IP address", "proof": "which calculation your browser has done",
            "state": "how far it is", "cause": "why no letter goes", "at": "when",
        },
    ),
    "service_letter": Kept(
        about="Single letters to you, such as the one that asks to confirm",
        until=f"30 days after it went, or {ERASED}; the address in it until it was sent",
        columns={
            "id": NUMBER, "mail": "which letter", "language": "in which language", "signup_id": "what it asks for",
            "subscriber_id": "whose it is", "recipient": "the address, until it was sent",
            "address": "a digest of the address under a secret, to count letters by",
            "fields": "title and address of the issue that you passed on", "message_key": "its Message-ID",
            "state": "what became of it", "cause": "why", "attempts": "how often it was tried",
            "due_at": "when it goes", "at": "when it was asked for", "changed_at": "when this changed",
        },
    ),
    "delivery": Kept(
        about="Which issues you were sent",
        until=f"the publication ends; the address in it until {ERASED}",
        columns={
            "id": NUMBER, "send_id": "which issue", "subscriber_id": "to whom", "edition_id": "for which segments",
            "recipient": "to which address", "message_key": "its Message-ID", "state": "what became of it",
            "cause": "why", "attempts": "how often it was tried", "dropped": "how often the connection broke",
            "owner": "which program sends it", "first_tried_at": "when it was first tried", "due_at": "when it goes",
            "smtp_code": "the number in the mail server's answer", "enhanced": "its exact meaning (RFC 3463)",
            "changed_at": "when this changed",
        },
    ),
    "delivery_log": Kept(
        about="What happened to each of these letters, in order; without your address",
        until="the publication ends",
        columns={
            "id": NUMBER, "delivery_id": "which letter", "at": "when", "state": "what", "note": "in words",
        },
    ),
    "bounce_report": Kept(
        about="Reports of letters that came back; without your address",
        until="the publication ends",
        columns={
            "digest": "a digest of the report, so that it counts once", "delivery_id": "which letter",
            "kind": "for good, for a time, or a complaint", "enhanced": "its exact meaning (RFC 3463)", "at": "when",
        },
    ),
    "hook_event": Kept(
        about="What a provider of mail told of a letter; without your address",
        until="the publication ends",
        columns={
            "digest": "a digest of it, so that it counts once", "provider": "who told", "kind": "what",
            "delivery_id": "which letter", "at": "when it happened", "seen_at": "when it was told",
        },
    ),
    "import_change": Kept(
        about="What you were before an import changed you, so that it can be taken back",
        until=f"you say something yourself, or {ERASED}",
        columns={"import_id": "which import", "subscriber_id": "whose it is", "before": "the row before"},
    ),
    "suppression": Kept(
        about="That you must not be written to, since you left, complained or were erased, or your address bounced",
        until="you come back yourself",
        columns={
            "email_hmac": "a digest of your address under a secret, from which it cannot be read",
            "reason": "why", "at": "since when",
        },
    ),
}  # fmt: skip
"""By the names of tables."""


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Rows are whole, so that a column which is added one day is shown as well.

    ``consent`` are events with the text that was read; ``deliveries`` have the id of the issue, and
    their history as ``log``, what came back for them as ``reports``, and what providers told of them
    as ``events``. ``signups`` wait to be confirmed, ``letters`` are single ones of the service, and
    ``imports`` hold what the person was before an import changed them.
    """

    subscriber: Subscriber | None
    suppression: Suppression | None
    consent: tuple[Row, ...] = ()
    deliveries: tuple[Row, ...] = ()
    signups: tuple[Row, ...] = ()
    letters: tuple[Row, ...] = ()
    imports: tuple[Row, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the person is unknown here."""
        return not (self.subscriber or self.suppression or self.signups)


def dossier_of(connection: sa.Connection, secret: Secret, address: Address) -> Dossier:
    """Everything held about the person with this address; raises SecretError for a secret of another store."""
    recognise(connection, secret)
    suppression = suppression_of(connection, secret, address)
    someone = find(connection, address)
    whose = signup.c.email_norm == address.norm
    if someone is not None:  # with None it would be "IS NULL", and everybody's
        whose |= signup.c.subscriber_id == someone.id
    signups = tuple(_rows(connection, sa.select(signup).where(whose).order_by(signup.c.id)))
    if someone is None:
        return Dossier(subscriber=None, suppression=suppression, signups=signups)
    return Dossier(
        subscriber=someone,
        suppression=suppression,
        consent=tuple(_consent(connection, someone.id)),
        deliveries=tuple(_deliveries(connection, someone.id)),
        signups=signups,
        letters=tuple(_theirs(connection, service_letter, someone.id)),
        imports=tuple(_theirs(connection, import_change, someone.id)),
    )


def _consent(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    read = wording.c.text.label("wording")
    query = sa.select(consent_event, read).outerjoin(wording).where(consent_event.c.subscriber_id == subscriber_id)
    return _rows(connection, query.order_by(consent_event.c.id))


def _deliveries(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    theirs = delivery.c.send_id.in_(sa.select(issue_send.c.id)) & (delivery.c.subscriber_id == subscriber_id)
    rows = _rows(connection, sa.select(issue_send.c.issue, delivery).join(issue_send).where(theirs).order_by("id"))
    numbers = [row["id"] for row in rows]
    beside = {name: _beside(connection, table, numbers) for name, table in _OF_DELIVERIES.items()}
    return [
        {**row, **{name: [one for one in found if one["delivery_id"] == row["id"]] for name, found in beside.items()}}
        for row in rows
    ]


_OF_DELIVERIES = {"log": delivery_log, "reports": bounce_report, "events": hook_event}


def _beside(connection: sa.Connection, table: sa.Table, numbers: list[int]) -> list[Row]:
    """Rows about these deliveries, in the order in which they came."""
    return _rows(connection, sa.select(table).where(table.c.delivery_id.in_(numbers)).order_by(*table.primary_key))


def _theirs(connection: sa.Connection, table: sa.Table, subscriber_id: int) -> list[Row]:
    """Rows of a table about this subscriber."""
    return _rows(
        connection, sa.select(table).where(table.c.subscriber_id == subscriber_id).order_by(*table.primary_key)
    )


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]
