"""Rules for what stands in a letter: its words, its elements, and the markup that Outlook on Windows needs."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from tipsheet.edition.inbox import columns
from tipsheet.lexicon import listed_in, tracking_names
from tipsheet.problems import Evidence, Sign
from tipsheet.rendering.email.contents import PREHEADER
from tipsheet.rendering.email.rules.letter import (
    SentLetter,
    Violation,
    block,
    declarations,
    tag_of,
    text_of,
    words_in,
    words_of,
)
from tipsheet.words import ENGLISH

__all__ = [
    "CLIPPED", "active_content", "balance", "cells", "fields", "headings", "images", "imprint", "languages", "links",
    "preheader", "size", "tables", "text_part", "word",
]  # fmt: skip

CLIPPED = 102 * 1024
"""Bytes of HTML after which Gmail cuts the letter off."""

_LARGE = 80 * 1024
_TYPES = re.compile(r"\.(png|jpe?g|gif)(\?|$)", re.IGNORECASE)


def languages(letter: SentLetter) -> Iterator[Violation]:
    """E1: ``lang`` and ``dir`` on html and on every child of body; mail programs drop the outer ones."""
    body = letter.root.find("body")
    for element in (letter.root, *(body if body is not None else ())):
        if isinstance(element.tag, str) and not (element.get("lang") and element.get("dir")):
            hint = 'lang="{{ letter.language }}" dir="{{ letter.direction }}"'
            yield Violation("TS401", f"<{element.tag}> lacks lang or dir", hint, tag_of(element))


def tables(letter: SentLetter) -> Iterator[Violation]:
    """E2: a screen reader must know which tables are for reading."""
    for table in letter.root.iter("table"):
        heads = [th for th in table.iter("th") if next(th.iterancestors("table")) is table]
        seen = tag_of(table)
        if table.get("role") not in ("presentation", "none") and not heads:
            yield Violation("TS402", "a table has neither heads nor role=presentation", "", seen)
        if any(not th.get("scope") for th in heads):
            yield Violation("TS402", "a head of a table has no scope", "", seen)


def headings(letter: SentLetter) -> Iterator[Violation]:
    """E3: SpamAssassin compares title and subject (HTML_TITLE_SUBJ_DIFF)."""
    heads = list(letter.root.iter("h1"))
    if len(heads) != 1:
        seen = tuple(Evidence(Sign.TAG, "h1", words) for words in (*map(words_in, heads[1:]), ""))
        message = f"the letter has {len(heads)} h1, it should have one"
        yield Violation("TS403", message, "", (*seen, block("title")))
    title = " ".join((letter.root.findtext(".//title") or "").split())
    if title != " ".join(letter.subject.split()):
        yield Violation(
            "TS403",
            f"the title '{title}' is not the subject '{letter.subject}'",
            "<title>{{ letter.subject }}</title>",
            (Evidence(Sign.TAG, "title"), Evidence(Sign.KEY, "subject")),
        )


def images(letter: SentLetter) -> Iterator[Violation]:
    """E4: pictures have words, a width, and an https address of a type that every program shows."""
    for picture in letter.root.iter("img"):
        src = picture.get("src") or ""
        name = src.rpartition("/")[2] or "without address"
        seen = (Evidence(Sign.PICTURE, src, picture.get("alt") or ""), *tag_of(picture))
        if picture.get("alt") is None:
            yield Violation("TS404", f"the picture {name} has no alt text", 'alt="" where it only decorates', seen)
        if not (picture.get("width") or "").isdigit():
            yield Violation("TS404", f"the picture {name} has no width in px", "", seen)
        if not src.startswith("https://"):
            site = (Evidence(Sign.KEY, "site_url"),) if src.startswith(letter.settings.masthead.url) else ()
            hint = "is site_url in mkdocs.yml an https address?"
            yield Violation("TS404", f"the picture {name} has no https address", hint, (*site, *seen))
        if not _TYPES.search(src):
            yield Violation("TS404", f"the picture {name} is not PNG, JPEG or GIF", "", seen)


def links(letter: SentLetter) -> Iterator[Violation]:
    """E5: links say where they lead, and look like links."""
    empty = listed_in(letter.settings.masthead.language, "links") | listed_in(ENGLISH, "links")
    for link in letter.root.iter("a"):
        href = link.get("href") or ""
        words = " ".join([str(link.text_content()), *(i.get("alt") or "" for i in link.iter("img"))]).strip()
        seen = (Evidence(Sign.NAMED, href, words), *tag_of(link))
        if not words:
            yield Violation("TS405", f"the link to {href} has no words", "", (Evidence(Sign.LINK, href), *seen))
        if words.lower().rstrip(".!:") in empty:
            yield Violation("TS405", f"the link '{words}' does not say where it leads", "name what is there", seen)
        button = any("btn" in (cell.get("class") or "").split() for cell in link.iterancestors("td"))
        brand = "plain" in (link.get("class") or "").split()
        decoration = declarations(link.get("style") or "").get("text-decoration", "")
        if not button and not brand and "underline" not in decoration:
            yield Violation("TS405", f"the link '{words}' is not underlined", "", (*tag_of(link), *seen))


def size(letter: SentLetter) -> Iterator[Violation]:
    """E7: Gmail cuts a long letter off, and with it the link to unsubscribe."""
    count = len(letter.html.encode())
    message = f"the letter has {count // 1024} KB of HTML, Gmail cuts it off at {CLIPPED // 1024}"
    if count >= CLIPPED:
        yield Violation("TS407", message, "make it an article and link to it")
    elif count >= _LARGE:
        yield Violation("TS430", message, "make it an article and link to it")


def active_content(letter: SentLetter) -> Iterator[Violation]:
    """E14: nothing runs or watches; tracking values in our own addresses are an error, in others' a warning."""
    for element in letter.root.iter(
        "script", "form", "iframe", "object", "embed", "input", "video", "audio", "svg", "link"
    ):
        yield Violation("TS431", f"<{element.tag}> has no place in a letter", "", tag_of(element))
    for picture in letter.root.iter("img"):
        if {picture.get("width"), picture.get("height")} & {"0", "1"}:
            src = picture.get("src") or ""
            seen = (Evidence(Sign.PICTURE, src, picture.get("alt") or ""), *tag_of(picture))
            yield Violation("TS431", f"{src} is a tracking pixel by its size", "", seen)
    for link in letter.root.iter("a"):
        href = link.get("href") or ""
        words = str(link.text_content())
        seen = (Evidence(Sign.LINK, href, words), Evidence(Sign.NAMED, href, words))
        if not re.match(r"https?://[^/\s]|mailto:|tel:", href):
            message = f"the link to '{href}' leads nowhere from a letter"
            yield Violation("TS431", message, "write an absolute address", seen)
        if names := tracking_names(href):
            own = href.startswith(letter.settings.masthead.url)
            code, hint = ("TS431" if own else "TS414"), f"take out {', '.join(names)}"
            yield Violation(code, f"the link to '{href}' tracks", hint, seen)


