"""Letters as .eml files in a folder, which every mail program opens. A file is there wholly or not at all."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from tipsheet.delivery.channel import ACCEPTED, Channel, Connect, Dropped, Envelope, Receipt

__all__ = ["FileChannel", "opened", "private_folder"]


def private_folder(folder: Path) -> None:
    """Make a folder for letters, which hold addresses and tokens: nobody but its owner looks into it (K10)."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _private_file(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@dataclass(slots=True)
class FileChannel(Channel):
    """Writes beside the place where a letter goes, and moves it there at its end; UTF-8 in addresses is fine.

    A disk that is full ends the channel, and the letter has not arrived. With ``lasting`` a letter is on the disk
    before it counts as arrived.
    """

    lasting: bool = False
    smtputf8: bool = True
    _offered: tuple[Path, Path] | None = field(default=None, repr=False)

    def paths(self, envelope: Envelope, message: bytes) -> tuple[Path, Path]:
        """The path that the letter is written to, and the one that it is moved to."""
        raise NotImplementedError

    def content(self, envelope: Envelope, message: bytes) -> bytes:  # noqa: ARG002 - others need it
        """The bytes of the file."""
        return message

    async def offer(self, envelope: Envelope, message: Sequence[bytes]) -> Receipt | None:
        """Write the letter beside its place."""
        whole = b"".join(message)
        written, place = self.paths(envelope, whole)
        try:
            with _private_file(written) as file:
                file.write(self.content(envelope, whole))
                if self.lasting:
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                written.unlink()
            raise Dropped(f"{written.parent} cannot be written: {error.strerror}") from error
        self._offered = written, place
        return None

    async def finish(self, following: Envelope | None) -> Receipt:  # noqa: ARG002 - nothing travels along
        """Move it into its place."""
        if self._offered is None:
            raise ValueError("no letter was offered")
        (written, place), self._offered = self._offered, None
        try:
            written.replace(place)
        except OSError as error:
            raise Dropped(f"{place.parent} cannot be written: {error.strerror}") from error
        return ACCEPTED

    async def close(self) -> None:
        """Leave nothing that has no end."""
        if self._offered is not None:
            with suppress(OSError):
                self._offered[0].unlink()
            self._offered = None


LONGEST = 200
"""Octets of a file's name before .eml; file systems stop at 255."""


class _Folder(FileChannel):
    """One file a recipient; the next letter to the same one takes its place."""

    __slots__ = ("_folder",)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def paths(self, envelope: Envelope, message: bytes) -> tuple[Path, Path]:  # noqa: ARG002 - named by its recipient
        name = quote(envelope.recipient, safe="@+!$&'=~ ")
        if len(name) > LONGEST:
            name = hashlib.sha256(name.encode()).hexdigest()
        return self._folder / f".{name}.part", self._folder / f"{name}.eml"


def opened(_environ: Mapping[str, str], folder: Path) -> Connect:
    """Channels into this folder, which is made."""

    def channel() -> Channel:
        private_folder(folder)
        return _Folder(folder)

    return channel
