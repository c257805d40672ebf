"""Letters to a mail server, one round trip each if the server allows it (RFC 2920), and its replies (RFC 5321, 4.2).

`smtplib` makes the connection; from then on its socket is ours. The end of one message and the envelope of the next are
one write, and four replies come back together. A reply is believed only while their number is right: one that comes
before it was asked for ends the session.
"""

import re
import smtplib
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from tipsheet.delivery.answers import impersonal
from tipsheet.delivery.channel import (
    NEVER_ENDED,
    Channel,
    ChannelError,
    Connect,
    Dropped,
    Envelope,
    Receipt,
    Stage,
    TimedOut,
)
from tipsheet.delivery.connect import connect, offers
from tipsheet.delivery.loop import alone, forget, readable, writable
from tipsheet.delivery.mail_server import read_mail_server
from tipsheet.delivery.readiness import Facts, Finding, error, good, warning

__all__ = ["PipelinedSession", "Replies", "examine", "opened", "reply_of"]


def opened(environ: Mapping[str, str], _folder: Path) -> Connect:
    """Sessions with the server of the environment; raises MailServerUrlError."""
    server = read_mail_server(environ)

    def session() -> Channel:
        return PipelinedSession(connect(server))

    return session


def examine(facts: Facts) -> Iterator[Finding]:
    """The mail server: that it is named; with --connect, that it takes letters from us, over TLS."""
    server = read_mail_server(facts.environ)
    if not facts.network:
        yield good("mail server", f"{server}, not asked; --connect asks it")
        return
    smtp = connect(server)
    found = offers(smtp)
    code, answer = _asked(smtp, facts.bounces)
    alone(PipelinedSession(smtp).close())
    if code // 100 != 2:  # noqa: PLR2004 - RFC 5321, 4.2.1
        wanted = " It offers a login, and TIPSHEET_SMTP_URL names no user." if found.auth and not server.user else ""
        message = f"{server} does not take letters from us: {code} {answer}.{wanted}"
        hint = "name user and password in TIPSHEET_SMTP_URL, or ask who runs it whether this sender address may be used"
        yield error("mail server", message, hint)
        return
    words = [name for name, has in (("PIPELINING", found.pipelining), ("SMTPUTF8", found.smtputf8)) if has]
    yield good("mail server", f"{server} takes letters; it offers {', '.join(words) or 'little'}")
    if not found.pipelining:
        message = f"{server} does not offer PIPELINING"
        hint = "sending works, with four round trips a letter instead of one"
        yield warning("mail server", message, hint)


def _asked(smtp: smtplib.SMTP, sender: str) -> tuple[int, str]:
    """The server's answer to our MAIL FROM, which is then reset: nobody is sent anything."""
    try:
        code, words = smtp.mail(sender)
        smtp.rset()
    except (smtplib.SMTPException, UnicodeError) as error:
        return 0, impersonal(str(error))
    return code, impersonal(words.decode("utf-8", "replace"))


_GO_AHEAD = 354
_ROOM = 262_144
"""Octets that the system takes before the other side has: a whole message, so that nobody waits to write the rest."""
_FAREWELL = 5
"""Seconds that the answer to QUIT is waited for."""
_END = b".\r\n"
_NOT_LINES = "a message is lines that end in CRLF, and nothing else does"
_DATA = b"DATA\r\n"
_RESET = b"RSET\r\n"
_unsendable = re.compile(r"[\0-\x20<>\x7f]").search


