"""Addresses and names: slugs, hosts and schemes as browsers take them, names of persons, and tagged mail addresses.

A tagged address is one of the publication's mailbox with a purpose and a token in it, ``leave+TOKEN@``,
``confirm+TOKEN@`` or ``bounces+TOKEN@``: mail to it names the subscriber by the address alone. The tag stands
before the ``+``, which mail servers call the delimiter of a recipient. An alias for each tag, or for every address of
the domain, brings such mail to the mailbox.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

__all__ = ["Tag", "host_of", "is_name", "one_line", "runs", "slug_of", "split_address", "tagged", "tags_in"]


MAX_NAME = 100
_LINK = re.compile(r"://|www\.|[@\\/<>{}]|\.[a-z]{2,}\b|\.(?:COM|NET|ORG|INFO|BIZ|RU|CN|TOP|XYZ|LINK|CLICK)\b")


def one_line(text: str) -> str:
    """The text on one line, in Unicode's composed form (NFC)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_name(text: str) -> bool:
    """Return True if a text may be a person's name: one short line without an address in it (W5)."""
    line = one_line(text)
    looks = unicodedata.normalize("NFKC", line).replace("\N{IDEOGRAPHIC FULL STOP}", ".")  # as programs read addresses
    return len(text) <= 2 * MAX_NAME and len(line) <= MAX_NAME and line.isprintable() and not _LINK.search(looks)


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


class Tag(StrEnum):
    """The purposes of mail to such an address."""

    LEAVE = "leave"
    """From List-Unsubscribe: its reader leaves."""
    CONFIRM = "confirm"
    """An answer to the letter that asks to confirm."""
    BOUNCES = "bounces"
    """The return path of a letter (VERP): reports, and answers that programs write."""


_LONGEST = 64
"""Octets before the @ (RFC 5321, 4.5.3.1.1)."""
_TAGGED = re.compile(  # forwarders (SRS, BATV) may put something with "=" before the tag
    rf"(?<![\w.+-])({'|'.join(Tag)})\+([A-Za-z0-9._~-]{{16,{_LONGEST}}})@", re.IGNORECASE
)


def tagged(tag: Tag, token: str, mailbox: str) -> str:
    """The address with this tag and token at the domain of the mailbox."""
    return f"{tag}+{token}@{mailbox.rpartition('@')[2]}"


def tags_in(text: str) -> Iterator[tuple[Tag, str]]:
    """Tags and tokens of the addresses in the field of a header."""
    for tag, token in _TAGGED.findall(text):
        yield Tag(tag.lower()), token
