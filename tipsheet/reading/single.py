"""One file of the content folder, read anew against a publication that is in memory.

The text of an editor field is read so while somebody types. No other file is opened: addresses, authors and the
library are those of the publication, and of other files only the names are looked at.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from tipsheet.engine.inputs import listed
from tipsheet.model.addresses import slug_of
from tipsheet.model.language import folder_of, language_in, original_of, without_language
from tipsheet.model.post import Article, Author, Issue, Note, Post
from tipsheet.model.publication import Publication
from tipsheet.problems import Problem, Where
from tipsheet.reading.authors import read_authors
from tipsheet.reading.fresh import Fresh, FreshReader
from tipsheet.reading.headers import DATED, FOLDER
from tipsheet.reading.posts import Definition, library_of, name_in, unique_addresses, unique_ids
from tipsheet.reading.published import (
    READ,
    Contents,
    Kind,
    contents_of,
    kind_of,
)  # fmt: skip
from tipsheet.reading.recall import Reading
from tipsheet.reading.targets import Targets, page_address, page_addresses
from tipsheet.reading.translations import translated, with_notes
from tipsheet.settings import Settings

__all__ = ["SingleReader", "with_reading"]

_Post = TypeVar("_Post", Issue, Article)
_Text = TypeVar("_Text", bound=Post | Note)


@dataclass(frozen=True)
class SingleReader:
    """Reads files of one publication as it is in memory; with ``witness`` their texts are compared with CommonMark.

    ``shared`` off does not compare ids and addresses with those of other files, which takes longer the more there are.
    Threads may share it: one reads at a time.
    """

    root: Path
    settings: Settings
    publication: Publication
    witness: bool = False
    shared: bool = True
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, path: str, data: bytes) -> Reading:
        """The reading of a file with these bytes; ``path`` is relative to the publication.

        Its problems are those that reading finds in this file, what it shares with others included. Of a file that is
        never read there are none.
        """
        kind = kind_of(path.removeprefix(f"{self.settings.docs_dir}/"))
        if kind is Kind.AUTHORS:
            problems: list[Problem] = []
            read_authors(self.root / path, self.root, self._reader.targets, problems, data)
            return Reading(path=path, kind=kind, problems=tuple(problems))
        if kind not in READ:
            return Reading(path=path, kind=kind)
        with self._lock:
            return self._read(path, kind, data)

    def _read(self, path: str, kind: Kind, data: bytes) -> Reading:
        reader, name, found = self._reader, path.removeprefix(f"{self.settings.docs_dir}/"), list[Problem]()
        reader.unsaved = {path: data}
        fresh = reader.headers([(path, kind.value)])
        one = fresh[path]
        named, drafts = {name: one.url} if one.url or kind is Kind.PAGE else {}, {name} if one.draft else set[str]()
        own = page_addresses(named, self.settings.languages, drafts)
        before = {page: self._addresses[page] for page in own if page in self._addresses}
        try:
            self._addresses.update(own)
            reader.bodies(fresh)
            reading = reader.reading(
                one, self._authors, library_of(self._definitions(path, one), found), self.publication.html
            )
        finally:
            for page in own:
                del self._addresses[page]
            self._addresses.update(before)
        found += reading.problems
        found += self._shared(reading) if self.shared else ()
        return replace(reading, problems=tuple(sorted({p for p in found if p.where.path == path})))

    def over(self, publication: Publication) -> "SingleReader":
        """The same reader over this publication, of which no file has come, gone or got another address."""
        reader = replace(self, publication=publication)
        for name in ("_reader", "_contents", "_addresses"):
            reader.__dict__[name] = getattr(self, name)
        return reader

    @cached_property
    def _reader(self) -> FreshReader:
        """One reader for all: its Markdown program takes longer to make than most texts to convert."""
        reader = FreshReader(self.root, self.settings, self.witness)
        content, languages = self.root / self.settings.docs_dir, self.settings.languages
        reader.targets = Targets(content, self._addresses, self._contents.kinds, languages)
        return reader

    @cached_property
    def _authors(self) -> dict[str, Author]:
        return {author.id: author for author in self.publication.authors}

    @cached_property
    def _contents(self) -> Contents:
        return contents_of(listed(self.root, (self.settings.docs_dir,)), self.settings.docs_dir)

    @cached_property
    def _addresses(self) -> dict[str, str]:
        """The addresses that `page_addresses` gives; a post that could not be read has the one of its name."""
        start = len(self.settings.docs_dir) + 1
        texts = [text for post in self._posts for text in post.texts]
        found = {text.where.path[start:]: text.url for text in texts}
        for name, kind in self._contents.kinds.items():
            if name not in found and kind in (Kind.ISSUE, Kind.ARTICLE):
                language = language_in(name, self.settings.languages)
                slug = slug_of(DATED.sub("", without_language(Path(name).stem, language)))
                found[name] = f"{folder_of(language)}{FOLDER[kind]}/{slug}/"
            elif kind is Kind.PAGE:
                found[name] = page_address(name, directory_urls=self.settings.directory_urls)
        return page_addresses(found, self.settings.languages, {t.where.path[start:] for t in texts if t.draft})

    @property
    def _posts(self) -> tuple[Post, ...]:
        return (*self.publication.issues, *self.publication.articles)

    def _definitions(self, path: str, one: Fresh) -> list[Definition]:
        """The actions that other files write out, and those of this one; evergreen ones have files of their ids."""
        fresh = [definition for definition in one.defines if definition.published is None]
        own = {definition.name for definition in fresh}
        evergreen = [definition for definition in self._evergreen() if definition.name not in own]
        written = [definition for definition in self._written if definition.where.path != path]
        for definition in one.defines:
            if definition.published is not None:
                insort(written, definition, key=lambda one: one.where)
        return [*evergreen, *fresh, *written]

    def _evergreen(self) -> Iterator[Definition]:
        """The actions of the library that have files of their own, in every language."""
        actions = [("", action) for action in self.publication.evergreen]
        actions += [(language, action) for (language, _), action in self.publication.other_actions.items()]
        for language, action in actions:
            where = Where(f"{self.settings.docs_dir}/actions/{name_in(action.id, language)}.md")
            yield Definition(action=action, where=where, tags=action.tags, language=language)

    @cached_property
    def _written(self) -> list[Definition]:
        """The actions that issues write out, by their places."""
        found = [
            Definition(
                action=action, where=text.where, published=text.published, tags=action.tags, language=text.language
            )
            for issue in self.publication.issues
            for text in issue.texts
            for action in text.body.all_actions()
            if not action.used
        ]
        return sorted(found, key=lambda definition: definition.where)

    def _shared(self, reading: Reading) -> list[Problem]:
        """Ids and addresses that another file has as well."""
        if not isinstance(reading.value, Issue | Article | Note):
            return []
        whole = with_reading(self.publication, reading)
        issues = sorted(whole.issues, key=lambda issue: issue.published.date())
        posts: list[Post] = [*issues, *whole.articles]
        notes = [(note.id, note.where) for note in whole.notes]
        ids = [(post.id, post.where) for post in (*posts, *whole.welcome)]
        return [
            *unique_ids(ids),
            *unique_ids(notes),
            *unique_addresses([text for post in posts for text in post.texts]),
        ]


def with_reading(publication: Publication, reading: Reading) -> Publication:
    """The publication with this file in it as it was read now; one that could not be read is not in it."""
    path, value = reading.path, reading.value
    if getattr(value, "language", ""):
        value = _beside(publication, value)
        path = value.where.path if value else path
    elif isinstance(value, Issue | Article | Note):
        value = _with_translations(publication, value)
    notes = publication.notes
    if isinstance(value, Note):
        others = (note for note in notes if note.where.path != path)
        notes = tuple(sorted((*others, value), key=lambda note: (note.starts, note.id)))
    if isinstance(value, Issue):
        value = with_notes(value, (note for note in notes if note.in_force(value.published.date())))
    new: list[Issue] = [value] if isinstance(value, Issue) else []
    issues = [*_without(path, publication.issues), *(issue for issue in new if issue.after is None)]
    articles = [*_without(path, publication.articles), *([value] if isinstance(value, Article) else [])]
    welcome = [*_without(path, publication.welcome), *(letter for letter in new if letter.after is not None)]
    return replace(
        publication,
        issues=tuple(sorted(issues, key=lambda post: (post.published, post.id), reverse=True)),
        articles=tuple(sorted(articles, key=lambda post: (post.published, post.id), reverse=True)),
        welcome=tuple(sorted(welcome, key=lambda letter: (letter.after or 0, letter.id))),
        notes=notes,
    )


def _beside(publication: Publication, value: Any) -> Any:
    """The original of this translation, with it; None where there is none, which is told elsewhere."""
    original = _at(publication, original_of(value.where.path))
    if type(original) is not type(value):
        return original
    others = (one for one in original.translations if one.language != value.language)
    return replace(original, translations=(*others, translated(original, value)))


def _with_translations(publication: Publication, value: _Text) -> _Text:
    """The post or note with the translations that it has had."""
    found = _at(publication, value.where.path)
    others = tuple([translated(value, one) for one in found.translations]) if found else ()
    return replace(value, translations=others)  # type: ignore[arg-type]


def _at(publication: Publication, path: str) -> Any:
    """The post or note that stands in this file."""
    values: tuple[Post | Note, ...] = (
        *publication.issues, *publication.articles, *publication.welcome, *publication.notes,
    )  # fmt: skip
    return next((one for one in values if one.where.path == path), None)


def _without(path: str, posts: Iterable[_Post]) -> Iterator[_Post]:
    """The posts without what stands in this file: one of them, or a translation."""
    for post in posts:
        if post.where.path == path:
            continue
        others = tuple(one for one in post.translations if one.where.path != path)
        yield replace(post, translations=others) if others != post.translations else post
