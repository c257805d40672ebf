"""Guards before and after every route: client and host of a request, its origin and rate, headers of the answer."""

import io
import ipaddress
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, Response, request
from flask.typing import ResponseReturnValue
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    MisdirectedRequest,
    NotFound,
    RequestURITooLarge,
    ServiceUnavailable,
)
from werkzeug.http import parse_options_header
from werkzeug.security import safe_join
from werkzeug.utils import send_file

from tipsheet.errors import TipsheetError
from tipsheet.web.service import Service
from tipsheet.words import ENGLISH, words_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = [
    "HEADERS",
    "HOPS_VARIABLE",
    "MAX_BODY",
    "MAX_PARTS",
    "POLICY",
    "Application",
    "HopError",
    "NetworkLimit",
    "client_address",
    "file_routes",
    "guard",
    "hops_of",
    "network_of",
]  # fmt: skip

MAX_BODY = 64 * 1024
"""Octets of a body; a route that takes more says so by ``request.max_content_length``."""
MAX_PARTS = 64
"""Parts of a multipart form."""
MAX_ADDRESS = 2000
"""Characters of path and query; a token has 34."""
HOPS_VARIABLE = "TIPSHEET_TRUSTED_HOPS"
"""Addresses and networks of proxies whose forwarded client addresses are believed, with blanks between."""
UNIX = "unix"
"""Trusted hop that is no network: a proxy on this machine that connects to a socket in the file system."""
ANY_HOST = ("/healthz", "/readyz")
"""Paths that whoever watches the service asks for by the address of the machine."""
ANY_ORIGIN = ("/hook/", "/leave/")
"""Beginnings of paths that are posted to from anywhere: by providers, and by mail programs, some of which run in
pages of their own (RFC 8058). A signature, or the token in the path, is the permission."""
FROM_SITE = ("/subscribe",)
"""Paths that the publication's site posts to as well."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADERS: Mapping[str, str] = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
"""On every answer. Strict-Transport-Security is not among them: TLS, and the domain, are the proxy's."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SCRIPTS = "; script-src 'self'; connect-src 'self'; worker-src 'self'"
"""What the policy adds for a page with a script. Values are escaped, so that only a template can hold one."""
FALLBACK = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{heading}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>{heading}</h1><p>{words}</p></main></body></html>
"""
"""The page of an error where the build left none that can be shown."""
STATUSES = (400, 403, 404, 405, 413, 429, 500)
"""Statuses that ``error.html`` has words for, each under a flag such as ``e404``; others have those of a near one."""
NEAR: Mapping[int, int] = {410: 404, 414: 404, 421: 404}
RETRY_AFTER = 30
"""Seconds after which a database that is busy, full or away may be asked again; mail programs try one click again."""
IPV4_PREFIX, IPV6_PREFIX = 24, 64
"""Of networks: what one person has, or one office (RFC 6177)."""

_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_HASHED = re.compile(r"[.-][0-9a-f]{8,}\.[a-z0-9]+$")

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

_log = logging.getLogger("tipsheet.web")


class _Request(Request):
    """A request whose forms are held in memory, within `MAX_BODY`: nothing that a stranger sends becomes a file."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return io.BytesIO()


class Application(Flask):
    """Flask that logs no address and no token (W7), which the path of a request and the text of an error may hold."""

    request_class = _Request

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """Log the route and where in the program it went wrong."""
        error, trace = exc_info[1], exc_info[2]
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
            trace = trace.tb_next
        rule = request.url_rule.rule if request.url_rule else "no route"
        _log.error("%s %s: %s in %s", request.method, rule, type(error).__name__, " > ".join(places))


def guard(app: Application, service: Service) -> None:
    """Pass every request through these guards, and give every answer its headers."""
    # A client of tests asks for the service by its own name; nothing else uses it
    app.config["SERVER_NAME"] = urlsplit(service.record.url).netloc
    app.config["PREFERRED_URL_SCHEME"] = urlsplit(service.record.url).scheme
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, MAX_FORM_PARTS=MAX_PARTS)
    app.url_map.merge_slashes = False  # it would redirect to an address with the token
    if folder := urlsplit(service.record.url).path.rstrip("/"):
        app.wsgi_app = _below(folder, app.wsgi_app)  # type: ignore[method-assign,assignment]

    @app.before_request
    def before() -> None:
        request.remote_addr = client_address(request, service.trusted_hops)  # so that no route can ask the proxy's
        _look(request, service)

    @app.after_request
    def after(response: Response) -> Response:
        return _sealed(response)

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> ResponseReturnValue:
        return error if error.response is not None else _page_of(error, service)

    @app.errorhandler(OperationalError)
    def busy(error: OperationalError) -> ResponseReturnValue:
        app.log_exception((type(error), error, error.__traceback__))
        return _page_of(ServiceUnavailable(retry_after=RETRY_AFTER), service)


