"""A connection to the mail server, ready for letters: greeted, encrypted, logged in.

Nothing is taken from the ledger before this has worked, so a failure here costs nothing (D17).
"""

import base64
import shlex
import smtplib
import ssl
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from tipsheet.delivery.answers import impersonal
from tipsheet.delivery.channel import ChannelError
from tipsheet.delivery.mail_server import MailServer, Security
from tipsheet.errors import TipsheetError

__all__ = [
    "MailServerError", "Offers", "UnreachableError", "access_token", "connect", "failures", "offers", "tls_context",
    "without_secrets",
]  # fmt: skip

_TEMPORARY = 4
_TOKEN_PATIENCE = 60
"""Seconds that the command for a token may take."""


class UnreachableError(ChannelError):
    """The mail server does not answer, or not now; it may in a minute."""

    exit_code = 69


class MailServerError(TipsheetError):
    """The mail server will not have us, or we will not have it; another try changes nothing."""

    exit_code = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The extensions that EHLO named; ``size`` is the longest message in octets, 0 when not named (RFC 1870)."""

    pipelining: bool
    size: int
    smtputf8: bool
    eightbitmime: bool
    enhanced_codes: bool
    auth: bool


def offers(smtp: smtplib.SMTP) -> Offers:
    """The extensions of a connected server."""
    size = smtp.esmtp_features.get("size", "").strip()
    return Offers(
        pipelining=smtp.has_extn("pipelining"),
        size=int(size) if size.isdecimal() else 0,
        smtputf8=smtp.has_extn("smtputf8"),
        eightbitmime=smtp.has_extn("8bitmime"),
        enhanced_codes=smtp.has_extn("enhancedstatuscodes"),
        auth=smtp.has_extn("auth"),
    )


def connect(server: MailServer) -> smtplib.SMTP:
    """A session with the server after EHLO, TLS and login.

    Raises UnreachableError for what may pass, MailServerError for what will not: a certificate that is wrong, STARTTLS
    that is not offered (D17: stripped), a login refused. No words of either hold the password (D20).
    """
    context = None if server.security is Security.NONE else tls_context(server)
    with failures(server):
        smtp = _greeted(server, context)
        try:
            _hello(smtp)
            if server.security is Security.STARTTLS:
                _start_tls(smtp, server, context)
            if server.user:
                _log_in(smtp, server)
        except BaseException:
            with suppress(OSError):
                smtp.close()
            raise
    return smtp


def tls_context(server: MailServer) -> ssl.SSLContext:
    """Certificates and host names are checked, TLS 1.2 or newer (RFC 8996)."""
    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        message = f"the certificates in {server.ca_file} cannot be read"
        raise MailServerError(message, "ca_file names a file of certificates in PEM form") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _greeted(server: MailServer, context: ssl.SSLContext | None) -> smtplib.SMTP:
    name = server.ehlo or None
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.timeout, context=context)
    return smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)


def _hello(smtp: smtplib.SMTP) -> None:
    code, reply = smtp.ehlo()
    if not _good(code):
        raise smtplib.SMTPHeloError(code, reply)


def _start_tls(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext | None) -> None:
    if not smtp.has_extn("starttls"):
        hint = "somebody between may have taken it out; where the server has TLS from the start, use smtps://"
        raise MailServerError(f"{server} does not offer STARTTLS, so nothing was sent to it", hint)
    smtp.starttls(context=context)
    _hello(smtp)


def _log_in(smtp: smtplib.SMTP, server: MailServer) -> None:
    if not smtp.has_extn("auth"):
        hint = "leave user and password out, or use the port for submission, 587 or 465"
        raise MailServerError(f"{server} takes no login", hint)
    secrets = [server.user, server.password]
    try:
        if server.token_command:
            secrets.append(access_token(server))
            smtp.auth("XOAUTH2", partial(_bearer, server.user, secrets[-1]))
        else:
            smtp.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        words = f"{error.smtp_code} {without_secrets(_words(error.smtp_error), secrets)}".strip()
        if error.smtp_code // 100 == _TEMPORARY:
            raise UnreachableError(f"{server} cannot check the login now: {words}") from None
        hint = "check user and password; some providers want a password made for one program, or a token"
        message = f"{server} refused the login: {words}; nothing was sent"
        raise MailServerError(message, hint) from None  # the cause may quote what we sent
    except UnicodeEncodeError:
        hint = "have a password of ASCII characters made for this program"
        raise MailServerError("user or password cannot be sent: they are not ASCII", hint) from None
    finally:
        smtp.user = smtp.password = ""  # what smtplib keeps for a second try


def access_token(server: MailServer) -> str:
    """The line that the command for a token prints; it is run for each connection, since tokens expire."""
    try:
        done = subprocess.run(  # noqa: S603 - what the editor set; no shell
            shlex.split(server.token_command), capture_output=True, text=True, timeout=_TOKEN_PATIENCE, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        message = f"the command in {server.protocol.token_command} cannot be run: {reason}"
        raise MailServerError(message, "run it in a shell; it prints an access token and nothing else") from None
    token = done.stdout.strip()
    if done.returncode or not token or not token.isprintable() or " " in token:
        message = f"the command in {server.protocol.token_command} gave no token (it ended with {done.returncode})"
        raise MailServerError(message, "run it in a shell; it prints an access token and nothing else")
    return token


def _bearer(user: str, token: str, challenge: bytes | None = None) -> str:
    """The first response of SASL XOAUTH2, or an empty one to a challenge, which tells of a failure.

    https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
    """
    return f"user={user}\x01auth=Bearer {token}\x01\x01" if challenge is None else ""


def without_secrets(words: str, secrets: Iterable[str]) -> str:
    """The server's words without what we sent, plain or in base64, and without addresses."""
    for secret in filter(None, secrets):
        for form in (secret, base64.b64encode(secret.encode()).decode()):
            words = words.replace(form, "***")
    return impersonal(words)


