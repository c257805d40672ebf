"""Many readers at once: requests over connections that are kept open, as a proxy before the service does it."""

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.web.processes import HOST

__all__ = ["Load", "hammer", "one_click"]

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


def one_click(token: str, host: str = HOST) -> bytes:
    """The request of a mailbox provider for somebody who pressed "unsubscribe" (RFC 8058)."""
    body = "List-Unsubscribe=One-Click"
    return (
        f"POST /leave/{token} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@dataclass(slots=True)
class Load:
    """What came back: seconds from request to answer, statuses, and the numbers of the requests answered by 200."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the answers came."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@dataclass(slots=True)
class _Caller:
    """One connection: the request that it waits for, since when, and what has come."""

    connection: socket.socket
    number: int = -1
    begun: float = 0.0
    got: bytes = b""

    def ask(self, number: int, data: bytes) -> None:
        self.number, self.begun, self.got = number, time.perf_counter(), b""
        self.connection.sendall(data)


def hammer(port: int, requests: Sequence[bytes], connections: int, *, rate: float = 0.0) -> Load:
    """Ask all of it, each connection one request at a time; ends early when the other side goes away.

    ``rate`` is how many are begun a second; 0 begins one as soon as another is answered.
    """
    load, waiting = Load(), iter(enumerate(requests))
    started = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        callers = [_Caller(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(connections)]
        try:
            _run(load, callers, selector, waiting, (1 / rate if rate else 0.0))
        except ConnectionError:  # it was killed
            pass
        finally:
            load.seconds = time.perf_counter() - started
            for caller in callers:
                caller.connection.close()
    return load


def _run(
    load: Load,
    callers: Sequence[_Caller],
    selector: selectors.BaseSelector,
    waiting: Iterator[tuple[int, bytes]],
    pause: float,
) -> None:
    idle, busy, next_at = list(callers), 0, time.perf_counter()
    for caller in callers:
        selector.register(caller.connection, selectors.EVENT_READ, caller)
    left = True
    while left or busy:
        while left and idle and time.perf_counter() >= next_at:
            found = next(waiting, None)
            if found is None:
                left = False
                break
            idle.pop().ask(*found)
            busy, next_at = busy + 1, next_at + pause
        for key, _ in selector.select(max(0.0, min(1.0, next_at - time.perf_counter())) if left and idle else 1.0):
            if _heard(load, key.data):
                idle.append(key.data)
                busy -= 1


def _heard(load: Load, caller: _Caller) -> bool:
    """Whether the whole answer has come."""
    part = caller.connection.recv(65536)
    if not part:
        raise ConnectionResetError
    caller.got += part
    head, blank, body = caller.got.partition(b"\r\n\r\n")
    if not blank:
        return False
    length = _LENGTH.search(head)
    assert length, head
    if len(body) < int(length[1]):
        return False
    status = int(caller.got[9:12])
    load.waits.append(time.perf_counter() - caller.begun)
    load.statuses[status] = load.statuses.get(status, 0) + 1
    if status == 200:
        load.done.append(caller.number)
    return True
