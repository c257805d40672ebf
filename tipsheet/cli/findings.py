"""Problems as they are printed: lines for people, annotations for GitHub, values for JSON."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tipsheet.cli.terminal import one_line, shown
from tipsheet.problems import Problem, Severity

__all__ = ["as_json", "counted", "github", "number", "printed"]

ANNOTATIONS = 10
"""GitHub shows so many annotations a step, so the worst stand there and all of them in the log."""


def number(count: int, noun: str) -> str:
    """``1 issue``, ``2 issues``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def counted(problems: Sequence[Problem]) -> str:
    """``2 mistakes and 1 warning``, the words of a last line."""
    errors = sum(p.severity is Severity.ERROR for p in problems)
    warnings = len(problems) - errors
    words = [number(errors, "mistake")] if errors or not warnings else []
    return " and ".join([*words, *([number(warnings, "warning")] if warnings else [])])


def printed(problems: Sequence[Problem]) -> Iterator[str]:
    """A line each, in the order of their places: ``file:line:col: CODE message (hint)``."""
    return (one_line(str(problem)) for problem in sorted(problems))


def github(problems: Sequence[Problem], root: Path) -> Iterator[str]:
    """Workflow commands for the worst problems, then a line for every one.

    Paths are relative to the working directory, which is the repository in a workflow. A line that GitHub would take
    for a command of ours begins with a blank and a bar.
    """
    for problem in sorted(problems, key=lambda p: (p.severity is not Severity.ERROR, p))[:ANNOTATIONS]:
        path = os.path.relpath(root / problem.where.path)
        place = f"file={_property(path)},line={problem.where.line},col={problem.where.col},title={problem.code}"
        text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
        yield f"::{problem.severity} {place}::{_data(text)}"
    yield from (f" | {line}" if line.lstrip().startswith(("::", "##[")) else line for line in printed(problems))


def _data(text: str) -> str:
    return shown(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_json(problem: Problem) -> dict[str, object]:
    """The problem as a JSON object."""
    return {
        "path": problem.where.path,
        "line": problem.where.line,
        "col": problem.where.col,
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "hint": problem.hint,
    }
