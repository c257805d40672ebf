"""Inputs of a build: files with digests of their contents, and entries among them that are no files.

A file whose size, times and inode are those of the last build is not read again. The times of a
fresh checkout are new, which costs one reading of everything and nothing else. Links are followed where
they stay inside the publication; nothing but a regular file is ever opened, since a pipe would never end.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tipsheet.engine.digest import digest

__all__ = ["Inputs", "Oddity", "Seen", "is_hidden", "links_in", "listed", "scan"]

SETTLED_NS = 2_000_000_000
"""A file that changed less than two seconds before it was read may change again without a new time."""
MANY_LINKS = 1000
"""So many folders may be reached by links: links to folders full of links would never end."""
PUBLIC_DOTS = frozenset({".well-known"})
"""Names that begin with a dot and are meant for visitors (RFC 8615)."""


class Oddity(StrEnum):
    """The reason for not reading an entry of a folder, in words that follow its name."""

    OUTSIDE = "is a link that leads out of the publication"
    HIDDEN = "is a link to what is not published"
    BROKEN = "is a link that leads nowhere"
    LOOP = "is a link to a folder that it lies in"
    MANY = "is one link to a folder too many"
    PIPE = "is a named pipe"
    SOCKET = "is a socket"
    DEVICE = "is a device"


class Seen(NamedTuple):
    """A file as it was when it was read; ``mark`` is None when its times could not be relied on."""

    digest: str
    mark: tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files by their paths, relative to the publication, with ``/`` separators.

    ``odd`` are entries that cannot be read as files; their "digest" says what they are. ``links`` are links by
    their paths, with what they lead to, relative to the publication as well. ``hidden`` are files that begin with
    a dot, and are not read.
    """

    root: Path
    files: Mapping[str, Seen]
    odd: Mapping[str, Oddity] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def below(self, folder: str) -> Iterator[str]:
        """The paths below a folder, sorted; what cannot be read is left out."""
        return (path for path in sorted(self.files) if path.startswith(f"{folder}/") and path not in self.odd)

    def digest(self, path: str) -> str:
        """The digest of a file, empty when there is none."""
        seen = self.files.get(path)
        return seen.digest if seen else ""


def is_hidden(path: str) -> bool:
    """Return True when a part of the path begins with a dot: a file of a program, not of the publication."""
    return any(part.startswith(".") and part not in PUBLIC_DOTS for part in path.split("/"))


def scan(root: Path, names: Iterable[str], known: Mapping[str, Seen], *, moment: int) -> Inputs:
    """The files of these names below ``root``, and all below those that are folders; hidden ones are not read.

    ``moment`` is the file system's time in ns. What does not exist is not there; raises OSError.
    """
    files: dict[str, Seen] = {}
    walk = _Walk(os.path.realpath(root))
    for name in names:
        path = os.path.join(root, name)  # noqa: PTH118 - see `_seen`
        elsewhere = os.path.normpath(name).startswith((os.pardir, os.sep))  # as mkdocs.yml says, by no link
        one = _Walk(os.path.realpath(path), walk.odd, {}, []) if elsewhere else walk
        for place, relative in one.below(path, name):
            files[relative] = _seen(place, known.get(relative), moment)
    files |= {path: Seen(f"!{oddity.name}", None) for path, oddity in walk.odd.items()}
    return Inputs(root, files, walk.odd, walk.links, tuple(walk.hidden))


def listed(root: Path, names: Iterable[str]) -> Inputs:
    """The files of these names by their paths alone: none is read, and none has a digest. Raises OSError."""
    walk = _Walk(os.path.realpath(root))
    found = [path for name in names for _, path in walk.below(os.path.join(root, name), name)]  # noqa: PTH118 - see `_seen`
    return Inputs(root, dict.fromkeys(found, Seen("", None)), walk.odd, walk.links, tuple(walk.hidden))


def links_in(root: Path, names: Iterable[str]) -> Mapping[str, str]:
    """The links below these folders that are followed, and what they lead to, relative to ``root``; reads no file."""
    walk = _Walk(os.path.realpath(root))
    for name in names:
        for _ in walk.below(os.path.join(root, name), name):  # noqa: PTH118 - see `_seen`
            pass
    return walk.links


