"""The coming weeks, rehearsed: who gets which action, what is missing or comes twice, and how many letters go each day.

Nothing in here decides anew. Issues go when `schedule.due` says so, as for ``tipsheet publish``; readers and their
choices come from `audience.plan.cohorts`, as for ``tipsheet plan``; the action of a reader is the one of the letter;
hours are those of `schedule.Window` and caps those of `schedule.Caps`. A rehearsal only follows readers from one issue
to the next.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import sqlalchemy as sa

from tipsheet.audience.conditions import attribute_text
from tipsheet.audience.plan import GETS_IT, NOT_MEANT, Cohort, PlannedIssue, cohorts, counted, occasions, planned
from tipsheet.audience.readers import counts
from tipsheet.delivery.gaps import Finding, FindingKind, broken_file, finding_about
from tipsheet.delivery.pace import days_before, sent_today
from tipsheet.delivery.schedule import (
    DailyLimits,
    Decision,
    Due,
    Late,
    Outgoing,
    SendingDay,
    Traffic,
    Window,
    domain_column,
    due,
    tight_domains,
    traffic,
)
from tipsheet.delivery.status import issues_sent, known_send, status_of
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.language import is_language
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication, may_still_be_sent
from tipsheet.settings import Settings
from tipsheet.store.states import DeliveryState, SendState

__all__ = ["Rehearsal", "RehearsedIssue", "Stage", "Wording", "rehearse"]


class Wording(StrEnum):
    """The action of a segment in an issue: one written for it, the one of everybody, or none."""

    OWN = "own"
    GENERAL = "general"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedIssue:
    """An issue of the plan, the moment at which it goes (None: not by itself), and the action of each segment alone."""

    planned: PlannedIssue
    goes: dt.datetime | None
    wordings: Mapping[str, Wording]

    @property
    def id(self) -> str:
        """The id of the issue."""
        return self.planned.issue.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """The weeks from ``now`` to ``until``; with each cohort stand the issues and actions that it gets, by their ids."""

    now: dt.datetime
    until: dt.datetime
    issues: tuple[RehearsedIssue, ...]
    readers: tuple[tuple[Cohort, tuple[tuple[str, str], ...]], ...]
    days: tuple[SendingDay, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The circumstances of a rehearsal: its end, the slots that are free, and drafts that are taken for finished.

    ``made_up``: the readers are, and their store knows nothing of what was sent. ``broken`` are paths of files with
    mistakes, which are not in the publication.
    """

    until: dt.datetime
    free: tuple[dt.datetime, ...] = ()
    drafts: bool = False
    made_up: bool = False
    broken: tuple[str, ...] = ()


def rehearse(publication: Publication, settings: Settings, connection: sa.Connection, stage: Stage) -> Rehearsal:
    """Rehearse the time from the publication's moment to the end of the stage, with the readers of a store."""
    publication = publication if stage.drafts else publication.as_it_goes()
    ledger = _ledger(publication, connection, stage)
    verdicts = _verdicts(publication, settings, ledger, stage)
    found = planned(publication, connection)
    asked = [
        (one, occasion)
        for one, occasion in occasions(found, publication, connection)
        if one.issue.published <= stage.until and not (stage.made_up and one.issue.out(publication.now))
    ]
    window = Window.of(settings.delivery, settings.time_zone)
    tight = tight_domains(connection, settings.delivery)
    columns = (_zone_column(window, connection.dialect.name), *([domain_column(tight)] if tight else []))
    recent = _recent(publication, settings)
    languages = frozenset(segment.id for segment in publication.segments if is_language(segment.id))
    also = languages.union(*(issue.names() for issue in recent))
    told = cohorts(asked, publication.segments, connection, columns=columns, also=also) if asked else ()
    issues = tuple(
        RehearsedIssue(
            planned=one, goes=_moment(verdicts.get(one.issue.id)), wordings=_wordings(one.issue, publication)
        )
        for one in counted([one for one, _ in asked], told)
    )
    readers = counts(connection, publication.segments)
    cast = _Cast(
        issues=issues, cohorts=told, now=publication.now, window=window, zone=settings.time_zone, recent=recent,
        empty=frozenset(name for name, count in readers.items() if not count),
    )  # fmt: skip
    sent = _traffic(cast, verdicts, settings, connection, tight)
    return Rehearsal(
        now=publication.now,
        until=stage.until,
        issues=issues,
        readers=tuple((cohort, tuple(cast.gets(cohort))) for cohort in told),
        days=sent.days,
        findings=(
            *map(broken_file, stage.broken),
            *_held(issues, verdicts),
            *cast.without_action(),
            *cast.never(),
            *cast.twice(),
            *cast.two_letters(),
            *(found for to, days in sent.queues.items() for found in _over_limits(issues, days, cast.zone, to)),
            *cast.unmet_variants(),
            *cast.not_translated(),
            *_unplanned(issues, stage, settings.time_zone),
        ),
    )


