"""Lists of words and names that checks look for, as data: addresses that track or hide, and words by language.

Each list stands in a TOML file beside this module, where anybody can add to it: ``addresses.toml``, and a file for each
language that has one, such as ``en.toml``.
"""

import re
import tomllib
from functools import cache
from html import unescape
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["clean_address", "listed", "listed_in", "own_words", "shortener", "tracking_names"]

WORD_LIST = "words.txt"
"""The file beside mkdocs.yml with words that a publication has of its own."""

_PIECES = re.compile(r"(&amp;|&)")


@cache
def listed(name: str) -> frozenset[str]:
    """A list of names that belong to no language; raises KeyError for one that is not there."""
    return frozenset(_table("addresses")[name])


@cache
def listed_in(language: str, name: str) -> frozenset[str]:
    """A list of words in a language (BCP 47), in small letters; empty for a language that has none."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    known = (files("tipsheet.lexicon") / f"{primary}.toml").is_file() and primary != "addresses"
    return frozenset(_table(primary)[name]) if known else frozenset()


@cache
def _table(name: str) -> dict[str, list[str]]:
    return tomllib.loads((files("tipsheet.lexicon") / f"{name}.toml").read_text("utf-8"))


def own_words(root: Path) -> frozenset[str]:
    """The words of the publication's own list, one a line; ``#`` begins a comment."""
    file = root / WORD_LIST
    lines = file.read_bytes().decode("utf-8-sig", errors="replace").splitlines() if file.is_file() else ()
    return frozenset(word for line in lines if (word := line.partition("#")[0].strip()))


def tracking_names(address: str) -> tuple[str, ...]:
    """The parameters of an address by which its owner follows who comes from where, in their order."""
    _, _, query = address.partition("#")[0].partition("?")
    pieces = _PIECES.split(query)[::2] if query else []
    return tuple(dict.fromkeys(name for piece in pieces if _tracks(name := piece.partition("=")[0])))


def clean_address(address: str) -> str:
    """The address without such parameters; whatever else stands in it stays as it is written."""
    if not tracking_names(address):
        return address
    page, mark, fragment = address.partition("#")
    path, _, query = page.partition("?")
    pieces = _PIECES.split(query)
    kept = ""
    for number in range(0, len(pieces), 2):
        if not _tracks(pieces[number].partition("=")[0]):
            kept += (pieces[number - 1] if kept else "") + pieces[number]
    return path + (f"?{kept}" if kept else "") + mark + fragment


def _tracks(name: str) -> bool:
    small = unescape(name).lower()
    return small in listed("tracking") or small.startswith(tuple(listed("tracking_prefixes")))


def shortener(address: str) -> str:
    """The host of an address that hides where it leads, or nothing."""
    try:
        host = (urlsplit(unescape(address)).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return host if host in listed("shorteners") else ""
