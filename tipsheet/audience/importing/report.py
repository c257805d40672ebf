"""The report of an import: what became of the rows of each file, and a file of those that were not taken."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tipsheet.audience.importing.candidates import Rejection
from tipsheet.audience.private_files import PrivateFile, harmless
from tipsheet.model.segment import STATUSES

__all__ = ["REMEMBERED", "SHOWN", "FileReport", "RejectedRows", "Tally", "as_values", "in_words"]

REMEMBERED = 1_000
"""Rejected rows of a file that are kept for the report; the file of rejected rows has them all."""
SHOWN = 20
"""Rejected rows that are told in words."""

BEHIND = ("line", "reason")
"""Names of the columns behind those of the file, by which `Layout.read` knows a file of rejected rows."""


@dataclass(slots=True)
class Tally:
    """Rows so far, by what became of them; the numbers grow while a file is read."""

    added: int = 0
    left: int = 0
    """Rows of people who are known since as unsubscribed, bounced or complained: they get nothing."""
    changed: int = 0
    unchanged: int = 0
    suppressed: int = 0
    """Rows of people who have left, or were erased: nothing was done."""
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The report of one file: the shape that it has, the meanings of its columns, and what became of its rows."""

    name: str
    shape: str
    note: str
    taken: tuple[str, ...]
    left_out: tuple[str, ...]
    unread: Mapping[str, int]
    """Numbers of cells that could not be read, by their fields; the people were taken without them."""
    unknown: Mapping[str, int]
    """Words that are no status, and how many rows have each."""
    tally: Tally
    rejections: tuple[Rejection, ...]
    """The first `REMEMBERED`."""


def in_words(report: FileReport) -> Iterator[str]:
    """The report as lines; no person is in it."""
    counts = asdict(report.tally)
    yield f"{report.name}: {report.shape}"
    yield "  " + ", ".join(f"{count} {word}" for word, count in counts.items())
    yield f"  taken: {', '.join(report.taken)}"
    if report.left_out:
        yield f"  left out: {', '.join(report.left_out)}"
    for field, count in report.unread.items():
        cells, were = ("cells", "were") if count > 1 else ("cell", "was")
        yield f"  {count:,} {cells} of {field} could not be read and {were} left out"
    for rejection in report.rejections[:SHOWN]:
        yield f"  line {rejection.line}: {rejection.reason}"
    if report.tally.rejected > SHOWN:
        yield f"  and {report.tally.rejected - SHOWN:,} more; --rejected FILE.csv writes them all"
    for word, count in report.unknown.items():
        rows = f"{count:,} row{'s' * (count > 1)}"
        meant = f"--status {_quoted(word)}=STATUS"
        yield f"  to take the {rows} with '{word}', say which of {', '.join(STATUSES)} it means: {meant}"


def as_values(report: FileReport) -> dict[str, Any]:
    """The report for a program, with the first `REMEMBERED` rejected rows."""
    return {
        "file": report.name,
        "read_as": report.shape,
        **asdict(report.tally),
        "taken": list(report.taken),
        "left_out": list(report.left_out),
        "cells_left_out": dict(report.unread),
        "unknown_statuses": dict(report.unknown),
        "rejections": [{"line": rejection.line, "reason": rejection.reason} for rejection in report.rejections],
    }


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word


class RejectedRows:
    """The file of the rejected rows of a file; a corrected copy can be imported as it is."""

    def __init__(self, file: PrivateFile) -> None:
        self._file = file
        self._file.wanted = False
        self._writer = csv.writer(file.text)
        self._width = 0

    def begin(self, columns: Sequence[str]) -> None:
        """Write the line of names."""
        self._width = len(columns)
        self._writer.writerow([*columns, *BEHIND])

    def add(self, rejection: Rejection) -> None:
        """Write a row; one with too few cells is filled up, so that the reason stands under its name."""
        self._file.wanted = True
        cells = [*rejection.cells, *[""] * (self._width - len(rejection.cells))]
        self._writer.writerow([*map(harmless, cells), rejection.line, harmless(rejection.reason)])