def _zone_column(window: Window | None, dialect: str) -> sa.ColumnElement[str]:
    """The time zone of a subscriber where their hours count; empty elsewhere."""
    text = attribute_text(window.attribute, dialect) if window and window.attribute else sa.literal("", sa.Text)
    return text.label("zone")


def _ledger(publication: Publication, connection: sa.Connection, stage: Stage) -> dict[str, SendState]:
    """The state of every issue that was begun; for readers who are made up, all that is out was sent."""
    if stage.made_up:
        return {issue.id: SendState.DONE for issue in publication.issues if issue.out(publication.now)}
    return {issue: known_send(connection, issue).state for issue in issues_sent(connection)}


def _verdicts(
    publication: Publication, settings: Settings, ledger: Mapping[str, SendState], stage: Stage
) -> Mapping[str, tuple[dt.datetime, Due]]:
    """The first decision about each issue, and its moment: as if ``tipsheet publish`` ran at the moment of each."""
    now, delivery = publication.now, settings.delivery
    letters = [
        Outgoing(issue.published.astimezone(dt.UTC), issue.id, issue.title)
        for issue in publication.issues
        if may_still_be_sent(issue, now) and (stage.drafts or not issue.draft)
    ]
    moments = sorted(
        {now.astimezone(dt.UTC), *(one.published for one in letters if now < one.published <= stage.until)}
    )
    state, found = dict(ledger), dict[str, tuple[dt.datetime, Due]]()
    max_late = dt.timedelta(hours=delivery.max_late_hours)
    for moment in moments:
        for one in due(letters, state, moment, max_late=max_late, late=Late(delivery.late)):
            found.setdefault(one.outgoing.issue, (moment, one))
            if one.goes:
                state[one.outgoing.issue] = SendState.DONE
    return found


def _moment(verdict: tuple[dt.datetime, Due] | None) -> dt.datetime | None:
    return verdict[0] if verdict is not None and verdict[1].goes else None


def _recent(publication: Publication, settings: Settings) -> tuple[Issue, ...]:
    """The issues that readers have had and whose actions should not come again yet, the oldest first."""
    since = publication.now - dt.timedelta(weeks=settings.cooldown_weeks)
    return tuple(
        issue for issue in reversed(publication.issues) if issue.out(publication.now) and issue.published > since
    )


def _wordings(issue: Issue, publication: Publication) -> Mapping[str, Wording]:
    general = issue.body.action(PUBLIC) if issue.meant_for() else None
    found = {}
    for segment in publication.segments:
        alone = frozenset({segment.id})
        if issue.meant_for(alone):
            own = issue.body.action(alone)
            same = own is not None and general is not None and own.id == general.id
            found[segment.id] = Wording.NONE if own is None else Wording.GENERAL if same else Wording.OWN
    return found


