"""Examinations of everything that sending needs, for `tipsheet doctor` and the gate: the table `EXAMINATIONS`.

What a sender needs is examined by the sender (`tipsheet.delivery.senders`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa

from tipsheet.audience.private_files import is_unignored
from tipsheet.audience.secret import SECRET_VARIABLE, keep, secret_of
from tipsheet.delivery.dkim import read_signers
from tipsheet.errors import TipsheetError
from tipsheet.problems import Severity
from tipsheet.settings import Settings
from tipsheet.store.database import open_store, sqlite_file
from tipsheet.store.failures import shown

__all__ = [
    "EXAMINATIONS", "Examination", "Facts", "Finding", "beside", "domain_of", "error", "examined", "good",
    "host_of", "is_placeholder", "warning",
]  # fmt: skip

PLACEHOLDERS = ("example.org", "example.com", "example.net", "example.invalid")
"""Domains that belong to nobody (RFC 2606); the starter has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``severity`` is None when it is in order."""

    subject: str
    message: str
    remedy: str = ""
    severity: Severity | None = None


def good(subject: str, message: str) -> Finding:
    """Something that is in order."""
    return Finding(subject=subject, message=message)


def warning(subject: str, message: str, remedy: str) -> Finding:
    """Something to weigh."""
    return Finding(subject=subject, message=message, remedy=remedy, severity=Severity.WARNING)


def error(subject: str, message: str, remedy: str) -> Finding:
    """Something that is missing or wrong."""
    return Finding(subject=subject, message=message, remedy=remedy, severity=Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The arguments of the examinations. ``network`` allows connections; ``store`` finds the store's address."""

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

    @property
    def bounces(self) -> str:
        """The address that letters return to, or one at the same domain."""
        return self.settings.service.mailbox or self.settings.delivery.bounces or self.sender


Examination = Callable[[Facts], Iterator[Finding]]

T = TypeVar("T")


def examined(examinations: Mapping[str, Callable[[T], Iterator[Finding]]], facts: T) -> tuple[Finding, ...]:
    """The findings of each examination of a table, in order; an error that one raises is a finding too."""
    return tuple(finding for name, look in examinations.items() for finding in _looked(name, look, facts))


def _looked(name: str, look: Callable[[T], Iterator[Finding]], facts: T) -> Iterator[Finding]:
    try:
        yield from look(facts)
    except TipsheetError as failure:
        yield error(name, str(failure), failure.hint or "mend that, and run tipsheet doctor again")


def _secret(facts: Facts) -> Iterator[Finding]:
    """The secret in the environment, from which tokens are made."""
    secret_of(facts.environ)
    yield good("secret", "TIPSHEET_SECRET is set")


def _store(facts: Facts) -> Iterator[Finding]:
    """The store of subscribers: that it is there, knows the secret, and is not in git."""
    url = facts.store()
    file = sqlite_file(url)
    if file is not None and not file.exists():
        hint = "tipsheet subscribers import makes one; on a runner without a lasting disk use PostgreSQL"
        message = f"there is no store of subscribers at {file} yet"
        yield warning("store", message, hint)
    elif file is None and not facts.network:
        yield good("store", f"{shown(url)}, not asked; --connect asks it")
    else:
        _same_secret(url, facts.environ)
        yield good("store", f"{shown(url)} can be used")
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
    """The postal address, which the law asks for."""
    masthead = facts.settings.masthead
    if "Exampletown" in masthead.postal_address:
        hint = "write your own under postal_address: in mkdocs.yml; the law asks for it"
        message = "the postal address is still the one of the starter"
        yield error("address", message, hint)
    else:
        yield good("address", masthead.postal_address)


