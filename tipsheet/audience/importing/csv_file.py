"""CSV files taken apart: bytes to lines of text, lines to rows of cells (RFC 4180), and errors of a whole file.

::

    TipsheetError                  exit code
    ├── UnreadableFileError        1    its bytes, its quotes or its first line are wrong
    └── UnknownColumnsError        2    nobody knows what its columns mean, or a mapping is wrong

UTF-8 with or without a byte order mark and UTF-16 with one are read as they are; another encoding is named by the
editor, never guessed: a wrong guess misspells people's names silently. The separator is read off the line with the
names alone. `csv.Sniffer` looks at samples of the data and has taken a letter of the names for it.
"""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tipsheet.audience.importing.cells import printable
from tipsheet.errors import TipsheetError

__all__ = [
    "LONGEST_LINE", "SEPARATORS", "CsvRow", "RowsOfFile", "UnknownColumnsError", "UnreadableFileError",
    "known_encoding", "lines_of", "read_rows",
]  # fmt: skip

LONGEST_LINE = 1_000_000
"""Characters; a file without line breaks is no list, and must not fill the memory."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FOREIGN = ((b"PK\x03\x04", "an archive or a spreadsheet"), (b"\x1f\x8b", "compressed"), (b"%PDF", "a PDF"))
UNDECODED = re.compile("[\udc80-\udcff]")
"""Characters that stand for bytes that are not UTF-8 (``surrogateescape``, PEP 383), so that a line can be named."""
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
QUOTED = re.compile(r'"(?:[^"]|"")*"')
CsvRow = tuple[int, list[str]]
"""The line on which a row begins, from 1, and its cells."""
_UTF16 = "the file looks like UTF-16 without a mark; say --encoding utf-16-le"


class UnreadableFileError(TipsheetError):
    """The file cannot be taken apart into rows; nothing of it was imported."""


class UnknownColumnsError(TipsheetError):
    """The meaning of the columns of the file is not known."""

    exit_code = 2


def known_encoding(name: str) -> str:
    """Python's name of a text encoding; raises ValueError for an unknown one."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)  # raises for codecs that are not text, such as base64
    except LookupError:
        raise ValueError(f"'{name}' is not an encoding like utf-8, utf-16 or windows-1252") from None
    return codec.name


def lines_of(stream: BinaryIO, name: str, encoding: str = "") -> Iterator[str]:
    """The lines of a file, one at a time, each with its line break.

    ``name`` stands in errors; an empty ``encoding`` means UTF-8, or what the byte order mark says.
    Raises UnreadableFileError with the line that is wrong.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var] # BytesIO in tests
    start = buffered.peek(4)[:4]
    foreign = next((what for magic, what in FOREIGN if start.startswith(magic)), "")
    if foreign:
        hint = "unpack it, or save the sheet as CSV, and name the CSV file"
        raise UnreadableFileError(f"{name} is {foreign}, not a CSV file", hint)
    marked = next((codec for mark, codec in MARKS if start.startswith(mark)), "")
    codec = encoding or marked or "utf-8"
    lenient = codec in ("utf-8", "utf-8-sig")
    text = io.TextIOWrapper(buffered, codec, "surrogateescape" if lenient else "strict", newline="")
    try:
        yield from _decoded(text, name, codec)
    finally:
        if not buffered.closed:
            text.detach()  # the stream is the caller's to close


def _decoded(text: io.TextIOWrapper, name: str, codec: str) -> Iterator[str]:
    number = 0
    while line := _next_line(text, name, number + 1, codec):
        number += 1
        if not line.isascii() and (wrong := UNDECODED.search(line)):
            byte = ord(wrong[0]) - 0xDC00
            hint = "say which encoding it has, for example --encoding windows-1252 for a file of older programs"
            raise UnreadableFileError(f"{name}:{number}: the byte 0x{byte:02x} is not UTF-8", hint)
        yield line.removeprefix("\ufeff") if number == 1 else line


def _next_line(text: io.TextIOWrapper, name: str, number: int, codec: str) -> str:
    try:
        line = text.readline(LONGEST_LINE)
    except UnicodeError as error:
        message = f"{name}: at or after line {number} there are bytes that are not {codec}"
        raise UnreadableFileError(message, "say which encoding it has with --encoding") from error
    if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
        raise UnreadableFileError(f"{name}:{number}: a line of more than {LONGEST_LINE:,} characters; this is no list")
    return line


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOfFile:
    """A file taken apart: the names of its columns, and its rows while it is read."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[CsvRow]


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


def _separator(header: str, name: str) -> str:
    """The separator that the line of names has most of."""
    bare = QUOTED.sub("", header)
    counts = sorted(((bare.count(mark), word) for word, mark in SEPARATORS.items()), reverse=True)
    (most, word), (second, other), _ = counts
    if most and most == second:
        message = f"{name}: its first line has as many a {word} as a {other}, so what separates the columns is unclear"
        raise UnreadableFileError(message, f"say --separator {word} or --separator {other}")
    return SEPARATORS[word] if most else ","


def _rows(lines: Iterator[str], name: str, separator: str, above: int) -> Iterator[CsvRow]:
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