@dataclass(slots=True)
class _Walk:
    """One walk through folders; ``top`` is the real path that links must not leave."""

    top: str
    odd: dict[str, Oddity] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    linked_folders: int = 0

    def below(self, place: str, name: str) -> Iterator[tuple[str, str]]:
        """Regular files with their paths: this one, or those below this folder."""
        try:
            mode = os.stat(place).st_mode  # noqa: PTH116 - see `_seen`
        except FileNotFoundError:
            return
        if stat.S_ISDIR(mode):
            real = os.path.realpath(place)
            if _lies_in(real, self.top):
                yield from self._folder(place, name, (real,), hidden=False)
            else:
                self.odd[name] = Oddity.OUTSIDE
        elif stat.S_ISREG(mode):
            yield place, name
        else:
            self.odd[name] = _oddity(mode)

    def _folder(self, folder: str, name: str, inside: tuple[str, ...], *, hidden: bool) -> Iterator[tuple[str, str]]:
        """``inside`` are the real paths of this folder and of those from which links led here."""
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = f"{name}/{entry.name}"
            dotted = hidden or is_hidden(entry.name)
            if entry.is_symlink():
                yield from self._link(entry, path, inside, hidden=dotted)
            elif entry.is_dir():
                here = (*inside[:-1], f"{inside[-1]}{os.sep}{entry.name}")
                yield from self._folder(entry.path, path, here, hidden=dotted)
            elif dotted:
                if not hidden:
                    self.hidden.append(path)
            elif entry.is_file():
                yield entry.path, path
            else:
                self.odd[path] = _oddity(entry.stat(follow_symlinks=False).st_mode)

    def _link(
        self, entry: "os.DirEntry[str]", path: str, inside: tuple[str, ...], *, hidden: bool
    ) -> Iterator[tuple[str, str]]:
        """A hidden link counts only where it leads to a folder: MkDocs walks through hidden folders as well."""
        target = os.path.realpath(entry.path)
        try:
            mode = entry.stat().st_mode
        except OSError:
            if not hidden:  # Emacs marks a file that is edited by a hidden link to nothing
                self.odd[path] = Oddity.BROKEN if _lies_in(target, self.top) else Oddity.OUTSIDE
            return
        if hidden and not stat.S_ISDIR(mode):
            return
        oddity = self._wrong(target, mode, inside, hidden=hidden)
        if oddity:
            self.odd[path] = oddity
            return
        self.links[path] = _relative(target, self.top)
        if stat.S_ISDIR(mode):
            self.linked_folders += 1
            yield from self._folder(entry.path, path, (*inside, target), hidden=hidden)
        else:
            yield entry.path, path

    def _wrong(self, target: str, mode: int, inside: tuple[str, ...], *, hidden: bool) -> Oddity | None:
        """The reason for not following a link to this, or None."""
        if not _lies_in(target, self.top):
            return Oddity.OUTSIDE
        if not hidden and is_hidden(_relative(target, self.top)):
            return Oddity.HIDDEN
        if stat.S_ISDIR(mode):
            if any(_lies_in(one, target) for one in (*inside, self.top)):
                return Oddity.LOOP
            return Oddity.MANY if self.linked_folders >= MANY_LINKS else None
        return None if stat.S_ISREG(mode) else _oddity(mode)


def _relative(path: str, top: str) -> str:
    return path[len(top.rstrip(os.sep)) + 1 :].replace(os.sep, "/")


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _oddity(mode: int) -> Oddity:
    if stat.S_ISFIFO(mode):
        return Oddity.PIPE
    return Oddity.SOCKET if stat.S_ISSOCK(mode) else Oddity.DEVICE


def _seen(path: str, before: Seen | None, moment: int) -> Seen:
    found = os.stat(path)  # noqa: PTH116 - a Path for each of thousands costs as much as the reading
    mark = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    if before is not None and before.mark == mark:
        return before
    settled = max(found.st_mtime_ns, found.st_ctime_ns) < moment - SETTLED_NS
    with open(path, "rb") as file:  # noqa: PTH123 - see above
        return Seen(digest(file.read()), mark if settled else None)
