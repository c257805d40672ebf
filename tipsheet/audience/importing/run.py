"""One import from start to finish: files in, people in the store, and a report.

A file is read through once before anything is written, so that one that is broken changes nothing.
Then rows go in by batches, each a transaction of its own under the record of the import: meanwhile
readers leave and issues are sent, and an import that is killed can be continued or undone.
"""

import datetime as dt
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from tipsheet.audience.consent import Entropy, Evidence
from tipsheet.audience.importing.candidates import Candidate, Rejection
from tipsheet.audience.importing.cells import printable
from tipsheet.audience.importing.columns import Instructions, recognised
from tipsheet.audience.importing.csv_file import CsvRow, RowsOfFile, UnreadableFileError, lines_of, read_rows
from tipsheet.audience.importing.layout import Layout
from tipsheet.audience.importing.loading import BATCH, Loader
from tipsheet.audience.importing.records import ImportRecord, begin, finish, only_import, progress, resume, undo
from tipsheet.audience.importing.report import REMEMBERED, FileReport, RejectedRows
from tipsheet.audience.register import open_register
from tipsheet.audience.secret import Secret
from tipsheet.errors import TipsheetError

__all__ = ["Import"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import into a store.

    ``rejected`` gets the rows that are not taken, ``advance`` is told how many more bytes were read,
    ``begun`` the number of the import, once something may be in the store. A dry run keeps nothing.
    """

    engine: sa.Engine
    secret: Secret
    now: dt.datetime
    instructions: Instructions
    entropy: Entropy = os.urandom
    rejected: RejectedRows | None = None
    advance: Callable[[int], None] = lambda _more: None
    begun: Callable[[int], None] = lambda _number: None
    dry_run: bool = False

    def take(self, files: Sequence[Path], *, continued: int = 0) -> list[FileReport]:
        """Import files, under the record ``continued`` of an import that was killed, or a new one.

        Raises UnreadableFileError and UnknownColumnsError for a file that cannot be used, and then
        nothing of any file is in the store. A row that cannot be used is in the report, and the
        others are taken. BusyError: another import is at work.
        """
        with only_import(self.engine):
            for file in files:
                self._survey(file)
            record = self._record(files, continued)
            if record:
                self.begun(record.id)
            try:
                work = _Work(record)
                reports = [self._take(file, work) for file in files]
            except TipsheetError:
                if record:  # a stream that was broken further on, or a file that changed meanwhile
                    undo(self.engine, self.secret, record.id, self.now)
                    self.begun(0)
                raise
            if record:
                finish(self.engine, record.id, self.now)
        return reports

    def _record(self, files: Sequence[Path], continued: int) -> ImportRecord | None:
        if self.dry_run:
            return None
        if continued:
            return resume(self.engine, continued)
        return begin(self.engine, [printable(file.name) for file in files], self.now)

    def _survey(self, file: Path) -> None:
        """Read a file through to its end; what comes by a pipe can be read only once."""
        if stat.S_ISREG(file.stat().st_mode):
            with file.open("rb") as stream:
                table, layout = self._opened(printable(file.name), stream)
                for line, cells in table.rows:
                    _refuse_header(layout, table.name, line, cells)

    def _opened(self, name: str, stream: BinaryIO) -> tuple[RowsOfFile, Layout]:
        said = self.instructions
        table = read_rows(lines_of(stream, name, said.encoding), name, said.separator)
        return table, Layout(table.columns, recognised(table.columns, name, said), name, said)

    def _take(self, file: Path, work: "_Work") -> FileReport:
        name = printable(file.name)
        consent = Evidence(wording=self.instructions.consent, source=name)
        loader = Loader(consent, work.record.id if work.record else None)
        first: list[Rejection] = []

        def reject(rejection: Rejection) -> None:
            loader.tally.rejected += 1
            if len(first) < REMEMBERED:
                first.append(rejection)
            if self.rejected:
                self.rejected.add(rejection)

        with file.open("rb") as stream, loader:
            table, layout = self._opened(name, stream)
            if self.rejected:
                self.rejected.begin(table.columns)
            before = 0
            for batch in _batches(_read(table, layout), reject):
                for rejection in self._load(loader, batch, work):
                    reject(rejection)
                now = _position(stream)
                self.advance(now - before)
                before = now
        shape = layout.shape
        return FileReport(
            name=name,
            shape=shape.title,
            note=shape.note,
            taken=tuple(layout.taken()),
            left_out=tuple(sorted(layout.left_out)),
            unread=dict(layout.unread),
            unknown=dict(layout.unknown),
            tally=loader.tally,
            rejections=tuple(sorted(first, key=lambda rejection: rejection.line)),
        )

    def _load(self, loader: Loader, batch: Sequence[Candidate], work: "_Work") -> list[Rejection]:
        """One batch in a transaction of its own; all that an import changes has the moment at which it began."""
        now = work.record.at if work.record else self.now
        with open_register(
            self.engine, self.secret, now=now, entropy=self.entropy, dry_run=self.dry_run, one_of_many=True
        ) as register:
            rejections = loader.load(register, batch)
            if work.record:
                work.counts[loader.source] = asdict(loader.tally)
                progress(register.connection, work.record.id, work.counts, self.now)
        return rejections


@dataclass(frozen=True, slots=True)
class _Work:
    """The record of the import, none in a dry run, and the rows of each file so far."""

    record: ImportRecord | None
    counts: dict[str, Mapping[str, int]] = field(default_factory=dict)


def _read(table: RowsOfFile, layout: Layout) -> Iterator[Candidate | Rejection]:
    """Read rows as people. The first batch tells whether the day or the month comes first."""
    rows = iter(table.rows)
    first = list(islice(rows, BATCH))
    width = len(table.columns)
    layout.learn_order(
        {field: [cells[at] for _, cells in first if len(cells) == width] for field, at in layout.moments.items()}
    )
    for line, cells in _chained(first, rows):
        _refuse_header(layout, table.name, line, cells)
        yield layout.read(line, cells)


def _chained(first: list[CsvRow], rest: Iterator[CsvRow]) -> Iterator[CsvRow]:
    yield from first
    first.clear()
    yield from rest


def _refuse_header(layout: Layout, name: str, line: int, cells: Sequence[str]) -> None:
    """Raise UnreadableFileError where the columns of another file begin."""
    if layout.is_header(cells):
        raise UnreadableFileError(
            f"{name}:{line}: the names of columns begin once more; files were pasted together here",
            "import each by itself, all in one command, since each has columns of its own",
        )


def _batches(rows: Iterator[Candidate | Rejection], reject: Callable[[Rejection], None]) -> Iterator[list[Candidate]]:
    """Candidates in batches; rejections are given to ``reject``."""
    batch: list[Candidate] = []
    for row in rows:
        if isinstance(row, Rejection):
            reject(row)
            continue
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _position(stream: BinaryIO) -> int:
    """Bytes read so far; a pipe does not know."""
    try:
        return stream.tell()
    except OSError:
        return 0
