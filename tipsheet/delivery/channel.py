"""The interface between the send loop and whatever takes the messages: a server, a folder, a program.

A message is handed over in two steps, because the ledger must record it between them: `Channel.offer` gives everything
but the end, and a refusal costs nothing; `Channel.finish` sends the end, and from then on the message may have arrived,
whatever else happens. In SMTP the end is the line with a dot (RFC 5321, 4.1.1.4); the next envelope may be sent along
(RFC 2920).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

import idna
import sqlalchemy as sa

from tipsheet.errors import TipsheetError

__all__ = [
    "ACCEPTED", "BAD_ADDRESS", "NEVER_ENDED", "NO_SMTPUTF8", "Channel", "ChannelError", "Connect", "Destination",
    "Dropped", "Envelope", "Governor", "Halt", "Receipt", "Stage", "TimedOut", "Unlimited", "destination_of",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipient for the server, which are not those of the header.

    Domains are in IDNA form. With ``smtputf8`` the local part of an address is not ASCII (RFC 6531); only a channel
    that takes it gets such an envelope.
    """

    sender: str
    recipient: str
    smtputf8: bool = False


class Stage(StrEnum):
    """The command that was answered."""

    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    END = "the end of the letter"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer: the code of RFC 5321 (250, 451, 550), that of RFC 3463 (``4.7.1`` or empty), the words.

    ``text`` may name the recipient: it is for the screen of one run, and kept only without addresses.
    """

    code: int
    enhanced: str = ""
    text: str = ""
    stage: Stage = Stage.END

    @property
    def accepted(self) -> bool:
        """True if the server has taken responsibility for the message."""
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def temporary(self) -> bool:
        """True if another try later may succeed."""
        return 400 <= self.code < 500  # noqa: PLR2004 - RFC 5321, 4.2.1

    @property
    def closing(self) -> bool:
        """True if nothing more goes through this channel (RFC 5321, 3.8: 421 at any time)."""
        return self.code == 421  # noqa: PLR2004 - RFC 5321


ACCEPTED = Receipt(250, "2.0.0", "OK")
"""The answer of a sender that has no codes."""

NEVER_ENDED = Receipt(0, "", "the connection was lost before the end was sent")
"""What `Channel.finish` returns when it found out in time: the message did not arrive."""


class ChannelError(TipsheetError):
    """A channel is of no use any more; whether its message arrived depends on the step that raised it."""

    exit_code = 69


class Dropped(ChannelError):  # noqa: N818 - what happened, as the ledger records it
    """The other side closed the connection, or said what makes no sense at this point."""


class TimedOut(ChannelError):  # noqa: N818 - what happened, as the ledger records it
    """The other side did not answer in time."""


class Channel(Protocol):
    """One connection, for one message after another. Its methods run in a `tipsheet.delivery.loop.Loop`.

    They must not block: `tipsheet.delivery.loop.in_thread` runs what takes long. A channel that raised `ChannelError`
    is closed by the loop and not used again. It may also be closed between `offer` and `finish`: then the message must
    not arrive.
    """

    @property
    def smtputf8(self) -> bool:
        """True if envelopes with ``smtputf8`` are taken."""

    async def offer(self, envelope: Envelope, message: Sequence[bytes]) -> Receipt | None:
        """Hand over a message but for its end; returns a refusal, or None when only `finish` is missing.

        ``message`` is in pieces of whole lines, each of which ends in CRLF. After a refusal the channel takes the next
        `offer`, unless the refusal is `Receipt.closing`. Raises ChannelError: the message did not arrive. Raises
        ValueError, with nothing written, for a message that has other line ends (RFC 5321, 2.3.8).
        """

    async def finish(self, following: Envelope | None) -> Receipt:
        """End the message that was offered, and return the answer, or `NEVER_ENDED`.

        ``following`` is the envelope of the next `offer`, when it is known: it may be sent along. Raises ChannelError:
        nobody knows whether the message arrived.
        """

    async def close(self) -> None:
        """Take leave between messages; in the middle of one, cut it off so that it does not arrive. Raises nothing."""


Connect = Callable[[], Channel]
"""Makes a channel; it may take its time, since it is called in a thread of its own.

It raises `ChannelError` for what may be over in a minute (no answer, a 421 greeting), and another
`TipsheetError` for what will not be: a password refused, a certificate that is wrong, no STARTTLS.
"""


@dataclass(frozen=True, slots=True)
class Halt:
    """The reason for sending no further letter of an issue for so many ``seconds``; None: until a person decides."""

    reason: str
    seconds: float | None = None


class Governor(Protocol):
    """Says how fast messages may go, and when to stop. Called by one thread.

    Domains are those of recipients, in small letters. Pauses are in seconds.
    """

    def delay(self, domain: str) -> float:
        """Seconds to wait with a message for this domain; 0 means that it goes now and was counted."""

    def closed(self) -> Halt | None:
        """The reason why no letter goes today any more, or None."""

    def saw(self, domain: str, receipt: Receipt, *, again: bool = False) -> Halt | None:
        """Hear what became of a message, which was tried ``again``; returns why to stop, or None."""

    def save(self, connection: sa.Connection) -> None:
        """Write down what must outlive the run, within a transaction of the ledger; about once a second."""


class Unlimited(Governor):
    """A `Governor` that lets everything pass."""

    def delay(self, domain: str) -> float:  # noqa: ARG002 - the interface
        """None."""
        return 0

    def closed(self) -> Halt | None:
        """Never."""
        return None

    def saw(self, domain: str, receipt: Receipt, *, again: bool = False) -> Halt | None:  # noqa: ARG002 - the interface
        """Nothing to stop for."""
        return None

    def save(self, connection: sa.Connection) -> None:
        """Nothing to keep."""


NO_SMTPUTF8 = "no_smtputf8"
"""Cause of a failure: the address needs SMTPUTF8 and the server does not offer it."""

BAD_ADDRESS = "bad_address"
"""Cause of a failure: nobody can be sent anything at such an address."""

LOCAL, WHOLE = 64, 254
"""Octets of a local part and of a path without its angle brackets, at most (RFC 5321, 4.5.3.1)."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\xa1-\U0010ffff-]+"
_local = re.compile(rf"{_ATOM}(?:\.{_ATOM})*").fullmatch
_plain_domain = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?").fullmatch
_breaks = re.compile(r"[\s\ud800-\udfff]").search


@dataclass(frozen=True, slots=True)
class Destination:
    """An address as it is sent in ``MAIL`` and ``RCPT``; its ``domain`` is ASCII, in small letters."""

    address: str
    domain: str
    smtputf8: bool


def destination_of(address: str) -> Destination | None:
    """The destination of a mail address, or None for what is no address (`BAD_ADDRESS`).

    The domain is in the A-labels of IDNA 2008, mapped as UTS 46 says; the local part stays as it is, since only its own
    host can interpret it (RFC 5321, 2.3.11). Quoted local parts and address literals are refused: nobody subscribes
    with one, and they can hold what breaks a command.
    """
    local, at, name = address.rpartition("@")
    domain = _ascii(name)
    if not at or domain is None or not _local(local) or _breaks(local):
        return None
    whole = f"{local}@{domain}"
    if len(local.encode()) > LOCAL or len(whole.encode()) > WHOLE:
        return None
    return Destination(whole, domain, smtputf8=not local.isascii())


@lru_cache(maxsize=4096)
def _ascii(domain: str) -> str | None:
    if _plain_domain(domain) and ".." not in domain:
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
