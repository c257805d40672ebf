"""``tipsheet segments``: the parts of the readership."""

import datetime as dt

import click

from tipsheet.cli.options import echo_json, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table

__all__ = ["segments"]


@click.group(epilog=examples("tipsheet segments list"))
def segments() -> None:
    """Show the segments of the readership."""


@segments.command("list", epilog=examples("tipsheet segments list", "tipsheet segments list --json"))
@json_option
@now_option
@pass_session
def list_segments(session: Session, *, as_json: bool, moment: dt.date | None) -> None:
    """List the segments: who belongs to each, and how many issues and actions mention it."""
    from dataclasses import asdict

    from tipsheet.editing.mentions import mentions_of
    from tipsheet.model.segment import sentence

    _, publication = session.read(moment)
    rows = [
        {
            "id": segment.id,
            "title": segment.title,
            "pages": "public" if segment.public else "private",
            "who": sentence(segment.rule),
            **asdict(mentions_of(segment.id, publication)),
        }
        for segment in publication.segments
    ]
    if as_json:
        echo_json(rows)
    elif rows:
        echo_table(tuple(rows[0]), [[str(value) for value in row.values()] for row in rows])
    else:
        session.say("mkdocs.yml declares no segments.")
