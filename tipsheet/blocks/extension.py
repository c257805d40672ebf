"""Extensions of Python-Markdown: the dialect of our texts, and blocks in any Markdown program.

`DialectExtension` reads lists, quotations, fences and HTML as CommonMark does, and makes figures of credited images.
``tipsheet.blocks`` (`BlocksExtension`) adds blocks for programs that know nothing of passages, such as MkDocs where it
makes ordinary pages: the source is cut before it is parsed, and once its own text is converted each block's text is
converted by itself and replaces its placeholder. With ``public``, blocks for segments are left out.
"""

import html
import itertools
import re
import xml.etree.ElementTree as etree
from collections.abc import Callable
from functools import cached_property
from typing import Any, assert_never

import lxml.html
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE, STX

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.containers import (
    HOLDS_MARKDOWN,
    MARK,
    ContainerPreprocessor,
    Containers,
    Listing,
    Quotation,
    RawHtml,
)
from tipsheet.blocks.kind import framed
from tipsheet.blocks.passages import Block, Text, fragment, placeholders, separate_ids
from tipsheet.model.audience import PUBLIC, visible

__all__ = ["BlocksExtension", "DialectExtension", "OnlyWhere"]

FIRST = 1000
"""Before every other preprocessor."""
BEFORE_FENCES = 27
"""Above superfences (25), so that code fences are still to be seen, below whitespace (30)."""
HTML = 20
BEFORE_PARAGRAPHS = 89
"""Below blocks of pymdown-extensions (89.99), which must first give a list to the block it stands in."""
BEFORE_ATTRIBUTES = 9
AFTER_ATTRIBUTES = 7
"""Below attr_list (8) and inline patterns (20): images are elements by then."""
AFTER_ALL = 5
LAST = -1000

_ATTRIBUTE = r"""(?:[.#][\w-]+|[\w:.-]+=(?:"[^"]*"|'[^']*'|[^\s"'{}]+))"""
ATTRIBUTES = rf"\{{:?\s*({_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*)\s*\}}"
AT_START = re.compile(rf"^{ATTRIBUTES}")
AT_END = re.compile(rf"\s+{ATTRIBUTES}\s*$")
WRITTEN = re.compile(rf"<p>\s*{MARK.pattern}\s*</p>|{MARK.pattern}")


class OnlyWhere(Preprocessor):
    """A preprocessor that runs another one only on text in which a pattern is found."""

    def __init__(self, md: Markdown, inner: Preprocessor, sign: re.Pattern[str]) -> None:
        super().__init__(md)
        self.inner, self.sign = inner, sign

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)  # superfences asks its own preprocessor, found by name, for attributes

    def run(self, lines: list[str]) -> list[str]:
        """Run the other preprocessor, or return the lines as they are."""
        return self.inner.run(lines) if self.sign.search("\n".join(lines)) else lines


class ContainerProcessor(BlockProcessor):
    """Makes the elements of lists and quotations from their marks."""

    def __init__(self, md: Markdown, containers: Containers, name: str) -> None:
        super().__init__(md.parser)
        self.md, self.containers, self.name = md, containers, name

    def test(self, _parent: etree.Element, block: str) -> bool:
        """Return True for the mark of a list or a quotation."""
        found = MARK.fullmatch(block.strip())
        return found is not None and not isinstance(self.containers.found[int(found[1])], RawHtml)

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        """Make the element, with the texts in it parsed like any other."""
        found = MARK.fullmatch(blocks.pop(0).strip())
        container = self.containers.found[int(found[1])] if found else RawHtml("")
        match container:
            case Listing():
                element = etree.SubElement(parent, container.tag, {"start": container.start} if container.start else {})
                for text in container.items:
                    item = etree.SubElement(element, "li")
                    self.parse(item, text, "detabbed")
                    if container.tight:
                        _tighten(item)
            case Quotation():
                self.parse(etree.SubElement(parent, "blockquote"), container.text, "blockquote")
            case RawHtml():  # pragma: no cover - `test` has refused it
                pass
            case _:
                assert_never(container)

    def parse(self, parent: etree.Element, text: str, state: str) -> None:
        """Parse a text into an element: first the preprocessors that come after ours, then its blocks."""
        lines = text.split("\n")
        if "`" in text or "~" in text or "<" in text or self.others:
            for run in self.later:
                lines = run(lines)
        self.parser.state.set(state)
        self.parser.parseBlocks(parent, "\n".join(lines).split("\n\n"))
        self.parser.state.reset()

    @cached_property
    def later(self) -> list[Callable[[list[str]], list[str]]]:
        """The preprocessors after ours, which the text of an item has not gone through."""
        at = self.md.preprocessors.get_index_for_name(self.name)
        return [preprocessor.run for preprocessor in list(self.md.preprocessors)[at + 1 :]]

    @cached_property
    def others(self) -> bool:
        """True when an unknown extension has a preprocessor after ours: it may act on any text, so it is always run."""
        at = self.md.preprocessors.get_index_for_name(self.name)
        return not all(_names(self.md)[at + 1 :])


