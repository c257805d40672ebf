"""Addresses as browsers take them: the host that is asked, and schemes that are no place to go to."""

import re
from urllib.parse import urlsplit

__all__ = ["host_of", "runs"]

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_CODE = re.compile(
    r"(?:java|vb|live|j)script$|data$|blob$|filesystem$|file$|view-source$|about$|jar$|mk$|feed$", re.IGNORECASE
)


def host_of(address: str) -> str | None:
    """The host that a browser would ask at this address; None where it is on the same site."""
    plain = _plain(address)
    scheme = _SCHEME.match(plain)
    if scheme is None and not plain.startswith("//"):
        return None
    if scheme is not None and scheme[1].lower() in ("mailto", "tel", "sms", "site"):
        return None
    rest = plain[scheme.end() :] if scheme else plain
    try:
        return urlsplit("//" + rest.lstrip("/")).hostname or rest
    except ValueError:
        return rest


def runs(address: str) -> str:
    """The scheme of an address that is no place to go to but something to run or to show, or nothing."""
    scheme = _SCHEME.match(_plain(address))
    if scheme is None or not _CODE.match(scheme[1]):
        return ""
    return scheme[1].lower()


def _plain(address: str) -> str:
    """The address as browsers read it: without blanks and control characters, a backslash as a slash."""
    return _IGNORED.sub("", address).replace("\\", "/")