def _below(folder: str, application: "WSGIApplication") -> "WSGIApplication":
    """The application in the folder of a host, whether a proxy before it takes the folder away or not."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(f"{folder}/"):
            environ = {**environ, "SCRIPT_NAME": folder, "PATH_INFO": path.removeprefix(folder)}
        return application(environ, start_response)

    return answer


def file_routes(service: Service) -> Blueprint:
    """Files that pages need, below ``/assets/``, and a ``robots.txt`` that asks robots to stay away."""
    blueprint = Blueprint("files", __name__)

    @blueprint.get("/assets/<path:name>")
    def asset(name: str) -> ResponseReturnValue:
        folder = service.outbox.now().assets.resolve()
        found = safe_join(str(folder), name)
        if found is None or not (file := folder / found).is_file() or not file.resolve().is_relative_to(folder):
            raise NotFound
        hashed = _HASHED.search(file.name)
        response = send_file(file, request.environ, max_age=31_536_000 if hashed else 300)
        response.cache_control.public = True
        response.cache_control.no_cache = None
        if hashed:
            response.cache_control.immutable = True
        return response

    @blueprint.get("/robots.txt")
    def robots() -> ResponseReturnValue:
        return "User-agent: *\nDisallow: /\n", {"Content-Type": "text/plain; charset=utf-8"}

    return blueprint


def _look(asked: Request, service: Service) -> None:
    """Raise the HTTPException that says why a request is not answered."""
    if len(asked.environ.get("PATH_INFO", "")) + len(asked.environ.get("QUERY_STRING", "")) > MAX_ADDRESS:
        raise RequestURITooLarge
    if asked.path not in ANY_HOST and (wrong := _wrong_host(asked, service.record.url)):
        raise wrong
    if asked.method in UNSAFE and not asked.path.startswith(ANY_ORIGIN) and _from_elsewhere(asked, service):
        raise Forbidden


def _wrong_host(asked: Request, url: str) -> HTTPException | None:
    """The error for a Host that is not ours; X-Forwarded-Host is not looked at."""
    host, ours = asked.environ.get("HTTP_HOST", ""), urlsplit(url)
    try:
        named = urlsplit(f"//{host}")
        same = (named.hostname, named.port or _port(ours.scheme)) == (ours.hostname, ours.port or _port(ours.scheme))
    except ValueError:
        return BadRequest()
    if not named.hostname or named.netloc != host or "@" in host or "," in host:
        return BadRequest()
    return None if same or _is_machine(named.hostname) else MisdirectedRequest()


def _is_machine(host: str) -> bool:
    """Tell a host that is an IP address, or this machine, from a name that somebody could point at us.

    So the service can be tried where it runs, before it has a proxy and a name.
    """
    return host == "localhost" or _ip(f"[{host}]") is not None


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def _from_elsewhere(asked: Request, service: Service) -> bool:
    """True if a browser says that a page of another site posts this.

    A page with our Referrer-Policy has the Origin ``null`` (Fetch, "append a request Origin header"): there,
    Sec-Fetch-Site says it. A client that sends neither is no current browser; the token alone decides.
    """
    record = service.record
    origins = {_origin(record.url), *({_origin(record.site)} if asked.path in FROM_SITE else ())}
    if _is_machine(urlsplit(f"//{asked.host}").hostname or ""):
        origins.add(_origin(f"{asked.scheme}://{asked.host}"))
    said, fetched = asked.headers.get("Origin", ""), asked.headers.get("Sec-Fetch-Site", "")
    if said and said != "null":
        return _origin(said) not in origins
    if asked.path in FROM_SITE and not said:
        return fetched == "cross-site"
    return fetched in ("cross-site", "same-site")


def _origin(url: str) -> str:
    """Scheme, host and port; this machine has one name, since a browser may have used another."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc.replace('localhost', '127.0.0.1')}"


