"""``tipsheet subscribers unsubscribe``: somebody leaves, or everybody in a list."""

import datetime as dt
import os
from collections.abc import Iterable
from functools import partial

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.evidence import source_option
from tipsheet.cli.subscribers.values import subscriber_values
from tipsheet.cli.terminal import echo_json

__all__ = ["unsubscribe"]

SOME_UNKNOWN = 4
MOST_SHOWN = 20


@click.command(
    epilog=examples(
        "tipsheet subscribers unsubscribe ada@example.org",
        "tipsheet subscribers unsubscribe dvfoii35ynn5xhilgyqot7znzt6c42x3 --source 'her mail of 24 November'",
        "tipsheet subscribers unsubscribe --list left.txt",
    )
)
@click.argument("who", required=False)
@click.option(
    "--list",
    "lines",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Addresses and tokens, one a line; - is standard input.",
)
@source_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def unsubscribe(
    session: Session,
    /,
    who: str | None,
    lines: Iterable[str] | None,
    source: str,
    database: str,
    *,
    dry_run: bool,
    as_json: bool,
    moment: dt.date | None,
) -> None:
    """Unsubscribe WHO, an address or the token of a letter; they get nothing from then on.

    The token is the 32 letters and digits in a letter's List-Unsubscribe, and in the subject of the
    mail by which a reader answers it: ``unsubscribe TOKEN``. What is known about them stays, and their
    address is suppressed: no import brings them back. Of a list, whoever is known leaves; lines that
    name nobody are told, and the command ends with 4.
    """
    from tipsheet.audience.consent import Evidence
    from tipsheet.audience.register import open_register
    from tipsheet.audience.secret import secret_of
    from tipsheet.audience.transitions import NotFound, leave, leave_all, wishes

    if (who is None) is (lines is None):
        raise click.UsageError("Give an address, a token, or --list FILE.")
    evidence = Evidence(source=source)
    secret, now = secret_of(os.environ), session.now(moment)
    with session.store(database) as engine:
        opened = partial(open_register, engine, secret, now=now, dry_run=dry_run)
        if who is not None:
            with opened() as register:
                someone = leave(register, who, evidence)
        else:
            found = list(leave_all(partial(opened, one_of_many=True), wishes(lines or ()), evidence))
    done = "Would be unsubscribed" if dry_run else "Unsubscribed"
    if who is not None:
        if as_json:
            echo_json(subscriber_values(someone))
        session.say(f"{done}: {someone.email}.")
        return
    missing = [one for one in found if isinstance(one, NotFound)]
    if as_json:
        refused = [{"line": one.line, "reason": one.reason} for one in missing]
        echo_json({"unsubscribed": len(found) - len(missing), "refused": refused})
    session.say(f"{done}: {len(found) - len(missing):,}.")
    for one in missing[:MOST_SHOWN]:
        session.say(f"  line {one.line}: {one.reason}")
    if missing:
        click.get_current_context().exit(SOME_UNKNOWN)
