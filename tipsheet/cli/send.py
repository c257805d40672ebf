"""``tipsheet send``: an issue to everyone who has not got it."""

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    argument,
    database_option,
    examples,
    flag,
    issues,
    json_option,
    option,
    outbox_option,
    pass_options,
    segments,
    shared,
)
from tipsheet.cli.sending import MINUTES, allow_option, facts_of, gently, reporting, tell, values
from tipsheet.cli.session import Session, counting
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Send:
    """The options of ``tipsheet send``."""

    issue: str = argument("issue", shell_complete=issues)
    address: str | None = option(
        "--to", "address", metavar="ADDRESS", help="Send a test to this address; no reader gets anything."
    )
    named: tuple[str, ...] = option(
        "--segment", "named", multiple=True, shell_complete=segments, help="With --to: a segment to be in."
    )
    dry_run: bool = flag("--dry-run", help="Write the letters to files instead of sending them.")
    yes: bool = flag("--yes", help="Do not ask. Without a terminal nothing is sent unless this is given.")
    connections: int | None = option(
        "--connections",
        type=click.IntRange(1, 64),
        metavar="N",
        help="Connections at a time. Default: as in mkdocs.yml.",
    )
    sender: str | None = option(
        "--sender",
        type=click.Choice(tuple(SENDERS)),
        metavar="NAME",
        help=f"{in_words('for a dry run')}.",
    )
    wait: int = option(
        "--wait",
        type=MINUTES,
        default=30,
        show_default=True,
        metavar="MINUTES",
        help="How long to wait, in all, for servers that put letters off.",
    )
    amend_unsent: bool = flag("--amend-unsent", help="The text was changed: send the new one to those who wait.")
    allowed: tuple[str, ...] = shared(allow_option)
    outbox_dir: Path = shared(outbox_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)


@click.command(
    epilog=examples(
        "tipsheet send 2026-w48 --to me@example.org",
        "tipsheet send 2026-w48 --dry-run",
        "tipsheet send 2026-w48",
        "tipsheet send 2026-w48 --yes --connections 8",
        "tipsheet send 2026-w48 --allow stale",
    )
)
@pass_options(_Send)
def send(session: Session, asked: _Send) -> None:
    """Send an ISSUE to every reader who has not got it.

    A run that was stopped or killed is simply started again: nobody gets a letter twice. On a
    terminal you are asked first; elsewhere, without --yes, it is a dry run. When there are reasons
    against sending, all are listed and nothing is sent; see --allow.
    """
    from tipsheet.delivery.gate import Waiting, pass_gate
    from tipsheet.delivery.sending import Transport
    from tipsheet.delivery.welcome import refuse_welcome
    from tipsheet.edition.outbox import read_edition

    settings, outbox, issue = session.settings(), session.root / asked.outbox_dir, asked.issue
    edition = read_edition(outbox, issue)
    wanted = asked.yes or (sys.stdin.isatty() and sys.stderr.isatty())  # on a terminal somebody is asked below
    name = asked.sender or (FILES[0] if not asked.address and (asked.dry_run or not wanted) else DEFAULT)
    readers = asked.address is None and not asked.dry_run and SENDERS[name].real and wanted
    if readers:
        refuse_welcome(outbox, issue)
        facts = facts_of(session, settings, asked.database)
        waiting = Waiting(facts=facts, outbox=outbox, edition=edition, now=session.now(None), through=name)
        pass_gate(waiting, asked.allowed)
    folder = session.root / REHEARSALS / issue
    transport = Transport(settings=settings, environ=os.environ, sender=name, folder=folder, root=session.root)
    if asked.address is not None:
        _test(session, transport, edition, asked.address, frozenset(asked.named))
    elif readers:
        _send(session, asked, transport, edition)
    else:
        _rehearse(session, transport, edition, asked.database, as_json=asked.as_json)
        if not asked.dry_run:
            session.say("This was a dry run: nothing was sent. Add --yes to send.")


def _send(session: Session, asked: _Send, transport: "Transport", edition: "Edition") -> None:
    """Send the issue to its readers; the state at the end decides the exit code."""
    import datetime as dt

    from tipsheet.delivery.sending import send as send_all

    with session.store_in_use(asked.database) as engine:
        if not asked.yes:
            _ask(engine, transport, edition, session.now(None))
        with gently(), reporting(session, engine, asked.issue) as progress:
            job = transport.job(engine, edition)
            job = replace(job, wait=dt.timedelta(minutes=asked.wait), amend=asked.amend_unsent, progress=progress)
            if asked.connections:
                job = replace(job, connections=asked.connections, most_connections=0)
            status = send_all(replace(job, chose=lambda chosen: session.say(f"{asked.issue} was sent over {chosen}.")))
    if asked.as_json:
        echo_json(values(status))
    else:
        tell(session, status)
    click.get_current_context().exit(status.exit_code)


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
    from tipsheet.delivery.letters import DryRun

    secret, now = secret_of(os.environ), session.now(None)
    folder = session.root / REHEARSALS
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    letters = transport.letters(edition, secret)
    letters.date(now)
    dry_run, connect = (
        DryRun(edition, transport.settings.segments, letters, secret, now),
        transport.connect(edition),
    )
    with (
        session.store_in_use(database) as engine,
        engine.connect() as connection,
        counting(session, "Writing letters", dry_run.count(connection)) as advance,
    ):
        outcomes = dry_run.run(connection, connect(), advance)
    if as_json:
        echo_json({"issue": edition.issue, "folder": str(folder / edition.issue), **outcomes})
        return
    session.say(f"Wrote {outcomes.pop('written'):,} letters to {folder / edition.issue}.")
    for cause, count in outcomes.items():
        session.say(f"  {count:,} could not be written: {cause}")
