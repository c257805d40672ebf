"""Contents of a letter, in the order of reading: subjects, inbox lines, blocks, notes, and who sees each.

Both parts of the mail, HTML and text, are made from these values, so that they say the same (E15).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import ClassVar, assert_never
from urllib.parse import quote

from markupsafe import Markup

from tipsheet.edition.edition import When
from tipsheet.model.audience import EVERYONE, PUBLIC, Audience, exclusive
from tipsheet.model.body import Action, Body, Event, Prose
from tipsheet.model.directions import RTL
from tipsheet.model.language import below
from tipsheet.model.post import Issue
from tipsheet.model.publication import Masthead, Publication
from tipsheet.rendering.directions import isolated, opened
from tipsheet.rendering.fragments import show_fallbacks
from tipsheet.rendering.language import (
    Words,
    action_facts,
    between_sentences,
    comma,
    direction,
    full_date,
    full_stop,
    in_row,
    issue_label,
    letter_words,
    listed,
    month,
    origin,
    span,
)
from tipsheet.rendering.public import letter_pages, place_of
from tipsheet.settings import Leaving, Settings

__all__ = [
    "PREHEADER", "ActionBlock", "Block", "Contents", "EventBlock", "NoteBlock", "ProseBlock", "Web", "Wording",
    "contents_of",
]  # fmt: skip

PREHEADER = (40, 130)
"""Characters that inboxes show beside the subject, at least and at most (E13)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text, open merge fields in it, and who gets it; of all wordings every reader gets one."""

    when: When
    text: str


def _subjects_of(issue: Issue, masthead: Masthead) -> tuple[Wording, ...]:
    """The subjects of an issue, which are the titles of its letter too."""
    return _wordings(issue.subjects, issue.subject, masthead)


def _preheaders_of(issue: Issue, masthead: Masthead) -> tuple[Wording, ...]:
    """The lines beside the subject: as the editor wrote them, or the description within bounds."""
    default = issue.preheader or _described(show_fallbacks(issue.description), masthead)
    return _wordings(issue.preheaders, default, masthead)


def _wordings(variants: Iterable[tuple[Audience, str]], default: str, masthead: Masthead) -> tuple[Wording, ...]:
    pairs = (*variants, (EVERYONE, default))
    conditions = exclusive(audience for audience, _ in pairs)
    own = direction(masthead.language)
    return tuple(
        Wording(When((condition,)) if condition != EVERYONE else When(), opened(text, own))
        for condition, (_, text) in zip(conditions, pairs, strict=True)
    )


def _described(description: str, masthead: Masthead) -> str:
    """The description within the bounds of `PREHEADER`; a short one is followed by the promise or tagline."""
    least, most = PREHEADER
    words = " ".join(description.split())
    for more in (masthead.promise, masthead.tagline, masthead.description, masthead.name):
        if len(words) >= least:
            break
        words = f"{words} {more}".strip() if more not in words else words
    return words if len(words) <= most else words[: most - 1].rpartition(" ")[0].rstrip(",;:") + "…"


@dataclass(frozen=True, slots=True)
class ProseBlock:
    """Running text; ``html`` is the body's own, with open addresses."""

    kind: ClassVar = "prose"
    when: When
    html: str


_ENDS = (
    ".",
    "!",
    "?",
    "…",
    "\N{ARABIC QUESTION MARK}",
    "。",
    "\N{FULLWIDTH EXCLAMATION MARK}",
    "\N{FULLWIDTH QUESTION MARK}",
)


