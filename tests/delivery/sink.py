"""A mail server on loopback that misbehaves as it is told, and keeps a log of what it accepted.

The log is written before the answer goes out: what it holds has arrived, whatever the sender thinks.
aiosmtpd hides too much for this: it reads a message whole, and answers in its own time.
"""

import asyncio
import re
import smtplib
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from tests.programs import PATIENCE
from tipsheet.delivery.channel import Channel, ChannelError, Dropped
from tipsheet.delivery.senders.smtp import PipelinedSession


class Deed(Enum):
    """What a server can do instead of answering."""

    DROP = "close the connection"
    HANG = "say nothing until the other side gives up"
    HOLD = "say nothing until the test goes on, and close the connection then"
    IGNORE = "read nothing"
    ACCEPT_AND_DROP = "log the message, and close the connection"


Fault = str | Deed | None
"""Words to answer with (several lines are several replies), a deed, or None to answer as one should."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the server is about to answer: the verb, what came with it, how often the verb came before in all sessions.

    Besides those of SMTP there are ``GREETING``, ``BODY`` at the first line of a message, and ``.``.
    """

    verb: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was taken on."""

    recipient: str
    message: bytes

    @property
    def message_id(self) -> str:
        found = re.search(rb"^Message-ID: (<[^>]+>)\r$", self.message, re.MULTILINE)
        assert found is not None
        return found[1].decode()


@dataclass
class Sink:
    """A server in a thread of its own; `accepted` may be read at any time."""

    fault: Callable[[Said], Fault] = lambda _said: None
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8")
    tls: ssl.SSLContext | None = None
    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    sessions: int = 0
    at_once: int = 0
    most_at_once: int = 0
    said: Counter[str] = field(default_factory=Counter)
    news: threading.Condition = field(default_factory=threading.Condition)
    open: threading.Event = field(default_factory=threading.Event)
    freed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.open.set()

    def wait_until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        with self.news:
            assert self.news.wait_for(condition, seconds), (len(self.accepted), self.said)

    def wait_for(self, count: int) -> None:
        """Until so many messages were accepted."""
        self.wait_until(lambda: len(self.accepted) >= count)

    def wait_until_idle(self) -> None:
        """Until every session has ended: what a killed sender had written has been read."""
        self.wait_until(lambda: self.at_once == 0)

    @property
    def keys(self) -> Counter[str]:
        """How often the message of each key arrived."""
        return Counter(one.message_id.partition(".")[2].partition("@")[0] for one in self.accepted)

    @property
    def recipients(self) -> Counter[str]:
        """How many messages each address got."""
        return Counter(one.recipient for one in self.accepted)

    def connect(self) -> Channel:
        """A `Connect` to it."""
        return connect_to(self.port)

    def accept(self, recipient: str, lines: list[bytes]) -> None:
        with self.news:
            self.accepted.append(Accepted(recipient, b"".join(lines)))
            self.news.notify_all()

    def moved(self, by: int) -> None:
        with self.news:
            self.at_once += by
            self.sessions += by > 0
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.news.notify_all()


def connect_to(port: int, patience: float = 20, greeting: float = 20) -> Channel:
    """A `Connect` without TLS, for tests; seconds to wait for an answer, and for the first ones."""
    smtp = smtplib.SMTP(timeout=greeting)
    try:
        code, words = smtp.connect("127.0.0.1", port)
        if code != 220:
            smtp.close()
            raise Dropped(words.decode())
        smtp.ehlo("sender.example")
    except (smtplib.SMTPException, OSError) as error:
        smtp.close()
        raise Dropped(str(error)) from error
    return PipelinedSession(smtp, patience=patience, patience_for_end=patience)


class _Leave(Exception):  # noqa: N818 - ends a session
    pass


class _Session:
    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sink, self._reader, self._writer = sink, reader, writer
        self._from = self._to = False
        self._recipient = ""

    async def run(self) -> None:
        self._sink.moved(1)
        try:
            await self._answer("GREETING", "", "220 sink.example ESMTP")
            while line := await self._reader.readline():
                await self._command(line.decode("utf-8", "surrogateescape").rstrip("\r\n"))
        except (_Leave, ConnectionError, ValueError):  # ValueError: a line without end
            pass
        finally:
            self._writer.close()
            if self._sink.tls:
                self._writer.transport.abort()  # nobody says goodbye in TLS
            with suppress(ConnectionError):
                await self._writer.wait_closed()
            self._sink.moved(-1)

    async def _command(self, line: str) -> None:
        verb = line.partition(" ")[0].upper()
        match verb:
            case "EHLO":
                said = "\r\n".join(f"250-{word}" for word in ("sink.example", *self._sink.extensions))
                await self._answer(verb, line, said + "\r\n250 OK")
            case "MAIL":
                while not self._sink.open.is_set():  # noqa: ASYNC110 - a test, of another thread, holds everybody up
                    await asyncio.sleep(0.01)
                right = await self._answer(verb, line, "503 5.5.1 nested" if self._from else "250 2.1.0 OK")
                self._from = self._from or right
            case "RCPT":
                right = await self._answer(verb, line, "250 2.1.5 OK" if self._from else "503 5.5.1 no MAIL")
                if right:
                    self._to, self._recipient = True, line.partition("<")[2].partition(">")[0]
            case "DATA":
                if await self._answer(verb, line, "354 go on" if self._to else "554 5.5.1 no valid recipients", 354):
                    await self._message()
            case "RSET":
                self._from = self._to = False
                await self._answer(verb, line, "250 2.0.0 OK")
            case "QUIT":
                await self._answer(verb, line, "221 2.0.0 bye")
                raise _Leave
            case _:
                await self._answer(verb, line, "502 5.5.2 what?")

    async def _message(self) -> None:
        lines: list[bytes] = []
        recipient, self._recipient = self._recipient, ""
        self._from = self._to = False
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise _Leave
            if not lines:
                await self._answer("BODY", recipient, "")
            lines.append(line[1:] if line.startswith(b".") else line)
        if not lines:  # RFC 2920, 3.1: the end of a message for nobody
            await self._say("554 5.5.1 no valid recipients")
            return
        await self._end(recipient, lines)

    async def _end(self, recipient: str, lines: list[bytes]) -> None:
        fault = self._fault(".", recipient)
        if fault is Deed.ACCEPT_AND_DROP:
            self._sink.accept(recipient, lines)
            raise _Leave
        if fault is None or (isinstance(fault, str) and fault.startswith("250")):
            self._sink.accept(recipient, lines)
        await self._carry_out(fault, "250 2.0.0 OK")

    async def _answer(self, verb: str, words: str, right: str, good: int = 250) -> bool:
        """Answer; whether the command worked."""
        fault = self._fault(verb, words)
        await self._carry_out(fault, right)
        said = fault if isinstance(fault, str) else right
        return said.startswith(str(good))

    def _fault(self, verb: str, words: str) -> Fault:
        with self._sink.news:
            count = self._sink.said[verb]
            self._sink.said[verb] += 1
            self._sink.news.notify_all()
        return self._sink.fault(Said(verb, words, count))

    async def _carry_out(self, fault: Fault, right: str) -> None:
        if fault is Deed.DROP:
            raise _Leave
        if fault is Deed.IGNORE:
            await asyncio.sleep(3600)  # until the test is over
        if fault is Deed.HOLD:
            while not self._sink.freed.is_set():  # noqa: ASYNC110 - by a test, of another thread
                await asyncio.sleep(0.01)
            raise _Leave
        if fault is Deed.HANG:
            await self._reader.read()  # until the other side gives up
            raise _Leave
        said = fault if isinstance(fault, str) else right
        if said:
            await self._say(said)
            if said.startswith("421"):
                raise _Leave

    async def _say(self, words: str) -> None:
        self._writer.write(words.encode() + b"\r\n")
        await self._writer.drain()


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    """Serve until the end of the block."""
    loop = asyncio.new_event_loop()

    async def serve() -> asyncio.Server:
        return await asyncio.start_server(
            lambda r, w: _Session(sink, r, w).run(), "127.0.0.1", sink.port, limit=2**20, ssl=sink.tls
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()  # before the server: this thread may have a loop already, a browser's for one
    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    sink.port = server.sockets[0].getsockname()[1]

    async def end() -> None:
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


__all__ = ["Accepted", "ChannelError", "Deed", "Fault", "Said", "Sink", "connect_to", "running"]
