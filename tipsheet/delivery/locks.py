"""Locks that keep two senders from one letter; each ends with its holder, so no clock decides who is alive.

SQLite: one sender works on a database at a time, and holds a lock on a file beside it (flock). PostgreSQL: each sender
holds an advisory lock for as long as the connection lives on which it writes the ledger, so a sender that has lost the
lock cannot write either. Runners without a lasting database: a ref in the git repository, which only one run can
create. ``git push --force-with-lease=REF:`` means "only if it is not there", and the server that holds the repository
answers one of all who ask. The ref stays: its issue is never sent again, also when the run that created it died, so a
letter goes at most once where a ledger makes it exactly once.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import sqlalchemy as sa

from tipsheet.errors import TipsheetError
from tipsheet.git import Git, GitError, Purpose
from tipsheet.store.database import sqlite_file
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery, delivery_log, delivery_owner

__all__ = [
    "AnotherSenderError", "GitLock", "GitLockError", "at_work_since", "leave", "living", "only_sender", "recover",
    "take_place",
]  # fmt: skip


_PATIENCE = 600
"""Seconds for which somebody is waited for who sends a few letters."""


class AnotherSenderError(TipsheetError):
    """Another sender holds the lock beside the database."""

    exit_code = 75


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

    A message in flight may have arrived. It is held, and never sent again by itself; returns how many there are of
    these.
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
    """The number of senders at work on this database; a killed one does not count, though its row is there."""
    owners = connection.execute(sa.select(delivery_owner.c.id)).scalars().all()
    if connection.dialect.name == "postgresql":
        return sum(not _free(connection, owner) for owner in owners)
    file = sqlite_file(connection.engine.url)
    return len(owners) if owners and file is not None and _held(file) else 0


def at_work_since(connection: sa.Connection) -> dt.datetime | None:
    """The moment at which the first of the senders at work began."""
    if not living(connection):
        return None
    began: dt.datetime | None = connection.execute(sa.select(sa.func.min(delivery_owner.c.since))).scalar_one()
    return began


def _held(file: Path) -> bool:
    """True if a sender works on the store in this file; without a lock file beside it, nobody ever sent."""
    return _is_held(file.with_name(f"{file.name}.sending"))


def _is_held(lock: Path) -> bool:
    """True if somebody holds this lock."""
    if not lock.exists():
        return False
    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True


def _free(connection: sa.Connection, owner: str) -> bool:
    """True if nobody holds the lock of this owner; it is released at once."""
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


REFS = "refs/tipsheet/sent/"
NOBODY = {
    "GIT_AUTHOR_NAME": "tipsheet", "GIT_AUTHOR_EMAIL": "tipsheet@invalid",
    "GIT_COMMITTER_NAME": "tipsheet", "GIT_COMMITTER_EMAIL": "tipsheet@invalid",
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
}  # fmt: skip


class GitLockError(GitError):
    """The repository cannot be asked, or lets nothing be written."""

    exit_code = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLock:
    """The locks in the repository that a clone was made from.

    ``name`` makes this run's mark unlike any other's; with the same mark two runs would both find theirs there.
    ``remote`` is a remote of the clone in ``root``, or an address.
    """

    root: Path
    name: str
    remote: str = "origin"

    def taken(self) -> frozenset[str]:
        """The issues that some run has taken. Raises GitLockError."""
        return frozenset(ref.removeprefix(REFS) for ref in self._refs(f"{REFS}*"))

    def take(self, issue: str) -> bool:
        """Take the issue; True if this run, and no other ever, is to send it. Raises GitLockError."""
        ref = f"{REFS}{issue}"
        git = self._git()
        tree = git.ask("hash-object", "-t", "tree", "-w", "--stdin").text.strip()
        mark = git.ask("commit-tree", tree, "-m", f"{issue} is sent by {self.name}").text.strip()
        pushed = git.answer("push", "--quiet", f"--force-with-lease={ref}:", self.remote, f"{mark}:{ref}")
        if pushed.code == 0:
            return True
        there = self._refs(ref).get(ref)
        if there is None:
            raise GitLockError(
                f"git cannot create {ref} at {self.remote}: {pushed.said}",
                "the run needs leave to write to the repository (GitHub: contents: write)",
            )
        return there == mark  # the answer to our own push was lost on its way

    def _refs(self, pattern: str) -> Mapping[str, str]:
        lines = self._git().ask("ls-remote", self.remote, pattern).text.splitlines()
        return {ref: mark for mark, ref in (line.split("\t", 1) for line in lines)}

    def _git(self) -> Git:
        return Git(folder=self.root, purpose=Purpose.REMOTE, also=NOBODY, error=GitLockError)
