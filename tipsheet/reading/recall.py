"""Readings of files, and the rule by which a file need not be read again.

A reading depends on the file, on mkdocs.yml, and on the answers to what it asked about others: where
a link leads, how large a picture is, whether an author exists, what an action of the library says.
Where all of these are as they were, the reading stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from tipsheet.engine.codec import CodecError, decode, encode, keeps
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.state import DamagedStateError, Row
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Event, Passage, Prose, Unread
from tipsheet.model.post import Article, Author, Copies, Image, Issue, Link, Note, Reprint
from tipsheet.problems import Problem
from tipsheet.reading.posts import Definition
from tipsheet.reading.published import Kind
from tipsheet.reading.rows import POSTS, PostRow, light_post, pieces_in, post_in

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
    asked: frozenset[str] | tuple[str, ...] = frozenset()
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

    ``rows`` are light rows of posts, and rows of other files; ``stored`` is the HTML of posts by path. ``kept``,
    ``fresh`` (HTML) and ``given`` are what this build leaves to the next: rows that are new, and all answers. With
    ``light`` off, which is for whoever keeps no state, posts stay whole.
    """

    inputs: Inputs
    rows: Mapping[str, Row | PostRow] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    stored: Mapping[str, bytes] = field(default_factory=dict)
    light: bool = True
    kept: dict[str, Row | PostRow] = field(default_factory=dict)
    fresh: dict[str, bytes] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    _open: dict[str, dict[str, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def kinds(self) -> dict[str, str]:
        """The kinds of the files that posts were read from, by path."""
        return {path: row.kind for path, row in self.rows.items() if isinstance(row, PostRow) and row.kind in POSTS}

    def candidates(self) -> dict[str, Row | PostRow]:
        """Rows of files that are as they were."""
        digest = self.inputs.digest
        return {path: row for path, row in self.rows.items() if row.stamp == digest(path)}

    def outdated(
        self, rows: Mapping[str, Row | PostRow], answer: Callable[[str], str], *, of_library: bool
    ) -> set[str]:
        """Paths of these rows to which something would be answered otherwise: about the library, or all else."""
        asked = set[str]().union(*[row.asked for row in rows.values()])
        given = {name: answer(name) for name in asked if name.startswith(ACTION) is of_library}
        self.given.update(given)
        changed = {name for name, value in given.items() if self.answers.get(name) != value}
        return {path for path, row in rows.items() if not changed.isdisjoint(row.asked)} if changed else set()

    def stands(self, row: Row | PostRow, named: Mapping[str, Any]) -> Reading | None:
        """The reading, or None where it cannot be read; ``named`` is what `known_names` gives."""
        try:
            if isinstance(row, PostRow):
                post, defines, problems = post_in(row, named)
                return Reading(
                    path=row.path, kind=row.kind, url=row.url, value=post, defines=defines, asked=row.asked,
                    problems=problems,
                )  # fmt: skip
            reading = decode(row.data, named.__getitem__)
        except (CodecError, KeyError):
            return None
        return reading if isinstance(reading, Reading) else None

    def keep(self, reading: Reading, answer: Callable[[str], str]) -> Reading:
        """Leave a new reading to the next build; gives what stays of it in this one."""
        self.given.update((name, answer(name)) for name in reading.asked)
        if not self.light:
            return reading
        stamp, asked = self.inputs.digest(reading.path), tuple(sorted(reading.asked))
        if isinstance(reading.value, Issue | Article):
            light = light_post(reading.value, reading.defines, reading.problems, (reading.kind, stamp, asked))
            if light is not None:
                self.kept[reading.path], self.fresh[reading.path] = light.row, light.pieces
                return replace(reading, value=light.post, defines=light.defines)
        self.kept[reading.path] = Row(stamp, reading.url, asked, encode(reading, _name))
        return reading

    def html(self, piece: Unread) -> str:
        """The HTML of a piece of a post; raises DamagedStateError where the state does not have it."""
        path = piece.source
        with self._lock:  # the desk asks from several threads
            try:
                if path not in self._open:
                    self._open.clear()  # the pieces of a post are asked for one after another
                    self._open[path] = pieces_in(self.fresh.get(path) or self.stored[path])
                return self._open[path][piece.digest]
            except (CodecError, KeyError) as error:
                raise DamagedStateError(path) from error


def known_names(authors: Mapping[str, Author]) -> Mapping[str, object]:
    """Values that readings hold by name: authors, so that a new line in authors.yml changes no reading."""
    return {**authors, _EVERYONE: EVERYONE}


def _name(value: object) -> str | None:
    if isinstance(value, Author):
        return value.id
    return _EVERYONE if value == EVERYONE else None
