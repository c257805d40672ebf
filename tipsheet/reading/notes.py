"""``content/notes/*.md``: notices that issues of a period carry by themselves."""

from tipsheet.fields import read_table
from tipsheet.model.post import Note
from tipsheet.problems import Problem
from tipsheet.reading.body import BodyReader, Parsed
from tipsheet.reading.names import unknown_segments
from tipsheet.reading.sources import Source
from tipsheet.reading.tables import NoteTable

__all__ = ["read_note"]


def read_note(source: Source, parsed: Parsed, reader: BodyReader, problems: list[Problem]) -> Note | None:
    """The note of a file, or None when its header has mistakes; it may hold events and passages, but no action."""
    problems += parsed.problems
    if source.header is None:
        return None
    table, found = read_table(NoteTable, source.header, what="the header of a note", code="TS009")
    problems += found
    if table is None:
        return None
    problems += unknown_segments(table.audience, reader.segments, source.header.place(("for",)))
    return Note(
        id=table.id,
        title=table.title,
        starts=table.starts,
        expires=table.expires,
        audience=table.audience,
        body=parsed.body(),
        where=source.where,
    )