# The markup that Outlook on Windows needs, which is drawn by Word.

_VOID = frozenset(
    "area base br col embed hr img input link meta source track wbr o:allowpng o:pixelsperinch".split()  # noqa: SIM905 - words read better in a row
)
_FOR_WORD = re.compile(r"<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_OUTLOOK = (text_of("[if mso]"), block("head"))
_HINT = "keep the comments <!--[if mso]> of email/base.html"


def word(letter: SentLetter) -> Iterator[Violation]:
    """E10: a table of the letter's width, which Word needs, and 96 dots an inch, which it takes from noscript only."""
    parts = "".join(_FOR_WORD.findall(letter.html))
    width = letter.settings.mail.page_width
    if not re.search(rf'<table\b[^>]*\bwidth="{width}"', parts):
        yield Violation(
            "TS410",
            f"Outlook gets no table of {width} px around the letter",
            _HINT,
            (text_of("[if mso]><table"), *_OUTLOOK),
        )
    if not re.search(r"<noscript>(?:(?!</noscript>).)*<o:PixelsPerInch>96<", parts, re.DOTALL):
        yield Violation("TS410", "Outlook is not told of 96 dots an inch inside <noscript>", _HINT, _OUTLOOK)


def balance(letter: SentLetter) -> Iterator[Violation]:
    """E10: elements nest in what Outlook sees too."""
    seen = _FOR_WORD.sub(r"\1", letter.html)
    seen = re.sub(r"<!--.*?-->|<(style|title|xml)\b.*?</\1>", "", seen, flags=re.DOTALL)
    open_: list[str] = []
    for closing, name, self_closed in re.findall(r"<(/?)([a-zA-Z][\w:]*)[^>]*?(/?)>", seen):
        tag = name.lower()
        if tag in _VOID or self_closed:
            continue
        if not closing:
            open_.append(tag)
        elif not open_ or open_.pop() != tag:
            yield Violation("TS410", f"</{tag}> closes another element", "", (text_of(f"</{tag}>"),))
            return
    if open_:
        yield Violation("TS410", f"<{open_[-1]}> is never closed", "", (Evidence(Sign.TAG, open_[-1]),))


def cells(letter: SentLetter) -> Iterator[Violation]:
    """E10: Word pads table cells and nothing else, and knows no blockquote."""
    for quote in letter.root.iter("blockquote"):
        message = f"a quotation is no table: '{words_in(quote)[:40]}'"
        yield Violation("TS410", message, "write a table with one cell", tag_of(quote))
    for element in letter.root.iter():
        if not isinstance(element.tag, str) or element.tag in ("td", "th"):
            continue
        style = declarations(element.get("style") or "")
        if not any(name.startswith("padding") and re.search("[1-9]", value) for name, value in style.items()):
            continue
        cell = next(element.iterancestors("td"), None)
        if element.tag != "a" or cell is None:
            message = f"<{element.tag}> has padding, which Outlook ignores"
            yield Violation("TS410", message, "put it on a table cell", tag_of(element))
        elif not cell.get("bgcolor") or "mso-padding-alt" not in declarations(cell.get("style") or ""):
            message = f"the button '{words_in(element)[:40]}' lacks bgcolor or mso-padding-alt on its cell"
            yield Violation("TS410", message, "use ui.button", (*words_of(element), *tag_of(cell)))


# Words: the line beside the subject, the text part, the imprint.

_IMPRINT = (block("imprint"), Evidence(Sign.KEY, "postal_address"))
_PADDING = re.compile("[\u034f\u200c\u00a0\u2007\ufeff\\s]+")
_MARKDOWN = re.compile(r"\A\s*(?:#{1,6} |> |```)|\*\*\w|\w\*\*|\b__\w|\]\((?=\S)")
_VERBATIM = frozenset({"code", "kbd", "samp", "style", "title"})


def preheader(letter: SentLetter) -> Iterator[Violation]:
    """E13: the line beside the subject, hidden by ``display:none`` alone, and padded."""
    hidden = [e for e in letter.root.iter("div", "span") if "display:none" in (e.get("style") or "").replace(" ", "")]
    if not hidden:
        yield Violation(
            "TS413",
            "the letter has no hidden line for inboxes to show",
            "keep the element 'preheader' of email/base.html",
            (Evidence(Sign.TAG, "div", 'class="preheader'), text_of("preheader"), block("body")),
        )
        return
    whole = str(hidden[0].text_content())
    words = _PADDING.sub(" ", whole).strip()
    least, most = PREHEADER
    if not least <= columns(words) <= most:
        yield Violation(
            "TS220",
            f"the line that inboxes show has {columns(words)} characters",
            f"{least} to {most} fill the line beside the subject",
            (Evidence(Sign.KEY, "preheader"), text_of(words), Evidence(Sign.KEY, "description")),
        )
    if len(whole) < most:
        yield Violation(
            "TS413",
            "nothing keeps the letter's beginning out of the inbox line",
            "put {{ padding }} after the preheader",
            (Evidence(Sign.TAG, "div", 'class="preheader'), text_of("preheader"), block("body")),
        )


def text_part(letter: SentLetter) -> Iterator[Violation]:
    """E15: no Markdown is left in the words of the letter, and the text part has its title.

    Words are looked at in the tree, which knows what is code.
    """
    body = letter.root.find("body")
    for words in _words(body) if body is not None else ():
        if mark := _MARKDOWN.search(words):
            message = f"the text part holds Markdown: '{mark[0].strip()}'"
            hint = "is it written as Markdown in a place that is not?"
            yield Violation("TS415", message, hint, (text_of(words[mark.start() :]), text_of(words)))
    title = letter.root.find(".//h1")
    if title is not None:
        words = words_in(title)
        if words not in " ".join(letter.text.split()):
            yield Violation("TS415", f"the text part has not the title '{words}'", "", (text_of(words),))


def _words(element: HtmlElement) -> Iterator[str]:
    """Texts below an element that are no code."""
    if not isinstance(element.tag, str) or element.tag in _VERBATIM or "code" in (element.get("class") or "").split():
        return
    yield element.text or ""
    for child in element:
        yield from _words(child)
        yield child.tail or ""


def fields(letter: SentLetter) -> Iterator[Violation]:
    """E17, E18: the subject is one line, whatever fills its merge fields."""
    if re.search(r"[\r\n\0]", letter.subject):
        yield Violation("TS417", "the subject holds a line break", "", (Evidence(Sign.KEY, "subject"),))


def imprint(letter: SentLetter) -> Iterator[Violation]:
    """E21: the postal address and the ways to unsubscribe that are set up, in both parts, and last in the text part.

    Where none is set up there is none to show, and the letter goes to no reader (`tipsheet.delivery.gate`).
    """
    settings = letter.settings
    address = " ".join(settings.masthead.postal_address.split())
    parts = {"HTML part": str(letter.root.text_content()), "text part": letter.text}
    for name, part in parts.items():
        if not address or address not in " ".join(part.split()):
            hint = "set postal_address in mkdocs.yml, and show it"
            yield Violation("TS421", f"the {name} has no postal address", hint, _IMPRINT)
    if not letter.leave:
        return
    leaving = settings.leaving
    hrefs = [link.get("href") or "" for link in letter.root.iter("a")]
    last = letter.text.rstrip("\n").split("\n")[-8:]  # four ways; from right to left each has its name above it
    ways = ((leaving.url, leaving.url), (leaving.mailto, leaving.address))
    for link, words in ([way.partition("@@token@@")[0] for way in pair] for pair in ways):
        if link and not any(href.startswith(link) for href in hrefs):
            hint = "show letter.unsubscribe, and letter.leaving.mailto beside it"
            yield Violation("TS421", "the HTML part has no link to unsubscribe", hint, _IMPRINT)
        if words and not any(words in line for line in last):
            yield Violation("TS421", "the text part does not end in the address to unsubscribe", "", _IMPRINT)
