"""Filling what a parsed body leaves open: internal addresses and merge fields.

A body says ``site:issues/x/#action`` for an address inside the site; a page makes it relative (so
that the site works under a sub-path and from disk), feeds and mail make it absolute.
"""

import html as htmllib
import posixpath
import re
from collections.abc import Callable

from tipsheet.model.addresses import split_address
from tipsheet.model.placeholders import FIELD, unguarded

__all__ = ["FIELD", "absolute", "relative", "show_fallbacks", "url_from"]

_ATTRIBUTE = re.compile(r'(?<=\s)(?:((?:href|src|poster|data-dark)=")site:([^"]*)|(srcset=")([^"]*\bsite:[^"]*))(?=")')
_MARK = re.compile(r"(?<![^\s,])site:([^\s,]*)")
"""Addresses in a ``srcset``, which holds several."""


def url_from(page: str, target: str) -> str:
    """Address of ``target`` as seen from ``page``; both relative to the site's root, pages end in ``/``.

    An empty target is the root; a fragment or query is kept.
    """
    path, mark, rest = split_address(target)
    folder = posixpath.dirname(page)
    if not path or path.endswith("/"):
        way = posixpath.relpath(path or ".", folder or ".")
        way = "./" if way == "." else way + "/"
    else:
        way = posixpath.relpath(path, folder or ".")
    if page.endswith("/") and way == "./" and mark == "#":
        return mark + rest
    return way + mark + rest


def relative(html: str, page: str) -> str:
    """The HTML with internal addresses as seen from this page."""
    return _filled(html, lambda target: htmllib.escape(url_from(page, htmllib.unescape(target))))


def absolute(html: str, site_url: str) -> str:
    """The HTML with internal addresses on the site (``site_url`` ends in ``/``)."""
    return _filled(html, lambda target: site_url + target)


def _filled(html: str, address: Callable[[str], str]) -> str:
    def fill(found: re.Match[str]) -> str:
        if found[1]:
            return found[1] + address(found[2])
        return found[3] + _MARK.sub(lambda mark: address(mark[1]), found[4])

    return _ATTRIBUTE.sub(fill, html) if "site:" in html else html


def show_fallbacks(text: str, transform: Callable[[str], str] = str) -> str:
    """The text with each merge field replaced by its fallback, as the site and the feeds show it."""
    return unguarded(FIELD.sub(lambda m: transform(m[2]), text))
