"""Comparison of a text before and after it is imported: the same words, and the same links, on the page as well (I4).

What a page shows is read from its HTML as our own reading makes it; what the source said, from the source's HTML, or
from its Markdown by CommonMark's reference in Python, markdown-it-py.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from lxml.html import HtmlElement
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from tipsheet.blocks.commonmark import code_fences
from tipsheet.blocks.passages import fragment
from tipsheet.documents import FORBIDDEN

__all__ = ["Signature", "commonmark", "signature"]

_PARSER = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).use(footnote_plugin)
_WITH_TERMS = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).use(footnote_plugin)
_WITH_TERMS.use(deflist_plugin)
_NO_WORDS = re.compile("[\\s\u00a0\u200b\ufeff\ufdd0\u00ad\u2060]+")
_MARKS = frozenset({"footnote-ref", "footnote-backref", "footnote-anchor"})
AROUND = 24
"""Characters shown around a difference."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The words of some HTML without blanks, and the addresses of its links and pictures, in no order."""

    words: str
    links: frozenset[tuple[str, int]]
    pictures: frozenset[tuple[str, int]]

    def differences(self, other: "Signature") -> Iterator[str]:
        """Sentences about what ``other`` lacks or has more; none where both say the same."""
        if self.words != other.words:
            at = next((n for n, (a, b) in enumerate(zip(self.words, other.words, strict=False)) if a != b), None)
            at = min(len(self.words), len(other.words)) if at is None else at
            begin = max(at - AROUND // 2, 0)
            yield f"words: '{self.words[begin : at + AROUND]}' became '{other.words[begin : at + AROUND]}'"
        for name, mine, theirs in (("link", self.links, other.links), ("picture", self.pictures, other.pictures)):
            gone = sorted(address for address, _ in mine - theirs)
            if gone:
                yield f"{name}: {gone[0]}"

    def unknown_in(self, root: HtmlElement) -> Iterator[str]:
        """Relative addresses in a page that are not in this; those of elements that are no link and no picture too."""
        known = {address for address, _ in (*self.links, *self.pictures)}
        for element in root.iter():
            for address in filter(None, map(element.get, ("href", "src")) if isinstance(element.tag, str) else ()):
                plain = _plain_address(address)
                if not re.match(r"#|[A-Za-z][A-Za-z0-9+.-]*:|//", plain) and plain not in known:
                    yield plain


def commonmark(text: str, *, terms: bool = False) -> str:
    """The HTML of a Markdown text by the reference; footnotes, tables, struck text and, if asked, terms included."""
    if not terms:
        return str(_PARSER.render(text))
    return _JOINED_TERMS.sub(_apart, str(_WITH_TERMS.render(_with_joined_terms(text)))).replace(_NEXT_TERM, "\n")


_DEFINITION = re.compile(r" {0,3}:[ \t]+\S")
_TERM = re.compile(r" {0,3}(?![-+*][ \t]|[ >#|:=\t]|```|~~~|\d{1,9}[.)][ \t])\S")
_NEXT_TERM = "\ufdd6"
_JOINED_TERMS = re.compile(rf"<dt>([^{_NEXT_TERM}]*?{_NEXT_TERM}.*?)</dt>", re.DOTALL)


def _with_joined_terms(text: str) -> str:
    """The text with several terms of one definition on one line: the reference knows one, kramdown and others more."""
    text = text.replace(_NEXT_TERM, "")
    lines = text.split("\n")
    if not any(map(_DEFINITION.match, lines)):
        return text
    code = {number for fence in code_fences(lines) for number in range(fence.first, fence.end)}
    begin, joined = 0, set[int]()  # the first line of terms, and those that stand in another
    for number, line in enumerate(lines):
        if _TERM.match(line) and number not in code:
            continue
        blank = not line.strip()
        terms = number - begin
        below = lines[number + 1] if blank and number + 1 < len(lines) else line
        if terms > 1 and _DEFINITION.match(below) and (begin == 0 or not lines[begin - 1].strip()):
            lines[begin] = _NEXT_TERM.join(map(str.strip, lines[begin:number]))
            joined |= set(range(begin + 1, number))
        begin = number + 1
    return "\n".join(line for number, line in enumerate(lines) if number not in joined)


def _apart(found: re.Match[str]) -> str:
    """Each of the terms by itself; those with an element around the end of a line stay together."""
    terms = found[1].split(_NEXT_TERM)
    if any(len(re.findall(r"<\w", one)) - len(re.findall(r"<(?:img|br)\b", one)) != one.count("</") for one in terms):
        return found[0]
    return "\n".join(f"<dt>{one}</dt>" for one in terms)


def signature(html: str | HtmlElement) -> Signature:
    """The signature of some HTML. Raises ValueError for what is no HTML."""
    root = fragment(FORBIDDEN.sub("", html)) if isinstance(html, str) else html
    links: Counter[str] = Counter()
    pictures: Counter[str] = Counter()
    for element in root.iter("a", "img"):
        if element.tag == "img":
            _count(pictures, element.get("src"), "")
        elif not _is_mark(element) and (element.text_content().strip() or element.find(".//img") is not None):
            _count(links, element.get("href"), element.text_content())
    return Signature(_NO_WORDS.sub("", "".join(_walk(root))), frozenset(links.items()), frozenset(pictures.items()))


def _is_mark(element: HtmlElement) -> bool:
    """Return True for the mark of a footnote, the way back from one, and the credit below a picture.

    The former are signs and not words, and the latter is the title of the picture.
    """
    classes = (element.get("class") or "").split()
    around = element.getparent()
    credit = element.tag == "figcaption" and around is not None and around.get("class") == "ts-figure"
    inside = element.tag == "a" and around is not None and around.tag == "sup" and _is_mark(around)
    return credit or inside or (element.tag in ("a", "sup") and not _MARKS.isdisjoint(classes))


def _walk(element: HtmlElement) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in ("script", "style") or _is_mark(element):
        return
    yield element.text or ""
    for child in element:
        yield from _walk(child)
        yield child.tail or ""


def _plain_address(address: str) -> str:
    return unquote(address.strip()).removeprefix("site:")


def _count(counter: Counter[str], address: str | None, words: str) -> None:
    if not address:
        return
    plain = _plain_address(address)
    said = _NO_WORDS.sub("", words)
    if said not in {plain, address, plain.removeprefix("mailto:"), plain.removeprefix("http://")}:
        counter[plain] += 1
