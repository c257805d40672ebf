"""The site cut into units; a build makes those that changed.

First the frame, by MkDocs (`build`); then pages, feeds and the rest; last what is put together of what
the pages left: the library, the search index and the data for programs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tipsheet.engine.digest import digest_of, digest_of_value
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Made, Ref, Unit, called
from tipsheet.model.body import Action, whole
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.rendering.calendar import WHOLE, CalendarDate, calendar_dates, calendar_documents
from tipsheet.rendering.data import DOCUMENTS, action_record, documents, issue_record
from tipsheet.rendering.feeds.documents import FeedDocument, feed_documents, write_feed
from tipsheet.rendering.feeds.formats import Channel, Entry
from tipsheet.rendering.library import OnShelf, Shelved
from tipsheet.rendering.references import Texts
from tipsheet.settings import Look, Settings
from tipsheet.site.face import LOOK_FILE, Face, style_sheet
from tipsheet.site.files import copies_of_pictures, passed_on
from tipsheet.site.library import INDEX_FILE as LIBRARY_INDEX
from tipsheet.site.library import LIBRARY, index_row, library_card, library_index, shelves, with_cards
from tipsheet.site.lists import ListPage
from tipsheet.site.page import Planned, Redirect, SitePage
from tipsheet.site.pages import SiteMap, site_map
from tipsheet.site.search import (
    INDEX_FILE,
    Listed,
    entries_of,
    robots,
    search_index,
    sitemap_files,
    sitemaps,
    whole_texts,
)
from tipsheet.site.theme import Frame, Renderer, in_shells, logo_size, template_folders

__all__ = ["AT", "Plan", "every_file", "plan_without_state"]

AT = "site/"
NOWHERE = Frame(
    shells={},
    copies={},
    taken=frozenset(),
    ordinary=(),
    pages=0,
    search=None,
    tiles=(),
    icon="",
    early=False,
    beyond=(),
    menu="",
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan of one site: its pages and feeds as values, and what else it is made of.

    ``given`` is the digest of mkdocs.yml; ``unknown`` is another one each time where hooks or plugins may look
    at anything. ``frame`` is what MkDocs leaves; where it has no shells, pages are rendered by ``material``. ``cache``
    is a folder for compiled templates.
    """

    root: Path
    settings: Settings
    publication: Publication
    inputs: Inputs
    texts: Texts
    map: SiteMap
    feeds: tuple[FeedDocument, ...]
    given: str = ""
    unknown: str = ""
    cache: Path | None = None
    frame: Frame = NOWHERE
    material: Renderer | None = None

    @property
    def overrides(self) -> Path | None:
        """The folder of the publication's own templates."""
        return self.settings.overrides_in(self.root)

    @property
    def size(self) -> int:
        """The number of pages, redirects not counted."""
        return len(self.map.pages) + self.frame.pages

    def units(self) -> Iterator[Unit]:
        """All units but the frame, to ask what they would write: last ones are made of nothing."""
        nothing: Mapping[str, Any] = defaultdict(lambda: ("", "", ""))
        yield from self.first()
        yield from self.last(nothing)

    def first(self) -> Iterator[Unit]:
        """Units that stand by themselves, once there is a frame."""
        yield from self.pages()
        yield from self.others()

    def last(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """Units that are put together of the values that the first left."""
        yield from self.library(made)
        yield from self.index(made)
        yield self.documents(made)

    def load(self, ref: Ref) -> Any:
        """The thing that a unit of the site refers to."""
        match ref.kind:
            case "menus":
                return self._renderer
            case "action":
                return whole(self._actions[ref.name], self.publication.html)
            case "file":
                return (self.root / ref.name).read_bytes()
            case _:
                return self.texts.load(ref)

    @cached_property
    def _actions(self) -> dict[str, Action]:
        return {one.action.id: one.action for one in self.map.public.shelf}

    @cached_property
    def _shelves(self) -> tuple[ListPage[OnShelf], ...]:
        return shelves(self.map.public.shelf)

    @cached_property
    def templates(self) -> str:
        """The digest of what overrides/ holds, mails apart, and of what cannot be known."""
        folder = self.settings.overrides
        found = [p for p in self.inputs.below(folder) if not p.startswith(f"{folder}/email/")] if folder else []
        return digest_of([(path, self.inputs.digest(path)) for path in found], self.unknown)

    @cached_property
    def face(self) -> Face:
        """The face, as far as it can be told without MkDocs."""
        return NOWHERE.face(self.root, self.publication, self.settings)

    @cached_property
    def _settings(self) -> Ref:
        return Ref("settings", "", self.given)

    @cached_property
    def _menus(self) -> Ref:
        """The renderer of pages, told from others by the frame around them, the face on them, and all templates."""
        return Ref("menus", "", digest_of(self.given, self.templates, self.frame.menu, digest_of_value(self.face)))

    @cached_property
    def _renderer(self) -> Renderer:
        if not self.frame.shells:
            assert self.material is not None  # noqa: S101 - see `settle`
            return self.material
        face = self.frame.face(self.root, self.publication, self.settings)
        return in_shells(self.frame.shells, template_folders(self.overrides), face, self.cache)

    def pages(self) -> Iterator[Unit]:
        """Our pages, each with what is searched of it, what programs are told of it, and what leads to it."""
        aliases = dict(self.map.aliases)
        whole = whole_texts(self.map.pages, self.settings.search_full_text)
        issues = {issue.id: issue for issue in self.publication.issues}
        for page in self.map.pages:
            if page.url.startswith(LIBRARY):
                continue
            led = aliases.pop(page.post, ()) if page.post else ()
            urls = (page.url, *[one.url for one in led])
            also = Also(search=_searched(page, whole), redirects=led, taken=self._taken(urls))
            args: dict[str, object] = {"menus": self._menus, "content": page.page, "target": also}
            if issue := issues.get(page.post):
                args |= {"settings": self._settings, "issue": self.texts.part(issue)}
            yield Unit(AT + page.url, write_issue if issue else write_page, args, _indexes(urls))
        for redirect in self.map.redirects:
            if redirect.file not in self.frame.taken:
                args = {"menus": self._menus, "target": (redirect,), "taken": ()}
                yield Unit(AT + redirect.file, write_redirects, args, [AT + redirect.file])
        for post, led in aliases.items():  # of posts that only a segment reads
            urls = tuple(one.url for one in led)
            args = {"menus": self._menus, "target": led, "taken": self._taken(urls)}
            yield Unit(f"{AT}i/{post}/", write_redirects, args, _indexes(urls))

    def remade(self, post: Post) -> dict[str, bytes]:
        """The pages of a post, with this text in place of the one that was planned, by their paths in the site.

        What other posts say on them is as it was planned.
        """

        def load(ref: Ref) -> Any:
            if ref.name == post.id and ref.kind == "text":
                return replace(post, authors=(), notes=()) if isinstance(post, Issue) else replace(post, authors=())
            return self.load(ref)

        files: dict[str, bytes] = {}
        for page in self.map.pages:
            if page.of == post.id:
                target = Also(taken=self._taken((page.url,)))
                args = {"menus": self._menus, "content": page.page, "target": target}
                files |= called(Unit(AT + page.url, write_page, args), load, {}).files
        return {path.removeprefix(AT): data for path, data in files.items()}

    def _taken(self, urls: Iterable[str]) -> tuple[str, ...]:
        """Files of pages at these addresses that the content has already."""
        known = self.frame.taken
        return tuple([f"{url}index.html" for url in urls if f"{url}index.html" in known]) if known else ()

    def _file(self, path: str, function: Any, args: Mapping[str, object]) -> Iterator[Unit]:
        """A unit of one file, unless the content has a file of that name."""
        if path not in self.frame.taken:
            yield Unit(AT + path, function, args, [AT + path])

    def others(self) -> Iterator[Unit]:
        """Everything that is no page: feeds, calendars, what search engines are told, files passed on."""
        root = self.publication.masthead.url
        listed = tuple(
            [Listed(s.canonical, s.modified) for s in self.map.pages if s.indexed and s.canonical == root + s.url]
        )
        files = [AT + name for name in sitemap_files(len(listed) + len(self.frame.ordinary))]
        args: dict[str, object] = {
            "addresses": listed,
            "others": self.frame.ordinary,
            "root": root,
            "taken": self._taken_files(files),
        }
        yield Unit(f"{AT}sitemap.xml", write_sitemaps, args, files)
        yield from self._file("robots.txt", write_robots, {"root": root})
        yield from self._file(LOOK_FILE, write_look, {"look": self.settings.look, "until": self.settings.schemes.until})
        for document in self.feeds:
            args = {"path": document.path, "channel": document.channel, "entries": document.entries}
            yield from self._file(document.path, write_feed_file, args)
        dates = calendar_dates(self.publication)
        files = [AT + path for path in (WHOLE, *sorted(date.path for date in dates))]
        args = {"settings": self._settings, "dates": dates, "taken": self._taken_files(files)}
        yield Unit(f"{AT}calendar", write_calendars, args, files)
        docs = self.settings.docs_dir
        yield from passed_on(docs, self.publication, self.frame.copies, self.inputs)
        yield from copies_of_pictures(docs, self.publication, self.inputs)
        for shelf in self._shelves:
            for one in shelf.entries:
                args = {
                    "settings": self._settings,
                    "menus": self._menus,
                    "text": Ref("action", one.action.id, one.digest),
                    "action": one.place,
                    "page": shelf.url,
                }
                yield Unit(_record_path(one), write_card, args, ())

    def _taken_files(self, paths: Iterable[str]) -> frozenset[str]:
        return frozenset(path.removeprefix(AT) for path in paths) & self.frame.taken

    def library(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The pages of the library, of the cards that are made, and where they are many their index."""
        pages = {page.url: page for page in self.map.pages if page.url.startswith(LIBRARY)}
        rows = []
        for shelf in self._shelves:
            cards = [made[_record_path(one)] for one in shelf.entries]
            page = with_cards(pages[shelf.url], [card for _, card, _ in cards])
            args: dict[str, object] = {"menus": self._menus, "content": page, "target": Also()}
            yield from self._file(f"{shelf.url}index.html", write_page, args)
            rows.append((shelf.url, tuple([row for _, _, row in cards])))
        if len(rows) > 1:
            yield from self._file(LIBRARY_INDEX, write_library_index, {"content": tuple(rows)})

    def index(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The search index, of what the pages left."""
        if self.frame.search is None:
            return
        config, ordinary = self.frame.search
        entries = (ordinary, *[made[AT + page.url][0] for page in self.map.pages if page.searched])
        yield from self._file(INDEX_FILE, write_index, {"config": config, "entries": entries})

    def documents(self, made: Mapping[str, Any]) -> Unit:
        """The data for programs, of what the pages left."""
        posted = {page.post: made[AT + page.url][1] for page in self.map.pages if page.post}
        args = {
            "settings": self._settings,
            "issues": tuple([posted[issue.id] for issue in self.publication.issues_for()]),
            "actions": tuple([made[_record_path(one)][0] for one in self.map.public.shelf]),
            "taken": self._taken_files(DOCUMENTS),
        }
        return Unit(f"{AT}api", write_documents, args, [AT + path for path in DOCUMENTS])


def plan_without_state(root: Path, settings: Settings, publication: Publication) -> Plan:
    """The plan of a site of which nothing is remembered; it has no frame yet."""
    texts = Texts(publication, settings)
    return Plan(
        root=root,
        settings=settings,
        publication=publication,
        inputs=Inputs(root, {}),
        texts=texts,
        map=site_map(texts),
        feeds=feed_documents(texts, logo_size=logo_size(root, settings)),
    )


def every_file(plan: Plan, frame: Frame, renderer: Renderer) -> Iterator[tuple[str, bytes]]:
    """All files of the site but those that MkDocs makes, by their paths in it, with nothing remembered.

    ``frame`` and ``renderer`` are of the MkDocs that is running.
    """
    plan = replace(plan, frame=frame, material=renderer)
    values: dict[str, Any] = {}
    known: dict[str, Any] = {}
    for units in (plan.first, partial(plan.last, values)):
        for unit in units():
            made = called(unit, plan.load, known)
            values[unit.path] = made.value
            yield from ((path.removeprefix(AT), data) for path, data in made.files.items())


def _searched(page: Planned, whole: frozenset[str]) -> str:
    if not page.searched:
        return ""
    return "whole" if page.url in whole else "head"


def _indexes(urls: Iterable[str]) -> list[str]:
    return [f"{AT}{url}index.html" for url in urls]


def _record_path(one: OnShelf) -> str:
    return f"{AT}{LIBRARY}#{one.action.anchor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Additions to a page: redirects to it, and its share of the search index.

    ``search`` says how much of it is searched: its ``head``, the ``whole`` text, or nothing. ``redirects`` lead to it;
    ``taken`` are files that the content has already.
    """

    search: str = ""
    redirects: tuple[Redirect, ...] = ()
    taken: tuple[str, ...] = ()


def write_page(menus: Renderer, content: SitePage, target: Also) -> Made:
    """A page and the redirects to it; its value are its entries in the search index, and no record."""
    entries = entries_of(content, whole=target.search == "whole") if target.search else ""
    files = {AT + content.file: menus.page(content).encode()} if content.file not in target.taken else {}
    files |= write_redirects(menus, target.redirects, target.taken).files
    return Made(files, (), (entries, "") if entries else None)


def write_issue(menus: Renderer, content: SitePage, target: Also, settings: Settings, issue: Post) -> Made:
    """The page of an issue, as `write_page` makes it; its value has the record for programs as well."""
    assert isinstance(issue, Issue)  # noqa: S101 - see `Plan.pages`
    made = write_page(menus, content, target)
    entries, _ = made.value or ("", "")
    return replace(made, value=(entries, issue_record(issue, settings.masthead.url)))


def write_redirects(menus: Renderer, target: tuple[Redirect, ...], taken: tuple[str, ...]) -> Made:
    """Pages that lead on, each a few lines without script or style."""
    return Made({AT + one.file: menus.redirect(one).encode() for one in target if one.file not in taken})


def write_sitemaps(addresses: tuple[Listed, ...], others: tuple[str, ...], root: str, taken: frozenset[str]) -> Made:
    """The sitemap for search engines."""
    files = sitemaps(addresses, others, root)
    return Made({AT + name: text.encode() for name, text in files.items() if name not in taken})


def write_robots(root: str) -> Made:
    """The file that tells search engines where the sitemap is."""
    return Made({f"{AT}robots.txt": robots(root).encode()})


def write_look(look: Look, until: str) -> Made:
    """The colours and type of the publication; ``until`` is its scheme until a reader chooses (`Schemes`)."""
    return Made({AT + LOOK_FILE: style_sheet(look, until).encode()})


def write_feed_file(path: str, channel: Channel, entries: tuple[Entry, ...]) -> Made:
    """A feed."""
    return Made({AT + path: write_feed(path, channel, entries)})


def write_calendars(settings: Settings, dates: tuple[CalendarDate, ...], taken: frozenset[str]) -> Made:
    """The calendar, and a file for each date."""
    files = calendar_documents(settings.masthead, dates)
    return Made({AT + path: data for path, data in files.items() if path not in taken})


def write_card(settings: Settings, menus: Renderer, text: Action, action: Shelved, page: str) -> Made:
    """No file: the value is the record of an action for programs, its card on a page of the library, and its line."""
    card = library_card(settings, text, action)
    html = menus.part("partials/card.html", page, card=card)
    return Made({}, (), (action_record(text, action, settings.masthead.url), html, index_row(card)))


def write_library_index(content: tuple[tuple[str, tuple[str, ...]], ...]) -> Made:
    """The index of a library of many pages."""
    return Made({AT + LIBRARY_INDEX: library_index(content)})


def write_index(config: str, entries: tuple[str, ...]) -> Made:
    """The search index."""
    return Made({AT + INDEX_FILE: search_index(config, entries)})


def write_documents(
    settings: Settings, issues: tuple[str, ...], actions: tuple[str, ...], taken: frozenset[str]
) -> Made:
    """The data for programs."""
    files = documents(settings.masthead, issues, actions)
    return Made({AT + path: data for path, data in files if path not in taken})
