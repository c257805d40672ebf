"""``tipsheet segments``: the segments of the readership, and who is in them."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.groups import Group
from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.options import segments as segment_names
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json, echo_table

if TYPE_CHECKING:
    from tipsheet.audience.readers import Membership, SegmentReason
    from tipsheet.audience.subscriber import Subscriber
    from tipsheet.model.publication import Publication
    from tipsheet.model.segment import Segment

__all__ = ["segments"]


@click.group(cls=Group, epilog=examples("tipsheet segments list", "tipsheet segments explain ada@example.org"))
def segments() -> None:
    """Show the segments of the readership, and who is in them."""


@segments.command("list", epilog=examples("tipsheet segments list", "tipsheet segments list --json"))
@database_option
@json_option
@now_option
@pass_session
def list_segments(session: Session, database: str, *, as_json: bool, moment: dt.date | None) -> None:
    """List the segments: who belongs to each, and how many issues and actions mention it.

    Where there is a store of subscribers, each segment's readers are counted.
    """
    from tipsheet.model.segment import sentence

    _, publication = session.read(moment)
    counts = _readers(session, database, publication.segments)
    rows = [
        {
            "id": segment.id,
            "title": segment.title,
            "pages": "public" if segment.public else "private",
            "who": sentence(segment.rule),
            "readers": counts[segment.id] if counts else None,
            **_mentions(segment.id, publication),
        }
        for segment in publication.segments
    ]
    if as_json:
        echo_json(rows)
    elif rows:
        columns = [name for name in rows[0] if counts or name != "readers"]
        echo_table(columns, [[_shown(row[name]) for name in columns] for row in rows])
    else:
        session.say("mkdocs.yml declares no segments.")


def _shown(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _mentions(segment: str, publication: "Publication") -> dict[str, int]:
    """The issues and the actions that mention a segment; an action that is used again counts once."""
    actions = (*publication.evergreen, *(a for issue in publication.issues for a in issue.body.all_actions()))
    return {
        "issues": sum(segment in issue.names() for issue in publication.issues),
        "actions": len({action.id for action in actions if segment in action.audience.names()}),
    }


def _readers(session: Session, database: str, segments: "tuple[Segment, ...]") -> "Mapping[str, int] | None":
    """The readers of each segment, where there is a store."""
    from tipsheet.audience.readers import counts

    with session.store_if_any(database) as engine:
        if engine is None:
            return None
        with engine.connect() as connection:
            return counts(connection, segments)


@segments.command(epilog=examples("tipsheet segments count", "tipsheet segments count managers"))
@click.argument("segment", required=False, shell_complete=segment_names)
@database_option
@json_option
@pass_session
def count(session: Session, segment: str | None, database: str, *, as_json: bool) -> None:
    """Count the readers of a SEGMENT, or of every segment.

    Readers are the confirmed subscribers; nobody else is sent anything. Segments overlap, so the
    numbers do not add up. Those who chose one letter a month, or have paused, are among them.
    """
    from tipsheet.audience.readers import choices_in_words, chosen, count_choices, counts

    declared = session.settings().segments
    with session.store_in_use(database) as engine, engine.connect() as connection:
        asked = declared if segment is None else chosen(declared, {segment})
        found = counts(connection, asked)
        choices = count_choices(connection, session.now(None))
    if segment is not None:
        if as_json:
            echo_json({segment: found[segment]})
        else:
            echo(str(found[segment]))
    elif as_json:
        echo_json(found)
    else:
        echo_table(("segment", "readers"), [[name, f"{readers:,}"] for name, readers in found.items()])
        if words := choices_in_words(choices):
            session.say(words)


@segments.command(
    epilog=examples("tipsheet segments explain ada@example.org", "tipsheet segments explain ada@example.org --json")
)
@click.argument("email")
@database_option
@json_option
@pass_session
def explain(session: Session, email: str, database: str, *, as_json: bool) -> None:
    """Show which segments EMAIL is in, and why.

    For every condition of every rule it shows whether it holds, and the value that is known of the
    person.
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
        locale=someone.locale,
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


def _known(reason: "SegmentReason") -> str:
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


@segments.command(epilog=examples("tipsheet segments index", "tipsheet segments index --drop"))
@click.option("--drop", is_flag=True, help="Drop the indexes instead.")
@database_option
@json_option
@pass_session
def index(session: Session, database: str, *, drop: bool, as_json: bool) -> None:
    """Index the attributes that rules compare.

    It pays from some hundred thousand subscribers on, and where a value picks a small part of them;
    everything works without. Only attributes that a rule compares with 'is' or 'one_of' are indexed.
    Run it again when rules have changed.
    """
    from tipsheet.audience.conditions import compared_attributes, drop_indexes, make_indexes
    from tipsheet.store.database import writing

    declared = session.settings().segments
    with session.store_in_use(database) as engine, writing(engine) as connection:
        done = drop_indexes(connection) if drop else make_indexes(connection, compared_attributes(declared))
    if as_json:
        echo_json({"dropped" if drop else "made": done})
    session.say(f"{'Dropped' if drop else 'Made'}: {', '.join(done) or 'none'}.")
