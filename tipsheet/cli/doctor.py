"""``tipsheet doctor``: whether everything is in place to send."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.options import database_option, examples, json_option, outbox_option
from tipsheet.cli.sending import at_gate, facts_of
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.delivery.readiness import Facts, Finding

__all__ = ["doctor"]


@click.command(epilog=examples("tipsheet doctor", "tipsheet doctor --connect --json"))
@click.option("--connect", "network", is_flag=True, help="Connect to the mail server and the database as well.")
@outbox_option
@database_option
@json_option
@pass_session
@click.pass_context
def doctor(
    ctx: click.Context, session: Session, *, network: bool, outbox_dir: Path, database: str, as_json: bool
) -> None:
    """Look at everything that sending needs, and say all that is missing at once.

    The secret, the store, the postal address, the address to unsubscribe, the domains, the mail
    server, and the newest letter in the outbox. Without --connect no connection is opened; nothing
    is sent either way. Ends with 1 when something is missing; warnings are for you to weigh.
    """
    from tipsheet.delivery.readiness import examine
    from tipsheet.problems import Severity

    settings = session.settings()
    facts = facts_of(session, settings, database, network=network)
    findings = (*examine(facts), *_letters(session, facts, session.root / outbox_dir))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            echo(_line(finding))
        session.say(f"{number(errors, 'thing')} missing." if errors else "Ready to send.")
    ctx.exit(1 if errors else 0)


def _letters(session: Session, facts: "Facts", outbox: Path) -> "Iterator[Finding]":
    """What speaks against the newest letter in the outbox, as far as it is not said already."""
    from tipsheet.delivery.gate import GATE, reasons
    from tipsheet.delivery.readiness import Finding
    from tipsheet.delivery.schedule import outgoing
    from tipsheet.problems import Severity

    for one in outgoing(outbox)[-1:]:
        for reason in reasons(at_gate(facts, outbox, one.issue, session.now(None))):
            if reason.name in GATE:
                message = f"{reason.name}: {reason.message}"
                yield Finding(subject=one.issue, message=message, remedy=reason.remedy, severity=Severity.ERROR)


def _line(finding: "Finding") -> str:
    mark = finding.severity.value if finding.severity else "ok"
    remedy = f"\n           {finding.remedy}" if finding.remedy else ""
    return f"{mark:<9}{finding.subject}: {finding.message}{remedy}"
