"""One import: the shape is recognised, items are read, named and written as files that nobody has yet.

`plan_import` works out everything and writes nothing; `carry_out` writes what is new. A file that is there already is
never written over: where it differs, somebody has worked on it, or the source has changed, and that is told.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from tipsheet.archives.bodies import BodyWriter, Place, Written
from tipsheet.archives.item import Archive, Item, Left, State
from tipsheet.archives.links import FORMATS, REDIRECTS, addresses_of, old_paths, redirect_lists
from tipsheet.archives.naming import Named, named, one_line_of, people_of, translations_of
from tipsheet.archives.pictures import Fetch, Pictures, words_for
from tipsheet.archives.shapes import Shape, read_archive
from tipsheet.archives.source import SourceFiles
from tipsheet.editing.drafts import header_date, in_yaml
from tipsheet.engine.processes import rare_collection, spread
from tipsheet.model.addresses import slug_of
from tipsheet.model.publication import Publication
from tipsheet.problems import Where
from tipsheet.reading.conversion import Converter
from tipsheet.reading.published import AUTHORS_FILE
from tipsheet.settings import Settings

__all__ = ["Fate", "Outcome", "Plan", "Wanted", "carry_out", "plan_import"]

PICTURES = "images/archive"
"""Folder of pictures in the content folder."""
ENOUGH = 20
"""Items from which a second process pays: each takes a tenth of a second."""


class Fate(StrEnum):
    """The result of importing an item."""

    NEW = "new"
    SAME = "unchanged"
    KEPT = "kept"
    """There is a file of it that differs."""
    LEFT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of an import: ``site`` is the address of the old site, ``fetch`` gets pictures."""

    shape: str | None = None
    site: str = ""
    fetch: Fetch | None = None
    articles: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An item, its fate, and all that is left out of it; ``path`` is relative to the publication."""

    fate: Fate
    path: str
    title: str
    where: Where
    state: State = State.PUBLIC
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An import that is worked out: files to write by their paths, and what becomes of every item."""

    shape: Shape
    outcomes: tuple[Outcome, ...]
    left: tuple[Left, ...]
    files: Mapping[str, bytes]
    pictures: int
    people: tuple[str, ...]
    lists: tuple[str, ...]

    def everything_left(self) -> tuple[Left, ...]:
        """All that does not come along, in the order of the source."""
        return tuple(dict.fromkeys((*self.left, *(one for outcome in self.outcomes for one in outcome.left))))


def plan_import(root: Path, files: SourceFiles, settings: Settings, publication: Publication, wanted: Wanted) -> Plan:
    """Work out an import into the publication in this folder.

    Raises UnreadableSourceError for a source whose shape is not known, UnknownNameError for an unknown shape.
    """
    shape, archive = read_archive(files, wanted.shape)
    archive = _as_wanted(archive, wanted, publication.now)
    run = _Run(root=root, settings=settings, publication=publication, archive=archive, files=files, wanted=wanted)
    return run.plan(shape)


def carry_out(root: Path, plan: Plan) -> None:
    """Write the files of a plan. Lists and authors.yml are written anew with lines added; others must not be there."""
    for path, data in plan.files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if path in plan.lists:
            file.write_bytes(data)
            continue
        with file.open("xb") as stream:
            stream.write(data)


def _as_wanted(archive: Archive, wanted: Wanted, now: dt.datetime) -> Archive:
    site = wanted.site if not wanted.site or "//" in wanted.site else f"https://{wanted.site}"
    sites = tuple(dict.fromkeys(one for one in (site, *archive.sites) if one.startswith("http")))
    items = tuple(replace(item, article=item.article or wanted.articles) for item in archive.items)
    items = tuple(replace(item, state=State.PRIVATE) if _is_over(item, now) else item for item in items)
    return replace(archive, sites=sites, items=items)


