"""``tipsheet doctor``: whether everything is in place to send."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.options import database_option, echo_json, examples, json_option
from tipsheet.cli.session import Session, pass_session

if TYPE_CHECKING:
    from tipsheet.delivery.readiness import Finding

__all__ = ["doctor"]


@click.command(epilog=examples("tipsheet doctor", "tipsheet doctor --connect --json"))
@click.option("--connect", "network", is_flag=True, help="Connect to the mail server and the database as well.")
@database_option
@json_option
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, *, network: bool, database: str, as_json: bool) -> None:
    """Look at everything that sending needs, and say all that is missing at once.

    The secret, the store, the postal address, the way out, the domains and the mail server. Without
    --connect no connection is opened; nothing is sent either way. Ends with 1 when something is
    missing; warnings are for you to weigh.
    """
    from tipsheet.delivery.readiness import Facts, examine
    from tipsheet.problems import Severity
    from tipsheet.store.location import store_url

    settings = session.settings()
    facts = Facts(
        root=session.root,
        settings=settings,
        environ=os.environ,
        store=lambda: store_url(session.root, database, published=[settings.docs_dir]),
        network=network,
    )
    findings = examine(facts)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(_line(finding))
        session.say(f"{number(errors, 'thing')} missing." if errors else "Ready to send.")
    ctx.exit(1 if errors else 0)


def _line(finding: "Finding") -> str:
    mark = finding.severity.value if finding.severity else "ok"
    remedy = f"\n           {finding.remedy}" if finding.remedy else ""
    return f"{mark:<9}{finding.subject}: {finding.message}{remedy}"
