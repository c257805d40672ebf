"""Problems: mistakes in somebody's files as values, each with its place, a message and a remedy.

They are collected over the whole publication and shown together; nothing is raised for them.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tipsheet.explanations import EXPLANATIONS

__all__ = ["Evidence", "Problem", "Severity", "Sign", "Where", "as_json", "did_you_mean", "errors_in"]

A_FEW = 12
"""Words that fit in a hint."""


class Severity(StrEnum):
    """An error stops the build; a warning only with ``--strict``."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a file: path relative to the publication (``/`` separators), line and column from 1."""

    path: str
    line: int = 1
    col: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}"

    def down(self, lines: int) -> "Where":
        """The place so many lines further down, in the first column."""
        return Where(self.path, self.line + lines)


class Sign(StrEnum):
    """A kind of evidence."""

    KEY = "key"
    LINK = "link"
    NAMED = "named"
    PICTURE = "picture"
    TAG = "tag"
    TEXT = "text"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """The thing in a source that a finding is about, by which its place is found (`tipsheet.places`).

    ``text`` is a key with its steps apart by ``/``, the address of a link or a picture, the name of an
    element, or words. ``words`` narrow it down: those of a link or a picture, a part of an element or of
    the value of a key. A link is ``NAMED`` when its words are at fault and not its address.
    """

    sign: Sign
    text: str
    words: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding; ``code`` is stable and explained by ``tipsheet explain CODE``.

    ``level`` is empty where the code's own level counts. With ``evidence`` the place is not known yet:
    ``where`` is then the file (or the file of the issue), and the first evidence that is found counts.
    """

    where: Where
    code: str
    message: str
    hint: str = ""
    level: Severity | Literal[""] = ""
    evidence: tuple[Evidence, ...] = ()

    @property
    def severity(self) -> Severity:
        """The level that counts."""
        return self.level or Severity(EXPLANATIONS[self.code].level)

    def __str__(self) -> str:
        kind = "warning: " if self.severity is Severity.WARNING else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.code} {kind}{self.message}{hint}"


def errors_in(problems: Iterable[Problem], *, strict: bool = False) -> tuple[Problem, ...]:
    """The problems that stop a build: errors, and with ``strict`` the warnings too."""
    return tuple(p for p in problems if strict or p.severity is Severity.ERROR)


def as_json(problem: Problem) -> dict[str, object]:
    """The problem as a JSON object."""
    return {
        "path": problem.where.path,
        "line": problem.where.line,
        "col": problem.where.col,
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them when they are few, or nothing."""
    words = sorted(set(known))
    near = difflib.get_close_matches(word, words, 1, 0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= A_FEW else ""
