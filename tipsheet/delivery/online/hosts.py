"""The hosts that letters leave from, lead to and are answered at: names, certificates, MX, one click.

Web servers are asked as a reader's program does: over TLS, by the addresses that DNS gives to everybody. Redirects are
reported, never followed. No message holds an address with a token in it.
"""

import datetime as dt
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from tipsheet.audience.secret import TEST_ID, secret_of
from tipsheet.delivery.connect import connect
from tipsheet.delivery.mail_server import MailServer, Security, read_mail_server
from tipsheet.delivery.online.lookups import Online, addresses_of, anonymous
from tipsheet.delivery.readiness import Finding, domain_of, error, good, host_of, is_placeholder, warning
from tipsheet.errors import TipsheetError

__all__ = [
    "ONE_CLICK", "NoAnswerError", "OneClickForm", "WebAnswer", "ask", "certificates", "exchangers", "expiry_of",
    "one_click", "reverse_names",
]  # fmt: skip


FIELD, VALUE = "List-Unsubscribe", "One-Click"
_BOUNDARY = "tipsheet-doctor"
_LONGEST = 256 * 1024
"""Octets of an answer that are read, at most."""


class NoAnswerError(TipsheetError):
    """A web server gave no answer that could be read."""

    exit_code = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class OneClickForm:
    """A body that is posted, with its content type."""

    name: str
    content_type: str
    body: bytes


