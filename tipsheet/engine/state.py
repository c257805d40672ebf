"""The state of the last build as a file: SQLite, ``.tipsheet/state.db``.

Everything but the texts is read when a build begins, and all is written when it is done, in one transaction. A file
that is no state of this form, or is damaged, is as good as none; what another version of the program made keeps only
its facts about files. A text is read when it is asked for: few are.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tipsheet.engine.inputs import Seen

__all__ = ["DamagedStateError", "Kept", "Output", "Row", "Snapshot", "StateFile", "Texts", "load", "save"]

FORM = 7
"""Version of the tables; another one is not read."""
APPLICATION = 0x54495053
"""``TIPS``, SQLite's mark of whose file it is."""

TABLES = {
    "fact": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "seen": "path TEXT PRIMARY KEY, digest TEXT NOT NULL, size INT, mtime INT, ctime INT, inode INT",
    "reading": "path TEXT PRIMARY KEY, stamp TEXT NOT NULL, url TEXT NOT NULL, asked TEXT NOT NULL, data BLOB NOT NULL",
    "answer": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "light": "name TEXT PRIMARY KEY, data BLOB NOT NULL",
    "text": "path TEXT PRIMARY KEY, data BLOB NOT NULL",
    "unit": "path TEXT PRIMARY KEY, key TEXT NOT NULL, value BLOB, problems BLOB",
    "output": "path TEXT PRIMARY KEY, unit TEXT NOT NULL, digest TEXT NOT NULL, size INT, mtime INT",
}
"""Columns by tables, the key first. Each row ends in its digest (``crc``); those of outputs, which are most, have one
for all among the facts, which know how many rows each table has as well."""


class DamagedStateError(Exception):
    """A text of the state cannot be read: it costs a build from nothing."""


class Row(NamedTuple):
    """A reading, encoded, with the digest of its file and the names that it asked about."""

    stamp: str
    url: str
    asked: tuple[str, ...]
    data: bytes


class Kept(NamedTuple):
    """A unit as it was made: its key, and its value and problems, encoded."""

    key: str
    value: bytes | None
    problems: bytes | None


class Output(NamedTuple):
    """A file that was written: by which unit, with which content, and how it lay there."""

    unit: str
    digest: str
    size: int
    mtime: int


@dataclass(slots=True)
class Texts(Mapping[str, bytes]):
    """Long values by their paths. Those in ``file`` are ``stored`` there and read one by one, ``new`` ones are here."""

    file: Path | None = None
    key: bytes = field(default=b"", repr=False)
    stored: frozenset[str] = frozenset()
    new: dict[str, bytes] = field(default_factory=dict)
    _opened: dict[int, sqlite3.Connection] = field(default_factory=dict, repr=False)

    def __getitem__(self, path: str) -> bytes:
        """The value; raises KeyError where there is none, and DamagedStateError."""
        if path in self.new:
            return self.new[path]
        if path not in self.stored or self.file is None:
            raise KeyError(path)
        try:
            row = self._connection(self.file).execute("SELECT * FROM text WHERE path = ?", (path,)).fetchone()
        except sqlite3.Error as error:
            raise DamagedStateError(path) from error
        if row is None or _digest("text", row[:-1], self.key) != row[-1] or type(row[1]) is not bytes:
            raise DamagedStateError(path)
        return bytes(row[1])

    def _connection(self, file: Path) -> sqlite3.Connection:
        """The file, opened once in each process: a connection is of no use in a child."""
        if os.getpid() not in self._opened:
            self._opened[os.getpid()] = _read_only(file)
        return self._opened[os.getpid()]

    def close(self) -> None:
        """Close the file."""
        if connection := self._opened.pop(os.getpid(), None):
            connection.close()

    def __iter__(self) -> Iterator[str]:
        return iter({*self.stored, *self.new})

    def __len__(self) -> int:
        return len(self.stored.union(self.new))


