"""``tipsheet calendar``: what the editor has coming."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo_json

if TYPE_CHECKING:
    from tipsheet.editing.agenda import Entry

__all__ = ["calendar"]


@click.command(epilog=examples("tipsheet calendar", "tipsheet calendar --weeks 4 --json"))
@click.option(
    "--weeks", type=click.IntRange(1, 104), default=8, show_default=True, metavar="N", help="How far to look ahead."
)
@json_option
@now_option
@pass_session
def calendar(session: Session, weeks: int, *, as_json: bool, moment: dt.date | None) -> None:
    """Show what is coming: issues, drafts, free slots, events, and notes that end.

    Times are in the publication's zone, those of events where they take place. Readers have a
    calendar of their own on the site.
    """
    from tipsheet.editing.agenda import agenda
    from tipsheet.editing.slots import Timetable

    settings, publication = session.read(moment)
    entries = agenda(publication, Timetable.of(settings), weeks)
    if as_json:
        echo_json([_values(entry) for entry in entries])
    else:
        echo_table(("when", "what", "id", "title"), [[_when(one), one.kind, one.id, one.title] for one in entries])


def _when(entry: "Entry") -> str:
    return f"{entry.at:%a %Y-%m-%d}" if entry.whole_day else f"{entry.at:%a %Y-%m-%d %H:%M %Z}"


def _values(entry: "Entry") -> dict[str, str | None]:
    at = entry.at.date() if entry.whole_day else entry.at
    return {"at": at.isoformat(), "kind": entry.kind.value, "id": entry.id or None, "title": entry.title or None}
