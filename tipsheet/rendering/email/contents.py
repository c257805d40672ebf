"""What stands in the letter of an issue, for whom, in the order of reading.

Both parts of the mail, HTML and text, are made from these values, so that they say the same (E15).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from typing import ClassVar
from urllib.parse import quote

from tipsheet.edition.edition import ALWAYS, When
from tipsheet.model.audience import PUBLIC, Audience, exclusive, visible
from tipsheet.model.body import Action, Body, Event, Prose
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead, Publication
from tipsheet.rendering.dates import direction, full_date, month
from tipsheet.rendering.email.inbox import PREHEADER, Wording, preheaders_of, subjects_of
from tipsheet.rendering.feeds import segment_page
from tipsheet.rendering.marks import show_fallbacks
from tipsheet.rendering.wording import ACTION, ANY_ACTION, action_facts, origin, span
from tipsheet.settings import Leaving, Settings

__all__ = [
    "PREHEADER",
    "ActionBlock",
    "Block",
    "Contents",
    "EventBlock",
    "NoteBlock",
    "ProseBlock",
    "Web",
    "contents_of",
    "place_of",
]


@dataclass(frozen=True, slots=True)
class ProseBlock:
    """Running text; ``html`` is the body's own, with open addresses."""

    kind: ClassVar = "prose"
    when: When
    html: str


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """An action. ``facts`` are minutes and day in words; ``url`` is its place on the web, or empty.

    ``first`` is who meets it as the first action of the letter, who are told of it at the top.
    """

    kind: ClassVar = "action"
    when: When
    first: When
    action: Action
    html: str
    facts: str
    url: str

    @property
    def stop(self) -> str:
        """The full stop that the title lacks, where another sentence follows it."""
        return "" if self.action.title.endswith((".", "!", "?", "…")) else "."


@dataclass(frozen=True, slots=True)
class EventBlock:
    """An event that is not over, with its date and time in words."""

    kind: ClassVar = "event"
    when: When
    event: Event
    day: str
    month: str
    time: str


Block = ProseBlock | ActionBlock | EventBlock


@dataclass(frozen=True, slots=True)
class NoteBlock:
    """A notice in force."""

    when: When
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """The page of the issue on the web, and the mail that sends it to a friend."""

    when: When
    url: str
    forward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The whole letter, as templates see it, with absolute addresses.

    ``page`` is the public page and empty when there is none; ``web`` are the pages by audience. ``date`` is empty for
    a letter that has none. ``service`` says that it is a letter of the service, about the subscription itself.
    ``leaving`` and ``preferences`` hold ``@@token@@``.
    """

    issue: Issue
    masthead: Masthead
    language: str
    direction: str
    date: str
    subjects: tuple[Wording, ...]
    preheaders: tuple[Wording, ...]
    page: str
    web: tuple[Web, ...]
    notes: tuple[NoteBlock, ...]
    blocks: tuple[Block, ...]
    more: tuple[tuple[str, str], ...]
    copyright: str
    leaving: Leaving
    preferences: str
    service: bool = False

    def url(self, path: str) -> str:
        """Absolute address of a path from the site's root."""
        return self.masthead.url + path

    @property
    def action(self) -> str:
        """The words above an action."""
        return ACTION if self.date else ANY_ACTION

    @property
    def issued(self) -> str:
        """The day of publication and the copyright, or what there is of them."""
        return f"Published {self.date}. {self.copyright}".strip() if self.date else self.copyright

    @property
    def imprint(self) -> str:
        """The postal address, after the publication's name."""
        name, address = self.masthead.name, self.masthead.postal_address
        return address if name in address else f"{name}, {address}"

    @property
    def unsubscribe(self) -> str:
        """Where the first link to unsubscribe leads: to the web, else it opens a mail; empty without either."""
        return self.leaving.link

    @property
    def teasers(self) -> tuple[ActionBlock, ...]:
        """The actions, each to be told of at the top where it is the first."""
        return tuple(b for b in self.blocks if isinstance(b, ActionBlock))

    @property
    def origin(self) -> tuple[str, str, str]:
        """Where a republished piece stood first: words, the title that links there, words."""
        return origin(self.issue.republished) if self.issue.republished else ("", "", "")


