"""The service: what readers' clicks reach. Its registries of routes and hooks, the application, the HTTP server.

It joins what the build left in the outbox and never renders. ``tipsheet.web:app`` is the WSGI application for gunicorn,
made from the environment when it is first asked for; ``tipsheet web`` serves it by waitress, within limits of time and
size. waitress reads a request to its end before a thread has it, so that slow senders hold no thread. Added here are a
deadline for the whole request, since one that sends a header a minute is never idle; and a refusal of requests that
give their length in two ways, which a proxy might read in the other (request smuggling, RFC 9112, 6.3).
"""

import atexit
import datetime as dt
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask

from tipsheet.audience.secret import secret_of
from tipsheet.clock import current_time
from tipsheet.delivery.approval import NotApprovedError
from tipsheet.delivery.senders import DEFAULT, SENDERS
from tipsheet.delivery.sending import SendJob, Transport
from tipsheet.edition.edition import Edition
from tipsheet.errors import TipsheetError
from tipsheet.problems import did_you_mean
from tipsheet.settings import read_settings
from tipsheet.store.database import VERSION, open_store, version_of
from tipsheet.store.location import DATABASE_VARIABLE, store_url
from tipsheet.web import guards, hooks, links, preferences, subscribing
from tipsheet.web.guards import HEADERS, POLICY
from tipsheet.web.hooks.brevo import BREVO
from tipsheet.web.hooks.mailgun import MAILGUN
from tipsheet.web.hooks.postmark import POSTMARK
from tipsheet.web.hooks.sendgrid import SENDGRID
from tipsheet.web.hooks.ses import SES
from tipsheet.web.hooks.standard import STANDARD
from tipsheet.web.letters import Post, Postman, late, unknown
from tipsheet.web.service import Outbox, Service

if TYPE_CHECKING:
    app: Flask

__all__ = [
    "HOOKS", "MAX_HEADERS", "MAX_REQUEST", "NOBODY", "ROUTES", "THROUGH_VARIABLE", "ListenError", "Server", "app",
    "app_from", "beside", "create_app", "health_routes", "post_from", "serve_at", "service_from",
]  # fmt: skip

HOOKS: Mapping[str, hooks.Hook] = {hook.name: hook for hook in (SES, POSTMARK, MAILGUN, BREVO, SENDGRID, STANDARD)}
"""Providers that call ``/hook/<name>``: one file, one line."""

ROOT_VARIABLE = "TIPSHEET_ROOT"
"""Folder of the publication, for a server that starts elsewhere."""

THROUGH_VARIABLE = "TIPSHEET_THROUGH"
"""Sender of the service's letters, for a server that starts elsewhere; a name in `SENDERS`, or `NOBODY`."""
NOBODY = "nobody"
"""Letters wait until ``tipsheet web --once`` sends them."""
LETTERS_FOLDER = "service-letters"
"""Folder in which senders that only write files put letters."""
REQUEST_TIME = 30
"""Seconds for a whole request to arrive; one of a reader takes a moment, one of a provider a few."""
IDLE_TIME = 30
"""Seconds that a connection is kept for the next request."""
LOOK_EVERY = 5
"""Seconds between looks at who takes too long."""
CONNECTIONS = 500
"""Connections at a time; each holds a file descriptor, and most systems give a process 1,024."""
MAX_REQUEST = 1024 * 1024
"""Octets of a body that are read at all: providers' hooks; the application has lower limits for what is a form."""
MAX_HEADERS = 32 * 1024

_log = logging.getLogger("tipsheet.web.server")
_PATH = re.compile(r"while serving .*", re.DOTALL)


