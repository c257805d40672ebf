"""Rows as a table: drawn on a terminal, aligned plain text anywhere else."""

import sys
import unicodedata
from collections.abc import Sequence

from tipsheet.cli.terminal import echo, one_line

__all__ = ["echo_table", "on_terminal"]


def on_terminal() -> bool:
    """Whether a person watches the output."""
    return sys.stdout.isatty()


def echo_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns."""
    rows = [[one_line(cell) for cell in row] for row in rows]
    if on_terminal():
        _draw(columns, rows)
        return
    widths = [max(_width(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    for row in (columns, *rows):
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        echo("  ".join(cells).rstrip())


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console().print(table)


def _width(text: str) -> int:
    """Columns of a terminal that the text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
