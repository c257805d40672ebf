"""Problems as they are printed: for people, as annotations for GitHub, as JSON, and as SARIF for code scanning.

Every form lists the same problems. Only for people, twenty and more of one cause become one line with a count, and on
a terminal each has the line of the source below it.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import click

from tipsheet.cli.fingerprints import source_lines
from tipsheet.cli.terminal import in_json, number, one_line, shown
from tipsheet.problems import Problem, Severity, as_json

__all__ = ["FORMATS", "Listing", "Style", "counted", "listed", "show"]

ANNOTATIONS = 10
"""Annotations that GitHub shows for a step: the worst problems are among them, and all are in the log."""
CROWD = 20
"""Problems of one cause from which on only the first is printed, with their number."""
TAB = 4
NARROWEST = 20
"""Columns that a source line gets at least, however narrow the terminal is."""

_NAMED = re.compile(r"'[^']*'|\d+")
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


@dataclass(frozen=True, slots=True)
class Style:
    """The look of problems on a stream: ``terminal`` groups them by path and adds lines of the sources."""

    terminal: bool = False
    colour: bool = False

    @classmethod
    def of(cls, stream: IO[Any], environ: Mapping[str, str]) -> "Style":
        """The style of a stream; FORCE_COLOR treats it as a terminal, and NO_COLOR leaves the colours out."""
        terminal = stream.isatty() or environ.get("FORCE_COLOR", "") not in ("", "0")
        return cls(terminal, terminal and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Problems to print; ``root`` is the publication, ``checks`` are those that ran, ``whole`` prints every one."""

    problems: Sequence[Problem]
    root: Path
    checks: Sequence[str] = ()
    style: Style = field(default_factory=Style)
    whole: bool = False


def counted(problems: Sequence[Problem]) -> str:
    """``2 mistakes and 1 warning``."""
    errors = sum(p.severity is Severity.ERROR for p in problems)
    warnings = len(problems) - errors
    words = [number(errors, "mistake")] if errors or not warnings else []
    return " and ".join([*words, *([number(warnings, "warning")] if warnings else [])])


def show(problems: Sequence[Problem], root: Path, *, err: bool = True, whole: bool = False) -> None:
    """Print problems for people."""
    style = Style.of(sys.stderr if err else sys.stdout, os.environ)
    for line in listed(Listing(problems=problems, root=root, style=style, whole=whole)):
        click.echo(line, err=err, color=style.colour)


def listed(listing: Listing) -> Iterator[str]:
    """Lines for people, in the order of places: ``file:line:col: CODE message (hint)``, or as on a terminal."""
    problems = sorted(listing.problems)
    alike = [(problem, 1) for problem in problems] if listing.whole else _gathered(problems)
    if not listing.style.terminal:
        yield from (one_line(f"{problem}{_more(count)}") for problem, count in alike)
        return
    for path, group in groupby(alike, key=lambda one: one[0].where.path):
        yield click.style(one_line(path), bold=True) if listing.style.colour else one_line(path)
        lines = source_lines(listing.root / path)
        for problem, count in group:
            yield from _on_terminal(problem, count, lines, listing.style)


def _gathered(problems: Sequence[Problem]) -> list[tuple[Problem, int]]:
    """Problems with their counts: of `CROWD` and more with one cause only the first, with their number.

    Warnings have one cause when they differ in names and figures only, mistakes when their messages are the same.
    """
    by_cause: dict[tuple[str, Severity, str], list[Problem]] = {}
    for problem in problems:
        warning = problem.severity is Severity.WARNING
        words = _NAMED.sub("", problem.message) if warning else problem.message
        by_cause.setdefault((problem.code, problem.severity, words), []).append(problem)
    crowds = [(group[0], len(group)) for group in by_cause.values() if len(group) >= CROWD]
    single = [(problem, 1) for group in by_cause.values() if len(group) < CROWD for problem in group]
    return sorted([*crowds, *single])


def _more(count: int) -> str:
    return f", and {count - 1} more like this; -v lists them" if count > 1 else ""