@dataclass(slots=True)
class Snapshot:
    """All that is kept between builds, by the names of its tables; `facts` hold the generation and what made it.

    ``light`` are values that hold many small ones, such as all rows of posts; ``texts`` are read when they are needed.
    """

    facts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    readings: dict[str, Row] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    light: dict[str, bytes] = field(default_factory=dict)
    texts: Texts = field(default_factory=Texts)
    units: dict[str, Kept] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)

    @property
    def generation(self) -> int:
        """The number of builds that have left a state here."""
        return int(self.facts.get("generation", "0"))


def load(file: Path, key: bytes = b"") -> tuple[Snapshot, str]:
    """The state, and in words why there is none of it when there was a file; ``key`` is what `save` was given."""
    if not file.is_file():
        return Snapshot(), ""
    try:
        with closing(_read_only(file)) as connection:
            (mark,), (form,) = connection.execute("PRAGMA application_id"), connection.execute("PRAGMA user_version")
            if mark[0] != APPLICATION or form[0] != FORM:
                return Snapshot(), "the state of the last build is of another version"
            return _loaded(connection, file, key), ""
    except (sqlite3.Error, ValueError, UnicodeError):
        return Snapshot(), "the state of the last build cannot be read"


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _loaded(connection: sqlite3.Connection, file: Path, key: bytes) -> Snapshot:
    rows = partial(_sound, connection, key)
    found = Snapshot(facts=dict(rows("fact")), answers=dict(rows("answer")), light=dict(rows("light")))
    found.texts = Texts(file, key, frozenset([path for (path,) in connection.execute("SELECT path FROM text")]))
    for path, digest, size, mtime, ctime, inode in rows("seen"):
        found.seen[path] = Seen(digest, None if size is None else (size, mtime, ctime, inode))
    for path, stamp, url, asked, data in rows("reading"):
        found.readings[path] = Row(stamp, url, tuple(asked.split("\n")) if asked else (), data)
    found.units = {path: Kept(*row) for path, *row in rows("unit")}
    found.outputs = {path: Output(*row) for path, *row in connection.execute("SELECT * FROM output")}
    if found.facts and found.facts.get("rows") != _count(found, key):
        raise ValueError("rows are missing")
    _ = found.generation  # a number
    return found


