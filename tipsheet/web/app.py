"""The WSGI application: the table of routes, put together once."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from flask import Blueprint, Flask

from tipsheet.audience.secret import secret_of
from tipsheet.clock import current_time
from tipsheet.store.database import open_store
from tipsheet.store.location import DATABASE_VARIABLE, store_url
from tipsheet.web import (
    guards,
    health,
    hooks,
    leaving,
)
from tipsheet.web.service import Outbox, Service

__all__ = ["ROUTES", "app_from", "create_app", "service_from"]

ROOT_VARIABLE = "TIPSHEET_ROOT"
"""Folder of the publication, for a server that starts elsewhere."""

ROUTES: Mapping[str, Callable[[Service], Blueprint]] = {
    "files": guards.routes,
    "health": health.routes,
    "hooks": hooks.routes,
    "leaving": leaving.routes,
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

    Raises NotInOutboxError, SecretError and StoreError.
    """
    secret = secret_of(environ)
    outbox = Outbox(root / "outbox")
    engine = open_store(store_url(root, environ.get(DATABASE_VARIABLE, "")))
    return Service(
        engine=engine, outbox=outbox, secret=secret, clock=partial(current_time, environ), environ=dict(environ)
    )


def app_from(environ: Mapping[str, str]) -> Flask:
    """The application that the environment describes, as gunicorn starts it."""
    return create_app(service_from(environ, Path(environ.get(ROOT_VARIABLE, ".")).absolute()))