def _names(md: Markdown) -> list[str]:
    """The names of the preprocessors in their order, empty for one that is not known here."""
    registry = md.preprocessors
    known = ("fenced_code_block", "fenced_code", "html_block", "normalize_whitespace")
    by_index = {registry.get_index_for_name(name): name for name in known if name in registry}
    return [by_index.get(index, "") for index in range(len(registry))]


def _tighten(item: etree.Element) -> None:
    """Replace the ``p`` elements of an item by their text, as in a tight list."""
    before: etree.Element | None = None
    for child in list(item):
        text = (child.text or "").strip()
        held = HTML_PLACEHOLDER_RE.fullmatch(text) or MARK.fullmatch(text)
        if child.tag != "p" or child.attrib or len(child) or held:
            before = child
        elif before is None:
            item.text = f"{item.text}\n{child.text}" if item.text else child.text
            item.remove(child)
        else:
            before.tail = f"{before.tail or ''}\n{child.text or ''}"
            item.remove(child)


class RestPostprocessor(Postprocessor):
    """Replaces the marks that are left: raw HTML by itself, a list where nothing is parsed by its source."""

    def __init__(self, md: Markdown, containers: Containers) -> None:
        super().__init__(md)
        self.containers = containers

    def run(self, text: str) -> str:
        """Replace marks until none is left, since raw HTML may hold others."""
        while STX in text and (filled := WRITTEN.sub(self._written, text)) != text:
            text = filled
        return text

    def _written(self, mark: re.Match[str]) -> str:
        container = self.containers.found[int(mark[1] or mark[2])]
        return container.source if isinstance(container, RawHtml) else html.escape(container.source, quote=False)


class _Attributes(Treeprocessor):
    """Moves attribute lists that a formatter has wrapped to where attr_list looks for them.

    That of a block stands on a line of its own in the source; after a wrap it stands behind a space at the end of the
    paragraph. attr_list reads none that is broken over two lines.
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
    """Makes a figure of an image that is alone in its paragraph and has a title; the title is its credit."""

    def run(self, root: etree.Element) -> None:
        for parent in list(root.iter()):
            for paragraph in list(parent):
                if paragraph.tag == "p" and (image := _lone_image(paragraph)) is not None and image.get("title"):
                    credit = image.attrib.pop("title")
                    paragraph.tag = "figure"
                    paragraph.set("class", "ts-figure")
                    etree.SubElement(paragraph, "figcaption").text = credit


def _lone_image(paragraph: etree.Element) -> etree.Element | None:
    children = list(paragraph)
    alone = len(children) == 1 and not (paragraph.text or "").strip() and not (children[0].tail or "").strip()
    return children[0] if alone and children[0].tag == "img" else None


class DialectExtension(Extension):
    """Lists, quotations, fences and HTML as CommonMark reads them; `containers` are those of the last text."""

    def __init__(self, **options: Any) -> None:
        self.containers = Containers()
        self.md: Markdown | None = None
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown."""
        name = "tipsheet-containers"
        md.preprocessors.register(ContainerPreprocessor(md, self.containers), name, BEFORE_FENCES)
        processor = ContainerProcessor(md, self.containers, name)
        md.parser.blockprocessors.register(processor, name, BEFORE_PARAGRAPHS)
        md.postprocessors.register(RestPostprocessor(md, self.containers), name, AFTER_ALL)
        md.treeprocessors.register(_Attributes(md), "tipsheet-attributes", BEFORE_ATTRIBUTES)
        md.treeprocessors.register(_Figures(md), "tipsheet-figures", AFTER_ATTRIBUTES)
        md.registerExtension(self)
        self.md = md

    def reset(self) -> None:
        """Forget the last text."""
        self.containers.clear()
        if self.md is not None:  # Python-Markdown calls this first when all extensions are registered
            self.confine_html(self.md)

    @staticmethod
    def confine_html(md: Markdown) -> None:
        """Run Python-Markdown's own reader of HTML only on text with ``markdown`` attributes.

        All other HTML has been replaced by marks, and that reader takes a time that grows with the square of a line.
        """
        html = md.preprocessors["html_block"]
        if not isinstance(html, OnlyWhere):
            md.preprocessors.register(OnlyWhere(md, html, HOLDS_MARKDOWN), "html_block", HTML)


