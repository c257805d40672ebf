"""What search engines are told: sitemap.xml with dates from content, and robots.txt."""

import datetime as dt
from collections.abc import Iterable
from xml.sax.saxutils import escape

from tipsheet.site.page import Planned

__all__ = ["robots", "sitemap"]

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">"""


def sitemap(pages: Iterable[Planned], others: Iterable[str], root: str) -> str:
    """The sitemap (sitemaps.org 0.9) of the pages that are their own canonical address.

    ``others`` are absolute addresses of pages that MkDocs makes. There is no clock in it, so that the
    same content gives the same bytes.
    """
    listed = (page for page in pages if page.indexed and page.canonical == root + page.url)
    entries = [*(_entry(page.canonical, page.modified) for page in listed), *(_entry(other) for other in others)]
    return "\n".join([HEAD, *entries, "</urlset>\n"])


def _entry(address: str, modified: dt.date | None = None) -> str:
    lastmod = f"<lastmod>{modified}</lastmod>" if modified else ""
    return f"<url><loc>{escape(address)}</loc>{lastmod}</url>"


def robots(root: str) -> str:
    """Everything may be read; pages that no index should hold say so themselves."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {root}sitemap.xml\n"