def _sealed(response: Response) -> Response:
    """The answer with the headers that all have, and without any cookie."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    scripted = response.mimetype == "text/html" and not response.is_streamed and b"<script" in response.get_data()
    response.headers["Content-Security-Policy"] = POLICY + (SCRIPTS if scripted else "")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.remove("Set-Cookie")
    return response


def _page_of(error: HTTPException, service: Service) -> Response:
    """The page of an error, in the publication's look where there is one to be had."""
    status = error.code or 500
    near = status if status in STATUSES else NEAR.get(status, 400 if status < 500 else 500)  # noqa: PLR2004 - RFC 9110
    try:
        page = _spoken(service).html("error", {}, {f"e{near}"})
    except (TipsheetError, KeyError):
        page = FALLBACK.format(heading=error.name, words=words_of(ENGLISH, "service")("try_again"))
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    return Response(page, status, kept, mimetype="text/html")


def _spoken(service: Service) -> Service:
    """The service in the language of a request, which may be one whose form cannot be read."""
    try:
        return service.spoken()
    except HTTPException:
        return service


class HopError(TipsheetError):
    """A trusted proxy is named by something that is neither an address nor a network."""

    exit_code = 2


def hops_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The proxies that `HOPS_VARIABLE` names; raises HopError."""
    hops = tuple(environ.get(HOPS_VARIABLE, "").split())
    try:
        _networks(hops)
    except ValueError as error:
        raise HopError(f"{HOPS_VARIABLE}: {error}", "write an address (127.0.0.1) or a network (10.0.0.0/8)") from error
    return hops


def client_address(request: Request, trusted: Sequence[str]) -> str:
    """The IP address that a request comes from, as text; empty for what is none.

    ``trusted`` are addresses and networks of proxies, or ``unix``. What a proxy says is believed from the right to
    the left as long as it is one of them who says it: X-Forwarded-For, or Forwarded (RFC 7239). Where both stand
    and disagree one of them is the client's, and neither is believed.
    """
    peer = _ip(request.environ.get("REMOTE_ADDR", ""))
    if not _is_trusted(peer, trusted):
        return str(peer or "")
    said = request.headers.getlist("X-Forwarded-For"), request.headers.getlist("Forwarded")
    found = {_client(hops, trusted) for hops in (_listed(said[0]), _forwarded(said[1])) if hops}
    return str((found.pop() if len(found) == 1 else None) or peer or "")


def _client(hops: Sequence[IP | None], trusted: Sequence[str]) -> IP | None:
    """The first hop from the right that is no proxy of ours; the leftmost where all are."""
    last = None
    for hop in reversed(hops):
        if hop is None:
            break
        last = hop
        if not _is_trusted(hop, trusted):
            break
    return last


def _listed(values: Iterable[str]) -> list[IP | None]:
    return [_ip(word) for word in ",".join(values).split(",") if word.strip()]


def _forwarded(values: Iterable[str]) -> list[IP | None]:
    """Hops of Forwarded; one that names nobody (``for=unknown``, ``for=_hidden``) is None."""
    elements = [element for element in ",".join(values).split(",") if element.strip()]
    return [_ip(parse_options_header(f"x; {element}")[1].get("for", "")) for element in elements]


def _ip(text: str) -> IP | None:
    """The address in ``192.0.2.1:80``, ``2001:db8::1`` or ``[2001:db8::1]:80``; that of IPv4 where it is mapped."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(hop: IP | None, trusted: Sequence[str]) -> bool:
    if hop is None:
        return UNIX in trusted
    return any(hop in network for network in _networks(tuple(trusted)))


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in trusted if name != UNIX)


class NetworkLimit:
    """Counts what networks ask for, in windows that begin with the first request; several threads may ask."""

    def __init__(self, limits: str) -> None:
        """``limits`` is written as the library `limits` reads it, such as ``20/minute;200/hour``."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limits = parse_many(limits)

    def allows(self, address: str | None, about: str = "") -> bool:
        """Count a request from this address about a thing, and say whether it may be answered."""
        network = network_of(address)
        return network is None or all(self._limiter.hit(limit, network, about) for limit in self._limits)


def network_of(address: str | None) -> str | None:
    """The network that an address is counted by; None for this machine or a private network.

    Nobody comes from there but through a proxy, and its address says nothing about who asks: while no proxy is
    named with ``--trusted-hop``, all readers of the world would be one network.
    """
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    found = (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
    if found.is_loopback or found.is_link_local or any(found in network for network in _PRIVATE):
        return None
    prefix = IPV4_PREFIX if isinstance(found, ipaddress.IPv4Address) else IPV6_PREFIX
    return str(ipaddress.ip_network((found, prefix), strict=False))
