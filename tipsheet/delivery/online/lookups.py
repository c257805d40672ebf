"""Lookups in DNS, each asked once, with answers as plain values; and the arguments of all examinations online.

A name that does not exist is an empty answer; a server that fails or is silent raises LookupFailedError.
"""

import datetime as dt
import ipaddress
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from typing import Any

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from tipsheet.delivery.connect import connect
from tipsheet.delivery.mail_server import MailServer, read_mail_server
from tipsheet.delivery.readiness import Facts, beside, domain_of, is_placeholder
from tipsheet.errors import TipsheetError

__all__ = [
    "IPAddress", "LookupFailedError", "Lookups", "Online", "ResolverError", "SendingHost", "addresses_of",
    "anonymous", "is_nobodys", "resolver_at", "sending_host",
]  # fmt: skip


IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

PORT, PORTS = 53, range(1, 65536)
PATIENCE = 6.0
"""Seconds for one question, with all its repetitions; a datagram that is lost is sent again after two."""


class ResolverError(TipsheetError):
    """The name that was given is not the address of a DNS server."""

    exit_code = 2


class LookupFailedError(TipsheetError):
    """DNS gives no answer to a question; it may in a minute."""

    exit_code = 69


def resolver_at(server: str = "") -> dns.resolver.Resolver:
    """A resolver that asks the server at ADDRESS or ADDRESS:PORT, or those of this machine, which may have none.

    Raises ResolverError for what is no address.
    """
    resolver = dns.resolver.Resolver(configure=False)
    try:
        if server:
            address, resolver.port = _split(server)
            resolver.nameservers = [address]
        else:
            with suppress(dns.resolver.NoResolverConfiguration):  # nobody to ask: every question fails
                resolver = dns.resolver.Resolver()
    except ValueError as error:
        raise ResolverError(f"'{server}' is not the address of a server", "write 9.9.9.9, or 127.0.0.1:5353") from error
    resolver.lifetime = PATIENCE
    return resolver


def _split(server: str) -> tuple[str, int]:
    """Address and port; raises ValueError. The address of IPv6 has brackets where a port follows."""
    address, _, port = server.rpartition(":") if "]" in server or server.count(":") == 1 else (server, "", "")
    if server.endswith("]"):
        address, port = server, ""
    number = int(port or PORT)
    if number not in PORTS:
        raise ValueError(f"{number} is no port")
    return str(ipaddress.ip_address(address.strip("[]"))), number


class Lookups:
    """Asks a resolver, and remembers what it said."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        """The resolver says which servers are asked, and for how long."""
        self._resolver = resolver
        self._known: dict[tuple[str, str], dns.resolver.Answer | LookupFailedError | None] = {}

    def reach(self) -> None:
        """Raise LookupFailedError when nobody answers at all: the root is known to every server."""
        self._asked(".", "NS")

    def txt(self, name: str) -> tuple[str, ...]:
        """The texts at a name, the strings of each joined (RFC 7208, 3.3)."""
        return tuple(b"".join(record.strings).decode("ascii", "replace") for record in self._records(name, "TXT"))

    def addresses(self, name: str) -> tuple[IPAddress, ...]:
        """The addresses of a host, IPv4 first."""
        found = [record.address for kind in ("A", "AAAA") for record in self._records(name, kind)]
        return tuple(ipaddress.ip_address(address) for address in found)

    def exchangers(self, domain: str) -> tuple[tuple[int, str], ...]:
        """The hosts that take mail for a domain, with their preference, in order (RFC 5321, 5.1)."""
        found = [(record.preference, _plain(record.exchange)) for record in self._records(domain, "MX")]
        return tuple(sorted(found))

    def reverse(self, address: IPAddress) -> tuple[str, ...]:
        """The names of an address."""
        name = dns.reversename.from_address(str(address)).to_text()
        return tuple(_plain(record.target) for record in self._records(name, "PTR"))

    def alias(self, name: str) -> str:
        """The name that a name is an alias of; empty when it is none."""
        return next((_plain(record.target) for record in self._records(name, "CNAME")), "")

    def exists(self, domain: str) -> bool:
        """True if a domain has a host or takes mail (RFC 9989: a domain that has neither does not exist)."""
        return any(self._asked(domain, kind) for kind in ("A", "AAAA", "MX"))

    def _records(self, name: str, kind: str) -> list[Any]:
        return list(self._asked(name, kind) or ())

    def _asked(self, name: str, kind: str) -> dns.resolver.Answer | None:
        key = (name.rstrip(".").lower(), kind)
        if key not in self._known:
            self._known[key] = self._resolved(name, kind)
        known = self._known[key]
        if isinstance(known, LookupFailedError):
            raise known
        return known

    def _resolved(self, name: str, kind: str) -> dns.resolver.Answer | LookupFailedError | None:
        try:
            whole = dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_Practical)
            return self._resolver.resolve(whole, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except dns.exception.Timeout:
            return LookupFailedError(f"DNS is silent about {name} ({kind})", "try again; then ask who runs its servers")
        except dns.resolver.NoNameservers:
            hint = "look at the domain where its DNS is kept: servers, delegation, DNSSEC"
            return LookupFailedError(f"the servers of DNS fail at {name} ({kind})", hint)
        except (dns.exception.DNSException, UnicodeError):
            return LookupFailedError(f"'{name}' is no name that DNS can be asked for", "correct it where it is written")


def _plain(name: dns.name.Name) -> str:
    """A name without its last dot, in small letters; the root is empty."""
    return name.to_text(omit_final_dot=True).lower().removeprefix(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingHost:
    """The host that hands letters to the world.

    ``ours`` is one that we answer for, and not a provider; ``local`` is this machine, so that there is no other.
    """

    name: str
    ours: bool
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Online:
    """The arguments of the examinations: facts, resolver, trusted certificates, the moment.

    ``host`` is where letters leave from, where that is known; ``patience`` the seconds for one answer of a web server.
    """

    facts: Facts
    lookups: Lookups
    trust: ssl.SSLContext
    now: dt.datetime
    host: SendingHost | None = None
    patience: float = 15

    @property
    def author(self) -> str:
        """The domain in From."""
        return domain_of(self.facts.sender)

    @property
    def envelope(self) -> str:
        """The domain that letters return to, of which SPF speaks."""
        return domain_of(self.facts.bounces)


def is_nobodys(online: Online) -> bool:
    """True if the sender's domain is a placeholder, which is reported without asking DNS."""
    return is_placeholder(online.author)


def sending_host(online: Online) -> SendingHost:
    """The mail server, or this machine by the name that its own server gives; raises what `connect` does."""
    server = read_mail_server(online.facts.environ)
    if not server.loopback:
        return SendingHost(name=server.host, ours=beside(online.author, server.host))
    with closing(connect(anonymous(server))) as smtp:
        greeting = (smtp.ehlo_resp or b"").split()
    name = greeting[0].decode("ascii", "replace").lower() if greeting else "localhost"
    return SendingHost(name=name, ours=True, local=True)


def anonymous(server: MailServer) -> MailServer:
    """The same server, without a login: its name and certificate are shown to anybody."""
    return replace(server, user="", password="", token_command="")


def addresses_of(online: Online, host: SendingHost) -> tuple[IPAddress, ...]:
    """The addresses of the sending host, which may be named by one."""
    with suppress(ValueError):
        return (ipaddress.ip_address(host.name),)
    return online.lookups.addresses(host.name)
