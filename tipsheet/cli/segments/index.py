"""``tipsheet segments index``: make counting quicker in a large store."""

import click

from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo_json

__all__ = ["index"]


@click.command(epilog=examples("tipsheet segments index", "tipsheet segments index --drop"))
@click.option("--drop", is_flag=True, help="Drop the indexes instead.")
@database_option
@json_option
@pass_session
def index(session: Session, database: str, *, drop: bool, as_json: bool) -> None:
    """Index the attributes that rules compare.

    It pays from some hundred thousand subscribers on, and where a value picks a small part of them;
    everything works without. Only attributes that a rule compares with 'is' or 'one_of' are indexed.
    Run it again when rules have changed.
    """
    from tipsheet.audience.conditions import compared_attributes, drop_indexes, make_indexes
    from tipsheet.store.database import writing

    declared = session.settings().segments
    with session.store_in_use(database) as engine, writing(engine) as connection:
        done = drop_indexes(connection) if drop else make_indexes(connection, compared_attributes(declared))
    if as_json:
        echo_json({"dropped" if drop else "made": done})
    session.say(f"{'Dropped' if drop else 'Made'}: {', '.join(done) or 'none'}.")
