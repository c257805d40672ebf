"""The server on real sockets: what is slow, too large, or says its length in two ways."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from tests.web.builders import world
from tipsheet.web import MAX_HEADERS, MAX_REQUEST, ListenError, Server, beside, create_app, serve_at
from tipsheet.web.guards import HEADERS, POLICY

HOST = "lists.halfturn.example"
PATIENCE = 60
"""Seconds; what is waited for takes one or two where nobody else needs the machine."""


@contextmanager
def answering(app: Flask, threads: int = 4) -> Iterator[Server]:
    """The application at work in a thread of ours, on a free port of loopback."""
    server = serve_at(app, "127.0.0.1", 0, threads)
    server.adj.cleanup_interval = 1
    with beside(server):
        yield server


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """Paths that the application has been asked for."""
    return []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, seen: list[str]) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    engine = sa.create_engine("sqlite://")
    app = create_app(world(engine, folder).service)

    @app.before_request
    def note() -> None:
        seen.append(request.path)

    @app.post("/echo")
    def echo() -> str:
        return f"got {len(request.get_data())}"

    with answering(app) as server:
        yield server
    engine.dispose()


def said(server: Server, data: bytes) -> bytes:
    """All that comes back until the connection is closed; we close our half."""
    with socket.create_connection(("127.0.0.1", server.effective_port), PATIENCE) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:  # refused before we had said all
            return b""


def post(*headers: str, body: str = "", version: str = "1.1") -> bytes:
    return "\r\n".join([f"POST /echo HTTP/{version}", f"Host: {HOST}", *headers, "", body]).encode("latin-1")


def statuses(answer: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


SMUGGLED = f"GET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n"
CHUNKED = "0\r\n\r\n"


TWO_WAYS = [
    ("Content-Length: 5", "Transfer-Encoding: chunked"),
    ("Transfer-Encoding: chunked", f"Content-Length: {len(CHUNKED + SMUGGLED)}"),
    ("Transfer-Encoding: chunked, identity",),
    ("Transfer-Encoding: xchunked",),
    ("Transfer-Encoding: \x0bchunked", "Content-Length: 5"),
    ("Transfer-Encoding : chunked", "Content-Length: 5"),
    ("Transfer-Encoding:\r\n\tchunked", "Content-Length: 5"),
    ("Content-Length: 5", "Content-Length: 0"),
    ("Content-Length: 5, 5",),
    ("Content-Length: +5",),
    ("Content-Length: -5",),
    ("Content-Length: 5_0",),
    ("Content-Length: 0x5",),
    ("Content-Length: 5\nX: y",),
    ("X: y\rContent-Length: 5",),
    ("no header",),
]
"""Headers by which a proxy and a server may see different ends of one request."""


@pytest.mark.parametrize("headers", TWO_WAYS)
def test_what_says_its_length_in_two_ways_is_refused(server: Server, seen: list[str], headers: tuple[str, ...]) -> None:
    """W14: nothing behind it is taken for a request of its own, whichever of the two a proxy has believed."""
    seen.clear()
    for version in ("1.1", "1.0"):
        answer = said(server, post(*headers, body=CHUNKED + SMUGGLED, version=version))
        assert statuses(answer)[:1] in ([400], [501])
        assert len(statuses(answer)) == 1
    assert seen == []


def test_a_request_of_the_old_form_has_no_chunks(server: Server, seen: list[str]) -> None:
    """W14: HTTP/1.0 knows no Transfer-Encoding, and a proxy may pass on one that it did not read."""
    seen.clear()
    answer = said(server, post("Transfer-Encoding: chunked", body=CHUNKED + SMUGGLED, version="1.0"))
    assert (statuses(answer), seen) == ([400], [])


def test_right_requests_are_answered_one_after_another(server: Server) -> None:
    """W14"""
    one = post("Content-Length: 3", body="a=b")
    chunked = post("Transfer-Encoding: chunked", body="3\r\na=b\r\n" + CHUNKED)
    answer = said(server, one + chunked + one)
    assert (statuses(answer), answer.count(b"got 3")) == ([200, 200, 200], 3)


@given(
    st.binary(max_size=300), st.lists(st.sampled_from(["Content-Length: 4", "Host: x", "Expect: 100-continue", "A:"]))
)
def test_any_bytes_are_answered_or_not(server: Server, noise: bytes, headers: list[str]) -> None:
    """W14: and the server lives."""
    said(server, noise)
    answer = said(server, post(*headers, body=noise.decode("latin-1")))
    assert not {status for status in statuses(answer) if status >= 500} - {501}
    assert statuses(said(server, b"GET /healthz HTTP/1.0\r\n\r\n")) == [200]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post(*[f"X-{n}: {'y' * 1000}" for n in range(MAX_HEADERS // 1000 + 2)]), 431),
        (post(f"Content-Length: {MAX_REQUEST + 1}"), 413),
        (post("Transfer-Encoding: chunked", body=f"{MAX_REQUEST + 1:x}\r\n" + "x" * (MAX_REQUEST + 10)), 413),
        (post("Content-Length: 70000", body="x" * 70000), 413),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_what_is_too_large_is_refused_with_all_headers(server: Server, data: bytes, status: int) -> None:
    """W14"""
    answer = said(server, data)
    if not answer and len(data) > 10_000:  # it was shut out while it still spoke
        return
    assert statuses(answer) == [status]
    assert f"Content-Security-Policy: {POLICY}" in answer.decode()
    assert all(f"{name}: {value}" in answer.decode() for name, value in HEADERS.items())
    assert b"Server:" not in answer


@pytest.mark.parametrize(
    "start",
    [b"", b"GET /healthz HTTP/1.1\r\nX: ", post("Content-Length: 1000")],
    ids=["silent", "slow headers", "slow body"],
)
def test_who_is_slow_is_shown_out_and_holds_nobody_up(server: Server, start: bytes) -> None:
    """W14: slowloris; a byte a moment is not idle, but a request has a time to arrive in."""
    before, idle = server.request_time, server.adj.channel_timeout
    slow = [socket.create_connection(("127.0.0.1", server.effective_port), PATIENCE) for _ in range(20)]
    end = time.monotonic() + PATIENCE
    try:
        for connection in slow:
            connection.sendall(start)
        assert statuses(said(server, b"GET /healthz HTTP/1.0\r\n\r\n")) == [200]
        server.request_time, server.adj.channel_timeout = 1, (1 if not start else 30)
        for connection in slow:
            connection.settimeout(0.1)
            while not closed(connection, dripping=bool(start)):
                assert time.monotonic() < end
    finally:
        server.request_time, server.adj.channel_timeout = before, idle
        for connection in slow:
            connection.close()


def closed(connection: socket.socket, *, dripping: bool) -> bool:
    """Whether the other side has closed; a byte more is sent where not."""
    try:
        if dripping:
            connection.sendall(b"x")
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_port_that_is_taken_is_told(server: Server) -> None:
    with pytest.raises(ListenError, match=f"port {server.effective_port} of 127.0.0.1"):
        serve_at(Flask("x"), "127.0.0.1", server.effective_port, 1)


def test_a_log_of_the_server_has_no_path(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """W7"""
    channel = server.channel_class
    with caplog.at_level("INFO"):
        channel.logger.info("Client disconnected while serving /leave/%s", "a" * 32)
        try:
            int("ada@example.org")
        except ValueError:
            channel.logger.exception("Exception while serving /leave/%s", "a" * 32)
    assert caplog.text.count("while serving a request") == 2
    assert "aaaa" not in caplog.text
    assert "ada@" not in caplog.text
