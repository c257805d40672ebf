"""Mail servers on loopback: a real one with TLS and login, and one that says what it is told to."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.programs import PATIENCE

PASSWORD = "p@ss:w/rd?#%"  # noqa: S105 - of a server that lives for one test
QUOTED = "p%40ss%3Aw%2Frd%3F%23%25"


@dataclass
class Post:
    """What arrived: sender, recipients and bytes, in order."""

    arrived: list[tuple[str | None, list[str], bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        content = envelope.original_content or b""
        self.arrived.append((envelope.mail_from, list(envelope.rcpt_tos), content))
        return "250 2.0.0 OK"


@dataclass(frozen=True)
class Certificates:
    """An authority made for the test, and a server's context with a certificate from it."""

    ca_file: Path
    context: ssl.SSLContext


def certificates(folder: Path, name: str) -> Certificates:
    """A certificate for a server of this name, and the file of who issued it."""
    authority = trustme.CA()
    file = folder / f"{name}-ca.pem"
    authority.cert_pem.write_to_path(file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return Certificates(file, context)


def _knows(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(
    *,
    name: str = "post.example",
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    login: bool = False,
    **options: Any,
) -> Iterator[tuple[int, Post]]:
    """Run aiosmtpd by this name; yields its port and what arrives. With ``login`` it knows Ada."""
    post = Post()
    if login:
        needed = starttls is not None  # aiosmtpd knows of TLS only when it began after a greeting
        options |= {"authenticator": _knows, "auth_required": needed, "auth_require_tls": needed}

    def session() -> SMTP:
        return SMTP(post, hostname=name, tls_context=starttls, loop=loop, **options)

    loop = asyncio.new_event_loop()

    async def serve() -> asyncio.Server:
        return await loop.create_server(session, "127.0.0.1", 0, ssl=tls)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()  # before the server: this thread may have a loop already, a browser's for one
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(PATIENCE)
    try:
        yield server.sockets[0].getsockname()[1], post
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # transports close in the next turn of the loop


@contextmanager
def scripted(*answers: str) -> Iterator[tuple[int, list[str]]]:
    """A server that greets with the first answer and gives the others to whatever is asked, then hangs up.

    Yields its port and the commands that it heard; an empty answer is none.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[str] = []
    thread = threading.Thread(target=_answer, args=(listener, answers, heard))
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        thread.join()
        listener.close()


def _answer(listener: socket.socket, answers: Sequence[str], heard: list[str]) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            for number, answer in enumerate(answers):
                if number:
                    heard.append(stream.readline().decode().strip())
                stream.write("".join(f"{line}\r\n" for line in answer.splitlines()).encode())
