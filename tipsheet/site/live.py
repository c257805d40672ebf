"""The site as an editor sees it while writing: built again when a file is saved, and reloaded in the browser.

MkDocs' own server serves and reloads. What is ours: a build that fails leaves the last good site up, a
build that changes nothing reloads nothing, and files are watched by what the system tells, at once,
where MkDocs looks at all of them twice a second.
"""

import errno
import logging
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.livereload import LiveReloadServer
from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from tipsheet.errors import TipsheetError
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["Address", "Live", "PortInUseError"]

QUIET = 0.02
"""Seconds without another event after which a file counts as saved: some editors write, rename and delete."""
CHANGES = [FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
"""Events that may change what is built. To open and to read are events too, which our own builds cause."""


class PortInUseError(TipsheetError):
    """Another program answers where we should."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the site is served; ``path`` is that of ``site_url``, so that links are the same as in public."""

    host: str
    port: int
    path: str

    @classmethod
    def of(cls, settings: Settings, host: str, port: int) -> "Address":
        """The address of this publication's site."""
        return cls(host=host, port=port, path=urlsplit(settings.masthead.url).path)


class Live(LiveReloadServer):
    """Serves a folder; ``rebuild`` says whether it changed anything there.

    Raises PortInUseError.
    """

    def __init__(self, folder: Path, address: Address, rebuild: Callable[[], bool]) -> None:
        super().__init__(self._built, address.host, address.port, str(folder), address.path)
        # Requests for what is not there would else stand among a build's complaints
        logging.getLogger("mkdocs.livereload").setLevel(logging.ERROR)
        self.build_delay = QUIET
        self.observer = Observer()  # type: ignore[assignment]  # told, instead of looking again and again
        self.error_handler = self._page_for
        self._rebuild, self._folder = rebuild, folder
        try:
            self.server_bind()
            self.server_activate()
        except OSError as error:
            self.server_close()
            if error.errno != errno.EADDRINUSE:
                raise
            hint = f"stop it, or take another port: tipsheet serve --port {address.port + 1}"
            raise PortInUseError(f"another program answers at port {address.port}", hint) from error
        self.url = f"http://{address.host}:{self.server_port}{self.mount_path}"

    def follow(self, root: Path, settings: Settings) -> None:
        """Watch everything that an editor changes, from now on."""
        handler = _Handler(self._changed)
        for name in filter(None, (settings.docs_dir, settings.overrides)):
            if (root / name).is_dir():
                self._follow(handler, root / name, recursive=True)
        # Its folder and not the file, in whose place many editors put another one
        self._follow(_Handler(self._changed, only=CONFIG_FILE), root, recursive=False)
        self.observer.start()

    def _follow(self, handler: "_Handler", folder: Path, *, recursive: bool) -> None:
        self.observer.schedule(handler, str(folder), recursive=recursive, event_filter=CHANGES)
        self._watched_paths[str(folder)] = 1  # pages ask for news only where something is watched

    def _changed(self) -> None:
        with self._rebuild_cond:
            self._want_rebuild = True
            self._rebuild_cond.notify_all()

    def _built(self) -> None:
        if not self._rebuild():
            self._wanted_epoch = self._visible_epoch  # what is shown is the newest there is

    def _page_for(self, code: int) -> bytes | None:
        page = self._folder / "404.html"
        return page.read_bytes() if code == 404 and page.is_file() else None  # noqa: PLR2004 - RFC 9110

    def run(self, *, show: bool) -> None:
        """Serve until somebody interrupts; ``show`` opens a browser."""
        self.serve_thread.start()
        if show:
            webbrowser.open(self.url)
        self._build_loop()  # type: ignore[no-untyped-call]


class _Handler(FileSystemEventHandler):
    """Calls a function when a file changes; ``only`` one of this name."""

    def __init__(self, changed: Callable[[], None], *, only: str = "") -> None:
        self._changed, self._only = changed, only

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Files that editors keep beside the one that is edited change nothing."""
        names: Iterable[str] = (Path(str(path)).name for path in (event.src_path, event.dest_path) if path)
        if any(name == self._only if self._only else not name.startswith(".") and name[-1:] != "~" for name in names):
            self._changed()