@dataclass(frozen=True, slots=True)
class ActionBlock:
    """An action. ``facts`` are minutes and day in words; ``url`` is its place on the web, or empty.

    ``minutes`` are a sentence, or empty, and ``stop`` is the full stop that the title lacks before another sentence.

    ``first`` are the readers for whom it is the first action of the letter; to them it is announced at the top.
    """

    kind: ClassVar = "action"
    when: When
    first: When
    action: Action
    html: str
    facts: str
    minutes: str
    stop: str
    url: str


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
    ``leaving`` and ``preferences`` hold ``@@token@@``; ``subscribe`` is the page with the form, and empty without one.
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
    subscribe: str
    service: bool = False

    @property
    def words(self) -> Words:
        """Our own words in the language of the letter."""
        return letter_words(self.masthead)

    @property
    def start(self) -> str:
        """The side at which its lines begin: ``left``, or ``right``."""
        return "right" if self.direction == RTL else "left"

    @property
    def end(self) -> str:
        """The side at which its lines end."""
        return "left" if self.direction == RTL else "right"

    def isolated(self, text: str) -> Markup:
        """A name, an address or a place as HTML: where it runs against the letter, it has a direction of its own.

        Raises jinja2.UndefinedError for a name that the template does not know.
        """
        return isolated(text if isinstance(text, Markup) else str(text), self.direction)

    def url(self, path: str) -> str:
        """Absolute address of a path from the site's root, of a page of ours in the language of the letter."""
        return self.masthead.url + below(self.masthead.folder, path)

    @property
    def action(self) -> str:
        """The words above an action."""
        return self.words("action" if self.date else "action_undated")

    @property
    def issued(self) -> str:
        """The day of publication and the copyright, or what there is of them."""
        day = self.words("published", day=self.date) if self.date else ""
        return self.gap.join(filter(None, (day, self.copyright)))

    @property
    def imprint(self) -> tuple[str, ...]:
        """The publication's name, where its postal address does not begin with it, and the address."""
        name, address = self.masthead.name, self.masthead.postal_address
        return (address,) if name in address else (name, address)

    @property
    def unsubscribe(self) -> str:
        """Target of the first link to unsubscribe: on the web, else a mail to write; empty without either."""
        return self.leaving.link

    @property
    def teasers(self) -> tuple[ActionBlock, ...]:
        """The actions, which are announced at the top to those for whom they are the first."""
        return tuple(b for b in self.blocks if isinstance(b, ActionBlock))

    @property
    def label(self) -> str:
        """``No. 94``, or nothing."""
        return issue_label(self.issue.number, self.words)

    def listed(self, names: Sequence[str]) -> str:
        """Names as a list in a sentence of its language."""
        return listed(names, self.language)

    def in_row(self, parts: Iterable[str]) -> Markup:
        """Names and places that no word joins, as HTML."""
        return Markup(in_row([self.isolated(part) for part in parts], self.language))  # noqa: S704 - isolated escapes them

    @property
    def comma(self) -> str:
        """The sign between such parts."""
        return comma(self.language)

    @property
    def gap(self) -> str:
        """The space after a sentence."""
        return between_sentences(self.language)

    @property
    def origin(self) -> tuple[str, str, str]:
        """First place of a republished piece: words, the title that links there, words."""
        return origin(self.issue.republished, self.words) if self.issue.republished else ("", "", "")


def contents_of(issue: Issue, publication: Publication, settings: Settings) -> Contents:
    """Contents of the mail of this issue at the moment when it appears: events that are over by then are left out."""
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
        subjects=_subjects_of(issue, masthead),
        preheaders=_preheaders_of(issue, masthead),
        page=page,
        web=tuple(_web(issue, masthead, url, when) for url, when in letter_pages(issue, publication)),
        notes=tuple(
            NoteBlock(When((n.audience,)), n.title, tuple(maker.blocks(n.body, (n.audience,)))) for n in issue.notes
        ),
        blocks=tuple(maker.blocks(issue.body, ())),
        more=tuple((link.title, re.sub(r"^site:", masthead.url, link.url)) for link in issue.more),
        copyright=" ".join(unescape(re.sub(r"<[^>]*>", "", masthead.copyright)).split()),
        leaving=settings.leaving,
        preferences=settings.mail.preferences_url or "",
        subscribe=f"{masthead.url}subscribe/" if settings.subscribe else "",
    )


def _web(issue: Issue, masthead: Masthead, url: str, when: When) -> Web:
    title = show_fallbacks(issue.title)
    subject, body = quote(f"{masthead.name}: {title}"), quote(f"{title}\n{url}\n", safe="")
    return Web(when, url, f"mailto:?subject={subject}&body={body.replace('%0A', '%0D%0A')}")


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
                case Event() as event:
                    if not event.past(self.issue.published):
                        yield self._event(event, When(conditions))
                case _:
                    assert_never(passage.content)

    def _action(
        self, action: Action, conditions: tuple[Audience, ...], earlier: tuple[tuple[Audience, ...], ...]
    ) -> ActionBlock:
        html, words = action.html, letter_words(self.publication.masthead)
        if action.steps and "<li" not in html:
            html += f"<ol>{''.join(f'<li>{escape(step)}</li>' for step in action.steps)}</ol>"
        return ActionBlock(
            When(conditions),
            When(conditions, earlier),
            action,
            html,
            action_facts(action, words),
            words.count("minutes", action.minutes) + full_stop(words) if action.minutes else "",
            "" if action.title.endswith(_ENDS) else full_stop(words),
            place_of(action.anchor, self.issue, self.publication, conditions),
        )

    def _event(self, event: Event, when: When) -> EventBlock:
        words = letter_words(self.publication.masthead)
        return EventBlock(
            when, event, str(event.first_day.day), month(event.first_day, words.language), span(event, words)
        )
