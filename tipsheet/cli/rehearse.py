"""``tipsheet rehearse``: the coming weeks, with the readers of the store or with made-up ones."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import database_option, examples, flag, json_option, now_option, option, pass_options, shared
from tipsheet.cli.session import Session, counting
from tipsheet.cli.terminal import echo, echo_json, echo_table, number

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tipsheet.delivery.gaps import Finding
    from tipsheet.delivery.rehearsal import Rehearsal, RehearsedIssue
    from tipsheet.delivery.schedule import SendingDay
    from tipsheet.model.publication import Publication
    from tipsheet.settings import Settings

__all__ = [
    "ActionOfGroup", "CohortOfRehearsal", "DayOfRehearsal", "FindingOfRehearsal", "GroupOfIssue", "IssueOfCohort",
    "IssueOfRehearsal", "RehearsalInJson", "rehearse",
]  # fmt: skip

MADE_UP = 1000
"""Readers who are made up where there is no store."""
GAPS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rehearse:
    """The options of ``tipsheet rehearse``."""

    weeks: int = option(
        "--weeks", type=click.IntRange(1, 52), default=12, show_default=True, metavar="N", help="How far to look ahead."
    )
    demo: int | None = option(
        "--demo",
        type=click.IntRange(1, 1_000_000),
        metavar="N",
        help=f"Take so many made-up readers; without a store there are {MADE_UP:,}.",
    )
    drafts: bool = flag("--drafts", help="Rehearse drafts as if they were finished.")
    strict: bool = flag("--strict", help="Drafts and free slots are gaps as well.")
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet rehearse", "tipsheet rehearse --weeks 4 --drafts", "tipsheet rehearse --demo 1000 --strict --json"
    )
)
@pass_options(_Rehearse)
def rehearse(session: Session, asked: _Rehearse) -> None:
    """Rehearse the coming weeks: who gets which action, and what is missing.

    Issues go as tipsheet publish would send them, to readers as tipsheet plan counts them: the same
    code decides. Gaps are readers without an action, or with the same one twice, two letters on one
    day, issues that nobody sends, files with mistakes, and days over the limits. With a gap it ends with 1, so that a
    pipeline stops; drafts and free slots are told as well. Nothing is sent or written down.
    """
    from tipsheet.delivery.rehearsal import Stage
    from tipsheet.delivery.rehearsal import rehearse as rehearsed
    from tipsheet.editing.timetable import WEEK, EntryKind, Timetable, agenda

    settings, publication, broken = session.read_and_tell(asked.moment)
    entries = agenda(publication, Timetable.of(settings), asked.weeks)
    free = tuple(one.at for one in entries if one.kind is EntryKind.FREE)
    with _readers(session, asked, settings, publication) as (engine, made_up), engine.connect() as connection:
        until = publication.now + asked.weeks * WEEK
        stage = Stage(until=until, free=free, drafts=asked.drafts, made_up=made_up, broken=broken)
        found = rehearsed(publication, settings, connection, stage)
        count = _count(connection)
    gaps = [one for one in found.findings if one.gap or asked.strict]
    language = publication.masthead.language
    if asked.as_json:
        values = _in_json(
            found, settings.time_zone, readers=count, made_up=made_up, strict=asked.strict, language=language
        )
        echo_json(values.as_builtins())
    else:
        kind = "made-up reader" if made_up else "reader"
        session.say(f"Rehearsed {number(asked.weeks, 'week')} with {count:,} {kind}{'' if count == 1 else 's'}.")
        _show(found, settings.time_zone, publication)
        for one in found.findings:
            remedy = f"{one.remedy[:1].upper()}{one.remedy[1:]}"
            echo(f"{'gap' if one in gaps else 'remark'}: {one.message}. {remedy}.")
        session.say(f"{number(len(gaps), 'gap')}.")
    click.get_current_context().exit(GAPS if gaps else 0)


@contextmanager
def _readers(
    session: Session, asked: _Rehearse, settings: "Settings", publication: "Publication"
) -> "Iterator[tuple[sa.Engine, bool]]":
    """The store of the publication, or one with made-up readers that is deleted afterwards."""
    from tipsheet.store.failures import NoStoreError

    with session.store_if_any(asked.database) as engine:
        if engine is not None and asked.demo is None:
            yield engine, False
            return
    if asked.database and asked.demo is None:
        message = (
            f"there is no store at '{asked.database}'" if "://" not in asked.database else "there is no such store"
        )
        raise NoStoreError(message, "name the one of the publication, or rehearse with made-up readers: --demo 1000")
    with _made_up(session, asked.demo or MADE_UP, settings, publication.now) as engine:
        yield engine, True


@contextmanager
def _made_up(session: Session, count: int, settings: "Settings", now: dt.datetime) -> "Iterator[sa.Engine]":
    from tipsheet.audience.demo import FictionalAudience, enrol_fictional
    from tipsheet.audience.register import open_register
    from tipsheet.audience.secret import Secret
    from tipsheet.store.database import open_store

    cast = FictionalAudience(attributes=settings.attributes, segments=settings.segments)
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as folder:
        engine = open_store(f"sqlite:///{Path(folder) / 'audience.db'}")
        try:
            with (
                open_register(engine, Secret("of nobody: these readers are made up"), now=now) as register,
                counting(session, "Making up readers", count) as advance,
            ):
                for done, _new in enrol_fictional(register, count, cast):
                    advance(done)
            yield engine
        finally:
            engine.dispose()


def _count(connection: "sa.Connection") -> int:
    from tipsheet.audience.readers import counts

    return counts(connection, ())["everyone"]


def _show(found: "Rehearsal", zone: dt.tzinfo, publication: "Publication") -> None:
    if found.issues:
        columns = ("issue", "goes out", "state", "readers", "segments", "action", "language")
        echo_table(columns, [row for one in found.issues for row in _rows(one, zone, publication.masthead.language)])
    if found.days:
        echo()
        rows = [
            [f"{one.day:%a %Y-%m-%d}", f"{one.letters:,}", f"{one.limit:,}" if one.limit else "", _waiting(one)]
            for one in found.days
        ]
        echo_table(("day", "letters", "limit", "waiting"), rows)
    if found.findings:
        echo()


def _waiting(one: "SendingDay") -> str:
    return f"{sum(one.waiting.values()):,}" if one.waiting else ""


def _rows(one: "RehearsedIssue", zone: dt.tzinfo, language: str) -> Iterator[list[str]]:
    """A row for each group of readers; the issue stands in the first."""
    from tipsheet.model.language import is_language, spoken

    planned = one.planned
    at = (one.goes or planned.issue.published).astimezone(zone)
    head = [one.id, f"{at:%a %Y-%m-%d %H:%M %Z}", planned.state]
    if not planned.groups:
        yield [*head, "0", "nobody", "", ""]
    for group in planned.groups or ():
        who = ", ".join(one for one in sorted(group.segments) if not is_language(one)) or (
            "others" if planned.issue.names() else "everyone"
        )
        action = group.action.title if group.action else "NONE"
        yield [*head, f"{group.readers:,}", who, action, spoken(group.segments, language)]
        head = ["", "", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOfGroup:
    """The action of a group of readers."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOfIssue:
    """Readers of an issue who are in the same of the segments that it mentions, and the action they get, if any."""

    segments: tuple[str, ...]
    readers: int
    language: str
    action: ActionOfGroup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOfRehearsal:
    """An issue that is due or coming; ``goes`` is null for one that does not go by itself.

    ``state`` is ``draft``, ``coming`` or ``due``, or what the ledger says of one that is on its way. ``groups`` are
    told apart by segments, so that each reader who gets it is in one. ``left_out`` are numbers of those for whom it is
    meant and who chose not to get it, by the cause. ``actions_of_segments`` says for each segment for which it is meant
    if its action is its ``own``, the ``general`` one or ``none``.
    """

    id: str
    title: str
    published: str
    goes: str | None
    state: str
    path: str
    groups: tuple[GroupOfIssue, ...]
    left_out: dict[str, int]
    actions_of_segments: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOfCohort:
    """An issue that goes to a cohort, and the id of its action there; null for none."""

    issue: str
    action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortOfRehearsal:
    """Readers to whom the same happens in all these weeks, with the segments that any issue mentions."""

    segments: tuple[str, ...]
    readers: int
    gets: tuple[IssueOfCohort, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfRehearsal:
    """The letters of a day; ``limit`` is null where there is none, and ``waiting`` are letters that it leaves over."""

    day: str
    letters: int
    limit: int | None
    waiting: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOfRehearsal:
    """A gap, for which the command ends with 1, or a remark; ``segments`` are those of groups of readers."""

    kind: str
    gap: bool
    message: str
    remedy: str
    issue: str | None
    day: str | None
    readers: int
    segments: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalInJson:
    """The coming weeks; moments have the offset of the publication's time zone, days are of it.

    ``readers`` are all who are confirmed in the store, or those that were ``made_up``.
    """

    from_: str
    until: str
    readers: int
    made_up: bool
    cohorts: tuple[CohortOfRehearsal, ...]
    days: tuple[DayOfRehearsal, ...]
    findings: tuple[FindingOfRehearsal, ...]
    issues: tuple[IssueOfRehearsal, ...]

    def as_builtins(self) -> dict[str, object]:
        """The rehearsal as JSON has it: ``from`` is no name in Python."""
        return {name.rstrip("_"): value for name, value in asdict(self).items()}


def _in_json(
    found: "Rehearsal", zone: dt.tzinfo, *, readers: int, made_up: bool, strict: bool, language: str
) -> RehearsalInJson:
    return RehearsalInJson(
        from_=found.now.astimezone(zone).isoformat(),
        until=found.until.astimezone(zone).isoformat(),
        readers=readers,
        made_up=made_up,
        cohorts=tuple(
            CohortOfRehearsal(
                segments=tuple(sorted(cohort.segments)),
                readers=cohort.readers,
                gets=tuple(IssueOfCohort(issue=issue, action=action or None) for issue, action in gets),
            )
            for cohort, gets in found.readers
        ),
        days=tuple(
            DayOfRehearsal(day=one.day.isoformat(), letters=one.letters, limit=one.limit, waiting=dict(one.waiting))
            for one in found.days
        ),
        findings=tuple(_finding(one, strict=strict) for one in found.findings),
        issues=tuple(_issue(one, zone, language) for one in found.issues),
    )


def _issue(one: "RehearsedIssue", zone: dt.tzinfo, language: str) -> IssueOfRehearsal:
    from tipsheet.model.language import spoken

    planned = one.planned
    return IssueOfRehearsal(
        id=one.id,
        title=planned.issue.title,
        published=planned.issue.published.astimezone(zone).isoformat(),
        goes=one.goes.astimezone(zone).isoformat() if one.goes else None,
        state=planned.state,
        path=planned.issue.where.path,
        groups=tuple(
            GroupOfIssue(
                segments=tuple(sorted(group.segments)),
                readers=group.readers,
                language=spoken(group.segments, language),
                action=ActionOfGroup(id=group.action.id, title=group.action.title) if group.action else None,
            )
            for group in planned.groups or ()
        ),
        left_out=dict(planned.left_out),
        actions_of_segments={name: wording.value for name, wording in one.wordings.items()},
    )


def _finding(one: "Finding", *, strict: bool) -> FindingOfRehearsal:
    return FindingOfRehearsal(
        kind=one.kind.value,
        gap=one.gap or strict,
        message=one.message,
        remedy=one.remedy,
        issue=one.issue or None,
        day=one.day.isoformat() if one.day else None,
        readers=one.readers,
        segments=tuple(tuple(sorted(segments)) for segments in one.segments),
    )
