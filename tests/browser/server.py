"""Loopback servers: one that serves a folder, one that records what is posted to it."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and logs nothing; a path that leads nowhere gets the site's own page for that."""

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer with 404.html as static hosts do."""
        page = Path(self.directory, "404.html")
        if code != http.HTTPStatus.NOT_FOUND or not page.is_file():
            return super().send_error(code, message, explain)
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.read_bytes())
        return None


class _Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps the form that is posted and thanks for it."""

    received: list[tuple[str, dict[str, list[str]]]]

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        """Record the form."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.received.append((self.path, parse_qs(body, keep_blank_values=True)))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><html lang=en><title>Thanks</title><h1>Thanks</h1>")


@contextmanager
def _running(handler: type[http.server.BaseHTTPRequestHandler] | functools.partial[_Quiet]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve this folder; yields its address, which ends in ``/``."""
    with _running(functools.partial(_Quiet, directory=str(folder))) as address:
        yield address


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, dict[str, list[str]]]]]]:
    """Record forms; yields the address and the list of what came: path and fields."""
    received: list[tuple[str, dict[str, list[str]]]] = []
    with _running(type("Recorder", (_Recorder,), {"received": received})) as address:
        yield address, received
