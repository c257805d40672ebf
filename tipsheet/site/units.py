"""The site cut into units, each with what it is made from; a build makes those that changed.

First the frame, by MkDocs (`build`); then pages, feeds and the rest; last what is put together of what
the pages left: the search index and the data for programs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tipsheet.engine.digest import digest, digest_of
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Key, Made, Unit, key_of
from tipsheet.model.publication import Publication
from tipsheet.rendering.calendar import calendar, calendar_facts, calendar_files, calendar_paths
from tipsheet.rendering.data import DOCUMENTS, action_record, documents, issue_record, open_dates
from tipsheet.rendering.feeds.documents import Measure, feed_documents, writer
from tipsheet.rendering.public import Shelved
from tipsheet.settings import Settings
from tipsheet.site.essence import essence_digest
from tipsheet.site.face import Face
from tipsheet.site.frame import Frame
from tipsheet.site.look import LOOK_FILE, style_sheet
from tipsheet.site.page import Redirect, SitePage, Sketch
from tipsheet.site.pages import SiteMap
from tipsheet.site.redirects import Aliases
from tipsheet.site.search import INDEX_FILE, entries_of, search_index, whole_texts
from tipsheet.site.sitemap import robots, sitemap
from tipsheet.site.theme import Renderer, in_shells, logo_size, template_folders

__all__ = ["AT", "Plan"]

AT = "site/"
LIBRARY = "actions/"
NOWHERE = Frame(shells={}, copies={}, taken=frozenset(), ordinary=(), pages=0, search=None, tiles=(), icon="", menu="")


@dataclass(kw_only=True)
class Plan:
    """The plan of one site.

    ``given`` tells mkdocs.yml from others; ``unknown`` is another one each time where hooks or plugins may look
    at anything. ``frame`` is what MkDocs leaves; where it has no shells, pages are
    rendered by ``material``.
    """

    root: Path
    settings: Settings
    publication: Publication
    inputs: Inputs
    map: SiteMap
    given: str
    unknown: str
    measure: Measure
    cache: Path | None
    frame: Frame = NOWHERE
    material: Renderer | None = None

    def units(self) -> Iterator[Unit]:
        """All units but the frame, to ask what they would write: last ones are made of nothing."""
        nothing: Mapping[str, Any] = defaultdict(lambda: ("", ""))
        yield from self.first()
        yield from self.last(nothing)

    def first(self) -> Iterator[Unit]:
        """What stands by itself, once there is a frame."""
        yield from self.pages()
        yield from self.others()

    def last(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """What is put together of the values that the first left."""
        yield from self.library(made)
        yield from self.index(made)
        yield self.documents(made)

    @cached_property
    def frozen(self) -> dict[str, str]:
        """What everything on the site is made from: mkdocs.yml, and what overrides/ holds, mails apart."""
        folder = self.settings.overrides
        found = [p for p in self.inputs.below(folder) if not p.startswith(f"{folder}/email/")] if folder else []
        templates = digest_of([(path, self.inputs.digest(path)) for path in found])
        unknown = {"plugins": self.unknown} if self.unknown else {}
        return {"settings": self.given, "templates": templates, **unknown}

    @cached_property
    def face(self) -> Face:
        """What can be told of the face without MkDocs."""
        return NOWHERE.face(self.root, self.publication, self.settings)

    @cached_property
    def _frozen(self) -> Key:
        return key_of(self.frozen)

    @cached_property
    def _framed(self) -> Key:
        """The key that everything has that stands in the frame."""
        return key_of({**self.frozen, "menus": digest_of(self.frame.menu, essence_digest(self.face))})

    @cached_property
    def _settled(self) -> Key:
        """The key of what is made from mkdocs.yml without a template."""
        return key_of({"settings": self.given})

    @cached_property
    def _renderer(self) -> Renderer:
        if not self.frame.shells:
            assert self.material is not None  # noqa: S101 - see `settle`
            return self.material
        custom = self.root / self.settings.overrides if self.settings.overrides else None
        face = self.frame.face(self.root, self.publication, self.settings)
        return in_shells(self.frame.shells, template_folders(custom), face, self.cache)

    def _unit(self, path: str, key: Key, make: Callable[[], bytes]) -> Iterator[Unit]:
        """A unit of one file, unless the content has a file of that name."""
        if path not in self.frame.taken:
            yield Unit(AT + path, key, lambda: Made({AT + path: make()}), [AT + path])

    def pages(self) -> Iterator[Unit]:
        """Our pages, each with what is searched of it, what programs are told of it, and what leads to it."""
        aliases = {one.post: one for one in self.map.aliases}
        whole = whole_texts(self.map.pages, self.settings.search_full_text)
        issues = {issue.id: issue for issue in self.publication.issues}
        for sketch in self.map.pages:
            if sketch.url == LIBRARY:
                continue
            searched = f" search={'whole' if sketch.url in whole else 'head'}" if sketch.searched else ""
            led = aliases.pop(sketch.post, None) if sketch.post else None
            make = partial(self._page, sketch, issues.get(sketch.post), led, whole=sketch.url in whole)
            urls = (sketch.url, *led.urls) if led else (sketch.url,)
            key = f"{self._framed} {sketch.key}{searched}{f' {led.key}' if led else ''}{self._taken(urls)}"
            yield Unit(AT + sketch.url, key, make, _indexes(urls))
        for redirect in self.map.redirects:
            target = digest(f"{redirect.target}\0{redirect.title}\0{redirect.canonical}".encode())
            key = f"{self._frozen} target={target}"
            yield from self._unit(redirect.file, key, partial(self._redirect, redirect))
        for one in aliases.values():  # of posts that only a segment reads
            key = f"{self._frozen} {one.key}{self._taken(one.urls)}"
            yield Unit(f"{AT}i/{one.post}/", key, partial(self._aliases, one), _indexes(one.urls))

    def _taken(self, urls: Iterable[str]) -> Key:
        """What in the key of pages at these addresses says that the content has files there."""
        known = self.frame.taken
        taken = [url for url in urls if f"{url}index.html" in known] if known else ()
        return f" taken={digest_of(taken)}" if taken else ""

    def _aliases(self, aliases: Aliases) -> Made:
        made = {redirect.file: self._redirect(redirect) for redirect in aliases.redirects()}
        return Made({AT + file: data for file, data in made.items() if file not in self.frame.taken})

    def _redirect(self, redirect: Redirect) -> bytes:
        return self._renderer.redirect(redirect).encode()

    def _page(self, sketch: Sketch, issue: Any, led: Aliases | None, *, whole: bool) -> Made:
        page: SitePage = sketch.page()
        entries = entries_of(page, whole=whole) if sketch.searched else ""
        record = issue_record(issue, self.publication.masthead.url) if issue else ""
        files = {AT + page.file: self._renderer.page(page).encode()} if page.file not in self.frame.taken else {}
        if led:
            files |= self._aliases(led).files
        return Made(files, (), (entries, record) if entries or record else None)

    def others(self) -> Iterator[Unit]:
        """Everything that is no page: feeds, calendars, what search engines are told, files passed on."""
        root, settled = self.publication.masthead.url, self._settled
        listed = [(s.url, s.modified) for s in self.map.pages if s.indexed and s.canonical == root + s.url]
        key = f"{settled} addresses={digest_of(listed, self.frame.ordinary)}"
        yield from self._unit("sitemap.xml", key, lambda: sitemap(self.map.pages, self.frame.ordinary, root).encode())
        yield from self._unit("robots.txt", settled, lambda: robots(root).encode())
        yield from self._unit(LOOK_FILE, settled, lambda: style_sheet(self.settings.look).encode())
        logo = logo_size(self.root, self.settings)
        write = writer(self.publication)
        for document in feed_documents(self.publication, self.settings.feed, logo_size=logo, measure=self.measure):
            key = f"{settled} entries={essence_digest(document)}"
            yield from self._unit(document.path, key, partial(write, document))
        dates = essence_digest(tuple(calendar_facts(self.publication)))
        yield Unit(f"{AT}calendar", f"{settled} dates={dates}", self._calendars, self._calendar_files())
        withheld, pictures = self.publication.withheld, self.publication.letter_pictures
        copies = [(source, target) for source, target in self.frame.copies.items() if source not in withheld]
        for source, target in (*copies, *pictures.items()):
            path = f"{self.settings.docs_dir}/{source}"
            same = f"file={self.inputs.digest(path)}"
            yield Unit(AT + target, same, partial(self._copy, path, target), [AT + target])
        found = open_dates(self.publication)
        library = self.map.library
        for shelved, key in zip(library.shelved, library.keys, strict=True):
            file = found.get(shelved.entry.action.anchor, "")
            action = f"{key}|{file}|{library.is_newest(shelved)}"
            whole = f"{self._framed} action={action}"
            yield Unit(_record_name(shelved), whole, partial(self._record, shelved, file), ())

    def _calendar_files(self) -> list[str]:
        views = (None, *self.publication.public_segments())
        paths = {path for view in views for path in calendar_paths(self.publication, view).values()}
        return [AT + path for path in ("actions.ics", *sorted(paths))]

    def _copy(self, path: str, target: str) -> Made:
        return Made({AT + target: (self.root / path).read_bytes()})

    def _calendars(self) -> Made:
        files = {"actions.ics": calendar(self.publication), **dict(calendar_files(self.publication))}
        return Made({AT + path: data for path, data in files.items() if path not in self.frame.taken})

    def _record(self, shelved: Shelved, file: str) -> Made:
        card = self._renderer.part("partials/card.html", LIBRARY, card=self.map.library.card(shelved))
        return Made({}, (), (action_record(shelved, self.publication.masthead.url, file), card))

    def library(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The page of the library, of the cards that are made."""
        sketch = self.map.library.sketch

        def make() -> bytes:
            cards = {s.entry.action.id: Markup(made[_record_name(s)][1]) for s in self.map.library.shelved}  # noqa: S704 - ours
            return self._renderer.page(self.map.library.page(cards)).encode()

        yield from self._unit(f"{LIBRARY}index.html", f"{self._framed} {sketch.key}", make)

    def index(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The search index, of what the pages left."""
        if self.frame.search is None:
            return
        config, ordinary = self.frame.search
        entries = [ordinary, *(made[AT + sketch.url][0] for sketch in self.map.pages if sketch.searched)]
        key = f"texts={_joined(config, *entries)}"
        yield from self._unit(INDEX_FILE, key, lambda: search_index(config, entries))

    def documents(self, made: Mapping[str, Any]) -> Unit:
        """The data for programs, of what the pages left."""
        posted = {sketch.post: made[AT + sketch.url][1] for sketch in self.map.pages if sketch.post}
        issues = [posted[issue.id] for issue in self.publication.issues_for()]
        actions = [made[_record_name(shelved)][0] for shelved in self.map.library.shelved]
        key = f"{self._settled} records={_joined(*issues, '', *actions)}"
        taken = self.frame.taken

        def make() -> Made:
            files = documents(self.publication, issues, actions)
            return Made({AT + path: data for path, data in files if path not in taken})

        return Unit(f"{AT}api", key, make, [AT + path for path in DOCUMENTS])


def _joined(*texts: str) -> str:
    """A digest of megabytes of text, of which `repr` would take as long as the rest of a weekly build."""
    return digest("\0".join(texts).encode(errors="surrogatepass"))


def _indexes(urls: Iterable[str]) -> list[str]:
    return [f"{AT}{url}index.html" for url in urls]


def _record_name(shelved: Shelved) -> str:
    return f"{AT}actions/#{shelved.entry.action.anchor}"
