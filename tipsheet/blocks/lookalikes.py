"""Lines that look like the fence of a block and have opened none (K2).

A passage whose fence is misspelt would be printed for everyone. So a fence in prose is an error, in the source, where
its line is known, and once more in what came out, for whatever a program has made of the text.
"""

import re
from collections.abc import Collection, Iterator

import lxml.etree
from lxml.html import HtmlElement

from tipsheet.problems import did_you_mean

__all__ = ["fences_in_prose", "suspicious"]

_SLASHES = "/\u2044\u2215\u29f8\uff0f"
"""The solidus, and what looks like it."""
_SLASH = re.compile(f"[{_SLASHES}]")
_BEFORE = r"[\s\u00ad\u200b-\u200f\u2060\ufeff>*+:.)\d#\\\-]*"
"""White space seen and unseen, and the signs of lists, quotations, definitions and headings."""
_THREE = re.compile(rf"{_BEFORE}[{_SLASHES}]{{3,}}[ \t]*(?P<name>[A-Za-z][\w-]*)?")
_FEW = re.compile(
    rf"{_BEFORE}(?:[{_SLASHES}][ \t\u00a0\u200b]*){{2,}}(?P<name>[A-Za-z][\w-]*)[ \t\u00a0]*(?P<sign>[|{{]|$)?"
)
_WITHIN = re.compile(r"/{3,}[ \t]*([A-Za-z][\w-]*)[ \t]*[|{]")
_INLINE = frozenset(
    ["a", "abbr", "b", "cite", "del", "em", "i", "img", "ins", "mark", "q", "s", "small", "span", "strike", "strong",
     "sub", "sup", "u"]
)  # fmt: skip
_CODE = frozenset({"pre", "code", "kbd", "samp"})


def suspicious(line: str, names: Collection[str]) -> str | None:
    """Tell whether a line of prose looks like a fence: what it may have meant, "" for nothing near, or None."""
    if not _SLASH.search(line):
        return None
    for part in line.splitlines():
        if found := _THREE.match(part):
            name = (found["name"] or "").lower()
            return name if name in names else did_you_mean(name, names) if name else ""
        if found := _FEW.match(part):
            name = found["name"].lower()
            meant = name if name in names and found["sign"] is not None else ""
            if meant or (found["sign"] in {"|", "{"} and (meant := did_you_mean(name, names))):
                return meant
        for within in _WITHIN.finditer(part):
            if within[1].lower() in names:
                return within[1].lower()
    return None


def fences_in_prose(root: HtmlElement, html: str, names: Collection[str]) -> Iterator[str]:
    """Every line of the text that looks like a fence, outside of code; of comments and attributes too."""
    if not _may_hold_one(html):
        return
    for line in "".join(_pieces(root)).split("\n"):
        if suspicious(line, names) is not None:
            yield line.strip()


def _may_hold_one(html: str) -> bool:
    """Almost no text has two slashes but in an address."""
    return "//" in html.replace("://", "") or any(sign in html for sign in ("&#", "&sol", "/ /", *_SLASHES[1:]))


def _pieces(root: HtmlElement) -> Iterator[str]:
    """The prose, with line breaks between blocks."""
    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "end":
            if element is not root:
                yield "" if element.tag in _INLINE else "\n"
                if not _in_code(element, root):
                    yield element.tail or ""
            continue
        if not isinstance(element.tag, str):
            yield f"\n{element.text or ''}\n{element.tail or ''}"
            continue
        yield from (f"\n{value}\n" for value in element.attrib.values() if "/" in value and "://" not in value)
        yield "" if element.tag in _INLINE else "\n" if element.tag not in _CODE else "\ufffc"
        if element.tag not in _CODE and not _in_code(element, root):
            yield element.text or ""


def _in_code(element: HtmlElement, root: HtmlElement) -> bool:
    return any(parent.tag in _CODE for parent in element.iterancestors() if parent is not root)
