"""Text without a mark of Markdown, which inline patterns need not look at.

Python-Markdown tries some twenty patterns on each piece of text, which is a fifth of a build from nothing. In
most paragraphs stands nothing that any of them could match, and those are told in one look.
"""

import re
import xml.etree.ElementTree as etree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

__all__ = ["UnmarkedExtension"]

_MARKED = re.compile(r"""[^\w \n.,;:'"()?!%\u2010-\u2015\u2018-\u201f\u2026\xab\xbb-]|_|  \n|(?i:www)\.|://""")
"""What some pattern of `tipsheet.reading.body.DIALECT` begins with, and every character that is not known."""
BEFORE_PATTERNS = 21
"""Above inline patterns (20)."""


class _Unmarked(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and not _MARKED.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _MARKED.search(element.tail):
                element.tail = AtomicString(element.tail)


class UnmarkedExtension(Extension):
    """Marks such text as finished; only beside extensions of the dialect, since others have patterns of their own."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown."""
        md.treeprocessors.register(_Unmarked(md), "tipsheet-unmarked", BEFORE_PATTERNS)
