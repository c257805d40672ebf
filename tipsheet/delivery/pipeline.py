"""Messages through a connected SMTP session, one round trip each where the server allows it (RFC 2920).

`smtplib` makes the connection; from then on its socket is ours. The end of one message and the
envelope of the next are one write, and four replies come back together. A reply is believed only
while their number is right: whatever comes before it was asked for ends the session.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from tipsheet.delivery.channel import NEVER_ENDED, Channel, ChannelError, Dropped, Envelope, Receipt, Stage, TimedOut
from tipsheet.delivery.loop import forget, writable
from tipsheet.delivery.replies import Replies

__all__ = ["PipelinedSession"]

_GO_AHEAD = 354
_ROOM = 262_144
"""Octets that the system takes before the other side has: a whole message, so that nobody waits to write the rest."""
_FAREWELL = 5
"""Seconds that the answer to QUIT is waited for."""
_END = b".\r\n"
_LINES = "a message is lines that end in CRLF, and nothing else does"
_DATA = b"DATA\r\n"
_RESET = b"RSET\r\n"
_unsendable = re.compile(r"[\0-\x20<>\x7f]").search


class PipelinedSession(Channel):
    """A `Channel` on the socket of an `smtplib.SMTP` that has said EHLO and, where needed, logged in.

    ``patience`` is in seconds, for a write or a reply, and for the reply to the end of a message:
    RFC 5321 (4.5.3.2) asks for 5 and 10 minutes.
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
            raise ValueError(_LINES)
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

    Remembered, since most of what a message consists of is in the next one too. Raises ValueError
    for a CR or an LF alone, which one server takes for the end of a line and the next does not: that
    is how a message is smuggled into another (RFC 5321, 2.3.8).
    """
    rest = lines.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest or not lines.endswith(b"\r\n"):
        raise ValueError(_LINES)
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
