"""What is looked at online, and by what: the resolver, the clock and the certificates to trust are arguments."""

import datetime as dt
import ipaddress
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from tipsheet.delivery.connect import connect
from tipsheet.delivery.mail_server import MailServer, read_mail_server
from tipsheet.delivery.online.lookups import IPAddress, Lookups
from tipsheet.delivery.online.one_click import Reach
from tipsheet.delivery.readiness import Facts, beside, domain_of, is_placeholder

__all__ = ["Online", "SendingHost", "addresses_of", "anonymous", "is_nobodys", "sending_host"]


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
    """What is looked at, and by what: the resolver, the certificates that are trusted, the moment.

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

    @property
    def reach(self) -> Reach:
        """How web servers are asked."""
        return Reach(lookups=self.lookups, trust=self.trust, patience=self.patience)


def is_nobodys(online: Online) -> bool:
    """Whether the sender's domain belongs to nobody, which is told without asking."""
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
