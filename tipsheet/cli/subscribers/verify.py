"""``tipsheet subscribers verify``: whether the record of consent is what was written."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.audience.consent import Verdict

__all__ = ["verify"]


@click.command(epilog=examples("tipsheet subscribers verify", "tipsheet subscribers verify --seen 7f53853ba332"))
@click.option("--seen", default="", metavar="HASH", help="A head that you noted, or its beginning: is it still there?")
@database_option
@json_option
@click.pass_context
def verify(ctx: click.Context, seen: str, database: str, *, as_json: bool) -> None:
    """Check that no event of consent was changed, removed or slipped in.

    Each event holds the hash of the one before. The first that does not fit is named, and the
    command ends with 1. A chain cannot tell that its end was cut off: note its head where others
    keep it, and ask for it with --seen.
    """
    from tipsheet.audience.consent import verify as verify_chain

    session = ctx.find_object(Session)
    assert session is not None  # noqa: S101 - the group made it
    with session.store_in_use(database) as engine, engine.connect() as connection:
        verdict = verify_chain(connection, seen=seen)
    if as_json:
        echo_json(asdict(verdict))
    else:
        echo(_sentence(verdict))
    if verdict.fault or verdict.seen is False:
        ctx.exit(1)


def _sentence(verdict: "Verdict") -> str:
    if verdict.fault:
        return f"{verdict.row} does not fit: {verdict.fault}. {number(verdict.events, 'event')} before it fit."
    if verdict.seen is False:
        return f"{number(verdict.events, 'event')} fit, but none of them has the hash that you have seen."
    stripped = f", {verdict.stripped} of them of erased people" if verdict.stripped else ""
    return f"{number(verdict.events, 'event')} fit{stripped}. Head: {verdict.head}"
