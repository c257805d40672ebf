"""``tipsheet subscribers suppress``: somebody who must never be written to."""

import datetime as dt

import click

from tipsheet.cli.options import database_option, examples, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.evidence import source_option

__all__ = ["suppress"]


@click.command(epilog=examples("tipsheet subscribers suppress ada@example.org"))
@click.argument("email")
@source_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@now_option
@pass_session
def suppress(
    session: Session, email: str, source: str, database: str, *, dry_run: bool, moment: dt.date | None
) -> None:
    """Never write to EMAIL, whether or not anybody is known by it.

    A subscriber is unsubscribed. Of a stranger only a hash of the address is kept, which no import
    gets past.
    """
    from tipsheet.audience import transitions
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.subscriber import address_of

    address = address_of(email)
    with session.register(database, moment, dry_run=dry_run) as register:
        transitions.refuse(register, address, Evidence(source=source))
    session.say(f"{'Would be suppressed' if dry_run else 'Suppressed'}: {address.email}.")
