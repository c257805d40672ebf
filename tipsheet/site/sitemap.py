"""What search engines are told: sitemap.xml with dates from content, and robots.txt."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

__all__ = ["Listed", "robots", "sitemap"]

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that search engines are told of: its absolute address, and the day it changed last."""

    address: str
    modified: dt.date | None = None


def sitemap(pages: Iterable[Listed], others: Iterable[str]) -> str:
    """The sitemap (sitemaps.org 0.9) of the pages that are their own canonical address.

    ``others`` are absolute addresses of pages that MkDocs makes. There is no clock in it, so that the
    same content gives the same bytes.
    """
    entries = [_entry(page) for page in (*pages, *map(Listed, others))]
    return "\n".join([HEAD, *entries, "</urlset>\n"])


def _entry(page: Listed) -> str:
    lastmod = f"<lastmod>{page.modified}</lastmod>" if page.modified else ""
    return f"<url><loc>{escape(page.address)}</loc>{lastmod}</url>"


def robots(root: str) -> str:
    """Everything may be read; pages that no index should hold say so themselves."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {root}sitemap.xml\n"
