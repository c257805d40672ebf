"""The files of a source, read without harm: a folder, an archive in the ZIP format, or one file; and rows in them.

Nothing is written while a source is read. Names in an archive that lead out of it, links to other files, encrypted
entries and those that unpack to more than anybody wrote are passed over and told (APPNOTE.TXT 6.3.10; CWE-22, CWE-409).
"""

import csv
import io
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tipsheet.archives.item import Left
from tipsheet.errors import TipsheetError
from tipsheet.problems import Where

__all__ = ["SourceFiles", "UnreadableSourceError", "decoded", "json_of", "open_source", "rows_of"]

LARGEST = 100_000_000
"""Bytes of one file."""
MOST_FILES = 200_000
STARTS = 20_000
"""Bytes of a file by which its form is recognised."""
MOST_UNPACKED = 20_000_000_000
"""Bytes of all entries of an archive."""
SWOLLEN, SMALL = 200, 10_000_000
"""Times its packed size that an entry may have, if it is larger than the second number of bytes."""
PASSED_OVER = frozenset(
    {
        "__MACOSX",
        "node_modules",
        ".git",
        ".svn",
        ".hg",
        ".venv",
        "venv",
        "__pycache__",
        "_site",
        ".jekyll-cache",
        ".sass-cache",
    }
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([\w-]{2,40})""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class UnreadableSourceError(TipsheetError):
    """The source is not there, is damaged, or has no form that is known."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """Files by their names, with ``/`` in them; ``label`` is what the source is called in messages."""

    label: str
    names: tuple[str, ...]
    left: tuple[Left, ...]
    _bytes: Callable[[str], bytes] = field(repr=False)
    _known: frozenset[str] = field(default=frozenset(), repr=False)
    times: Callable[[str], float] = field(default=lambda _name: 0.0, repr=False)
    """Seconds since 1970 at which a file was changed; 0 where nobody knows."""
    root: Path | None = None
    """The folder, where the source is one."""

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises UnreadableSourceError for one that is too large or damaged."""
        return self._bytes(name)

    def text(self, name: str) -> str:
        """The text of a file with line feeds at its ends of lines, whatever its encoding is."""
        return decoded(self.read(name))

    def text_or_told(self, name: str, left: list[Left]) -> str | None:
        """The text of a file; of one that cannot be read it is told, and the others come."""
        try:
            return self.text(name)
        except (UnreadableSourceError, OSError) as error:
            left.append(Left(Where(name), "a file that cannot be read", str(error)))
            return None

    def start(self, name: str) -> str:
        """The first part of the text of a file, or nothing of one that cannot be read."""
        try:
            data = self.read(name)
            return decoded(data if len(data) <= STARTS else data[:STARTS].rpartition(b"\n")[0])
        except (UnreadableSourceError, OSError):
            return ""

    def ending(self, *endings: str) -> tuple[str, ...]:
        """Names of files with one of these endings, in small letters."""
        return tuple(name for name in self.names if name.lower().endswith(endings))

    def below(self, folder: str) -> tuple[str, ...]:
        """Names of files in a folder, whatever folder they are in below it."""
        return tuple(name for name in self.names if name.startswith(f"{folder}/"))


def decoded(data: bytes) -> str:
    """Text of bytes: by their mark of byte order, as UTF-8, by what they declare, or else as Windows-1252."""
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return _lines(data.decode(codec, "replace"))
    try:
        return _lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        declared = _DECLARED.search(data[:2048])
        try:
            return _lines(data.decode(declared[1].decode("ascii") if declared else "cp1252"))
        except (LookupError, UnicodeDecodeError):
            return _lines(data.decode("latin-1"))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def open_source(path: Path) -> SourceFiles:
    """Open a folder, a ZIP archive or one file; raises UnreadableSourceError."""
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise UnreadableSourceError(f"there is no file or folder {path}", "name the export as you have downloaded it")
    if zipfile.is_zipfile(path):
        return _archive(path)
    if path.suffix.lower() in (".zip", ".gz", ".tgz", ".rar", ".7z"):
        raise UnreadableSourceError(
            f"{path} is no archive that can be read", "download it again, or unpack it yourself"
        )
    return _made(path.name, {path.name: path}, [], root=None)


def _folder(path: Path) -> SourceFiles:
    files: dict[str, Path] = {}
    left: list[Left] = []
    for folder, folders, names in os.walk(path, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER)
        for name in sorted(names):
            file = Path(folder, name)
            short = file.relative_to(path).as_posix()
            if file.is_symlink() and not file.resolve().is_relative_to(path.resolve()):
                left.append(Left(Where(short), "a link to a file outside the source"))
            elif file.is_file():
                files[short] = file
            if len(files) > MOST_FILES:
                raise UnreadableSourceError(
                    f"{path} holds more than {MOST_FILES:,} files", "name the folder of the texts"
                )
    return _made(path.resolve().name, files, left, root=path)


def _made(label: str, files: dict[str, Path], left: list[Left], root: Path | None) -> SourceFiles:
    def read(name: str) -> bytes:
        file = files[name]
        if file.stat().st_size > LARGEST:
            raise UnreadableSourceError(f"{name} is larger than {LARGEST:,} bytes", "take it out of the source")
        return file.read_bytes()

    return SourceFiles(
        label, tuple(files), tuple(left), read, frozenset(files), lambda n: files[n].stat().st_mtime, root
    )


def _archive(path: Path) -> SourceFiles:
    try:
        archive = zipfile.ZipFile(path)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, UnicodeDecodeError) as error:
        raise UnreadableSourceError(f"{path} cannot be unpacked: {error}", "download it again") from error
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise UnreadableSourceError(f"{path} unpacks to more than any export holds", "unpack what you need yourself")
    left: list[Left] = []
    good: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        wrong = _wrong(entry)
        name = entry.filename.replace("\\", "/")
        if wrong:
            left.append(Left(Where(name), wrong))
        elif not entry.is_dir() and not PASSED_OVER & set(name.split("/")):
            good.setdefault(name, entry)
    prefix = _shared_folder(list(good))
    named = {name[len(prefix) :]: entry for name, entry in good.items()}
    first = os.getpid()

    @lru_cache(maxsize=1)
    def opened(process: int) -> zipfile.ZipFile:  # two processes would move each other's place in one open file
        return archive if process == first else zipfile.ZipFile(path)

    @lru_cache(maxsize=4)
    def read(name: str) -> bytes:
        try:
            with opened(os.getpid()).open(named[name]) as stream:
                data = stream.read(LARGEST + 1)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
            raise UnreadableSourceError(f"{name} cannot be unpacked: {error}", "download the archive again") from error
        if len(data) > LARGEST:
            raise UnreadableSourceError(f"{name} is larger than {LARGEST:,} bytes", "take it out of the archive")
        return data

    return SourceFiles(path.name, tuple(sorted(named)), tuple(left), read, frozenset(named))


