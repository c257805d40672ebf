"""Writing output beside the last good one and swapping it in whole (S13).

``site`` is written as ``.site.new``; then the old one becomes ``.site.old``, the new one takes its
place and the old one goes. A kill in between is put right when the next build begins.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tipsheet.errors import WouldOverwriteError

__all__ = ["Stage", "write_files"]


class Stage:
    """A folder to be replaced as a whole; ``new`` is where to write.

    ``marks`` are files or patterns of which a folder of ours has at least one: a folder that is
    neither empty nor ours is refused with `WouldOverwriteError`.
    """

    def __init__(self, target: Path, marks: tuple[str, ...]) -> None:
        self.target = target
        self.new = target.with_name(f".{target.name}.new")
        self._old = target.with_name(f".{target.name}.old")
        self._recover()
        if target.exists() and not _is_ours(target, marks):
            hint = "name an empty folder, or one that an earlier build made"
            raise WouldOverwriteError(f"{target} holds other files than a build writes", hint)
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir(parents=True)

    def _recover(self) -> None:
        """A build that was killed between the two renames left the old output aside."""
        if self._old.exists() and not self.target.exists():
            self._old.rename(self.target)
        shutil.rmtree(self._old, ignore_errors=True)

    def swap_in(self) -> None:
        """Put the new output in place of the old."""
        if self.target.exists():
            self.target.rename(self._old)
        self.new.rename(self.target)
        shutil.rmtree(self._old, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Take away what was not swapped in; the last good output is as it was."""
        shutil.rmtree(self.new, ignore_errors=True)


def _is_ours(folder: Path, marks: tuple[str, ...]) -> bool:
    return folder.is_dir() and (not any(folder.iterdir()) or any(any(folder.glob(mark)) for mark in marks))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths relative to a folder."""
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
