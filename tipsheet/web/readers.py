"""Shared by the pages of one reader: whose token it is, the evidence that is kept, the answer for a token of nobody.

A token names its reader; the answer for one that is not ours is the same text and status wherever it is met, and the
time does not tell how much of it was right (`Secret.public_id` compares in constant time).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import sqlalchemy as sa
from flask import Response, request

from tipsheet.audience.consent import Evidence
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.subscriber import Subscriber, UnknownTokenError, known_by_token, token_in
from tipsheet.web.service import Service

__all__ = ["answer", "evidence_of", "person_of", "reader_of", "stranger"]


def person_of(service: Service, token: str) -> str | None:
    """The id that a token of a letter speaks for; None for a token that we have not made.

    A full stop or a bracket that a program took for a part of the address does no harm.
    """
    return service.secret.public_id(token_in(token))


def reader_of(connection: sa.Connection, service: Service, public_id: str) -> Subscriber | None:
    """The reader with this id; None for one who was erased, and for `TEST_ID`."""
    if public_id == TEST_ID:
        return None
    try:
        return known_by_token(connection, service.secret, service.secret.leave_token(public_id))
    except UnknownTokenError:
        return None


def evidence_of(service: Service, path: str, *, form: str, wording: str = "") -> Evidence:
    """Evidence of what the sender of this request does: the page without its token, its words, the network."""
    return Evidence(source=f"{service.record.url}/{path}", form=form, wording=wording, ip=request.remote_addr or "")


def answer(
    service: Service,
    page: str,
    values: Mapping[str, str] | None = None,
    flags: AbstractSet[str] = frozenset(),
    status: int = 200,
) -> Response:
    """A page about one reader, which no cache keeps."""
    response = Response(service.html(page, values or {}, flags), status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response


def stranger(service: Service) -> Response:
    """The answer for a token of nobody."""
    return answer(service, "unknown", status=404)
