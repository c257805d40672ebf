"""The replies of a mail server, one after another (RFC 5321, 4.2)."""

import re
import socket
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from tipsheet.delivery.channel import Dropped, Receipt, Stage, TimedOut
from tipsheet.delivery.loop import readable

__all__ = ["Replies", "reply_of"]

_LINE = re.compile(rb"([2-5][0-9]{2})(?: (.*?))?\r*", re.DOTALL)
_ENHANCED = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=\s|$)")
_LONGEST = 4096
"""Octets of a line; RFC 5321 (4.5.3.1.5) allows 512."""
_LINES = 100
"""Of one reply; what is longer was not meant for us."""
_NONE = "the server answered with what is no reply of SMTP"


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
                raise Dropped(_NONE)
            lines.append(await self._line(patience))
        receipts = [_one(line[:3] + b" " + line[4:]) for line in lines]
        if len({receipt.code for receipt in receipts}) > 1:
            raise Dropped(_NONE)
        return Receipt(receipts[0].code, receipts[0].enhanced, " ".join(receipt.text for receipt in receipts))

    def waiting(self) -> bool:
        """Whether there is something that nobody has asked for: a farewell, or one reply too many.

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
        raise Dropped(_NONE)
    words = (found[2] or b"").decode("utf-8", "replace")
    enhanced = _ENHANCED.match(words)
    return Receipt(int(found[1]), enhanced[0] if enhanced else "", words)
