"""The register of subscribers open for a change: one transaction, with the secret, the hour and chance."""

import base64
import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentEvent, Entropy, Evidence, Kind, append, hold
from tipsheet.audience.secret import Secret, keep
from tipsheet.store.database import give_way, writing

__all__ = ["Register", "new_public_id", "open_register"]

PUBLIC_ID_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What every change needs; ``now`` is when it happens."""

    connection: sa.Connection
    secret: Secret
    now: dt.datetime
    entropy: Entropy = os.urandom

    def public_id(self) -> str:
        """A new subscriber's, see `new_public_id`."""
        return new_public_id(self.entropy)

    def note(self, kind: Kind, subscriber_id: int | None, evidence: Evidence, erases: tuple[int, ...] = ()) -> None:
        """Put an event at the end of the chain of consent."""
        event = ConsentEvent(kind=kind, at=self.now, subscriber_id=subscriber_id, evidence=evidence, erases=erases)
        append(self.connection, [event], entropy=self.entropy)


def new_public_id(entropy: Entropy) -> str:
    """80 random bits as 16 small letters and digits (RFC 4648, base32)."""
    return base64.b32encode(entropy(PUBLIC_ID_BYTES)).decode().lower()


@contextmanager
def open_register(
    engine: sa.Engine,
    secret: Secret,
    *,
    now: dt.datetime,
    entropy: Entropy = os.urandom,
    dry_run: bool = False,
    one_of_many: bool = False,
) -> Iterator[Register]:
    """Open the register for one transaction: committed at the end, rolled back by an exception or in a dry run.

    Changes come one after another, on either database, so that none finds rows locked by another.
    What is ``one_of_many``, a batch, lets others go first who wait, and takes a fraction of a second.
    Raises SecretError when the store was made with another secret.
    """
    if one_of_many:
        give_way(engine)
    with writing(engine) as connection:
        hold(connection)
        keep(connection, secret)
        yield Register(connection=connection, secret=secret, now=now, entropy=entropy)
        if dry_run:
            connection.rollback()
