"""Addresses that a server has said do not exist: whoever has one is sent nothing any more (D13)."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from tipsheet.audience.address import Address, normalised
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import Register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import find
from tipsheet.audience.transitions import bounce
from tipsheet.store.ledger import delivery

__all__ = ["take_down"]


def take_down(connection: sa.Connection, secret: Secret, ids: Collection[int], now: dt.datetime) -> None:
    """Note the bounce of these deliveries with their subscribers, and suppress the addresses.

    Within the transaction that records the refusals, whose first statement was `audience.consent.hold`. Left out is
    whoever has another address by now, or has left.
    """
    register = Register(connection=connection, secret=secret, now=now)
    refused = sa.select(delivery.c.recipient, delivery.c.subscriber_id).where(delivery.c.id.in_(ids))
    for row in connection.execute(refused.order_by(delivery.c.id)).all():
        address = normalised(row.recipient)
        someone = find(connection, address) if isinstance(address, Address) else None
        if someone is not None and someone.id == row.subscriber_id and someone.status == "confirmed":
            bounce(register, someone, Evidence(source="the mail server: there is no such mailbox"))
