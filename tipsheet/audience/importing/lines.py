"""From bytes to lines of text: the encoding, and what is no text at all.

UTF-8 with or without a byte order mark and UTF-16 with one are read as they are; anything else is
named by the editor, never guessed: a wrong guess misspells people's names without a word.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from tipsheet.audience.importing.errors import UnreadableFileError

__all__ = ["LONGEST_LINE", "known_encoding", "lines_of"]

LONGEST_LINE = 1_000_000
"""Characters; a file without line breaks is no list, and must not fill the memory."""

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FOREIGN = ((b"PK\x03\x04", "an archive or a spreadsheet"), (b"\x1f\x8b", "compressed"), (b"%PDF", "a PDF"))
UNDECODED = re.compile("[\udc80-\udcff]")
"""What ``surrogateescape`` makes of bytes that are not UTF-8 (PEP 383); it lets us name the line."""


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
