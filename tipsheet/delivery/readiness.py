"""Whether everything is in place to send: what `tipsheet doctor` looks at.

One function a subject, and a line in the table `EXAMINATIONS`.
"""

import smtplib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from tipsheet.audience.exposure import is_unignored
from tipsheet.audience.secret import SECRET_VARIABLE, keep, secret_of
from tipsheet.delivery.answers import impersonal
from tipsheet.delivery.connect import connect, offers
from tipsheet.delivery.dkim import read_signers
from tipsheet.delivery.loop import alone
from tipsheet.delivery.mail_server import read_mail_server
from tipsheet.delivery.pipeline import PipelinedSession
from tipsheet.errors import TipsheetError
from tipsheet.problems import Severity
from tipsheet.settings import Settings
from tipsheet.store.database import open_store, sqlite_file
from tipsheet.store.failures import shown

__all__ = ["EXAMINATIONS", "Facts", "Finding", "examine", "is_placeholder"]

PLACEHOLDERS = ("example.org", "example.com", "example.net", "example.invalid")
"""Domains that belong to nobody (RFC 2606); the starter has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``severity`` is None when it is in order."""

    subject: str
    message: str
    remedy: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is looked at. ``network`` allows connections; ``store`` works out the store's address."""

    root: Path
    settings: Settings
    environ: Mapping[str, str]
    store: Callable[[], sa.URL]
    network: bool = False

    @property
    def sender(self) -> str:
        """The address in From."""
        mail, masthead = self.settings.mail, self.settings.masthead
        return parseaddr(mail.sender)[1] if mail.sender else masthead.editor_email


Examination = Callable[[Facts], Iterator[Finding]]


def examine(facts: Facts) -> tuple[Finding, ...]:
    """Everything that was found, in order; what an examination raises is a finding too."""
    return tuple(finding for name, look in EXAMINATIONS.items() for finding in _looked(name, look, facts))


def _looked(name: str, look: Examination, facts: Facts) -> Iterator[Finding]:
    try:
        yield from look(facts)
    except TipsheetError as error:
        yield Finding(subject=name, message=str(error), remedy=error.hint, severity=Severity.ERROR)


def _secret(facts: Facts) -> Iterator[Finding]:
    secret_of(facts.environ)
    yield Finding(subject="secret", message="TIPSHEET_SECRET is set")


def _store(facts: Facts) -> Iterator[Finding]:
    url = facts.store()
    file = sqlite_file(url)
    if file is not None and not file.exists():
        hint = "tipsheet subscribers import makes one; on a runner without a lasting disk use PostgreSQL"
        message = f"there is no store of subscribers at {file} yet"
        yield Finding(subject="store", message=message, remedy=hint, severity=Severity.WARNING)
    elif file is None and not facts.network:
        yield Finding(subject="store", message=f"{shown(url)}, not asked; --connect asks it")
    else:
        _same_secret(url, facts.environ)
        yield Finding(subject="store", message=f"{shown(url)} can be used")
    if file is not None:
        yield from _ignored(file)


def _same_secret(url: sa.URL, environ: Mapping[str, str]) -> None:
    """Raises SecretError for a store that was made with another secret; what is not set is said elsewhere."""
    engine = open_store(url)
    try:
        with engine.connect() as connection:  # rolled back: nothing is kept by looking
            if environ.get(SECRET_VARIABLE):
                keep(connection, secret_of(environ))
    finally:
        engine.dispose()


def _ignored(file: Path) -> Iterator[Finding]:
    """Git has to pass the file over; one that it tracks already was refused when its place was worked out."""
    if is_unignored(file):
        message = f"git does not ignore {file.name}, so that it may be committed by mistake"
        yield Finding(
            subject="store", message=message, remedy=f"add /{file.name}* to .gitignore", severity=Severity.ERROR
        )


def _imprint(facts: Facts) -> Iterator[Finding]:
    masthead = facts.settings.masthead
    if "Exampletown" in masthead.postal_address:
        hint = "write your own under postal_address: in mkdocs.yml; the law asks for it"
        message = "the postal address is still the one of the starter"
        yield Finding(subject="address", message=message, remedy=hint, severity=Severity.ERROR)
    else:
        yield Finding(subject="address", message=masthead.postal_address)


def _unsubscribing(facts: Facts) -> Iterator[Finding]:
    url = facts.settings.mail.unsubscribe_url or ""
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://"):
        hint = "one click (RFC 8058) needs https; without it Gmail and Yahoo show no button, and treat mail as spam"
        message = "the address to unsubscribe is not https"
        yield Finding(subject="unsubscribe", message=message, remedy=hint, severity=Severity.ERROR)
    elif is_placeholder(host):
        hint = "write your own under mail: unsubscribe_url:"
        message = f"the address to unsubscribe is at {host}, which belongs to nobody"
        yield Finding(subject="unsubscribe", message=message, remedy=hint, severity=Severity.ERROR)
    else:
        yield Finding(subject="unsubscribe", message=f"one click at {host}")


