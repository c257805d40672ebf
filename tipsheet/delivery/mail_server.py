"""Addresses of the mail server and of the mailbox: one variable of the environment each (D20).

::

    smtp+starttls://USER:PASSWORD@mail.example.org:587    STARTTLS (RFC 3207), refused without it
    smtps://USER:PASSWORD@mail.example.org:465            TLS from the first byte (RFC 8314)
    smtp://127.0.0.1:25                                   no TLS, for this machine alone
    imap+starttls://USER:PASSWORD@mail.example.org:143    the same for a mailbox (RFC 9051)
    imaps://USER:PASSWORD@mail.example.org:993
    imap://USER:PASSWORD@127.0.0.1:143

After ``?`` may stand ``user_env`` and ``password_env`` (names of variables that hold them), ``ca_file`` (certificates
to trust instead of the system's), ``ehlo`` (our name), ``timeout`` (seconds) and ``tls=none`` (no TLS to another
machine).

Gmail and Microsoft 365 take no passwords from programs: with a user, no password and a command in
``TIPSHEET_SMTP_TOKEN_COMMAND`` or ``TIPSHEET_IMAP_TOKEN_COMMAND`` we log in with the access token that the command
prints (XOAUTH2).
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from tipsheet.errors import TipsheetError
from tipsheet.problems import did_you_mean

__all__ = ["IMAP", "SMTP", "MailServer", "MailServerUrlError", "Protocol", "Security", "read_mail_server"]

PORTS = range(1, 65536)
SECONDS = range(1, 601)

_host = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?").fullmatch
_seconds = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,3})?").fullmatch


class MailServerUrlError(TipsheetError):
    """The environment does not say which mail server to use, or says what cannot be."""

    exit_code = 2


class Security(StrEnum):
    """The encryption of a connection, by what the scheme has after the protocol."""

    NONE = ""
    STARTTLS = "+starttls"
    TLS = "s"


@dataclass(frozen=True, slots=True)
class Protocol:
    """A protocol: its scheme, the variables of its address and of the command for a token, and its usual ports."""

    name: str
    what: str
    variable: str
    token_command: str
    ports: Mapping[Security, int]
    options: tuple[str, ...] = ("ca_file", "password_env", "timeout", "tls", "user_env")

    @property
    def example(self) -> str:
        """An address."""
        return f"{self.name}+starttls://USER:PASSWORD@mail.example.org:{self.ports[Security.STARTTLS]}"

    def scheme(self, security: Security) -> str:
        """The scheme that asks for this security, with what stands between it and the host."""
        return f"{self.name}{security}://"


SMTP = Protocol(  # RFC 5321, RFC 6409, RFC 8314
    name="smtp",
    what="mail server",
    variable="TIPSHEET_SMTP_URL",
    token_command="TIPSHEET_SMTP_TOKEN_COMMAND",  # noqa: S106 - the name of a variable
    ports=MappingProxyType({Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}),
    options=("ca_file", "ehlo", "password_env", "timeout", "tls", "user_env"),
)
IMAP = Protocol(  # RFC 9051, RFC 8314
    name="imap",
    what="mailbox",
    variable="TIPSHEET_IMAP_URL",
    token_command="TIPSHEET_IMAP_TOKEN_COMMAND",  # noqa: S106 - the name of a variable
    ports=MappingProxyType({Security.NONE: 143, Security.STARTTLS: 143, Security.TLS: 993}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A server and how to log in; neither `repr` nor `str` shows the password, the user or the command for a token.

    ``user`` is empty where no login is asked for, ``ca_file`` where the system's certificates are trusted, ``ehlo``
    where the machine's name is taken. ``timeout`` is in seconds, until connected.
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
    protocol: Protocol = field(default=SMTP, repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol.scheme(self.security)}{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """True for a server on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")


def read_mail_server(environ: Mapping[str, str], protocol: Protocol = SMTP) -> MailServer:
    """The server that the variable of the protocol names.

    Raises MailServerUrlError; its words never hold the address as it was written, since a password may stand anywhere
    in one that is mistyped.
    """
    text = environ.get(protocol.variable, "").strip()
    if not text:
        hint = f"set it to an address like {protocol.example}"
        raise MailServerUrlError(f"no {protocol.what}: {protocol.variable} is not set", hint)
    try:
        return _read(text, environ, protocol)
    except MailServerUrlError as error:
        raise MailServerUrlError(f"{protocol.variable}: {error}", error.hint) from None