ONE_CLICK = (
    OneClickForm(name="urlencoded", content_type="application/x-www-form-urlencoded", body=f"{FIELD}={VALUE}".encode()),
    OneClickForm(
        name="multipart",
        content_type=f"multipart/form-data; boundary={_BOUNDARY}",
        body=(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{FIELD}"\r\n\r\n{VALUE}\r\n--{_BOUNDARY}--\r\n'
        ).encode(),
    ),
)
"""The two forms in which a mailbox provider may post (RFC 8058, 3.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAnswer:
    """The answer of a web server, and the validity of its certificate."""

    status: int
    leads_to: str
    cookie: bool
    valid: tuple[datetime, datetime]


def ask(online: Online, url: str, form: OneClickForm | None = None) -> WebAnswer:
    """GET an address of https, or POST a form to it; raises NoAnswerError, and LookupFailedError for DNS."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or http.client.HTTPS_PORT
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    with _secured(online, host, port) as stream:
        connection = http.client.HTTPSConnection(host, port, context=online.trust)
        connection.sock, valid = stream, expiry_of(stream)
        headers = {"User-Agent": "tipsheet-doctor", "Accept": "text/html, */*"}
        if form:
            headers["Content-Type"] = form.content_type
        try:
            connection.request("POST" if form else "GET", target, form.body if form else None, headers)
            with connection.getresponse() as response:
                response.read(_LONGEST)
                to = urlsplit(response.headers.get("Location", "")).hostname or host
                return WebAnswer(
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
def _secured(online: Online, host: str, port: int) -> Iterator[ssl.SSLSocket]:
    """A connection with the server's certificate checked, which is cut when the patience ends."""
    with _connected(online, host, port) as stream:
        with _cut(stream, online.patience):
            secured = _wrapped(online, stream, host)
        with secured, _cut(secured, online.patience) as late:
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


def _connected(online: Online, host: str, port: int) -> socket.socket:
    addresses = online.lookups.addresses(host)
    if not addresses:
        raise NoAnswerError(f"{host} has no address in DNS", "make a record of A or AAAA for it, or correct the name")
    for address in addresses:
        with suppress(OSError):
            return socket.create_connection((str(address), port), timeout=online.patience)
    hint = "start the service, open the port to everybody, and look at the addresses in DNS"
    raise NoAnswerError(f"nothing answers at {host}, port {port} ({', '.join(map(str, addresses))})", hint)


def _wrapped(online: Online, stream: socket.socket, host: str) -> ssl.SSLSocket:
    try:
        return online.trust.wrap_socket(stream, server_hostname=host)
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


OK = 200
SOON = dt.timedelta(days=14)
"""A certificate that ends within this is told of, or within a quarter of its life where that is less."""


def reverse_names(online: Online) -> Iterator[Finding]:
    """The names of the sending host's addresses, which lead back to it; where a provider sends, that is theirs."""
    host = online.host
    if host is None:
        return
    if not host.ours:
        yield good("reverse DNS", f"letters leave through {host.name}, whose addresses are their owner's affair")
        return
    fail, addresses = partial(error if host.local else warning, "reverse DNS"), addresses_of(online, host)
    if not addresses:
        hint = "give the mail server a full name that has an address in DNS (postfix: myhostname)"
        yield fail(f"the mail server calls itself {host.name}, which has no address in DNS", hint)
    for address in addresses:
        names = online.lookups.reverse(address)
        back = [name for name in names if address in online.lookups.addresses(name)]
        if any(address in network for network in _WITHIN):
            hint = "give the name in DNS the address that the world sees"
            yield fail(f"{host.name} has the address {address}, which is known in its own network alone", hint)
        elif not names:
            hint = f"have whoever gave you the address set its PTR record to {host.name}"
            yield fail(f"{address} of {host.name} has no name (PTR), and large receivers refuse its letters", hint)
        elif not back:
            hint = f"set the PTR record to {host.name}, and let that name have the address"
            yield fail(f"{address} of {host.name} is called {names[0]}, which does not lead back to it", hint)
        else:
            yield good("reverse DNS", f"{address} is {back[0]}, and the name leads back")


_WITHIN = tuple(
    map(
        ipaddress.ip_network,
        (
            *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
"""Networks whose addresses mean nothing outside (RFC 1918, 6598, 3927, 4193, 4291)."""


def certificates(online: Online) -> Iterator[Finding]:
    """TLS of the mail server and of the hosts in letters: certificates of their names, and until when."""
    with suppress(TipsheetError):  # told by the examination of the mail server
        yield from _mail_server(online, read_mail_server(online.facts.environ))
    for url in _hosts_in_letters(online):
        try:
            yield from _lasting(online, host_of(url), ask(online, url).valid)
        except TipsheetError as failure:
            yield error("certificates", str(failure), failure.hint)


def _mail_server(online: Online, server: MailServer) -> Iterator[Finding]:
    if server.security is Security.NONE:
        yield good("certificates", f"{server} is asked without TLS, which is meant so")
        return
    with closing(connect(anonymous(server))) as smtp:
        if isinstance(smtp.sock, ssl.SSLSocket):
            yield from _lasting(online, server.host, expiry_of(smtp.sock))


def _hosts_in_letters(online: Online) -> tuple[str, ...]:
    """One address of each https host that readers are sent to, without a token and without the one of one click."""
    mail, subscribe = online.facts.settings.mail, online.facts.settings.subscribe
    urls = (online.facts.settings.masthead.url, mail.preferences_url, subscribe.url if subscribe else None)
    roots = {f"{parts.scheme}://{parts.netloc}/" for parts in map(urlsplit, filter(None, urls))}
    known = urlsplit(online.facts.settings.mail.unsubscribe_url or "").netloc
    return tuple(
        root
        for root in sorted(roots)
        if root.startswith("https://") and urlsplit(root).netloc != known and not is_placeholder(host_of(root))
    )


def _lasting(online: Online, host: str, valid: tuple[dt.datetime, dt.datetime]) -> Iterator[Finding]:
    first, last = valid
    left = last - online.now
    if left < min(SOON, (last - first) / 4):
        hint = "renew it, and look why that was not done by itself"
        yield warning("certificates", f"the certificate of {host} ends on {last:%Y-%m-%d}, in {left.days} days", hint)
    else:
        yield good("certificates", f"that of {host} holds until {last:%Y-%m-%d}")


def exchangers(online: Online) -> Iterator[Finding]:
    """MX of the domains that readers answer to and letters return to."""
    for domain, what in _answered(online).items():
        found = online.lookups.exchangers(domain)
        if [host for _, host in found] == [""]:
            hint = f"let {domain} take mail, or use an address where mail can arrive"
            yield error("MX", f"{domain} says that it takes no mail (null MX), and {what} go there", hint)
        elif not found and not online.lookups.addresses(domain):
            yield error("MX", f"{domain} has no MX record, and {what} go there", "publish one, or correct the address")
        elif not found:
            hint = "publish an MX record that names the host"
            yield warning("MX", f"{domain} has no MX record, only an address; {what} may not arrive", hint)
        else:
            wrong = [sentence for _, host in found for sentence in _unreachable(online, host)]
            for sentence in wrong:
                yield error("MX", f"the MX of {domain}, where {what} go, {sentence}", "name a host with an address")
            if not wrong:
                yield good("MX", f"{domain} takes mail at {found[0][1]}")


def _answered(online: Online) -> Mapping[str, str]:
    """Domains of ours that mail comes to, and what mail."""
    facts = online.facts
    arriving = (
        (facts.bounces, "bounces"),
        (facts.settings.masthead.editor_email, "replies"),
        (facts.settings.leaving.address, "mails to unsubscribe"),
    )
    found: dict[str, list[str]] = {}
    for address, what in arriving:
        if address and not is_placeholder(domain_of(address)):
            found.setdefault(domain_of(address), []).append(what)
    return {domain: " and ".join(words) for domain, words in found.items()}


def _unreachable(online: Online, host: str) -> Iterator[str]:
    """Reasons why no mail can be delivered to a host."""
    with suppress(ValueError):
        ipaddress.ip_address(host)
        yield f"is the address {host} and not the name of a host"
        return
    if online.lookups.alias(host):
        yield f"names {host}, which is an alias (CNAME)"
    elif not online.lookups.addresses(host):
        yield f"names {host}, which has no address"


def one_click(online: Online) -> Iterator[Finding]:
    """The address to unsubscribe, asked as mailbox providers ask it: nobody's token is posted (RFC 8058)."""
    url = online.facts.settings.mail.unsubscribe_url or ""
    if not url.startswith("https://") or is_placeholder(host_of(url)):
        return  # said without asking
    host, own = host_of(url), url.replace("@@token@@", secret_of(online.facts.environ).leave_token(TEST_ID))
    page = ask(online, own)
    wrong = [*_refused(page, "GET", host)]
    for form in ONE_CLICK:
        wrong += _refused(ask(online, own, form), f"POST ({form.name})", host)
    yield from wrong
    if not wrong:
        yield good("one click", f"a POST to {host} answers {OK}, and so does GET")
    yield from _lasting(online, host, page.valid)


def _refused(asked: WebAnswer, method: str, host: str) -> Iterator[Finding]:
    fail = partial(error, "one click")
    if asked.leads_to:
        hint = "let it answer itself; a redirect from www or to a slash counts too (RFC 8058, 3.1)"
        yield fail(f"{host} answers {method} with a redirect to {asked.leads_to} ({asked.status})", hint)
    elif asked.status != OK:
        yield fail(f"{host} answers {method} with {asked.status}", _MEND.get(asked.status, _LOG))
    if asked.cookie:
        hint = "take it out, or what adds it on the way: readers have agreed to none"
        yield fail(f"{host} answers {method} with a cookie", hint)


_LOG = "look at the log of what runs behind it"
_SECRET = "is it tipsheet web that answers there, with the same TIPSHEET_SECRET and TIPSHEET_TOKEN_KEYS?"  # noqa: S105 - words
_MEND: Mapping[int, str] = {
    401: "let everybody in: mailbox providers have no password",
    403: "let POST of other sites in at this address: mailbox providers send no origin and no cookie",
    404: _SECRET,
    405: "POST has to be taken there, and GET: mailbox providers post, and readers follow the link",
    410: _SECRET,
    415: "both forms of RFC 8058 have to be taken: urlencoded and multipart",
    429: "do not limit this address by network: a mailbox provider posts for all its readers from few addresses",
    502: "the proxy runs, and what is behind it does not: start tipsheet web",
}
