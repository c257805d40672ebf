"""``tipsheet segments count``: how many readers a segment has."""

import click

from tipsheet.cli.names import segments as segment_names
from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo, echo_json

__all__ = ["count"]


@click.command(epilog=examples("tipsheet segments count", "tipsheet segments count managers"))
@click.argument("segment", required=False, shell_complete=segment_names)
@database_option
@json_option
@pass_session
def count(session: Session, segment: str | None, database: str, *, as_json: bool) -> None:
    """Count the readers of a SEGMENT, or of every segment.

    Readers are the confirmed subscribers; nobody else is sent anything. Segments overlap, so the
    numbers do not add up. Those who chose one letter a month, or have paused, are among them.
    """
    from tipsheet.audience.readers import choices_in_words, chosen, count_choices, counts

    declared = session.settings().segments
    with session.store_in_use(database) as engine, engine.connect() as connection:
        asked = declared if segment is None else chosen(declared, {segment})
        found = counts(connection, asked)
        choices = count_choices(connection, session.now(None))
    if segment is not None:
        if as_json:
            echo_json({segment: found[segment]})
        else:
            echo(str(found[segment]))
    elif as_json:
        echo_json(found)
    else:
        echo_table(("segment", "readers"), [[name, f"{readers:,}"] for name, readers in found.items()])
        if words := choices_in_words(choices):
            session.say(words)