def _good(code: int) -> bool:
    return code == 250  # noqa: PLR2004 - RFC 5321, 4.2.3


@contextmanager
def failures(server: MailServer) -> Iterator[None]:
    """Map what a connection can fail with to errors of ours."""
    try:
        yield
    except TipsheetError:
        raise
    except ssl.SSLCertVerificationError as error:
        message = f"the certificate of {server} is wrong: {error.verify_message}"
        hint = "check the host's name; for a certificate of your own name its issuer's file with ?ca_file="
        raise MailServerError(message, hint) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError, smtplib.SMTPServerDisconnected) as error:
        scheme = server.protocol.scheme(Security.TLS)
        hint = "try again later" if server.security is Security.TLS else f"TLS from the start is {scheme}"
        raise UnreachableError(f"{server} answered, then closed the connection or fell silent", hint) from error
    except ssl.SSLError as error:
        message = f"{server} does not speak TLS as we do: {error.reason or error}"
        known = server.protocol.ports.items()
        hint = ", ".join(f"{server.protocol.scheme(one)} is for port {port}" for one, port in known if one)
        raise MailServerError(message, hint) from error
    except smtplib.SMTPResponseException as error:
        words = _words(error.smtp_error)
        if error.smtp_code // 100 == _TEMPORARY or error.smtp_code < 0:
            raise UnreachableError(f"{server} has no time now: {error.smtp_code} {words}", "try again later") from error
        hint = "ask who runs it: a block list, or an address without a name, are usual causes"
        raise MailServerError(f"{server} does not want us: {error.smtp_code} {words}", hint) from error
    except smtplib.SMTPException as error:
        raise MailServerError(f"{server} offers no way to log in that we know", "known: PLAIN, LOGIN") from error
    except (OSError, UnicodeError) as error:
        reason = "timed out" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
        raise UnreachableError(
            f"{server} cannot be reached: {reason}", "check host and port, and a firewall"
        ) from error


def _words(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]
