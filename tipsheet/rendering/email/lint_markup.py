"""Checks of a letter's elements: languages, tables, headings, pictures, links, size."""

import re
from collections.abc import Iterator

from tipsheet.problems import Severity
from tipsheet.rendering.email.lint_style import declarations
from tipsheet.rendering.email.lint_words import Document, Finding

__all__ = ["CLIPPED", "active_content", "headings", "images", "languages", "links", "size", "tables"]

CLIPPED = 102 * 1024
"""Bytes of HTML after which Gmail cuts the letter off."""

_LARGE = 80 * 1024
_EMPTY_WORDS = frozenset(
    {"here", "click here", "click", "read more", "more", "learn more", "this", "link", "this link"}
)
_TYPES = re.compile(r"\.(png|jpe?g|gif)(\?|$)", re.IGNORECASE)


def languages(document: Document) -> Iterator[Finding]:
    """E1: ``lang`` and ``dir`` on html and on every child of body; mail programs drop the outer ones."""
    body = document.root.find("body")
    for element in (document.root, *(body if body is not None else ())):
        if isinstance(element.tag, str) and not (element.get("lang") and element.get("dir")):
            yield Finding(
                "TS401",
                f"<{element.tag}> lacks lang or dir",
                'lang="{{ letter.language }}" dir="{{ letter.direction }}"',
            )


def tables(document: Document) -> Iterator[Finding]:
    """E2: a screen reader must know which tables are for reading."""
    for table in document.root.iter("table"):
        heads = [th for th in table.iter("th") if next(th.iterancestors("table")) is table]
        if table.get("role") not in ("presentation", "none") and not heads:
            yield Finding("TS402", "a table has neither heads nor role=presentation")
        if any(not th.get("scope") for th in heads):
            yield Finding("TS402", "a head of a table has no scope")


def headings(document: Document) -> Iterator[Finding]:
    """E3: SpamAssassin compares title and subject (HTML_TITLE_SUBJ_DIFF)."""
    count = sum(1 for _ in document.root.iter("h1"))
    if count != 1:
        yield Finding("TS403", f"the letter has {count} h1, it should have one")
    title = " ".join((document.root.findtext(".//title") or "").split())
    if title != " ".join(document.subject.split()):
        yield Finding(
            "TS403",
            f"the title '{title}' is not the subject '{document.subject}'",
            "<title>{{ letter.subject }}</title>",
        )


def images(document: Document) -> Iterator[Finding]:
    """E4."""
    for picture in document.root.iter("img"):
        src = picture.get("src") or ""
        name = src.rpartition("/")[2] or "without address"
        if picture.get("alt") is None:
            yield Finding("TS404", f"the picture {name} has no alt text", 'alt="" where it only decorates')
        if not (picture.get("width") or "").isdigit():
            yield Finding("TS404", f"the picture {name} has no width in px")
        if not src.startswith("https://"):
            yield Finding(
                "TS404", f"the picture {name} has no https address", "is site_url in mkdocs.yml an https address?"
            )
        if not _TYPES.search(src):
            yield Finding("TS404", f"the picture {name} is not PNG, JPEG or GIF")


def links(document: Document) -> Iterator[Finding]:
    """E5."""
    for link in document.root.iter("a"):
        words = " ".join([str(link.text_content()), *(i.get("alt") or "" for i in link.iter("img"))]).strip()
        if not words:
            yield Finding("TS405", f"the link to {link.get('href')} has no words")
        if words.lower().rstrip(".!:") in _EMPTY_WORDS:
            yield Finding("TS405", f"the link '{words}' does not say where it leads", "name what is there")
        button = any("btn" in (cell.get("class") or "").split() for cell in link.iterancestors("td"))
        brand = "plain" in (link.get("class") or "").split()
        if (
            not button
            and not brand
            and "underline" not in declarations(link.get("style") or "").get("text-decoration", "")
        ):
            yield Finding("TS405", f"the link '{words}' is not underlined")


def size(document: Document) -> Iterator[Finding]:
    """E7."""
    count = len(document.html.encode())
    if count >= CLIPPED:
        yield Finding(
            "TS407",
            f"the letter has {count // 1024} KB of HTML, Gmail cuts it off at {CLIPPED // 1024}",
            "make it an article and link to it",
        )
    elif count >= _LARGE:
        yield Finding(
            "TS407",
            f"the letter has {count // 1024} KB of HTML, Gmail cuts off at {CLIPPED // 1024}",
            "",
            Severity.WARNING,
        )


def active_content(document: Document) -> Iterator[Finding]:
    """E14."""
    for element in document.root.iter(
        "script", "form", "iframe", "object", "embed", "input", "video", "audio", "svg", "link"
    ):
        yield Finding("TS414", f"<{element.tag}> has no place in a letter")
    for picture in document.root.iter("img"):
        if {picture.get("width"), picture.get("height")} & {"0", "1"}:
            yield Finding("TS414", f"{picture.get('src')} is a tracking pixel by its size")
    for link in document.root.iter("a"):
        href = link.get("href") or ""
        if not re.match(r"https?://[^/\s]|mailto:|tel:", href):
            yield Finding("TS414", f"the link to '{href}' leads nowhere from a letter", "write an absolute address")
        if re.search(r"[?&;]utm_", href):
            yield Finding("TS414", f"the link to '{href}' tracks", "take the utm_ values out")
