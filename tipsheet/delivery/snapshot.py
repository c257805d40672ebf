"""Writing an issue into the ledger: once, with everybody who gets it, before anything is sent."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

from tipsheet.audience.frequency import Occasion, give_back, lock_periods
from tipsheet.audience.readers import batches, readers, segments_of_text
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
from tipsheet.store.states import ALWAYS_DUE, DeliveryState, SendState
from tipsheet.store.tables import delivery, issue_edition, issue_send, series_letter, subscriber

__all__ = [
    "ContentChangedError", "NotThatStateError", "Send", "Snapshot", "begin", "digest_sent", "find_send", "hold",
    "insert_into", "prepare",
]  # fmt: skip

T = TypeVar("T")

_RECIPIENT = (subscriber.c.id, subscriber.c.public_id, subscriber.c.email)
_OWN = ("subscriber_id", "edition_id", "recipient", "message_key", "state", "cause")
"""Columns in which new rows differ."""
_COPIED = ("int8", "int8", "text", "varchar", "varchar", "text", "int8", "timestamptz", "timestamptz")
"""Types of these columns, and of those that all rows share, in PostgreSQL."""
_NewRow = tuple[int, int, str, str, str, str]
"""The values of `_OWN`."""

_BATCH = 2000
"""Readers who are written down at a time."""
_AHEAD = 10 * _BATCH
"""Readers who are fetched at a time from PostgreSQL, which writes rows while we make further ones."""
_CURSOR = "readers_of_an_issue"


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

    def take(self, occasion: Occasion, which: sa.ColumnElement[bool] | None = None) -> int:
        """Write a row for each reader who has none yet, or those of ``which``; returns how many those were."""
        query = self._readers((*_RECIPIENT, occasion.cause().label("cause")))
        if which is not None:
            query = query.where(which)
        if self.connection.dialect.name == "sqlite":
            return self._selected(query)
        if which is None:  # nobody has a row of this issue yet, so that none can be in the way
            return sum(map(self._copied, _streamed(self.connection, query)))
        return sum(map(self._inserted, batches(self.connection, query)))

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

    def _selected(self, query: sa.Select[Any]) -> int:
        """Have SQLite write the rows in one statement, which asks us for what it does not know; returns their number.

        Rows that pass through Python and back take twice as long.
        """
        meant = query.order_by(None).subquery()
        self._write_editions(self.connection.execute(sa.select(meant.c.segments).distinct()).scalars())
        errors: list[BaseException] = []
        key = _noting(errors, self.secret.message_keys(self.edition.issue))
        driver: Any = self.connection.connection.driver_connection
        driver.create_function("message_key", 1, key, deterministic=True)
        driver.create_function("edition_of", 1, _noting(errors, self.editions.__getitem__), deterministic=True)
        own = {
            "subscriber_id": meant.c.id,
            "edition_id": sa.func.edition_of(meant.c.segments, type_=sa.Integer),
            "recipient": meant.c.email,
            "message_key": sa.func.message_key(meant.c.public_id, type_=sa.Text),
            "state": sa.case((meant.c.cause == "", DeliveryState.QUEUED), else_=DeliveryState.SKIPPED),
            "cause": meant.c.cause,
        }
        shared = {name: sa.literal(value, delivery.c[name].type) for name, value in self._shared().items()}
        rows = sa.select(*own.values(), *shared.values()).order_by(meant.c.id)
        insertion = sqlite.insert(delivery).from_select([*own, *shared], rows)
        try:
            return self.connection.execute(insertion.on_conflict_do_nothing()).rowcount
        except sa.exc.OperationalError:
            for error in errors:
                raise error from None
            raise

    def _shared(self) -> dict[str, Any]:
        """The columns that are alike in all rows."""
        return {"send_id": self.send_id, "due_at": ALWAYS_DUE, "changed_at": self.now}

    def _new(self, found: Sequence[Any]) -> Iterator[_NewRow]:
        """The rows for these readers, of whom it is written down what they are sent."""
        key, editions = self.secret.message_keys(self.edition.issue), self.editions
        queued, skipped = DeliveryState.QUEUED.value, DeliveryState.SKIPPED.value
        return (
            (number, editions[segments], email, key(public_id), skipped if cause else queued, cause)
            for number, public_id, email, cause, segments in found
        )

    def _copied(self, fetched: Any) -> int:
        """Write rows by COPY of PostgreSQL, which takes half the time of an INSERT; returns their number.

        ``fetched`` is a cursor that has got its rows; they are read from it while PostgreSQL writes those before.
        """
        shared = self._shared()
        command = f"COPY delivery ({', '.join((*_OWN, *shared))}) FROM STDIN WITH (FORMAT binary)"
        same, copy = (*shared.values(),), None
        with driver_errors(self.connection.dialect), fetched.connection.cursor() as cursor, ExitStack() as copying:
            while rows := fetched.fetchmany(_BATCH):
                combinations = {row[-1] for row in rows}
                if copy is None or not self.editions.keys() >= combinations:
                    copying.close()  # nothing else can be written meanwhile
                    self._write_editions(combinations)
                    copy = copying.enter_context(cursor.copy(command))
                    copy.set_types(_COPIED)
                for row in self._new(rows):
                    copy.write_row((*row, *same))
        return int(fetched.rowcount)

    def _inserted(self, found: Sequence[Any]) -> int:
        """Write rows where some may be there; returns the number of readers."""
        shared = self._shared()
        self._write_editions(row[-1] for row in found)
        rows = [dict(zip(_OWN, row, strict=True)) | shared for row in self._new(found)]
        self.connection.execute(postgresql.insert(delivery).on_conflict_do_nothing(), rows)
        return len(found)

    def _write_editions(self, combinations: Iterable[str]) -> None:
        """Write down what readers of these segments are sent."""
        for segments in sorted(set(combinations)):
            self._edition_id(segments)

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


def _noting(errors: list[BaseException], answer: Callable[[str], T]) -> Callable[[str], T]:
    """The same answers, for SQLite to ask; it says of an error, such as Ctrl-C, no more than that there was one."""

    def answered(word: str) -> T:
        try:
            return answer(word)
        except BaseException as error:
            errors.append(error)
            raise

    return answered


class _Declared(sa.Executable, sa.ClauseElement):
    """A query whose rows are fetched from PostgreSQL by the name of its cursor."""

    inherit_cache = False

    def __init__(self, query: sa.Select[Any]) -> None:
        self.query = query


@compiles(_Declared)
def _declare(declared: _Declared, compiler: Any, **options: Any) -> str:
    return f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {compiler.process(declared.query, **options)}"


def _streamed(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Any]:
    """Iterate over rows of PostgreSQL: a cursor of its driver again and again, each time with some more.

    To make rows of SQLAlchemy of them takes longer than to fetch them. The columns must be numbers and texts.
    """
    connection.execute(_Declared(query))
    driver: Any = connection.connection.driver_connection
    with driver_errors(connection.dialect), driver.cursor() as cursor:
        while cursor.execute(f"FETCH {_AHEAD} FROM {_CURSOR}").rowcount:
            yield cursor
        cursor.execute(f"CLOSE {_CURSOR}")


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that both databases let end in ON CONFLICT DO NOTHING; their classes share no base."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)
