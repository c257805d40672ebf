"""HTML of bodies: filled for a page, and cleaned so that it stands on its own in a feed reader or a calendar.

A body says ``site:issues/x/#action`` for an address inside the site. A page makes it relative, so that
the site works under a sub-path and from disk; feeds and mail make it absolute. Far from our pages nothing
runs, no form asks, and what only works on the page (heading links, copy buttons) is gone.
"""

import html as htmllib
import posixpath
import re
import sys
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, urljoin, urlsplit

import lxml.html
from lxml.html import HtmlElement

from tipsheet.model.addresses import split_address
from tipsheet.model.placeholders import FIELD, unguarded

__all__ = ["FIELD", "absolute", "address", "feed_html", "plain", "readable", "relative", "show_fallbacks"]

_ATTRIBUTE = re.compile(
    r"""(?<=\s)(?:((?:href|src|poster|data-dark|data-letter|data-dark-letter)=")site:([^"]*)
    |((?:srcset|data-copies|data-dark-copies)=")([^"]*\bsite:[^"]*))(?=")""",
    re.VERBOSE,
)
_MARK = re.compile(r"(?<![^\s,])site:([^\s,]*)")
"""Addresses in a ``srcset``, which holds several."""


def _url_from(page: str, target: str) -> str:
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
    return _filled(html, lambda target: htmllib.escape(_url_from(page, htmllib.unescape(target))))


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


Resolve = Callable[[str], str]

DROPPED = frozenset({
    "applet", "base", "button", "canvas", "fieldset", "form", "frame", "frameset", "iframe", "link", "meta",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title",
})  # fmt: skip
"""Elements that go with all they hold."""

UNWRAPPED = frozenset({"embed", "label"})
"""Elements whose text stays; ``embed`` is one because libxml2 takes what follows it for its content."""

PAGE_ONLY = frozenset({"headerlink", "md-clipboard", "task-list-indicator"})
ADDRESSES = ("href", "src", "poster", "cite")
BLOCKS = frozenset({
    "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (2.2, Char) forbids, lone surrogates included."""

_RUNNING = frozenset({"javascript", "vbscript"})
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));?")
_CANDIDATE = re.compile(r"\s*(\S*[^\s,])(\s+[^,]+)?\s*(?:,|$)")
_UNKNOWN_VOID_ENDS = re.compile(r"</(?:source|track|wbr)>")
"""libxml2 knows HTML 4 and closes the void elements that came later."""


def readable(text: str) -> str:
    """The text without the characters that XML forbids (F1)."""
    return _FORBIDDEN.sub("", text)


def address(target: str, site_url: str) -> str:
    """The absolute address, in ASCII, of a path from the site's root, with or without ``site:`` before it."""
    return quote(urljoin(site_url, target.removeprefix("site:")), safe="/:?#[]@!$&'()*+,;=%~")


def feed_html(html: str, *, page: str, site_url: str) -> str:
    """The HTML of a body as a feed carries it, valid and in one line with itself wherever it is read.

    ``page`` is the absolute address at which it stands; fragments lead there (F13, F14).
    """
    root = _parsed(show_fallbacks(html))
    resolve = partial(_resolved, page=page, site_url=site_url)
    for element in list(root.iterdescendants()):
        _clean(element, resolve)
    return _inner(root)


def plain(html: str) -> str:
    """The words of the HTML, a line for each block."""
    root = _parsed(html)
    for element in root.iterdescendants():
        if element.tag in BLOCKS:
            element.text = "\n" + (element.text or "")
            element.tail = "\n" + (element.tail or "")
        elif element.tag == "br":
            element.tail = "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in str(root.text_content()).splitlines())
    return "\n".join(line for line in lines if line)


def _parsed(html: str) -> HtmlElement:
    return lxml.html.fragment_fromstring(_REFERENCE.sub(_readable_reference, readable(html)), create_parent="div")


def _readable_reference(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return reference[0] if code <= sys.maxunicode and readable(chr(code)) else ""


def _inner(root: HtmlElement) -> str:
    whole = lxml.html.tostring(root, encoding="unicode").removeprefix("<div>").removesuffix("</div>")
    return readable(_UNKNOWN_VOID_ENDS.sub("", whole)).strip()


def _clean(element: HtmlElement, resolve: Resolve) -> None:
    tag = element.tag
    if tag == "h1":
        element.tag = tag = "h2"  # the title stands outside the text (F14)
    if tag == "img" and (letter := element.get("data-letter")):
        element.set("src", letter)  # the file may be of a format or a size that feed readers do not load
    if tag == "input":
        _tick(element)
    elif tag in UNWRAPPED:
        element.drop_tag()
    elif tag in DROPPED or not isinstance(tag, str):
        element.drop_tree()
    elif attributes := element.items():
        if _of_the_page_only(element):
            element.drop_tree()
        for name, value in attributes:
            if name in ADDRESSES or name == "srcset" or name.startswith(("on", "data-")):
                _clean_attribute(element, name, value, resolve)


def _of_the_page_only(element: HtmlElement) -> bool:
    """Heading links, drawn boxes and the line anchors of code, which say nothing elsewhere."""
    if not PAGE_ONLY.isdisjoint(element.get("class", "").split()):
        return True
    return element.tag == "a" and str(element.get("href", "")).startswith("#__codelineno")


def _tick(box: HtmlElement) -> None:
    if box.get("type") == "checkbox":
        box.tail = ("☑ " if "checked" in box.attrib else "☐ ") + (box.tail or "").lstrip()
    box.drop_tree()


def _clean_attribute(element: HtmlElement, name: str, value: str, resolve: Resolve) -> None:
    target = ""
    if name == "srcset":
        found = _CANDIDATE.findall(value)
        target = ", ".join(resolve(source) + size.rstrip() for source, size in found)
    elif name in ADDRESSES:
        target = resolve(value.strip())
    if not target:
        del element.attrib[name]
    elif target != value:
        element.set(name, target)


def _resolved(target: str, *, page: str, site_url: str) -> str:
    """The absolute address, or nothing where it would run a script or cannot be read."""
    if target.startswith(("https://", "http://", "mailto:")):
        return target
    if target.startswith("site:"):
        return site_url + target.removeprefix("site:")
    try:
        scheme = urlsplit(target).scheme
    except ValueError:
        return ""
    if scheme in _RUNNING:
        return ""
    if scheme or target.startswith("//"):  # as it is written: `urljoin` would write it anew
        return target if scheme else f"{urlsplit(page).scheme}:{target}"
    return urljoin(page, target)
