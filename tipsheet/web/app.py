"""The WSGI application: the table of routes, put together once."""

import atexit
import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from flask import Blueprint, Flask

from tipsheet.audience.secret import secret_of
from tipsheet.clock import current_time
from tipsheet.delivery.senders import DEFAULT, SENDERS
from tipsheet.delivery.sending import SendJob, Transport
from tipsheet.edition.edition import Edition
from tipsheet.errors import TipsheetError
from tipsheet.problems import did_you_mean
from tipsheet.settings import read_settings
from tipsheet.store.database import open_store
from tipsheet.store.location import DATABASE_VARIABLE, store_url
from tipsheet.web import (
    forwarding,
    guards,
    health,
    hooks,
    leaving,
    plans,
    preferences,
    proof,
    subscribing,
)
from tipsheet.web.letters import Post, Postman
from tipsheet.web.service import Outbox, Service

__all__ = ["NOBODY", "ROUTES", "THROUGH_VARIABLE", "app_from", "create_app", "post_from", "service_from"]

ROOT_VARIABLE = "TIPSHEET_ROOT"
"""Folder of the publication, for a server that starts elsewhere."""

THROUGH_VARIABLE = "TIPSHEET_THROUGH"
"""Who letters of the service are handed to, for a server that starts elsewhere; a name in `SENDERS`, or `NOBODY`."""
NOBODY = "nobody"
"""Letters wait until ``tipsheet web --once`` sends them."""
LETTERS_FOLDER = "service-letters"
"""Where senders put letters that only write files."""

ROUTES: Mapping[str, Callable[[Service], Blueprint]] = {
    "files": guards.routes,
    "health": health.routes,
    "hooks": hooks.routes,
    "leaving": leaving.routes,
    "proof": proof.routes,
    "subscribing": subscribing.routes,
    "preferences": preferences.routes,
    "forwarding": forwarding.routes,
    "plans": plans.routes,
}
"""Makers of routes by the subject they serve: one file, one line."""


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
    """How letters of the service go: signed, and from the envelope that issues have; None when nobody sends here.

    What mkdocs.yml says of delivery counts where it is there. Raises UnknownSenderError, and what opening a sender
    or reading a key raises.
    """
    if through == NOBODY:
        return None
    if through not in SENDERS:
        hint = did_you_mean(through, SENDERS) or f"known: {', '.join(SENDERS)}, {NOBODY}"
        raise UnknownSenderError(f"there is no sender '{through}'", hint)
    settings, _ = read_settings(root) if (root / "mkdocs.yml").is_file() else (None, ())
    if settings is None:
        return Post(service=service, connect=SENDERS[through].open(service.environ, root / LETTERS_FOLDER))
    transport = Transport(settings=settings, environ=service.environ, sender=through, folder=root / LETTERS_FOLDER)
    connect, stop = transport.connect(service.outbox.now().mails["confirm"]), threading.Event()

    def job_for(edition: Edition) -> SendJob:
        job = transport.job(service.engine, edition)
        return replace(job, wait=dt.timedelta(), clock=service.clock, stop=stop)

    bounces = settings.delivery.bounces or ""
    return Post(service=service, connect=connect, sender=bounces, job_for=job_for, stop=stop)


class UnknownSenderError(TipsheetError):
    """Nobody has this name whom letters could be handed to."""

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