def _read(text: str, environ: Mapping[str, str], protocol: Protocol) -> MailServer:
    """The server that an address names; errors do not say which variable it is from."""
    url, port = _split(text, protocol)
    security = Security(url.scheme.removeprefix(protocol.name))
    options = _options(url, protocol)
    server = MailServer(
        host=url.hostname or "",
        port=protocol.ports[security] if port is None else port,
        security=security,
        protocol=protocol,
        user=_credential("user", url.username, options, environ),
        password=_credential("password", url.password, options, environ),
        ca_file=options.get("ca_file", ""),
        ehlo=options.get("ehlo", ""),
        timeout=_timeout(options.get("timeout", "30")),
    )
    command = environ.get(protocol.token_command, "").strip()
    if command:
        if server.password or not server.user:
            hint = f"write {protocol.scheme(Security.STARTTLS)}USER@HOST"
            raise MailServerUrlError(f"with {protocol.token_command} it needs a user and no password", hint)
        server = replace(server, token_command=command)
    elif bool(server.user) != bool(server.password):
        missing = "password" if server.user else "user"
        hint = "give both or neither, in the address or by user_env and password_env; "
        raise MailServerUrlError(f"there is no {missing}", f"{hint}for a token set {protocol.token_command}")
    _check_security(server, options)
    return server


def _split(text: str, protocol: Protocol) -> tuple[SplitResult, int | None]:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        hint = f"write it like {protocol.example}; in a password write / as %2F, @ as %40, : as %3A, ? as %3F, # as %23"
        raise MailServerUrlError("this is no address of a server", hint) from None
    if f"{url.scheme}://" not in map(protocol.scheme, Security):
        schemes = ", ".join(map(protocol.scheme, Security))
        raise MailServerUrlError("it begins with none of the known schemes", f"known: {schemes}")
    if not url.hostname or not (_host(url.hostname) or ":" in url.hostname):
        raise MailServerUrlError("there is no host in it", f"write it like {protocol.example}")
    if url.path not in {"", "/"} or url.fragment or (port is not None and port not in PORTS):
        hint = "after host and port only ?options may stand; in a password write / as %2F and # as %23"
        raise MailServerUrlError("something stands after the host that does not belong there", hint)
    return url, port


def _options(url: SplitResult, protocol: Protocol) -> dict[str, str]:
    try:
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    except ValueError:
        raise MailServerUrlError(
            "the options after ? are not of the form name=value", "known: " + ", ".join(protocol.options)
        ) from None
    for name, _ in pairs:
        if name not in protocol.options:
            raise MailServerUrlError("it has an unknown option after ?", did_you_mean(name, protocol.options))
    options = dict(pairs)
    if len(options) < len(pairs):
        raise MailServerUrlError("an option after ? is there twice", "leave one of them")
    for name, value in options.items():
        if not value or not value.isprintable():
            raise MailServerUrlError(f"the option {name} is empty or not printable", f"write {name}=…, or leave it out")
    return options


def _credential(name: str, written: str | None, options: Mapping[str, str], environ: Mapping[str, str]) -> str:
    variable = options.get(f"{name}_env")
    if variable is None:
        return unquote(written or "")
    if written:
        raise MailServerUrlError(
            f"it has a {name} and names a variable for it as well", f"leave the {name} or {name}_env"
        )
    if not environ.get(variable):
        raise MailServerUrlError(
            f"{name}_env names {variable}, which is not set", f"set {variable}, or change {name}_env"
        )
    return environ[variable]


def _timeout(text: str) -> float:
    if not _seconds(text) or not SECONDS.start <= float(text) < SECONDS.stop:
        raise MailServerUrlError(
            "timeout is no number of seconds", f"write one from {SECONDS.start} to {SECONDS.stop - 1}"
        )
    return float(text)


def _check_security(server: MailServer, options: Mapping[str, str]) -> None:
    """Without TLS nothing leaves this machine unless that was asked for, and a password never does."""
    if options.get("tls", "none") != "none":
        raise MailServerUrlError("tls can only be 'none'", "leave it out: the scheme says which TLS is used")
    scheme = server.protocol.scheme
    if "tls" in options and server.security is not Security.NONE:
        hint = f"leave it out, or use {scheme(Security.NONE)}"
        raise MailServerUrlError(f"tls=none does not go with {scheme(server.security)}", hint)
    if server.security is not Security.NONE or server.loopback:
        return
    hint = f"use {scheme(Security.STARTTLS)} or {scheme(Security.TLS)}"
    if server.user:
        raise MailServerUrlError("the password would go over the network for everyone to read", hint)
    if "tls" not in options:
        hint = f"{hint}; where the network itself is private, add ?tls=none"
        raise MailServerUrlError(f"{scheme(Security.NONE)} has no TLS, and the server is another machine", hint)
