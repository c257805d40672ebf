"""Shortcuts through Python-Markdown: parts of it that can find nothing in a text are not asked about it.

Python-Markdown asks some twenty block processors about each block, tries a dozen patterns on each piece of text, and
walks over the elements a dozen times. Most blocks are plain paragraphs, most paragraphs hold nothing that a pattern
could match, and texts are short, since each block is converted by itself. Shortcuts change no output: they know the
extensions of `tipsheet.reading.conversion.DIALECT` and are taken only beside these.
"""

import re
import xml.etree.ElementTree as etree
from typing import Any

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.toc import unique
from markdown.treeprocessors import Treeprocessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

from tipsheet.blocks.containers import Where

__all__ = ["Shortcuts"]

_MARKED = re.compile(r"""[^\w \n.,;:'"()?!%\u2010-\u2015\u2018-\u201f\u2026\xab\xbb-]|_|  \n|(?i:www)\.|://""")
"""The beginnings of every pattern of the dialect, and every character that is not known."""
_PARAGRAPH = re.compile(r"[A-Za-z][^\n|\x02]*(?:\n[A-Za-z][^\n|\x02]*)*")
"""A block of which every line begins with a letter and none can be a row of a table or hold a placeholder."""
_FENCE = re.compile("```|~~~")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN = re.compile(r"[^&<>@{\x02\x03\ufdd0-\ufdd3]*")
"""Words of a heading that no postprocessor changes."""

PATTERNS = {
    "tipsheet-literal": r"[\\`<]|\]\(",
    "escape": r"\\",
    "footnote": r"\[\^",
    "link": r"\[",
    "image_link": r"!\[",
    "magic-link": r"(?i:tps?://|www\.)",
    "magic-mail": "@",
    "entity": "&",
    "em_strong": r"[*_]",
    "delimiter": "~",
    "linebreak": r"  \n|\\",
}
"""Inline patterns by name, with what a text must hold for them to match anywhere in it."""
PROCESSORS = {
    "task-list": (r"\[[ xX]\]", 25),
    "tipsheet-attributes": (r"[{&]", 9),
    "attr_list": (r"[{&]", 8),
    "tipsheet-figures": (r"!\[", 7),
}
"""Tree processors by name, with what a text must hold for them to find anything, and their priorities."""


class Shortcuts:
    """Shortcuts of one Markdown program, whose extensions must all be registered."""

    def __init__(self, md: Markdown) -> None:
        self.source = ""
        md.parser.blockprocessors.register(_Paragraph(md.parser), "tipsheet-paragraph", 1000)
        fences = md.preprocessors["fenced_code_block"]
        md.preprocessors.register(Where(md, fences, _FENCE), "fenced_code_block", 25)
        for name, (sign, priority) in PROCESSORS.items():
            inner = _Only(md, md.treeprocessors[name], re.compile(sign), self)
            md.treeprocessors.register(inner, name, priority)
        md.treeprocessors.register(_Unmarked(md), "tipsheet-unmarked", 21)
        md.treeprocessors.register(_Contents(md, md.treeprocessors["toc"]), "toc", 5)
        md.treeprocessors.register(_Unescape(md), "unescape", 0)
        self._inline: Any = md.treeprocessors["inline"]
        names = {id(md.inlinePatterns[name]): re.compile(sign) for name, sign in PATTERNS.items()}
        self._patterns = [(pattern, names.get(id(pattern))) for pattern in md.inlinePatterns]

    def begin(self, source: str) -> None:
        """Choose what is asked about this text; what a pattern has replaced no later one can see."""
        self.source = source
        self._inline.inlinePatterns = [one for one, sign in self._patterns if sign is None or sign.search(source)]


class _Paragraph(BlockProcessor):
    def test(self, _parent: etree.Element, block: str) -> bool:
        return _PARAGRAPH.fullmatch(block) is not None and not self.parser.state.isstate("list")

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        etree.SubElement(parent, "p").text = blocks.pop(0)


class _Unmarked(Treeprocessor):
    """Texts without a mark are marked as finished, before inline patterns (20)."""

    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and not _MARKED.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _MARKED.search(element.tail):
                element.tail = AtomicString(element.tail)


class _Only(Treeprocessor):
    """Another processor, run only on texts whose source holds a sign."""

    def __init__(self, md: Markdown, inner: Treeprocessor, sign: re.Pattern[str], shortcuts: Shortcuts) -> None:
        super().__init__(md)
        self.inner, self.sign, self.shortcuts = inner, sign, shortcuts

    def run(self, root: etree.Element) -> etree.Element | None:
        return self.inner.run(root) if self.sign.search(self.shortcuts.source) else None


class _Contents(Treeprocessor):
    """The table of contents, only where its marker stands; elsewhere plain headings get the ids that it gives them."""

    def __init__(self, md: Markdown, inner: Any) -> None:
        super().__init__(md)
        self.inner = inner
        self.ids_only = not (inner.use_anchors or inner.use_permalinks or inner.base_level)

    def run(self, root: etree.Element) -> None:
        headings, marker = [], self.inner.marker or "[TOC]"
        for element in root.iter():
            if element.tag in _HEADINGS:
                headings.append(element)
            if marker in (element.text or ""):
                return self.inner.run(root)
        if not headings:
            return None
        if not self.ids_only or not all(map(_is_plain, headings)):
            return self.inner.run(root)
        used, counters = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}, {}
        for heading in headings:
            if "id" not in heading.attrib:
                words = " ".join((heading.text or "").split())
                heading.set("id", unique(self.inner.slugify(words, self.inner.sep), used, counters))


def _is_plain(heading: etree.Element) -> bool:
    return (
        not len(heading) and "data-toc-label" not in heading.attrib and _PLAIN.fullmatch(heading.text or "") is not None
    )


class _Unescape(UnescapeTreeprocessor):
    """The processor of Python-Markdown, for texts that hold an escaped character at all."""

    def unescape(self, text: str) -> str:
        return super().unescape(text) if STX in text else text
