"""A ``tipsheet serve`` at work, for tests to talk to."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.programs import PATIENCE
from tests.warm import Running, Started


class Served(Running):
    """A `tipsheet serve` at work: its address, and what it says."""

    def __init__(self, process: Started) -> None:
        super().__init__(process)
        self.url = self.hears(r"Serving (http://\S+/)")[1]

    def get(self, path: str = "", *, method: str = "GET", host: str = "") -> tuple[int, str]:
        """Status and text of what lies at this address below the site's."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            headers = {"Host": host} if host else {}
            connection.request(method, urlsplit(self.url).path + path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def shows(self, words: str, path: str = "") -> None:
        """Wait until the page there holds these words."""
        end = time.monotonic() + PATIENCE
        while words not in (page := self.get(path)[1]):
            assert time.monotonic() < end, page

    def interrupt(self) -> tuple[int, str]:
        """Ctrl-C: its exit code and its last words."""
        self.process.send_signal(signal.SIGINT)
        _, rest = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest.decode()


@contextmanager
def serving(letter: Path, *options: str) -> Iterator[Served]:
    """It at work on a free port; what it says on stderr only."""
    command = ["tipsheet", "serve", "--port", "0", *options]
    with Started(*command, cwd=letter, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            yield Served(process)
        finally:
            process.kill()
