"""``content/notes/*.md``: notices that issues of a period carry by themselves."""

from tipsheet.fields import read_table
from tipsheet.model.post import Note
from tipsheet.problems import Problem
from tipsheet.reading.body import BodyReader
from tipsheet.reading.names import unknown_segments
from tipsheet.reading.sources import Source
from tipsheet.reading.tables import NoteTable

__all__ = ["read_notes"]


def read_notes(sources: list[Source], reader: BodyReader, problems: list[Problem]) -> list[Note]:
    """Read every note; a note may hold events and passages for segments, but no action."""
    notes = []
    for source in sources:
        parsed = reader.read(source, place="note", ids=False)
        problems += parsed.problems
        if source.header is None:
            continue
        table, found = read_table(NoteTable, source.header, what="the header of a note", code="TS009")
        problems += found
        if table is None:
            continue
        problems += unknown_segments(table.audience, reader.segments, source.header.place(("for",)))
        notes.append(
            Note(
                id=table.id,
                title=table.title,
                starts=table.starts,
                expires=table.expires,
                audience=table.audience,
                body=parsed.body(),
                where=source.where,
            )
        )
    return notes
