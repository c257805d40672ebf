"""The Python-Markdown extension ``tipsheet.blocks``: blocks and credited images in any Markdown program.

With ``bare`` every block becomes a ``div`` that only carries the index of its header, which is what
the reader of a publication takes apart; with ``public`` what is meant for segments is left out,
which is how ordinary pages of a site are made.
"""

import itertools
import re
import xml.etree.ElementTree as etree
from typing import Any

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pymdownx.blocks import BlocksExtension as PymdownxBlocks
from pymdownx.blocks import BlocksProcessor
from pymdownx.blocks.block import Block

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.kind import Header
from tipsheet.blocks.lists import Joiner, ListProcessor, Sweeper, commonmark_lists
from tipsheet.blocks.syntax import MARKER, Scan
from tipsheet.model.audience import PUBLIC, visible

__all__ = ["INDEX", "BlocksExtension"]

INDEX = "data-tipsheet"
BEFORE_FENCES = 27
"""Above superfences (25), so that code fences are still to be seen, below whitespace (30)."""
AFTER_FENCES = 5
"""Below superfences (25) and HTML (20): what is left is Markdown."""
BEFORE_PARAGRAPHS = 89
"""Below pymdownx.blocks (89.99), which must first give a list to the block it stands in."""
BEFORE_ATTRIBUTES = 9
AFTER_ATTRIBUTES = 7
"""Below attr_list (8) and inline patterns (20): images are elements by then."""

_ATTRIBUTE = r"""(?:[.#][\w-]+|[\w:.-]+=(?:"[^"]*"|'[^']*'|[^\s"'{}]+))"""
ATTRIBUTES = rf"\{{:?\s*({_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*)\s*\}}"
AT_START = re.compile(rf"^{ATTRIBUTES}")
AT_END = re.compile(rf"\s+{ATTRIBUTES}\s*$")


class _Scanner(Preprocessor):
    def __init__(self, md: Markdown, extension: "BlocksExtension") -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, lines: list[str]) -> list[str]:
        path, first_line = self.extension.source
        self.extension.scan = scan_blocks("\n".join(lines), path, first_line)
        return commonmark_lists(self.extension.scan.text).split("\n")


class _Marker(Block):  # type: ignore[misc]  # pymdownx has no types
    """The one pymdownx block: its argument is the index of a header that `syntax` has read."""

    NAME = MARKER
    ARGUMENT = True

    def on_create(self, parent: etree.Element) -> etree.Element:
        extension: BlocksExtension = self.config["extension"]
        header = extension.scan.headers[int(self.argument)]
        if extension.getConfig("bare"):
            return etree.SubElement(parent, "div", {INDEX: str(header.index)})
        element = header.kind.element(header, parent)
        extension.elements.append((header, element))
        return element


class _Attributes(Treeprocessor):
    """Attribute lists that a formatter has wrapped, put back where attr_list looks for them.

    That of a block stands on a line of its own in the source; one with a space before it at the end
    of a paragraph is the same. None may be broken over two lines.
    """

    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.tail and element.tail.startswith("{"):
                element.tail = AT_START.sub(lambda found: _written(found[1]), element.tail)
            if element.tag in {"p", "li"}:
                lead = list(itertools.takewhile(lambda child: child.tag not in {"ul", "ol"}, element))
                if not lead and element.text:
                    element.text = AT_END.sub(lambda found: "\n" + _written(found[1]), element.text)
                elif lead and lead[-1].tail:
                    lead[-1].tail = AT_END.sub(lambda found: "\n" + _written(found[1]), lead[-1].tail)


def _written(attributes: str) -> str:
    return f"{{ {' '.join(attributes.split())} }}"


class _Figures(Treeprocessor):
    """An image alone in its paragraph, with a title, becomes a figure; the title is its credit."""

    def run(self, root: etree.Element) -> None:
        for parent in list(root.iter()):
            for paragraph in list(parent):
                if paragraph.tag == "p" and (image := _lone_image(paragraph)) is not None and image.get("title"):
                    credit = image.attrib.pop("title")
                    paragraph.tag = "figure"
                    paragraph.set("class", "ts-figure")
                    etree.SubElement(paragraph, "figcaption").text = credit


class _Public(Treeprocessor):
    """Takes away what a visitor of the public site may not see, or is in doubt: a block with mistakes."""

    def __init__(self, md: Markdown, extension: "BlocksExtension") -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, root: etree.Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        for header, element in self.extension.elements:
            public = header.options is not None and visible((header.audience,), PUBLIC)
            if not public and element in parents:
                parents[element].remove(element)


def _lone_image(paragraph: etree.Element) -> etree.Element | None:
    children = list(paragraph)
    alone = len(children) == 1 and not (paragraph.text or "").strip() and not (children[0].tail or "").strip()
    return children[0] if alone and children[0].tag == "img" else None


class BlocksExtension(PymdownxBlocks):  # type: ignore[misc]  # pymdownx has no types
    """Registers the scanner, the block and the figures with a Markdown program."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "bare": [False, "leave only marks where blocks stand"],
            "public": [False, "leave out what is meant for segments"],
        }
        self.source = ("", 1)
        self.scan = Scan("", (), ())
        self.elements: list[tuple[Header, etree.Element]] = []
        super().__init__(**options)

    def extendMarkdownBlocks(self, md: Markdown, block_mgr: BlocksProcessor) -> None:  # noqa: N802 - pymdownx names it
        """Register with Python-Markdown."""
        block_mgr.register(_Marker, {"extension": self})
        md.preprocessors.register(_Scanner(md, self), "tipsheet-blocks", BEFORE_FENCES)
        md.preprocessors.register(Joiner(md), "tipsheet-joiner", AFTER_FENCES)
        md.parser.blockprocessors.register(ListProcessor(md.parser), "tipsheet-lists", BEFORE_PARAGRAPHS)
        md.postprocessors.register(Sweeper(md), "tipsheet-sweeper", AFTER_FENCES)
        md.treeprocessors.register(_Attributes(md), "tipsheet-attributes", BEFORE_ATTRIBUTES)
        md.treeprocessors.register(_Figures(md), "tipsheet-figures", AFTER_ATTRIBUTES)
        if self.getConfig("public"):
            md.treeprocessors.register(_Public(md, self), "tipsheet-public", AFTER_ATTRIBUTES - 1)
        md.registerExtension(self)

    def reset(self) -> None:
        """Forget the last text."""
        self.scan = Scan("", (), ())
        self.elements.clear()


def makeExtension(**options: Any) -> BlocksExtension:  # noqa: N802 - Python-Markdown looks for this name
    """Make the extension for ``markdown.Markdown(extensions=["tipsheet.blocks.extension"])``."""
    return BlocksExtension(**options)
