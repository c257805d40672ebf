"""Personal data: everything that is held about one person (A8; GDPR, article 15)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.secret import Secret, recognise
from tipsheet.audience.subscriber import Subscriber, Suppression, deliveries_to, find, suppression_of
from tipsheet.store.tables import (
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

__all__ = ["Dossier", "dossier_of"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All rows about a person. Rows are whole, so that a column which is added one day is shown as well.

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
        """True when nothing is held about the person."""
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
        letters=tuple(_about(connection, service_letter, "subscriber_id", [someone.id])),
        imports=tuple(_about(connection, import_change, "subscriber_id", [someone.id])),
    )


def _consent(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    read = wording.c.text.label("wording")
    query = sa.select(consent_event, read).outerjoin(wording).where(consent_event.c.subscriber_id == subscriber_id)
    return _rows(connection, query.order_by(consent_event.c.id))


def _deliveries(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    theirs = deliveries_to(delivery.c.subscriber_id == subscriber_id)
    query = sa.select(issue_send.c.issue, delivery).join(issue_send, issue_send.c.id == delivery.c.send_id)
    rows = _rows(connection, query.where(theirs).order_by("id"))
    numbers = [row["id"] for row in rows]
    beside = {name: _about(connection, table, "delivery_id", numbers) for name, table in _OF_DELIVERIES.items()}
    return [
        {**row, **{name: [one for one in found if one["delivery_id"] == row["id"]] for name, found in beside.items()}}
        for row in rows
    ]


_OF_DELIVERIES = {"log": delivery_log, "reports": bounce_report, "events": hook_event}


def _about(connection: sa.Connection, table: sa.Table, column: str, numbers: Collection[int]) -> list[Row]:
    """Rows of a table with one of the numbers in this column, in the order in which they were written."""
    return _rows(connection, sa.select(table).where(table.c[column].in_(numbers)).order_by(*table.primary_key))


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]