class BlocksExtension(DialectExtension):
    """The dialect, and blocks."""

    def __init__(self, **options: Any) -> None:
        self.config = {"public": [False, "leave out what is meant for segments"]}
        self.text = Text("", 1)
        self.inside = False
        """True while the text of a block is converted, which has been cut already."""
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown."""
        super().extendMarkdown(md)
        md.preprocessors.register(_Cut(md, self), "tipsheet-cut", FIRST)
        md.postprocessors.register(_Fill(md, self, public=bool(self.getConfig("public"))), "tipsheet-fill", LAST)


class _Cut(Preprocessor):
    """Cuts the source at its blocks; the text of a block, which has been cut already, is left as it is."""

    def __init__(self, md: Markdown, extension: BlocksExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, lines: list[str]) -> list[str]:
        if self.extension.inside:
            return lines
        self.extension.text = scan_blocks("\n".join(lines)).text
        return self.extension.text.source.split("\n")


class _Fill(Postprocessor):
    """Replaces each placeholder by its block, once the text around it is converted."""

    def __init__(self, md: Markdown, extension: BlocksExtension, *, public: bool) -> None:
        super().__init__(md)
        self.extension, self.public = extension, public

    def run(self, text: str) -> str:
        # toc runs postprocessors over single headings, too, in which no block stands
        if self.extension.inside or not PARAGRAPH.search(text):
            return text
        # other extensions keep results on the program (the title, the table of contents): those are of the outer text
        kept = [(vars(part), dict(vars(part))) for part in (self.md, *self.md.treeprocessors)]
        definitions = dict(self.md.references)
        taken: dict[str, set[str]] = {}
        separate_ids(fragment(text), taken, "")
        self.extension.inside = True
        try:
            return self.filled(self.extension.text, text, definitions, taken)
        finally:
            self.extension.inside = False
            for values, before in kept:
                values.update(before)

    def filled(self, text: Text, html: str, definitions: dict[str, Any], taken: dict[str, set[str]]) -> str:
        """The HTML of a text with its blocks; a block whose placeholder was moved elsewhere is left out."""
        met, _ = placeholders(fragment(html), html, text)
        found = dict.fromkeys(range(len(text.blocks)), "")
        for index in met.values():
            if not self.public or _is_public(text.blocks[index]):
                found[index] = self.block(text.blocks[index], definitions, taken) + "\n"
        return PARAGRAPH.sub(lambda mark: found.get(int(mark[1] or mark[2]), ""), html).strip()

    def block(self, block: Block, definitions: dict[str, Any], taken: dict[str, set[str]]) -> str:
        """A block in its element, with the blocks in it."""
        md = self.md
        md.reset()
        md.references.update(definitions)
        inner = md.convert(block.text.source)
        known = dict(md.references)
        root = fragment(inner)
        separate_ids(root, taken, "")
        balanced = (root.text or "") + "".join(lxml.html.tostring(child, encoding="unicode") for child in root)
        html = self.filled(block.text, balanced, known, taken)
        return framed(block.header, html) if block.header is not None else html


PARAGRAPH = re.compile("<p>\ufdd0(\\d+)\ufdd1</p>\\n?|\ufdd0(\\d+)\ufdd1")


def _is_public(block: Block) -> bool:
    header = block.header
    return header is not None and header.options is not None and visible((header.audience,), PUBLIC)


def makeExtension(**options: Any) -> BlocksExtension:  # noqa: N802 - Python-Markdown looks for this name
    """Make the extension for ``markdown.Markdown(extensions=["tipsheet.blocks.extension"])``."""
    return BlocksExtension(**options)
