"""The Markdown converter of a publication: its extensions, its shortcuts, the time that it may take, its faults."""

import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from tipsheet.blocks.extension import DialectExtension
from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where
from tipsheet.reading.inline import InlineExtension
from tipsheet.reading.shortcuts import Shortcuts
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
        self._shortcuts = Shortcuts(self.markdown) if len(names) == len(DIALECT) else None
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
