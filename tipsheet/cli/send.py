"""``tipsheet send``: an issue to everyone who has not got it."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, issues, json_option, outbox_option, segments
from tipsheet.cli.sending import allow_option, at_gate, facts_of, gently, reporting, tell, values
from tipsheet.cli.session import Session, counting, pass_session
from tipsheet.cli.terminal import echo_json, one_line
from tipsheet.delivery.senders import DEFAULT, FILES, SENDERS, in_words

if TYPE_CHECKING:
    import datetime as dt

    import sqlalchemy as sa

    from tipsheet.delivery.sending import Transport
    from tipsheet.edition.edition import Edition

__all__ = ["send"]

REHEARSALS = "dry-run"
"""Folder for the letters of a dry run; git ignores what is in it, since the readers' addresses are."""


@click.command(
    epilog=examples(
        "tipsheet send 2026-w48 --to me@example.org",
        "tipsheet send 2026-w48 --dry-run",
        "tipsheet send 2026-w48",
        "tipsheet send 2026-w48 --yes --connections 8",
        "tipsheet send 2026-w48 --allow stale",
    )
)
@click.argument("issue", shell_complete=issues)
@click.option("--to", "address", metavar="ADDRESS", help="Send a test to this address; no reader gets anything.")
@click.option("--segment", "named", multiple=True, shell_complete=segments, help="With --to: a segment to be in.")
@click.option("--dry-run", is_flag=True, help="Write the letters to files instead of sending them.")
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is sent unless this is given.")
@click.option(
    "--connections", type=click.IntRange(1, 64), metavar="N", help="Connections at a time. Default: as in mkdocs.yml."
)
@click.option(
    "--sender",
    "sender_name",
    type=click.Choice(tuple(SENDERS)),
    metavar="NAME",
    help=f"{in_words('for a dry run')}.",
)
@click.option(
    "--wait",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait, in all, for servers that put letters off.",
)
@click.option("--amend-unsent", is_flag=True, help="The text was changed: send the new one to those who wait.")
@allow_option
@outbox_option
@database_option
@json_option
@pass_session
@click.pass_context
def send(
    ctx: click.Context,
    session: Session,
    issue: str,
    *,
    address: str | None,
    named: tuple[str, ...],
    sender_name: str | None,
    database: str,
    outbox_dir: Path,
    connections: int | None,
    wait: int,
    dry_run: bool,
    yes: bool,
    amend_unsent: bool,
    allowed: tuple[str, ...],
    as_json: bool,
) -> None:
    """Send an ISSUE to every reader who has not got it.

    A run that was stopped or killed is simply started again: nobody gets a letter twice. On a
    terminal you are asked first; elsewhere, without --yes, it is a dry run. What speaks against
    sending is told, all at once, and nothing is sent; see --allow.
    """
    import datetime as dt

    from tipsheet.delivery.gate import pass_gate
    from tipsheet.delivery.sending import Transport
    from tipsheet.delivery.sending import send as send_all
    from tipsheet.delivery.welcome import refuse_welcome
    from tipsheet.edition.outbox import read_edition

    settings, outbox = session.settings(), session.root / outbox_dir
    edition = read_edition(outbox, issue)
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    name = sender_name or (FILES[0] if not address and (dry_run or not (yes or asked)) else DEFAULT)
    readers = address is None and not dry_run and SENDERS[name].real and (yes or asked)
    if readers:
        refuse_welcome(outbox, issue)
        facts = facts_of(session, settings, database)
        pass_gate(at_gate(facts, outbox, issue, session.now(None), name), allowed)
    transport = Transport(settings=settings, environ=os.environ, sender=name, folder=session.root / REHEARSALS / issue)
    if address is not None:
        _test(session, transport, edition, address, frozenset(named))
        return
    if not readers:
        _rehearse(session, transport, edition, database, as_json=as_json)
        if not dry_run:
            session.say("This was a dry run: nothing was sent. Add --yes to send.")
        return
    with session.store_in_use(database) as engine:
        if not yes:
            _ask(engine, transport, edition, session.now(None))
        with gently(), reporting(session, engine, issue) as progress:
            job = transport.job(engine, edition)
            job = replace(job, wait=dt.timedelta(minutes=wait), amend=amend_unsent, progress=progress)
            status = send_all(replace(job, connections=connections or job.connections))
    if as_json:
        echo_json(values(status))
    else:
        tell(session, status)
    ctx.exit(status.exit_code)


def _test(session: Session, transport: "Transport", edition: "Edition", address: str, segments: frozenset[str]) -> None:
    from tipsheet.delivery.letters import dated, send_test

    dated_now, connect = dated(edition, session.now(None)), transport.connect(edition)
    receipt = send_test(dated_now, address, segments, connect, entropy=os.urandom)
    session.say(f"Sent a test of {edition.issue} to {address}: {receipt.code} {receipt.text}".rstrip())


def _ask(engine: "sa.Engine", transport: "Transport", edition: "Edition", now: "dt.datetime") -> None:
    """Say what is about to happen, and stop unless it is wanted."""
    from tipsheet.delivery.letters import count_readers
    from tipsheet.delivery.snapshot import find_send
    from tipsheet.delivery.status import status_of
    from tipsheet.store.states import DeliveryState, SendState

    with engine.connect() as connection:
        found = find_send(connection, edition.issue)
        if found is None or found.state is SendState.HELD:
            count = count_readers(connection, edition, transport.settings.segments, now)
        else:
            count = status_of(connection, edition.issue).counts[DeliveryState.QUEUED]
    readers = "1 reader" if count == 1 else f"{count:,} readers"
    click.confirm(
        one_line(f"Send {edition.issue}, “{edition.title}”, to {readers} by {transport.sender}?"), abort=True, err=True
    )


def _rehearse(session: Session, transport: "Transport", edition: "Edition", database: str, *, as_json: bool) -> None:
    from tipsheet.audience.secret import secret_of
    from tipsheet.delivery.letters import Rehearsal

    secret, now = secret_of(os.environ), session.now(None)
    folder = session.root / REHEARSALS
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    letters = transport.letters(edition, secret)
    letters.date(now)
    rehearsal, connect = (
        Rehearsal(edition, transport.settings.segments, letters, secret, now),
        transport.connect(edition),
    )
    with (
        session.store_in_use(database) as engine,
        engine.connect() as connection,
        counting(session, "Writing letters", rehearsal.count(connection)) as advance,
    ):
        outcomes = rehearsal.run(connection, connect(), advance)
    if as_json:
        echo_json({"issue": edition.issue, "folder": str(folder / edition.issue), **outcomes})
        return
    session.say(f"Wrote {outcomes.pop('written'):,} letters to {folder / edition.issue}.")
    for cause, count in outcomes.items():
        session.say(f"  {count:,} could not be written: {cause}")
