"""``tipsheet plan``: what goes to whom, and when."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.options import database_option, echo_json, examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.tables import echo_table

if TYPE_CHECKING:
    from tipsheet.audience.plan import Group, PlannedIssue

__all__ = ["plan"]

NO_ACTION = "NONE: nobody wrote one"


@click.command(epilog=examples("tipsheet plan", "tipsheet plan --json", "tipsheet plan --now 2026-12-01"))
@database_option
@json_option
@now_option
@pass_session
def plan(session: Session, database: str, *, as_json: bool, moment: dt.date | None) -> None:
    """Show which issues are due and coming, and who would read what in them.

    Times are in the publication's zone. Readers are counted as they are in the store now, by the
    combination of an issue's segments that they are in; readers for whom nobody wrote an action are
    marked. What was sent, and what appeared more than a week ago, is not in the plan.
    """
    from tipsheet.audience.plan import plan as plan_of

    settings, publication = session.read(moment)
    zone = settings.time_zone
    with session.store_if_any(database) as engine:
        counted = engine is not None
        if engine is None:
            found = plan_of(publication)
        else:
            with engine.connect() as connection:
                found = plan_of(publication, connection)
    if as_json:
        echo_json([_values(one, zone) for one in found])
    elif not found:
        session.say("Nothing is due, and nothing is planned.")
    elif counted:
        columns = ("issue", "goes out", "state", "readers", "segments", "action")
        echo_table(columns, [row for one in found for row in _rows(one, zone)])
    else:
        rows = [[one.issue.id, _when(one, zone), one.state, one.issue.title] for one in found]
        echo_table(("issue", "goes out", "state", "title"), rows)
    if not counted:
        session.say("There is no store of subscribers yet, so nobody is counted.")
    for line in _remarks(found):
        session.say(line)


def _when(one: "PlannedIssue", zone: dt.tzinfo) -> str:
    return f"{one.issue.published.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _rows(one: "PlannedIssue", zone: dt.tzinfo) -> Iterator[list[str]]:
    """A line for each group of readers; the issue stands in the first."""
    head = [one.issue.id, _when(one, zone), one.state]
    if not one.groups:
        yield [*head, "0", "nobody", ""]
    for group in one.groups or ():
        action = group.action.title if group.action else NO_ACTION
        yield [*head, f"{group.readers:,}", _who(one, group), action]
        head = ["", "", ""]


def _who(one: "PlannedIssue", group: "Group") -> str:
    """The segments of a group; whoever is in none of those that the issue mentions is among the others."""
    return ", ".join(sorted(group.segments)) or ("others" if one.issue.names() else "everyone")


def _remarks(found: "Sequence[PlannedIssue]") -> Iterator[str]:
    for one in found:
        if one.without_action:
            yield (
                f"{one.issue.id}: {number(one.without_action, 'reader')} would get no action. "
                "Write one for them, or one without for=."
            )


def _values(one: "PlannedIssue", zone: dt.tzinfo) -> dict[str, object]:
    groups = one.groups
    return {
        "id": one.issue.id,
        "title": one.issue.title,
        "published": one.issue.published.astimezone(zone).isoformat(),
        "state": one.state,
        "path": one.issue.where.path,
        "readers": None if groups is None else sum(group.readers for group in groups),
        "without_action": None if groups is None else one.without_action,
        "groups": None
        if groups is None
        else [
            {
                "segments": sorted(group.segments),
                "readers": group.readers,
                "action": group.action and {"id": group.action.id, "title": group.action.title},
            }
            for group in groups
        ],
    }