def _on_terminal(problem: Problem, count: int, lines: Sequence[str], style: Style) -> Iterator[str]:
    """A problem below its path: place, level, code and message; the line of the source; the hint."""

    def coloured(text: str, **how: Any) -> str:
        return click.style(text, **how) if style.colour else text

    where, colour = problem.where, _COLOURS[problem.severity]
    place, gutter = f"{where.line}:{where.col}", len(str(where.line)) + 2
    level = coloured(f"{problem.severity} {problem.code}", fg=colour, bold=True)
    yield f"  {place} {level}: {one_line(problem.message + _more(count))}"
    if where.line <= len(lines) and lines[where.line - 1].strip():
        room = max(NARROWEST, shutil.get_terminal_size().columns - gutter - 4)
        text, column = _cut(lines[where.line - 1], where.col, room)
        bar = coloured("|", fg="blue")
        yield f"  {coloured(str(where.line), fg='blue')} {bar} {text}"
        yield f"{' ' * gutter} {bar} {' ' * column}{coloured('^', fg=colour, bold=True)}"
    if problem.hint:
        yield f"{' ' * gutter} {coloured('=', fg='blue')} {one_line(problem.hint)}"


def _cut(line: str, col: int, room: int) -> tuple[str, int]:
    """The part of a line around a column that fits into ``room`` columns of a terminal, and the column of the caret."""
    from rich.cells import cell_len

    cells = [" " * TAB if sign == "\t" else one_line(sign) for sign in line]
    widths = [cell_len(cell) for cell in cells]
    at = min(col - 1, len(cells))
    first = last = at
    used = 0
    # grow to both sides by turns, so that the caret has words around it; two columns are for the ellipses
    while used < room - 2 and (first > 0 or last < len(cells)):
        if first > 0 and (at - first <= last - at or last == len(cells)):
            first -= 1
            used += widths[first]
        else:
            used += widths[last]
            last += 1
    before, after = ("…" if first else ""), ("…" if last < len(cells) else "")
    return f"{before}{''.join(cells[first:last])}{after}".rstrip(), len(before) + cell_len("".join(cells[first:at]))


def github(listing: Listing) -> Iterator[str]:
    """Workflow commands for the worst problems, then a line for every one.

    Paths are relative to the working directory, which is the repository in a workflow. A line that GitHub would take
    for a workflow command gets a blank and a bar before it.
    """
    for problem in sorted(listing.problems, key=lambda p: (p.severity is not Severity.ERROR, p))[:ANNOTATIONS]:
        path = os.path.relpath(listing.root / problem.where.path)
        place = f"file={_property(path)},line={problem.where.line},col={problem.where.col},title={problem.code}"
        text = f"{problem.message} ({problem.hint})" if problem.hint else problem.message
        yield f"::{problem.severity} {place}::{_data(text)}"
    lines = (one_line(str(problem)) for problem in sorted(listing.problems))
    yield from (f" | {line}" if line.lstrip().startswith(("::", "##[")) else line for line in lines)


def plain(listing: Listing) -> Iterator[str]:
    """A line for every problem, on a terminal too: ``file:line:col: LEVEL CODE: message (hint)``."""
    for problem in sorted(listing.problems):
        hint = f" ({problem.hint})" if problem.hint else ""
        yield one_line(f"{problem.where}: {problem.severity} {problem.code}: {problem.message}{hint}")


def _data(text: str) -> str:
    return shown(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_document(listing: Listing) -> Iterator[str]:
    """One JSON document."""
    problems = [as_json(problem) for problem in sorted(listing.problems)]
    yield in_json({"checks": list(listing.checks), "problems": problems})


def sarif(listing: Listing) -> Iterator[str]:
    """One SARIF log, for code scanning: every problem, and the explanations of their codes as rules."""
    from tipsheet.cli.sarif import log_of

    yield in_json(log_of(listing.problems, listing.root))


FORMATS: Mapping[str, Callable[[Listing], Iterable[str]]] = {
    "text": listed,
    "lines": plain,
    "json": as_document,
    "github": github,
    "sarif": sarif,
}
"""The formats of ``--format``, by name."""
