"""The state of the desk: what was read and built last, and the thread that builds when a file was saved.

A save is shown in two steps: a post that was saved is read and its pages are made against what is in memory, at once
(`remaking`); then all is built in a thread. A mistake leaves what is shown as it was, and is in the view.
"""

import datetime as dt
import gc
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from tipsheet import press
from tipsheet.engine.digest import digest
from tipsheet.engine.outputs import FOLDER, PREVIEW
from tipsheet.engine.processes import no_collection
from tipsheet.engine.state import StateFile
from tipsheet.errors import ContentError, TipsheetError
from tipsheet.last_build import BuildOptions, Built
from tipsheet.model.pictures import settled
from tipsheet.model.publication import Publication
from tipsheet.preview.remaking import Basis, Remade
from tipsheet.preview.watching import Watcher, places_of
from tipsheet.problems import Problem, Severity, errors_in
from tipsheet.settings import CONFIG_FILE, Settings, read_settings

__all__ = ["Desk", "Event", "NothingYetError", "Outcome", "View"]

QUIET = 0.02
"""Seconds without another event after which a file counts as saved: some editors write, rename and delete."""
IDLE = 2
"""Seconds after a build in which nothing is saved; then there is time to look for garbage."""
KEPT_EVENTS = 256
MANY = 200
"""Pages from which on a browser is told that any may have changed."""
SHOWN_IN_PAGES = (".css", ".js", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".woff", ".woff2")
"""Endings of files that pages show; one that changes may change any page."""


