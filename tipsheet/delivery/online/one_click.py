"""A web server asked as a reader's program asks it: over TLS, by the addresses that DNS gives to everybody.

Redirects are told, never followed. No message holds an address with a token in it.
"""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tipsheet.delivery.online.lookups import Lookups
from tipsheet.errors import TipsheetError

__all__ = ["ONE_CLICK", "Asked", "Form", "NoAnswerError", "Reach", "ask", "expiry_of"]

FIELD, VALUE = "List-Unsubscribe", "One-Click"
_BOUNDARY = "tipsheet-doctor"
_LONGEST = 256 * 1024
"""Octets of an answer that are read, at most."""


class NoAnswerError(TipsheetError):
    """A web server gave no answer that could be read."""

    exit_code = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is posted."""

    name: str
    content_type: str
    body: bytes


ONE_CLICK = (
    Form(name="urlencoded", content_type="application/x-www-form-urlencoded", body=f"{FIELD}={VALUE}".encode()),
    Form(
        name="multipart",
        content_type=f"multipart/form-data; boundary={_BOUNDARY}",
        body=(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{FIELD}"\r\n\r\n{VALUE}\r\n--{_BOUNDARY}--\r\n'
        ).encode(),
    ),
)
"""The two forms in which a mailbox provider may post (RFC 8058, 3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a server is reached: by which names, trusting whom, and for how many seconds in all."""

    lookups: Lookups
    trust: ssl.SSLContext
    patience: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a server answered, and until when its certificate holds."""

    status: int
    leads_to: str
    cookie: bool
    valid: tuple[datetime, datetime]


def ask(reach: Reach, url: str, form: Form | None = None) -> Asked:
    """GET an address of https, or POST a form to it; raises NoAnswerError, and LookupFailedError for DNS."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or http.client.HTTPS_PORT
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    with _secured(reach, host, port) as stream:
        connection = http.client.HTTPSConnection(host, port, context=reach.trust)
        connection.sock, valid = stream, expiry_of(stream)
        headers = {"User-Agent": "tipsheet-doctor", "Accept": "text/html, */*"}
        if form:
            headers["Content-Type"] = form.content_type
        try:
            connection.request("POST" if form else "GET", target, form.body if form else None, headers)
            with connection.getresponse() as response:
                response.read(_LONGEST)
                to = urlsplit(response.headers.get("Location", "")).hostname or host
                return Asked(
                    status=response.status,
                    leads_to=to if response.status // 100 == 3 else "",  # noqa: PLR2004 - RFC 9110, 15.4
                    cookie="Set-Cookie" in response.headers,
                    valid=valid,
                )
        except (http.client.HTTPException, OSError) as error:
            raise _no_answer(host) from error
        finally:
            connection.close()


@contextmanager
def _secured(reach: Reach, host: str, port: int) -> Iterator[ssl.SSLSocket]:
    """A connection with the server's certificate checked, which is cut when the patience ends."""
    with _connected(reach, host, port) as stream:
        with _cut(stream, reach.patience):
            secured = _wrapped(reach, stream, host)
        with secured, _cut(secured, reach.patience) as late:
            yield secured
        if late.is_set():  # what was cut may look like an answer without a body
            raise _no_answer(host)


@contextmanager
def _cut(stream: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """End a connection after so many seconds: its own limit counts anew with each octet. Yields what tells."""
    done = threading.Event()

    def cut() -> None:
        done.set()
        with suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.start()
    try:
        yield done
    finally:
        timer.cancel()
        timer.join()


def _no_answer(host: str) -> NoAnswerError:
    message = f"{host} took the connection and gave no answer that can be read"
    return NoAnswerError(message, "look at what runs behind it, and at its log")


def _connected(reach: Reach, host: str, port: int) -> socket.socket:
    addresses = reach.lookups.addresses(host)
    if not addresses:
        raise NoAnswerError(f"{host} has no address in DNS", "make a record of A or AAAA for it, or correct the name")
    for address in addresses:
        with suppress(OSError):
            return socket.create_connection((str(address), port), timeout=reach.patience)
    hint = "start the service, open the port to everybody, and look at the addresses in DNS"
    raise NoAnswerError(f"nothing answers at {host}, port {port} ({', '.join(map(str, addresses))})", hint)


def _wrapped(reach: Reach, stream: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return reach.trust.wrap_socket(stream, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        hint = (
            "give the server a certificate of this name, with its whole chain; Caddy and certbot get one and renew it"
        )
        raise NoAnswerError(f"the certificate of {host} is wrong: {error.verify_message}", hint) from error
    except (OSError, ValueError) as error:
        hint = "is it https that listens at this port?"
        raise NoAnswerError(f"{host} does not speak TLS as browsers do", hint) from error


def expiry_of(stream: ssl.SSLSocket) -> tuple[datetime, datetime]:
    """From when to when the certificate of the other side holds."""
    certificate = stream.getpeercert() or {}
    first, last = (ssl.cert_time_to_seconds(str(certificate[key])) for key in ("notBefore", "notAfter"))
    return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