def health_routes(service: Service) -> Blueprint:
    """``/healthz`` answers while the process lives; ``/readyz`` when store and outbox can be read as well."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}

    @blueprint.get("/readyz")
    def readyz() -> ResponseReturnValue:
        try:
            with service.engine.connect() as connection:
                ready = version_of(connection) == VERSION and bool(service.record.site)
                remarks = [*_remarks(connection, service)] if ready else []
        except (sa.exc.SQLAlchemyError, TipsheetError):
            ready, remarks = False, []
        text = "".join(f"{line}\n" for line in ("ok" if ready else "not ready", *remarks))
        return text, (200 if ready else 503), {"Content-Type": "text/plain; charset=utf-8"}

    return blueprint


def _remarks(connection: sa.Connection, service: Service) -> Iterator[str]:
    """Remarks for a person, though readers are answered."""
    if late(connection, service.clock()):
        yield "letters wait: is a mail server there, and does somebody send?"
    if held := unknown(connection):
        yield f"letters that may not have arrived, in the last 30 days: {held}"


ROUTES: Mapping[str, Callable[[Service], Blueprint]] = {
    "files": guards.file_routes,
    "health": health_routes,
    "hooks": partial(hooks.routes, HOOKS),
    "leaving": links.leaving_routes,
    "proof": subscribing.proof_routes,
    "subscribing": subscribing.routes,
    "preferences": preferences.routes,
    "forwarding": links.forwarding_routes,
    "plans": links.plan_routes,
}
"""Makers of routes by the subject they serve."""


def create_app(service: Service) -> Flask:
    """The application of this service."""
    app = guards.Application("tipsheet.web", static_folder=None, template_folder=None)
    guards.guard(app, service)
    for name, maker in ROUTES.items():
        app.register_blueprint(maker(service), name=name)
    return app


def service_from(environ: Mapping[str, str], root: Path) -> Service:
    """The service that the environment describes, for the publication in ``root``.

    Raises NotInOutboxError, SecretError, HopError and StoreError.
    """
    secret, hops = secret_of(environ), guards.hops_of(environ)
    outbox = Outbox(root / "outbox")
    engine = open_store(store_url(root, environ.get(DATABASE_VARIABLE, "")))
    return Service(
        engine=engine,
        outbox=outbox,
        secret=secret,
        clock=partial(current_time, environ),
        environ=dict(environ),
        trusted_hops=hops,
    )


def post_from(service: Service, root: Path, through: str = DEFAULT) -> Post | None:
    """Sending of the service's letters: signed, in the envelope that issues have; None when nobody sends here.

    The delivery settings of mkdocs.yml count where the file is there. Raises UnknownSenderError, and what opening a
    sender or reading a key raises.
    """
    if through == NOBODY:
        return None
    if through not in SENDERS:
        hint = did_you_mean(through, SENDERS) or f"known: {', '.join(SENDERS)}, {NOBODY}"
        raise UnknownSenderError(f"there is no sender '{through}'", hint)
    settings, _ = read_settings(root) if (root / "mkdocs.yml").is_file() else (None, ())
    if settings is None:
        return Post(service=service, connect=SENDERS[through].open(service.environ, root / LETTERS_FOLDER))
    folder = root / LETTERS_FOLDER
    transport = Transport(settings=settings, environ=service.environ, sender=through, folder=folder, root=root)
    connect, stop = transport.connect(service.outbox.now().mails["confirm"]), threading.Event()
    told: set[str] = set()

    def job_for(edition: Edition) -> SendJob:
        job = transport.job(service.engine, edition)
        return replace(job, wait=dt.timedelta(), clock=service.clock, stop=stop)

    def waits(error: NotApprovedError) -> None:
        if str(error) not in told:  # once, and not at each look, one in a few seconds
            told.add(str(error))
            _log.warning("%s; %s", error, error.hint)

    bounces = settings.delivery.bounces or ""
    return Post(service=service, connect=connect, sender=bounces, job_for=job_for, stop=stop, waits=waits)


class UnknownSenderError(TipsheetError):
    """No sender has this name."""

    exit_code = 2


def app_from(environ: Mapping[str, str]) -> Flask:
    """The application that the environment describes, as gunicorn starts it, with its thread for letters."""
    root = Path(environ.get(ROOT_VARIABLE, ".")).absolute()
    service = service_from(environ, root)
    post = post_from(service, root, environ.get(THROUGH_VARIABLE, DEFAULT))
    if post is None:
        return create_app(service)
    postman = Postman(post)
    postman.start()
    atexit.register(postman.stop)
    return create_app(postman.service)


def __getattr__(name: str) -> Any:
    """Make the application at the first ``tipsheet.web.app``, so that importing the package opens no store."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = app_from(os.environ)
    return made


