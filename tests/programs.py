"""Programs that tests start: a port for them, and waiting until they listen."""

import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class Program(Protocol):
    """A program that has been started, by whatever starts it."""

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""


PATIENCE = 60
"""Seconds; what is waited for takes one or two where nobody else needs the machine."""


def free_port() -> int:
    """A port that nobody uses, for programs that cannot choose one themselves.

    It lies below those that the kernel gives to whoever asks for any port (32768 and up on Linux), so that nobody
    gets it between this answer and the program's start.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextmanager
def port_that_refuses() -> Iterator[int]:
    """A port at which nobody answers, and which nobody else is given meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        yield int(bound.getsockname()[1])


@contextmanager
def port_before_one_that_is_taken() -> Iterator[int]:
    """A port that nobody uses, whose next one somebody does; see `free_port`."""
    while True:
        port = free_port()
        with suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
            yield port
            return


def wait_for(port: int, process: Program) -> None:
    """Wait until a program listens that tells nobody when it does."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "it has ended"
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return
