"""Everything that is held about one person (A8; GDPR, article 15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.secret import Secret, recognise
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.audience.suppressions import Suppression, suppression_of
from tipsheet.store.ledger import delivery, delivery_log, issue_send
from tipsheet.store.people import consent_event, wording

__all__ = ["Dossier", "dossier_of"]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Rows are whole, so that a column which is added one day is shown as well.

    ``consent`` are events with the text that was read; ``deliveries`` have the id of the issue, and
    their history as ``log``.
    """

    subscriber: Subscriber | None
    suppression: Suppression | None
    consent: tuple[Row, ...] = ()
    deliveries: tuple[Row, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the person is unknown here."""
        return self.subscriber is None and self.suppression is None


def dossier_of(connection: sa.Connection, secret: Secret, address: Address) -> Dossier:
    """Everything held about the person with this address; raises SecretError for a secret of another store."""
    recognise(connection, secret)
    suppression = suppression_of(connection, secret, address)
    someone = find(connection, address)
    if someone is None:
        return Dossier(subscriber=None, suppression=suppression)
    return Dossier(
        subscriber=someone,
        suppression=suppression,
        consent=tuple(_consent(connection, someone.id)),
        deliveries=tuple(_deliveries(connection, someone.id)),
    )


def _consent(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    read = wording.c.text.label("wording")
    query = sa.select(consent_event, read).outerjoin(wording).where(consent_event.c.subscriber_id == subscriber_id)
    return _rows(connection, query.order_by(consent_event.c.id))


def _deliveries(connection: sa.Connection, subscriber_id: int) -> list[Row]:
    theirs = delivery.c.send_id.in_(sa.select(issue_send.c.id)) & (delivery.c.subscriber_id == subscriber_id)
    rows = _rows(connection, sa.select(issue_send.c.issue, delivery).join(issue_send).where(theirs).order_by("id"))
    history = (
        sa.select(delivery_log)
        .where(delivery_log.c.delivery_id.in_([row["id"] for row in rows]))
        .order_by(delivery_log.c.id)
    )
    log = _rows(connection, history)
    return [{**row, "log": [entry for entry in log if entry["delivery_id"] == row["id"]]} for row in rows]


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]
