"""Letters as .eml files in a folder, which every mail program opens."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from tipsheet.delivery.channel import Channel, Connect, Envelope
from tipsheet.delivery.senders.files import FileChannel, private_folder

__all__ = ["opened"]

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
