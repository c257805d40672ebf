"""Faults of other people's code while a text is converted, as findings; and the time that it may take."""

import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tipsheet.limits import LIMITS
from tipsheet.problems import Problem, Where

__all__ = ["TooLongError", "bounded", "culprit", "fault_of"]

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
