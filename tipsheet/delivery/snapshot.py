"""Writing an issue into the ledger: once, with everybody who gets it, before anything is sent."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tipsheet.audience.frequency import Occasion, give_back, lock_periods
from tipsheet.audience.readers import each, readers, segments_of_text
from tipsheet.audience.secret import Secret
from tipsheet.delivery.statements import driver_errors
from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW
from tipsheet.edition.message import Composer
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Segment
from tipsheet.store.database import is_there, open_store
from tipsheet.store.failures import NoStoreError, in_plain_words
from tipsheet.store.location import DATABASE_VARIABLE, store_url
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import delivery, issue_edition, issue_send, series_letter, subscriber

__all__ = [
    "ALWAYS_DUE", "ContentChangedError", "NotThatStateError", "Send", "Snapshot", "begin", "digest_sent",
    "find_send", "hold", "insert_into", "prepare",
]  # fmt: skip

ALWAYS_DUE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a message that was never tried is due, so that a clock which is set back holds nobody up (D6)."""

_RECIPIENT = (subscriber.c.id, subscriber.c.public_id, subscriber.c.email)
_OWN = ("subscriber_id", "edition_id", "recipient", "message_key")
"""Columns in which new rows differ."""
_NewRow = tuple[int, int, str, str]
"""The values of `_OWN`."""

_BATCH = 2000
_CACHE = 65_536
"""KiB that SQLite may remember of its file while a snapshot is taken."""


class NotThatStateError(TipsheetError):
    """An issue cannot be paused, resumed, cancelled or sent in the state that it is in."""

    exit_code = 2


class ContentChangedError(TipsheetError):
    """Readers were sent another edition than the one that would be sent now."""

    exit_code = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """An issue in the ledger; ``digest`` is that of the edition that is sent.

    ``resume_at``: before then no letter goes. ``series``: it is a letter that follows a confirmation.
    """

    id: int
    issue: str
    state: SendState
    cause: str
    digest: str
    resume_at: dt.datetime | None = None
    series: bool = False


def find_send(connection: sa.Connection, issue: str) -> Send | None:
    """The issue as the ledger has it; None when nothing of it was ever sent."""
    c = issue_send.c
    columns = (c.id, c.state, c.cause, c.content_sha256, c.resume_at, series_letter.c.since)
    known = sa.select(*columns).outerjoin_from(issue_send, series_letter).where(c.issue == issue)
    row = connection.execute(known).one_or_none()
    return row and Send(
        id=row.id,
        issue=issue,
        state=SendState(row.state),
        cause=row.cause,
        digest=row.content_sha256,
        resume_at=row.resume_at,
        series=row.since is not None,
    )


def digest_sent(root: Path, issue: str, environ: Mapping[str, str], published: Collection[str]) -> str:
    """The digest of the edition of an issue that was sent from the store of the publication in ``root``.

    Empty where there is no store, which is not made, or nothing of the issue in it. ``published`` are folders in which
    a store must not lie. No reader is asked for. Raises StoreError.
    """
    url = store_url(root, environ.get(DATABASE_VARIABLE, ""), published)
    if not is_there(url):
        return ""
    engine = open_store(url)
    try:
        with in_plain_words(url), engine.connect() as connection:
            found = find_send(connection, issue)
            return found.digest if found else ""
    finally:
        engine.dispose()


def hold(connection: sa.Connection, issue: str, now: dt.datetime, cause: str) -> None:
    """Note that an issue waits for a person: nobody is in its list yet, and a schedule does not send it."""
    row = {"issue": issue, "content_sha256": "", "state": SendState.HELD, "cause": cause}
    insertion = insert_into(connection, issue_send).values(**row, prepared_at=now, changed_at=now)
    connection.execute(insertion.on_conflict_do_nothing())


def begin(
    connection: sa.Connection, edition: Edition, state: SendState, now: dt.datetime, *, issued_on: str = ""
) -> bool:
    """Put an issue into the ledger, unless it is there; returns True if it is new.

    RETURNING answers that: PostgreSQL's driver does not report how many rows such an INSERT has written.
    """
    row = {"issue": edition.issue, "content_sha256": edition.digest, "state": state, "issued_on": issued_on}
    insertion = insert_into(connection, issue_send).values(**row, prepared_at=now, changed_at=now)
    new = insertion.on_conflict_do_nothing().returning(issue_send.c.id)
    return connection.execute(new).first() is not None


