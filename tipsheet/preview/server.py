"""The server of the desk: its areas, its state and its events in an application, and waitress that answers.

waitress answers from a few threads; a stream of events holds one for as long as a browser listens.
"""

import errno
import importlib.util
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, send_from_directory
from flask.typing import ResponseReturnValue
from waitress import create_server, wasyncore
from werkzeug.exceptions import NotFound, ServiceUnavailable

from tipsheet.errors import TipsheetError
from tipsheet.model.post import Issue
from tipsheet.preview.desk import Desk, Event, View
from tipsheet.preview.guards import HOME, guard
from tipsheet.preview.letter_pages import letter_routes
from tipsheet.preview.site import Beside, shown
from tipsheet.preview.writing import picture_routes, writing_routes
from tipsheet.problems import Severity, as_json
from tipsheet.reading.published import FOLDERS

__all__ = ["AREAS", "PortInUseError", "Server", "create_desk", "serve_at"]

AREAS: Mapping[str, Callable[[Desk], Blueprint]] = {
    "letters": letter_routes,
    "pictures": picture_routes,
    "writing": writing_routes,
}
"""Makers of routes by the area of the desk that they serve; each route of theirs begins with `HOME`."""

THREADS = 24
STREAMS = 16
"""Streams of events at a time: each holds a thread, and the others answer."""
LARGEST = 64 * 1024 * 1024
"""Octets of a body: a photograph as a telephone takes it."""
ALIVE = 15
"""Seconds after which a stream says that it is alive."""
PATIENCE = 1.0
"""Seconds between looks whether a browser still listens."""
FACE = Path(__file__).parents[1] / "templates/desk"
"""The page of the desk, its sheet and its modules."""
ENDING = 5
"""Seconds that requests at work have when the desk is closed."""


class PortInUseError(TipsheetError):
    """Another program answers where we should."""

    exit_code = 2


def create_desk(desk: Desk, *, host: str, token: str, beside: Beside | None = None) -> Flask:
    """The application of a desk that listens at ``host``; ``token`` is random, and whoever writes has to show it."""
    app = Flask("tipsheet.preview", static_folder=None, template_folder="../templates")
    guard(app, host, token)
    trial = beside or Beside()

    @app.before_request
    def site() -> ResponseReturnValue | None:
        return None if request.path.startswith(HOME) else shown(desk, trial)

    app.register_blueprint(_shell(desk, token))
    app.register_blueprint(_news(desk))
    for name, routes in AREAS.items():
        app.register_blueprint(routes(desk), name=name)
    return app


def _shell(desk: Desk, token: str) -> Blueprint:
    """The page of the desk, and its files."""
    blueprint = Blueprint("shell", __name__, template_folder="../templates/desk")
    editor = editor_files()

    @blueprint.get(HOME)
    def shell() -> ResponseReturnValue:
        view = desk.view() if desk.revision else None
        name = view.settings.masthead.name if view else desk.root.absolute().name
        return render_template("desk.html", token=token, name=name, editor=editor is not None)

    @blueprint.get(f"{HOME}static/<path:name>")
    def static(name: str) -> ResponseReturnValue:
        if name.endswith(".html"):
            raise NotFound
        return send_from_directory(FACE, name, max_age=0)

    @blueprint.get(f"{HOME}editor/<path:name>")
    def of_editor(name: str) -> ResponseReturnValue:
        if editor is None:
            raise NotFound
        return send_from_directory(editor, name, max_age=0)

    return blueprint


def editor_files() -> Path | None:
    """The folder of CodeMirror's modules, or None without the extra ``desk``; nothing of its package is imported."""
    found = importlib.util.find_spec("nicegui")
    places = found.submodule_search_locations if found else None
    folders = (Path(place) / "elements/codemirror/dist" for place in places or ())
    return next((folder for folder in folders if (folder / "index.js").is_file()), None)


def _news(desk: Desk) -> Blueprint:
    """The state of the desk, and the stream of what happens."""
    blueprint = Blueprint("news", __name__)
    streams = threading.BoundedSemaphore(STREAMS)

    @blueprint.get(f"{HOME}state")
    def state() -> ResponseReturnValue:
        return jsonify(state_of(desk))

    @blueprint.get(f"{HOME}events")
    def events() -> ResponseReturnValue:
        gone: Callable[[], bool] = request.environ.get("waitress.client_disconnected", lambda: False)
        asked = request.headers.get("Last-Event-ID", request.args.get("since", ""))
        since = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < len(str(2**63)) else desk.last_event
        if not streams.acquire(blocking=False):
            raise ServiceUnavailable("too many pages listen")
        answer = Response(_stream(desk, since, gone), content_type="text/event-stream")
        answer.call_on_close(streams.release)
        return answer

    return blueprint


def _stream(desk: Desk, since: int, gone: Callable[[], bool]) -> Iterator[str]:
    """The events as text/event-stream (HTML Standard, 9.2), with a comment when there has been none for a while."""
    yield "retry: 500\n\n"
    silent = 0.0
    for event in desk.events(since, PATIENCE):
        if gone():
            return
        silent = 0.0 if event else silent + PATIENCE
        if event:
            yield _written(event)
        elif silent >= ALIVE:
            silent = 0.0
            yield ": here\n\n"


