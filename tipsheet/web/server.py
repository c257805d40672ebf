"""HTTP on waitress, within limits of time and size, and framed in one way only.

waitress reads a request to its end before a thread has it, so that slow senders hold no thread. What it lacks is
here: a deadline for the whole request, since one that sends a header a minute is never idle; and no answer to a
request that says its length in two ways, which a proxy before us might read in the other (request smuggling,
RFC 9112, 6.3).
"""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from tipsheet.errors import TipsheetError
from tipsheet.web.guards import HEADERS, POLICY

__all__ = ["ListenError", "Server", "beside", "serve_at"]

REQUEST_TIME = 30
"""Seconds for a whole request to arrive; one of a reader takes a moment, one of a provider a few."""
IDLE_TIME = 30
"""Seconds that a connection is kept for the next request."""
LOOK_EVERY = 5
"""Seconds between looks at who takes too long."""
CONNECTIONS = 500
"""Connections at a time; each holds a file descriptor, and most systems give a process 1,024."""
MAX_REQUEST = 1024 * 1024
"""Octets of a body that are read at all: providers' hooks; the application has lower limits for what is a form."""
MAX_HEADERS = 32 * 1024

_log = logging.getLogger("tipsheet.web.server")
_PATH = re.compile(r"while serving .*", re.DOTALL)


class ListenError(TipsheetError):
    """Another program listens there, or we may not."""

    exit_code = 2


def _without_path(record: logging.LogRecord) -> bool:
    """Take the path out of waitress' messages, since it holds a token (W7), and the traceback with what it shows."""
    record.msg, record.args = _PATH.sub("while serving a request", record.getMessage()), ()
    record.exc_info = record.exc_text = None
    return True


_log.addFilter(_without_path)
logging.getLogger("waitress.queue").setLevel(
    logging.ERROR
)  # it would write a line for each request that waits a moment


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is not typed
    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        # It has taken away the Transfer-Encoding that it understood: that of HTTP/1.1 which is "chunked"
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length is said in two ways")


class _Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to what is no HTTP, with the headers that all answers have."""

    def execute(self) -> None:
        self.response_headers.extend(HEADERS.items())
        self.response_headers.extend([("Content-Security-Policy", POLICY), ("Cache-Control", "no-store")])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    error_task_class = _Refusal
    logger = _log


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A server that is listening; `run` answers until Ctrl-C, and lets requests that are at work come to their end."""

    channel_class = _Channel
    request_time: float = REQUEST_TIME

    @property
    def url(self) -> str:
        """Where it answers."""
        host = self.effective_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.effective_port}"

    def run_until_closed(self) -> None:
        """Answer until ``accepting`` is taken away; for a thread of its own, which no Ctrl-C reaches."""
        while self.accepting:
            self.asyncore.loop(timeout=1, map=self._map, use_poll=True, count=1)

    def maintenance(self, now: float) -> None:
        """Close connections that are idle, and those whose request takes too long to arrive."""
        super().maintenance(now)
        latest = time.monotonic() - self.request_time
        for channel in list(self.active_channels.values()):
            asked = channel.request
            if asked is not None and asked.begun < latest:
                channel.will_close = True


def serve_at(application: Any, host: str, port: int, threads: int) -> Server:
    """A server for this WSGI application at the first address of ``host``; raises ListenError."""
    adjusted = Adjustments(
        threads=threads, connection_limit=CONNECTIONS, channel_timeout=IDLE_TIME, cleanup_interval=LOOK_EVERY,
        max_request_body_size=MAX_REQUEST, max_request_header_size=MAX_HEADERS, asyncore_use_poll=True, ident="",
        clear_untrusted_proxy_headers=False,  # `client_address` knows whom to believe
    )  # fmt: skip
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.create_server(address[:2], family=family, backlog=adjusted.backlog)
    except OSError as error:
        raise ListenError(
            f"port {port} of {host} cannot be listened at: {error.strerror}", "stop what does, or take another: --port"
        ) from error
    return Server(
        application, {}, _sock=bound, bind_socket=False, adj=adjusted,
        sockinfo=(family, socket.SOCK_STREAM, 0, bound.getsockname()),
    )  # fmt: skip


@contextmanager
def beside(server: Server) -> Iterator[Server]:
    """Let it answer in a thread of its own for as long as the block."""
    thread = threading.Thread(target=server.run_until_closed, name="web", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.accepting = False
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map, ignore_all=True)  # noqa: SLF001 - it has no other way
