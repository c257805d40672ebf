"""Checks of a letter's elements: languages, tables, headings, pictures, links, size."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.lint_style import declarations
from tipsheet.rendering.email.lint_words import Document, Finding, block, tag_of

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
            hint = 'lang="{{ letter.language }}" dir="{{ letter.direction }}"'
            yield Finding("TS401", f"<{element.tag}> lacks lang or dir", hint, tag_of(element))


def tables(document: Document) -> Iterator[Finding]:
    """E2: a screen reader must know which tables are for reading."""
    for table in document.root.iter("table"):
        heads = [th for th in table.iter("th") if next(th.iterancestors("table")) is table]
        seen = tag_of(table)
        if table.get("role") not in ("presentation", "none") and not heads:
            yield Finding("TS402", "a table has neither heads nor role=presentation", "", seen)
        if any(not th.get("scope") for th in heads):
            yield Finding("TS402", "a head of a table has no scope", "", seen)


def headings(document: Document) -> Iterator[Finding]:
    """E3: SpamAssassin compares title and subject (HTML_TITLE_SUBJ_DIFF)."""
    heads = list(document.root.iter("h1"))
    if len(heads) != 1:
        seen = tuple(Evidence(Sign.TAG, "h1", words) for words in (*map(_text, heads[1:]), ""))
        message = f"the letter has {len(heads)} h1, it should have one"
        yield Finding("TS403", message, "", (*seen, block("title")))
    title = " ".join((document.root.findtext(".//title") or "").split())
    if title != " ".join(document.subject.split()):
        yield Finding(
            "TS403",
            f"the title '{title}' is not the subject '{document.subject}'",
            "<title>{{ letter.subject }}</title>",
            (Evidence(Sign.TAG, "title"), Evidence(Sign.KEY, "subject")),
        )


def images(document: Document) -> Iterator[Finding]:
    """E4."""
    for picture in document.root.iter("img"):
        src = picture.get("src") or ""
        name = src.rpartition("/")[2] or "without address"
        seen = (Evidence(Sign.PICTURE, src, picture.get("alt") or ""), *tag_of(picture))
        if picture.get("alt") is None:
            yield Finding("TS404", f"the picture {name} has no alt text", 'alt="" where it only decorates', seen)
        if not (picture.get("width") or "").isdigit():
            yield Finding("TS404", f"the picture {name} has no width in px", "", seen)
        if not src.startswith("https://"):
            site = (Evidence(Sign.KEY, "site_url"),) if src.startswith(document.settings.masthead.url) else ()
            hint = "is site_url in mkdocs.yml an https address?"
            yield Finding("TS404", f"the picture {name} has no https address", hint, (*site, *seen))
        if not _TYPES.search(src):
            yield Finding("TS404", f"the picture {name} is not PNG, JPEG or GIF", "", seen)


def links(document: Document) -> Iterator[Finding]:
    """E5."""
    for link in document.root.iter("a"):
        href = link.get("href") or ""
        words = " ".join([str(link.text_content()), *(i.get("alt") or "" for i in link.iter("img"))]).strip()
        seen = (Evidence(Sign.NAMED, href, words), *tag_of(link))
        if not words:
            yield Finding("TS405", f"the link to {href} has no words", "", (Evidence(Sign.LINK, href), *seen))
        if words.lower().rstrip(".!:") in _EMPTY_WORDS:
            yield Finding("TS405", f"the link '{words}' does not say where it leads", "name what is there", seen)
        button = any("btn" in (cell.get("class") or "").split() for cell in link.iterancestors("td"))
        brand = "plain" in (link.get("class") or "").split()
        if (
            not button
            and not brand
            and "underline" not in declarations(link.get("style") or "").get("text-decoration", "")
        ):
            yield Finding("TS405", f"the link '{words}' is not underlined", "", (*tag_of(link), *seen))


def size(document: Document) -> Iterator[Finding]:
    """E7."""
    count = len(document.html.encode())
    message = f"the letter has {count // 1024} KB of HTML, Gmail cuts it off at {CLIPPED // 1024}"
    if count >= CLIPPED:
        yield Finding("TS407", message, "make it an article and link to it")
    elif count >= _LARGE:
        yield Finding("TS430", message, "make it an article and link to it")


def active_content(document: Document) -> Iterator[Finding]:
    """E14: nothing runs or watches; others' tracking values are their affair, ours are not."""
    for element in document.root.iter(
        "script", "form", "iframe", "object", "embed", "input", "video", "audio", "svg", "link"
    ):
        yield Finding("TS431", f"<{element.tag}> has no place in a letter", "", tag_of(element))
    for picture in document.root.iter("img"):
        if {picture.get("width"), picture.get("height")} & {"0", "1"}:
            src = picture.get("src") or ""
            seen = (Evidence(Sign.PICTURE, src, picture.get("alt") or ""), *tag_of(picture))
            yield Finding("TS431", f"{src} is a tracking pixel by its size", "", seen)
    for link in document.root.iter("a"):
        href = link.get("href") or ""
        words = str(link.text_content())
        seen = (Evidence(Sign.LINK, href, words), Evidence(Sign.NAMED, href, words))
        if not re.match(r"https?://[^/\s]|mailto:|tel:", href):
            message = f"the link to '{href}' leads nowhere from a letter"
            yield Finding("TS431", message, "write an absolute address", seen)
        if re.search(r"[?&;]utm_", href):
            own = href.startswith(document.settings.masthead.url)
            code, hint = ("TS431" if own else "TS414"), "take the utm_ values out"
            yield Finding(code, f"the link to '{href}' tracks", hint, seen)


def _text(element: HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())
