"""``tipsheet subscribers count``: how many there are."""

import click

from tipsheet.cli.names import segments
from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo_json

__all__ = ["count"]


@click.command(epilog=examples("tipsheet subscribers count", "tipsheet subscribers count --segment managers"))
@click.option("--segment", metavar="NAME", shell_complete=segments, help="Only those whom its rule includes.")
@database_option
@json_option
@pass_session
def count(session: Session, segment: str | None, database: str, *, as_json: bool) -> None:
    """Count the subscribers by status.

    Only the confirmed are sent anything. The suppressed are addresses that must not be written to;
    they are known by a hash, and some belong to people who were erased. Of the confirmed it is told
    how many chose one letter a month, and how many have paused.
    """
    from tipsheet.audience.readers import (
        EVERYBODY,
        choices_in_words,
        chosen,
        count_by_status,
        count_choices,
        count_suppressed,
    )

    rule = EVERYBODY if segment is None else chosen(session.settings().segments, {segment})[0].rule
    with session.store_in_use(database) as engine, engine.connect() as connection:
        counts = count_by_status(connection, rule)
        suppressed = count_suppressed(connection)
        choices = count_choices(connection, session.now(None), rule)
    total = sum(counts.values())
    if as_json:
        others = {"suppressed": suppressed} if segment is None else {"segment": segment}
        echo_json({"by_status": dict(counts), "by_choice": dict(choices), "total": total, **others})
        return
    echo_table(("status", "subscribers"), [[status, f"{number:,}"] for status, number in counts.items()])
    rest = f"; {suppressed:,} addresses are suppressed" if segment is None else f" in {segment}"
    session.say(f"{total:,} in all{rest}.")
    if words := choices_in_words(choices):
        session.say(words)
