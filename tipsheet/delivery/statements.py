"""Statements of the ledger that run for every message: their SQL is compiled once, the driver runs it.

SQLAlchemy would make text and parameters of a statement each time, which costs ten times what SQLite takes to run it.
Each statement that changes a state names the owner and the state before, so a sender that was taken for dead changes
nothing more. Parameters are ``me``, ``send``, ``digest``, ``now`` and the rows.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles

from tipsheet.audience.frequency import PAUSED
from tipsheet.store.columns import within
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import delivery, issue_edition, issue_send, subscriber

__all__ = [
    "BEGIN", "MINE", "OPEN", "QUEUED", "SENT", "Accepted", "Statement", "begun", "driver_errors", "exchange",
    "going_on", "record_sent", "skip", "take_rows",
]  # fmt: skip


Values = Mapping[str, Any]
Accepted = tuple[int, int | None, str]
"""The row of a letter that was sent, and the codes of the answer: RFC 5321, RFC 3463."""


@dataclass(slots=True)
class _Text:
    """The SQL for one dialect, and its parameters but for the ids, as they were last."""

    sql: str
    names: tuple[str, ...]
    positional: bool
    fixed: Values
    processors: Values
    places: Sequence[str]
    shared: Values = field(default_factory=dict)
    base: Values = field(default_factory=dict)

    def filled(self, shared: Values, rows: Sequence[object]) -> Any:
        """The driver's parameters; what rounds share is worked out again only when it has changed."""
        if shared != self.shared:
            bound = {name: p(value) if (p := self.processors.get(name)) else value for name, value in shared.items()}
            self.shared, self.base = shared, {**self.fixed, **bound}
        values = {**self.base, **dict(zip(self.places, rows, strict=True))}
        return tuple(map(values.__getitem__, self.names)) if self.positional else values


@dataclass(frozen=True, slots=True)
class Statement:
    """An UPDATE of some rows, made from the condition that names them. Used by one thread at a time."""

    clause: Callable[[sa.ColumnElement[bool]], sa.Update]
    _texts: dict[tuple[str, int], _Text] = field(default_factory=dict)

    def run(self, connection: sa.Connection, shared: Values, rows: Sequence[int]) -> int:
        """Run it for the rows of these ids; returns how many were changed.

        Within a transaction of the caller, and within `driver_errors`.
        """
        as_array = connection.dialect.name == "postgresql"  # one text for any number of rows, and one plan
        key = connection.dialect.name, 1 if as_array else len(rows)
        if key not in self._texts:
            places = [sa.bindparam(f"row{number}", type_=sa.BigInteger) for number in range(key[1])]
            which = _c.id == sa.func.any(sa.bindparam("row0", type_=_IDS)) if as_array else _c.id.in_(places)
            self._texts[key] = _compiled(self.clause(which), connection.dialect, [place.key for place in places])
        text = self._texts[key]
        cursor = connection.connection.cursor()
        cursor.execute(text.sql, text.filled(shared, [list(rows)] if as_array else rows))
        count = int(cursor.rowcount)
        cursor.close()
        return count


