"""Senders are killed with SIGKILL; the receiver's own log says what happened (D2, D3, D5)."""

import pytest

from tests.delivery.builders import counts, people
from tests.delivery.processes import finished, sender, tally
from tests.delivery.sink import Deed, Sink, running
from tipsheet.store.database import open_store

READERS = 300
CONNECTIONS = 4
CHECKPOINTS = ("claimed", "offered", "inflight", "answered")


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_sender_that_dies_at_a_named_point_doubles_and_loses_nobody(store, store_url, name):
    """D2, D3: unknown is at most one message a connection, and only those that were marked first."""
    people(store, READERS)
    with running(Sink()) as sink:
        with sender(store_url, sink, die=(name, 20 if name != "claimed" else 3)) as process:
            assert finished(process)[0] == -9
        sink.wait_until_idle()
        after_death = len(sink.accepted)
        with sender(store_url, sink) as process:
            code, said = finished(process)
    found = tally(store, sink)
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0), said
    assert found.unknown <= CONNECTIONS
    assert found.sent + found.unknown == READERS
    assert code == (4 if found.unknown else 0)
    assert 0 < after_death < READERS or name == "claimed"


def test_a_sender_killed_again_and_again_doubles_and_loses_nobody(store, store_url):
    """D2 in short; `make soak` kills 200 times."""
    kills = 0
    people(store, 2 * READERS)
    with running(Sink()) as sink:
        for more in (40, 90, 7, 60, 120):
            enough = len(sink.accepted) + more
            sink.fault = lambda _said, enough=enough: sink.open.clear() if len(sink.accepted) >= enough else None
            with sender(store_url, sink, patience=60) as process:
                sink.wait_for(enough)  # after which nothing more is taken, so that it is at work when it is killed
                kills += process.poll() is None
                process.kill()
                process.wait()
            sink.fault = lambda _said: None
            sink.open.set()
            sink.wait_until_idle()
        with sender(store_url, sink) as process:
            finished(process)
    found = tally(store, sink)
    assert kills == 5
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0)
    assert found.unknown <= kills * CONNECTIONS


def test_a_second_sender_on_a_file_is_turned_away(store_url, store):
    """D5: it exits with 75, and starts once the first is killed. On PostgreSQL both may work."""
    people(store, READERS)
    with running(Sink(fault=lambda said: Deed.HANG if said.verb == "." and said.count >= 20 else None)) as sink:
        with sender(store_url, sink, patience=60) as first:
            sink.wait_until(lambda: sink.said["."] == 20 + CONNECTIONS)
            if store.dialect.name == "sqlite":
                with sender(store_url, sink) as second:
                    assert finished(second)[0] == 75
            assert first.poll() is None
            first.kill()
            first.wait()
        sink.wait_until_idle()
        sink.fault = lambda _said: None
        with sender(store_url, sink) as third:
            assert finished(third)[0] == 4
    found = tally(store, sink)
    assert (found.duplicates, found.lost, found.unasked, found.others) == (0, 0, 0, 0)
    assert (found.unknown, found.unknown_arrived) == (CONNECTIONS, 0)


@pytest.mark.postgresql
def test_three_senders_share_an_issue(cluster, postgresql_url):
    """Rows are claimed under FOR UPDATE SKIP LOCKED: nobody gets two, and each sender gets some."""
    store = open_store(postgresql_url)
    people(store, 3 * READERS)
    with running(Sink()) as sink:
        with (
            sender(postgresql_url, sink) as one,
            sender(postgresql_url, sink) as two,
            sender(postgresql_url, sink) as three,
        ):
            ended = [finished(process) for process in (one, two, three)]
        assert [code for code, _ in ended] == [0, 0, 0], ended
        assert sorted(sink.recipients.values()) == [1] * 3 * READERS
    assert counts(store) == {"sent": 3 * READERS}
    store.dispose()
