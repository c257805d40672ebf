"""One import from start to finish: files in, people in the store, and a report; all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tipsheet.audience.importing.candidate import Candidate, Rejection
from tipsheet.audience.importing.layout import Layout, Mapped
from tipsheet.audience.importing.lines import lines_of
from tipsheet.audience.importing.loading import BATCH, Consent, Loader
from tipsheet.audience.importing.recognition import recognised
from tipsheet.audience.importing.rejected import RejectedRows
from tipsheet.audience.importing.report import REMEMBERED, FileReport
from tipsheet.audience.importing.rows import read_rows
from tipsheet.audience.importing.values import printable
from tipsheet.audience.register import Register
from tipsheet.model.segment import Attribute

__all__ = ["Import", "Instructions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What the editor says about the files; what is empty is found out."""

    consent: str
    """Why these people may be written to."""
    attributes: tuple[Attribute, ...]
    mapped: Mapped
    provider: str = ""
    encoding: str = ""
    separator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import into the store, in the one transaction of the register.

    ``rejected`` gets the rows that are not taken, ``advance`` is told how many more bytes were read.
    """

    register: Register
    instructions: Instructions
    rejected: RejectedRows | None = None
    advance: Callable[[int], None] = lambda _more: None

    def take(self, file: Path) -> FileReport:
        """Import a file.

        Raises UnreadableFileError and UnknownColumnsError for one that cannot be used; let the
        transaction end with it, and nothing of any file is imported. A row that cannot be used is
        in the report, and the others are taken.
        """
        name = printable(file.name)
        loader = Loader(self.register, Consent(wording=self.instructions.consent, source=name))
        with file.open("rb") as stream:
            report = self._read(name, stream, loader)
        loader.close()
        return report

    def _read(self, name: str, stream: BinaryIO, loader: Loader) -> FileReport:
        said = self.instructions
        table = read_rows(lines_of(stream, name, said.encoding), name, said.separator)
        shape = recognised(table.columns, name, provider=said.provider, mapped=bool(said.mapped))
        layout = Layout(table.columns, shape, name=name, mapped=said.mapped, attributes=said.attributes)
        first: list[Rejection] = []
        if self.rejected:
            self.rejected.begin(table.columns)

        def reject(rejection: Rejection) -> None:
            loader.tally.rejected += 1
            if len(first) < REMEMBERED:
                first.append(rejection)
            if self.rejected:
                self.rejected.add(rejection)

        before = 0
        for batch in _batches((layout.read(line, cells) for line, cells in table.rows), reject):
            for rejection in loader.load(batch):
                reject(rejection)
            now = _position(stream)
            self.advance(now - before)
            before = now
        return FileReport(
            name=name,
            shape=shape.title,
            note=shape.note,
            left_out=tuple(sorted(layout.left_out)),
            tally=loader.tally,
            rejections=tuple(sorted(first, key=lambda rejection: rejection.line)),
        )


def _batches(rows: Iterator[Candidate | Rejection], reject: Callable[[Rejection], None]) -> Iterator[list[Candidate]]:
    """Candidates by the batch; what is rejected goes the other way."""
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
