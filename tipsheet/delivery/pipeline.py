"""Messages through a connected SMTP session, one round trip each where the server allows it (RFC 2920).

`smtplib` makes the connection; from then on its socket is ours. The end of one message and the
envelope of the next are one write, and four replies come back together. A reply is believed only
while their number is right: whatever comes before it was asked for ends the session.
"""

import re
import smtplib
import socket
from contextlib import suppress

from tipsheet.delivery.channel import NEVER_ENDED, Channel, ChannelError, Dropped, Envelope, Receipt, TimedOut
from tipsheet.delivery.replies import Replies

__all__ = ["PipelinedSession"]

_GO_AHEAD = 354
_END = b".\r\n"
_DATA = b"DATA\r\n"
_unsendable = re.compile(r"[\0-\x20<>\x7f]").search
_LINES = "the lines of a message end in CRLF, and nothing else does"
_lf_alone = re.compile(rb"\n(?<!\r\n)").search
_cr_alone = re.compile(rb"\r(?!\n)").search
_cr_alone_or_dot = re.compile(rb"\r(?!\n[^.])").search  # and the end of the last line; most messages have but that


class PipelinedSession(Channel):
    """A `Channel` on the socket of an `smtplib.SMTP` that has said EHLO and, where needed, logged in.

    ``patience`` is in seconds, for a write or a reply, and for the reply to the end of a message:
    RFC 5321 (4.5.3.2) asks for 5 and 10 minutes.
    """

    def __init__(self, smtp: smtplib.SMTP, *, patience: float = 300, patience_for_end: float = 600) -> None:
        if smtp.sock is None:
            raise ValueError("the session is not connected")
        self._socket = smtp.sock
        self._socket.settimeout(patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the dot must not wait for an ACK
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

    def offer(self, envelope: Envelope, message: bytes) -> Receipt | None:
        """MAIL, RCPT, DATA and the lines of the message."""
        stuffed = _stuffed(message)
        if self._sent != envelope:
            if self._sent is not None:
                raise ValueError("another envelope was announced")
            refusal = self._in_group(envelope) if self._pipelining else self._in_lock_step(envelope)
        else:
            self._sent = None
            refusal = self._answers()
        if refusal is None:
            self._write(stuffed)
        return refusal

    def finish(self, following: Envelope | None) -> Receipt:
        """The dot, and what may go with it."""
        if self._spoke_too_early():  # whatever it is, it does not answer a dot that was never sent
            self._cut()
            return NEVER_ENDED
        if following is not None and self._pipelining:
            self._write(_END + _group(following))
            self._sent = following
        else:
            self._write(_END)
        self._socket.settimeout(self._patience_for_end)
        receipt = self._replies.read()
        self._socket.settimeout(self._patience)
        self._in_data = self._transaction = False
        if receipt.code == _GO_AHEAD:
            raise Dropped("the server answered the end of a message with 354")
        return receipt

    def _spoke_too_early(self) -> bool:
        try:
            return self._replies.waiting()
        except Dropped:
            return True

    def close(self) -> None:
        """QUIT, when nothing is under way."""
        if not self._in_data and self._sent is None:
            with suppress(OSError, ChannelError):
                self._socket.settimeout(min(5, self._patience))
                self._socket.sendall(b"QUIT\r\n")
                self._replies.read()
        self._cut()

    def _cut(self) -> None:
        with suppress(OSError):
            self._socket.close()

    def _in_group(self, envelope: Envelope) -> Receipt | None:
        reset, self._transaction = self._transaction, False
        self._write((b"RSET\r\n" if reset else b"") + _group(envelope))
        if reset:
            self._believe(self._replies.read())
        return self._answers()

    def _answers(self) -> Receipt | None:
        """Read what a group of commands was answered; all of it, so that the next reply is the next one's."""
        refusal = None
        self._transaction = False
        for _command in ("MAIL", "RCPT"):
            receipt = self._believe(self._replies.read())
            self._transaction = self._transaction or receipt.accepted
            refusal = refusal or (None if receipt.accepted else receipt)
            if receipt.closing:
                return refusal
        data = self._replies.read()
        self._in_data = data.code == _GO_AHEAD
        if refusal is not None and self._in_data:
            self._abandon()
        return refusal or (None if self._in_data else self._refusal(data))

    def _abandon(self) -> None:
        """End a message for nobody, which RFC 2920 (3.1) lets a server begin."""
        self._write(_END)
        self._replies.read()
        self._in_data = self._transaction = False

    def _in_lock_step(self, envelope: Envelope) -> Receipt | None:
        commands = [_mail(envelope), _rcpt(envelope)]
        if self._transaction:
            commands.insert(0, b"RSET\r\n")
        for command in commands:
            self._write(command)
            receipt = self._believe(self._replies.read())
            if not receipt.accepted:
                return receipt
            self._transaction = True
        self._write(_DATA)
        data = self._replies.read()
        self._in_data = data.code == _GO_AHEAD
        return None if self._in_data else self._refusal(data)

    def _believe(self, receipt: Receipt) -> Receipt:
        if receipt.code == _GO_AHEAD:
            raise Dropped("the server answers out of step")
        return receipt

    def _refusal(self, data: Receipt) -> Receipt:
        if data.accepted:  # 250 to DATA: a reply was left out or came twice
            raise Dropped("the server answers out of step")
        return data

    def _write(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise TimedOut("the server takes no more") from error
        except OSError as error:
            raise Dropped("the server closed the connection") from error


def _stuffed(message: bytes) -> bytes:
    """The lines with a dot before the dot of each line that begins with one (RFC 5321, 4.5.2).

    Raises ValueError for a CR or an LF alone, which one server takes for the end of a line and the
    next does not: that is how a message is smuggled into another (RFC 5321, 2.3.8).
    """
    if not message.endswith(b"\r\n") or _lf_alone(message):
        raise ValueError(_LINES)
    notable = _cr_alone_or_dot(message)
    if notable is not None and notable.start() < len(message) - 2:
        if _cr_alone(message):
            raise ValueError(_LINES)
        message = message.replace(b"\r\n.", b"\r\n..")
    return b"." + message if message.startswith(b".") else message


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
