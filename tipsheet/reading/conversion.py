"""The Markdown converter of a publication: its extensions, its shortcuts, the time that it may take, its faults."""

import re
import signal
import sys
import threading
import traceback
import xml.etree.ElementTree as etree
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.toc import unique
from markdown.preprocessors import NormalizeWhitespace, Preprocessor
from markdown.treeprocessors import Treeprocessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString

from tipsheet.blocks.extension import DialectExtension
from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where
from tipsheet.reading.inline import InlineExtension
from tipsheet.settings.config import loaded

__all__ = ["DIALECT", "Converter", "TooLongError", "bounded", "culprit", "fault_of"]

DIALECT: Mapping[str, Mapping[str, Any]] = {
    "attr_list": {},
    "footnotes": {"BACKLINK_TITLE": "Back to the text"},
    "md_in_html": {},
    "sane_lists": {},
    "tables": {},
    "toc": {"permalink": False},
    "pymdownx.highlight": {"use_pygments": False},
    "pymdownx.magiclink": {},
    "pymdownx.saneheaders": {},
    "pymdownx.superfences": {"relaxed_headers": True},
    "pymdownx.tasklist": {},
    "pymdownx.tilde": {"subscript": False},
    "tipsheet.reading.inline": {},
}
"""Extensions that every publication has (C12); mkdocs.yml adds others and sets options."""
SHORT, KEPT = 300, 1000
"""Characters of a text whose HTML is kept for when the same words come again, as in actions and notices; and texts."""