def _traffic(
    cast: "_Cast",
    verdicts: Mapping[str, tuple[dt.datetime, Due]],
    settings: Settings,
    connection: sa.Connection,
    tight: Mapping[str, int],
) -> Traffic:
    """The days on which letters go, by hours, time zones and limits."""
    zone, now = settings.time_zone, cast.now
    today = now.astimezone(zone).date()
    arriving: dict[str, dict[dt.date, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for number, one in cast.going():
        if verdicts[one.id][1].verdict is Decision.GO_ON:
            if queued := status_of(connection, one.id).counts[DeliveryState.QUEUED]:
                arriving[""][today][one.id] = queued
            continue
        for cohort in cast.cohorts:
            if cohort.fates[number] == GETS_IT:
                day = arriving[cohort.extra[1] if tight else ""][cast.day(one, cohort)]
                day[one.id] = day.get(one.id, 0) + cohort.readers
    before, already = days_before(connection, now, zone), sent_today(connection, now, zone)
    limits = DailyLimits.of(settings.delivery, days_before=before, sent_today=already)
    return traffic(arriving, tight, limits, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cast:
    """The issues and the cohorts of a rehearsal; ``recent`` are issues that readers have had already.

    Nobody is in the segments that are ``empty``. ``extra`` of a cohort has the time zone of its readers, and their
    domain where one is tight.
    """

    issues: tuple[RehearsedIssue, ...]
    cohorts: tuple[Cohort, ...]
    now: dt.datetime
    window: Window | None
    zone: dt.tzinfo
    recent: tuple[Issue, ...]
    empty: Segments

    def going(self) -> Iterator[tuple[int, RehearsedIssue]]:
        """The issues that go, with their places among the fates of a cohort."""
        return ((number, one) for number, one in enumerate(self.issues) if one.goes is not None)

    def day(self, one: RehearsedIssue, cohort: Cohort) -> dt.date:
        """The day, in the publication's zone, on which an issue that goes begins to go to a cohort."""
        assert one.goes is not None  # noqa: S101 - only such are asked for
        opens = self.window.opens({self.window.attribute: cohort.extra[0]}, one.goes) if self.window else None
        return (opens or one.goes).astimezone(self.zone).date()

    def gets(self, cohort: Cohort) -> Iterator[tuple[str, str]]:
        """The issues that go to a cohort, and the id of the action in each; empty for none."""
        for number, one in self.going():
            if cohort.fates[number] == GETS_IT:
                action = one.planned.issue.body.action(cohort.segments)
                yield one.id, action.id if action else ""

    def without_action(self) -> Iterator[Finding]:
        """Readers of an issue for whom nobody wrote an action."""
        for _, one in self.going():
            lacking = Counter({group.segments: group.readers for group in one.planned.groups or () if not group.action})
            if lacking:
                yield finding_about(
                    FindingKind.NO_ACTION, lacking, f"{one.id} gives no action to {{}}",
                    "write one for them, or one without for=", one.id,
                )  # fmt: skip

    def never(self) -> Iterator[Finding]:
        """Readers who get no action in all the weeks, though they have not paused."""
        numbers = [number for number, _ in self.going()]
        lacking = Counter[Segments]()
        for cohort in self.cohorts if numbers else ():
            chose = all(cohort.fates[number] not in {GETS_IT, NOT_MEANT} for number in numbers)
            if not chose and not any(action for _, action in self.gets(cohort)):
                lacking[cohort.segments] += cohort.readers
        if lacking:
            hint = "write an issue or an action for them"
            yield finding_about(FindingKind.NEVER, lacking, "nothing to do in all these weeks for {}", hint)

    def twice(self) -> Iterator[Finding]:
        """Readers who get an action again that they had a short while ago, or get in another of these issues."""
        found: dict[tuple[str, str, str], Counter[Segments]] = defaultdict(Counter)
        for cohort in self.cohorts:
            had = [
                (issue.id, known.id)
                for issue in self.recent
                if issue.meant_for(cohort.segments) and (known := issue.body.action(cohort.segments))
            ]
            seen: dict[str, str] = {}
            for number, (issue, name) in enumerate((*had, *self.gets(cohort))):
                if number >= len(had) and name in seen:
                    found[name, seen[name], issue][cohort.segments] += cohort.readers
                if name:
                    seen[name] = issue
        for (action, first, second), readers in found.items():
            hint = "take another action, or see cooldown_weeks"
            words = f"the action {action} of {second} was in {first} already, for {{}}"
            yield finding_about(FindingKind.TWICE, readers, words, hint, second)

    def two_letters(self) -> Iterator[Finding]:
        """Readers who get two issues on one day."""
        found: dict[tuple[str, str], Counter[Segments]] = defaultdict(Counter)
        for cohort in self.cohorts:
            got = sorted(
                ((self.day(it, cohort), number) for number, it in self.going() if cohort.fates[number] == GETS_IT)
            )
            for (day, one), (other, another) in pairwise(got):
                if day == other:
                    found[self.issues[one].id, self.issues[another].id][cohort.segments] += cohort.readers
        for (first, second), readers in found.items():
            hint = "give one of them another date or audience"
            words = f"{first} and {second} go on one day to {{}}"
            yield finding_about(FindingKind.TWO_LETTERS, readers, words, hint, second)

    def unmet_variants(self) -> Iterator[Finding]:
        """Segments without an action in an issue that nobody is in yet."""
        for one in self.issues:
            for segment, wording in one.wordings.items():
                if wording is Wording.NONE and segment in self.empty:
                    message = f"{one.id} has no action for {segment}; nobody is in it yet"
                    yield Finding(
                        kind=FindingKind.NO_VARIANT, message=message, remedy="write one for them, or one without for=",
                        issue=one.id, segments=(frozenset({segment}),),
                    )  # fmt: skip

    def not_translated(self) -> Iterator[Finding]:
        """Readers of a language into which an issue that goes is not translated, and who get it in the first one."""
        for number, one in self.going():
            lacking: dict[str, Counter[Segments]] = defaultdict(Counter)
            for cohort in self.cohorts:
                spoken = {name for name in cohort.segments if is_language(name)} - one.planned.issue.names()
                if cohort.fates[number] == GETS_IT:
                    for name in spoken:
                        lacking[name][frozenset({name})] += cohort.readers
            for _, readers in sorted(lacking.items()):
                yield finding_about(
                    FindingKind.NOT_TRANSLATED, readers, f"{one.id} is not translated for {{}}",
                    "translate it, or leave it as it is", one.id,
                )  # fmt: skip


def _held(issues: tuple[RehearsedIssue, ...], verdicts: Mapping[str, tuple[dt.datetime, Due]]) -> Iterator[Finding]:
    """Issues that somebody has to decide about before they go."""
    for one in issues:
        if one.id in verdicts and one.goes is None:
            _, decided = verdicts[one.id]
            hours = decided.late / dt.timedelta(hours=1)
            message = f"{one.id} does not go by itself: tipsheet publish would {decided.verdict} it, {hours:.0f} h late"
            yield Finding(
                kind=FindingKind.HELD, message=message, remedy=f"send it or not: tipsheet send {one.id}", issue=one.id
            )


def _over_limits(
    issues: tuple[RehearsedIssue, ...], days: tuple[SendingDay, ...], zone: dt.tzinfo, to: str
) -> Iterator[Finding]:
    """Issues whose letters, of all or ``to`` a domain, still wait for their turn on the day of the next issue."""
    whose, there = (f" to {to}", " there") if to else ("", "")
    hint = "raise the rate of that domain" if to else "raise the caps or the rate"
    going = [(one.goes.astimezone(zone).date(), one.id) for one in issues if one.goes is not None]
    for (_, issue), (day, following) in pairwise(sorted(going)):
        late = [one for one in days if one.day >= day and issue in one.waiting]
        if late and day > min(going)[0]:
            count = late[0].waiting[issue]
            message = (
                f"{count:,} letters of {issue}{whose} still wait on the day of {following}, since "
                f"{late[0].limit:,} go{there} a day"
            )
            remedy = f"{hint} under delivery:, or send less often"
            yield Finding(kind=FindingKind.LIMITS, message=message, remedy=remedy, issue=issue, readers=count, day=day)


def _unplanned(issues: tuple[RehearsedIssue, ...], stage: Stage, zone: dt.tzinfo) -> Iterator[Finding]:
    """Drafts that nobody has finished, and slots without an issue."""
    for one in issues:
        if one.planned.issue.draft and not stage.drafts:
            lacking = one.planned.without_action
            more = f", and {lacking:,} readers would get no action in it" if lacking else ""
            message = f"{one.id} is a draft and does not go{more}"
            day = one.planned.issue.published.astimezone(zone).date()
            yield Finding(
                kind=FindingKind.DRAFT,
                message=message,
                remedy="finish it, and take out draft: true",
                issue=one.id,
                day=day,
            )
    for slot in stage.free:
        day = slot.astimezone(zone).date()
        message = f"there is no issue on {day:%a %Y-%m-%d}"
        yield Finding(kind=FindingKind.FREE_SLOT, message=message, remedy="write one: tipsheet new", day=day)
