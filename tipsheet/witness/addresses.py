"""Bare addresses that GitHub makes links of, by the rules of its extension of CommonMark (GFM, section 6.9)."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from lxml.html import HtmlElement
from markdown_it.token import Token

__all__ = ["addresses_in", "expected_addresses", "written_alike"]

_BARE = re.compile(
    r"(?:(?<![^\s*_~(]))(?:https?://|www\.)(?:[a-z0-9-]+\.)*[a-z0-9-]+\.[a-z0-9-]*[a-z0-9](?![\w-])[^\s<]*",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![\w.+/:@-])[A-Za-z0-9._+-]+@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*[A-Za-z0-9])+(?![\w@-])")
_SIGNS = "?!.,:;*_~'\""
"""At its end these belong to the sentence. GitHub takes a semicolon into the address, which nobody can mean."""
_ENTITY = re.compile(r"&[A-Za-z0-9]+;$")


def written_alike(address: str) -> str:
    """An address as it is compared: what browsers encode by themselves makes no difference."""
    return quote(address.strip(), safe="%!#$&'()*+,/:;=?@[]~")


def expected_addresses(tokens: Iterable[Token]) -> Iterator[tuple[str, int]]:
    """The addresses of which GitHub makes links, as they stand in the words of a text, and their lines from 0."""
    for token in tokens:
        line, links = token.map[0] if token.map else 0, 0
        for child in token.children or ():
            line += child.type in {"softbreak", "hardbreak"}
            opens = child.type == "link_open" or (
                child.type == "html_inline" and child.content.lower().startswith("<a")
            )
            closes = child.type == "link_close" or child.content.lower().startswith("</a")
            links += opens - closes
            if child.type == "text" and not links:
                yield from ((address, line) for address in _bare(child.content))


def _bare(text: str) -> Iterator[str]:
    if "://" in text or "www." in text:
        yield from (_trimmed(found[0]) for found in _BARE.finditer(text) if "@@" not in found[0])
    if "@" in text and "@@" not in text:
        yield from (found[0] for found in _MAIL.finditer(text))


def _trimmed(address: str) -> str:
    """An address without the signs of its sentence."""
    while True:
        before = address
        address = _ENTITY.sub("", address.rstrip(_SIGNS))
        if address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
        if address == before:
            return address


def addresses_in(root: HtmlElement) -> frozenset[str]:
    """Every address that a link leads to, and the same without what stands before a bare one."""
    found = {written_alike(href) for href in root.xpath(".//a/@href")}
    return frozenset(found | {re.sub(r"^(?:mailto:|https?://(?=www\.))", "", href) for href in found})
