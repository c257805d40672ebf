"""Fingerprints of findings: the same finding is known again when lines above it come and go, or its file is renamed."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.problems import Problem

if TYPE_CHECKING:
    from tipsheet.review.revision import Earlier

__all__ = ["Fingerprint", "fingerprints", "new_since", "source_lines"]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A code, the file, the text of the line, and which one it is of those that are alike in all this, from 1.

    Where a line says nothing, as in an empty file, its message stands for it.
    """

    code: str
    path: str
    text: str
    number: int

    @property
    def short(self) -> str:
        """The fingerprint without the path, as short as code scanning wants it."""
        digest = hashlib.blake2b(f"{self.code}\0{self.text}".encode(errors="replace"), digest_size=8).hexdigest()
        return f"{digest}:{self.number}"


def fingerprints(
    problems: Iterable[Problem], root: Path, renamed: Mapping[str, str] | None = None
) -> list[tuple[Problem, Fingerprint]]:
    """The findings in their order, each with its fingerprint; ``renamed`` are new paths by the old ones."""
    names, files = renamed or {}, dict[str, Sequence[str]]()
    met: Counter[tuple[str, str, str]] = Counter()
    found = []
    for problem in sorted(problems):
        path, line = problem.where.path, problem.where.line
        if path not in files:
            files[path] = source_lines(root / path)
        text = files[path][line - 1].strip() if line <= len(files[path]) else ""
        alike = (problem.code, names.get(path, path), text or problem.message)
        met[alike] += 1
        found.append((problem, Fingerprint(*alike, met[alike])))
    return found


def source_lines(file: Path) -> Sequence[str]:
    """The lines of a source; none where it cannot be read."""
    if not file.is_file():
        return ()
    return file.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n").split("\n")


def new_since(
    now: Sequence[Problem], before: Sequence[Problem], earlier: "Earlier", folders: Sequence[str]
) -> list[Problem]:
    """The findings of today that a revision did not have, however their lines moved and their files were renamed."""
    known = {mark for _, mark in fingerprints(before, earlier.root, earlier.renamed(folders))}
    return [problem for problem, mark in fingerprints(now, earlier.here) if mark not in known]
