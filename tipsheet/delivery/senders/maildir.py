"""Letters into a Maildir (https://cr.yp.to/proto/maildir.html), to read them in a mail program.

The standard library's `mailbox` keeps CRLF, asks the clock and makes a new name for a letter that is delivered twice;
here the same letter to the same reader is the same file.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tipsheet.delivery.channel import Channel, Connect, Envelope
from tipsheet.delivery.senders.folder import FileChannel, private_folder

__all__ = ["opened"]


class _Maildir(FileChannel):
    """Written to ``tmp``, moved to ``new``."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        super().__init__(lasting=True)
        self._folder = folder

    def paths(self, envelope: Envelope, message: bytes) -> tuple[Path, Path]:
        name = hashlib.sha256(envelope.recipient.encode() + b"\0" + message).hexdigest()[:40]
        return self._folder / "tmp" / f"tipsheet.{name}", self._folder / "new" / f"tipsheet.{name}"

    def content(self, envelope: Envelope, message: bytes) -> bytes:
        """As a final delivery writes it: line feeds alone, with the envelope on top (RFC 5321, 4.4)."""
        head = f"Return-Path: <{envelope.sender}>\nDelivered-To: {envelope.recipient}\n"
        return head.encode() + message.replace(b"\r\n", b"\n")


def opened(_environ: Mapping[str, str], folder: Path) -> Connect:
    """Channels into the Maildir at this place, which is made."""

    def channel() -> Channel:
        for place in (folder, *(folder / name for name in ("tmp", "new", "cur"))):
            private_folder(place)
        return _Maildir(folder)

    return channel
