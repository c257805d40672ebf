"""``tipsheet doctor``: everything that sending needs, and what of it is missing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    database_option,
    examples,
    flag,
    json_option,
    option,
    outbox_option,
    pass_options,
    shared,
)
from tipsheet.cli.sending import at_gate, facts_of, sender_option
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo, echo_json, number
from tipsheet.delivery.senders import REAL

if TYPE_CHECKING:
    from tipsheet.delivery.readiness import Facts, Finding

__all__ = ["doctor", "tables"]


class _Doctor(click.Command):
    """A command whose help ends in what it looks at, from the tables themselves."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the tables, then the examples; they are imported for this alone."""
        for title, examinations in tables().items():
            with formatter.section(title):
                formatter.write_dl([(name, sentence.rstrip(".")) for name, sentence in examinations.items()])
        super().format_epilog(ctx, formatter)


def tables() -> Mapping[str, Mapping[str, str]]:
    """The names of the examinations with the first sentence of each."""
    from tipsheet.delivery import online
    from tipsheet.delivery.gate import examinations

    return {
        "Examinations": _described(examinations(*REAL)),
        "Examinations with --online": _described(online.EXAMINATIONS),
    }


def _described(examinations: Mapping[str, Callable[..., object]]) -> Mapping[str, str]:
    return {name: (look.__doc__ or "").split("\n")[0] for name, look in examinations.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The options of ``tipsheet doctor``."""

    network: bool = option("--connect", "network", is_flag=True, help="Connect to the mail server and the database.")
    online: bool = flag("--online", help="Ask DNS and the address to unsubscribe as well; connects, too.")
    resolver: str = option(
        "--resolver", default="", metavar="ADDRESS", help="Server of DNS to ask instead of this machine's."
    )
    sender: str = shared(sender_option)
    outbox_dir: Path = shared(outbox_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)


@click.command(
    cls=_Doctor, epilog=examples("tipsheet doctor", "tipsheet doctor --connect --json", "tipsheet doctor --online")
)
@pass_options(_Options)
def doctor(session: Session, asked: _Options) -> None:
    """Look at all that sending needs, and say what is missing.

    Settings, secrets, the store, and the newest letter in the outbox. Without --connect and --online
    no connection is opened; nothing is sent either way, and nobody is unsubscribed. Ends with 1 when
    something is missing; warnings are for you to weigh.
    """
    from tipsheet.delivery.gate import examinations
    from tipsheet.delivery.readiness import examined
    from tipsheet.problems import Severity

    if asked.resolver and not asked.online:
        raise click.UsageError("--resolver goes with --online.")
    settings = session.settings()
    facts = facts_of(session, settings, asked.database, network=asked.network or asked.online)
    letters = _letters(session, facts, session.root / asked.outbox_dir)
    findings = (*examined(examinations(asked.sender), facts), *letters)
    if asked.online:
        findings += _online(session, facts, asked.resolver)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if asked.as_json:
        echo_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            echo(_line(finding))
        session.say(f"{number(errors, 'thing')} missing." if errors else "Ready to send.")
    click.get_current_context().exit(1 if errors else 0)


def _online(session: Session, facts: "Facts", resolver: str) -> "tuple[Finding, ...]":
    import ssl

    from tipsheet.delivery.online import Online, examine_online
    from tipsheet.delivery.online.lookups import Lookups, resolver_at

    trust = ssl.create_default_context()
    return examine_online(
        Online(facts=facts, lookups=Lookups(resolver_at(resolver)), trust=trust, now=session.now(None))
    )


def _letters(session: Session, facts: "Facts", outbox: Path) -> "Iterator[Finding]":
    """The reasons against sending the newest letter in the outbox, or a welcome letter, that no examination names."""
    from tipsheet.delivery.gate import of_letter
    from tipsheet.delivery.readiness import Finding
    from tipsheet.delivery.schedule import outgoing
    from tipsheet.delivery.welcome import read_series
    from tipsheet.problems import Severity

    for name in (*(one.issue for one in outgoing(outbox)[-1:]), *(one.issue for one in read_series(outbox))):
        for reason in of_letter(at_gate(facts, outbox, name, session.now(None))):
            message = f"{reason.name}: {reason.message}"
            yield Finding(subject=name, message=message, remedy=reason.remedy, severity=Severity.ERROR)


def _line(finding: "Finding") -> str:
    mark = finding.severity.value if finding.severity else "ok"
    remedy = f"\n           {finding.remedy}" if finding.remedy else ""
    return f"{mark:<9}{finding.subject}: {finding.message}{remedy}"