class NothingYetError(TipsheetError):
    """There is no view yet: mkdocs.yml cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One consistent picture of the publication; it is replaced whole.

    ``revision`` grows with every change that is shown. ``publication`` holds drafts and coming issues too, each picture
    at the address where its readers find it. ``problems`` are those of the sources as they are now. Where the sources
    are ``broken``, settings and publication are those of the last good build, or what could be read when there is none.
    """

    revision: int
    settings: Settings
    publication: Publication
    problems: tuple[Problem, ...]
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """News for browsers: ``changed``, ``building`` or ``problems``, with their data."""

    number: int
    name: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a build: the result, or the error that stopped it, and the seconds that it took."""

    seconds: float
    built: Built | None = None
    error: Exception | None = None


@dataclass
class Desk:
    """The desk of the publication in ``root``. ``drafts`` shows drafts and coming issues, in folders of their own.

    ``clock`` gives the moment, ``environ`` holds variables that mkdocs.yml may name; ``told`` hears of every build.
    """

    root: Path
    clock: Callable[[], dt.datetime]
    drafts: bool = True
    environ: Mapping[str, str] = field(default_factory=dict)
    told: Callable[[Outcome], None] = lambda _outcome: None
    _view: View | None = field(init=False, default=None)
    _basis: Basis | None = field(init=False, default=None)
    _remade: dict[str, Remade] = field(init=False, default_factory=dict)
    _showing: threading.RLock = field(init=False, default_factory=threading.RLock)
    _problems: tuple[Problem, ...] = field(init=False, default=())
    _error: str = field(init=False, default="")
    _news: threading.Condition = field(init=False, default_factory=threading.Condition)
    _events: deque[Event] = field(init=False, default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    _count: int = field(init=False, default=0)
    _touched: set[Path] = field(init=False, default_factory=set)
    _building: bool = field(init=False, default=False)
    _closed: bool = field(init=False, default=False)
    _state: StateFile = field(init=False)
    _watcher: Watcher = field(init=False)
    _builder: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._state = StateFile(self.home if self.drafts else self.root / FOLDER)
        self._watcher = Watcher(self._touch)
        self._builder = threading.Thread(target=self._build_on, name="builder")

    @property
    def home(self) -> Path:
        """The folder of the desk's own build: below `.tipsheet`, or the publication's own without drafts."""
        return self.root / PREVIEW if self.drafts else self.root

    @property
    def site(self) -> Path:
        """The folder of the site."""
        return self.home / "site"

    @property
    def outbox(self) -> Path:
        """The folder of the letters."""
        return self.home / "outbox"

    @property
    def options(self) -> BuildOptions:
        """The options of the desk's own build; with drafts it has a state of its own as well."""
        return BuildOptions(site_dir=self.site, outbox_dir=self.outbox, drafts=self.drafts, state=self._state)

    def now(self) -> dt.datetime:
        """The moment by the desk's clock."""
        return self.clock()

    def view(self) -> View:
        """The view; raises NothingYetError where there is none."""
        if self._view is None:
            raise NothingYetError("nothing can be shown yet", "mend the mistakes in mkdocs.yml first")
        return self._view

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Mistakes in the sources as they are now, also where there is no view."""
        return self._problems

    @property
    def error(self) -> str:
        """The reason, in words, why the last build stopped, other than mistakes in sources; empty for none."""
        return self._error

    @property
    def building(self) -> bool:
        """True while something is built, or about to be."""
        return self._building

    @property
    def revision(self) -> int:
        """That of the view, 0 without one."""
        return self._view.revision if self._view else 0

    @property
    def path(self) -> str:
        """Path of the site's address, as in public; begins and ends in ``/``."""
        return urlsplit(self._view.settings.masthead.url).path if self._view else "/"

    def open(self) -> None:
        """Build once, watch the sources, and begin to build when one is saved."""
        # Before the first build: what is saved meanwhile is not missed
        self._watcher.follow(places_of(self.root, None))
        self.build()
        self._builder.start()

    def close(self) -> None:
        """End every thread, and every stream of events."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        if self._builder.is_alive():
            self._builder.join()
        self._watcher.close()

    def saved(self, path: str) -> View | None:
        """Show a file that was just written, and return the view; None where mkdocs.yml cannot be read."""
        self._remake(path)
        self._touch(self.root / path)
        return self._view

    def page(self, file: str) -> bytes | None:
        """A page of the site that is newer than the one in its folder, by its path there; None for any other file."""
        return next((remade.pages[file] for remade in tuple(self._remade.values()) if file in remade.pages), None)

    def _touch(self, file: Path) -> None:
        with self._news:
            self._touched.add(file)
            self._news.notify_all()

    def _build_on(self) -> None:
        """Build whenever files were saved, until the desk is closed; for a thread of its own."""
        while (files := self._wait()) is not None:
            for file in sorted(files):
                if file.is_relative_to(self.root):
                    self._remake(file.relative_to(self.root).as_posix())
            self.build()

    def _wait(self) -> set[Path] | None:
        """Wait for saved files, until no other is; None when the desk is closed."""
        found: set[Path] = set()
        with self._news:
            idle = not self._news.wait_for(lambda: self._touched or self._closed, IDLE)
        if idle:
            gc.collect()  # takes long where there is much, and nobody waits now
        with self._news:
            self._news.wait_for(lambda: self._touched or self._closed)
            while self._touched and not self._closed:
                found |= self._touched
                self._touched.clear()
                self._news.wait(QUIET)
            return None if self._closed else found

    def _remake(self, path: str) -> None:
        """Show a post that was saved at once, from what is in memory; a build follows."""
        with self._showing:
            basis, view, last = self._basis, self._view, self._remade.get(path)
            if basis is None or view is None:
                return
            one = None
            with suppress(Exception):  # a template or an extension may raise anything; the build that follows tells
                one = self._read_again(path, basis, view, last)
            if one is None:
                return
            self._remade[path] = replace(one, pages=last.pages) if one.broken and last else one
            self._problems = _with(one, view.problems)
            self._view = replace(
                view,
                revision=view.revision + 1,
                publication=one.publication or view.publication,
                problems=self._problems,
                broken=bool(errors_in(self._problems)),
            )
        if view.problems != self._problems:
            self._tell("problems", {"revision": self.revision})
        if not one.broken:
            urls = [page.removesuffix("index.html") for page in one.pages]
            self._tell("changed", {"revision": self.revision, "paths": [path], "urls": urls})

    def _read_again(self, path: str, basis: Basis, view: View, last: Remade | None) -> Remade | None:
        """A file as it is now, or that it has gone; None for one that is as it was last seen, or no post."""
        file = self.root / path
        data = file.read_bytes() if file.is_file() else None
        found = "" if data is None else digest(data)
        if last.digest == found if last else basis.knows(path, found):
            return None
        return basis.without(path, view.publication) if data is None else basis.remade(path, data, view.publication)

    def build(self) -> None:
        """Build all, and show it; mistakes leave what is shown as it was."""
        self._building = True
        self._tell("building", {"revision": self.revision})
        started = time.perf_counter()
        if self.drafts:
            self.home.mkdir(parents=True, exist_ok=True)
        try:
            with no_collection():
                pressed = press.press(self.root, self.options, now=self.now(), environ=self.environ)
        except Exception as error:  # noqa: BLE001 - hooks and extensions may raise anything; the desk stays open
            outcome = Outcome(seconds=time.perf_counter() - started, error=error)
            self._stopped(error)
        else:
            outcome = Outcome(seconds=time.perf_counter() - started, built=pressed.built)
            self._show(pressed)
        self._follow()
        self._building = False
        self.told(outcome)

    def _follow(self) -> None:
        """Watch what the settings name, and what links lead to; a good build has followed those already."""
        with suppress(OSError):  # mkdocs.yml has gone for a moment
            settings = self._view.settings if self._view else read_settings(self.root, self.environ)[0]
            links = None if self._basis is None or self._problems else self._basis.pressed.plan.inputs.links
            first = not self._watcher.watches
            if self._watcher.follow(places_of(self.root, settings, links)) and not first:
                self._touch(self.root / CONFIG_FILE)  # what is new there may have been saved before it was watched

    def _show(self, pressed: press.Pressed) -> None:
        """Show a build in place of what is shown."""
        prepared, before = pressed.prepared, self._basis
        settings, publication = prepared.settings, prepared.publication
        assert settings is not None  # noqa: S101 - a build that ends well has read both
        assert publication is not None  # noqa: S101
        whole = settled(publication, publication)
        basis = Basis.of(pressed, whole, before)
        same = before is not None and before.sources == basis.sources
        with self._showing:
            broken, problems = self._view is not None and self._view.broken, pressed.built.problems
            told = broken or self._problems != problems
            changed = self._not_shown(pressed.written)
            news = bool(changed) or not same or told
            self._view = View(revision=self.revision + news, settings=settings, publication=whole, problems=problems)
            newer = [path for path, one in self._remade.items() if not basis.knows(path, one.digest)]
            self._basis, self._remade, self._problems, self._error = basis, {}, problems, ""
        if told:
            self._tell("problems", {"revision": self.revision})
        if news:
            self._tell("changed", {"revision": self.revision, "paths": [], "urls": urls_of(changed)})
        for path in newer:  # saved while this was built
            self._remake(path)

    def _not_shown(self, written: tuple[str, ...]) -> tuple[str, ...]:
        """These outputs without pages that are shown with the same bytes already."""
        shown = {f"site/{file}": data for one in self._remade.values() for file, data in one.pages.items()}
        return tuple(path for path in written if path not in shown or shown[path] != (self.home / path).read_bytes())

    def _stopped(self, error: Exception) -> None:
        """Keep what is shown, and tell why nothing newer is."""
        problems = error.problems if isinstance(error, ContentError) else ()
        with self._showing:
            self._error = "" if problems else f"{error}"
            if self._view is not None:
                self._view = replace(self._view, problems=problems, broken=True)
            elif problems:
                self._view = self._what_can_be_read(problems)
            self._problems = problems
        self._tell("problems", {"revision": self.revision})

    def _what_can_be_read(self, problems: tuple[Problem, ...]) -> View | None:
        prepared = press.prepare(self.root, now=self.now())
        if prepared.settings is None or prepared.publication is None:
            return None
        publication = settled(prepared.publication, prepared.publication)
        return View(revision=0, settings=prepared.settings, publication=publication, problems=problems, broken=True)

    def _tell(self, name: str, data: Mapping[str, object]) -> None:
        with self._news:
            self._count += 1
            self._events.append(Event(self._count, name, data))
            self._news.notify_all()

    def events(self, since: int, patience: float) -> Iterator[Event | None]:
        """The events after this number, as they come; None after ``patience`` seconds without one. Ends with the desk.

        A number that is none of the last ones begins with a change of everything.
        """
        with self._news:
            first = self._events[0].number if self._events else 1
            missed, last = not first - 1 <= since <= self._count, self._count
        if missed:
            since = last
            yield Event(last, "changed", {"revision": self.revision, "paths": [], "urls": None})
        while not self._closed:
            with self._news:
                if self._count == since:
                    self._news.wait(patience)
                found = [event for event in self._events if event.number > since]
            yield from found or (None,)
            since = found[-1].number if found else since

    @property
    def last_event(self) -> int:
        """The number of the last event."""
        return self._count


def _with(remade: Remade, before: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems with those of a file as it is now; warnings that only a whole build finds stay until then."""
    codes = {problem.code for problem in remade.problems}
    kept = {
        problem
        for problem in before
        if problem.where.path != remade.path
        or (remade.digest and problem.severity is Severity.WARNING and problem.code not in codes)
    }
    return tuple(sorted(kept.union(remade.problems)))


def urls_of(written: tuple[str, ...]) -> list[str] | None:
    """Addresses of pages among these outputs, from the site's root; None where any page may look otherwise."""
    site = [path.removeprefix("site/") for path in written if path.startswith("site/")]
    pages = [path.removesuffix("index.html") for path in site if path.endswith(".html")]
    if len(pages) > MANY or any(path.endswith(SHOWN_IN_PAGES) for path in site):
        return None
    return pages
