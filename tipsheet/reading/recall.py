"""Readings of files, and the rule by which a file need not be read again.

A reading depends on the file, on mkdocs.yml, and on the answers to what it asked about others: where
a link leads, how large a picture is, whether an author exists, what an action of the library says.
Where all of these are as they were, the reading stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tipsheet.engine.codec import CodecError, decode, encode, keeps
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.state import Row
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Event, Passage, Prose
from tipsheet.model.post import Article, Author, Copies, Image, Issue, Link, Note, Reprint
from tipsheet.problems import Problem
from tipsheet.reading.posts import Definition
from tipsheet.reading.published import Kind

__all__ = ["ACTION", "Reading", "Recall", "known_names"]

ACTION = "action:"
"""Begins the name of a question about an action of the library, which is known last."""
_EVERYONE = "*"
"""No id of an author; almost every reading has this audience several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The contents of one file: an issue, an article, a note, an action (its `Definition`) or an ordinary page.

    ``value`` is None for a page, and where mistakes left nothing. Issues have no notes yet. ``defines`` are the
    actions written out in it, ``asked`` the names of what it asked about.
    """

    path: str
    kind: str
    url: str = ""
    value: Any = None
    defines: tuple[Definition, ...] = ()
    asked: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


keeps(
    Action,
    Article,
    Audience,
    Author,
    Body,
    Copies,
    Definition,
    Event,
    Image,
    Issue,
    Kind,
    Link,
    Note,
    Passage,
    Prose,
    Reading,
    Reprint,
)


@dataclass(frozen=True, slots=True)
class Recall:
    """Readings of the last build by path, the answers they were given, and the files as they are now.

    ``kept`` and ``given`` are what this build leaves to the next: rows that are new, and all answers.
    """

    inputs: Inputs
    rows: Mapping[str, Row] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    kept: dict[str, Row] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def candidates(self) -> dict[str, Row]:
        """Rows of files that are as they were."""
        return {path: row for path, row in self.rows.items() if row.stamp == self.inputs.digest(path)}

    def outdated(self, rows: Mapping[str, Row], answer: Callable[[str], str], *, of_library: bool) -> set[str]:
        """Paths of these rows to which something would be answered otherwise: about the library, or all else."""
        names = {name for row in rows.values() for name in row.asked if name.startswith(ACTION) is of_library}
        given = {name: answer(name) for name in names}
        self.given.update(given)
        changed = {name for name, value in given.items() if self.answers.get(name) != value}
        return {path for path, row in rows.items() if not changed.isdisjoint(row.asked)} if changed else set()

    def stands(self, row: Row, named: Mapping[str, object]) -> Reading | None:
        """The reading, or None where it cannot be read; ``named`` is what `known_names` gives."""
        try:
            reading = decode(row.data, named.__getitem__)
        except (CodecError, KeyError):
            return None
        return reading if isinstance(reading, Reading) else None

    def keep(self, reading: Reading, answer: Callable[[str], str]) -> None:
        """Leave a new reading to the next build."""
        self.given.update((name, answer(name)) for name in reading.asked)
        self.kept[reading.path] = Row(
            self.inputs.digest(reading.path), reading.url, tuple(sorted(reading.asked)), encode(reading, _name)
        )


def known_names(authors: Mapping[str, Author]) -> Mapping[str, object]:
    """Values that readings hold by name: authors, so that a new line in authors.yml changes no reading."""
    return {**authors, _EVERYONE: EVERYONE}


def _name(value: object) -> str | None:
    if isinstance(value, Author):
        return value.id
    return _EVERYONE if value == EVERYONE else None
