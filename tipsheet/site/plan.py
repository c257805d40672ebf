"""The site cut into units; a build makes those that changed.

First the frame, by MkDocs (`build`); then pages, feeds and the rest; last what is put together of what
the pages left: the library, the search index and the data for programs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from tipsheet.engine.digest import digest_of, digest_of_value
from tipsheet.engine.inputs import Inputs
from tipsheet.engine.units import Ref, Unit, called
from tipsheet.model.body import Action, whole
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.reading.posts import name_in
from tipsheet.rendering.calendar import WHOLE, calendar_dates
from tipsheet.rendering.data import paths_in
from tipsheet.rendering.feeds.documents import FeedDocument, feed_documents
from tipsheet.rendering.library import OnShelf
from tipsheet.rendering.references import Texts
from tipsheet.settings import Settings
from tipsheet.site.face import LOOK_FILE, Face
from tipsheet.site.files import copies_of_pictures, passed_on
from tipsheet.site.languages import alternates_of
from tipsheet.site.library import INDEX_FILE as LIBRARY_INDEX
from tipsheet.site.library import LIBRARY, shelves, with_cards
from tipsheet.site.page import Alternate, Planned
from tipsheet.site.pages import SiteMap, site_map
from tipsheet.site.search import (
    INDEX_FILE,
    Listed,
    in_its_language,
    sitemap_files,
    whole_texts,
)
from tipsheet.site.share import share_units
from tipsheet.site.theme import Frame, Renderer, in_shells, logo_size, template_folders
from tipsheet.site.writing import (
    AT,
    Also,
    write_calendars,
    write_card,
    write_documents,
    write_feed_file,
    write_index,
    write_issue,
    write_library_index,
    write_look,
    write_page,
    write_redirects,
    write_robots,
    write_sitemaps,
)
from tipsheet.words import own_name

__all__ = ["AT", "Plan", "every_file", "plan_without_state", "planned_site"]

NOWHERE = Frame(shells={}, copies={}, taken=frozenset(), ordinary=(), pages=0, search=None, tiles=(), icon="", menu="")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The plan of one site: its pages and feeds as values, and what else it is made of.

    ``given`` is the digest of mkdocs.yml; ``unknown`` is another one each time where hooks or plugins may look
    at anything. ``frame`` is what MkDocs leaves; where it has no shells, pages are rendered by ``material``, in the
    first language by that of an empty name. ``cache`` is a folder for compiled templates. ``others`` are the plans of
    languages besides the first, and ``alternates`` pages that are there in several, by their addresses.
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
    material: Mapping[str, Renderer] = field(default_factory=dict)
    others: tuple["Plan", ...] = ()
    alternates: Mapping[str, tuple[Alternate, ...]] = field(default_factory=dict)

    @property
    def overrides(self) -> Path | None:
        """The folder of the publication's own templates."""
        return self.settings.overrides_in(self.root)

    @property
    def size(self) -> int:
        """The number of pages, redirects not counted."""
        return sum(len(plan.map.pages) for plan in self.languages) + self.frame.pages

    @property
    def languages(self) -> tuple["Plan", ...]:
        """The plan of each language, of which this is the first."""
        return (self, *self.others)

    @property
    def folder(self) -> str:
        """The folder of the pages of this plan, from the site's root; empty for the first language."""
        return self.settings.masthead.folder

    @property
    def language(self) -> str:
        """The language of this plan; empty for the first one."""
        return self.settings.other_language

    def framed(self, frame: Frame, material: Mapping[str, Renderer]) -> "Plan":
        """The plan, and those of other languages, in this frame."""
        others = tuple(replace(plan, frame=frame, material=material) for plan in self.others)
        return replace(self, frame=frame, material=material, others=others)

    def units(self) -> Iterator[Unit]:
        """All units but the frame, to ask what they would write: last ones are made of nothing."""
        nothing: Mapping[str, Any] = defaultdict(lambda: ("", "", ""))
        yield from self.first()
        yield from self.last(nothing)

    def first(self) -> Iterator[Unit]:
        """Units that stand by themselves, once there is a frame."""
        for plan in self.languages:
            yield from plan.pages()
            yield from plan.beside_pages()
        yield from self.once()

    def last(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """Units that are put together of the values that the first left."""
        for plan in self.languages:
            yield from plan.library(made)
            yield from plan.index(made)
        first = self.records(made)
        for plan in self.languages:
            yield plan.documents(made, {**first, **plan.records(made)})

    def load(self, ref: Ref) -> Any:
        """The thing that a unit of the site refers to."""
        match ref.kind:
            case "menus":
                return next(plan for plan in self.languages if plan.language == ref.name).renderer
            case "action":
                return whole(self._actions[ref.name], self.publication.html)
            case "file":
                return (self.root / ref.name).read_bytes()
            case _:
                return self.texts.load(ref)

    @cached_property
    def _actions(self) -> dict[str, Action]:
        plans = self.languages
        return {name_in(one.action.id, plan.language): one.action for plan in plans for one in plan.map.public.shelf}

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
        return Ref("settings", self.language, self.given)

    @cached_property
    def menus(self) -> Ref:
        """The renderer of pages, told from others by the frame around them, the face on them, and all templates."""
        return Ref(
            "menus", self.language, digest_of(self.given, self.templates, self.frame.menu, digest_of_value(self.face))
        )

    @cached_property
    def renderer(self) -> Renderer:
        """Renders the pages of this language: in shells, or in Material."""
        if not self.frame.shells:
            return self.material[self.language]
        face = self.frame.face(self.root, self.publication, self.settings)
        cache = self.cache / self.folder if self.cache and self.folder else self.cache
        if cache:
            cache.mkdir(parents=True, exist_ok=True)
        return in_shells(self.frame.shells, template_folders(self.overrides), face, cache)

    def pages(self) -> Iterator[Unit]:
        """Our pages, each with what is searched of it, what programs are told of it, and what leads to it."""
        aliases = dict(self.map.aliases)
        whole = whole_texts(self.map.pages, self.settings.search_full_text)
        issues = {issue.id: issue for issue in self.publication.issues}
        for page in self.map.pages:
            if page.url.startswith(self.folder + LIBRARY):
                continue
            led = aliases.pop(page.post, ()) if page.post else ()
            urls = (page.url, *[one.url for one in led])
            also = self.additions(page, search=_searched(page, whole), redirects=led, taken=self.in_the_way(urls))
            args: dict[str, object] = {"menus": self.menus, "content": page.page, "target": also}
            if issue := issues.get(page.post):
                args |= {"settings": self._settings, "issue": self.texts.part(issue)}
            yield Unit(AT + page.url, write_issue if issue else write_page, args, _indexes(urls))
        for redirect in self.map.redirects:
            if redirect.file not in self.frame.taken:
                args = {"menus": self.menus, "target": (redirect,), "taken": ()}
                yield Unit(AT + redirect.file, write_redirects, args, [AT + redirect.file])
        for post, led in aliases.items():  # of posts that only a segment reads
            urls = tuple(one.url for one in led)
            args = {"menus": self.menus, "target": led, "taken": self.in_the_way(urls)}
            yield Unit(f"{AT}{self.folder}i/{post}/", write_redirects, args, _indexes(urls))

    def additions(self, page: Planned, **more: Any) -> "Also":
        """Additions to a page, with its languages."""
        return Also(folder=page.folder, alternates=self.alternates.get(page.url, ()), **more)

    def remade(self, post: Post) -> dict[str, bytes]:
        """The pages of a post, with this text in place of the one that was planned, by their paths in the site.

        What other posts say on them is as it was planned.
        """

        def load(ref: Ref) -> Any:
            if ref.name == post.name and ref.kind == "text":
                return replace(post, authors=(), notes=()) if isinstance(post, Issue) else replace(post, authors=())
            return self.load(ref)

        files: dict[str, bytes] = {}
        plan = next((plan for plan in self.languages if plan.language == post.language), self)
        for page in plan.map.pages:
            if page.of == post.id:
                target = plan.additions(page, taken=plan.in_the_way((page.url,)))
                args = {"menus": plan.menus, "content": page.page, "target": target}
                files |= called(Unit(AT + page.url, write_page, args), load, {}).files
        return {path.removeprefix(AT): data for path, data in files.items()}

    def in_the_way(self, urls: Iterable[str]) -> tuple[str, ...]:
        """Files of pages at these addresses that the content has already."""
        known = self.frame.taken
        return tuple([f"{url}index.html" for url in urls if f"{url}index.html" in known]) if known else ()

    def _file(self, path: str, function: Any, args: Mapping[str, object]) -> Iterator[Unit]:
        """A unit of one file, unless the content has a file of that name."""
        if path not in self.frame.taken:
            yield Unit(AT + path, function, args, [AT + path])

    def once(self) -> Iterator[Unit]:
        """Files that all languages share: what search engines are told, the look, files passed on."""
        root = self.publication.masthead.url
        listed = tuple(
            [
                Listed(page.canonical, page.modified, self._hreflang(page))
                for plan in self.languages
                for page in plan.map.pages
                if page.indexed and page.canonical == root + page.url
            ]
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
        docs = self.settings.docs_dir
        yield from passed_on(docs, self.publication, self.frame.copies, self.inputs)
        yield from copies_of_pictures(docs, self.publication, self.inputs)

    def _hreflang(self, page: Planned) -> tuple[tuple[str, str], ...]:
        root = self.publication.masthead.url
        return tuple([(one.language, root + one.url) for one in self.alternates.get(page.url, ())])

    def beside_pages(self) -> Iterator[Unit]:
        """Files of a language besides pages: feeds, calendars, and cards of the library, which are none."""
        for document in self.feeds:
            args = {"path": document.path, "channel": document.channel, "entries": document.entries}
            yield from self._file(document.path, write_feed_file, args)
        dates = calendar_dates(self.publication)
        files = [AT + self.folder + path for path in (WHOLE, *sorted(date.path for date in dates))]
        args = {"settings": self._settings, "dates": dates, "taken": self._taken_files(files)}
        yield Unit(f"{AT}{self.folder}calendar", write_calendars, args, files)
        for unit in share_units(self.publication, self.settings, self.inputs):
            if unit.path.removeprefix(AT) not in self.frame.taken:
                yield unit
        for shelf in shelves(self.map.public.shelf):
            for one in shelf.entries:
                text = Ref("action", name_in(one.action.id, self.language), one.digest)
                args = {"settings": self._settings, "menus": self.menus, "text": text, "action": one.place}
                args["page"] = self.folder + shelf.url
                yield Unit(self._record_path(one), write_card, args, ())

    def _taken_files(self, paths: Iterable[str]) -> frozenset[str]:
        return frozenset(path.removeprefix(AT) for path in paths) & self.frame.taken

    def library(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The pages of the library, of the cards that are made, and where they are many their index."""
        pages = {page.url: page for page in self.map.pages if page.url.startswith(self.folder + LIBRARY)}
        rows = []
        for shelf in shelves(self.map.public.shelf):
            cards, page = [made[self._record_path(one)] for one in shelf.entries], pages[self.folder + shelf.url]
            content = with_cards(page, [card for _, card, _ in cards])
            args: dict[str, object] = {"menus": self.menus, "content": content, "target": self.additions(page)}
            yield from self._file(f"{page.url}index.html", write_page, args)
            rows.append((shelf.url, tuple([row for _, _, row in cards])))
        if len(rows) > 1:
            path = self.folder + LIBRARY_INDEX
            yield from self._file(path, write_library_index, {"path": path, "content": tuple(rows)})

    def _record_path(self, one: OnShelf) -> str:
        return f"{AT}{self.folder}{LIBRARY}#{one.action.anchor}"

    def index(self, made: Mapping[str, Any]) -> Iterator[Unit]:
        """The search index, of what the pages left."""
        if self.frame.search is None:
            return
        config, ordinary = self.frame.search
        found = [made[AT + page.url][0] for page in self.map.pages if page.searched]
        entries = (ordinary, *found) if not self.folder else tuple(found)
        config = in_its_language(config, self.language) if self.folder else config
        args = {"path": self.folder + INDEX_FILE, "config": config, "entries": entries}
        yield from self._file(self.folder + INDEX_FILE, write_index, args)

    def records(self, made: Mapping[str, Any]) -> Mapping[str, str]:
        """The records of posts that have pages in this language, by their ids, of what the pages left."""
        return {page.post: made[AT + page.url][1] for page in self.map.pages if page.post}

    def documents(self, made: Mapping[str, Any], posted: Mapping[str, str]) -> Unit:
        """The data for programs, of the records of posts: what nobody has translated is there as it is."""
        files = paths_in(self.folder)
        args = {
            "settings": self._settings,
            "issues": tuple([posted[issue.id] for issue in self.publication.issues_for()]),
            "actions": tuple([made[self._record_path(one)][0] for one in self.map.public.shelf]),
            "taken": self._taken_files(files),
        }
        return Unit(f"{AT}{self.folder}api", write_documents, args, [AT + path for path in files])


def plan_without_state(root: Path, settings: Settings, publication: Publication) -> Plan:
    """The plan of a site of which nothing is remembered; it has no frame yet."""
    return planned_site(Inputs(root, {}), settings, publication)


def planned_site(
    inputs: Inputs,
    settings: Settings,
    publication: Publication,
    *,
    given: str = "",
    unknown: str = "",
    cache: Path | None = None,
) -> Plan:
    """The plan of a site in all its languages, without a frame; see `Plan` for the arguments."""
    plans = []
    for language in settings.languages or (settings.masthead.language,):
        spoken = settings.in_language(language)
        told = publication.in_language(spoken.masthead, spoken.segments) if spoken.masthead.folder else publication
        texts = Texts(told, spoken)
        plans.append(
            Plan(
                root=inputs.root,
                settings=spoken,
                publication=told,
                inputs=inputs,
                texts=texts,
                map=site_map(texts, given),
                feeds=feed_documents(texts, given=given, logo_size=logo_size(inputs.root, spoken)),
                given=given,
                unknown=unknown,
                cache=cache,
            )
        )
    first, *others = plans
    if not others:
        return first
    pages = [(plan.settings.masthead.language, page) for plan in plans for page in plan.map.pages]
    alternates = alternates_of(pages, {language: own_name(language) for language in settings.languages})
    return replace(first, others=tuple(replace(plan, alternates=alternates) for plan in others), alternates=alternates)


def every_file(plan: Plan, frame: Frame, renderers: Mapping[str, Renderer]) -> Iterator[tuple[str, bytes]]:
    """All files of the site but those that MkDocs makes, by their paths in it, with nothing remembered.

    ``frame`` and ``renderers``, by language, are of the MkDocs that is running.
    """
    plan = plan.framed(frame, renderers)
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
