"""D31: as many connections as pay, from what a commit, an answer and a letter have taken."""

import time

import pytest

from tests.delivery.builders import counts, job, people
from tests.delivery.sink import Sink, running
from tipsheet.delivery.lane import Breadth, Measured, paying
from tipsheet.delivery.sending import send
from tipsheet.delivery.writer import LedgerWriter
from tipsheet.settings.delivery import DeliverySettings
from tipsheet.store.database import open_store


@pytest.mark.parametrize(
    ("commit", "answer", "work", "most", "expected"),
    [
        (0.0002, 0.0001, 0.0003, 32, 4),  # a quick disk: the fewest
        (0.001, 0.0005, 0.0003, 32, 20),
        (0.005, 0.0005, 0.0003, 64, 64),  # a busy disk, or one over a network
        (0.005, 0.0005, 0.0003, 16, 16),  # no more than mkdocs.yml allows
        (0.005, 0.0005, 0.0003, 2, 2),
        (0.0002, 0.02, 0.001, 64, 64),  # a server far away
        (0.0002, 0.002, 0.001, 64, 9),
        (0, 0, 0.001, 32, 4),  # nothing is known
        (0.005, 0, 0, 32, 32),
    ],
)
def test_the_number_that_pays(commit, answer, work, most, expected):
    assert paying(commit, answer, work, most) == expected


def measured(*, rate: float = 100, commit: float = 0.005, idle: float = 0, held: int = 0) -> Measured:
    """A second of a run, with four letters a commit."""
    commits = int(rate / 4)
    return Measured(int(rate), commits, 1, min(0.9, commits * commit), idle, held)


def total(*parts: Measured) -> Measured:
    return Measured(*(sum(getattr(part, name) for part in parts) for name in Measured.__slots__))


@pytest.mark.parametrize(
    ("parts", "expected", "settled"),
    [
        ([measured(rate=600)], 8, False),  # it doubles at most
        ([measured(rate=600), measured(rate=1000)], 16, False),
        ([measured(rate=600), measured(rate=1000), measured(rate=1900)], 32, False),
        ([measured(rate=600), measured(rate=620)], 8, True),  # the step did not pay
        ([measured(rate=600, commit=0.0001)], 4, True),
        ([measured(rate=600, held=1)], 4, True),  # a rate of the settings holds letters back
        ([measured(rate=40)], 4, False),  # too little to judge by
        ([Measured()], 4, False),
    ],
)
def test_steps(parts, expected, settled):
    breadth = Breadth(open=4, most=32)
    for number in range(len(parts)):
        breadth = breadth.after(total(*parts[: number + 1]))
    assert (breadth.open, breadth.settled) == (expected, settled)


def test_a_server_that_refuses_a_connection_is_asked_for_no_more():
    breadth = Breadth(open=4, most=32).after(measured(rate=600))
    assert breadth.open == 8
    assert breadth.after(total(measured(rate=600), measured(rate=1000)), refused=True).open == 8


def test_the_choice_is_told_in_words():
    assert str(Breadth(open=4, most=32)) == "4 connections"
    told = str(Breadth(open=4, most=32).after(Measured(400, 100, 1, 0.5, 0.02)))
    assert told == "8 connections: a commit took 5.0 ms, answers of the server 0.2 ms"


def test_a_slow_disk_is_shared_by_more_connections(sqlite_store_url, monkeypatch):
    """Each commit takes 10 ms more, as with a busy or a network disk."""
    committed = LedgerWriter._committed

    def slowly(self, work):
        time.sleep(0.01)
        return committed(self, work)

    monkeypatch.setattr(LedgerWriter, "_committed", slowly)
    store, heard = open_store(sqlite_store_url), []
    people(store, 160)
    with running(Sink()) as sink:
        told = job(store, sink.connect, connections=2, most_connections=8, chose=heard.append)
        assert send(told).exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 160
    assert counts(store) == {"sent": 160}
    assert 2 < heard[0].open <= 8
    assert heard[0].last.commit >= 0.01
    store.dispose()


def test_a_fixed_number_is_neither_changed_nor_told(sqlite_store_url):
    store, heard = open_store(sqlite_store_url), []
    people(store, 5)
    with running(Sink()) as sink:
        send(job(store, sink.connect, chose=heard.append))
    assert heard == []
    store.dispose()


@pytest.mark.parametrize(("written", "expected"), [("auto", 0), (1, 1), (64, 64)])
def test_the_setting(written, expected):
    assert DeliverySettings(connections=written).connections == expected


@pytest.mark.parametrize("written", [0, 65, "many", True, 2.5])
def test_another_setting_is_refused(written):
    with pytest.raises(ValueError, match=f"'{written}' is neither auto nor a number from 1 to 64"):
        DeliverySettings(connections=written)