def contents_of(issue: Issue, publication: Publication, settings: Settings) -> Contents:
    """What the mail of this issue holds, seen at the moment it appears: events over by then are left out."""
    masthead = publication.masthead
    page = masthead.url + issue.url if issue.url and issue.meant_for(PUBLIC) else ""
    date = full_date(issue.published.astimezone(settings.time_zone), masthead.language) if issue.after is None else ""
    maker = _Blocks(issue, publication)
    return Contents(
        issue=issue,
        masthead=masthead,
        language=masthead.language,
        direction=direction(masthead.language),
        date=date,
        subjects=subjects_of(issue),
        preheaders=preheaders_of(issue, masthead),
        page=page,
        web=tuple(_web(issue, masthead, url, when) for url, when in _pages(issue, publication)),
        notes=tuple(
            NoteBlock(When((n.audience,)), n.title, tuple(maker.blocks(n.body, (n.audience,)))) for n in issue.notes
        ),
        blocks=tuple(maker.blocks(issue.body, ())),
        more=tuple((link.title, re.sub(r"^site:", masthead.url, link.url)) for link in issue.more),
        copyright=" ".join(unescape(re.sub(r"<[^>]*>", "", masthead.copyright)).split()),
        leaving=settings.leaving,
        preferences=settings.mail.preferences_url or "",
    )


def _pages(issue: Issue, publication: Publication) -> Iterator[tuple[str, When]]:
    """Pages that exist and who is sent to which: the public one, else those of public segments."""
    root = publication.masthead.url
    if not issue.url:
        return
    if issue.meant_for(PUBLIC):
        yield root + issue.url, ALWAYS
        return
    segments = [s for s in publication.public_segments() if issue.meant_for(frozenset({s.id}))]
    conditions = exclusive(Audience(frozenset({s.id})) for s in segments)
    for segment, condition in zip(segments, conditions, strict=True):
        yield root + segment_page(publication, issue, segment), When((condition,))


def _web(issue: Issue, masthead: Masthead, url: str, when: When) -> Web:
    title = show_fallbacks(issue.title)
    subject, body = quote(f"{masthead.name}: {title}"), quote(f"{title}\n{url}\n", safe="")
    return Web(when, url, f"mailto:?subject={subject}&body={body.replace('%0A', '%0D%0A')}")


def place_of(anchor: str, issue: Issue, publication: Publication, conditions: tuple[Audience, ...]) -> str:
    """Where something of an issue stands on the web: on the public page, or on one of a public segment (C7)."""
    root = publication.masthead.url
    if not issue.url:
        return ""
    if issue.meant_for(PUBLIC) and visible(conditions, PUBLIC):
        return f"{root}{issue.url}#{anchor}"
    for segment in publication.public_segments():
        reader = frozenset({segment.id})
        if issue.meant_for(reader) and visible(conditions, reader):
            return f"{root}{segment_page(publication, issue, segment)}#{anchor}"
    return ""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Turns bodies into blocks, for one issue."""

    issue: Issue
    publication: Publication

    def blocks(self, body: Body, under: tuple[Audience, ...]) -> Iterator[Block]:
        """The blocks of a body that stands under these conditions."""
        actions: list[tuple[Audience, ...]] = []
        for passage in body.passages:
            conditions = (*under, *passage.conditions)
            match passage.content:
                case Prose(html):
                    yield ProseBlock(When(conditions), html)
                case Action() as action:
                    yield self._action(action, conditions, tuple(actions))
                    actions.append(conditions)
                case Event() as event if not event.past(self.issue.published):
                    yield self._event(event, When(conditions))
                case Event():
                    pass

    def _action(
        self, action: Action, conditions: tuple[Audience, ...], earlier: tuple[tuple[Audience, ...], ...]
    ) -> ActionBlock:
        html = action.html
        if action.steps and "<li" not in html:
            html += f"<ol>{''.join(f'<li>{escape(step)}</li>' for step in action.steps)}</ol>"
        return ActionBlock(
            When(conditions),
            When(conditions, earlier),
            action,
            html,
            action_facts(action, self.publication.masthead.language),
            place_of(action.anchor, self.issue, self.publication, conditions),
        )

    def _event(self, event: Event, when: When) -> EventBlock:
        language = self.publication.masthead.language
        return EventBlock(
            when, event, str(event.first_day.day), month(event.first_day, language), span(event, language)
        )
