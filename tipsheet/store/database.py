"""The database that a store is in: opening it, transactions that write, and bringing its tables up to date."""

import glob
import itertools
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

try:
    import fcntl
except ModuleNotFoundError:  # pragma: no cover - Windows has no such locks; there nobody gives way
    fcntl = None  # type: ignore[assignment]

from tipsheet.store.failures import StoreError, StoreVersionError, in_plain_words
from tipsheet.store.tables import METADATA

__all__ = [
    "COPY_MARK", "VERSION", "VERSION_TABLE", "bring_up_to_date", "copies_of", "give_way", "is_there", "open_store",
    "settle", "sqlite_file", "understood", "version_of", "writing",
]  # fmt: skip

VERSION = "0007"
"""The newest migration; a test holds it to the scripts."""
COPY_MARK = ".before-"
VERSION_TABLE = "store_version"
UPGRADE_LOCK = 5_784_203_347_918
"""Number of the advisory lock under which PostgreSQL is upgraded; any that nobody else uses."""

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
"""Schemes of an address that are understood, and the driver that each means."""

PATIENCE, OFTEN = 5_000, 10
"""Milliseconds that a lock is waited for, and after which it is asked for again when somebody wants to write."""
LONGEST_WAY = 0.5
"""Seconds for which somebody who changes much lets others go first."""


def open_store(url: str | sa.URL) -> sa.Engine:
    """An engine on the store at this SQLAlchemy URL, with the tables of this version in it.

    A new store is made; an older one is brought up to date, after a copy was made beside it when it
    is a file; a newer one, or what is no store of tipsheet, raises StoreVersionError.
    UnreachableStoreError: no server answers, or it does not let us in.

    SQLite: WAL, foreign keys on, ``synchronous=FULL``, five seconds of patience for a lock, what is
    deleted is overwritten (``secure_delete``), and the file is its owner's alone.
    """
    engine = _engine(understood(url))
    try:
        with in_plain_words(engine.url):
            bring_up_to_date(engine, sqlite_file(engine.url))
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "do_connect", _only_if_there)
    except BaseException:
        engine.dispose()
        raise
    return engine


def is_there(url: str | sa.URL) -> bool:
    """True when somebody has made the store at this address; nothing is made by asking (K13)."""
    parsed = understood(url)
    file = sqlite_file(parsed)
    if file is not None:
        return file.exists()
    engine = _engine(parsed)
    try:
        with in_plain_words(parsed), engine.connect() as connection:
            return version_of(connection) is not None
    finally:
        engine.dispose()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that changes the store: committed at the end, rolled back by an exception.

    SQLite gives one writer at a time the lock at the beginning (``BEGIN IMMEDIATE``), so that what
    was read in it still holds when it writes. Threads of one process line up before they ask for it.
    """
    turn = _turn_of(str(engine.url)) if engine.dialect.name == "sqlite" else threading.Lock()
    ours = turn.acquire(blocking=False)
    if not ours:
        with _waiting(engine):
            ours = turn.acquire(timeout=PATIENCE / 1000)  # without it, SQLite says that it is locked
    try:
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            yield connection
    finally:
        if ours:
            turn.release()


@lru_cache(maxsize=64)
def _turn_of(_url: str) -> threading.Lock:
    """The lock of the writers to a store in this process; SQLite alone keeps no queue of them."""
    return threading.Lock()


def give_way(engine: sa.Engine) -> None:
    """Let waiting writers go first: work in many transactions calls this before each.

    Readers who leave wait for one such transaction then, and never for the next. A change that is
    asked to give way for `LONGEST_WAY` goes on all the same. PostgreSQL lets in whoever waits
    longest by itself.
    """
    file = sqlite_file(engine.url)
    if file is None or fcntl is None:
        return
    until = time.monotonic() + LONGEST_WAY
    with _mark_of(file).open("ab") as mark:
        while time.monotonic() < until:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(OFTEN / 2_000)
            else:
                return


def settle(engine: sa.Engine) -> None:
    """Move what waits in the WAL of SQLite into its file, so that nothing that was deleted is left in it.

    While somebody reads what was before, it is tried again; nobody may write during a try, so each is short.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={OFTEN}")
        for _ in range(PATIENCE // (10 * OFTEN)):
            if not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
                break
            time.sleep(OFTEN / 100)
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE}")


def copies_of(url: sa.URL) -> tuple[Path, ...]:
    """Copies that were made beside a file of SQLite before it was upgraded; they hold what it held then."""
    file = sqlite_file(url)
    return tuple(sorted(file.parent.glob(f"{glob.escape(file.name)}{COPY_MARK}*"))) if file else ()


def sqlite_file(url: sa.URL) -> Path | None:
    """The file that a SQLite store is; None for PostgreSQL."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def understood(url: str | sa.URL) -> sa.URL:
    """The URL of a store with its driver; raises StoreError for what a store cannot be kept in."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # their texts may hold the password
        raise StoreError(
            "the address of the store is not an address",
            "write it like sqlite:///audience.db or postgresql+psycopg://user@host/database",
        ) from None
    driver = DRIVERS.get(parsed.drivername)
    if driver is None or (driver == "sqlite" and parsed.database in {None, "", ":memory:"}):
        raise StoreError(
            f"a store cannot be kept in '{parsed.drivername}'",
            "use a file of SQLite (sqlite:///audience.db) or PostgreSQL (postgresql+psycopg://user@host/database)",
        )
    return parsed.set(drivername=driver, query={} if driver == "sqlite" else parsed.query)


