"""Watching the files of a publication by what the system tells, at once, instead of looking again and again."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchdog.events import (
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from tipsheet.engine.inputs import links_in
from tipsheet.reading.published import Kind, kind_of
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["Place", "Watcher", "places_of"]

# A folder that is made inside a new one can be found twice, by its own event and in the walk of the outer one;
# watchdog 7 says so on standard error, and goes on with the one watch that there is.
warnings.filterwarnings("ignore", "Callback with id .* already exists", RuntimeWarning)

CHANGES = [
    DirDeletedEvent, DirMovedEvent, FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent,
    FileMovedEvent,
]  # fmt: skip
"""Events that may change what is built. To open and to read are events too, which our own builds cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder that is watched, with all below it, or with ``only`` for files of these names in it alone.

    ``content`` says that names below it are those of content, so that copies and hidden files count for nothing.
    """

    folder: Path
    only: frozenset[str] = frozenset()
    content: bool = False

    def counts(self, file: Path) -> bool:
        """Return True for a file that may be built from, False for what editors keep beside it."""
        if self.only:
            return file.name in self.only
        inside = self.content and file.is_relative_to(self.folder)
        name = file.relative_to(self.folder).as_posix() if inside else file.name
        return kind_of(name) not in (Kind.COPY, Kind.HIDDEN)


def places_of(root: Path, settings: Settings | None, links: Mapping[str, str] | None = None) -> Iterator[Place]:
    """Everything that an editor changes, and what links inside the publication lead to.

    ``links`` are those that a build has followed, relative to ``root``; without them they are looked for. Without
    settings it is the content folder of most publications, and mkdocs.yml.
    """
    docs_dir, overrides = (settings.docs_dir, settings.overrides) if settings else ("content", "")
    files = settings.files if settings else (CONFIG_FILE,)
    names = [name for name in (docs_dir, overrides, *_snippets(settings)) if name and (root / name).is_dir()]
    for name in dict.fromkeys(names):
        yield Place(folder=root / name, content=name == docs_dir)
    by_folder: dict[Path, set[str]] = {root: {CONFIG_FILE}}
    for file in (root / name for name in files):
        by_folder.setdefault(Path(os.path.normpath(file.parent)), set()).add(file.name)
    targets = _links_below(root, names) if links is None else links
    for place in (root / target for target in dict.fromkeys(targets.values())):
        if place.is_dir():
            yield Place(folder=place)
        else:
            by_folder.setdefault(place.parent, set()).add(place.name)
    # The folder of a file and not the file itself, in whose place many editors put another one
    yield from (Place(folder=folder, only=frozenset(found)) for folder, found in by_folder.items() if folder.is_dir())


def _links_below(root: Path, names: list[str]) -> Mapping[str, str]:
    """The links below these folders, where the system does not look by itself, and what they lead to."""
    try:
        return links_in(root, names)
    except OSError:  # a folder goes while it is looked at; the next build looks again
        return {}


def _snippets(settings: Settings | None) -> Iterator[str]:
    """Folders from which texts take pieces (``pymdownx.snippets``), where they lie in the publication."""
    options: Mapping[str, Any] = settings.markdown.get("pymdownx.snippets", {}) if settings else {}
    base = options.get("base_path", ())
    for name in [base] if isinstance(base, str) else base:
        path = os.path.normpath(str(name))
        if path != "." and not path.startswith((os.pardir, os.sep)):
            yield path


@dataclass(slots=True)
class Watcher:
    """Calls ``changed`` with each file that changes, from threads of its own, until it is closed."""

    changed: Callable[[Path], None]
    _observer: Any = field(init=False, default_factory=Observer)
    _watched: dict[Place, ObservedWatch] = field(init=False, default_factory=dict)

    @property
    def watches(self) -> bool:
        """True once anything is watched."""
        return bool(self._watched)

    def follow(self, places: Iterator[Place]) -> bool:
        """Watch these places from now on, and no others; True when one of them is new."""
        wanted, before = set(places), set(self._watched)
        for place in self._watched.keys() - wanted:
            self._observer.unschedule(self._watched.pop(place))
        for place in wanted - before:
            handler = _Handler(place, self.changed)
            with suppress(FileNotFoundError):  # it has just gone
                watch = self._observer.schedule(
                    handler, str(place.folder), recursive=not place.only, event_filter=CHANGES
                )
                self._watched[place] = watch
        if not self._observer.is_alive():
            self._observer.start()
        return bool(self._watched.keys() - before)

    def close(self) -> None:
        """End the threads."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()


class _Handler(FileSystemEventHandler):
    def __init__(self, place: Place, changed: Callable[[Path], None]) -> None:
        self._place, self._changed = place, changed

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Pass on the files that count."""
        for path in (event.src_path, event.dest_path):
            if path and self._place.counts(file := Path(os.fsdecode(path))):
                self._changed(file)
