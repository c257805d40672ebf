"""Body HTML made fit to leave the site: absolute addresses, nothing that runs, pictures that fit.

Raw HTML in Markdown passes every Markdown hook by, so the finished tree is worked on.
"""

import re
from html import escape

import lxml.html
from lxml.etree import Comment, ProcessingInstruction, strip_elements, strip_tags
from lxml.html import HtmlElement

from tipsheet.rendering.marks import absolute
from tipsheet.rendering.plaintext import NOTE_MARK

__all__ = ["inner_html", "portable"]

DROPPED = (
    "script", "style", "iframe", "object", "embed", "svg", "form", "audio", "video", "canvas", "template", "noscript",
    "source", "link", "meta", "button", "select", "textarea",
)  # fmt: skip
UNWRAPPED = ("picture", "label", "font", "section", "article", "main", "header", "footer", "nav", "aside")
_FIELD_LINES = re.compile(r"@@[^@]*@@")


def portable(html: str, *, site_url: str, page_url: str, column: int) -> HtmlElement:
    """The HTML as a ``div`` that means the same outside the site.

    Addresses inside the page lead to ``page_url``, or lose their link where that is empty (E14).
    Pictures get a px width of at most ``column`` (E4).
    """
    whole = _FIELD_LINES.sub(lambda m: " ".join(m[0].split()), absolute(html, site_url))
    root = lxml.html.fragment_fromstring(whole, create_parent="div")
    strip_elements(root, *DROPPED, Comment, ProcessingInstruction, with_tail=False)
    strip_tags(root, *UNWRAPPED)
    for element in root.iter():
        styled = element.tag in ("th", "td")  # where Markdown says how a column is aligned
        for name in [n for n in element.attrib if n.startswith("on") or (n == "style" and not styled)]:
            del element.attrib[name]
    _point(root, page_url)
    for picture in root.iter("img"):
        _fit(picture, column)
    return root


def _point(root: HtmlElement, page_url: str) -> None:
    """Links inside the page; those of footnotes are none: the mark and the note are both in the letter."""
    for link in list(root.iter("a")):
        href = link.get("href") or ""
        classes = (link.get("class") or "").split()
        if "footnote-backref" in classes:
            link.drop_tree()
        elif "footnote-ref" in classes:
            if (holder := link.getparent()) is not None and holder.tag == "sup":
                holder.set("class", NOTE_MARK)
            link.drop_tag()
        elif not href or href.startswith("#"):
            if page_url and href:
                link.set("href", page_url + href)
            else:
                link.drop_tag()


def _fit(picture: HtmlElement, column: int) -> None:
    """A width of at most the column; no height, which programs keep empty where pictures are off (E24)."""
    picture.set("width", str(min(_px(picture.get("width"), column) or column, column)))
    for name in ("height", "srcset", "sizes", "loading", "decoding"):
        picture.attrib.pop(name, None)


def _px(value: str | None, column: int) -> int:
    """A width in px; a share is one of the column, and 0 is what cannot be told."""
    found = re.fullmatch(r"\s*([0-9]{1,5})(?:\.[0-9]*)?\s*(%|px)?\s*", value or "", re.IGNORECASE)
    if found is None:
        return 0
    return int(found[1]) * column // 100 if found[2] == "%" else int(found[1])


def inner_html(root: HtmlElement) -> str:
    """The children as HTML, each top-level element on lines of its own."""
    children = (str(lxml.html.tostring(child, encoding="unicode")).strip() for child in root)
    parts = [escape(root.text or "").strip(), *children]
    return "\n".join(part for part in parts if part)
