"""Addresses made from names."""

import re
import unicodedata

__all__ = ["slug_of", "split_address"]


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
