"""Shortcuts through Python-Markdown: parts of it that can find nothing in a text are not asked about it.

Python-Markdown asks some fifteen block processors about each block, tries a dozen patterns on each piece of text, and
walks over the elements a dozen times. Most blocks are plain paragraphs, most paragraphs hold nothing that a pattern
could match, and texts are short, since each block is converted by itself. Shortcuts change no output: they know the
extensions of `tipsheet.reading.conversion.DIALECT` and are taken only beside these.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Iterable
from typing import Any

from markdown import Markdown
from markdown.extensions.toc import unique
from markdown.preprocessors import NormalizeWhitespace, Preprocessor
from markdown.treeprocessors import Treeprocessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

__all__ = ["Shortcuts"]

_UNMARKED = re.compile(r"""[\w \n.,;:'"()?!%\u2010-\u2015\u2018-\u201f\u2026\xab\xbb-]*""")
"""Characters with which no pattern of the dialect begins, but for the underscore, a break and ``www.``."""
_LINE = r"(?:[A-Za-z]|\*{1,2}[A-Za-z])[^\n|\x02]*"
_PARAGRAPH = re.compile(rf"{_LINE}(?:\n{_LINE})*")
"""A block of which every line begins with a word and none can be a row of a table or hold a placeholder."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PLAIN = re.compile(r"[^&<>@{\x02\x03\ufdd0-\ufdd3]*")
"""Words of a heading that no postprocessor changes."""

_WHITESPACE = ("\x02", "\x03", "\r", "\t", " \n")
"""Signs of a text that has not been through `tipsheet.blocks.passages.normalised`, or that ends lines in blanks."""
_FENCES = ("```", "~~~")
PATTERNS = {
    "tipsheet-literal": ("\\", "`", "<", "]("),
    "escape": ("\\",),
    "footnote": ("[^",),
    "link": ("[",),
    "image_link": ("![",),
    "magic-link": ("://", "www."),
    "magic-mail": ("@",),
    "entity": ("&",),
    "em_strong": ("*", "_"),
    "delimiter": ("~",),
    "linebreak": (" \n", "\t\n", "\\"),
}
"""Inline patterns by name, with the signs of which a source must hold one for them to match anywhere in it."""
PROCESSORS = {
    "task-list": (25, ("[ ]", "[x]")),
    "tipsheet-attributes": (9, ("{", "&")),
    "attr_list": (8, ("{", "&")),
    "tipsheet-figures": (7, ("![",)),
}
"""Tree processors by name, with their priorities and the signs of which a source must hold one for them to do any."""


class Shortcuts:
    """Shortcuts of one Markdown program, whose extensions must all be registered; `begin` comes before each text."""

    def __init__(self, md: Markdown) -> None:
        self.source = ""
        self.parser = md.parser
        self.parser.parseBlocks = self._parse  # type: ignore[method-assign]
        self._processors = list(md.parser.blockprocessors)
        fences, toc = md.preprocessors["fenced_code_block"], md.treeprocessors["toc"]
        md.preprocessors.register(_Whitespace(md, self), "normalize_whitespace", 30)
        md.preprocessors.register(_Fences(md, fences, self), "fenced_code_block", 25)
        for name, (priority, signs) in PROCESSORS.items():
            md.treeprocessors.register(_Only(md, md.treeprocessors[name], self, signs), name, priority)
        md.treeprocessors.register(_Unmarked(md), "tipsheet-unmarked", 21)
        md.treeprocessors.register(_Contents(md, toc), "toc", 5)
        md.treeprocessors.register(_Unescape(md), "unescape", 0)
        registered = md.inlinePatterns
        known = {registered[name]: signs for name, signs in PATTERNS.items() if name in registered}
        self._patterns = [(pattern, known.get(pattern, ("",))) for pattern in registered]
        self._inline: Any = md.treeprocessors["inline"]

    def begin(self, source: str) -> None:
        """Choose the patterns that are tried on this text; none can see what an earlier one has replaced."""
        self.source = source.lower()
        self._inline.inlinePatterns = [pattern for pattern, signs in self._patterns if self.hold(signs)]

    def hold(self, signs: Iterable[str]) -> bool:
        """Tell whether one of these signs, in small letters, stands in the source."""
        return any(sign in self.source for sign in signs)

    def _parse(self, parent: etree.Element, blocks: list[str]) -> None:
        """Parse blocks as `BlockParser.parseBlocks` does; blank lines and plain paragraphs ask no processor."""
        while blocks:
            block = blocks[0]
            if not block.startswith("\n") and block:
                if _PARAGRAPH.fullmatch(block) and not self.parser.state.isstate("list"):
                    etree.SubElement(parent, "p").text = blocks.pop(0)
                    continue
            elif not len(parent) or parent[-1].tag != "pre":  # in code, blank lines count
                blocks[0] = block.lstrip("\n")
                if not blocks[0]:
                    del blocks[0]
                continue
            for processor in self._processors:
                if processor.test(parent, blocks[0]) and processor.run(parent, blocks) is not False:
                    break


class _Whitespace(NormalizeWhitespace):
    """The processor of Python-Markdown, for texts that have something to normalise."""

    def __init__(self, md: Markdown, shortcuts: Shortcuts) -> None:
        super().__init__(md)
        self.shortcuts = shortcuts

    def run(self, lines: list[str]) -> list[str]:
        regular = not self.shortcuts.hold(_WHITESPACE) and not self.shortcuts.source.endswith(" ")
        return [*lines, "", ""] if regular else super().run(lines)


class _Fences(Preprocessor):
    """The processor of superfences, only where there may be a fence."""

    def __init__(self, md: Markdown, inner: Preprocessor, shortcuts: Shortcuts) -> None:
        super().__init__(md)
        self.inner, self.shortcuts = inner, shortcuts

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)  # superfences looks up its own preprocessor by name

    def run(self, lines: list[str]) -> list[str]:
        return self.inner.run(lines) if self.shortcuts.hold(_FENCES) else lines


class _Unmarked(Treeprocessor):
    """Texts without a mark are declared finished, before inline patterns (20)."""

    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and _is_unmarked(element.text):
                element.text = AtomicString(element.text)
            if element.tail and _is_unmarked(element.tail):
                element.tail = AtomicString(element.tail)


def _is_unmarked(text: str) -> bool:
    unmarked = _UNMARKED.fullmatch(text) and "_" not in text and "  \n" not in text
    return bool(unmarked) and "www." not in text.lower()


class _Only(Treeprocessor):
    """Another processor, run only on texts whose source holds one of its signs."""

    def __init__(self, md: Markdown, inner: Treeprocessor, shortcuts: Shortcuts, signs: tuple[str, ...]) -> None:
        super().__init__(md)
        self.inner, self.shortcuts, self.signs = inner, shortcuts, signs

    def run(self, root: etree.Element) -> etree.Element | None:
        return self.inner.run(root) if self.shortcuts.hold(self.signs) else None


class _Contents(Treeprocessor):
    """The table of contents, only where its marker stands; elsewhere plain headings get the ids that it gives them."""

    def __init__(self, md: Markdown, inner: Any) -> None:
        super().__init__(md)
        self.inner = inner
        self.ids_only = not (inner.use_anchors or inner.use_permalinks or inner.base_level)

    def run(self, root: etree.Element) -> None:
        headings = [element for element in root.iter() if element.tag in _HEADINGS]
        marker = self.inner.marker or "[TOC]"
        if any(marker in (element.text or "") for element in root.iter()):
            self.inner.run(root)
        elif self.ids_only and all(map(_is_plain, headings)):
            used = {element.attrib["id"] for element in root.iter() if "id" in element.attrib} if headings else set()
            counters: dict[str, int] = {}
            for heading in headings:
                if "id" not in heading.attrib:
                    words = " ".join((heading.text or "").split())
                    slug = self.inner.slugify(words, self.inner.sep)
                    heading.set("id", unique(slug, used, counters))  # type: ignore[call-arg]  # since 3.11
        elif headings:
            self.inner.run(root)


def _is_plain(heading: etree.Element) -> bool:
    labelled = "data-toc-label" in heading.attrib
    return not labelled and not len(heading) and _PLAIN.fullmatch(heading.text or "") is not None


class _Unescape(UnescapeTreeprocessor):
    """The processor of Python-Markdown, for texts that hold an escaped character at all."""

    def unescape(self, text: str) -> str:
        return super().unescape(text) if STX in text else text
