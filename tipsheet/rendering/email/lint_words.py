"""Checks of what a letter says: the inbox line, the text part, merge fields, the imprint."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.contents import PREHEADER
from tipsheet.settings import Settings

__all__ = [
    "Document",
    "Finding",
    "block",
    "fields",
    "imprint",
    "preheader",
    "tag_of",
    "text_of",
    "text_part",
    "words_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A letter as it is sent; ``root`` is its HTML parsed. ``leave`` says that it must say how to leave the list."""

    html: str
    text: str
    subject: str
    settings: Settings
    root: HtmlElement
    leave: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that has no place yet; the first of ``evidence`` that a source has leads to it."""

    code: str
    message: str
    hint: str = ""
    evidence: tuple[Evidence, ...] = ()


def text_of(words: str) -> Evidence:
    """Words as evidence, without the blanks around them."""
    return Evidence(Sign.TEXT, words.strip())


def tag_of(element: HtmlElement) -> tuple[Evidence, ...]:
    """An element as evidence: by its id or its class, by the words in it, and last by its name alone."""
    name = str(element.tag)
    marks = [f'{attribute}="{value}' for attribute in ("id", "class") if (value := element.get(attribute))]
    words = (element.text or "").strip()
    return (
        *(Evidence(Sign.TAG, name, mark) for mark in (*marks, words) if mark),
        *words_of(element),
        Evidence(Sign.TAG, name),
    )


def words_of(element: HtmlElement) -> tuple[Evidence, ...]:
    """The first words of an element as evidence; nothing for one that has none."""
    words = next((text for text in element.itertext() if text.strip()), "")
    return (text_of(words),) if words else ()


def block(name: str) -> Evidence:
    """A block of a template as evidence."""
    return Evidence(Sign.TEXT, f"block {name}")


_IMPRINT = (block("imprint"), Evidence(Sign.KEY, "postal_address"))
_PADDING = re.compile("[\u034f\u200c\u00a0\u2007\ufeff\\s]+")
_MARKDOWN = re.compile(r"\A\s*(?:#{1,6} |> |```)|\*\*\w|\w\*\*|\b__\w|\]\((?=\S)")
_VERBATIM = frozenset({"code", "kbd", "samp", "style", "title"})


def preheader(document: Document) -> Iterator[Finding]:
    """E13: the line beside the subject, hidden by ``display:none`` alone, and padded."""
    hidden = [e for e in document.root.iter("div", "span") if "display:none" in (e.get("style") or "").replace(" ", "")]
    if not hidden:
        yield Finding(
            "TS413",
            "the letter has no hidden line for inboxes to show",
            "keep the element 'preheader' of email/base.html",
            (Evidence(Sign.TAG, "div", 'class="preheader'), text_of("preheader"), block("body")),
        )
        return
    whole = str(hidden[0].text_content())
    words = _PADDING.sub(" ", whole).strip()
    least, most = PREHEADER
    if not least <= len(words) <= most:
        yield Finding(
            "TS220",
            f"the line that inboxes show has {len(words)} characters",
            f"{least} to {most} fill the line beside the subject",
            (Evidence(Sign.KEY, "preheader"), text_of(words), Evidence(Sign.KEY, "description")),
        )
    if len(whole) < most:
        yield Finding(
            "TS413",
            "nothing keeps the letter's beginning out of the inbox line",
            "put {{ padding }} after the preheader",
            (Evidence(Sign.TAG, "div", 'class="preheader'), text_of("preheader"), block("body")),
        )


def text_part(document: Document) -> Iterator[Finding]:
    """E15: no Markdown is left in the words of the letter, and the text part has its title.

    Words are looked at in the tree, which knows what is code.
    """
    body = document.root.find("body")
    for words in _words(body) if body is not None else ():
        if mark := _MARKDOWN.search(words):
            message = f"the text part holds Markdown: '{mark[0].strip()}'"
            hint = "is it written as Markdown in a place that is not?"
            yield Finding("TS415", message, hint, (text_of(words[mark.start() :]), text_of(words)))
    title = document.root.find(".//h1")
    if title is not None:
        words = " ".join(str(title.text_content()).split())
        if words not in " ".join(document.text.split()):
            yield Finding("TS415", f"the text part has not the title '{words}'", "", (text_of(words),))


def _words(element: HtmlElement) -> Iterator[str]:
    """Texts below an element that are no code."""
    if not isinstance(element.tag, str) or element.tag in _VERBATIM or "code" in (element.get("class") or "").split():
        return
    yield element.text or ""
    for child in element:
        yield from _words(child)
        yield child.tail or ""


def fields(document: Document) -> Iterator[Finding]:
    """E17, E18: what fills the merge fields of the subject leaves one line."""
    if re.search(r"[\r\n\0]", document.subject):
        yield Finding("TS417", "the subject holds a line break", "", (Evidence(Sign.KEY, "subject"),))


def imprint(document: Document) -> Iterator[Finding]:
    """E21: the postal address and the ways to unsubscribe that are set up, in both parts, and last in the text part.

    Where none is set up there is none to show, and the letter goes to no reader (`tipsheet.delivery.gate`).
    """
    settings = document.settings
    address = " ".join(settings.masthead.postal_address.split())
    parts = {"HTML part": str(document.root.text_content()), "text part": document.text}
    for name, part in parts.items():
        if not address or address not in " ".join(part.split()):
            hint = "set postal_address in mkdocs.yml, and show it"
            yield Finding("TS421", f"the {name} has no postal address", hint, _IMPRINT)
    if not document.leave:
        return
    leaving = settings.leaving
    hrefs = [link.get("href") or "" for link in document.root.iter("a")]
    last = document.text.rstrip("\n").split("\n")[-4:]
    ways = ((leaving.url, leaving.url), (leaving.mailto, leaving.address))
    for link, words in ([way.partition("@@token@@")[0] for way in pair] for pair in ways):
        if link and not any(href.startswith(link) for href in hrefs):
            hint = "show letter.unsubscribe, and letter.leaving.mailto beside it"
            yield Finding("TS421", "the HTML part has no link to unsubscribe", hint, _IMPRINT)
        if words and not any(words in line for line in last):
            yield Finding("TS421", "the text part does not end in the address to unsubscribe", "", _IMPRINT)