def exchange(connection: sa.Connection, shared: Values, sent: Sequence[Accepted], begun: Sequence[int]) -> int:
    """Record letters that were sent and mark those that are about to end, in a transaction unknown to SQLAlchemy.

    Returns how many were marked; what could be written is, whatever that number. SQLAlchemy must have no transaction
    open. Within `driver_errors`. SQLite runs a statement each; PostgreSQL, which may be a network away, hears of all
    in one.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        driver.autocommit = True
        try:
            return _exchanged(driver, connection.dialect, shared, sent, begun)
        finally:
            if not driver.closed:
                driver.autocommit = False
    driver.execute("BEGIN IMMEDIATE")
    try:
        record_sent(connection, shared, sent)
        count = BEGIN.run(connection, shared, begun) if begun else 0
        driver.commit()
    except BaseException:
        driver.rollback()
        raise
    return count


def record_sent(connection: sa.Connection, shared: Values, sent: Sequence[Accepted]) -> None:
    """Record letters that were sent, within a transaction of the caller and within `driver_errors`."""
    alike: dict[tuple[int | None, str], list[int]] = {}
    for number, code, words in sent:
        alike.setdefault((code, words), []).append(number)
    for (code, words), ids in alike.items():
        SENT.run(connection, {**shared, "code": code, "words": words}, ids)


def _exchanged(driver: Any, dialect: sa.Dialect, shared: Values, sent: Sequence[Accepted], begun: Sequence[int]) -> int:
    """The same in one statement of PostgreSQL, which is a transaction of its own."""
    ids, codes, words = map(list, zip(*sent, strict=True)) if sent else ([], [], [])
    text = _exchange(dialect)
    values = {**shared, "sent": ids, "codes": codes, "words": words, "begun": list(begun)}
    return int(driver.execute(text.sql, text.filled(values, ()), prepare=True).fetchone()[0])


@contextmanager
def driver_errors(dialect: sa.Dialect) -> Iterator[None]:
    """Map what the driver raises to the errors of SQLAlchemy."""
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.OperationalError as error:
        raise sa.exc.OperationalError("a statement of the ledger", None, error) from error
    except driver.Error as error:
        raise sa.exc.DBAPIError("a statement of the ledger", None, error) from error


def _compiled(clause: sa.ClauseElement, dialect: sa.Dialect, places: Sequence[str]) -> _Text:
    compiled: Any = clause.compile(dialect=dialect)
    names = tuple(compiled.positiontup or compiled.binds)
    made = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    processors = {name: process for name, process in made.items() if process}
    params = {name: value for name, value in compiled.params.items() if value is not None}
    fixed = {name: p(value) if (p := processors.get(name)) else value for name, value in params.items()}
    return _Text(str(compiled), names, compiled.positional, fixed, processors, places)


def _word(word: str) -> sa.ColumnElement[str]:
    """A constant, written out: SQLite plans a statement anew each time a parameter may decide on a partial index."""
    return sa.literal_column(f"'{word}'", sa.String)


_c = delivery.c
_IDS: sa.types.TypeEngine[Any] = postgresql.ARRAY(sa.BigInteger)
MINE = _c.owner == sa.bindparam("me")
_NOW = sa.bindparam("now", type_=subscriber.c.paused_until.type)
_NOT_PAUSED = sa.or_(subscriber.c.paused_until.is_(None), subscriber.c.paused_until <= _NOW)
_THERE = sa.exists().where(subscriber.c.id == _c.subscriber_id, subscriber.c.status == _word("confirmed"))
_READS = sa.exists().where(subscriber.c.id == _c.subscriber_id, subscriber.c.status == _word("confirmed"), _NOT_PAUSED)
_SENDING = sa.exists().where(
    issue_send.c.id == sa.bindparam("send"),
    issue_send.c.state == _word(SendState.SENDING),
    issue_send.c.content_sha256 == sa.bindparam("digest"),
)


class _Queued(sa.ColumnElement[bool]):
    """The condition that a row is queued, written so that each database takes the partial index."""

    inherit_cache = True
    type = sa.Boolean()


@compiles(_Queued)
def _by_state(_queued: _Queued, _compiler: object, **_options: object) -> str:
    return "delivery.state = 'queued'"


@compiles(_Queued, "postgresql")
def _by_column(_queued: _Queued, _compiler: object, **_options: object) -> str:
    return "delivery.queued"


QUEUED = _Queued()


def _begin(which: sa.ColumnElement[bool]) -> sa.Update:
    """Mark claimed rows as in flight, if their readers are still there and the issue is being sent."""
    return (
        sa.update(delivery)
        .where(which, MINE, _c.state == _word(DeliveryState.CLAIMED), _READS, _SENDING)
        .values(state=_word(DeliveryState.INFLIGHT), changed_at=sa.bindparam("now", type_=_c.changed_at.type))
    )


def _sent(which: sa.ColumnElement[bool], code: sa.ColumnElement[Any], words: sa.ColumnElement[Any]) -> sa.Update:
    """Record rows in flight as sent, with the codes of the answer."""
    return (
        sa.update(delivery)
        .where(which, MINE, _c.state == _word(DeliveryState.INFLIGHT))
        .values(
            state=_word(DeliveryState.SENT),
            cause=_word(""),
            attempts=_c.attempts + sa.literal_column("1"),
            smtp_code=code,
            enhanced=words,
            changed_at=sa.bindparam("now", type_=_c.changed_at.type),
        )
    )


BEGIN = Statement(_begin)
SENT = Statement(lambda which: _sent(which, sa.bindparam("code"), sa.bindparam("words")))


def begun(connection: sa.Connection, ids: Collection[int]) -> sa.Select[Any]:
    """Those of these rows that are in flight; a parameter is ``me``."""
    return sa.select(_c.id).where(within(connection, _c.id, ids), MINE, _c.state == DeliveryState.INFLIGHT)


def skip(connection: sa.Connection, ids: Collection[int]) -> sa.Update:
    """Skip those of these rows, claimed, whose readers may not be written to now; parameters are ``me`` and ``now``."""
    theirs = sa.exists().where(subscriber.c.id == _c.subscriber_id)
    return (
        sa.update(delivery)
        .where(within(connection, _c.id, ids), MINE, _c.state == DeliveryState.CLAIMED, ~_READS)
        .values(
            state=DeliveryState.SKIPPED,
            cause=sa.case((_THERE, PAUSED), (theirs, "left"), else_="erased"),
            changed_at=sa.bindparam("now", type_=_c.changed_at.type),
        )
    )


@cache
def _exchange(dialect: sa.Dialect) -> _Text:
    """The statement of PostgreSQL that does what `SENT` and `BEGIN` do: their rows are never the same."""
    lists = [
        sa.bindparam(name, type_=postgresql.ARRAY(kind))
        for name, kind in (("sent", sa.BigInteger), ("codes", sa.Integer), ("words", sa.Text))
    ]
    told = (
        sa.func.unnest(*lists)
        .table_valued(sa.column("id"), sa.column("code"), sa.column("words"))
        .render_derived("told")
    )
    recorded = _sent(_c.id == told.c.id, told.c.code, told.c.words).returning(_c.id).cte("recorded")
    ids = sa.bindparam("begun", type_=_IDS)
    marked = _begin(_c.id == sa.func.any(ids)).returning(_c.id).cte("marked")
    return _compiled(sa.select(sa.func.count()).select_from(marked).add_cte(recorded), dialect, ())


def going_on(send: int) -> sa.Update:
    """An issue that was done is sent again, where a row of it waits; `Update.values` may add to the change."""
    waits = sa.exists().where(_c.send_id == send, QUEUED)
    done = sa.update(issue_send).where(issue_send.c.id == send, issue_send.c.state == SendState.DONE, waits)
    return done.values(state=SendState.SENDING)


_DUE = (
    sa.select(_c.id)
    .where(_c.send_id == sa.bindparam("send"), QUEUED, _c.due_at <= sa.bindparam("now", type_=_c.due_at.type), _SENDING)
    .order_by(_c.due_at, _c.id)
    .limit(sa.bindparam("count", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")  # PostgreSQL runs it once, whatever plan it makes
)
_CLAIM = sa.update(delivery).values(
    state=DeliveryState.CLAIMED, owner=sa.bindparam("me"), changed_at=sa.bindparam("now", type_=_c.changed_at.type)
)
_FOR_A_LETTER = (_c.id, _c.recipient, _c.message_key, _c.attempts, _c.first_tried_at, _c.dropped)
_OF_ITS_READER = tuple(
    subscriber.c[name]
    for name in ("status", "paused_until", "public_id", "email", "first_name", "last_name", "attributes")
)


def _with_readers(rows: Any, columns: Sequence[Any]) -> sa.Select[Any]:
    """Rows of the ledger with their segments and readers, in the order of their ids."""
    return (
        sa.select(*columns, issue_edition.c.segments, *_OF_ITS_READER)
        .join_from(rows, issue_edition, issue_edition.c.id == rows.c.edition_id)
        .outerjoin(subscriber, subscriber.c.id == rows.c.subscriber_id)
        .order_by(rows.c.id)
    )


_CLAIMED_IDS = _CLAIM.where(_c.id.in_(sa.select(_DUE.c.id))).returning(_c.id)
_CLAIMED = _with_readers(delivery, _FOR_A_LETTER).where(_c.id.in_(sa.bindparam("ids", expanding=True)))
_listed = sa.func.array(sa.select(_DUE.c.id).scalar_subquery())  # PostgreSQL looks up each, and never reads all rows
_taken = (
    _CLAIM.where(_c.id == sa.func.any(_listed)).returning(*_FOR_A_LETTER, _c.edition_id, _c.subscriber_id).cte("taken")
)
_TAKEN = _with_readers(_taken, [_taken.c[column.key] for column in _FOR_A_LETTER])


def take_rows(connection: sa.Connection, shared: Values) -> Sequence[sa.Row[Any]]:
    """Claim up to ``count`` rows that are due, within a transaction of the caller; columns as in `Ledger.claim`.

    PostgreSQL claims and hands back in one statement. SQLite hands back what is not the claim's own table in a second
    one, since RETURNING cannot join.
    """
    if connection.dialect.name == "postgresql":
        return connection.execute(_TAKEN, shared).all()
    ids = list(connection.execute(_CLAIMED_IDS, shared).scalars())
    return connection.execute(_CLAIMED, {"ids": ids}).all() if ids else ()


OPEN = (DeliveryState.CLAIMED, DeliveryState.INFLIGHT)
