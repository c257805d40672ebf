"""Which files a build reads, each with a digest of its content.

A file whose size, times and inode are those of the last build is not read again. The times of a
fresh checkout are new, which costs one reading of everything and nothing else.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tipsheet.state.digest import digest

__all__ = ["Inputs", "Seen", "scan"]

SETTLED_NS = 2_000_000_000
"""A file that changed less than two seconds before it was read may change again without a new time."""


class Seen(NamedTuple):
    """A file as it was when it was read; ``mark`` is None when its times could not be relied on."""

    digest: str
    mark: tuple[int, int, int, int] | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files by their paths, relative to the publication, with ``/`` separators."""

    root: Path
    files: Mapping[str, Seen]

    def below(self, folder: str) -> Iterator[str]:
        """The paths below a folder, sorted."""
        return (path for path in sorted(self.files) if path.startswith(f"{folder}/"))

    def digest(self, path: str) -> str:
        """The digest of a file, empty when there is none."""
        seen = self.files.get(path)
        return seen.digest if seen else ""


def scan(root: Path, names: Iterable[str], known: Mapping[str, Seen], *, moment: int) -> Inputs:
    """The files of these names below ``root``, and all below those that are folders; hidden ones are left out.

    ``moment`` is the file system's time in ns. What does not exist is not there; raises OSError.
    """
    files: dict[str, Seen] = {}
    for name in names:
        path = root / name
        if path.is_dir():
            for entry, relative in _entries(str(path), name):
                files[relative] = _seen(entry.path, entry.stat(), known.get(relative), moment)
        elif path.is_file():
            files[name] = _seen(str(path), path.stat(), known.get(name), moment)
    return Inputs(root, files)


def _entries(folder: str, name: str) -> Iterator[tuple["os.DirEntry[str]", str]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda found: found.name):
            relative = f"{name}/{entry.name}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _entries(entry.path, relative)
            elif entry.is_file():
                yield entry, relative


def _seen(path: str, stat: os.stat_result, before: Seen | None, moment: int) -> Seen:
    mark = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    if before is not None and before.mark == mark:
        return before
    settled = max(stat.st_mtime_ns, stat.st_ctime_ns) < moment - SETTLED_NS
    with open(path, "rb") as file:  # noqa: PTH123 - a Path for each of thousands costs as much as the reading
        return Seen(digest(file.read()), mark if settled else None)
