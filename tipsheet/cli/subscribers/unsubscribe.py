"""``tipsheet subscribers unsubscribe``: somebody leaves."""

import datetime as dt

import click

from tipsheet.cli.options import database_option, echo_json, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.evidence import source_option
from tipsheet.cli.subscribers.values import subscriber_values

__all__ = ["unsubscribe"]


@click.command(
    epilog=examples(
        "tipsheet subscribers unsubscribe ada@example.org",
        "tipsheet subscribers unsubscribe ada@example.org --source 'a letter of 24 November'",
    )
)
@click.argument("email")
@source_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def unsubscribe(
    session: Session, email: str, source: str, database: str, *, dry_run: bool, as_json: bool, moment: dt.date | None
) -> None:
    """Unsubscribe EMAIL, who gets nothing from then on.

    What is known about them stays, and their address is suppressed: no import brings them back.
    """
    from tipsheet.audience import transitions
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.subscriber import address_of, known

    address = address_of(email)
    with session.register(database, moment, dry_run=dry_run) as register:
        someone = known(register.connection, address)
        someone = transitions.unsubscribe(register, someone, Evidence(source=source))
    if as_json:
        echo_json(subscriber_values(someone))
    session.say(f"{'Would be unsubscribed' if dry_run else 'Unsubscribed'}: {someone.email}.")
