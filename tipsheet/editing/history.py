"""Earlier texts of the files that the desk has written, in ``.tipsheet/desk/``: what undo goes back through.

Each version is a file with the bytes of the text, in a folder for each path; its name says the rest, so that nothing
else can be damaged or be out of step. Only its owner can read it, and git passes over it. The oldest are deleted when
there are too many of one path, or too many bytes of all.
"""

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from tipsheet.engine.digest import digest
from tipsheet.engine.outputs import FOLDER

__all__ = ["DESK", "Cause", "History", "Version"]

DESK = f"{FOLDER}/desk"
"""Where they lie, in the folder of the publication."""
KEPT = 300
"""Versions of one path."""
BYTES = 200_000_000
"""Bytes of all versions."""
NAME = "path.txt"

_NAME = re.compile(r"(\d{8})-(\d{8})-([a-z]+)-(\d{8}T\d{6}Z)-(\d{1,12})-([0-9a-f]{32})\.text")
_STAMP = "%Y%m%dT%H%M%SZ"


class Cause(StrEnum):
    """The reason why a version was kept."""

    SAVED = "saved"
    """Written by the desk."""
    FOUND = "found"
    """Written by another program, and found when the desk wrote."""
    REFUSED = "refused"
    """Meant to be written: the file had been changed meanwhile, or the disk refused."""
    UNDONE = "undone"
    """An earlier text that undo has brought back."""
    DELETED = "deleted"
    """The text of a file that the desk deleted."""


_CAUSES = {cause.value: cause for cause in Cause}


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A text that was kept; ``number`` counts those of its path from 1, ``before`` is where undo goes (0: nowhere)."""

    number: int
    before: int
    cause: Cause
    stamp: str
    size: int
    digest: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.number:08}-{self.before:08}-{self.cause}-{self.stamp}-{self.size}-{self.digest}.text"

    @property
    def at(self) -> dt.datetime:
        """The moment at which it was kept."""
        return dt.datetime.strptime(self.stamp, _STAMP).replace(tzinfo=dt.UTC)


@dataclass(slots=True, kw_only=True)
class History:
    """The versions of all paths below a folder; whoever writes holds the lock of the desk."""

    folder: Path
    most: int = KEPT
    most_bytes: int = BYTES
    _total: int = field(init=False, default=-1)

    def versions(self, path: str) -> tuple[Version, ...]:
        """The versions of a path, oldest first."""
        return tuple(sorted(self._in(self._folder_of(path)), key=lambda one: one.number))

    def data(self, path: str, version: Version) -> bytes:
        """The bytes of a version. Raises OSError."""
        return (self._folder_of(path) / version.name).read_bytes()

    def find(self, path: str, mark: str) -> bytes | None:
        """The bytes of this digest, when they have been kept."""
        one = next((one for one in reversed(self.versions(path)) if one.digest == mark), None)
        return None if one is None else self.data(path, one)

    def state(self, path: str) -> Version | None:
        """The latest version that was the text of the file, as far as the desk knows."""
        return next((one for one in reversed(self.versions(path)) if one.cause is not Cause.REFUSED), None)

    def keep(self, path: str, data: bytes, cause: Cause, *, now: dt.datetime, before: int = 0) -> Version:
        """Keep a text on the disk for good, and let old ones go. Raises OSError, and then nothing has changed."""
        folder = self._folder_of(path)
        self._make(folder, path)
        version = Version(
            number=max((one.number for one in self._in(folder)), default=0) + 1,
            before=before,
            cause=cause,
            stamp=f"{now.astimezone(dt.UTC):{_STAMP}}",
            size=len(data),
            digest=digest(data),
        )
        _write(folder / version.name, data)
        self._bound(folder, version)
        return version

    def settle(self, path: str, version: Version, cause: Cause, before: int) -> Version:
        """Say of a version that was kept what has become of it."""
        settled = replace(version, cause=cause, before=before)
        folder = self._folder_of(path)
        (folder / version.name).replace(folder / settled.name)
        return settled

    def paths(self) -> tuple[str, ...]:
        """The paths that have versions."""
        found = []
        for folder in self._folders():
            with contextlib.suppress(OSError, UnicodeDecodeError):
                found.append((folder / NAME).read_bytes().decode())
        return tuple(sorted(found))

    def _folder_of(self, path: str) -> Path:
        return self.folder / digest(path.encode())

    def _folders(self) -> Iterator[Path]:
        if self.folder.is_dir():
            yield from (one for one in sorted(self.folder.iterdir()) if one.is_dir() and not one.is_symlink())

    def _make(self, folder: Path, path: str) -> None:
        if not folder.is_dir():
            self.folder.parent.mkdir(exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            _write(self.folder / ".gitignore", b"*\n")  # also where the publication's own says nothing of it
            folder.mkdir(mode=0o700)
        if not (folder / NAME).is_file():
            _write(folder / NAME, path.encode())

    def _in(self, folder: Path) -> Iterator[Version]:
        """The versions in a folder, in no order; files of other names are none of ours."""
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                found = _NAME.fullmatch(entry.name)
                if found and found[3] in _CAUSES:
                    number, before, cause, stamp, size, mark = found.groups()
                    yield Version(
                        number=int(number),
                        before=int(before),
                        cause=_CAUSES[cause],
                        stamp=stamp,
                        size=int(size),
                        digest=mark,
                    )

    def _bound(self, folder: Path, newest: Version) -> None:
        """Delete the oldest versions beyond the bounds, but never the one that was just kept."""
        for old in sorted(self._in(folder), key=lambda one: one.number)[: -self.most]:
            (folder / old.name).unlink(missing_ok=True)
            self._total -= old.size
        if self._total < 0 or self._total + newest.size > self.most_bytes:
            everything = [(one, where) for where in self._folders() for one in self._in(where)]
            self._total = sum(one.size for one, _ in everything)
            for one, where in sorted(everything, key=lambda pair: (pair[0].stamp, pair[1], pair[0].number)):
                if self._total > self.most_bytes and (where, one) != (folder, newest):
                    (where / one.name).unlink(missing_ok=True)
                    self._total -= one.size
        else:
            self._total += newest.size


def _write(file: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = file.with_name(".new")
    try:
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:  # noqa: PTH123 - private from the start
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
