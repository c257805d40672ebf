"""Addresses made from names, and what may be a person's name."""

import re
import unicodedata

__all__ = ["is_name", "one_line", "slug_of", "split_address"]

MAX_NAME = 100
_LINK = re.compile(r"://|www\.|[@\\/<>{}]|\.[a-z]{2,}\b|\.(?:COM|NET|ORG|INFO|BIZ|RU|CN|TOP|XYZ|LINK|CLICK)\b")


def one_line(text: str) -> str:
    """What somebody typed, on one line."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_name(text: str) -> bool:
    """Whether a text may be a name: a line that is not too long, with nothing in it that leads anywhere (W5)."""
    line = one_line(text)
    return len(text) <= 2 * MAX_NAME and len(line) <= MAX_NAME and line.isprintable() and not _LINK.search(line)


def slug_of(name: str) -> str:
    """Small ASCII letters, digits and single hyphens; what has no ASCII form is left out.

    A name with nothing of that kind gives its code points in hex, so that two names never share an
    empty slug.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "").lower()).strip("-")
    return slug or "-".join(f"{ord(char):x}" for char in name.strip())


def split_address(address: str) -> tuple[str, str, str]:
    """The path, the mark ``#`` or ``?`` that ends it or nothing, and what follows the mark."""
    cut = min((i for i in (address.find("#"), address.find("?")) if i >= 0), default=len(address))
    return address[:cut], address[cut : cut + 1], address[cut + 1 :]
