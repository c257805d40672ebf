"""``tipsheet subscribers demo``: fictional people to try everything with."""

import datetime as dt

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.progress import counting
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo_json

__all__ = ["demo"]


@click.command(epilog=examples("tipsheet subscribers demo 1000", "tipsheet subscribers demo 1000 --database demo.db"))
@click.argument("count", type=click.IntRange(min=1))
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def demo(session: Session, count: int, database: str, *, dry_run: bool, as_json: bool, moment: dt.date | None) -> None:
    """Make COUNT fictional subscribers.

    Their attributes and tags are those that mkdocs.yml declares and asks for, and most have
    confirmed. They are the same people every time, so that a second run adds nobody; their addresses
    are at example.org, example.com and example.net, where no mail arrives. A store with real people
    in it is refused.
    """
    from tipsheet.audience.demo import Cast, enrol_fictional

    settings = session.settings()
    cast, added = Cast(attributes=settings.attributes, segments=settings.segments), 0
    with (
        session.register(database, moment, dry_run=dry_run) as register,
        counting(session, "Inventing people", count) as advance,
    ):
        for done, new in enrol_fictional(register, count, cast):
            added += new
            advance(done)
    if as_json:
        echo_json({"asked": count, "added": added})
    there = f"; {count - added:,} were there" if added < count else ""
    session.say(f"{'Would be added' if dry_run else 'Added'}: {added:,} fictional subscribers{there}.")
