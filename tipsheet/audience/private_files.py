"""Files with people in them: never where others read them, and without a formula that a spreadsheet would run.

They must not get into the site, the outbox, the repository or the hands of other accounts. A cell that begins with
``=``, ``+``, ``-``, ``@``, TAB or CR gets an apostrophe (OWASP ASVS 1.2.10), and so does one that begins with
apostrophes before such a character; taking one away is then the exact inverse.
"""

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tipsheet.errors import TipsheetError, WouldOverwriteError
from tipsheet.store.location import ask_git

__all__ = ["ExposedFileError", "PrivateFile", "harmless", "is_unignored", "refuse_exposed", "restored"]

DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
MARKED = re.compile(r"'+[=+\-@\t\r]")


class ExposedFileError(TipsheetError):
    """A file of personal data would be published, or committed."""

    exit_code = 2


def refuse_exposed(file: Path, published: Iterable[Path]) -> None:
    """Raise ExposedFileError for a file in one of the folders, or one that git tracks."""
    target = file.resolve()
    for folder in published:
        if target.is_relative_to(folder.resolve()):
            raise ExposedFileError(f"{file} lies in {folder.name}/, which is published", "choose another folder")
    if _git(target, "ls-files", "--error-unmatch") == 0:
        hint = "choose another name; git rm --cached takes a file out of the next commit, not out of the history"
        raise ExposedFileError(f"{file} is tracked by git", hint)


def is_unignored(file: Path) -> bool:
    """True when the next ``git add .`` would take the file."""
    return _git(file.resolve(), "check-ignore", "--quiet") == 1


def _git(file: Path, *words: str) -> int | None:
    """The answer of git about a file, as an exit code; None without git."""
    done = ask_git(file.parent, *words, "--", file.name)
    return done.code if done else None


class PrivateFile:
    """A new CSV file that only its owner can read, and that is there whole or not at all.

    ``text`` is open for writing until the ``with`` block ends; nothing stays of it after an
    exception, or when ``wanted`` is false. Raises WouldOverwriteError when there is such a file.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise WouldOverwriteError(f"{path} is there already", "choose another name, or delete it")
        self.wanted = True
        self._path = path
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of mode 600
        self._part = Path(name)
        self.text = os.fdopen(number, "w", encoding="utf-8", newline="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.text.close()
        if kind is None and self.wanted:
            self._part.replace(self._path)
        else:
            self._part.unlink()


def harmless(cell: str) -> str:
    """A cell in which a spreadsheet finds no formula."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """The cell as it was before `harmless`."""
    return cell[1:] if MARKED.match(cell) else cell