class PipelinedSession(Channel):
    """A `Channel` on the socket of an `smtplib.SMTP` that has said EHLO and, where needed, logged in.

    ``patience`` is in seconds, for a write or a reply, and for the reply to the end of a message: RFC 5321 (4.5.3.2)
    asks for 5 and 10 minutes.
    """

    def __init__(self, smtp: smtplib.SMTP, *, patience: float = 300, patience_for_end: float = 600) -> None:
        if smtp.sock is None:
            raise ValueError("the session is not connected")
        self._socket = smtp.sock
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for an ACK
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
        self._patience, self._patience_for_end = patience, patience_for_end
        self._replies = Replies(self._socket)
        self._pipelining = smtp.has_extn("pipelining")
        self._smtputf8 = smtp.has_extn("smtputf8")
        self._sent: Envelope | None = None  # written already, its replies not read
        self._transaction = False  # a MAIL was accepted and nothing has ended it
        self._in_data = False

    @property
    def smtputf8(self) -> bool:
        """As EHLO said (RFC 6531)."""
        return self._smtputf8

    async def offer(self, envelope: Envelope, message: Sequence[bytes]) -> Receipt | None:
        """MAIL, RCPT, DATA and the lines of the message."""
        stuffed = b"".join(map(_stuffed, filter(None, message)))
        if not stuffed:
            raise ValueError(_NOT_LINES)
        if self._sent != envelope:
            if self._sent is not None:
                raise ValueError("another envelope was announced")
            refusal = await self._in_group(envelope) if self._pipelining else await self._in_lock_step(envelope)
        else:
            self._sent = None
            refusal = await self._answers()
        if refusal is None:
            await self._write(stuffed)
        return refusal

    async def finish(self, following: Envelope | None) -> Receipt:
        """The dot, and what may go with it."""
        if self._spoke_too_early():  # whatever it is, it does not answer a dot that was never sent
            await self._cut()
            return NEVER_ENDED
        if following is not None and self._pipelining:
            await self._write(_END + _group(following))
            self._sent = following
        else:
            await self._write(_END)
        receipt = await self._replies.read(self._patience_for_end)
        self._in_data = self._transaction = False
        if receipt.code == _GO_AHEAD:
            raise Dropped("the server answered the end of a message with 354")
        return receipt

    def _spoke_too_early(self) -> bool:
        try:
            return self._replies.waiting()
        except Dropped:
            return True

    async def close(self) -> None:
        """QUIT, when nothing is under way."""
        if not self._in_data and self._sent is None:
            with suppress(ChannelError):
                await self._write(b"QUIT\r\n")
                await self._replies.read(min(_FAREWELL, self._patience))
        await self._cut()

    async def _cut(self) -> None:
        await forget(self._socket)
        with suppress(OSError):
            self._socket.close()

    async def _in_group(self, envelope: Envelope) -> Receipt | None:
        reset, self._transaction = self._transaction, False
        await self._write((_RESET if reset else b"") + _group(envelope))
        if reset:
            self._believe(await self._replies.read(self._patience))
        return await self._answers()

    async def _answers(self) -> Receipt | None:
        """Read what a group of commands was answered; all of it, so that the next reply is the next one's."""
        refusal = None
        self._transaction = False
        for stage in (Stage.MAIL, Stage.RCPT):
            receipt = self._believe(await self._replies.read(self._patience))
            self._transaction = self._transaction or receipt.accepted
            if not receipt.accepted and refusal is None:
                refusal = replace(receipt, stage=stage)
            if receipt.closing:
                return refusal
        data = await self._replies.read(self._patience)
        self._in_data = data.code == _GO_AHEAD
        if refusal is not None and self._in_data:
            await self._abandon()
        return refusal or (None if self._in_data else self._refusal(data))

    async def _abandon(self) -> None:
        """End a message for nobody, which RFC 2920 (3.1) lets a server begin."""
        await self._write(_END)
        await self._replies.read(self._patience)
        self._in_data = self._transaction = False

    async def _in_lock_step(self, envelope: Envelope) -> Receipt | None:
        if self._transaction:
            await self._write(_RESET)
            self._believe(await self._replies.read(self._patience))
        for stage, command in ((Stage.MAIL, _mail(envelope)), (Stage.RCPT, _rcpt(envelope))):
            await self._write(command)
            receipt = self._believe(await self._replies.read(self._patience))
            if not receipt.accepted:
                return replace(receipt, stage=stage)
            self._transaction = True
        await self._write(_DATA)
        data = await self._replies.read(self._patience)
        self._in_data = data.code == _GO_AHEAD
        return None if self._in_data else self._refusal(data)

    def _believe(self, receipt: Receipt) -> Receipt:
        if receipt.code == _GO_AHEAD:
            raise Dropped("the server answers out of step")
        return receipt

    def _refusal(self, data: Receipt) -> Receipt:
        if data.accepted:  # 250 to DATA: a reply was left out or came twice
            raise Dropped("the server answers out of step")
        return replace(data, stage=Stage.DATA)

    async def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                await self._room()
            except OSError as error:
                raise Dropped("the server closed the connection") from error

    async def _room(self) -> None:
        try:
            await writable(self._socket, self._patience)
        except TimeoutError as error:
            raise TimedOut("the server takes no more") from error


