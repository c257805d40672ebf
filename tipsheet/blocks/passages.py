"""Texts that are converted each by itself, the document's own and that of every block, and their placeholders.

This is what keeps private text private. The cut is made before any Markdown is parsed, so whatever raw HTML, code
fences or extensions do inside one text, they cannot move text of another reader into it. In the text around a block
stands a placeholder, which must come out of the conversion once, as a paragraph of its own at the root; anything else
is an error, and nothing is published. So a wrong cut can damage a passage, which is reported, and cannot publish one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from tipsheet.blocks.kind import Header
from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where

__all__ = ["Block", "Text", "fragment", "normalised", "placeholder", "placeholders", "separate_ids"]

_BEGIN, _END = "\ufdd0", "\ufdd1"
"""Noncharacters of Unicode, which are taken out of every source, so that no text can forge a placeholder."""
_PLACEHOLDER = re.compile(rf"{_BEGIN}(\d+){_END}")
_NEW_LINES = re.compile(r"\r\n?")
_UNSEEN = f"\x02\x03{_BEGIN}{_END}"
_WITHOUT_UNSEEN = str.maketrans("", "", _UNSEEN)
_BLANK = re.compile(r"(?<=\n) +\n")
_DOCUMENT = re.compile(r"</?(?:html|head|body)(?=[\s/>])[^>]*>", re.IGNORECASE)
_PARSER = lxml.html.HTMLParser(huge_tree=True)
# programs that walk a tree by recursion need a Python frame for each level
_TOO_DEEP = lxml.etree.XPath(f"boolean({'/'.join(['*'] * (LIMITS['elements'].value + 1))})")


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be converted by itself.

    Its source has as many lines as in the file, where it begins at ``first_line``; a block in it is a placeholder with
    the block's index in ``blocks`` and blank lines.
    """

    source: str
    first_line: int
    blocks: tuple["Block", ...] = ()

    def all_blocks(self) -> Iterator["Block"]:
        """Every block in it, at any depth, in the order of the headers."""
        for block in self.blocks:
            yield block
            yield from block.text.all_blocks()


@dataclass(frozen=True, slots=True)
class Block:
    """A block with the text in it; ``header`` is None when there is no such kind of block."""

    name: str
    header: Header | None
    where: Where
    text: Text


def normalised(source: str) -> str:
    """The source as Python-Markdown reads it: LF, four columns a tab, no control characters that marks are made of."""
    if any(sign in source for sign in _UNSEEN):
        source = source.translate(_WITHOUT_UNSEEN)
    text = (_NEW_LINES.sub("\n", source) if "\r" in source else source).expandtabs(4)
    return _BLANK.sub("\n", text) if " \n" in text else text


def placeholder(index: int) -> str:
    """The text that stands for a block."""
    return f"{_BEGIN}{index}{_END}"


def fragment(html: str) -> HtmlElement:
    """The elements of a text below a ``div``, balanced by themselves; raises ValueError for what is no HTML at all."""
    # libxml2 drops what follows the end of a document, so a text has neither end nor beginning of one
    inner = _DOCUMENT.sub("", html) if "<" in html else html
    document = lxml.etree.fromstring(f"<html><body>{inner}", _PARSER)
    root = document.find("body") if document is not None else None
    if not isinstance(root, HtmlElement):
        raise ValueError("this is no text of a page")  # noqa: TRY004 - lxml finds no body in a frameset
    if _TOO_DEEP(root):
        raise ValueError(LIMITS["elements"].message)
    root.tag = "div"
    root.attrib.clear()
    return root


def placeholders(root: HtmlElement, html: str, text: Text) -> tuple[Mapping[HtmlElement, int], tuple[Problem, ...]]:
    """Find the paragraphs that stand for blocks, with the blocks' indexes, and a problem for each block without one."""
    if not text.blocks and _BEGIN not in html:
        return {}, ()
    met: dict[int, HtmlElement] = {}
    times = Counter(_PLACEHOLDER.findall(html))
    for child in root:
        if child.tag == "p" and not len(child) and not child.attrib:
            found = _PLACEHOLDER.fullmatch((child.text or "").strip())
            if found and times[found[1]] == 1:
                met[int(found[1])] = child
    placed = {paragraph: index for index, paragraph in met.items() if index < len(text.blocks)}
    lost = [block for index, block in enumerate(text.blocks) if index not in met]
    return placed, tuple(
        Problem(
            block.where,
            "TS112",
            f"the block '{block.name}' stands inside something else, such as HTML, a comment or another block",
            "end that first: a block stands by itself, with blank lines around it",
        )
        for block in lost
    )


def separate_ids(root: HtmlElement, taken: dict[str, set[str]], group: str) -> None:
    """Give the ids of a text names that no other text has which the same readers see.

    ``group`` names the readers, and is empty for everyone. Ids for everyone depend on texts for everyone alone, those
    of a group on these and its own, so that no address tells of text that its reader does not see. Links within the
    text follow. ``taken`` has the ids so far, by group.
    """
    renamed: dict[str, str] = {}
    mine = taken.setdefault(group, set())
    public = taken.setdefault("", set())
    for element in root.iter(lxml.etree.Element):
        name = element.get("id")
        if not name:
            continue
        wanted = unique = f"{name}-{group}" if group else name
        count = 0
        while unique in mine or unique in public:
            count += 1
            unique = f"{wanted}_{count}"
        mine.add(unique)
        if unique != name:
            renamed.setdefault(name, unique)
            element.set("id", unique)
    for link in root.iter("a") if renamed else ():
        fragment_of = (link.get("href") or "").removeprefix("#")
        if link.get("href") == f"#{fragment_of}" and fragment_of in renamed:
            link.set("href", f"#{renamed[fragment_of]}")
