"""What became of the rows of a file."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tipsheet.audience.importing.candidate import Rejection

__all__ = ["REMEMBERED", "SHOWN", "FileReport", "Tally", "as_values", "in_words"]

REMEMBERED = 1_000
"""So many rejected rows of a file are kept for the report; the file of rejected rows has them all."""
SHOWN = 20
"""So many of them are told in words."""


@dataclass(slots=True)
class Tally:
    """Rows so far, by what became of them; the numbers grow while a file is read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    suppressed: int = 0
    """Rows of people who have left, or were erased: nothing was done."""
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file: what it was taken for, what was not taken of it, and what became of its rows."""

    name: str
    shape: str
    note: str
    left_out: tuple[str, ...]
    tally: Tally
    rejections: tuple[Rejection, ...]
    """The first `REMEMBERED`."""


def in_words(report: FileReport) -> Iterator[str]:
    """The report as lines; no person is in it."""
    counts = asdict(report.tally)
    yield f"{report.name}: {report.shape}"
    yield "  " + ", ".join(f"{count} {word}" for word, count in counts.items())
    if report.left_out:
        yield f"  left out: {', '.join(report.left_out)}"
    for rejection in report.rejections[:SHOWN]:
        yield f"  line {rejection.line}: {rejection.reason}"
    if report.tally.rejected > SHOWN:
        yield f"  and {report.tally.rejected - SHOWN:,} more; --rejected FILE.csv writes them all"


def as_values(report: FileReport) -> dict[str, Any]:
    """The report for a program, with the first `REMEMBERED` rejected rows."""
    return {
        "file": report.name,
        "read_as": report.shape,
        **asdict(report.tally),
        "left_out": list(report.left_out),
        "rejections": [{"line": rejection.line, "reason": rejection.reason} for rejection in report.rejections],
    }