def _written(event: Event) -> str:
    return f"id: {event.number}\nevent: {event.name}\ndata: {json.dumps(event.data, ensure_ascii=False)}\n\n"


def state_of(desk: Desk) -> dict[str, object]:
    """The state of the desk as JSON: what there is, what is wrong with it, and the last event that it knows of."""
    found: dict[str, object] = {
        "event": desk.last_event,  # first: what comes while the rest is read is news
        "revision": desk.revision,
        "name": desk.root.absolute().name,
        "building": desk.building,
        "error": desk.error,
        "drafts": desk.drafts,
        "path": desk.path,
        "broken": bool(desk.problems) and desk.revision == 0,
        "problems": [as_json(problem) for problem in desk.problems],
    }
    try:
        view = desk.view()
    except TipsheetError:
        return found | {"site_url": "", "segments": [], "issues": [], "posts": []}
    masthead = view.settings.masthead
    return found | {
        "name": masthead.name,
        "site_url": masthead.url,
        "broken": view.broken,
        "segments": [{"id": one.id, "title": one.title, "public": one.public} for one in view.settings.segments],
        "issues": _issues(view, desk),
        "posts": _posts(view, desk.path),
    }


def _issues(view: View, desk: Desk) -> list[dict[str, object]]:
    errors, warnings, now = *_counts(view), desk.now()

    def row(issue: Issue) -> dict[str, object]:
        welcome = issue.after is not None
        state = "draft" if issue.draft else "welcome" if welcome else "out" if issue.published <= now else "coming"
        path = issue.where.path
        return {
            "id": issue.id,
            "path": path,
            "title": issue.title,
            "language": issue.language,
            "number": issue.number,
            "date": None if welcome else issue.published.isoformat(),
            "state": state,
            "url": "" if welcome or (state != "out" and not desk.drafts) else desk.path + issue.url,
            "errors": errors[path],
            "warnings": warnings[path],
        }

    issues = (*view.publication.issues, *view.publication.welcome)
    return [row(text) for issue in issues for text in issue.texts]


def _posts(view: View, site: str) -> list[dict[str, object]]:
    """The sources that are no issues: articles, notes, actions of the library, ordinary pages; ``site`` is its path."""
    errors, warnings = _counts(view)
    publication, docs = view.publication, view.settings.docs_dir
    titled: list[tuple[str, str, str, str | None]] = []
    titled += [("article", text.where.path, text.title, text.url) for p in publication.articles for text in p.texts]
    notes = [note for one in publication.notes for note in (one, *one.translations)]
    titled += [("note", note.where.path, note.title, None) for note in notes]
    titled += [("action", f"{docs}/actions/{action.id}.md", action.title, None) for action in publication.evergreen]
    titled += [
        ("action", f"{docs}/actions/{name}.{language}.md", action.title, None)
        for (language, name), action in sorted(publication.other_actions.items())
    ]
    pages = sorted(name for name in publication.ordinary if name.endswith(".md"))
    titled += [("page", f"{docs}/{name}", name, _url(name)) for name in pages if name.partition("/")[0] not in FOLDERS]
    return [
        {
            "kind": kind,
            "path": path,
            "title": title,
            "url": "" if url is None else site + url,
            "errors": errors[path],
            "warnings": warnings[path],
        }
        for kind, path, title, url in titled
    ]


def _url(name: str) -> str:
    """The address of an ordinary page: ``about.md`` is at ``about/``, ``index.md`` is the folder itself."""
    return "" if name == "index.md" else name.removesuffix(".md").removesuffix("/index") + "/"


def _counts(view: View) -> tuple[Counter[str], Counter[str]]:
    """Errors and warnings by the paths of their sources."""
    errors = Counter(p.where.path for p in view.problems if p.severity is Severity.ERROR)
    warnings = Counter(p.where.path for p in view.problems if p.severity is Severity.WARNING)
    return errors, warnings


class Server:
    """A server that listens from the moment it is made, and answers between `start` and `close`."""

    def __init__(self, bound: socket.socket, host: str) -> None:
        self._bound, self.host, self.port = bound, host, int(bound.getsockname()[1])
        self._sockets: dict[int, Any] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._answer, name="desk")
        self._server: Any = None

    @property
    def url(self) -> str:
        """The address at which it answers, without a path."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self, app: Flask) -> None:
        """Answer from now on, in threads."""
        self._server = create_server(
            app, self._sockets, sockets=[self._bound], threads=THREADS, max_request_body_size=LARGEST, ident="",
            channel_request_lookahead=1,  # so that it is told when a browser no longer listens
        )  # fmt: skip
        self._thread.start()

    def _answer(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, use_poll=True, count=1)

    def close(self) -> None:
        """End all threads and connections; streams of events end with their desk, which is closed before."""
        self._ending.set()
        if self._server is not None:
            self._server.pull_trigger()
            self._thread.join()
            self._server.task_dispatcher.shutdown(timeout=ENDING)
            wasyncore.close_all(self._sockets, ignore_all=True)
        self._bound.close()


def serve_at(host: str, port: int) -> Server:
    """A server that listens at the first address of ``host``; raises PortInUseError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    try:
        return Server(socket.create_server(address[:2], family=family), host)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        hint = f"stop it, or take another port: tipsheet serve --port {port + 1}"
        raise PortInUseError(f"another program answers at port {port}", hint) from error
