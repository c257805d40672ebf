"""The site as an editor sees it while writing: built again when a file is saved, and reloaded in the browser.

MkDocs' own server serves and reloads. What is ours: a build that fails leaves the last good site up, a
build that changes nothing reloads nothing, and files are watched by what the system tells, at once,
where MkDocs looks at all of them twice a second. It answers to names of this machine only, so that no page of the
web can ask it through a name of its own (DNS rebinding), to GET and HEAD only, and with files of its folder only.
"""

import errno
import logging
import posixpath
import webbrowser
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
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

from tipsheet.engine.inputs import links_in
from tipsheet.errors import TipsheetError
from tipsheet.reading.published import Kind, kind_of
from tipsheet.settings import CONFIG_FILE, Settings

__all__ = ["Address", "Live", "PortInUseError"]

QUIET = 0.02
"""Seconds without another event after which a file counts as saved: some editors write, rename and delete."""
LONGEST = 2000
"""Characters of an address that is looked at; no file of a site has a longer one."""
MAIL = "mail"
"""Folder of pages that show letters of the service."""
CHANGES = [FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
"""Events that may change what is built. To open and to read are events too, which our own builds cause."""


class PortInUseError(TipsheetError):
    """Another program answers where we should."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The address at which the site is served; ``path`` is that of ``site_url``, so that links are as in public."""

    host: str
    port: int
    path: str

    @classmethod
    def of(cls, settings: Settings, host: str, port: int) -> "Address":
        """The address of this publication's site."""
        return cls(host=host, port=port, path=urlsplit(settings.masthead.url).path)


class Live(LiveReloadServer):
    """Serves a folder; ``rebuild`` says whether it changed anything there.

    ``put`` changes a page while it is shown, and ``mail`` gives media type and content of a page below ``mail/``: what
    shows the service beside sets them. Raises PortInUseError.
    """

    def __init__(self, folder: Path, address: Address, rebuild: Callable[[], bool]) -> None:
        super().__init__(self._built, address.host, address.port, str(folder), address.path)
        # Requests for what is not there would else stand among a build's complaints
        logging.getLogger("mkdocs.livereload").setLevel(logging.ERROR)
        self.build_delay = QUIET
        self.observer = Observer()  # type: ignore[assignment]  # told, instead of looking again and again
        self.error_handler = self._page_for
        self._rebuild, self._folder, self._host = rebuild, folder, address.host
        self._links: Callable[[], None] = lambda: None
        self.put: Callable[[bytes], bytes] = lambda page: page
        self.mail: Callable[[str], tuple[str, bytes] | None] = lambda _path: None
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
        """Watch everything that an editor changes, from now on, and what links inside the publication lead to."""
        content = _Handler(self._changed, below=root / settings.docs_dir)
        names = [name for name in (settings.docs_dir, settings.overrides) if name and (root / name).is_dir()]
        for name in names:
            handler = content if name == settings.docs_dir else _Handler(self._changed)
            self._follow(handler, root / name, recursive=True)
        self._links = lambda: self._follow_links(root, names)
        self._links()
        # Its folder and not the file, in whose place many editors put another one
        self._follow(_Handler(self._changed, only=CONFIG_FILE), root, recursive=False)
        self.observer.start()

    def _follow(self, handler: "_Handler", folder: Path, *, recursive: bool) -> None:
        self.observer.schedule(handler, str(folder), recursive=recursive, event_filter=CHANGES)
        self._watched_paths[str(folder)] = 1  # pages ask for news only where something is watched

    def _follow_links(self, root: Path, names: Iterable[str]) -> None:
        """Watch where links lead, which the system does not do by itself; those that are new after each build."""
        try:
            links = links_in(root, names)
        except OSError:  # a folder goes while it is looked at; the next build looks again
            return
        for target in links.values():
            place = root / target
            folder = place if place.is_dir() else place.parent
            only = "" if place.is_dir() else place.name
            if f"{place}" not in self._watched_paths:
                self._follow(_Handler(self._changed, only=only), folder, recursive=place.is_dir())
                self._watched_paths[f"{place}"] = 1

    def _changed(self) -> None:
        with self._rebuild_cond:
            self._want_rebuild = True
            self._rebuild_cond.notify_all()

    def serve_request(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer who may ask for what there is, and nobody else for nothing else (K11)."""
        refused = self._refused(environ)
        if refused:
            start_response(refused, [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{refused}\n".encode()]
        if shown := self._letter(str(environ.get("PATH_INFO", ""))):
            start_response("200 OK", [("Content-Type", shown[0]), ("Content-Length", str(len(shown[1])))])
            return [shown[1]]
        return super().serve_request(environ, start_response)

    def _letter(self, path: str) -> tuple[str, bytes] | None:
        """A page about letters of the service that is shown beside, unless the site has a folder of that name."""
        home = f"{self.mount_path.rstrip('/')}/{MAIL}/"
        ours = path.startswith(home) and not (self._folder / MAIL).exists()
        return self.mail(path.removeprefix(home)) if ours else None

    def _inject_js_into_html(self, content: bytes, epoch: int) -> bytes:
        return self.put(super()._inject_js_into_html(content, epoch))  # type: ignore[no-untyped-call]

    def _refused(self, environ: Any) -> str:
        """The status with which a request is refused, or nothing."""
        if not is_of_this_machine(environ.get("HTTP_HOST", ""), self._host):
            return "403 Forbidden"
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            return "405 Method Not Allowed"
        path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace").decode("utf-8", "ignore")
        return "" if len(path) <= LONGEST and path.isprintable() and self._is_ours(path) else "404 Not Found"

    def _is_ours(self, path: str) -> bool:
        """Return True when a path names a file in the folder that can be read to an end, or none."""
        below = path.removeprefix(self.mount_path.rstrip("/"))
        file = self._folder / posixpath.normpath(f"/{below}").lstrip("/")
        if not file.resolve().is_relative_to(self._folder.resolve()):
            return False
        return not file.exists() or file.is_file() or file.is_dir()

    def _built(self) -> None:
        if not self._rebuild():
            self._wanted_epoch = self._visible_epoch  # what is shown is the newest there is
        self._links()

    def _page_for(self, code: int) -> bytes | None:
        page = self._folder / "404.html"
        return page.read_bytes() if code == 404 and page.is_file() else None  # noqa: PLR2004 - RFC 9110

    def run(self, *, show: bool) -> None:
        """Serve until somebody interrupts; ``show`` opens a browser."""
        self.serve_thread.start()
        if show:
            webbrowser.open(self.url)
        self._build_loop()  # type: ignore[no-untyped-call]


def is_of_this_machine(asked: str, host: str) -> bool:
    """Return True when a Host header names this machine: localhost, an address in numbers, or its name."""
    try:
        name = urlsplit(f"//{asked}").hostname
    except ValueError:
        return False
    if not name or "@" in asked or "/" in asked:
        return False
    if name in ("localhost", host.lower()) or name.endswith(".localhost"):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class _Handler(FileSystemEventHandler):
    """Calls a function when a file changes; ``only`` one of this name, and ``below`` only what is no copy or hidden."""

    def __init__(self, changed: Callable[[], None], *, only: str = "", below: Path | None = None) -> None:
        self._changed, self._only, self._below = changed, only, below

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Files that editors keep beside the one that is edited change nothing."""
        if any(self._counts(Path(str(path))) for path in (event.src_path, event.dest_path) if path):
            self._changed()

    def _counts(self, file: Path) -> bool:
        if self._only:
            return file.name == self._only
        name = file.name
        if self._below is not None and file.is_relative_to(self._below):
            name = file.relative_to(self._below).as_posix()
        return kind_of(name) not in (Kind.COPY, Kind.HIDDEN)