def _sound(connection: sqlite3.Connection, key: bytes, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table without their digests; raises ValueError for one that is damaged."""
    for *row, digest in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own names
        if _digest(table, row, key) != digest:
            raise ValueError(f"a row of {table} is damaged")
        yield tuple(row)


def _digest(table: str, row: Sequence[object], key: bytes) -> bytes:
    """The digest of a row. With a key (RFC 7693, 2.9) nobody who does not know it can write a row that is taken."""
    try:
        data = msgspec.msgpack.encode((table, *row))
    except UnicodeEncodeError:  # the name of a file that is not UTF-8
        data = repr((table, *row)).encode(errors="surrogatepass")
    return blake2b(data, digest_size=16, key=key).digest()


def _count(snapshot: Snapshot, key: bytes) -> str:
    tables = (
        snapshot.seen, snapshot.readings, snapshot.answers, snapshot.light, snapshot.texts, snapshot.units,
        snapshot.outputs,
    )  # fmt: skip
    outputs = _digest("output", [(path, *snapshot.outputs[path]) for path in sorted(snapshot.outputs)], key)
    return " ".join([*(str(len(table)) for table in tables), outputs.hex()])


def save(file: Path, before: Snapshot, after: Snapshot, key: bytes = b"") -> Snapshot:
    """Write what changed, in one transaction, and give what `load` would give now.

    ``key`` seals every row, so that `load` takes no others.
    """
    after = replace(after, facts={**after.facts, "rows": _count(after, key)})  # `before` may share its facts
    with closing(_opened(file)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        write = _Writer(connection, key)
        write.table("fact", before.facts, after.facts, lambda value: (value,))
        write.table("seen", before.seen, after.seen, lambda seen: (seen.digest, *(seen.mark or (None,) * 4)))
        write.table("reading", before.readings, after.readings, _reading_row)
        write.table("answer", before.answers, after.answers, lambda value: (value,))
        write.table("light", before.light, after.light, lambda value: (value,))
        write.texts(after.texts)
        write.table("unit", before.units, after.units, tuple)
        write.table("output", before.outputs, after.outputs, tuple)
    return replace(after, texts=Texts(file, key, frozenset(after.texts)))


@dataclass(slots=True)
class StateFile:
    """The file of the state in a folder.

    A program that builds again and again keeps one: then the file is read only where somebody else has written it.
    ``program`` is the digest of the program that runs, once it is known.
    """

    folder: Path
    program: str = ""
    _last: Snapshot | None = None
    _mark: tuple[int, ...] = ()

    @property
    def file(self) -> Path:
        """The path of the file."""
        return self.folder / "state.db"

    def load(self, key: bytes) -> tuple[Snapshot, str]:
        """The state; see `load`."""
        if self._last is not None and self._mark and self._mark == self._seen():
            return self._last, ""
        return load(self.file, key)

    def save(self, before: Snapshot, after: Snapshot, key: bytes) -> None:
        """Write the state; see `save`."""
        if not before.facts:  # there is none, or none that could be read
            self.file.unlink(missing_ok=True)
        self._last = save(self.file, before, after, key)
        self._mark = self._seen()

    def _seen(self) -> tuple[int, ...]:
        try:
            found = self.file.stat()
        except OSError:
            return ()
        return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _reading_row(reading: Row) -> tuple[object, ...]:
    return reading.stamp, reading.url, "\n".join(reading.asked), reading.data


@dataclass(frozen=True, slots=True)
class _Writer:
    connection: sqlite3.Connection
    key: bytes

    def texts(self, texts: Texts) -> None:
        """Write the texts that are new; others that are to stay are in the file already."""
        there = {path for (path,) in self.connection.execute("SELECT path FROM text")}
        gone = there - texts.stored.union(texts.new)
        self.connection.executemany("DELETE FROM text WHERE path = ?", [(path,) for path in gone])
        new = [(path, data, _digest("text", (path, data), self.key)) for path, data in texts.new.items()]
        self.connection.executemany("INSERT OR REPLACE INTO text VALUES (?, ?, ?)", new)

    def table(
        self, name: str, before: Mapping[str, Any], after: Mapping[str, Any], row: Callable[[Any], tuple[object, ...]]
    ) -> None:
        """Write the rows that differ; the key is the first column."""
        column = TABLES[name].partition(" ")[0]
        gone = [(one,) for one in before.keys() - after.keys()]
        self.connection.executemany(f"DELETE FROM {name} WHERE {column} = ?", gone)  # noqa: S608 - our own names
        new = [(key, *row(value)) for key, value in after.items() if before.get(key) != value]
        if new:
            if name != "output":
                new = [(*one, _digest(name, one, self.key)) for one in new]
            marks = ", ".join("?" * len(new[0]))
            self.connection.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({marks})", new)  # noqa: S608


def _opened(file: Path) -> sqlite3.Connection:
    """The file with its tables; one that is none of ours is made anew."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        (form,) = connection.execute("PRAGMA user_version").fetchone()
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        sound = (form, mark) == (FORM, APPLICATION)
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        connection.close()
        file.unlink(missing_ok=True)
        connection = sqlite3.connect(file, isolation_level=None)
        for table, columns in TABLES.items():
            check = "" if table == "output" else ", crc BLOB NOT NULL"
            connection.execute(f"CREATE TABLE {table} ({columns}{check})")
        connection.executescript(f"PRAGMA user_version={FORM}; PRAGMA application_id={APPLICATION};")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection
