"""``tipsheet subscribers erase``: forget somebody."""

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo_json, one_line

if TYPE_CHECKING:
    from tipsheet.audience.personal_data import Dossier

__all__ = ["erase"]


@click.command(
    epilog=examples(
        "tipsheet subscribers erase ada@example.org --dry-run", "tipsheet subscribers erase ada@example.org --yes"
    )
)
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask; needed where nobody can be asked.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be erased.")
@database_option
@json_option
@now_option
@pass_session
def erase(
    session: Session, email: str, database: str, *, yes: bool, dry_run: bool, as_json: bool, moment: dt.date | None
) -> None:
    """Erase everything about EMAIL, for good.

    One thing stays: a hash of the address that cannot be read, so that no list brings the person
    back. Letters already sent stay in the count, without their address. Copies of the store are
    yours to delete; those beside it are named.
    """
    from tipsheet.audience.personal_data import dossier_of
    from tipsheet.audience.register import open_register
    from tipsheet.audience.secret import secret_of
    from tipsheet.audience.subscriber import UnknownSubscriberError, address_of, known
    from tipsheet.audience.transitions import erase as erase_person
    from tipsheet.store.database import copies_of, settle

    address, secret, now = address_of(email), secret_of(os.environ), session.now(moment)
    copies: tuple[Path, ...] = ()
    with session.store_in_use(database) as engine:
        with engine.connect() as connection:
            dossier = dossier_of(connection, secret, address)
        if dossier.empty:
            raise UnknownSubscriberError(f"nothing is held about {address.email}", "look at the spelling")
        if dossier.subscriber and not dry_run:
            if not yes:
                _ask(dossier)
            with open_register(engine, secret, now=now) as register:
                erase_person(register, known(register.connection, address))
            settle(engine)
            copies = copies_of(engine.url)
    if as_json:
        echo_json({**_counts(dossier), "erased": not dry_run, "copies": [str(copy) for copy in copies]})
    elif dossier.subscriber:
        session.say(f"{'Would be erased' if dry_run else 'Erased'}: {_words(dossier)}.")
    else:
        session.say("Nothing is held about them but the hash that keeps them from coming back.")
    if copies:
        session.say("These copies were made before and still hold them; delete what you do not need:")
        for copy in copies:
            session.say(f"  {copy}")


def _ask(dossier: "Dossier") -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: add --yes.")
    click.confirm(one_line(f"Erase {_words(dossier)}, for good?"), abort=True, err=True)


def _counts(dossier: "Dossier") -> dict[str, int]:
    """How many rows of each kind there are about the person."""
    return {
        "subscribers": int(dossier.subscriber is not None),
        "consent_events": len(dossier.consent),
        "deliveries": len(dossier.deliveries),
    }


def _words(dossier: "Dossier") -> str:
    events, letters = len(dossier.consent), len(dossier.deliveries)
    return f"one subscriber, {number(events, 'event')} of consent, the address of {number(letters, 'letter')}"
