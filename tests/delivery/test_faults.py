"""What machines do to a sender: a disk that fills up, a database that goes away (D4), many at once."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import Cluster, make, postgresql_programs, start, stop
from tests.delivery.builders import ISSUE, NOW, SECRET, SEGMENTS, counts, edition, job, owners, people
from tests.delivery.processes import finished, sender, tally
from tests.delivery.sink import Sink, running
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import find_send, prepare
from tipsheet.store.database import open_store, writing
from tipsheet.store.failures import StoreError, UnreachableStoreError

READERS = 200
CONNECTIONS = 4


def test_a_full_disk_ends_the_run_before_a_dot(sqlite_url):
    """D4: no message without a committed row in flight; once there is room again, the rest goes."""
    store = open_store(sqlite_url)
    people(store, READERS)
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    store.dispose()
    file = Path(str(store.url.database))
    with running(Sink()) as sink:
        with sender(sqlite_url, sink, limit=file.stat().st_size + 40_000) as process:
            code, said = finished(process)
        assert (code, "StoreError" in said) == (1, True), said
        sink.wait_until_idle()
        assert 0 < len(sink.accepted) < READERS
        with sender(sqlite_url, sink) as process:
            code, said = finished(process)
    found = tally(store, sink)
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0), said
    assert found.unknown <= CONNECTIONS
    store.dispose()


@pytest.fixture
def own_cluster():
    """A cluster that may be restarted."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tipsheet-pg-"))
    try:
        make(folder, programs)
        yield folder, programs
    finally:
        shutil.rmtree(folder)


@contextmanager
def opened(url: sa.URL | str) -> Iterator[sa.Engine]:
    """A store whose connections are closed however the test ends: one left open is a warning in the next test."""
    store = open_store(url)
    try:
        yield store
    finally:
        store.dispose()


@pytest.mark.postgresql
def test_a_database_restarted_under_three_senders(own_cluster):
    """D4: they hold their letters back, come back, and write down what was answered in the meantime."""
    folder, programs = own_cluster
    server = start(folder, programs)
    try:
        url = Cluster(folder, iter(range(9))).database().render_as_string(hide_password=False)
        with opened(url) as store, running(Sink()) as sink:
            people(store, 5 * READERS)
            sink.open.clear()
            with (
                sender(url, sink, patience=60) as one,
                sender(url, sink, patience=60) as two,
                sender(url, sink, patience=60) as three,
            ):
                sink.wait_until(lambda: sink.at_once == 3 * CONNECTIONS)
                sink.open.set()
                for _ in range(2):
                    sink.wait_for(len(sink.accepted) + READERS)
                    stop(server)
                    server = start(folder, programs)
                ended = [finished(process) for process in (one, two, three)]
            store.dispose()
            found = tally(store, sink)
        assert {code for code, _ in ended} <= {0, 4}, ended
        assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0), ended
        assert found.sent + found.unknown == 5 * READERS
    finally:
        stop(server)


@pytest.mark.postgresql
def test_a_database_that_stays_away_ends_the_run(own_cluster, monkeypatch):
    """D4: with 69, and every letter of which the answer is known is said to be unknown at worst."""
    monkeypatch.setattr("tipsheet.delivery.sending._RECONNECT_WAITS", (0.05, 0.05))
    folder, programs = own_cluster
    server = start(folder, programs)
    gone = []

    def away(_recorded: object) -> None:
        if len(sink.accepted) > 5 and not gone:
            gone.append(stop(server))

    with opened(Cluster(folder, iter(range(9))).database()) as store, running(Sink()) as sink:
        people(store, READERS)
        connections = job(store, sink.connect, progress=away, checkpoint=lambda name: name == "offered" and away({}))
        with pytest.raises(UnreachableStoreError) as caught:
            send(connections)
        assert caught.value.exit_code == 69
        store.dispose()
        server = start(folder, programs)
        try:
            send(job(store, sink.connect, new_owner=owners("again")))
            found = tally(store, sink)
            store.dispose()
        finally:
            stop(server)
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0)


def test_a_ledger_that_refuses_is_never_written_around(sqlite_url):
    """D3, D4: a trigger refuses the mark, and the server hears no dot."""
    store = open_store(sqlite_url)
    people(store, 20)
    with store.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TRIGGER full BEFORE UPDATE OF state ON delivery WHEN new.state = 'inflight' AND old.id > 3 "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    with running(Sink()) as sink:
        with pytest.raises(StoreError):
            send(job(store, sink.connect))
        sink.wait_until_idle()
    assert len(sink.accepted) <= 3
    assert "sent" not in counts(store) or counts(store)["sent"] <= 3
    with store.begin() as connection:
        connection.execute(sa.text("DROP TRIGGER full"))
    with running(Sink(accepted=sink.accepted)) as again:
        send(job(store, again.connect, new_owner=owners("again")))
    found = tally(store, again)
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0)
    with store.connect() as connection:
        assert find_send(connection, ISSUE).state == "done"
    store.dispose()


def test_an_import_that_holds_the_store_is_waited_for(sqlite_url):
    """SQLite has one writer at a time: a sender waits longer than the store's patience, and then goes on."""
    store = open_store(sqlite_url)
    with store.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=20")
    people(store, 60)
    other = open_store(sqlite_url)
    with running(Sink()) as sink:
        held = other.execution_options(sqlite_begin="IMMEDIATE").connect()

        def hold(name: str) -> None:
            if name == "offered" and len(sink.accepted) == 20 and not held.in_transaction():
                held.begin()

        def free(_recorded: object) -> None:
            if held.in_transaction():
                held.rollback()

        assert send(job(store, sink.connect, connections=1, checkpoint=hold, progress=free)).exit_code == 0
        held.close()
    assert sorted(sink.recipients.values()) == [1] * 60
    other.dispose()
    store.dispose()
