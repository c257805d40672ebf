"""Records of imports: each is written in batches, and undone, continued and listed as one.

Whoever came by an import has its number; of whom it changed, what they were before is kept. An undo
takes back only what nobody has changed since: who left meanwhile has left.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import filelock
import sqlalchemy as sa

from tipsheet.audience.consent import ConsentEvent, ConsentKind, Evidence, append
from tipsheet.audience.importing.candidates import GONE
from tipsheet.audience.register import Register, ids_of_names, open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import LABELS
from tipsheet.audience.transitions import forget_deliveries
from tipsheet.errors import BusyError, TipsheetError
from tipsheet.store.columns import within
from tipsheet.store.database import sqlite_file, writing
from tipsheet.store.states import ImportState
from tipsheet.store.tables import (
    import_change,
    import_record,
    subscriber,
    suppression,
)

__all__ = [
    "ImportRecord", "NoSuchImportError", "Undone", "begin", "finish", "only_import", "progress", "records", "resume",
    "undo",
]  # fmt: skip

BATCH = 500
"""People of one transaction."""
MOMENTS = frozenset({"changed_at", "confirmed_at", "paused_until"})
"""Columns of people whose values are moments, which JSON does not know."""


class NoSuchImportError(TipsheetError):
    """There is no import of that number, or not one that this can be done with."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """An import; ``running`` is one at work, or one that was killed, as `only_import` tells."""

    id: int
    state: str
    at: dt.datetime
    changed_at: dt.datetime
    files: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    """For each file, its rows by what became of them so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """Numbers of people who were removed, were restored, and were kept since somebody changed them meanwhile."""

    removed: int = 0
    restored: int = 0
    kept: int = 0

    def __add__(self, other: "Undone") -> "Undone":
        return Undone(
            removed=self.removed + other.removed,
            restored=self.restored + other.restored,
            kept=self.kept + other.kept,
        )

    def __bool__(self) -> bool:
        return bool(self.removed or self.restored or self.kept)


@contextmanager
def only_import(engine: sa.Engine) -> Iterator[None]:
    """Keep other imports away, by a lock that ends with its holder; raises BusyError while there is one."""
    hint = "wait until it has finished; readers may leave, and issues be sent, while it runs"
    busy = BusyError("another import is at work on this store", hint)
    file = sqlite_file(engine.url)
    if file is not None:
        try:
            with filelock.FileLock(f"{file}.importing", timeout=0):
                yield
        except filelock.Timeout as error:
            raise busy from error
        return
    number = sa.literal(int.from_bytes(hashlib.sha256(b"tipsheet import").digest()[:8], signed=True), sa.BigInteger)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(number))).scalar_one():
            raise busy
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def records(connection: sa.Connection) -> list[ImportRecord]:
    """All imports, the newest first."""
    rows = connection.execute(sa.select(import_record).order_by(import_record.c.id.desc()))
    return [_record(row) for row in rows]


def begin(engine: sa.Engine, files: Sequence[str], now: dt.datetime) -> ImportRecord:
    """A new record, before anything is written."""
    row = {"state": ImportState.RUNNING, "at": now, "changed_at": now, "files": "\n".join(files), "counts": {}}
    with writing(engine) as connection:
        (number,) = connection.execute(sa.insert(import_record).values(row)).inserted_primary_key  # type: ignore[misc]
    return ImportRecord(**{**row, "id": number, "files": tuple(files)})


def resume(engine: sa.Engine, number: int) -> ImportRecord:
    """The record of an import that was killed; raises NoSuchImportError for any other."""
    with engine.connect() as connection:
        record = _known(connection, number)
    if record.state != ImportState.RUNNING:
        raise NoSuchImportError(f"import {number} is {record.state}", "only one that was stopped can be continued")
    return record


def progress(connection: sa.Connection, number: int, counts: Mapping[str, Mapping[str, int]], now: dt.datetime) -> None:
    """Note with a batch how many rows there were so far."""
    _note(connection, number, counts=dict(counts), changed_at=now)


def finish(engine: sa.Engine, number: int, now: dt.datetime) -> None:
    """Note that all files are in the store."""
    with writing(engine) as connection:
        _note(connection, number, state=ImportState.DONE, changed_at=now)


def undo(engine: sa.Engine, secret: Secret, number: int, now: dt.datetime, *, dry_run: bool = False) -> Undone:
    """Take an import back, in batches, so that it can be killed and undone again.

    The caller holds `only_import`. Raises NoSuchImportError for one that is not there, or was undone.
    """
    with engine.connect() as connection:
        record = _known(connection, number)
        if record.state == ImportState.UNDONE:
            raise NoSuchImportError(f"import {number} was undone already")
        if dry_run:
            return _would_be_undone(connection, record)
    done = Undone()
    while True:
        with open_register(engine, secret, now=now, one_of_many=True) as register:
            step = _undo_batch(register, record)
            if not step:
                _note(register.connection, number, state=ImportState.UNDONE, changed_at=now)
                return done
        done += step


