"""Record of the service: what it is told of the publication, its readers' choices, and the plan of its readers."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from tipsheet.edition.edition import When
from tipsheet.edition.plan import EntryKind, PlanEntry
from tipsheet.edition.service import Chosen, LanguageRecord, PublicIssue, ServiceRecord
from tipsheet.model.audience import PUBLIC, Audience
from tipsheet.model.body import Action, Body, Event, Prose, whole
from tipsheet.model.language import folder_of, segment_of
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead, Publication, may_still_be_sent
from tipsheet.model.segment import choice_of
from tipsheet.rendering.fragments import address, plain, readable, show_fallbacks
from tipsheet.rendering.public import place_of
from tipsheet.settings import Settings, SubscribeSettings
from tipsheet.words import Catalogue

__all__ = ["plan_of", "record_of_publication"]

Conditions = tuple[Audience, ...]
SERVED = ("service", "pages", "frequencies")
"""Subjects of the words that the service says, or that its pages are made of."""


def record_of_publication(publication: Publication, settings: Settings) -> ServiceRecord:
    """The record of the service; ``publication`` is what has appeared.

    Nothing of a segment that is not public stands in it but for the plan, which has what only some readers are shown
    with the condition for it (K1).
    """
    masthead, service = publication.masthead, settings.service
    form = settings.subscribe or SubscribeSettings()
    plan = plan_of(publication)
    planned = {name for entry in plan for name in entry.when.names()}
    return ServiceRecord(
        name=masthead.name,
        site=masthead.url.rstrip("/"),
        url=service.url or "",
        language=masthead.language,
        editor=masthead.editor,
        editor_email=masthead.editor_email,
        time_zone=settings.time_zone.key,
        consent=form.consent,
        languages=settings.languages if settings.others else (),
        others={language: _in_language(language, publication, settings) for language in settings.others},
        mailbox=service.mailbox or "",
        proof=service.proof,
        done=service.done,
        per_hour=service.per_hour or 0,
        per_day=service.per_day or 0,
        segments=tuple(_choices(publication, settings.words)),
        issues=tuple(_public_issues(publication)),
        plan=plan,
        words=_words(masthead),
        rules={segment.id: segment.rule for segment in publication.segments if segment.id in planned},
    )


def _in_language(language: str, publication: Publication, settings: Settings) -> LanguageRecord:
    """The record in this language, as far as it differs there."""
    spoken = settings.in_language(language)
    told = publication.in_language(spoken.masthead, spoken.segments)
    choices = tuple(_choices(told, spoken.words))
    return LanguageRecord(
        name=spoken.masthead.name,
        site=(spoken.masthead.url + folder_of(language)).rstrip("/"),
        consent=(spoken.subscribe or SubscribeSettings()).consent,
        titles={chosen.id: chosen.title for chosen in choices},
        lines={chosen.id: chosen.line for chosen in choices if chosen.line},
        issues=tuple(_public_issues(told, language)),
        words=_words(spoken.masthead),
    )


def _words(masthead: Masthead) -> Catalogue:
    """The publication's own words that the service says, in the language of the masthead."""
    return {s: texts for s, texts in masthead.words.get(masthead.language, {}).items() if s in SERVED}


def _choices(publication: Publication, words: Mapping[str, Mapping[str, str]]) -> Iterator[Chosen]:
    """Public segments that a reader can choose, in the publication's own words for them."""
    for segment in publication.public_segments():
        choice, said = choice_of(segment.rule), words.get(segment.id, {})
        if choice is not None:
            yield Chosen(
                id=segment.id,
                title=said.get("name", segment.title),
                line=said.get("line", ""),
                attributes=dict(sorted(choice.attributes.items())),
                tags=tuple(sorted(choice.tags)),
            )


