"""What a database refuses is a sentence with a remedy, and holds no password and no person (A10, D20)."""

import sqlite3
import sys
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import PASSWORD, Cluster
from tests.programs import port_that_refuses
from tipsheet.store.database import open_store, writing
from tipsheet.store.failures import (
    StoreBusyError,
    StoreError,
    StoreVersionError,
    UnreachableStoreError,
    in_plain_words,
)
from tipsheet.store.tables import store_fact, tag

WRONG = "wr0ng-and-secret"


def said(error: StoreError) -> str:
    """Everything that anybody may come to see."""
    return f"{error} {error!r} {error.hint} {''.join(traceback.format_exception(error))}"


def test_nobody_answers() -> None:
    with (
        port_that_refuses() as port,
        pytest.raises(UnreachableStoreError, match="cannot be reached") as refused,
    ):
        open_store(f"postgresql://ada:{WRONG}@127.0.0.1:{port}/x?application_name={WRONG}")
    assert refused.value.exit_code == 69
    assert refused.value.hint
    assert "refused" in str(refused.value)
    assert WRONG not in said(refused.value)


@pytest.mark.postgresql
def test_a_wrong_password(cluster: Cluster) -> None:
    with pytest.raises(UnreachableStoreError, match="password authentication failed") as refused:
        open_store(cluster.url("postgres", "locked", WRONG))
    assert refused.value.exit_code == 69
    assert WRONG not in said(refused.value)


@pytest.mark.postgresql
def test_the_right_password(cluster: Cluster) -> None:
    engine = sa.create_engine(cluster.url("postgres", "locked", PASSWORD))
    with engine.connect():
        assert PASSWORD not in repr(engine)
    engine.dispose()


@pytest.mark.postgresql
def test_a_connection_that_is_cut(postgresql_url: str, cluster: Cluster) -> None:
    engine = open_store(postgresql_url)
    with engine.connect() as connection:
        number = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar()
        cluster.run(f"SELECT pg_terminate_backend({number}, 5000)")
        with pytest.raises(UnreachableStoreError), in_plain_words(engine.url):
            connection.execute(sa.text("SELECT 1"))
    engine.dispose()


def test_a_refused_row_is_not_shown(store: sa.Engine) -> None:
    with writing(store) as connection:
        connection.execute(sa.insert(tag).values(name="ada@example.org"))
    refusal = pytest.raises(StoreError, match="refused a statement")
    with store.connect() as connection, refusal as refused, in_plain_words(store.url):
        connection.execute(sa.insert(tag).values(name="ada@example.org"))
    assert "ada" not in f"{refused.value} {refused.value.hint}"


def test_another_writer(sqlite_url: str) -> None:
    engine = open_store(sqlite_url)
    with writing(engine), engine.connect() as second:
        second.exec_driver_sql("PRAGMA busy_timeout=1")
        with pytest.raises(StoreBusyError, match="another command is writing") as refused, in_plain_words(engine.url):
            second.execute(sa.insert(store_fact).values(name="a", value="b"))
    assert refused.value.exit_code == 75
    engine.dispose()


def test_a_full_disk(sqlite_url: str) -> None:
    engine = open_store(sqlite_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(StoreError, match=r"disk .* is full"), in_plain_words(engine.url):
            connection.execute(sa.insert(store_fact).values(name="a", value="b" * 100_000))
    engine.dispose()


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    file = tmp_path / "audience.db"
    file.write_text("site_name: This is not a database, however long one looks at it\n" * 100)
    with pytest.raises(StoreVersionError, match="is not a database"):
        open_store(f"sqlite:///{file}")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'nowhere' / 'audience.db'}")


def test_a_damaged_file(sqlite_url: str, tmp_path: Path) -> None:
    open_store(sqlite_url).dispose()
    file = tmp_path / "audience.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="is damaged"):
        open_store(sqlite_url)


def test_a_file_that_can_only_be_read() -> None:
    """As root nothing is read-only, so the error is SQLite's own without the file."""
    url = sa.make_url("sqlite:///audience.db")
    with pytest.raises(StoreError, match="can only be read"), in_plain_words(url):
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("attempt to write a readonly database"))


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed
    with pytest.raises(StoreError, match="the driver of PostgreSQL is not installed") as refused:
        open_store("postgresql://ada@db.example/x")
    assert refused.value.hint == 'run: python -m pip install "tipsheet[postgresql]"'