def _would_be_undone(connection: sa.Connection, record: ImportRecord) -> Undone:
    """The effect that an undo would have, by counting, so that nobody has to wait."""
    ours = sa.func.count(sa.case((subscriber.c.changed_at == record.at, 1)))
    came = sa.select(ours, sa.func.count()).where(subscriber.c.import_id == record.id)
    changed = sa.select(ours, sa.func.count()).join_from(import_change, subscriber)
    changed = changed.where(import_change.c.import_id == record.id)
    removed, people = connection.execute(came).one()
    restored, others = connection.execute(changed).one()
    return Undone(removed=removed, restored=restored, kept=people - removed + others - restored)


def _undo_batch(register: Register, record: ImportRecord) -> Undone:
    """The next people: first those that were changed, then those that came."""
    return _restore(register, record) or _remove(register, record)


def _restore(register: Register, record: ImportRecord) -> Undone:
    connection, c = register.connection, import_change.c
    query = sa.select(subscriber.c.id, subscriber.c.status, subscriber.c.email_norm, subscriber.c.changed_at, c.before)
    rows = connection.execute(
        query.join(subscriber).where(c.import_id == record.id).order_by(c.subscriber_id).limit(BATCH)
    ).all()
    ours = [row for row in rows if row.changed_at == record.at]
    _lift(register, record, ours)
    events = [
        _event(register, record, row.id) for row in ours if row.before["values"].get("status", row.status) != row.status
    ]
    append(connection, events, entropy=register.entropy)
    for row in ours:
        values = {name: _moment(name, value) for name, value in row.before["values"].items()}
        connection.execute(sa.update(subscriber).where(subscriber.c.id == row.id).values(values))
        for kind, (_, links, key) in LABELS.items():
            if names := row.before[kind]:
                numbers = ids_of_names(connection, kind, names).values()
                connection.execute(sa.delete(links).where(links.c.subscriber_id == row.id, key.in_(numbers)))
    ids = [row.id for row in rows]
    connection.execute(
        sa.delete(import_change).where(c.import_id == record.id, within(connection, c.subscriber_id, ids))
    )
    return Undone(restored=len(ours), kept=len(rows) - len(ours))


def _remove(register: Register, record: ImportRecord) -> Undone:
    connection, c = register.connection, subscriber.c
    query = sa.select(c.id, c.status, c.email_norm, c.changed_at).where(c.import_id == record.id)
    rows = connection.execute(query.order_by(c.id).limit(BATCH)).all()
    ours = [row for row in rows if row.changed_at == record.at]
    _lift(register, record, ours)
    if ours:
        append(connection, [_event(register, record, None)], entropy=register.entropy)
    gone, rest = [row.id for row in ours], [row.id for row in rows if row.changed_at != record.at]
    forget_deliveries(connection, gone, "import undone")
    connection.execute(sa.delete(subscriber).where(within(connection, c.id, gone)))
    connection.execute(sa.update(subscriber).where(within(connection, c.id, rest)).values(import_id=None))
    return Undone(removed=len(ours), kept=len(rest))


def _lift(register: Register, record: ImportRecord, people: Collection[Any]) -> None:
    """Remove the suppressions that the import wrote; older and newer ones stay."""
    macs = [register.secret.suppression(row.email_norm) for row in people if row.status in GONE]
    if macs:
        listed = within(register.connection, suppression.c.email_hmac, macs)
        register.connection.execute(sa.delete(suppression).where(listed, suppression.c.at == record.at))


def _event(register: Register, record: ImportRecord, subscriber_id: int | None) -> ConsentEvent:
    evidence = Evidence(source=f"import {record.id} was undone")
    return ConsentEvent(kind=ConsentKind.UNDONE, at=register.now, subscriber_id=subscriber_id, evidence=evidence)


def _moment(name: str, value: Any) -> Any:
    return dt.datetime.fromisoformat(value) if name in MOMENTS and value is not None else value


def _known(connection: sa.Connection, number: int) -> ImportRecord:
    row = connection.execute(sa.select(import_record).where(import_record.c.id == number)).first()
    if row is None:
        raise NoSuchImportError(f"there is no import {number}", "see: tipsheet subscribers import --list")
    return _record(row)


def _record(row: sa.Row[Any]) -> ImportRecord:
    return replace(ImportRecord(**row._mapping), files=tuple(row.files.splitlines()))  # noqa: SLF001 - its public name


def _note(connection: sa.Connection, number: int, **values: object) -> None:
    connection.execute(sa.update(import_record).where(import_record.c.id == number).values(**values))
