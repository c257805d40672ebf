"""Guards before and after every route of the desk: who may ask, from which page, and what an answer may do.

The desk writes files, so it answers to this machine alone, and a change is asked for by its own page: a page of the web
can neither reach it through a name that leads here (DNS rebinding), nor send it a form, nor put it into a frame.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from secrets import compare_digest
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from tipsheet.errors import (
    BusyError,
    ContentError,
    NotMeantError,
    TipsheetError,
    UnknownNameError,
    WouldOverwriteError,
)

__all__ = ["HOME", "POLICY", "TOKEN_HEADER", "guard", "is_of_this_machine"]

HOME = "/_desk/"
"""Path below which the desk answers; everything else is the site."""
TOKEN_HEADER = "X-Desk"  # noqa: S105 - the name of a header
READING = frozenset({"GET", "HEAD"})
FOR_ALL = (f"{HOME}events", f"{HOME}static/reload.js")
"""Paths of the desk that pages of the site ask for, which other machines may see where the editor lets them."""
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'"
)
HEADERS: Mapping[str, str] = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-site",
}
"""On every answer. ``same-site`` and not ``same-origin``, since the trial service has a port of its own."""
STATUSES: Mapping[type[TipsheetError], int] = {
    UnknownNameError: 404,
    NotMeantError: 404,
    ContentError: 409,
    BusyError: 409,
    WouldOverwriteError: 409,
}
"""Statuses of errors; of all others it is 400."""


def guard(app: Flask, host: str, token: str) -> None:
    """Guard all routes of ``app``, which listens at ``host``; whoever writes has to show the ``token``."""

    @app.before_request
    def refuse() -> ResponseReturnValue | None:
        if not is_of_this_machine(request.environ.get("HTTP_HOST", ""), host):
            return _refusal(403, "this name does not lead to this machine", "open the address that was printed")
        ours = request.path.startswith(HOME)
        if request.method not in READING and not ours:
            return _refusal(405, "the site is read only", "")
        return _refused(token) if ours else None

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith(HOME):
            response.headers.setdefault("Content-Security-Policy", POLICY)
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(TipsheetError)
    def told(error: TipsheetError) -> ResponseReturnValue:
        status = next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)
        return _refusal(status, str(error), error.hint)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> ResponseReturnValue:
        return _refusal(error.code or 500, error.description or error.name, "")


def _refused(token: str) -> ResponseReturnValue | None:
    """The refusal of a request for the desk, or None."""
    if not _is_loopback(request.remote_addr or "") and request.path not in FOR_ALL:
        return _refusal(403, "the desk is for the machine that it runs on", "open it in a browser there")
    writes = request.method not in READING
    source = request.headers.get("Sec-Fetch-Site", "same-origin")
    if source not in ("same-origin", "none") and (writes or request.headers.get("Sec-Fetch-Mode") != "navigate"):
        return _refusal(403, "a page of somebody else asks", "")
    if not writes:
        return None
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return _refusal(403, "a page of somebody else asks", "")
    if not compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode()):
        return _refusal(403, "this page is of a desk that was closed", "load it again")
    return None


def _refusal(status: int, message: str, hint: str) -> ResponseReturnValue:
    return jsonify({"error": message, "hint": hint}), status


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


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
