"""Addresses that must not be written to, known by their HMAC alone, so that the list outlives the people in it."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.audience.address import Address
from tipsheet.audience.secret import Secret
from tipsheet.store.columns import within
from tipsheet.store.tables import suppression

__all__ = ["Suppression", "lift", "suppress", "suppressed", "suppressed_macs", "suppression_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Why and since when; ``reason`` is ``unsubscribed``, ``bounced``, ``complained`` or ``erased``."""

    reason: str
    at: dt.datetime


def suppression_of(connection: sa.Connection, secret: Secret, address: Address) -> Suppression | None:
    """Whether an address is suppressed, and why."""
    query = sa.select(suppression.c.reason, suppression.c.at)
    row = connection.execute(query.where(suppression.c.email_hmac == secret.suppression(address.norm))).first()
    return Suppression(reason=row.reason, at=row.at) if row else None


def suppressed(connection: sa.Connection, secret: Secret, norms: Iterable[str]) -> frozenset[str]:
    """Which of a few thousand addresses, as they are found by, are suppressed: they left, or were erased."""
    if connection.execute(sa.select(suppression.c.email_hmac).limit(1)).first() is None:
        return frozenset()  # without a MAC of each
    macs = {secret.suppression(norm): norm for norm in norms}
    return frozenset(macs[mac] for mac in suppressed_macs(connection, macs))


def suppressed_macs(connection: sa.Connection, macs: Collection[str]) -> list[str]:
    """Those of the MACs that the store has."""
    if not macs:
        return []
    query = sa.select(suppression.c.email_hmac).where(within(connection, suppression.c.email_hmac, macs))
    return list(connection.execute(query).scalars())


def suppress(connection: sa.Connection, secret: Secret, email_norm: str, why: Suppression) -> None:
    """Put an address on the list, with its newest reason."""
    lift(connection, secret, email_norm)
    row = {"email_hmac": secret.suppression(email_norm), "reason": why.reason, "at": why.at}
    connection.execute(sa.insert(suppression).values(row))


def lift(connection: sa.Connection, secret: Secret, email_norm: str) -> None:
    """Take an address from the list."""
    connection.execute(sa.delete(suppression).where(suppression.c.email_hmac == secret.suppression(email_norm)))
