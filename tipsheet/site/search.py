"""Indexes of the pages: the search index of the site, sitemap.xml and robots.txt.

Material's index holds every text whole, which every reader who searches has to fetch: 19 MB at five
thousand issues. Old posts are found by title, tags, description and action.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from tipsheet.site.page import Planned, SitePage

__all__ = [
    "INDEX_FILE",
    "Listed",
    "entries_of",
    "in_its_language",
    "robots",
    "search_index",
    "sitemap_files",
    "sitemaps",
    "split_index",
    "whole_texts",
]

INDEX_FILE = "search/search_index.json"

_ACTION = re.compile(r'<h2 id="action-[^>]*>.*?</h2>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _SearchPage:
    """A page as Material's search plugin asks for one; ``title`` and ``content`` are HTML."""

    url: str
    title: str
    content: str
    meta: dict[str, object] = field(default_factory=dict)
    toc: Sequence[object] = ()


def whole_texts(pages: Iterable[Planned], full_text: int) -> frozenset[str]:
    """Addresses of the newest posts, so many, whose texts are searched whole."""
    dated = [page for page in pages if page.searched and page.published]
    dated.sort(key=lambda page: (page.published and page.published.timestamp(), page.url), reverse=True)
    return frozenset(page.url for page in dated[:full_text])


def entries_of(page: SitePage, *, whole: bool, folder: str = "") -> str:
    """The page's entries, section by section as Material makes them: JSON objects with commas between.

    Each language has an index of its own, in which addresses are told from its folder.
    """
    from material.plugins.search.plugin import SearchIndex  # noqa: PLC0415 - takes MkDocs with it

    content = page.search or ""
    if not whole:
        content = f"<p>{escape(page.description)}</p>" + "".join(_ACTION.findall(content))
    index = SearchIndex()
    # the result list takes the title for HTML
    index.add_entry_from_context(
        _SearchPage(
            page.url.removeprefix(folder), escape(page.title), content, {"tags": list(page.tags)} if page.tags else {}
        )
    )
    return json.dumps(index.entries, separators=(",", ":"))[1:-1]


def split_index(data: bytes) -> tuple[str, str]:
    """Material's index taken apart: what it says of itself, and its entries with commas between."""
    found = json.loads(data)
    config, entries = (json.dumps(found[key], separators=(",", ":")) for key in ("config", "docs"))
    return config, entries[1:-1]


def in_its_language(config: str, language: str) -> str:
    """The settings of an index for words of this language (BCP 47); English rules where lunr has none for it."""
    primary = language.partition("-")[0].lower()
    return json.dumps(json.loads(config) | {"lang": [primary if primary in _STEMMED else "en"]}, separators=(",", ":"))


_STEMMED = frozenset({
    "ar", "da", "de", "du", "el", "es", "fi", "fr", "he", "hi", "hu", "hy", "it", "ja", "jp", "kn", "ko", "nl", "no",
    "pt", "ro", "ru", "sa", "sv", "ta", "te", "th", "tr", "vi", "zh",
})  # fmt: skip
"""Languages that lunr-languages knows, as Material brings it."""


def search_index(config: str, entries: Iterable[str]) -> bytes:
    """The index as Material writes it."""
    return f'{{"config":{config},"docs":[{",".join(entry for entry in entries if entry)}]}}'.encode()


HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"{}>"""
LANGUAGES = ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
SITEMAP = "sitemap.xml"
MOST_ADDRESSES = 50_000
"""Addresses that one file may hold (sitemaps.org, protocol)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that search engines are told of: its absolute address, and the day it changed last.

    ``languages`` are absolute addresses of the same page in all its languages (BCP 47), the first one first.
    """

    address: str
    modified: dt.date | None = None
    languages: tuple[tuple[str, str], ...] = ()


def sitemap_files(count: int) -> tuple[str, ...]:
    """The files of a sitemap with so many addresses: one, or an index and parts where one may not hold them all."""
    parts = -(-count // MOST_ADDRESSES)
    return (SITEMAP, *(f"sitemap-{number}.xml" for number in range(1, parts + 1) if parts > 1))


def sitemaps(pages: Iterable[Listed], others: Iterable[str], root: str) -> dict[str, str]:
    """The sitemap (sitemaps.org 0.9) of the pages that are their own canonical address, by the names of its files.

    ``others`` are absolute addresses of pages that MkDocs makes, ``root`` that of the site. There is no clock in it, so
    that the same content gives the same bytes.
    """
    entries = [_entry(page) for page in (*pages, *map(Listed, others))]
    names = sitemap_files(len(entries))
    if len(names) == 1:
        return {SITEMAP: _document("urlset", entries)}
    parts = {
        name: _document("urlset", entries[number * MOST_ADDRESSES : (number + 1) * MOST_ADDRESSES])
        for number, name in enumerate(names[1:])
    }
    index = [f"<sitemap><loc>{escape(root + name, quote=False)}</loc></sitemap>" for name in parts]
    return {SITEMAP: _document("sitemapindex", index), **parts}


def _document(element: str, entries: Iterable[str]) -> str:
    entries = list(entries)
    spoken = LANGUAGES if any("<xhtml:" in entry for entry in entries) else ""
    return "\n".join([HEAD.format(element, spoken), *entries, f"</{element}>\n"])


def _entry(page: Listed) -> str:
    lastmod = f"<lastmod>{page.modified}</lastmod>" if page.modified else ""
    others = [(*page.languages, ("x-default", page.languages[0][1]))] if page.languages else []
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href="{escape(address)}"/>'
        for found in others
        for language, address in found
    )
    return f"<url><loc>{escape(page.address, quote=False)}</loc>{lastmod}{links}</url>"


def robots(root: str) -> str:
    """Everything may be read; pages that no index should hold say so themselves."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {root}sitemap.xml\n"