def prepare(
    connection: sa.Connection,
    edition: Edition,
    segments: Iterable[Segment],
    secret: Secret,
    *,
    now: dt.datetime,
    amend: bool = False,
) -> Send:
    """The issue in the ledger, written there with its readers if it is new, all in one transaction.

    Who subscribes later is not in it; nobody is in it twice (D1, D9). Raises ContentChangedError (D8) for another
    edition than before, unless it is to ``amend`` what was not sent, NotThatStateError for an issue that was cancelled,
    and NoStoreError for a store without anybody.
    """
    lock_periods(connection)
    fresh = begin(connection, edition, SendState.PREPARED, now, issued_on=edition.day)
    send = find_send(connection, edition.issue)
    if send is None:  # pragma: no cover - it was inserted, or it was there
        raise LookupError(edition.issue)
    if send.series:
        hint = "it goes by itself when tipsheet publish or tipsheet web runs"
        raise NotThatStateError(f"{send.issue} is a welcome letter, for whoever confirms", hint)
    if send.state is SendState.CANCELLED:
        raise NotThatStateError(f"{send.issue} was cancelled", "what was cancelled is not sent any more")
    if send.state is SendState.HELD:
        begun = sa.update(issue_send).where(issue_send.c.id == send.id, issue_send.c.state == SendState.HELD)
        begun = begun.values(
            state=SendState.PREPARED, cause="", content_sha256=edition.digest, prepared_at=now, changed_at=now,
            issued_on=edition.day,
        )  # fmt: skip
        fresh = bool(connection.execute(begun).rowcount)
    snapshot = Snapshot(connection, send.id, edition, tuple(segments), secret, now)
    if fresh:
        if (
            not snapshot.take(Occasion.of(connection, edition.issue, edition.day, now))
            and not connection.execute(sa.select(sa.exists().where(subscriber.c.id > 0))).scalar_one()
        ):
            hint = "bring them: tipsheet subscribers import; the issue does not count as sent"
            raise NoStoreError("there is nobody in the store of subscribers", hint)
    elif send.digest != edition.digest:
        if not amend:
            raise ContentChangedError(
                f"{send.issue} was changed after its first letter went out; nothing was sent",
                "build what was sent then, or send the new text to those who wait: --amend-unsent",
            )
        snapshot.amend()
    return find_send(connection, edition.issue) or send


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The readers of an issue, as they are written into the ledger.

    Readers who have paused, or have had this month's letter, get a row that is skipped (W12): its cause says why, and
    it is queued when that letter does not arrive (`give_back`).
    """

    connection: sa.Connection
    send_id: int
    edition: Edition
    segments: tuple[Segment, ...]
    secret: Secret
    now: dt.datetime
    editions: dict[str, int] = field(default_factory=dict)  # ids of `issue_edition` by segments
    insertions: dict[str, sa.Compiled] = field(default_factory=dict)  # by the cause of rows that are skipped

    def take(self, occasion: Occasion, which: sa.ColumnElement[bool] | None = None) -> int:
        """Write a row for each reader who has none yet, or those of ``which``; returns how many those were."""
        if self.connection.dialect.name == "sqlite":  # keys are random: their index must fit, or each row costs a page
            self.connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE}")
        query = self._readers((*_RECIPIENT, occasion.cause()))
        found: Iterable[Any] = each(self.connection, query if which is None else query.where(which))
        count, waiting = 0, dict[str, list[_NewRow]]()  # by why they are left out
        key, edition_id = self.secret.message_keys(self.edition.issue), self._edition_id
        write = self._inserted
        if which is None and self.connection.dialect.name == "postgresql":
            write = self._copied  # nobody has a row of this issue yet, so that none can be in the way
        for number, public_id, email, left_out, segments in found:
            batch = waiting.get(left_out)
            if batch is None:
                batch = waiting[left_out] = []
            batch.append((number, edition_id(segments), email, key(public_id)))
            if len(batch) == _BATCH:
                count += write(left_out, batch)
                batch.clear()
        return count + sum(write(cause, batch) for cause, batch in waiting.items())

    def amend(self) -> None:
        """Give those who wait the new edition; for whom it is not meant any more, they are skipped."""
        c = delivery.c
        waiting = (c.send_id == self.send_id, c.state == DeliveryState.QUEUED)
        change = sa.update(delivery).where(*waiting, c.subscriber_id == sa.bindparam("reader"))
        meant = self._readers(_RECIPIENT).subquery()
        query = sa.select(meant.c.id, meant.c.segments).join(delivery, c.subscriber_id == meant.c.id).where(*waiting)
        rows = self.connection.execute(query).all()
        for start in range(0, len(rows), _BATCH):
            batch = [
                {"reader": row.id, "edition": self._edition_id(row.segments)} for row in rows[start : start + _BATCH]
            ]
            self.connection.execute(change.values(edition_id=sa.bindparam("edition")), batch)
        old = sa.select(issue_edition.c.id).where(
            issue_edition.c.send_id == self.send_id, issue_edition.c.content_sha256 != self.edition.digest
        )
        left_out = sa.update(delivery).where(*waiting, c.edition_id.in_(old))
        self.connection.execute(left_out.values(state=DeliveryState.SKIPPED, cause="not meant", changed_at=self.now))
        give_back(self.connection, self.send_id, self.now)
        row = sa.update(issue_send).where(issue_send.c.id == self.send_id)
        self.connection.execute(row.values(content_sha256=self.edition.digest, changed_at=self.now))

    def _readers(self, columns: Sequence[sa.ColumnElement[Any]]) -> sa.Select[Any]:
        dialect, named = self.connection.dialect.name, self.edition.names()
        return readers(self.segments, self.edition.audience, dialect=dialect, named=named, columns=columns)

    def _shared(self, cause: str) -> dict[str, Any]:
        """The columns that are alike in all rows with one cause to be left out, or none."""
        state = DeliveryState.SKIPPED if cause else DeliveryState.QUEUED
        return {
            "send_id": self.send_id, "state": state, "due_at": ALWAYS_DUE, "changed_at": self.now, "cause": cause,
        }  # fmt: skip

    def _insertion(self, cause: str) -> sa.Compiled:
        """The statement for rows of which four columns differ; what all share is written out in it."""
        same = self._shared(cause)
        fixed = {name: _written_out(self.connection, delivery.c[name], value) for name, value in same.items()}
        own: dict[str, Any] = {name: sa.bindparam(name) for name in _OWN}
        insert = insert_into(self.connection, delivery).values(fixed | own)
        compiled: sa.Compiled = insert.on_conflict_do_nothing(index_elements=["send_id", "subscriber_id"]).compile(
            dialect=self.connection.dialect
        )
        return compiled

    def _copied(self, cause: str, batch: list[_NewRow]) -> int:
        """Write rows by COPY of PostgreSQL, which takes half the time of an INSERT; returns their number."""
        same = self._shared(cause)
        columns = ", ".join((*_OWN, *same))
        ending = "".join(f"\t{value}" for value in same.values()) + "\n"
        lines = [f"{reader}\t{edition}\t{_field(email)}\t{key}" for reader, edition, email, key in batch]
        driver: Any = self.connection.connection.driver_connection
        with (
            driver_errors(self.connection.dialect),
            driver.cursor() as cursor,
            cursor.copy(f"COPY delivery ({columns}) FROM STDIN") as copy,
        ):
            copy.write(ending.join((*lines, "")))
        return len(batch)

    def _inserted(self, cause: str, batch: list[_NewRow]) -> int:
        """Write rows; returns of how many there were none. SQLAlchemy would take as long as the database."""
        if not batch:
            return 0
        if cause not in self.insertions:
            self.insertions[cause] = self._insertion(cause)
        insertion = self.insertions[cause]
        names = getattr(insertion, "positiontup", None)
        named = [dict(zip(_OWN, row, strict=True)) for row in batch] if not names else []
        in_order = [*map(itemgetter(*map(_OWN.index, names)), batch)] if names else []
        rows: Any = in_order or named
        return self.connection.exec_driver_sql(str(insertion), rows).rowcount

    def _edition_id(self, segments: str) -> int:
        """The row of what readers of these segments are sent, made when they are first met."""
        if segments not in self.editions:
            key = {"send_id": self.send_id, "segments": segments, "content_sha256": self.edition.digest}
            insert = insert_into(self.connection, issue_edition).values(**key, mime_sha256=self._digest(segments))
            self.connection.execute(insert.on_conflict_do_nothing())
            query = sa.select(issue_edition.c.id).filter_by(**key)
            self.editions[segments] = self.connection.execute(query).scalar_one()
        return self.editions[segments]

    def _digest(self, segments: str) -> str:
        """SHA-256 of the message to nobody, by which one sees who was sent the same."""
        nobody = Recipient(
            address="",
            key="nobody",
            token="nobody",  # noqa: S106 - a word
            segments=segments_of_text(segments),
            date=PREVIEW[MESSAGE_DATE],
        )
        return hashlib.sha256(Composer(self.edition).compose(nobody)).hexdigest()


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that both databases let end in ON CONFLICT DO NOTHING; their classes share no base."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def _field(text: str) -> str:
    """A text as COPY of PostgreSQL reads it."""
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _written_out(connection: sa.Connection, column: sa.Column[Any], value: object) -> sa.ColumnElement[Any]:
    """A value as the database reads it in the text of a statement."""
    process = column.type.dialect_impl(connection.dialect).literal_processor(connection.dialect)
    return sa.literal_column(process(value) if process else str(value))
