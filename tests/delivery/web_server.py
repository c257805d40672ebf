"""A web server with TLS on loopback that answers well or badly, by the first word of the path."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POST_ONLY = {
    "redirect": 302, "moved": 308, "gone": 410, "unknown": 404, "page-alone": 405, "broken": 500, "forbidden": 403,
    "elsewhere": 302,
}  # fmt: skip
"""Status of a POST, where GET answers 200."""


@dataclass
class Web:
    """Where it listens, and what it was asked: method, path, kind of body, body."""

    port: int = 0
    asked: list[tuple[str, str, str, bytes]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, body: bytes) -> None:
        kind = self.headers.get("Content-Type", "")
        self.server.web.asked.append((self.command, self.path, kind.partition(";")[0], body))
        way, posted = self.path.split("/")[1], self.command == "POST"
        if way == "silent":
            time.sleep(2)
            self.close_connection = True
            return None
        if way == "drip":
            return self._drip()
        status = POST_ONLY.get(way, 200) if posted else 200
        if way == "one-form" and posted and "multipart" in kind:
            status = 415
        if way == "no-page" and not posted:
            status = 500
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", "https://login.other.test/" if way == "elsewhere" else "/leave/")
        if way == "cookie":
            self.send_header("Set-Cookie", "session=1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        return None

    def _drip(self) -> None:
        """An answer that never ends, an octet at a time."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(600):
                self.wfile.write(b"x")
                time.sleep(0.05)
        except OSError:
            self.close_connection = True

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    web: Web

    def handle_error(self, *_about: Any) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def web_server(context: ssl.SSLContext) -> Iterator[Web]:
    """Run it."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.web = Web(server.server_port)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.web
        finally:
            server.shutdown()
            thread.join()
