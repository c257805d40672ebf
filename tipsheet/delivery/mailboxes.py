"""Messages from where a publisher keeps what came back: a file, an mbox, a Maildir, a folder of files, a stream."""

import mailbox
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tipsheet.delivery.reports import LARGEST
from tipsheet.errors import TipsheetError

__all__ = ["UnreadableMailboxError", "messages_in", "messages_of_stream"]


class UnreadableMailboxError(TipsheetError):
    """It is no message and holds none."""


def messages_in(path: Path) -> Iterator[bytes]:
    """The messages of a Maildir, of a folder of files, of an mbox, or the one that a file is; nothing is changed."""
    if path.is_dir():
        if (path / "cur").is_dir():
            yield from _maildir(path)
        else:
            for file in sorted(path.iterdir()):
                if file.is_file() and file.stat().st_size and not file.name.startswith("."):
                    yield from messages_in(file)
        return
    with path.open("rb") as stream:
        start = stream.read(5)
    if not start:
        raise UnreadableMailboxError(f"{path.name} is empty")
    if start == b"From ":
        yield from _mbox(path)
    else:
        yield _start_of(path)


def messages_of_stream(stream: BinaryIO) -> Iterator[bytes]:
    """The messages that come by a stream: one, or an mbox."""
    with tempfile.NamedTemporaryFile() as file:
        shutil.copyfileobj(stream, file)
        file.flush()
        yield from messages_in(Path(file.name))


def _maildir(path: Path) -> Iterator[bytes]:
    for folder in ("new", "cur"):
        if (path / folder).is_dir():
            for file in sorted(one for one in (path / folder).iterdir() if one.is_file()):
                yield _start_of(file)


def _mbox(path: Path) -> Iterator[bytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)[:LARGEST]
    finally:
        box.close()


def _start_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(LARGEST)
