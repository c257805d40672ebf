"""A store is made, brought up to date, or refused."""

import datetime as dt
import fcntl
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from tests.sample import ROOT
from tipsheet.store.database import VERSION, VERSION_TABLE, copies_of, give_way, open_store, settle, version_of, writing
from tipsheet.store.failures import StoreError, StoreVersionError
from tipsheet.store.states import ALWAYS_DUE, DUE_AGAIN
from tipsheet.store.tables import METADATA, TAKEN, delivery, delivery_log, store_fact, subscriber, throttle

MIGRATIONS = ROOT / "tipsheet/store/migrations"


def schema(engine: sa.Engine) -> dict[str, object]:
    """Everything the database knows of its tables."""
    inspector = sa.inspect(engine)
    facts = ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "indexes", "check_constraints")
    return {
        f"{table} {fact}": sorted(
            json.dumps(one, default=str) for one in (found if isinstance(found, list) else [found])
        )
        for table in inspector.get_table_names()
        if table != VERSION_TABLE
        for fact in facts
        for found in [getattr(inspector, f"get_{fact}")(table)]
    }


@pytest.fixture
def made_at_once(new_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """A database with the tables as METADATA says, without migrations."""
    on_sqlite = new_url.startswith("sqlite")
    url = f"sqlite:///{tmp_path / 'other.db'}" if on_sqlite else request.getfixturevalue("cluster").database()
    engine = sa.create_engine(url)
    METADATA.create_all(engine)
    yield engine
    engine.dispose()


def made_by(url: str, version: str) -> None:
    """A store as this migration left it, with a fact in it."""
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.execute(sa.insert(store_fact).values(name="kept", value="yes"))
    engine.dispose()


def fact(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return connection.execute(sa.select(store_fact.c.value)).scalar()


def set_version(url: str, version: str) -> None:
    engine = open_store(url)
    with writing(engine) as connection:
        connection.execute(sa.update(sa.table(VERSION_TABLE, sa.column("version_num"))).values(version_num=version))
    engine.dispose()


def test_the_migrated_schema_is_the_one_of_the_tables(new_url: str, made_at_once: sa.Engine) -> None:
    engine = open_store(new_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []
        assert version_of(connection) == VERSION
    assert schema(engine) == schema(made_at_once)
    engine.dispose()


def test_the_newest_script_is_the_version() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [VERSION]


def test_an_older_store_is_brought_up_to_date(new_url: str) -> None:
    made_by(new_url, "0001")
    engine = open_store(new_url)
    with engine.connect() as connection:
        assert version_of(connection) == VERSION
    assert fact(engine) == "yes"
    engine.dispose()


def test_frequencies_of_an_older_store(new_url: str) -> None:
    """W12: "weekly" was the word for each issue; who wanted one letter a month gets it."""
    made_by(new_url, "0001")
    engine = sa.create_engine(new_url)
    old = sa.table("subscriber", *map(sa.column, ("public_id", "email", "email_norm", "status", "frequency")))
    old.append_column(sa.column("attributes", sa.Text))
    old.append_column(sa.column("created_at", sa.DateTime(timezone=True)))
    old.append_column(sa.column("changed_at", sa.DateTime(timezone=True)))
    moment = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    with engine.begin() as connection:
        for word in ("weekly", "monthly", "whenever"):
            row = {"public_id": word, "email": word, "email_norm": word, "status": "confirmed", "frequency": word}
            row |= {"created_at": moment, "changed_at": moment, "attributes": "{}"}
            values = {**row, "attributes": sa.text("'{}'")}
            connection.execute(sa.insert(old).values(values))
    engine.dispose()
    engine = open_store(new_url)
    with engine.connect() as connection:
        found = dict(connection.execute(sa.select(subscriber.c.email, subscriber.c.frequency)).all())
    assert found == {"weekly": "every", "monthly": "monthly", "whenever": "every"}
    engine.dispose()


def test_the_ledger_of_an_older_store(new_url: str) -> None:
    """Rows keep their numbers, which are not given again, and what refers to them; what waits is due as before."""
    made_by(new_url, "0006")
    never, at = ALWAYS_DUE, dt.datetime(2026, 11, 1, 7, tzinfo=dt.UTC)
    letters = [  # id, reader, state, cause, owner, due
        (1, 11, "sent", "", "one", never),
        (2, 12, "queued", "", None, never),
        (3, 13, "queued", "greylisted", None, at),
        (4, 14, "sent", "by hand", None, never),
        (5, 15, "skipped", "paused", None, never),
        (9, 19, "queued", "", None, never),
    ]
    names = ("id", "subscriber_id", "state", "cause", "owner", "due_at")
    old, tables = sa.create_engine(new_url), sa.MetaData()
    tables.reflect(old)
    rows_of = {
        "issue_send": [
            {"issue": "w44", "content_sha256": "d", "state": "sending", "prepared_at": at, "changed_at": at}
        ],
        "issue_edition": [{"send_id": 1, "segments": "", "content_sha256": "d", "mime_sha256": "m"}],
        "delivery": [
            dict(zip(names, letter, strict=True))
            | {
                "send_id": 1,
                "edition_id": 1,
                "recipient": "r@example.org",
                "message_key": f"k{letter[1]}",
                "changed_at": at,
            }
            for letter in letters
        ],
        "delivery_log": [{"delivery_id": 4, "at": at, "state": "sent", "note": "by hand"}],
    }
    with old.begin() as connection:
        for name, rows in rows_of.items():
            connection.execute(sa.insert(tables.tables[name]), rows)
        if old.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT setval('delivery_id_seq', 9)")
        connection.exec_driver_sql("DELETE FROM delivery WHERE id = 9")
    old.dispose()
    engine = open_store(new_url)
    c = delivery.c
    with writing(engine) as connection:
        query = sa.select(c.id, c.subscriber_id, c.state, c.cause, c.owner, c.due_at, c.message_key).order_by(c.id)
        rows = connection.execute(query).all()
        found = connection.execute(sa.select(c.id).where(TAKEN).order_by(c.id)).scalars().all()
        row = {"send_id": 1, "subscriber_id": 20, "edition_id": 1, "recipient": "", "message_key": "k20"}
        row |= {"state": "queued", "due_at": ALWAYS_DUE, "changed_at": ALWAYS_DUE}
        (new,) = connection.execute(sa.insert(delivery).values(row).returning(c.id)).scalars()
        logged = connection.execute(sa.select(delivery_log.c.delivery_id)).scalars().all()
    assert rows == [
        (number, reader, state, cause, owner, DUE_AGAIN if cause == "by hand" else due, f"k{reader}")
        for number, reader, state, cause, owner, due in letters[:-1]
    ]
    assert (found, logged) == ([1, 3, 4], [4])
    assert new == 10
    with pytest.raises(sa.exc.IntegrityError), writing(engine) as connection:  # keys of other tables are checked again
        connection.execute(sa.insert(delivery_log).values(delivery_id=77, at=ALWAYS_DUE, state="sent"))
    engine.dispose()


def test_a_copy_is_made_before_and_none_is_written_over(sqlite_url: str, tmp_path: Path) -> None:
    made_by(sqlite_url, "0001")
    (tmp_path / "audience.db.before-0002").write_text("an earlier copy")
    engine = open_store(sqlite_url)
    copies = copies_of(engine.url)
    engine.dispose()
    assert [copy.name for copy in copies] == ["audience.db.before-0002", "audience.db.before-0002.2"]
    assert copies[0].read_text() == "an earlier copy"
    copy = sa.create_engine(f"sqlite:///{copies[1]}")
    with copy.connect() as connection:
        assert version_of(connection) == "0001"
    assert fact(copy) == "yes"
    copy.dispose()


def test_a_file_is_for_its_owner_alone(sqlite_url: str, tmp_path: Path) -> None:
    made_by(sqlite_url, "0001")
    engine = open_store(sqlite_url)
    with writing(engine) as connection:
        connection.execute(sa.insert(store_fact).values(name="a", value="b"))
        modes = {path.name: oct(path.stat().st_mode)[-3:] for path in tmp_path.iterdir()}
    assert modes.pop("audience.db") == "644", "a file that was there keeps its permissions"
    assert set(modes.values()) <= {"600", "644"}
    assert modes["audience.db.before-0002"] == "600"
    engine.dispose()


def test_a_new_file_is_for_its_owner_alone(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_store(sqlite_url)
    with writing(engine) as connection:
        connection.execute(sa.insert(store_fact).values(name="a", value="b"))
        assert {oct(path.stat().st_mode)[-3:] for path in tmp_path.iterdir()} == {"600"}
    engine.dispose()


def test_a_newer_store_is_refused_and_stays(new_url: str) -> None:
    set_version(new_url, "0099")
    with pytest.raises(StoreVersionError, match=f"at version 0099, and this tipsheet knows versions up to {VERSION}"):
        open_store(new_url)
    engine = sa.create_engine(new_url)
    with engine.connect() as connection:
        assert version_of(connection) == "0099"
    engine.dispose()


def test_what_is_no_store_is_refused_and_stays(new_url: str) -> None:
    engine = sa.create_engine(new_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE tag (colour TEXT)"))
    with pytest.raises(StoreVersionError, match="tables of something else"):
        open_store(new_url)
    assert sa.inspect(engine).get_table_names() == ["tag"]
    engine.dispose()


@pytest.mark.postgresql
def test_tables_of_others_may_stand_in_the_same_postgresql(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE cars (colour TEXT)"))
    open_store(postgresql_url).dispose()
    assert "cars" in sa.inspect(engine).get_table_names()
    engine.dispose()


def test_two_who_make_the_same_store_at_once_both_get_it(new_url: str) -> None:
    versions: list[str | None] = []
    start = threading.Barrier(3)

    def make() -> None:
        start.wait()
        engine = open_store(new_url)
        with engine.connect() as connection:
            versions.append(version_of(connection))
        engine.dispose()

    makers = [threading.Thread(target=make) for _ in range(3)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert versions == [VERSION] * 3


@pytest.mark.parametrize("lock", ["DEFERRED", "IMMEDIATE", "EXCLUSIVE"])
def test_a_file_in_which_somebody_writes_is_waited_for(sqlite_url: str, tmp_path: Path, lock: str) -> None:
    """Also before it is what we make of it, as when two commands make a store at once."""
    with closing(sqlite3.connect(tmp_path / "audience.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("PRAGMA user_version = 1")
        other.execute(f"BEGIN {lock}")
        other.execute("PRAGMA user_version")
        release = threading.Timer(0.3, other.commit)
        release.start()
        engine = open_store(sqlite_url)
        release.join()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert version_of(connection) == VERSION
    engine.dispose()


def test_a_store_that_is_up_to_date_opens_without_alembic(store_url: str) -> None:
    code = (
        "import sys; from tipsheet.store.database import open_store\n"
        "open_store(sys.argv[1]).dispose()\n"
        "assert 'alembic' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, store_url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root:secret@host/x", "cannot be kept in 'mysql'"),
        ("sqlite://", "cannot be kept in 'sqlite'"),
        ("sqlite:///:memory:", "cannot be kept in 'sqlite'"),
        ("nothing at all", "is not an address"),
        ("postgresql://u:secret@host:port/x", "is not an address"),
    ],
)
def test_other_databases_are_refused(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as refused:
        open_store(url)
    assert "secret" not in str(refused.value) + repr(refused.value) + refused.value.hint


def test_a_writer_sees_nothing_that_changes_under_it(store: sa.Engine) -> None:
    """What a transaction has read still holds when it writes: nobody writes in between."""
    with writing(store) as connection:
        connection.execute(sa.insert(store_fact).values(name="a", value="1"))
    with pytest.raises(ZeroDivisionError), writing(store) as connection:  # noqa: PT012 - a transaction that fails
        connection.execute(sa.update(store_fact).values(value="2"))
        raise ZeroDivisionError
    assert fact(store) == "1"


def test_settling_leaves_nothing_in_the_wal(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_store(sqlite_url)
    with writing(engine) as connection:
        connection.execute(sa.insert(store_fact).values(name="a", value="b"))
    settle(engine)
    assert (tmp_path / "audience.db-wal").stat().st_size == 0
    engine.dispose()


def test_a_moment_has_a_zone(store: sa.Engine) -> None:
    """Whatever zone it is written in, it comes back in UTC, to the microsecond."""
    moment = dt.datetime(2026, 11, 24, 8, 30, 0, 123456, tzinfo=ZoneInfo("Europe/Amsterdam"))
    with writing(store) as connection:
        connection.execute(sa.insert(throttle).values(domain="a", free_at=moment))
        read = connection.execute(sa.select(throttle.c.free_at)).scalar_one()
        assert (read, read.tzinfo) == (moment, dt.UTC)
        with pytest.raises(sa.exc.StatementError, match="a moment without a time zone"):
            connection.execute(sa.insert(throttle).values(domain="b", free_at=moment.replace(tzinfo=None)))


def test_who_writes_without_a_pause_lets_others_in(sqlite_url: str) -> None:
    """A12, W15: SQLite asks for its lock ten times a second, and would miss pauses that are shorter."""
    store, other = open_store(sqlite_url), open_store(sqlite_url)
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            with writing(other):
                time.sleep(0.3)
            time.sleep(0.02)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            with writing(store):
                pass
    finally:
        ended.set()
        thread.join()
        store.dispose()
        other.dispose()


def test_who_changes_much_lets_others_go_first(sqlite_url: str) -> None:
    """A12: whoever waits while one batch is written has written before the next."""
    store = open_store(sqlite_url)
    done: list[str] = []

    def leave(name: str) -> None:
        with writing(store) as connection:
            connection.execute(sa.insert(store_fact).values(name=name, value=""))
        done.append(name)

    others = [threading.Thread(target=leave, args=(f"reader {number}",)) for number in range(3)]
    mark = Path(f"{store.url.database}.waiting")
    with writing(store):
        for other in others:
            other.start()
        while not (mark.exists() and mark_is_held(mark)):
            time.sleep(0.01)
    give_way(store)
    with writing(store) as connection:
        there = connection.execute(sa.select(sa.func.count()).select_from(store_fact)).scalar_one()
    for other in others:
        other.join()
    assert there >= 1, "the next batch was written before anybody who waited"
    assert len(done) == len(others)
    give_way(store)
    store.dispose()


def mark_is_held(mark: Path) -> bool:
    with mark.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
