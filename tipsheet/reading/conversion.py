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
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from tipsheet.blocks.containers import Where as WhereSigned
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


class Converter:
    """One Markdown program with the extensions of the house and those of mkdocs.yml, by name with their options.

    ``containers`` and ``fields`` tell of the lists and the merge fields of the text that was converted last.
    """

    def __init__(self, added: Mapping[str, Mapping[str, Any]]) -> None:
        dialect, names = DialectExtension(), [*DIALECT, *(name for name in added if name not in DIALECT)]
        configs = {name: {**DIALECT.get(name, {}), **loaded(added.get(name, {}))} for name in names}
        extensions = [_extension(name, configs[name]) if name in DIALECT else name for name in names]
        # others have patterns of their own, which shortcuts would pass over
        quick = [_Shortcuts()] if len(names) == len(DIALECT) else []
        self.markdown = Markdown(
            extensions=[dialect, *quick, *extensions], extension_configs=configs, output_format="html"
        )
        for shortcuts in quick:
            shortcuts.pass_over(self.markdown)
        self.containers = dialect.containers
        self.fields = next(one.fields for one in extensions if isinstance(one, InlineExtension))

    def convert(self, source: str, definitions: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The HTML of one text, and its link definitions; ``definitions`` are those of the text around it."""
        self.markdown.reset()
        self.markdown.references.update(definitions)
        return self.markdown.convert(source), dict(self.markdown.references)


def _extension(name: str, config: Mapping[str, Any]) -> Extension:
    """An extension of ours; Markdown would look for its name in everything that is installed first."""
    module = import_module(name if "." in name else f"markdown.extensions.{name}")
    made: Extension = module.makeExtension(**config)
    return made


_MARKED = re.compile(r"""[^\w \n.,;:'"()?!%\u2010-\u2015\u2018-\u201f\u2026\xab\xbb-]|_|  \n|(?i:www)\.|://""")
"""The beginnings of every pattern of `DIALECT`, and every character that is not known."""
_PARAGRAPH = re.compile(r"[A-Za-z][^\n|\x02]*(?:\n[A-Za-z][^\n|\x02]*)*")
"""A block of which every line begins with a letter and none can be a row of a table or hold a placeholder."""
_FENCE = re.compile("```|~~~")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BEFORE_PROCESSORS = 1000
BEFORE_PATTERNS = 21
"""Above inline patterns (20)."""


class _Shortcuts(Extension):
    """Text without a mark of Markdown is finished before block processors and inline patterns look at it.

    Python-Markdown asks some twenty block processors about each block and tries some twenty patterns on each piece of
    text, a third of a build from nothing. Most blocks are plain paragraphs, and most paragraphs hold nothing that a
    pattern could match; one look tells.
    """

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown names it
        """Register with Python-Markdown."""
        md.parser.blockprocessors.register(_Paragraph(md.parser), "tipsheet-paragraph", BEFORE_PROCESSORS)
        md.treeprocessors.register(_Unmarked(md), "tipsheet-unmarked", BEFORE_PATTERNS)

    @staticmethod
    def pass_over(md: Markdown) -> None:
        """Have fences and the table of contents looked for only where there can be one.

        Call it when all extensions are registered; priorities are those of Python-Markdown and superfences.
        """
        fences, toc = md.preprocessors["fenced_code_block"], md.treeprocessors["toc"]
        md.preprocessors.register(WhereSigned(md, fences, _FENCE), "fenced_code_block", 25)
        md.treeprocessors.register(_Contents(md, toc), "toc", 5)


class _Unmarked(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and not _MARKED.search(element.text):
                element.text = AtomicString(element.text)
            if element.tail and not _MARKED.search(element.tail):
                element.tail = AtomicString(element.tail)


class _Paragraph(BlockProcessor):
    def test(self, _parent: etree.Element, block: str) -> bool:
        return _PARAGRAPH.fullmatch(block) is not None and not self.parser.state.isstate("list")

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        etree.SubElement(parent, "p").text = blocks.pop(0)


class _Contents(Treeprocessor):
    def __init__(self, md: Markdown, inner: Treeprocessor) -> None:
        super().__init__(md)
        self.inner = inner

    def run(self, root: etree.Element) -> None:
        if any(e.tag in _HEADINGS or "[TOC]" in (e.text or "") for e in root.iter()):
            self.inner.run(root)


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