def _is_over(item: Item, now: dt.datetime) -> bool:
    until = item.until
    return until is not None and (until if until.tzinfo else until.replace(tzinfo=dt.UTC)) <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    root: Path
    settings: Settings
    publication: Publication
    archive: Archive
    files: SourceFiles
    wanted: Wanted

    def plan(self, shape: Shape) -> Plan:
        """The plan."""
        translations, strange = translations_of(self.archive, self.settings)
        names = named(self.archive.items, self.publication, self.settings, translations)
        ids, people = people_of(self.archive.items, self.publication, self.settings)
        addresses = addresses_of(self.archive, self.files)
        pictures = Pictures(addresses, PICTURES, self.wanted.fetch)
        paths = {
            number: Place(one.name, one.language)
            for number, one in enumerate(names)
            if isinstance(one, Named) and one.public and one.moment <= self.publication.now
        }
        writer = BodyWriter(addresses, pictures, paths, Converter(self.settings.markdown), self.settings.hosts)
        tags = _Tags.of(self.publication)
        known = [() if isinstance(one, Left) else tags.known(one.item.tags) for one in names]
        items = list(zip(self.archive.items, names, known, strict=True))

        def made(one: tuple[Item, Named | Left, tuple[str, ...]]) -> tuple[Outcome, bytes | None, dict[str, bytes]]:
            before = len(pictures.taken)
            outcome, data = self._item(*one, writer, ids)
            return outcome, data, dict(islice(pictures.taken.items(), before, None))

        files: dict[str, bytes] = {}
        outcomes = []
        with rare_collection():  # pictures of other hosts are asked for by one process, which counts its time
            done = spread(made, items, enough=ENOUGH if self.wanted.fetch is None else len(items) + 1)
        for outcome, data, taken in done:
            outcomes.append(outcome)
            pictures.taken.update(taken)
            if data is not None:
                files[outcome.path] = data
        wanted = self._pictures(pictures, files)
        lists = self._lists(names, people)
        return Plan(
            shape=shape, outcomes=tuple(outcomes), left=(*self.files.left, *self.archive.left, *strange),
            files={**wanted, **files, **lists}, pictures=len(wanted), people=tuple(people.values()), lists=tuple(lists),
        )  # fmt: skip

    def _item(
        self, item: Item, name: "Named | Left", tags: tuple[str, ...], writer: BodyWriter, ids: Mapping[str, str]
    ) -> tuple[Outcome, bytes | None]:
        """The outcome of an item, and its bytes where they are to be written. One bad item does not stop the rest."""
        left = item.left
        if isinstance(name, Left):
            return Outcome(fate=Fate.LEFT, path="", title=item.title, where=item.where, left=(*left, name)), None
        path = f"{self.settings.docs_dir}/{name.name}"
        try:
            written = writer.write(item, name.name, name.language)
            cover, told = self._cover(item, name, writer.pictures)
            text = self._text(name, written, cover, ids, tags)
            data = text.encode()
        except Exception as error:  # noqa: BLE001 - whatever a text does to a parser, the other items come along
            reason = Left(item.where, "an item that cannot be read", f"{type(error).__name__}: {error}")
            return Outcome(fate=Fate.LEFT, path="", title=name.title, where=item.where, left=(*left, reason)), None
        left = (*left, *name.left, *written.left, *told)
        if item.state is not State.PUBLIC:
            left = (Left(item.where, f"{item.state}: it comes as a draft", name.title), *left)
        fate, path, reasons = self._fate(name, path, data)
        outcome = Outcome(
            fate=fate, path=path, title=name.title, where=item.where, state=item.state, left=(*left, *reasons)
        )
        return outcome, data if fate is Fate.NEW else None

    def _fate(self, name: Named, path: str, data: bytes) -> tuple[Fate, str, tuple[Left, ...]]:
        """The fate of an item by what is there already under its id, or at its place."""
        posts = (*self.publication.issues, *self.publication.articles)
        there = next((post.where.path for post in posts if post.id == name.id), "")
        there = f"{there.removesuffix('.md')}.{name.language}.md" if there and name.language else there or path
        file = self.root / there
        if not file.exists():
            return Fate.NEW, there if name.language else path, ()
        if file.read_bytes() == data:
            return Fate.SAME, there, ()
        return Fate.KEPT, there, (Left(name.item.where, "an item that is here already and differs", there),)

    def _cover(self, item: Item, name: Named, pictures: Pictures) -> tuple[str, tuple[Left, ...]]:
        """Lines of a header for the cover, or the reason for which it does not come along."""
        if not item.cover:
            return "", ()
        place, reason = pictures.place(item.cover, item)
        if not place:
            return "", (Left(item.where, f"the cover: {reason}", item.cover),)
        alt = one_line_of(item.cover_alt) or words_for(item.cover)
        up = "../" * name.name.count("/")
        return f"image: {{src: {in_yaml(up + place, within=',')}, alt: {in_yaml(alt, within=',')}}}\n", ()

    def _text(self, name: Named, written: Written, cover: str, ids: Mapping[str, str], tags: tuple[str, ...]) -> str:
        """The whole file."""
        item = name.item
        description = one_line_of(item.description) or one_line_of(written.summary) or name.title
        authors = dict.fromkeys(ids[one] for one in (item.authors or ("",)))
        first = name.original  # what a translation shares with it, it does not say again
        lines = [
            "---",
            *([f"id: {name.id}"] if first is None else []),
            f"title: {in_yaml(name.title)}",
            *([f"date: {header_date(name.moment, self.settings.schedule)}"] if first is None else []),
            f"description: {in_yaml(_short(description))}",
            *([f"authors: {_listed(authors)}"] if first is None or item.authors not in ((), first.authors) else []),
            *([f"tags: {_listed(tags)}"] if tags and (first is None or item.tags != first.tags) else []),
            *([cover.rstrip()] if cover else []),
            *([f"aliases: [{', '.join(in_yaml(one) for one in name.aliases)}]"] if name.aliases else []),
            *(["archived: true"] if not item.article and first is None else []),
            *(["draft: true"] if item.state is not State.PUBLIC else []),
            "---",
        ]
        return "\n".join(lines) + "\n\n" + written.text.strip("\n") + "\n"

    def _pictures(self, pictures: Pictures, texts: Mapping[str, bytes]) -> dict[str, bytes]:
        """The pictures that texts name and that are not there yet."""
        names = b"\n".join(texts.values())
        return {
            path: data
            for name, data in sorted(pictures.taken.items())
            if name.encode() in names and not (self.root / (path := f"{self.settings.docs_dir}/{name}")).exists()
        }

    def _lists(self, names: Sequence["Named | Left"], people: Mapping[str, str]) -> dict[str, bytes]:
        """authors.yml with new people, and the lists for web servers with new lines."""
        lists: dict[str, bytes] = {}
        if people:
            path = f"{self.settings.docs_dir}/{AUTHORS_FILE}"
            text = _there(self.root / path)
            more = "".join(f"{one}: {{name: {in_yaml(name, within=',')}}}\n" for one, name in people.items())
            lists[path] = (text + ("" if not text or text.endswith("\n") else "\n") + more).encode()
        base = urlsplit(self.publication.masthead.url).path.rstrip("/")
        pairs = [
            (old, f"{base}/{one.url}")
            for one in names
            if isinstance(one, Named) and one.public
            for old in old_paths(one.item.addresses, f"{base}/{one.url}")
        ]
        before = {f"{REDIRECTS}/{name}": _there(self.root / REDIRECTS / name) for name in FORMATS}
        lists |= {path: text.encode() for path, text in redirect_lists(pairs, before).items()}
        return lists


@dataclass(frozen=True, slots=True)
class _Tags:
    """Tags in one spelling each: the publication's, or else the first that the archive has."""

    spelling: dict[str, str]

    @classmethod
    def of(cls, publication: Publication) -> "_Tags":
        """The tags of a publication."""
        return cls({slug_of(tag): tag for post in (*publication.issues, *publication.articles) for tag in post.tags})

    def known(self, tags: Sequence[str]) -> tuple[str, ...]:
        """These tags as they are spelt."""
        lines = filter(None, (one_line_of(tag) for tag in tags))
        return tuple(dict.fromkeys(self.spelling.setdefault(slug_of(tag), tag) for tag in lines))


LONGEST_DESCRIPTION = 300


def _short(text: str) -> str:
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[: LONGEST_DESCRIPTION - 1].rpartition(" ")[0].rstrip(",;:- ") + "…"


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(in_yaml(name, within=',') for name in names)}]"


def _there(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