def _domains(facts: Facts) -> Iterator[Finding]:
    """SPF and DKIM speak for a domain, and DMARC asks that it is the one in From (RFC 7489, 3.1)."""
    own = facts.sender.rpartition("@")[2].lower()
    if is_placeholder(own):
        hint = "write your own under mail: sender: or editor: email:"
        message = f"letters would come from {own}, which belongs to nobody"
        yield Finding(subject="domains", message=message, remedy=hint, severity=Severity.ERROR)
        return
    others = {
        "bounces come back to": (facts.settings.delivery.bounces or facts.sender).rpartition("@")[2].lower(),
        "the Message-ID and the site are at": urlsplit(facts.settings.masthead.url).hostname or "",
        "unsubscribing is at": urlsplit(facts.settings.mail.unsubscribe_url or "").hostname or "",
    }
    apart = [(what, domain) for what, domain in others.items() if domain and not _aligned(own, domain)]
    for what, domain in apart:
        hint = f"use a name below {own.split('.', own.count('.') - 1)[-1]}, so that readers and filters see one sender"
        message = f"From is at {own}, but {what} {domain}"
        yield Finding(subject="domains", message=message, remedy=hint, severity=Severity.WARNING)
    if not apart:
        yield Finding(subject="domains", message=f"From, bounces, site and unsubscribing are at {own} or beside it")


def _mail_server(facts: Facts) -> Iterator[Finding]:
    server = read_mail_server(facts.environ)
    if not facts.network:
        yield Finding(subject="mail server", message=f"{server}, not asked; --connect asks it")
        return
    smtp = connect(server)
    found = offers(smtp)
    code, answer = _asked(smtp, facts.settings.delivery.bounces or facts.sender)
    alone(PipelinedSession(smtp).close())
    if code // 100 != 2:  # noqa: PLR2004 - RFC 5321, 4.2.1
        wanted = " It offers a login, and TIPSHEET_SMTP_URL names no user." if found.auth and not server.user else ""
        message = f"{server} does not take letters from us: {code} {answer}.{wanted}"
        hint = "name user and password in TIPSHEET_SMTP_URL, or ask who runs it whether this sender address may be used"
        yield Finding(subject="mail server", message=message, remedy=hint, severity=Severity.ERROR)
        return
    words = [name for name, has in (("PIPELINING", found.pipelining), ("SMTPUTF8", found.smtputf8)) if has]
    yield Finding(subject="mail server", message=f"{server} takes letters; it offers {', '.join(words) or 'little'}")
    if not found.pipelining:
        message = f"{server} does not offer PIPELINING"
        hint = "sending works, with four round trips a letter instead of one"
        yield Finding(subject="mail server", message=message, remedy=hint, severity=Severity.WARNING)


def _asked(smtp: smtplib.SMTP, sender: str) -> tuple[int, str]:
    """What the server answers to our MAIL FROM, which is then taken back: nobody is sent anything."""
    try:
        code, words = smtp.mail(sender)
        smtp.rset()
    except (smtplib.SMTPException, UnicodeError) as error:
        return 0, impersonal(str(error))
    return code, impersonal(words.decode("utf-8", "replace"))


def _signatures(facts: Facts) -> Iterator[Finding]:
    """Nothing is asked of DNS: the record is shown, to be compared."""
    for signer in read_signers(facts.settings.delivery, facts.sender, facts.environ):
        yield Finding(subject="signature", message=f'{signer.name} TXT "{signer.record}"')


EXAMINATIONS: Mapping[str, Examination] = {
    "secret": _secret,
    "store": _store,
    "address": _imprint,
    "unsubscribe": _unsubscribing,
    "domains": _domains,
    "signature": _signatures,
    "mail server": _mail_server,
}


def is_placeholder(domain: str) -> bool:
    """Whether a domain belongs to nobody."""
    return any(domain == name or domain.endswith(f".{name}") for name in PLACEHOLDERS)


def _aligned(one: str, other: str) -> bool:
    """Whether one is the other or lies below it, or both lie below the same name of two labels or more.

    Where a registry sells names below another (co.uk), this is kinder than a mail server.
    """
    short = min(one, other, key=len)
    base = ".".join(one.split(".")[-2:])
    return one == other or max(one, other, key=len).endswith(f".{short}") or other.endswith(f".{base}")