def _engine(url: sa.URL) -> sa.Engine:
    try:
        engine = sa.create_engine(url, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StoreError(
            "the driver of PostgreSQL is not installed", 'run: python -m pip install "tipsheet[postgresql]"'
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _only_if_there(_dialect: sa.Dialect, _record: object, arguments: list[str], options: dict[str, object]) -> Any:
    """Connect to the file that was opened; SQLite would make a new one where it has vanished since (K13)."""
    return sqlite3.connect(f"file:{quote(str(arguments[0]))}?mode=rw", uri=True, **options)  # type: ignore[call-overload]


def _set_up(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # Python's sqlite3 begins too late otherwise; `_begin` does it
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={PATIENCE}")
    _write_ahead(cursor)
    for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _write_ahead(cursor: sa.engine.interfaces.DBAPICursor) -> None:
    """Turn WAL on, within `PATIENCE`: SQLite waits for no other who does so, or writes to a file without it."""
    until = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(OFTEN / 1000)
        else:
            return


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """True if somebody else has the lock; the upper bits say more (sqlite.org/rescode.html)."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _begin(connection: sa.Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    raw = connection.connection.dbapi_connection
    if kind == "IMMEDIATE" and isinstance(raw, sqlite3.Connection):
        _take_turn(connection, raw)
    else:
        connection.exec_driver_sql(f"BEGIN {kind}")


def _take_turn(connection: sa.Connection, raw: sqlite3.Connection) -> None:
    """Begin to write within `PATIENCE`, asking often.

    SQLite itself asks ten times a second after a while, and so may miss every moment between two
    transactions of somebody who writes without a pause, such as an import. A lock that many may
    share says that somebody waits (`give_way`).
    """
    raw.execute(f"PRAGMA busy_timeout={OFTEN}")
    try:
        with ExitStack() as stack:
            for attempt in range(PATIENCE // OFTEN):
                try:
                    raw.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    if not _is_busy(error):
                        break
                    if attempt == 0:
                        stack.enter_context(_waiting(connection.engine))
                else:
                    return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # for its error, or at the last moment
    finally:
        raw.execute(f"PRAGMA busy_timeout={PATIENCE}")


@contextmanager
def _waiting(engine: sa.Engine) -> Iterator[None]:
    """Hold a lock that says that somebody waits to write; it ends with its process, also a killed one."""
    file = sqlite_file(engine.url)
    if file is None or fcntl is None:
        yield
        return
    with _mark_of(file).open("ab") as mark:
        fcntl.flock(mark, fcntl.LOCK_SH)
        yield


def _mark_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.waiting")


def bring_up_to_date(engine: sa.Engine, file: Path | None) -> None:
    """Make or upgrade the tables, so that the store is at `VERSION`; ``file`` is the one of SQLite."""
    if file is not None:
        _private(file)
    with engine.connect() as connection:
        version = version_of(connection)
        if version is None:
            _refuse_foreign(connection)
        if not _behind(version):
            return
    if file is not None and version is not None:
        _copy(file, version)
    _migrate(engine)


def version_of(connection: sa.Connection) -> str | None:
    """The version a store is at; None where there is none yet."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _behind(version: str | None) -> bool:
    """True when migrations are missing; raises StoreVersionError for a version we do not know."""
    if version is None or version < VERSION:
        return True
    if version > VERSION:
        raise StoreVersionError(
            f"the store is at version {version}, and this tipsheet knows versions up to {VERSION}",
            "install the newer tipsheet that has written it: python -m pip install --upgrade tipsheet",
        )
    return False


def _refuse_foreign(connection: sa.Connection) -> None:
    """Raise StoreVersionError for a database that holds tables of something else."""
    tables = set(sa.inspect(connection).get_table_names())
    if tables and (connection.dialect.name == "sqlite" or tables & set(METADATA.tables)):
        raise StoreVersionError(
            "the database holds tables of something else", "give tipsheet a file or a database of its own"
        )


def _private(file: Path) -> None:
    """Let a new file be read by its owner alone; SQLite gives its companions the same permissions."""
    if file.parent.is_dir():
        file.touch(mode=0o600, exist_ok=True)


def _copy(file: Path, version: str) -> Path:
    """A copy of a store beside it, named after what it comes before; what waits in the WAL is in it."""
    name = f"{file.name}{COPY_MARK}{int(version) + 1:04}"
    names = itertools.chain([name], (f"{name}.{number}" for number in itertools.count(2)))
    target = next(path for path in map(file.with_name, names) if not path.exists())
    _private(target)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


def _migrate(engine: sa.Engine) -> None:
    """Run the scripts that are missing, all in one transaction; whoever comes second finds nothing to do."""
    from alembic import command  # noqa: PLC0415 - takes long, and hardly ever has anything to do
    from alembic.config import Config  # noqa: PLC0415

    scripts = Path(__file__).parent / "migrations"
    config = Config(attributes={})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with (
        engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection,
        _tables_replaced(connection),
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, VERSION)


@contextmanager
def _tables_replaced(connection: sa.Connection) -> Iterator[None]:
    """Let a table of SQLite be made anew under its name while others refer to it (sqlite.org/lang_altertable.html)."""
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection):
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            yield
        finally:
            raw.execute("PRAGMA foreign_keys=ON")
    else:
        yield