def _public_issues(publication: Publication, language: str = "") -> Iterator[PublicIssue]:
    """Issues with a public page in this language; those of the first have no language of their own."""
    for issue in publication.issues_for(PUBLIC):
        if language and issue.language != language:
            continue
        yield PublicIssue(
            id=issue.id,
            title=show_fallbacks(issue.title),
            url=publication.masthead.url + issue.url,
            published=issue.published.isoformat(),
        )


def plan_of(publication: Publication) -> tuple[PlanEntry, ...]:
    """Actions and events of what is out, for whomever, the oldest first; what is over is gone (W13, C9).

    An action without a day stands in it for as long as its issue is a new one (`model.publication.SENDING`). What is
    translated stands in it once for each language, under the segment of its readers.
    """
    host = urlsplit(publication.masthead.url).hostname or "localhost"
    found: list[PlanEntry] = []
    for original in reversed(publication.issues):
        for issue, readers in _versions(original):
            told = [*_entries(issue, issue.body, (issue.audience,), publication, host)]
            for note in issue.notes:
                told += _entries(issue, note.body, (issue.audience, note.audience), publication, host)
            found += [replace(e, when=When((*e.when.conditions, *readers), e.when.unless)) for e in told]
    return tuple(found)


def _versions(issue: Issue) -> Iterator[tuple[Issue, Conditions]]:
    """The issue in each of its languages, with the condition that its readers meet; none where there is one."""
    segments = [segment_of(one.language) for one in issue.translations]
    yield issue, ((Audience(none_of=frozenset(segments)),) if segments else ())
    for one, segment in zip(issue.translations, segments, strict=True):
        yield one, (Audience(any_of=frozenset({segment})),)


def _entries(issue: Issue, body: Body, under: Conditions, publication: Publication, host: str) -> Iterator[PlanEntry]:
    """The entries of a body that stands under these conditions; of actions a reader is given the first (C6)."""
    earlier: list[Conditions] = []
    for passage in body.items:
        conditions = tuple(one for one in (*under, *passage.conditions) if one != Audience())
        match passage.content:
            case Action() as action:
                when = When(conditions, tuple(earlier))
                earlier.append(conditions)
                if _open(action, issue, publication.now):
                    url = place_of(action.anchor, issue, publication, conditions)
                    yield _action(whole(action, publication.html), issue, when, url, host)
            case Event() as event:
                if not event.past(publication.now):
                    yield _event(whole(event, publication.html), issue, When(conditions), publication, host)
            case Prose():
                pass  # has no day
            case _:
                assert_never(passage.content)


def _open(action: Action, issue: Issue, now: dt.datetime) -> bool:
    if action.due is None:
        return may_still_be_sent(issue, now)
    return action.due >= now.astimezone(issue.published.tzinfo).date()


def _action(action: Action, issue: Issue, when: When, url: str, host: str) -> PlanEntry:
    steps = "\n".join(f"☐ {step}" for step in action.steps) or plain(action.html)
    return PlanEntry(
        uid=f"{action.anchor}@{host}",
        name=action.id,
        issue=issue.id,
        kind=EntryKind.ACTION,
        title=_shown(action.title),
        told=issue.published,
        starts=issue.published.date(),
        ends=action.due,
        time_zone=getattr(issue.published.tzinfo, "key", "UTC"),
        text=_shown(steps),
        url=url,
        minutes=action.minutes,
        when=when,
    )


def _event(event: Event, issue: Issue, when: When, publication: Publication, host: str) -> PlanEntry:
    text = "\n".join(part for part in (event.price, plain(event.html)) if part)
    return PlanEntry(
        uid=f"{event.id}@{host}",
        name=event.id,
        issue=issue.id,
        kind=EntryKind.EVENT,
        title=_shown(event.name),
        told=issue.published,
        starts=event.starts,
        ends=event.ends,
        time_zone=event.zone,
        text=_shown(text),
        url=address(event.url, publication.masthead.url) if event.url else "",
        place=readable(event.place),
        when=when,
    )


def _shown(text: str) -> str:
    return readable(show_fallbacks(text))
