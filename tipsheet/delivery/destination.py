"""Where a message goes: the domain in ASCII, and whether the rest needs SMTPUTF8 (RFC 6531)."""

import re
from dataclasses import dataclass
from functools import lru_cache

import idna

__all__ = ["BAD_ADDRESS", "NO_SMTPUTF8", "Destination", "destination_of"]

NO_SMTPUTF8 = "no_smtputf8"
"""Cause of a failure: the address needs SMTPUTF8 and the server does not offer it."""

BAD_ADDRESS = "bad_address"
"""Cause of a failure: nobody can be sent anything at such an address."""

LOCAL, WHOLE = 64, 254
"""Octets of a local part and of a path without its angle brackets, at most (RFC 5321, 4.5.3.1)."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\xa1-\U0010ffff-]+"
_local = re.compile(rf"{_ATOM}(?:\.{_ATOM})*").fullmatch
_plain_domain = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?").fullmatch
_breaks = re.compile(r"[\s\ud800-\udfff]").search


@dataclass(frozen=True, slots=True)
class Destination:
    """An address as it is sent in ``MAIL`` and ``RCPT``; its ``domain`` is ASCII, in small letters."""

    address: str
    domain: str
    smtputf8: bool


def destination_of(address: str) -> Destination | None:
    """The destination that a mailbox is, or None for what is none (`BAD_ADDRESS`).

    The domain is in the A-labels of IDNA 2008, mapped as UTS 46 says; the local part stays as it is,
    since only its own host knows what it means (RFC 5321, 2.3.11). Quoted local parts and address
    literals are refused: nobody subscribes with one, and they hold whatever breaks a command.
    """
    local, at, name = address.rpartition("@")
    domain = _ascii(name)
    if not at or domain is None or not _local(local) or _breaks(local):
        return None
    whole = f"{local}@{domain}"
    if len(local.encode()) > LOCAL or len(whole.encode()) > WHOLE:
        return None
    return Destination(whole, domain, smtputf8=not local.isascii())


@lru_cache(maxsize=4096)
def _ascii(domain: str) -> str | None:
    if _plain_domain(domain) and ".." not in domain:
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
