"""A ``tipsheet web`` as a process, for tests and benchmarks to talk to, to stop and to kill."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.audience.people import SECRET
from tests.programs import PATIENCE
from tests.warm import Running, Started
from tests.web.builders import RECORD

HOST = urlsplit(RECORD.url).netloc


class Service(Running):
    """A service at work, and where it answers."""

    @property
    def port(self) -> int:
        return int(self.hears(r"http://\S+?:(\d+)")[1])

    def asked(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Status and text of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body or None, {"Host": HOST, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ended(self) -> tuple[int, str]:
        """Its exit code, and all that it said."""
        _, rest = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, self.said + rest.decode()


@contextmanager
def web(root: Path, url: str, *options: str, environ: Mapping[str, str] | None = None) -> Iterator[Service]:
    """The service of the publication in ``root``, on a free port; killed at the end, if it still lives."""
    told = {
        "TIPSHEET_SECRET": SECRET.text,
        "TIPSHEET_DATABASE_URL": url,
        "TIPSHEET_THROUGH": "nobody",
        **(environ or {}),
    }
    command = ["tipsheet", "-C", str(root), "web", "--port", "0", *options]
    with Started(
        *command, cwd=root, env={**os.environ, **told}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Service(process)
        finally:
            process.kill()