class ListenError(TipsheetError):
    """Another program listens there, or we may not."""

    exit_code = 2


def _without_path(record: logging.LogRecord) -> bool:
    """Take the path out of waitress' messages, since it holds a token (W7), and the traceback with what it shows."""
    record.msg, record.args = _PATH.sub("while serving a request", record.getMessage()), ()
    record.exc_info = record.exc_text = None
    return True


_log.addFilter(_without_path)
logging.getLogger("waitress.queue").setLevel(
    logging.ERROR
)  # it would write a line for each request that waits a moment


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress is not typed
    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        # It has taken away the Transfer-Encoding that it understood: that of HTTP/1.1 which is "chunked"
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length is said in two ways")


class _Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to what is no HTTP, with the headers that all answers have."""

    def execute(self) -> None:
        self.response_headers.extend(HEADERS.items())
        self.response_headers.extend([("Content-Security-Policy", POLICY), ("Cache-Control", "no-store")])
        super().execute()


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    error_task_class = _Refusal
    logger = _log


class Server(TcpWSGIServer):  # type: ignore[misc]
    """A server that is listening; `run` answers until Ctrl-C, and lets requests that are at work come to their end."""

    channel_class = _Channel
    request_time: float = REQUEST_TIME

    @property
    def url(self) -> str:
        """Address at which it answers."""
        host = self.effective_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.effective_port}"

    def run_until_closed(self) -> None:
        """Answer until ``accepting`` is taken away; for a thread of its own, which no Ctrl-C reaches."""
        while self.accepting:
            self.asyncore.loop(timeout=1, map=self._map, use_poll=True, count=1)

    def maintenance(self, now: float) -> None:
        """Close connections that are idle, and those whose request takes too long to arrive."""
        super().maintenance(now)
        latest = time.monotonic() - self.request_time
        for channel in list(self.active_channels.values()):
            asked = channel.request
            if asked is not None and asked.begun < latest:
                channel.will_close = True


def serve_at(application: Any, host: str, port: int, threads: int) -> Server:
    """A server for this WSGI application at the first address of ``host``; raises ListenError."""
    adjusted = Adjustments(
        threads=threads, connection_limit=CONNECTIONS, channel_timeout=IDLE_TIME, cleanup_interval=LOOK_EVERY,
        max_request_body_size=MAX_REQUEST, max_request_header_size=MAX_HEADERS, asyncore_use_poll=True, ident="",
        clear_untrusted_proxy_headers=False,  # `client_address` knows whom to believe
    )  # fmt: skip
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.create_server(address[:2], family=family, backlog=adjusted.backlog)
    except OSError as error:
        raise ListenError(
            f"port {port} of {host} cannot be listened at: {error.strerror}", "stop what does, or take another: --port"
        ) from error
    return Server(
        application, {}, _sock=bound, bind_socket=False, adj=adjusted,
        sockinfo=(family, socket.SOCK_STREAM, 0, bound.getsockname()),
    )  # fmt: skip


@contextmanager
def beside(server: Server) -> Iterator[Server]:
    """Run it in a thread of its own during the block."""
    thread = threading.Thread(target=server.run_until_closed, name="web", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.accepting = False
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        server.asyncore.close_all(server._map, ignore_all=True)  # noqa: SLF001 - it has no other way
