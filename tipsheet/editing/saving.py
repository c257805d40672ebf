"""Saving at the desk: a text takes the place of the one that its writer saw, and of no other; undo goes back.

Before a file is replaced or deleted, its text is kept in the history (`tipsheet.editing.history`), and so is a text
that is refused. So whatever two windows, an editor outside and git do to a file, each text can be found again.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from tipsheet.editing.files import (
    NoFileError,
    NotSavedError,
    Place,
    Places,
    ReadOnlyError,
    UnreadableFileError,
    bytes_of,
    delete,
    replace,
    text_of,
)
from tipsheet.editing.history import DESK, Cause, History, Version
from tipsheet.editing.merging import Line, difference, merge
from tipsheet.engine.digest import digest
from tipsheet.errors import BusyError, TipsheetError
from tipsheet.settings import Settings

__all__ = ["Change", "ChangedError", "Opened", "Saving"]

WAIT = 10
"""Seconds that a desk waits for another one that writes."""
OPEN = 64
"""Texts that were opened last and are remembered, so that a merge has the text that both were made from."""


class Change(StrEnum):
    """The change to a file that its writer has not seen."""

    CHANGED = "changed"
    DELETED = "deleted"
    UNREADABLE = "unreadable"
    """Something else is at its path: a folder, or bytes that are no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file as an editor field shows it. ``digest`` is that of its bytes, and says later which text was seen."""

    path: str
    text: str
    digest: str
    writable: bool = True


class ChangedError(TipsheetError):
    """The file is not what its writer saw. Nothing was written; both texts are kept.

    ``theirs`` is what is there now, None where there is no text; ``difference`` leads from the refused text to it.
    ``merged`` has the changes of both, where they do not meet. ``kept`` is the version of the refused text.
    """

    def __init__(self, path: str, change: Change, theirs: Opened | None, mine: str, base: str | None) -> None:
        words = {
            Change.CHANGED: "has been changed by another program or window meanwhile",
            Change.DELETED: "is not there any more: it was deleted, renamed or is on another branch of git",
            Change.UNREADABLE: "is no text any more",
        }
        hint = "your text was not saved over it; compare the two, and save the one that counts"
        super().__init__(f"{path} {words[change]}", hint)
        self.change, self.theirs = change, theirs
        self.difference: tuple[Line, ...] = difference(mine, theirs.text) if theirs else ()
        self.merged = None if theirs is None or base is None else merge(base, mine, theirs.text)
        self.kept: int | None = None


@dataclass(slots=True, kw_only=True)
class Saving:
    """Reading and writing the sources of one publication; ``clock`` gives the moment that a version has."""

    root: Path
    places: Places
    clock: Callable[[], dt.datetime]
    history: History = field(init=False)
    _opened: dict[str, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.history = History(folder=self.root / DESK)

    @classmethod
    def of(cls, root: Path, settings: Settings, clock: Callable[[], dt.datetime]) -> "Saving":
        """The saving of the publication with these settings."""
        places = Places(root=root, docs=settings.docs_dir, overrides=settings.overrides or "")
        return cls(root=root, places=places, clock=clock)

    def read(self, path: str) -> Opened:
        """A source, the settings or a template. Raises RefusedPathError, NoFileError and UnreadableFileError."""
        place = self.places.readable(path)
        data = place.data()
        if data is None:
            before = place.ours and self.history.versions(path)
            hint = "undo brings its last text back" if before else "it may have been renamed; open it from the list"
            raise NoFileError(f"there is no file {path}", hint)
        return self._seen(place, data)

    def save(self, path: str, text: str, base: str) -> Opened:
        """Write a text in the place of the one with the digest ``base``; empty, where there must be no file.

        Raises ChangedError when something else is there, NotSavedError when the disk refuses, RefusedPathError,
        UnwritableTextError and BusyError. In each case the file is as it was.
        """
        place = self.places(path)
        with self._writing():
            try:
                there = place.data()
            except UnreadableFileError as error:
                raise self._conflict(place, text, bytes_of(text, self._known(path, base) or b""), base) from error
            data = bytes_of(text, there or self._known(path, base) or b"")
            if data != there:
                if _mark(there) != base:
                    raise self._conflict(place, text, data, base)
                self._write(place, data, there, text)
            self._found(path, data)  # also where another program has written just this
            return self._seen(place, data)

    def undo(self, path: str, base: str | None = None) -> Opened:
        """Bring back the text that was there before the last save, or the file that was deleted.

        ``base`` is the digest of the text that its writer sees; without it, the desk's own last text must be there.
        Raises ChangedError, NoFileError when there is nothing before, RefusedPathError and NotSavedError.
        """
        place = self.places(path)
        with self._writing():
            there, state = _present(place), self.history.state(path)
            last = "" if state is None or state.cause is Cause.DELETED else state.digest
            if _mark(there) != (last if base is None else base):
                raise ChangedError(path, *self._now(place), "", None)
            if there is not None:
                state = self._found(path, there)
            target = state if there is None else self._numbered(path, state.before if state else 0)
            if target is None:
                raise NoFileError(f"there is no earlier text of {path}", "the desk has kept none")
            data = self.history.data(path, target)
            self._write(place, data, there, text_of(data, path), undone=target)
            return self._seen(place, data)

    def delete(self, path: str, base: str) -> None:
        """Delete a file with the digest ``base``; `undo` brings it back.

        Raises ChangedError, RefusedPathError and NotSavedError.
        """
        place = self.places(path)
        with self._writing():
            there = _present(place)
            if there is None or _mark(there) != base:
                raise ChangedError(path, *self._now(place), "", None)
            _refuse_read_only(place)
            state = self._found(path, there)
            kept = self._keep(path, there, Cause.REFUSED)
            if (other := delete(place, base)) is not None:
                self._found(path, other)
                raise ChangedError(path, *self._now(place), "", None)
            self.history.settle(path, kept, Cause.DELETED, state.before)

    def versions(self, path: str) -> tuple[Version, ...]:
        """The texts of a path that were kept, newest first. Raises RefusedPathError."""
        return self.history.versions(self.places(path).path)[::-1]

    def version(self, path: str, number: int) -> str:
        """The text of a version. Raises NoFileError and RefusedPathError."""
        found = self._numbered(self.places(path).path, number)
        if found is None:
            raise NoFileError(f"there is no text number {number} of {path}", "the oldest are not kept for ever")
        return text_of(self.history.data(path, found), path)

    def _seen(self, place: Place, data: bytes) -> Opened:
        """The text of a file, which is remembered as one that somebody may write on."""
        text, mark = text_of(data, place.path), digest(data)
        self._opened.pop(mark, None)
        self._opened[mark] = data
        for oldest in tuple(self._opened)[:-OPEN]:  # a copy: other threads open texts meanwhile
            self._opened.pop(oldest, None)
        return Opened(path=place.path, text=text, digest=mark, writable=place.writable())

    def _write(
        self, place: Place, data: bytes, there: bytes | None, text: str, *, undone: Version | None = None
    ) -> None:
        """Replace the file, with the text that it had and the new one in the history; the caller has compared it."""
        path = place.path
        if there is not None:
            _refuse_read_only(place)
            text_of(there, path)  # no text is written over what is none
        state = self._found(path, there) if there is not None else self.history.state(path)
        kept = self._keep(path, data, Cause.REFUSED)
        if (other := replace(place, data, None if there is None else digest(there))) is not None:
            self._found(path, other)
            raise self._conflict(place, text, data, _mark(there))
        cause, before = (Cause.SAVED, state.number if state else 0) if undone is None else (Cause.UNDONE, undone.before)
        self.history.settle(path, kept, cause, before)

    def _conflict(self, place: Place, text: str, data: bytes, base: str) -> ChangedError:
        """The error about a text that is not written, which is kept, as is the one that is there."""
        change, theirs = self._now(place)
        known = self._known(place.path, base)
        error = ChangedError(place.path, change, theirs, text, text_of(known, place.path) if known else None)
        latest = self.history.find(place.path, digest(data))
        if latest is None:
            self._keep(place.path, data, Cause.REFUSED)
        error.kept = next(one.number for one in self.versions(place.path) if one.digest == digest(data))
        return error

    def _now(self, place: Place) -> tuple[Change, Opened | None]:
        """The text that is at the place now, which whoever is told of it may save over."""
        try:
            data = place.data()
            return (Change.DELETED, None) if data is None else (Change.CHANGED, self._seen(place, data))
        except UnreadableFileError:
            return Change.UNREADABLE, None

    def _found(self, path: str, data: bytes) -> Version:
        """The version of what is there: the latest, or a new one where another program has written."""
        state = self.history.state(path)
        if state is not None and state.cause is not Cause.DELETED and state.digest == digest(data):
            return state
        return self._keep(path, data, Cause.FOUND, before=state.number if state else 0)

    def _keep(self, path: str, data: bytes, cause: Cause, before: int = 0) -> Version:
        try:
            return self.history.keep(path, data, cause, now=self.clock(), before=before)
        except OSError as error:
            hint = f"the desk keeps every text in {DESK}/ before it writes; make room, or look at the rights there"
            raise NotSavedError(f"{path} was not saved: {error.strerror or error}", hint) from error

    def _known(self, path: str, mark: str) -> bytes | None:
        return self._opened.get(mark) or (self.history.find(path, mark) if mark else None)

    def _numbered(self, path: str, number: int) -> Version | None:
        return next((one for one in self.history.versions(path) if one.number == number), None)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time, in this desk and in others of this publication; raises BusyError."""
        folder = self.root / DESK
        try:
            folder.parent.mkdir(exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            with FileLock(folder / "lock", timeout=WAIT, mode=0o600):
                yield
        except Timeout as error:
            raise BusyError("another desk is writing in this publication", "try again, or close the other") from error
        except OSError as error:
            raise NotSavedError(f"{DESK} cannot be used: {error.strerror or error}", "look at its rights") from error


def _present(place: Place) -> bytes | None:
    """The bytes at a place; raises ChangedError where there is something that is none of a text."""
    try:
        return place.data()
    except UnreadableFileError as error:
        raise ChangedError(place.path, Change.UNREADABLE, None, "", None) from error


def _mark(data: bytes | None) -> str:
    """The digest of bytes; of no file it is empty."""
    return "" if data is None else digest(data)


def _refuse_read_only(place: Place) -> None:
    if not place.writable():
        raise ReadOnlyError(f"{place.path} is read-only", "allow writing to it, or ask who has made it so")
