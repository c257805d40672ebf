"""The whole content folder as one publication, with every mistake in it (C16).

Headers are read first, so that every address is known when the bodies are parsed, once each; then
actions that are used again are filled in, and what must be unique is compared. What stands as it was
read last time is not read again (`tipsheet.reading.recall`).
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from tipsheet.engine.digest import digest_of, digest_of_value
from tipsheet.engine.inputs import scan
from tipsheet.engine.state import Row
from tipsheet.model.post import Article, Author, Issue, Note, Post
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem
from tipsheet.reading.authors import read_authors
from tipsheet.reading.fresh import Fresh, FreshReader
from tipsheet.reading.posts import Definition, library_of, unique_addresses, unique_ids
from tipsheet.reading.published import AUTHORS_FILE, Contents, Kind, contents_of
from tipsheet.reading.recall import ACTION, Reading, Recall, known_names
from tipsheet.reading.rows import PostRow
from tipsheet.reading.targets import Targets, page_addresses, shown_pictures
from tipsheet.reading.translations import in_known_languages, together, with_notes
from tipsheet.settings import Settings

__all__ = ["read_publication"]

_Post = TypeVar("_Post", Issue, Article)


def read_publication(
    root: Path, settings: Settings, now: dt.datetime, recall: Recall | None = None, *, witness: bool = False
) -> tuple[Publication, list[Problem]]:
    """Read everything below the content folder of the publication in ``root``.

    The publication holds what could be read, published or not; nothing is raised for a mistake in
    content. With ``witness`` every text is compared with CommonMark. Raises OSError when the folder cannot be read.
    """
    recall = recall or _nothing(root, settings)
    contents = contents_of(recall.inputs, settings.docs_dir, recall.kinds())
    contents, strange = in_known_languages(contents, settings.languages)
    problems: list[Problem] = [*contents.problems, *strange]
    readings, authors = _Gathering(root, settings, recall, contents, problems, witness).readings()
    read = (reading.value for reading in readings if reading.value is not None)
    problems += (problem for reading in readings for problem in reading.problems)
    found = together(read, contents, settings)
    values, problems = found.values, [*problems, *found.problems]
    notes = sorted((v for v in values if isinstance(v, Note)), key=lambda n: (n.starts, n.id))
    docs, pictures = settings.docs_dir, contents.pictures()
    asked = {name for reading in readings if reading.kind == "page" for name in reading.asked}
    letters = [v for v in values if isinstance(v, Issue)]
    issues = _with_notes([issue for issue in letters if issue.after is None], notes)
    welcome = sorted((letter for letter in letters if letter.after is not None), key=lambda x: (x.after, x.id))
    articles = [v for v in values if isinstance(v, Article)]
    originals: list[Post] = [*issues, *articles]
    posts = [post for one in originals for post in one.texts]
    problems += unique_ids([(p.id, p.where) for p in (*originals, *welcome)])
    problems += unique_ids([(n.id, n.where) for n in notes])
    problems += unique_addresses(posts)
    return Publication(
        masthead=settings.masthead,
        now=now,
        issues=_newest_first(issues),
        articles=_newest_first(articles),
        welcome=tuple(welcome),
        notes=tuple(notes),
        evergreen=tuple(sorted((v.action for v in values if isinstance(v, Definition)), key=lambda a: a.id)),
        other_actions=found.actions,
        authors=tuple(authors.values()),
        segments=settings.segments,
        ordinary=frozenset(contents.of(Kind.PAGE, Kind.PICTURE, Kind.FILE)),
        pictures={name: recall.inputs.digest(f"{docs}/{name}") for name in pictures},
        ordinary_pictures=frozenset(name for name in pictures if contents.kinds[name] is Kind.FILE),
        shown=shown_pictures(root, settings, recall.inputs, contents, asked) if pictures else frozenset(),
        html=recall.html,
    ), sorted(set(problems))


def _nothing(root: Path, settings: Settings) -> Recall:
    """Nothing to recall: the files as they are now."""
    names = (settings.docs_dir, *([settings.overrides] if settings.overrides else []))
    return Recall(scan(root, names, {}, moment=0), light=False)


@dataclass(slots=True)
class _Gathering:
    """One reading of the content folder; mistakes that no single file has go to ``problems``."""

    root: Path
    settings: Settings
    recall: Recall
    contents: Contents
    problems: list[Problem]
    witness: bool
    targets: Targets = field(init=False)
    authors: dict[str, Author] = field(init=False, default_factory=dict)
    library: dict[str, Definition] = field(init=False, default_factory=dict)

    def readings(self) -> tuple[list[Reading], Mapping[str, Author]]:
        """The reading of every file in the order of their paths, and the authors."""
        docs = self.settings.docs_dir
        kinds = self.contents.sources()
        paths = list(kinds)
        rows = {path: row for path, row in self.recall.candidates().items() if path in kinds}
        reader = FreshReader(self.root, self.settings, self.witness)
        fresh = reader.headers([(path, kinds[path]) for path in paths if path not in rows])
        addresses = {path: row.url for path, row in rows.items()} | {path: one.url for path, one in fresh.items()}
        names = {path.removeprefix(f"{docs}/"): url for path, url in addresses.items() if url or kinds[path] == "page"}
        hidden = {path.removeprefix(f"{docs}/") for path in paths if _is_draft(rows.get(path) or fresh[path])}
        pages, languages = page_addresses(names, self.settings.languages, hidden), self.settings.languages
        self.targets = reader.targets = Targets(self.root / docs, pages, self.contents.kinds, languages)
        if AUTHORS_FILE in self.contents.kinds:
            self.authors = read_authors(self.root / docs / AUTHORS_FILE, self.root, self.targets, self.problems)
        fresh |= reader.headers([(p, kinds[p]) for p in self._outdated(rows, of_library=False)])
        reader.bodies(fresh)
        known = known_names(self.authors)
        kept = {path: reading for path, row in rows.items() if (reading := self.recall.stands(row, known))}
        lost = [(path, kinds[path]) for path in rows if path not in kept]
        fresh |= reader.bodies(reader.headers(lost))
        self._settle_library(kept.values(), fresh.values())
        again = self._outdated({path: rows[path] for path in kept}, of_library=True)
        fresh |= reader.bodies(reader.headers([(path, kinds[path]) for path in again]))
        for path in again:
            del kept[path]
        made = {path: self._made(one, reader) for path, one in fresh.items()}
        return [kept.get(path) or made[path] for path in paths], self.authors

    def _outdated(self, rows: dict[str, Row | PostRow], *, of_library: bool) -> list[str]:
        """Take out the rows to which something would be answered otherwise now."""
        found = sorted(self.recall.outdated(rows, self._answer, of_library=of_library)) if rows else []
        for path in found:
            del rows[path]
        return found

    def _settle_library(self, kept: Iterable[Reading], fresh: Iterable[Fresh]) -> None:
        definitions = [d for reading in kept for d in reading.defines] + [d for one in fresh for d in one.defines]
        evergreen = [d for d in definitions if d.published is None]
        written = sorted((d for d in definitions if d.published is not None), key=lambda d: d.where)
        self.library = library_of([*evergreen, *written], self.problems)

    def _answer(self, name: str) -> str:
        kind, _, what = name.partition(":")
        if kind == "author":
            return str(what in self.authors)
        if name.startswith(ACTION):
            definition = self.library.get(what)
            return digest_of(definition.where, self.recall.inputs.digest(definition.where.path)) if definition else ""
        address = self.targets.pages.get(name)
        return (
            f"page {address}" if address is not None else self.recall.inputs.digest(f"{self.settings.docs_dir}/{name}")
        )

    def _made(self, one: Fresh, reader: FreshReader) -> Reading:
        reading = reader.reading(one, self.authors, self.library, self.recall.html)
        if reading.value is not None and not isinstance(reading.value, Definition):
            answers = [(name, self._answer(name)) for name in sorted(reading.asked)]
            texts = [passage.content.html for passage in reading.value.body.passages]
            key = digest_of(self.recall.inputs.digest(reading.path), reading.path, answers, texts)
            reading = replace(reading, value=replace(reading.value, digest=key, **_headline(reading.value)))
        return self.recall.keep(reading, self._answer)


def _is_draft(one: Row | PostRow | Fresh) -> bool:
    """Return True for a post whose header says so."""
    return getattr(one, "draft", False)


def _headline(value: Issue | Article | Note) -> dict[str, str]:
    """The digest of a post's headline; a note has none."""
    return {} if isinstance(value, Note) else {"headline_digest": digest_of_value(value.headline)}


def _with_notes(issues: list[Issue], notes: list[Note]) -> list[Issue]:
    """The issues with the notes that were in force on their days."""
    issues = sorted(issues, key=lambda issue: issue.published.date())
    days = [issue.published.date() for issue in issues]
    carried: dict[int, list[Note]] = {}
    for note in notes:
        for index in range(bisect_left(days, note.starts), bisect_right(days, note.expires)):
            carried.setdefault(index, []).append(note)
    for index, found in carried.items():
        issues[index] = with_notes(issues[index], found)
    return issues


def _newest_first(posts: list[_Post]) -> tuple[_Post, ...]:
    return tuple(sorted(posts, key=lambda p: (p.published, p.id), reverse=True))
