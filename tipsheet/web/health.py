"""Whether the service lives, and whether it can do its work: for whoever watches it."""

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from tipsheet.errors import TipsheetError
from tipsheet.store.version import VERSION, version_of
from tipsheet.web.service import Service

__all__ = ["routes"]


def routes(service: Service) -> Blueprint:
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
        except (sa.exc.SQLAlchemyError, TipsheetError):
            ready = False
        return ("ok\n" if ready else "not ready\n"), (200 if ready else 503), {"Content-Type": "text/plain"}

    return blueprint
