"""``tipsheet segments explain``: why somebody is in a segment."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, json_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.audience.readers import Membership, Reason
    from tipsheet.audience.subscriber import Subscriber

__all__ = ["explain"]


@click.command(
    epilog=examples("tipsheet segments explain ada@example.org", "tipsheet segments explain ada@example.org --json")
)
@click.argument("email")
@database_option
@json_option
@pass_session
def explain(session: Session, email: str, database: str, *, as_json: bool) -> None:
    """Say which segments EMAIL is in, and why.

    Every condition of every rule stands with what is known of the person and whether it holds.
    """
    from tipsheet.audience.readers import memberships
    from tipsheet.audience.subscriber import address_of, known
    from tipsheet.model.segment import Reader

    address, declared = address_of(email), session.settings().segments
    with session.store_in_use(database) as engine, engine.connect() as connection:
        someone = known(connection, address)
    reader = Reader(
        attributes=someone.attributes,
        tags=frozenset(someone.tags),
        topics=frozenset(someone.topics),
        status=someone.status,
    )
    found = memberships(reader, declared)
    if as_json:
        echo_json(_values(someone, found))
        return
    echo(_summary(someone, found))
    if found:
        echo()
        echo_table(("segment", "in it", "condition", "holds", "known"), list(_rows(found)))


def _summary(someone: "Subscriber", found: "Sequence[Membership]") -> str:
    names = ", ".join(one.segment.id for one in found if one.member) or "no segment"
    gets = "" if someone.status == "confirmed" else " Only the confirmed are sent anything."
    return f"{someone.email} is {someone.status}, and in {names}.{gets}"


def _rows(found: "Sequence[Membership]") -> Iterator[list[str]]:
    for one in found:
        head = [one.segment.id, _yes(one.member)]
        for reason in one.reasons:
            yield [*head, reason.condition, _yes(reason.holds), _known(reason)]
            head = ["", ""]


def _yes(holds: object) -> str:
    return "yes" if holds else "no"


def _known(reason: "Reason") -> str:
    """``role: manager``, ``tags: none``."""
    match reason.known:
        case None:
            return f"{reason.asks}: not known"
        case tuple():
            return f"{reason.asks}: {', '.join(reason.known) or 'none'}"
        case bool():
            return f"{reason.asks}: {str(reason.known).lower()}"
        case _:
            return f"{reason.asks}: {reason.known}"


def _values(someone: "Subscriber", found: "Sequence[Membership]") -> dict[str, object]:
    from dataclasses import asdict

    from tipsheet.model.segment import sentence

    return {
        "email": someone.email,
        "status": someone.status,
        "segments": [
            {
                "id": one.segment.id,
                "title": one.segment.title,
                "who": sentence(one.segment.rule),
                "member": one.member,
                "reasons": [asdict(reason) for reason in one.reasons],
            }
            for one in found
        ],
    }
