"""Who holds claimed rows, and whether they are still there: said by a lock that ends with its holder, never by a clock.

SQLite: one sender works on a database at a time, and holds a lock on a file beside it (flock).
PostgreSQL: each sender holds an advisory lock for as long as the connection lives on which it
writes the ledger, so that whoever has lost the lock cannot write either.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import filelock
import sqlalchemy as sa

from tipsheet.delivery.errors import AnotherSenderError
from tipsheet.delivery.states import State
from tipsheet.store.database import sqlite_file
from tipsheet.store.ledger import delivery, delivery_log, delivery_owner

__all__ = ["leave", "only_sender", "recover", "take_place"]


@contextmanager
def only_sender(url: sa.URL) -> Iterator[None]:
    """Keep other senders away from a SQLite store; PostgreSQL lets them share. Raises AnotherSenderError."""
    file = sqlite_file(url)
    if file is None:
        yield
        return
    lock = filelock.FileLock(f"{file}.sending", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        hint = "wait until it has finished; with PostgreSQL several senders share the work"
        raise AnotherSenderError(f"another sender works on {file}", hint) from error
    try:
        yield
    finally:
        lock.release()


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


def _bury(connection: sa.Connection, owner: str, now: dt.datetime) -> int:
    c = delivery.c
    theirs = sa.update(delivery).where(c.owner == owner)
    flying = theirs.where(c.state == State.INFLIGHT).values(
        state=State.UNKNOWN, cause="killed", attempts=c.attempts + 1, changed_at=now
    )
    held = connection.execute(flying.returning(c.id)).scalars().all()
    if held:
        rows = [{"delivery_id": number, "at": now, "state": State.UNKNOWN, "note": "killed"} for number in held]
        connection.execute(sa.insert(delivery_log), rows)
    claimed = theirs.where(c.state == State.CLAIMED)
    connection.execute(claimed.values(state=State.QUEUED, owner=None, changed_at=now))
    connection.execute(sa.delete(delivery_owner).where(delivery_owner.c.id == owner))
    return len(held)


def _number(owner: str) -> int:
    """The owner as PostgreSQL names a lock: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(owner.encode()).digest()[:8], signed=True)
