"""Whether the service lives, and whether it can do its work: for whoever watches it."""

from collections.abc import Iterator

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from tipsheet.errors import TipsheetError
from tipsheet.store.database import VERSION, version_of
from tipsheet.web.letters import late, unknown
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
                remarks = [*_remarks(connection, service)] if ready else []
        except (sa.exc.SQLAlchemyError, TipsheetError):
            ready, remarks = False, []
        text = "".join(f"{line}\n" for line in ("ok" if ready else "not ready", *remarks))
        return text, (200 if ready else 503), {"Content-Type": "text/plain; charset=utf-8"}

    return blueprint


def _remarks(connection: sa.Connection, service: Service) -> Iterator[str]:
    """What a person should look at, though readers are answered."""
    if late(connection, service.clock()):
        yield "letters wait: is a mail server there, and does somebody send?"
    if held := unknown(connection):
        yield f"letters that may not have arrived, in the last 30 days: {held}"