@lru_cache(maxsize=1024)
def _stuffed(lines: bytes) -> bytes:
    """The lines with a dot before the dot of each line that begins with one (RFC 5321, 4.5.2).

    Remembered, since most of what a message consists of is in the next one too. Raises ValueError for a CR or an LF
    alone, which one server takes for the end of a line and the next does not: that is how a message is smuggled into
    another (RFC 5321, 2.3.8).
    """
    rest = lines.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest or not lines.endswith(b"\r\n"):
        raise ValueError(_NOT_LINES)
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _group(envelope: Envelope) -> bytes:
    return _mail(envelope) + _rcpt(envelope) + _DATA


def _mail(envelope: Envelope) -> bytes:
    unicode = b" BODY=8BITMIME SMTPUTF8" if envelope.smtputf8 else b""
    return b"MAIL FROM:<%s>%s\r\n" % (_encoded(envelope.sender, envelope), unicode)


def _rcpt(envelope: Envelope) -> bytes:
    return b"RCPT TO:<%s>\r\n" % _encoded(envelope.recipient, envelope)


def _encoded(address: str, envelope: Envelope) -> bytes:
    """Raises ValueError for an address that would be more than an argument."""
    if _unsendable(address):
        raise ValueError("an address of the envelope holds a space, an angle bracket or a control character")
    return address.encode("utf-8" if envelope.smtputf8 else "ascii")


_LINE = re.compile(rb"([2-5][0-9]{2})(?: (.*?))?\r*", re.DOTALL)
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)")
_LONGEST = 4096
"""Octets of a line; RFC 5321 (4.5.3.1.5) allows 512."""
_LINES = 100
"""Of one reply; what is longer was not meant for us."""
_NO_REPLY = "the server answered with what is no reply of SMTP"


class Replies:
    """Reads from a connected socket that does not block, TLS or not, and keeps what came too early."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._decrypted: Callable[[], int] = getattr(sock, "pending", int)  # octets that no selector knows of
        self._kept = b""
        self._lines: deque[bytes] = deque()  # without their ends

    async def read(self, patience: float) -> Receipt:
        """The next reply, waiting so many seconds for it; raises Dropped and TimedOut."""
        line = self._lines.popleft() if self._lines else await self._line(patience)
        if line[3:4] != b"-":
            return _one(line)
        lines = [line]
        while lines[-1][3:4] == b"-":
            if len(lines) == _LINES:
                raise Dropped(_NO_REPLY)
            lines.append(await self._line(patience))
        receipts = [_one(line[:3] + b" " + line[4:]) for line in lines]
        if len({receipt.code for receipt in receipts}) > 1:
            raise Dropped(_NO_REPLY)
        return Receipt(receipts[0].code, receipts[0].enhanced, " ".join(receipt.text for receipt in receipts))

    def waiting(self) -> bool:
        """True if octets came that nobody asked for: a farewell, or one reply too many.

        Raises Dropped when the connection is closed.
        """
        return bool(self._kept or self._lines) or self._receive()

    async def _line(self, patience: float) -> bytes:
        while not self._lines:
            if len(self._kept) > _LONGEST:
                raise Dropped("the server's reply has no end")
            if not self._decrypted():
                try:
                    await readable(self._socket, patience)
                except TimeoutError as error:
                    raise TimedOut("the server did not answer") from error
            self._receive()
        return self._lines.popleft()

    def _receive(self) -> bool:
        """Keep some more octets, if there are any yet; raises Dropped."""
        try:
            data = self._socket.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError as error:
            raise Dropped("the server closed the connection") from error
        if not data:
            raise Dropped("the server closed the connection")
        *lines, self._kept = (self._kept + data).split(b"\n")
        self._lines.extend(lines)
        return True


def reply_of(words: str, stage: Stage) -> Receipt:
    """The reply that a line says, as an answer to this command; raises Dropped for what is none."""
    return replace(_one(words.encode()), stage=stage)


@lru_cache(maxsize=256)
def _one(line: bytes) -> Receipt:
    """The reply that a line is; servers say the same again and again."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise Dropped(_NO_REPLY)
    words = (found[2] or b"").decode("utf-8", "replace")
    enhanced = _ENHANCED.match(words)
    return Receipt(int(found[1]), enhanced[0] if enhanced else "", words)
