"""How often one network may ask, in this process.

What must hold over all processes, such as how many letters go to an address, is counted in the store: see
`tipsheet.audience.service_letters`.
"""

import ipaddress

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

__all__ = ["FORMS", "NetworkLimit", "network_of"]

FORMS = "20/minute;200/hour"
"""Posts of the form from one network: people in one hall may subscribe at a time, a machine may not go on."""

IPV4_PREFIX, IPV6_PREFIX = 24, 64
"""Of networks: what one person has, or one office (RFC 6177)."""

_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


class NetworkLimit:
    """Counts what networks ask for, in windows that begin with the first request; several threads may ask."""

    def __init__(self, limits: str) -> None:
        """``limits`` is written as the library `limits` reads it, such as ``20/minute;200/hour``."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limits = parse_many(limits)

    def allows(self, address: str | None, about: str = "") -> bool:
        """Count a request from this address about a thing, and say whether it may be answered."""
        network = network_of(address)
        return network is None or all(self._limiter.hit(limit, network, about) for limit in self._limits)


def network_of(address: str | None) -> str | None:
    """The network that an address is counted by; None for this machine or a private network.

    Nobody comes from there but through a proxy, and its address says nothing about who asks: while no proxy is
    named with ``--trusted-hop``, all readers of the world would be one network.
    """
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    found = (ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None) or ip
    if found.is_loopback or found.is_link_local or any(found in network for network in _PRIVATE):
        return None
    prefix = IPV4_PREFIX if isinstance(found, ipaddress.IPv4Address) else IPV6_PREFIX
    return str(ipaddress.ip_network((found, prefix), strict=False))
