"""D30: three senders share an issue on PostgreSQL while machines, clocks and networks fail: none doubled, none lost."""

import socket
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.delivery.builders import job, owners, people
from tests.delivery.processes import Tally, finished, sender, tally
from tests.delivery.sink import Sink, running
from tipsheet.delivery.sending import send
from tipsheet.store.database import open_store

pytestmark = pytest.mark.postgresql

READERS = 300
CONNECTIONS = 4
SOCKET = ".s.PGSQL.5432"
DAY = 24 * 3600


def whole(found: Tally) -> tuple[int, int, int, int, int]:
    return found.duplicates, found.lost, found.unasked, found.others, found.sent + found.unknown


def test_one_is_killed_and_two_clocks_are_a_day_off(postgresql_url):
    store = open_store(postgresql_url)
    people(store, READERS)
    with running(Sink()) as sink:
        sink.open.clear()
        with (
            sender(postgresql_url, sink, die=("inflight", 12), patience=60) as killed,
            sender(postgresql_url, sink, ahead=DAY, patience=60) as early,
            sender(postgresql_url, sink, ahead=-DAY, patience=60) as late,
        ):
            sink.wait_until(lambda: sink.at_once == 3 * CONNECTIONS)
            sink.open.set()
            ended = [finished(process) for process in (killed, early, late)]
        found = tally(store, sink)
    store.dispose()
    assert ended[0][0] == -9, ended
    assert {code for code, _ in ended[1:]} <= {0, 4}, ended
    assert whole(found) == (0, 0, 0, 0, READERS)
    assert found.unknown <= CONNECTIONS


class Network:
    """A socket in front of the one in a folder; nothing passes while it is stopped, and it can be cut."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server = str(server / SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        self._ends: list[socket.socket] = []
        self.passing = threading.Event()
        self.passing.set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._server)
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._carry, args=(one, other)))
                    self._threads[-1].start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65_536):
                self.passing.wait()
                other.sendall(data)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        for end in [*self._ends]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.passing.set()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in [*self._threads]:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()


@contextmanager
def network(server: Path, folder: Path) -> Iterator[Network]:
    made = Network(server, folder)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("comes_back", [True, False], ids=["comes back", "is cut"])
def test_a_network_stops_under_one_of_three(cluster, postgresql_url, monkeypatch, comes_back):
    """The others go on meanwhile; it goes on by itself, on the connection that it had or on a new one."""
    monkeypatch.setattr("tipsheet.delivery.sending._RECONNECT_WAITS", (0.1,) * 20)
    with (
        tempfile.TemporaryDirectory(prefix="tipsheet-") as folder,  # the name of a socket is short
        network(cluster.folder, Path(folder)) as between,
        running(Sink()) as sink,
    ):
        direct = [open_store(postgresql_url) for _ in range(2)]
        through = open_store(direct[0].url.update_query_dict({"host": folder}))
        people(direct[0], READERS)
        stopped = threading.Event()

        def stop(_name: str) -> None:
            if len(sink.accepted) > READERS // 10 and not stopped.is_set():
                between.passing.clear()
                stopped.set()

        def leave_some(_name: str) -> None:
            if len(sink.accepted) > READERS // 2:
                stopped.wait(60)

        jobs = [
            job(store, sink.connect, new_owner=owners(f"direct {n}"), checkpoint=leave_some)
            for n, store in enumerate(direct)
        ]
        jobs.append(job(through, sink.connect, new_owner=owners("through"), checkpoint=stop))
        with ThreadPoolExecutor(len(jobs)) as pool:
            running_jobs = [pool.submit(send, one) for one in jobs]
            assert stopped.wait(60)
            before = len(sink.accepted)
            sink.wait_for(min(before + READERS // 10, READERS - CONNECTIONS))
            between.passing.set() if comes_back else between.cut()
            ended = [one.result(timeout=60).exit_code for one in running_jobs]
        found = tally(direct[0], sink)
        for store in (*direct, through):
            store.dispose()
    assert whole(found) == (0, 0, 0, 0, READERS)
    assert found.unknown <= (0 if comes_back else CONNECTIONS)
    assert set(ended) <= {0, 4}
