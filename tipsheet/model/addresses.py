"""Addresses: slugs made from names, their parts, and hosts and schemes as browsers take them; names of persons."""

import re
import unicodedata
from urllib.parse import urlsplit

__all__ = ["host_of", "is_name", "one_line", "runs", "slug_of", "split_address"]


MAX_NAME = 100
_LINK = re.compile(r"://|www\.|[@\\/<>{}]|\.[a-z]{2,}\b|\.(?:COM|NET|ORG|INFO|BIZ|RU|CN|TOP|XYZ|LINK|CLICK)\b")


def one_line(text: str) -> str:
    """The text on one line, in Unicode's composed form (NFC)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_name(text: str) -> bool:
    """Return True if a text may be a person's name: one short line without an address in it (W5)."""
    line = one_line(text)
    return len(text) <= 2 * MAX_NAME and len(line) <= MAX_NAME and line.isprintable() and not _LINK.search(line)


def slug_of(name: str) -> str:
    """Make a slug of small ASCII letters, digits and single hyphens; letters without an ASCII form are left out.

    A name of such letters alone gives its code points in hex, so that two names never share an empty slug.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").lower()).strip("-")
    return slug or "-".join(f"{ord(char):x}" for char in name.strip())


def split_address(address: str) -> tuple[str, str, str]:
    """The path, the mark ``#`` or ``?`` that ends it or nothing, and what follows the mark."""
    cut = min((i for i in (address.find("#"), address.find("?")) if i >= 0), default=len(address))
    return address[:cut], address[cut : cut + 1], address[cut + 1 :]


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
    """The scheme of an address that runs a script or shows its own content (``javascript``, ``data``), or nothing."""
    scheme = _SCHEME.match(_plain(address))
    if scheme is None or not _CODE.match(scheme[1]):
        return ""
    return scheme[1].lower()


def _plain(address: str) -> str:
    """The address as browsers read it (WHATWG URL 4.4): no blanks and control characters, a backslash as a slash."""
    return _IGNORED.sub("", address).replace("\\", "/")