class Converter:
    """One Markdown program with the extensions of the house and those of mkdocs.yml, by name with their options.

    ``containers`` and ``fields`` tell of the lists and the merge fields of the text that was converted last.
    """

    def __init__(self, added: Mapping[str, Mapping[str, Any]]) -> None:
        dialect, names = DialectExtension(), [*DIALECT, *(name for name in added if name not in DIALECT)]
        configs = {name: {**DIALECT.get(name, {}), **loaded(added.get(name, {}))} for name in names}
        extensions = [_extension(name, configs[name]) if name in DIALECT else name for name in names]
        self.markdown = _Program(extensions=[dialect, *extensions], extension_configs=configs, output_format="html")
        # other extensions have patterns of their own, which shortcuts would pass over
        self._shortcuts = _Shortcuts(self.markdown) if len(names) == len(DIALECT) else None
        self._kept: dict[str, str] = {}
        self.containers = dialect.containers
        self.fields = next(one.fields for one in extensions if isinstance(one, InlineExtension))

    def convert(self, source: str, definitions: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The HTML of one text, and its link definitions; ``definitions`` are those of the text around it."""
        self.markdown.reset()
        if source in self._kept and not definitions:
            return self._kept[source], {}
        self.markdown.references.update(definitions)
        if self._shortcuts:
            self._shortcuts.begin(source)
        html, known = self.markdown.convert(source), dict(self.markdown.references)
        if self._shortcuts and len(source) <= SHORT and not (known or self.fields.written or self.containers.too_deep):
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[source] = html
        return html, known


class _Program(Markdown):
    """Python-Markdown, with the answer to a question kept that it asks of every element several times."""

    def __init__(self, **options: Any) -> None:
        self._levels: dict[Any, bool] = {}
        super().__init__(**options)
        self._levels.clear()  # extensions may have added elements

    def is_block_level(self, tag: Any) -> bool:
        """Tell whether an element of this tag is a block."""
        known = self._levels.get(tag)
        if known is None:
            known = self._levels[tag] = super().is_block_level(tag)
        return known


def _extension(name: str, config: Mapping[str, Any]) -> Extension:
    """An extension of ours; Markdown would look for its name in everything that is installed first."""
    module = import_module(name if "." in name else f"markdown.extensions.{name}")
    made: Extension = module.makeExtension(**config)
    return made


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


class _Shortcuts:
    """Shortcuts of one Markdown program, whose extensions must all be registered; `begin` comes before each text.

    Python-Markdown asks some fifteen block processors about each block, tries a dozen patterns on each piece of text,
    and walks over the elements a dozen times. Most blocks are plain paragraphs, most paragraphs hold nothing that a
    pattern could match, and texts are short, since each block is converted by itself. So parts that can find nothing
    in a text are not asked about it; no output changes. Parts of other extensions than those of `DIALECT` are unknown
    here, so shortcuts are taken only without such.
    """

    def __init__(self, md: Markdown) -> None:
        self.source = ""
        self._held: dict[tuple[str, ...], bool] = {}
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
        self._held.clear()
        self._inline.inlinePatterns = [pattern for pattern, signs in self._patterns if self.hold(signs)]

    def hold(self, signs: tuple[str, ...]) -> bool:
        """Tell whether one of these signs, in small letters, stands in the source.

        Each item of a list asks it, so that it looks through the source once only.
        """
        known = self._held.get(signs)
        if known is None:
            known = self._held[signs] = any(sign in self.source for sign in signs)
        return known

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

    def __init__(self, md: Markdown, shortcuts: _Shortcuts) -> None:
        super().__init__(md)
        self.shortcuts = shortcuts

    def run(self, lines: list[str]) -> list[str]:
        regular = not self.shortcuts.hold(_WHITESPACE) and not self.shortcuts.source.endswith(" ")
        return [*lines, "", ""] if regular else super().run(lines)


class _Fences(Preprocessor):
    """The processor of superfences, only where there may be a fence."""

    def __init__(self, md: Markdown, inner: Preprocessor, shortcuts: _Shortcuts) -> None:
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

    def __init__(self, md: Markdown, inner: Treeprocessor, shortcuts: _Shortcuts, signs: tuple[str, ...]) -> None:
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


_PLATFORM = sys.stdlib_module_names | {"markdown", "mkdocs", "yaml", "jinja2", "lxml", "markupsafe", "tipsheet"}
"""Packages that call extensions, or that extensions call: the fault is seldom theirs."""
_NAMED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"")


class TooLongError(BaseException):
    """The time for a text is over. No ``except Exception`` of an extension keeps it."""


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Raise TooLongError when what is done here takes more work of the processor than a text of this size may.

    The clock counts this process's own work, so that a busy machine makes no difference. Signals reach the main
    thread only; in another one there is no bound, and neither on systems without the signal.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGVTALRM"):
        yield
        return
    seconds = LIMITS["conversion"].value * (1 + size / 1_000_000)
    before = signal.signal(signal.SIGVTALRM, _over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)  # again, should a destructor swallow the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _over(_signal: int, _frame: FrameType | None) -> None:
    raise TooLongError


def culprit(error: BaseException) -> str:
    """The module in which an exception came up: of an extension or a plugin where one had a part in it."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    modules = [str(frame.f_globals.get("__name__", "")) for frame in reversed(frames)]
    foreign = (module for module in modules if module.partition(".")[0] not in _PLATFORM)
    extensions = (module for module in modules if module.startswith("markdown.extensions."))
    ours = (module for module in modules if module.partition(".")[0] in {"tipsheet", "markdown", "mkdocs"})
    return next(foreign, "") or next(extensions, "") or next(ours, modules[0] if modules else "")


def fault_of(error: BaseException, path: str, text: str, first_line: int) -> Problem:
    """A text that cannot be converted, at the first thing in it that the exception names."""
    if isinstance(error, TooLongError):
        limit = LIMITS["conversion"]
        message = f"the conversion of this text takes too long in {culprit(error)}: more than {limit}"
        return Problem(Where(path, first_line), "TS041", message, limit.remedy)
    words = " ".join(str(error).split())
    if isinstance(error, RecursionError):
        words = "it is nested too deep"
    at = next((i for match in _NAMED.finditer(words) if (i := text.find(match[1] or match[2])) >= 0), None)
    where = Where(path, first_line)
    if at is not None:
        where = Where(path, first_line + text.count("\n", 0, at), at - text.rfind("\n", 0, at))
    message = f"this text cannot be converted: {type(error).__name__} in {culprit(error)}: {words}"
    return Problem(where, "TS041", message, "mend what it names, or leave the extension out of mkdocs.yml")
