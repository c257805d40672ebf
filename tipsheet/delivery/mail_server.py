"""Which mail server letters are handed to, from one address in the environment (D20).

::

    smtp+starttls://USER:PASSWORD@mail.example.org:587    STARTTLS (RFC 3207), refused without it
    smtps://USER:PASSWORD@mail.example.org:465            TLS from the first byte (RFC 8314)
    smtp://127.0.0.1:25                                   no TLS, for this machine alone

After ``?`` may stand ``user_env`` and ``password_env`` (names of variables that hold them),
``ca_file`` (certificates to trust instead of the system's), ``ehlo`` (our name), ``timeout``
(seconds) and ``tls=none`` (no TLS to another machine).

Gmail and Microsoft 365 take no passwords from programs: with a user, no password and a command in
``TIPSHEET_SMTP_TOKEN_COMMAND`` we log in with the access token that the command prints (XOAUTH2).
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tipsheet.errors import TipsheetError
from tipsheet.problems import did_you_mean

__all__ = ["TOKEN_COMMAND", "VARIABLE", "MailServer", "MailServerUrlError", "Security", "read_mail_server"]

VARIABLE = "TIPSHEET_SMTP_URL"
TOKEN_COMMAND = "TIPSHEET_SMTP_TOKEN_COMMAND"  # noqa: S105 - the name of a variable
OPTIONS = ("ca_file", "ehlo", "password_env", "timeout", "tls", "user_env")
EXAMPLE = "smtp+starttls://USER:PASSWORD@mail.example.org:587"
PORTS = range(1, 65536)
SECONDS = range(1, 601)

_host = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?").fullmatch
_seconds = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?").fullmatch


class MailServerUrlError(TipsheetError):
    """The environment does not say which mail server to use, or says what cannot be."""

    exit_code = 2


class Security(StrEnum):
    """How a connection is kept from being read and changed, by the scheme that asks for it."""

    NONE = "smtp"
    STARTTLS = "smtp+starttls"
    TLS = "smtps"


PORT = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}
"""The usual ones (RFC 5321, RFC 6409, RFC 8314)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server and how to log in; neither `repr` nor `str` shows the password, the user or the command for a token.

    ``user`` is empty where no login is asked for, ``ca_file`` where the system's certificates are
    trusted, ``ehlo`` where the machine's name is taken. ``timeout`` is in seconds, until connected.
    """

    host: str
    port: int
    security: Security
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token_command: str = field(default="", repr=False)
    ca_file: str = ""
    ehlo: str = ""
    timeout: float = 30

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.security}://{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether it is this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def read_mail_server(environ: Mapping[str, str]) -> MailServer:
    """The server that `VARIABLE` names.

    Raises MailServerUrlError; its words never hold the address as it was written, since a password
    may stand anywhere in one that is mistyped.
    """
    text = environ.get(VARIABLE, "").strip()
    if not text:
        raise MailServerUrlError(f"no mail server: {VARIABLE} is not set", f"set it to an address like {EXAMPLE}")
    url, port = _split(text)
    options = _options(url)
    server = MailServer(
        host=url.hostname or "",
        port=PORT[Security(url.scheme)] if port is None else port,
        security=Security(url.scheme),
        user=_credential("user", url.username, options, environ),
        password=_credential("password", url.password, options, environ),
        ca_file=options.get("ca_file", ""),
        ehlo=options.get("ehlo", ""),
        timeout=_timeout(options.get("timeout", "30")),
    )
    command = environ.get(TOKEN_COMMAND, "").strip()
    if command:
        if server.password or not server.user:
            raise _wrong(f"with {TOKEN_COMMAND} it needs a user and no password", "write smtp+starttls://USER@HOST")
        server = replace(server, token_command=command)
    elif bool(server.user) != bool(server.password):
        missing = "password" if server.user else "user"
        hint = f"give both or neither, in the address or by user_env and password_env; for a token set {TOKEN_COMMAND}"
        raise _wrong(f"there is no {missing}", hint)
    _check_security(server, options)
    return server


def _wrong(message: str, hint: str) -> MailServerUrlError:
    return MailServerUrlError(f"{VARIABLE}: {message}", hint)


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        hint = f"write it like {EXAMPLE}; in a password write / as %2F, @ as %40, : as %3A, ? as %3F, # as %23"
        raise _wrong("this is no address of a server", hint) from None
    if url.scheme not in {security.value for security in Security}:
        schemes = ", ".join(f"{security}://" for security in Security)
        raise _wrong("it begins with none of the known schemes", f"known: {schemes}")
    if not url.hostname or not (_host(url.hostname) or ":" in url.hostname):
        raise _wrong("there is no host in it", f"write it like {EXAMPLE}")
    if url.path not in {"", "/"} or url.fragment or (port is not None and port not in PORTS):
        hint = "after host and port only ?options may stand; in a password write / as %2F and # as %23"
        raise _wrong("something stands after the host that does not belong there", hint)
    return url, port


def _options(url: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    except ValueError:
        raise _wrong("the options after ? are not of the form name=value", "known: " + ", ".join(OPTIONS)) from None
    for name, _ in pairs:
        if name not in OPTIONS:
            raise _wrong("it has an unknown option after ?", did_you_mean(name, OPTIONS))
    options = dict(pairs)
    if len(options) < len(pairs):
        raise _wrong("an option after ? is there twice", "leave one of them")
    for name, value in options.items():
        if not value or not value.isprintable():
            raise _wrong(f"the option {name} is empty or not printable", f"write {name}=…, or leave it out")
    return options


def _credential(name: str, written: str | None, options: Mapping[str, str], environ: Mapping[str, str]) -> str:
    variable = options.get(f"{name}_env")
    if variable is None:
        return unquote(written or "")
    if written:
        raise _wrong(f"it has a {name} and names a variable for it as well", f"leave the {name} or {name}_env")
    if not environ.get(variable):
        raise _wrong(f"{name}_env names {variable}, which is not set", f"set {variable}, or change {name}_env")
    return environ[variable]


def _timeout(text: str) -> float:
    if not _seconds(text) or not SECONDS.start <= float(text) < SECONDS.stop:
        raise _wrong("timeout is no number of seconds", f"write one from {SECONDS.start} to {SECONDS.stop - 1}")
    return float(text)


def _check_security(server: MailServer, options: Mapping[str, str]) -> None:
    """Without TLS nothing leaves this machine unless that was asked for, and a password never does."""
    if options.get("tls", "none") != "none":
        raise _wrong("tls can only be 'none'", "leave it out: the scheme says which TLS is used")
    if "tls" in options and server.security is not Security.NONE:
        raise _wrong(f"tls=none does not go with {server.security}://", "leave it out, or use smtp://")
    if server.security is not Security.NONE or server.loopback:
        return
    if server.user:
        hint = "use smtp+starttls:// or smtps://"
        raise _wrong("the password would go over the network for everyone to read", hint)
    if "tls" not in options:
        hint = "use smtp+starttls:// or smtps://; where the network itself is private, add ?tls=none"
        raise _wrong("smtp:// has no TLS, and the server is another machine", hint)
