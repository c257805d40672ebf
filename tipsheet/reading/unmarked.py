"""Text without a mark of Markdown, which neither block processors nor inline patterns need look at.

Python-Markdown asks some twenty block processors about each block and tries some twenty patterns on each piece of
text, which is a third of a build from nothing. Most blocks are plain paragraphs, and in most paragraphs stands nothing
that a pattern could match; those are told in one look.
"""

import re
import xml.etree.ElementTree as etree

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from tipsheet.blocks.containers import Where

__all__ = ["UnmarkedExtension", "pass_over"]

_MARKED = re.compile(r"""[^\w \n.,;:'"()?!%\u2010-\u2015\u2018-\u201f\u2026\xab\xbb-]|_|  \n|(?i:www)\.|://""")
"""What some pattern of `tipsheet.reading.body.DIALECT` begins with, and every character that is not known."""
_PARAGRAPH = re.compile(r"[A-Za-z][^\n|\x02]*(?:\n[A-Za-z][^\n|\x02]*)*")
"""A block of which every line begins with a letter and none can be a row of a table or hold what is kept aside."""
BEFORE_PROCESSORS = 1000
BEFORE_PATTERNS = 21
"""Above inline patterns (20)."""


class _Unmarked(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and not _MARKED.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _MARKED.search(element.tail):
                element.tail = AtomicString(element.tail)


_FENCE = re.compile("```|~~~")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


class _Paragraph(BlockProcessor):
    def test(self, _parent: etree.Element, block: str) -> bool:
        return _PARAGRAPH.fullmatch(block) is not None and not self.parser.state.isstate("list")

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        etree.SubElement(parent, "p").text = blocks.pop(0)


class UnmarkedExtension(Extension):
    """Marks such text as finished; only beside extensions of the dialect, since others have patterns of their own."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown."""
        md.parser.blockprocessors.register(_Paragraph(md.parser), "tipsheet-paragraph", BEFORE_PROCESSORS)
        md.treeprocessors.register(_Unmarked(md), "tipsheet-unmarked", BEFORE_PATTERNS)


def pass_over(md: Markdown) -> None:
    """Have fences and the table of contents looked for only where there can be one.

    Blocks are converted one by one, and most are short: these took a good part of their time. Call it when all
    extensions are registered; priorities are those of Python-Markdown and superfences.
    """
    fences, toc = md.preprocessors["fenced_code_block"], md.treeprocessors["toc"]
    md.preprocessors.register(Where(md, fences, _FENCE), "fenced_code_block", 25)
    md.treeprocessors.register(_Contents(md, toc), "toc", 5)


class _Contents(Treeprocessor):
    def __init__(self, md: Markdown, inner: Treeprocessor) -> None:
        super().__init__(md)
        self.inner = inner

    def run(self, root: etree.Element) -> None:
        if any(e.tag in _HEADINGS or "[TOC]" in (e.text or "") for e in root.iter()):
            self.inner.run(root)
