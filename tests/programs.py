"""Programs that tests start: a port for them, and waiting until they listen or have said something."""

import os
import re
import secrets
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

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
def port_before_one_that_is_taken() -> Iterator[int]:
    """A port that nobody uses, whose next one somebody does; see `free_port`."""
    while True:
        port = free_port()
        with suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
            yield port
            return


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
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


@dataclass
class Running:
    """A program at work, and what it has said on stderr so far."""

    process: subprocess.Popen[bytes]
    said: str = ""

    def hears(self, words: str) -> re.Match[str]:
        """Wait until it has said this."""
        end = time.monotonic() + PATIENCE
        assert self.process.stderr is not None
        while not (found := re.search(words, self.said)):
            assert time.monotonic() < end, self.said
            if select.select([self.process.stderr], [], [], 1)[0]:
                part = os.read(self.process.stderr.fileno(), 65536)
                assert part, f"it has ended: {self.said}"
                self.said += part.decode()
        return found