def _unsubscribing(facts: Facts) -> Iterator[Finding]:
    """A way to unsubscribe in every letter, which the law asks for and nobody can allow away."""
    leaving = facts.settings.leaving
    hosts = [host for host in (host_of(leaving.url), domain_of(leaving.address)) if host]
    nobodys = [host for host in hosts if is_placeholder(host)]
    if not hosts:
        message = "letters hold no way to unsubscribe: neither an address on the web nor a mailbox is set up"
        hint = "set service: {url: …}, where tipsheet web answers, or service: {mailbox: …}, which tipsheet inbox reads"
        yield error("unsubscribe", message, hint)
    for host in nobodys:
        message = f"the address to unsubscribe is at {host}, which belongs to nobody"
        hint = "write your own under service: url: or service: mailbox:"
        yield error("unsubscribe", message, hint)
    if hosts and not nobodys:
        yield good("unsubscribe", f"letters say how, at {' and '.join(hosts)}")


def _one_click(facts: Facts) -> Iterator[Finding]:
    """The button of mailbox providers, which needs an address of https (RFC 8058)."""
    leaving = facts.settings.leaving
    if leaving.one_click:
        yield good("one click", f"promised at {host_of(leaving.url)}; --online asks it")
    elif leaving.url:
        hint = "one click (RFC 8058) needs https; without it Gmail and Yahoo show no button, and treat mail as spam"
        message = "the address to unsubscribe is not https"
        yield error("one click", message, hint)
    elif leaving.address:
        hint = (
            "set service: {url: …} when you send thousands: Gmail and Yahoo ask for one click from 5,000 letters a day"
        )
        message = "readers unsubscribe by mail alone"
        yield warning("one click", message, hint)


def _domains(facts: Facts) -> Iterator[Finding]:
    """The domains of letters, which mailbox providers want to be the one in From, or beside it."""
    own = domain_of(facts.sender)
    if is_placeholder(own):
        hint = "write your own under mail: sender: or editor: email:"
        message = f"letters would come from {own}, which belongs to nobody"
        yield error("domains", message, hint)
        return
    others = {
        "bounces come back to": domain_of(facts.bounces),
        "the Message-ID and the site are at": host_of(facts.settings.masthead.url),
        "unsubscribing is at": host_of(facts.settings.leaving.url),
        "unsubscribing by mail is at": domain_of(facts.settings.leaving.address),
    }
    apart = [(what, domain) for what, domain in others.items() if domain and not beside(own, domain)]
    for what, domain in apart:
        hint = f"use a name below {own.split('.', own.count('.') - 1)[-1]}, so that readers and filters see one sender"
        message = f"From is at {own}, but {what} {domain}"
        yield warning("domains", message, hint)
    if not apart:
        yield good("domains", f"From, bounces, site and unsubscribing are at {own} or beside it")


def _signatures(facts: Facts) -> Iterator[Finding]:
    """The keys of signatures that tipsheet makes, and the records that belong into DNS."""
    for signer in read_signers(facts.settings.delivery, facts.sender, facts.environ):
        yield good("signature", f'{signer.name} TXT "{signer.record}"')


EXAMINATIONS: Mapping[str, Examination] = {
    "secret": _secret,
    "store": _store,
    "address": _imprint,
    "unsubscribe": _unsubscribing,
    "one click": _one_click,
    "domains": _domains,
    "signature": _signatures,
}


def host_of(url: str) -> str:
    """The host of an address on the web; empty where there is none."""
    return urlsplit(url).hostname or ""


def domain_of(address: str) -> str:
    """The domain of a mail address, in small letters; empty where there is none."""
    return address.rpartition("@")[2].lower()


def is_placeholder(domain: str) -> bool:
    """True for a domain that belongs to nobody."""
    return any(domain == name or domain.endswith(f".{name}") for name in PLACEHOLDERS)


def beside(one: str, other: str) -> bool:
    """True if one is the other or lies below it, or both lie below the same name of two labels or more.

    Where a registry sells names below another (co.uk), this is kinder than a mail server.
    """
    short = min(one, other, key=len)
    base = ".".join(one.split(".")[-2:])
    return one == other or max(one, other, key=len).endswith(f".{short}") or other.endswith(f".{base}")
