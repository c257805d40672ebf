"""``tipsheet list``, ``calendar`` and ``plan``: the issues, what the editor has coming, and what readers will get."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.sending import at_gate, facts_of
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo_json, echo_table, number

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.audience.plan import PlannedIssue, ReaderGroup
    from tipsheet.delivery.gate import Reason
    from tipsheet.delivery.schedule import Forecast
    from tipsheet.editing.timetable import CalendarEntry
    from tipsheet.model.post import Post
    from tipsheet.settings import Settings, WindowSettings

__all__ = ["calendar", "list_issues", "plan"]

NO_ACTION = "NONE: nobody wrote one"


@click.command("list", epilog=examples("tipsheet list --future", "tipsheet list --articles --json"))
@click.option("--future", is_flag=True, help="Only what has not appeared: drafts and coming issues, soonest first.")
@click.option("--articles", is_flag=True, help="The articles as well.")
@json_option
@now_option
@pass_session
def list_issues(session: Session, *, future: bool, articles: bool, as_json: bool, moment: dt.date | None) -> None:
    """List the issues with date, state and action.

    The newest come first.
    """
    _, publication = session.read(moment)
    posts: list[Post] = [*publication.issues, *(publication.articles if articles else ())]
    if future:
        posts = [post for post in posts if not post.out(publication.now)]
    posts.sort(key=lambda post: (post.published, post.id), reverse=not future)
    rows = [_post_values(post, publication.now) for post in posts]
    if as_json:
        echo_json(rows)
    elif rows:
        columns = ("date", "id", *(("kind",) if articles else ()), "state", "title", "action")
        echo_table(columns, [[row[column] or "" for column in columns] for row in rows])
    else:
        session.say("Nothing is planned." if future else "There are no issues yet.")


def _post_values(post: "Post", now: dt.datetime) -> dict[str, str | None]:
    from tipsheet.model.audience import PUBLIC
    from tipsheet.model.post import Issue

    actions = post.body.all_actions()
    action = post.body.action(PUBLIC) or (actions[0] if actions else None)
    return {
        "date": post.published.date().isoformat(),
        "published": post.published.isoformat(),
        "id": post.id,
        "kind": "issue" if isinstance(post, Issue) else "article",
        "state": "draft" if post.draft else "out" if post.out(now) else "future",
        "title": post.title,
        "action": action.title if action else None,
        "path": post.where.path,
    }


@click.command(epilog=examples("tipsheet calendar", "tipsheet calendar --weeks 4 --json"))
@click.option(
    "--weeks", type=click.IntRange(1, 104), default=8, show_default=True, metavar="N", help="How far to look ahead."
)
@json_option
@now_option
@pass_session
def calendar(session: Session, weeks: int, *, as_json: bool, moment: dt.date | None) -> None:
    """Show what is coming: issues, drafts, free slots and events.

    The end of each note is there too. Times are in the publication's zone, those of events where they
    take place. Readers have a calendar of their own on the site.
    """
    from tipsheet.editing.timetable import Timetable, agenda

    settings, publication = session.read(moment)
    entries = agenda(publication, Timetable.of(settings), weeks)
    if as_json:
        echo_json([_entry_values(entry) for entry in entries])
    else:
        echo_table(("when", "what", "id", "title"), [[_day(one), one.kind, one.id, one.title] for one in entries])


def _day(entry: "CalendarEntry") -> str:
    return f"{entry.at:%a %Y-%m-%d}" if entry.whole_day else f"{entry.at:%a %Y-%m-%d %H:%M %Z}"


def _entry_values(entry: "CalendarEntry") -> dict[str, str | None]:
    at = entry.at.date() if entry.whole_day else entry.at
    return {"at": at.isoformat(), "kind": entry.kind.value, "id": entry.id or None, "title": entry.title or None}


@click.command(epilog=examples("tipsheet plan", "tipsheet plan --json", "tipsheet plan --now 2026-12-01"))
@database_option
@json_option
@now_option
@pass_session
def plan(session: Session, database: str, *, as_json: bool, moment: dt.date | None) -> None:
    """Show the issues that are due and coming, and who gets what.

    Times are in the publication's zone. Readers are counted as they are in the store now, by the
    combination of an issue's segments that they are in; groups for whom nobody wrote an action are
    marked. Readers who chose one letter a month and have had it by then, and those who have paused,
    are counted apart. Issues that were sent, or appeared more than a week ago, are not in the plan.
    Reasons that would stop `tipsheet send`, hours of delivery and daily caps are listed below.
    """
    from tipsheet.audience.plan import plan as plan_of

    settings, publication = session.read(moment)
    zone, history = settings.time_zone, (0, 0)
    with session.store_if_any(database) as engine:
        counted = engine is not None
        if engine is None:
            found = plan_of(publication)
        else:
            with engine.connect() as connection:
                found = plan_of(publication, connection)
                history = _history(connection, publication.now, zone)
    against = {one.issue.id: _against(session, settings, database, one) for one in found}
    spread = {one.issue.id: _spread(one, settings, history) for one in found}
    if as_json:
        echo_json([_values(one, zone, against[one.issue.id], spread[one.issue.id]) for one in found])
    else:
        _show(session, found, zone, counted=counted)
    if not counted:
        session.say("There is no store of subscribers yet, so nobody is counted.")
    for line in (*_remarks(found), *_series(session), *_obstacles(against, spread, settings.delivery.window)):
        session.say(line)


def _show(session: Session, found: "Sequence[PlannedIssue]", zone: dt.tzinfo, *, counted: bool) -> None:
    """The plan as a table."""
    if not found:
        session.say("Nothing is due, and nothing is planned.")
    elif counted:
        columns = ("issue", "goes out", "state", "readers", "segments", "action")
        echo_table(columns, [row for one in found for row in _rows(one, zone)])
    else:
        rows = [[one.issue.id, _when(one, zone), one.state, one.issue.title] for one in found]
        echo_table(("issue", "goes out", "state", "title"), rows)


def _obstacles(
    against: "Mapping[str, tuple[Reason, ...]]",
    spread: "Mapping[str, Forecast | None]",
    window: "WindowSettings | None",
) -> Iterator[str]:
    """The reasons that would stop the sending of each issue, and the caps and hours that would slow it down."""
    for issue, reasons in against.items():
        for reason in reasons:
            yield f"{issue} would not go: {reason.message}. {reason.remedy[:1].upper()}{reason.remedy[1:]}."
    for issue, one in spread.items():
        if one is not None and one.in_words:
            yield f"{issue} is {one.in_words}."
    if window is not None:
        yield _hours(window)


def _history(connection: "sa.Connection", now: dt.datetime, zone: dt.tzinfo) -> tuple[int, int]:
    """The number of days on which letters went out before, and of letters that went out today."""
    from tipsheet.delivery.pace import days_before, sent_today

    return days_before(connection, now, zone), sent_today(connection, now, zone)


def _against(session: Session, settings: "Settings", database: str, one: "PlannedIssue") -> "tuple[Reason, ...]":
    """The reasons against sending an issue that is due and built; of any other issue there are none."""
    from tipsheet.delivery.gate import reasons
    from tipsheet.edition.outbox import NotInOutboxError

    if one.state in {"draft", "coming"}:
        return ()
    try:
        facts, outbox = facts_of(session, settings, database), session.root / "outbox"
        return reasons(at_gate(facts, outbox, one.issue.id, session.now(None)))
    except NotInOutboxError:
        return ()


def _spread(one: "PlannedIssue", settings: "Settings", history: tuple[int, int]) -> "Forecast | None":
    """The days over which the caps spread it; None without a store or a cap."""
    from tipsheet.delivery.schedule import Caps, forecast

    caps = Caps.of(settings.delivery)
    if one.groups is None or caps.on(1) is None:
        return None
    readers = sum(group.readers for group in one.groups)
    return forecast(caps, readers, days_before=history[0], sent_today=history[1])


def _hours(window: "WindowSettings") -> str:
    own = f", in the zone that {window.zone_attribute} names where it is known" if window.zone_attribute else ""
    return f"Letters go from {window.opens}:00 to {window.closes}:00{own}."


def _when(one: "PlannedIssue", zone: dt.tzinfo) -> str:
    return f"{one.issue.published.astimezone(zone):%a %Y-%m-%d %H:%M %Z}"


def _rows(one: "PlannedIssue", zone: dt.tzinfo) -> Iterator[list[str]]:
    """A row for each group of readers; the issue stands in the first."""
    head = [one.issue.id, _when(one, zone), one.state]
    if not one.groups:
        yield [*head, "0", "nobody", ""]
    for group in one.groups or ():
        action = group.action.title if group.action else NO_ACTION
        yield [*head, f"{group.readers:,}", _who(one, group), action]
        head = ["", "", ""]


def _who(one: "PlannedIssue", group: "ReaderGroup") -> str:
    """The segments of a group; readers in no segment that the issue mentions are the others."""
    return ", ".join(sorted(group.segments)) or ("others" if one.issue.names() else "everyone")


def _remarks(found: "Sequence[PlannedIssue]") -> Iterator[str]:
    for one in found:
        if one.left_out:
            causes = ", ".join(f"{count:,} {cause}" for cause, count in one.left_out.items())
            yield f"{one.issue.id}: {number(sum(one.left_out.values()), 'reader')} chose not to get it ({causes})."
        if one.without_action:
            yield (
                f"{one.issue.id}: {number(one.without_action, 'reader')} would get no action. "
                "Write one for them, or one without for=."
            )


def _series(session: Session) -> Iterator[str]:
    """The welcome letters that the last build left: they go to each new reader, not on a day."""
    from tipsheet.delivery.welcome import read_series

    for letter in read_series(session.root / "outbox"):
        hours = letter.after / dt.timedelta(hours=1)
        when = "when they have confirmed" if not hours else f"{number(round(hours), 'hour')} after they confirmed"
        yield f"{letter.issue} is a welcome letter: it goes to each reader once, {when}."


def _values(
    one: "PlannedIssue", zone: dt.tzinfo, against: "tuple[Reason, ...]", spread: "Forecast | None"
) -> dict[str, object]:
    groups = one.groups
    return {
        "id": one.issue.id,
        "title": one.issue.title,
        "published": one.issue.published.astimezone(zone).isoformat(),
        "state": one.state,
        "path": one.issue.where.path,
        "readers": None if groups is None else sum(group.readers for group in groups),
        "reasons": [{"name": each.name, "message": each.message, "remedy": each.remedy} for each in against],
        "letters_by_day": None if spread is None else list(spread.days),
        "left_out": None if groups is None else dict(one.left_out),
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
