"""The examples of the CommonMark specification, and a plain comparison of HTML that shares nothing with the witness."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import lxml.html
from lxml.html import HtmlElement

from tests.sample import ROOT

SPECIFICATION = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / ".ci/node_modules")) / "commonmark-spec/spec.txt"
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$|^#{1,6} +([^\n]+)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example: ``html`` is what the specification asks for."""

    number: int
    section: str
    text: str
    html: str


def examples() -> Iterator[Example]:
    """Every example of the specification, in its order, counted from 1."""
    section, number = "", 0
    specification = SPECIFICATION.read_text(encoding="utf-8").partition("<!-- END TESTS -->")[0]
    for found in _EXAMPLE.finditer(specification):
        if found[3]:
            section = found[3]
        else:
            number += 1
            text, html = (part.replace("→", "\t") for part in (found[1], found[2]))
            yield Example(number=number, section=section, text=text, html=html)


INLINE = frozenset({"a", "b", "br", "code", "del", "em", "i", "img", "span", "strong"})
UNSEEN = frozenset({"script", "style"})
PLAIN = frozenset({"thead", "tbody"})
FIGURE = re.compile(r'<figure class="ts-figure"><img ([^>]*)><figcaption>(.*?)</figcaption></figure>')
STRUCK = re.compile(r"(</?)s>")
STRONG = re.compile(r"<strong><em>((?:(?!</?em>).)*)</em></strong>", re.DOTALL)
AROUND = re.compile(r"\s*(</?(?!(?:a|b|code|em|i|strong|del|img)\b)[a-z0-9-]+>)\s*")


def outline(html: str) -> str:
    """The elements, words and targets of some HTML in a row, as it is shown.

    Blank space, other attributes, empty paragraphs and boxes, and links around their own address do not count, nor
    which of two is outside where text is strong and emphasised. Text that stands in no element is taken for a
    paragraph, and the credit of a figure for the title of its picture.
    """
    html = FIGURE.sub(r'<p><img \1 title="\2"></p>', html.strip())
    html = STRUCK.sub(r"\1del>", html)
    html = STRONG.sub(r"<em><strong>\1</strong></em>", html)
    body = lxml.html.document_fromstring(f"<html><body>{html}</body></html>").body
    row = AROUND.sub(r"\1", "".join(_parts(body, top=True)))
    row = re.sub(r"[ \t\n]+", " ", re.sub(r"\s+((</[a-z]+>)+</p>)", r"\1", row))
    return re.sub(r"<(p|div)> ?</\1>", "", re.sub(r"<(p|div)> ?</\1>", "", row)).strip()


def _parts(element: HtmlElement, *, top: bool = False) -> Iterator[str]:
    """Text and elements within; at the top, what is inline is put into paragraphs."""
    loose = ""
    yield from [] if top else [element.text or ""]
    loose += (element.text or "") if top else ""
    for child in element:
        shown = "".join(_element(child))
        if not top:
            yield shown + (child.tail or "")
        elif (
            not isinstance(child.tag, str)
            or child.tag in INLINE | UNSEEN
            or "-" in child.tag
            or len(child.tag) == len("bab")
        ):
            loose += shown + (child.tail or "")
        else:
            yield f"<p>{loose}</p>{shown}"
            loose = child.tail or ""
    yield f"<p>{loose}</p>" if top else ""


def _element(element: HtmlElement) -> Iterator[str]:
    tag = element.tag
    if not isinstance(tag, str) or tag in UNSEEN:
        return
    if tag in {"pre", "code"}:
        lines = element.text_content().expandtabs(4).strip("\n" if tag == "pre" else " \n").split("\n")
        code = "\\n".join(line.rstrip() for line in lines) if tag == "pre" else " ".join(lines)
        yield f"<{tag}>{code}</{tag}>"
        return
    text = _address(element.text_content())
    bare = (
        tag == "a" and not len(element) and _address(element.get("href")) in {text, f"mailto:{text}", f"http://{text}"}
    )
    box = bare or tag in PLAIN or (tag == "div" and element.get("class") == "highlight")
    targets = [_address(element.get(name)) for name in ("href", "src") if name in element.attrib]
    labels = [" ".join((element.get(name) or "").split()) for name in ("title", "alt") if element.get(name)]
    yield "" if box else f"<{tag}>" + "".join(f"[{word}]" for word in (*targets, *labels))
    yield from _parts(element)
    yield "" if box else f"</{tag}>"


def _address(written: str | None) -> str:
    return quote(written or "", safe="%!#$&*+,/:;=?@~()'")