def _wrong(entry: zipfile.ZipInfo) -> str:
    """The reason for which an entry is passed over, or nothing."""
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
        return "a name that leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a link in the archive"
    if entry.flag_bits & 1:
        return "an encrypted file"
    if entry.file_size > SMALL and entry.file_size > SWOLLEN * max(entry.compress_size, 1):
        return "a file that unpacks to far more than its size"
    return ""


def _shared_folder(names: list[str]) -> str:
    """The folder that everything stands in, with its slash, or nothing."""
    tops = {name.split("/")[0] for name in names}
    inside = all("/" in name for name in names)
    return f"{tops.pop()}/" if inside and len(tops) == 1 and names else ""


csv.field_size_limit(100_000_000)
_SNIFFED = 20_000


def rows_of(files: SourceFiles, name: str, columns: Collection[str]) -> list[tuple[dict[str, str], int]] | None:
    """The rows below a head with at least these columns, each with the line that it begins on; None without them.

    Names of columns are in small letters with underscores; a cell that is missing is empty.
    """
    if not files.start(name):
        return None
    text = files.text(name).lstrip("\ufeff")
    head = text[:_SNIFFED].partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found: list[tuple[dict[str, str], int]] = []
    names = [cell.strip().lower().replace(" ", "_") for cell in next(reader, [])]
    if not set(columns) <= set(names):
        return None
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            row = dict.fromkeys(names, "") | dict(zip(names, (cell.strip() for cell in cells), strict=False))
            found.append((row, line))
        line = reader.line_num + 1
    return found


def json_of(files: SourceFiles, name: str) -> Any:
    """The value of a JSON file; None where it is none, or cannot be read."""
    try:
        return json.loads(files.text(name))
    except (ValueError, RecursionError, UnreadableSourceError):
        return None
