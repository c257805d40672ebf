"""What stands before every route and after it: who asks, from where, and the headers of the answer."""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

from flask import Request
from werkzeug.http import parse_options_header

__all__ = ["client_address"]

UNIX = "unix"
"""Trusted hop that is no network: a proxy on this machine that connects to a socket in the file system."""

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: Request, trusted: Sequence[str]) -> str:
    """The IP address that a request comes from, as text; empty for what is none.

    ``trusted`` are addresses and networks of proxies, or ``unix``. What a proxy says is believed from the right to
    the left as long as it is one of them who says it: X-Forwarded-For, or Forwarded (RFC 7239). Where both stand
    and disagree one of them is the client's, and neither is believed.
    """
    peer = _ip(request.environ.get("REMOTE_ADDR", ""))
    if not _is_trusted(peer, trusted):
        return str(peer or "")
    said = request.headers.getlist("X-Forwarded-For"), request.headers.getlist("Forwarded")
    found = {_client(hops, trusted) for hops in (_listed(said[0]), _forwarded(said[1])) if hops}
    return str((found.pop() if len(found) == 1 else None) or peer or "")


def _client(hops: Sequence[IP | None], trusted: Sequence[str]) -> IP | None:
    """The first hop from the right that is no proxy of ours; the leftmost where all are."""
    last = None
    for hop in reversed(hops):
        if hop is None:
            break
        last = hop
        if not _is_trusted(hop, trusted):
            break
    return last


def _listed(values: Iterable[str]) -> list[IP | None]:
    return [_ip(word) for word in ",".join(values).split(",") if word.strip()]


def _forwarded(values: Iterable[str]) -> list[IP | None]:
    """Hops of Forwarded; one that names nobody (``for=unknown``, ``for=_hidden``) is None."""
    elements = [element for element in ",".join(values).split(",") if element.strip()]
    return [_ip(parse_options_header(f"x; {element}")[1].get("for", "")) for element in elements]


def _ip(text: str) -> IP | None:
    """The address in ``192.0.2.1:80``, ``2001:db8::1`` or ``[2001:db8::1]:80``; that of IPv4 where it is mapped."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(hop: IP | None, trusted: Sequence[str]) -> bool:
    if hop is None:
        return UNIX in trusted
    return any(hop in network for network in _networks(tuple(trusted)))


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(name, strict=False) for name in trusted if name != UNIX)
