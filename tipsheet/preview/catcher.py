"""A test of one's own: a letter to one address, by the mail server that is set up, or into a catcher that keeps it.

It is the letter that `tipsheet send --to` sends, by the same function. Nothing of it is written down: the ledger hears
nothing, and the address stands in no file and no log.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tipsheet.delivery.channel import ACCEPTED, Channel, Connect, Envelope, Receipt
from tipsheet.delivery.letters import dated, send_test
from tipsheet.delivery.senders import DEFAULT, SENDERS
from tipsheet.delivery.sending import Transport
from tipsheet.edition.edition import Edition
from tipsheet.errors import UnknownNameError
from tipsheet.model.audience import Segments
from tipsheet.preview.readers import MadeUpReader
from tipsheet.settings import Settings

__all__ = ["Catcher", "CatcherChannel", "Caught", "CaughtLetter", "Postbox", "Trial"]

KEPT = 50
"""Letters that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """A message that went to nobody; ``moment`` is when it was caught."""

    id: str
    moment: datetime
    to: str
    message: bytes

    @property
    def letter(self) -> "CaughtLetter":
        """Its header and its parts, decoded."""
        parsed = message_from_bytes(self.message, policy=policy.default)
        return CaughtLetter(
            headers=tuple((name, str(value)) for name, value in parsed.items()),
            html=_part(parsed, "html"),
            text=_part(parsed, "plain"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtLetter:
    """The fields of the header in their order, and the two parts."""

    headers: tuple[tuple[str, str], ...]
    html: str
    text: str


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()) if found is not None else ""


class Catcher:
    """Keeps the last `KEPT` messages in memory; threads may share one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """``now`` gives the moment at which a message is caught."""
        self._now = now
        self._lock = threading.Lock()
        self._kept: deque[Caught] = deque(maxlen=KEPT)
        self._count = 0

    def channel(self) -> "CatcherChannel":
        """A channel whose messages are kept."""
        return CatcherChannel(self)

    def keep(self, to: str, message: bytes) -> Caught:
        """Keep a message."""
        with self._lock:
            self._count += 1
            caught = Caught(id=str(self._count), moment=self._now(), to=to, message=message)
            self._kept.append(caught)
            return caught

    @property
    def caught(self) -> tuple[Caught, ...]:
        """The messages, newest first."""
        with self._lock:
            return tuple(reversed(self._kept))

    def find(self, name: str) -> Caught:
        """The message of this id; raises UnknownNameError."""
        for one in self.caught:
            if one.id == name:
                return one
        raise UnknownNameError(f"no test letter '{name}' is kept", f"the last {KEPT} are, until the desk is closed")


class CatcherChannel(Channel):
    """Takes every message, and any address; ``caught`` is the last one that it was given."""

    smtputf8 = True

    def __init__(self, catcher: Catcher) -> None:
        self._catcher = catcher
        self._offered: tuple[str, bytes] | None = None
        self.caught: Caught | None = None

    async def offer(self, envelope: Envelope, message: Sequence[bytes]) -> Receipt | None:
        """Hold the message until its end."""
        self._offered = envelope.recipient, b"".join(message)
        return None

    async def finish(self, following: Envelope | None) -> Receipt:  # noqa: ARG002 - the interface
        """Keep it."""
        if self._offered is not None:
            self.caught = self._catcher.keep(*self._offered)
            self._offered = None
        return ACCEPTED

    async def close(self) -> None:
        """Forget what was not ended."""
        self._offered = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A test to send: an edition, the address, and the reader whose letter it is."""

    edition: Edition
    to: str
    segments: Segments
    reader: MadeUpReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Postbox:
    """The way of tests: the catcher, the variables that may name a server, the clock, a source of randomness."""

    catcher: Catcher
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]

    @property
    def server(self) -> bool:
        """True if the environment names a mail server, rightly or not."""
        return bool(self.environ.get(SENDERS[DEFAULT].variable, "").strip())

    def send(self, trial: Trial, settings: Settings) -> tuple[Receipt, Caught | None]:
        """Send one letter, by the server if one is set up, and return its answer; else into the catcher.

        Raises TestRefusedError, ChannelError, MailServerUrlError and DkimKeyError.
        """
        edition, channel = dated(trial.edition, self.now()), self.catcher.channel()
        connect: Connect = lambda: channel  # noqa: E731 - the interface is a function
        if self.server:
            way = Transport(settings=settings, environ=self.environ, sender=DEFAULT, folder=Path())
            connect = way.connect(edition)
        values = trial.reader.fields
        receipt = send_test(edition, trial.to, trial.segments, connect, values=values, entropy=self.entropy)
        return receipt, channel.caught
