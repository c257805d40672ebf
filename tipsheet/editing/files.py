"""Files that are written at the desk: which may be, their texts and bytes, and putting one into the place of another.

A text has no byte order mark, and its lines end in line feeds, as a field in a browser has them; the bytes of a file
keep the mark, the end of each line and a last line without one as they are. A file is replaced on the condition that
it still has certain bytes, and nothing is written over that anybody else has put there, however late.
"""

import contextlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tipsheet.editing.merging import matches
from tipsheet.engine.digest import digest
from tipsheet.engine.inputs import is_hidden
from tipsheet.engine.outputs import is_inside
from tipsheet.errors import TipsheetError
from tipsheet.limits import LIMITS
from tipsheet.reading.published import FOLDERS, Kind, kind_of
from tipsheet.settings import CONFIG_FILE

__all__ = [
    "NoFileError",
    "NotSavedError",
    "Place",
    "Places",
    "ReadOnlyError",
    "RefusedPathError",
    "UnreadableFileError",
    "UnwritableTextError",
    "bytes_of",
    "delete",
    "refusal",
    "replace",
    "text_of",
]

WRITTEN = frozenset({*map(Kind, FOLDERS.values()), Kind.PAGE, Kind.AUTHORS})
"""Kinds of files that are written at the desk."""
LONGEST = 1000
"""Characters of a path that is looked at."""
BOM = b"\xef\xbb\xbf"
NEW, OLD = ".tipsheet-desk.new", ".tipsheet-desk.old"
"""Names beside a file that is replaced; they are hidden, and one desk at a time writes."""
ROUNDS = 50

_END = re.compile("\r\n|\r|\n")
_OF_WINDOWS = re.compile(
    r'[<>:"|?*] | [.\ ](?=/|$) | (?:^|/)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\ *(?=[./]|$)',
    re.VERBOSE | re.IGNORECASE,
)
"""Names that mean something else to Windows: a drive, a stream, a device, or another file."""


class RefusedPathError(TipsheetError):
    """A path that no source has, or one whose file is not for the desk."""

    exit_code = 2


class NoFileError(TipsheetError):
    """There is no file at this path now."""

    exit_code = 2


class UnreadableFileError(TipsheetError):
    """A file whose text cannot be shown without damage to it."""


class NotSavedError(TipsheetError):
    """The system refused to write; the file is as it was."""


class ReadOnlyError(NotSavedError):
    """Somebody has made the file read-only."""


class UnwritableTextError(TipsheetError):
    """A text that no file can hold."""

    exit_code = 2


