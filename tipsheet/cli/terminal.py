r"""Output of the commands: lines, JSON and tables. Nothing in a text can command the terminal (K9).

A control character moves the cursor or names a command; marks of direction change the order in which a line is shown;
a line break begins a line that looks like one of ours, which GitHub may take for a command. All of them are written
out as Python writes them. A byte of a name that is not UTF-8 is written as ``\xe9``.
"""

import json
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import IO, Any

import click

__all__ = ["echo", "echo_json", "echo_table", "in_json", "number", "one_line", "shown"]

_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff"
)
_HARMFUL = re.compile(f"[{_UNSEEN}]")
_HARMFUL_IN_LINE = re.compile(f"[{_UNSEEN}\t\n]")
_BYTES = range(0xDC80, 0xDD00)
"""Halves of characters that stand for bytes of a name that are not UTF-8 (PEP 383)."""


def shown(text: str) -> str:
    """The text, which may have several lines and tabs, with the characters that a terminal acts on written out."""
    return _HARMFUL.sub(lambda m: _written(m[0]), text)


def one_line(text: str) -> str:
    """The text on one line: breaks and tabs are written out as well."""
    return _HARMFUL_IN_LINE.sub(lambda m: _written(m[0]), text)


def _written(char: str) -> str:
    if ord(char) in _BYTES:
        return f"\\x{ord(char) - _BYTES.start + 0x80:02x}"
    return repr(char)[1:-1] if not char.isprintable() else f"\\u{ord(char):04x}"


def in_json(value: object) -> str:
    r"""The value as JSON, one key a line; characters that a terminal acts on are escaped, as in ``\u001b``."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _HARMFUL.sub(lambda m: _in_utf16(m[0]), text)


def _in_utf16(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def echo(text: str = "", *, err: bool = False, file: IO[Any] | None = None) -> None:
    """Print text for people."""
    click.echo(shown(text), file=file, err=err)


def echo_json(value: object) -> None:
    """Print a value for a program."""
    click.echo(in_json(value))


def number(count: int, noun: str) -> str:
    """``1 issue``, ``2 issues``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def echo_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns: drawn on a terminal, aligned plain text anywhere else."""
    rows = [[one_line(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
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
    """The columns of a terminal that the text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)
