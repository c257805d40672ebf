"""Mailboxes where a publisher keeps mail: a file, an mbox, a Maildir, a folder of files, a stream; and processing them.

`messages_in` reads messages and changes nothing. A `Mailbox` also moves what was dealt with to another of its folders;
`tipsheet.delivery.imap` is the one on a server.
"""

import mailbox
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from tipsheet.delivery.inbox import Inbox, MailKind
from tipsheet.delivery.reports import LARGEST
from tipsheet.errors import TipsheetError

__all__ = [
    "Files", "Folders", "Found", "MailCounts", "Mailbox", "Maildir", "UnreadableMailboxError", "keep", "mailbox_at",
    "messages_in", "messages_of_stream", "process",
]  # fmt: skip


class UnreadableMailboxError(TipsheetError):
    """It is no message and holds none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message, and what its mailbox knows it by."""

    key: Any
    data: bytes


class Mailbox(ABC):
    """Messages that lie somewhere, of which some are moved to other folders of the same place."""

    @abstractmethod
    def messages(self) -> Iterator[Found]:
        """The messages that are there now; they may be moved during the iteration."""

    @abstractmethod
    def move(self, found: Sequence[Found], folder: str) -> int:
        """Move messages to a folder, which is made; returns how many were moved. Moving one twice moves it once."""

    def leave(self, found: Sequence[Found]) -> None:  # noqa: B027 - most have nothing to do
        """Hear of messages that stay where they are."""


class Files(Mailbox):
    """A message, an mbox or a folder of files, which nothing is moved from."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def messages(self) -> Iterator[Found]:
        """As `messages_in`."""
        yield from (Found(key=None, data=data) for data in messages_in(self._path))

    def move(self, found: Sequence[Found], folder: str) -> int:  # noqa: ARG002 - as every mailbox
        """Nothing is moved: what was read is known by its digest."""
        return 0


class Maildir(Mailbox):
    """A Maildir, whose folders lie in it as Maildir++ has them: ``.name``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def messages(self) -> Iterator[Found]:
        """Those in new and cur; one that somebody moves meanwhile is passed over."""
        for file in _files_of(self._path):
            with suppress(FileNotFoundError):
                yield Found(key=file, data=_start_of(file))

    def move(self, found: Sequence[Found], folder: str) -> int:
        """One rename each, which a crash does before or after."""
        if not found:
            return 0
        if "/" in folder or not folder.strip("."):
            raise UnreadableMailboxError(f"'{folder}' cannot be a folder of a Maildir", "use a name like done")
        mailbox.Maildir(self._path, create=False).add_folder(folder).close()
        moved = 0
        for one in found:
            name = one.key.name if ":2," in one.key.name else f"{one.key.name}:2,"
            with suppress(FileNotFoundError):
                one.key.rename(self._path / f".{folder}" / "cur" / name)
                moved += 1
        return moved


def mailbox_at(path: Path) -> Mailbox:
    """The Maildir that a folder is, or the messages that a path holds."""
    return Maildir(path) if (path / "cur").is_dir() else Files(path)


def keep(message: bytes, folder: Path, name: str) -> None:
    """Put a message into a Maildir, which is made, its owner's alone; it is on the disk when this returns.

    The same message under the same name is there once, however often it is brought.
    """
    for place in (folder, *(folder / part for part in ("tmp", "new", "cur"))):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    written, place = folder / "tmp" / name, folder / "new" / name
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(message)
        file.flush()
        os.fsync(file.fileno())
    written.replace(place)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def messages_in(path: Path) -> Iterator[bytes]:
    """The messages of a Maildir, of a folder of files, of an mbox, or the one that a file is; nothing is changed."""
    if path.is_dir():
        if (path / "cur").is_dir():
            yield from map(_start_of, _files_of(path))
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


def _files_of(path: Path) -> Iterator[Path]:
    for folder in ("new", "cur"):
        if (path / folder).is_dir():
            yield from sorted(one for one in (path / folder).iterdir() if one.is_file())


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


BATCH = 50
"""Messages that are dealt with, each by itself, before they are moved together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The folders that messages are moved to: dealt with, and for a person; empty leaves the latter in place."""

    done: str
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailCounts:
    """Counts of the messages that were read and moved, and of the results."""

    read: int
    moved: int
    counts: Mapping[str, int]


def process(mailbox: Mailbox, inbox: Inbox, folders: Folders) -> MailCounts:
    """Deal with the messages of a mailbox, and move them."""
    counts: Counter[str] = Counter()
    read = moved = 0
    for batch in _batches(mailbox.messages()):
        outcomes = [inbox.take(found.data) for found in batch]
        counts.update(words for outcome in outcomes for words in outcome.words)
        read += len(batch)
        if not inbox.dry_run:
            pairs = list(zip(batch, outcomes, strict=True))
            rest = [found for found, outcome in pairs if outcome.what is MailKind.PERSON]
            moved += mailbox.move(
                [found for found, outcome in pairs if outcome.what is not MailKind.PERSON], folders.done
            )
            if folders.person:
                moved += mailbox.move(rest, folders.person)
            else:
                mailbox.leave(rest)
    return MailCounts(read=read, moved=moved, counts=dict(sorted(counts.items())))


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    while batch := list(islice(found, BATCH)):
        yield batch