def refusal(path: str, docs: str, *, windows: bool) -> str:
    """The reason why no source of the content folder ``docs`` can have this path, or nothing; opens no file."""
    seen = all(c.isprintable() or c in "\u200d\u200c" or unicodedata.category(c) == "Zs" for c in path)
    if not path or len(path) > LONGEST or not seen or not is_inside(path) or "\\" in path:
        return "this is no path of a file in the publication"
    if windows and _OF_WINDOWS.search(path):
        return "Windows gives this name a meaning of its own"
    if not path.startswith(f"{docs}/"):
        return f"only what lies in {docs}/ is written here"
    match kind_of(path.removeprefix(f"{docs}/")):
        case kind if kind in WRITTEN:
            return ""
        case Kind.HIDDEN | Kind.SECRET:
            return "hidden files and secrets are not for the desk"
        case _:
            return "this is neither a text in Markdown nor authors.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file of the publication: its path, where it really lies, and whether the desk may write it."""

    path: str
    file: Path
    ours: bool = True

    def data(self) -> bytes | None:
        """The bytes that are there now; None when there is no file.

        Raises UnreadableFileError when something else is there, or a file that no text has.
        """
        largest = LIMITS["file"]
        try:
            if not stat.S_ISREG(self.file.stat().st_mode):
                raise UnreadableFileError(f"{self.path} is no file", "move what is there out of the way")
            with self.file.open("rb") as stream:
                data = stream.read(largest.value + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise UnreadableFileError(f"{self.path} cannot be read: {_words(error)}", "look at its rights") from error
        if len(data) > largest.value:
            raise UnreadableFileError(f"{self.path}: {largest.message}", largest.remedy)
        return data

    def writable(self) -> bool:
        """Return True when the desk may write it and nobody has made it read-only."""
        try:
            mode = self.file.stat().st_mode
        except OSError:
            return self.ours
        # root may write all; a file without any right to write is meant to stay as it is
        return self.ours and bool(mode & 0o222) and os.access(self.file, os.W_OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The files of a publication that the desk reads, and the decision about each path that a browser asks for."""

    root: Path
    docs: str
    overrides: str = ""

    def __call__(self, path: str) -> Place:
        """The place of a source, which may not exist; raises RefusedPathError."""
        return self._real(path, self.docs, refusal(path, self.docs, windows=os.name == "nt"))

    def readable(self, path: str) -> Place:
        """The place of a source, or of the settings or a template, which are read here and not written.

        They name programs that run: who got at the desk by a fault in it must not get at the machine. Raises
        RefusedPathError.
        """
        plain = not refusal(f"{self.docs}/{path}.md", self.docs, windows=os.name == "nt") and not is_hidden(path)
        if plain and path == CONFIG_FILE:
            return Place(path=path, file=self.root / path, ours=False)
        if plain and self.overrides and path.startswith(f"{self.overrides}/"):
            secret = kind_of(path) is Kind.SECRET
            place = self._real(path, self.overrides, "secrets are not for the desk" if secret else "")
            return Place(path=path, file=place.file, ours=False)
        return self(path)

    def _real(self, path: str, folder: str, reason: str) -> Place:
        if not reason:
            root, top = (os.path.realpath(place) for place in (self.root, self.root / folder))
            real = os.path.realpath(self.root / path)
            if not (_lies_in(top, root) and _lies_in(real, top)):
                reason = f"it is a link out of {folder}/"
            elif folder == self.docs:
                name = f"{folder}/{os.path.relpath(real, top).replace(os.sep, '/')}"
                reason = refusal(name, folder, windows=os.name == "nt")
        if reason:
            raise RefusedPathError(f"'{path}' cannot be opened: {reason}", f"choose a text in {self.docs}/")
        return Place(path=path, file=Path(real))


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _words(error: OSError) -> str:
    return error.strerror or type(error).__name__


def text_of(data: bytes, path: str) -> str:
    """The text of a file; raises UnreadableFileError for what is not UTF-8."""
    try:
        return _END.sub("\n", data.removeprefix(BOM).decode())
    except UnicodeDecodeError as error:
        line = len(_END.findall(data[: error.start].decode("utf-8", "replace"))) + 1
        message = f"{path} is not UTF-8 (byte {error.start}, line {line}); it is left as it is"
        raise UnreadableFileError(message, "save it as UTF-8 with the program that wrote it") from error


def bytes_of(text: str, like: bytes) -> bytes:
    """The bytes of a text for the place of ``like``: with its mark, and the end that each of its lines has there.

    A new line ends as the one above it, or as the first one. Raises UnwritableTextError for what UTF-8 cannot
    hold, or a file cannot.
    """
    lines = _END.split(text)
    was = like.removeprefix(BOM).decode("utf-8", "replace")
    ends = _END.findall(was)
    if len(set(ends)) > 1:
        known = dict(matches(_END.split(was), lines))
        used, last = [], ends[0]
        for number in range(len(lines) - 1):
            old = known.get(number, len(ends))
            last = ends[old] if old < len(ends) else last
            used.append(last)
        joined = "".join(part for pair in zip(lines, [*used, ""], strict=True) for part in pair)
        if _END.sub("\n", joined) != "\n".join(lines):  # a carriage return and a line feed have met
            joined = "\n".join(lines)
    else:
        joined = (ends[0] if ends else "\n").join(lines)
    try:
        data = (BOM if like.startswith(BOM) else b"") + joined.encode()
    except UnicodeEncodeError as error:
        hint = "delete the sign that looks like a box or a question mark"
        raise UnwritableTextError("the text holds half a character, which no file can", hint) from error
    if len(data) > LIMITS["file"].value:
        raise UnwritableTextError(LIMITS["file"].message, LIMITS["file"].remedy)
    return data


def replace(place: Place, data: bytes, expected: str | None) -> bytes | None:
    """Put these bytes where bytes of the digest ``expected`` are, or where no file is (None); return None.

    When something else is there, it stays, and its bytes are returned (none where the file is gone or cannot
    be read). Raises NotSavedError when the system refuses, and nothing has changed then.
    """
    with _refusals(place):
        folder = place.file.parent
        if expected is None:
            folder.mkdir(parents=True, exist_ok=True)
        new = _staged(folder / NEW, data, place.file)
        try:
            done = _created(new, place) if expected is None else _exchanged(new, place, expected)
        finally:
            new.unlink(missing_ok=True)
        _settle(folder)
        return done


@contextlib.contextmanager
def _refusals(place: Place) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "your text is still in the field; make room, or look at the rights of the file and its folder"
        raise NotSavedError(f"{place.path} cannot be written: {_words(error)}", hint) from error


def _staged(new: Path, data: bytes, file: Path) -> Path:
    """A file with these bytes on the disk, with the rights of the one whose place it takes."""
    new.unlink(missing_ok=True)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:  # noqa: PTH123 - as umask says
            with contextlib.suppress(FileNotFoundError):
                before = file.stat()
                new.chmod(stat.S_IMODE(before.st_mode))
                if hasattr(os, "chown"):
                    with contextlib.suppress(PermissionError):
                        os.chown(new, before.st_uid, before.st_gid)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        new.unlink(missing_ok=True)
        raise
    return new


def _created(new: Path, place: Place) -> bytes | None:
    try:
        os.link(new, place.file)
    except FileExistsError:
        return place.data() or b""
    except OSError:  # a file system without hard links
        if place.file.exists():
            return place.data() or b""
        new.replace(place.file)
    return None


def _exchanged(new: Path, place: Place, expected: str) -> bytes | None:
    """Exchange the file for a new one; what is replaced is compared after it was, and put back if it is not expected.

    A comparison before could be overtaken: another program may write between the two. What has been put back may
    replace something that is newer still, and is exchanged for that in its turn.
    """
    file, old = place.file, new.with_name(OLD)
    found = place.data()
    if found is None or digest(found) != expected:
        return found or b""
    last = None
    try:
        for _ in range(ROUNDS):
            ours = digest(new.read_bytes())
            old.unlink(missing_ok=True)
            held = _hold(file, old)
            new.replace(file)
            was = old.read_bytes() if held else found
            if digest(was) == expected:
                break
            expected, last = ours, was
            old.replace(new)
    except FileNotFoundError:  # deleted by somebody a moment ago, which is an edit as well
        return last or b""
    finally:
        old.unlink(missing_ok=True)
    return last


def _hold(file: Path, old: Path) -> bool:
    """Give the file a second name, so that it can be read when it is replaced; False where there is no such thing."""
    try:
        os.link(file, old)
    except FileNotFoundError:
        raise
    except OSError:
        return False
    return True


def delete(place: Place, expected: str) -> bytes | None:
    """Delete the file if it has the bytes of this digest, and return None; else return its bytes, and it stays.

    Raises NotSavedError.
    """
    with _refusals(place):
        old = place.file.with_name(OLD)
        try:
            place.file.replace(old)
        except (FileNotFoundError, NotADirectoryError):
            return b""
        try:
            was = old.read_bytes()
        except OSError:  # no file any more
            old.replace(place.file)
            raise
        if digest(was) == expected:
            old.unlink()
            _settle(place.file.parent)
            return None
        if place.file.exists():
            old.unlink()
        else:
            old.replace(place.file)
        return was


def _settle(folder: Path) -> None:
    """Have the names in a folder written to the disk, where a folder can be opened."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
