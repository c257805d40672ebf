"""From lines to rows: the separator, the names of the columns, and cells in quotes (RFC 4180).

The separator is read off the line with the names alone. `csv.Sniffer` looks at samples of the data
and has taken a letter of the names for it.
"""

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tipsheet.audience.importing.errors import UnreadableFileError
from tipsheet.audience.importing.values import printable

__all__ = ["SEPARATORS", "Row", "RowsOfFile", "read_rows"]

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
QUOTED = re.compile(r'"(?:[^"]|"")*"')

Row = tuple[int, list[str]]
"""The line on which a row begins, from 1, and its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOfFile:
    """A file taken apart: the names of its columns, and its rows while it is read."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]


def read_rows(lines: Iterator[str], name: str, separator: str = "") -> RowsOfFile:
    """Take a file apart; rows without any content are passed over.

    An empty ``separator`` is found in the line of names. Raises UnreadableFileError, also while the
    rows are read: after a broken quote every further row would be a guess.
    """
    above = 0
    for first in lines:
        if first.strip():
            break
        above += 1
    else:
        raise _empty(name)
    rows = _rows(itertools.chain((first,), lines), name, separator or _separator(first, name), above)
    line, columns = next(rows, (0, []))
    if not columns:
        raise _empty(name)
    where = f"{name}:{line}"
    if any("\0" in column for column in columns):
        raise UnreadableFileError(f"{where}: there are NUL characters in the names of the columns", _UTF16)
    if any("@" in column for column in columns):
        hint = "put a line with the names of the columns above it, such as: email"
        raise UnreadableFileError(f"{where}: the first line holds an address, not the names of the columns", hint)
    return RowsOfFile(name=name, columns=tuple(map(printable, columns)), rows=rows)


def _empty(name: str) -> UnreadableFileError:
    return UnreadableFileError(f"{name} is empty", "it needs a line with the names of its columns")


_UTF16 = "the file looks like UTF-16 without a mark; say --encoding utf-16-le"


def _separator(header: str, name: str) -> str:
    """The separator that the line of names has most of."""
    bare = QUOTED.sub("", header)
    counts = sorted(((bare.count(mark), word) for word, mark in SEPARATORS.items()), reverse=True)
    (most, word), (second, other), _ = counts
    if most and most == second:
        message = f"{name}: its first line has as many a {word} as a {other}, so what separates the columns is unclear"
        raise UnreadableFileError(message, f"say --separator {word} or --separator {other}")
    return SEPARATORS[word] if most else ","


def _rows(lines: Iterator[str], name: str, separator: str, above: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = above + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken(error, name, line, above + reader.line_num) from error
        if any(cells):
            yield line, cells


def _broken(error: csv.Error, name: str, begins: int, ends: int) -> UnreadableFileError:
    """Words for the three ways in which quotes go wrong."""
    kind = str(error)
    where = f"{name}:{begins}"
    if "expected after" in kind:
        within = "" if begins == ends else f" (the row goes on to line {ends})"
        return UnreadableFileError(
            f"{where}: there is text after a closing quote{within}",
            "a quote inside a cell is written twice, and the cell in quotes; or a quote above is not closed",
        )
    if "end of data" in kind or "field limit" in kind:
        return UnreadableFileError(
            f"{where}: a quote that is opened in this row is not closed by line {ends}",
            "close it, or write a quote inside a cell twice",
        )
    return UnreadableFileError(f"{where}: {kind}", "save the file again as CSV with UTF-8")
