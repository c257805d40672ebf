"""Who holds claimed rows, and whether they are still there: said by a lock that ends with its holder, never by a clock.

SQLite: one sender works on a database at a time, and holds a lock on a file beside it (flock).
PostgreSQL: each sender holds an advisory lock for as long as the connection lives on which it
writes the ledger, so that whoever has lost the lock cannot write either.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import filelock
import sqlalchemy as sa

from tipsheet.delivery.errors import AnotherSenderError
from tipsheet.store.database import sqlite_file
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery, delivery_log, delivery_owner

__all__ = ["at_work_since", "leave", "living", "only_sender", "recover", "take_place"]


_PATIENCE = 600
"""Seconds for which somebody is waited for who sends a few letters."""


@contextmanager
def only_sender(url: sa.URL, *, brief: bool = False) -> Iterator[None]:
    """Keep other senders away from a SQLite store; PostgreSQL lets them share. Raises AnotherSenderError.

    Who says that it is ``brief``, as a run is that sends welcome letters, is waited for by who sends an issue.
    """
    file = sqlite_file(url)
    if file is None:
        yield
        return
    with ExitStack() as locks:
        try:
            if brief:
                locks.enter_context(filelock.FileLock(f"{file}.brief", timeout=0))
            patience = _PATIENCE if not brief and _is_held(file.with_name(f"{file.name}.brief")) else 0
            locks.enter_context(filelock.FileLock(f"{file}.sending", timeout=patience))
        except filelock.Timeout as error:
            hint = "wait until it has finished; with PostgreSQL several senders share the work"
            raise AnotherSenderError(f"another sender works on {file}", hint) from error
        yield


def take_place(connection: sa.Connection, owner: str, now: dt.datetime) -> None:
    """Become an owner. The lock comes first: whoever finds the row finds it held."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_lock(_number(owner))))
    connection.execute(sa.insert(delivery_owner).values(id=owner, since=now))


def leave(connection: sa.Connection, owner: str, now: dt.datetime) -> None:
    """Be an owner no more, and leave nothing behind that would look as if somebody worked on it."""
    _bury(connection, owner, now)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_unlock(_number(owner))))


def recover(connection: sa.Connection, me: str, now: dt.datetime) -> int:
    """Take over from senders that died: what they had claimed is queued, what was in flight is unknown.

    A message in flight may have arrived. It is held, and never sent again by itself; returns how
    many there are of these.
    """
    held = 0
    others = sa.select(delivery_owner.c.id).where(delivery_owner.c.id != me)
    for owner in connection.execute(others).scalars().all():
        if connection.dialect.name == "postgresql":
            lock = sa.select(sa.func.pg_try_advisory_xact_lock(_number(owner)))
            if not connection.execute(lock).scalar_one():
                continue
        held += _bury(connection, owner, now)
    return held


def living(connection: sa.Connection) -> int:
    """How many senders are at work on this database; whoever was killed is none, though its row stands."""
    owners = connection.execute(sa.select(delivery_owner.c.id)).scalars().all()
    if connection.dialect.name == "postgresql":
        return sum(not _free(connection, owner) for owner in owners)
    file = sqlite_file(connection.engine.url)
    return len(owners) if owners and file is not None and _held(file) else 0


def at_work_since(connection: sa.Connection) -> dt.datetime | None:
    """When the first of the senders that are at work began."""
    if not living(connection):
        return None
    began: dt.datetime | None = connection.execute(sa.select(sa.func.min(delivery_owner.c.since))).scalar_one()
    return began


def _held(file: Path) -> bool:
    """Whether a sender works on the store in this file; where there is no lock beside it, nobody ever sent."""
    return _is_held(file.with_name(f"{file.name}.sending"))


def _is_held(lock: Path) -> bool:
    """Whether somebody has this lock."""
    if not lock.exists():
        return False
    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True


def _free(connection: sa.Connection, owner: str) -> bool:
    """Whether nobody has the lock of this owner; it is given back at once."""
    number = _number(owner)
    if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar_one():
        return False
    connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))
    return True


def _bury(connection: sa.Connection, owner: str, now: dt.datetime) -> int:
    c = delivery.c
    theirs = sa.update(delivery).where(c.owner == owner)
    flying = theirs.where(c.state == DeliveryState.INFLIGHT).values(
        state=DeliveryState.UNKNOWN, cause="killed", attempts=c.attempts + 1, changed_at=now
    )
    held = connection.execute(flying.returning(c.id)).scalars().all()
    if held:
        rows = [{"delivery_id": number, "at": now, "state": DeliveryState.UNKNOWN, "note": "killed"} for number in held]
        connection.execute(sa.insert(delivery_log), rows)
    claimed = theirs.where(c.state == DeliveryState.CLAIMED)
    connection.execute(claimed.values(state=DeliveryState.QUEUED, owner=None, changed_at=now))
    connection.execute(sa.delete(delivery_owner).where(delivery_owner.c.id == owner))
    return len(held)


def _number(owner: str) -> int:
    """The owner as PostgreSQL names a lock: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8], signed=True)
