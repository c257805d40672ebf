"""``tipsheet segments list``: what the segments are."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tipsheet.model.segment import Segment

__all__ = ["list_segments"]


@click.command("list", epilog=examples("tipsheet segments list", "tipsheet segments list --json"))
@database_option
@json_option
@now_option
@pass_session
def list_segments(session: Session, database: str, *, as_json: bool, moment: dt.date | None) -> None:
    """List the segments: who belongs to each, and how many issues and actions mention it.

    Where there is a store of subscribers, each segment's readers are counted.
    """
    from dataclasses import asdict

    from tipsheet.editing.mentions import mentions_of
    from tipsheet.model.segment import sentence

    _, publication = session.read(moment)
    counts = _readers(session, database, publication.segments)
    rows = [
        {
            "id": segment.id,
            "title": segment.title,
            "pages": "public" if segment.public else "private",
            "who": sentence(segment.rule),
            "readers": counts[segment.id] if counts else None,
            **asdict(mentions_of(segment.id, publication)),
        }
        for segment in publication.segments
    ]
    if as_json:
        echo_json(rows)
    elif rows:
        columns = [name for name in rows[0] if counts or name != "readers"]
        echo_table(columns, [[_shown(row[name]) for name in columns] for row in rows])
    else:
        session.say("mkdocs.yml declares no segments.")


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _readers(session: Session, database: str, segments: "tuple[Segment, ...]") -> "Mapping[str, int] | None":
    """The readers of each segment, where there is a store."""
    from tipsheet.audience.readers import counts

    with session.store_if_any(database) as engine:
        if engine is None:
            return None
        with engine.connect() as connection:
            return counts(connection, segments)
