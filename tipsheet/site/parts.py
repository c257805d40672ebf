"""What stands in the text of an issue's page, in reading order: prose, the action card, events, notes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from markupsafe import Markup

from tipsheet.model.body import Action, Body, Event, Prose
from tipsheet.model.post import Note, Post
from tipsheet.rendering.language import iso, span
from tipsheet.site.checklist import checklist
from tipsheet.site.page import Link
from tipsheet.site.view import View, finished

__all__ = [
    "ActionCard",
    "EventCard",
    "NoteCard",
    "Part",
    "ProsePart",
    "event_card",
    "note_cards",
    "note_is_past",
    "parts_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProsePart:
    """A run of text."""

    kind: str = "prose"
    html: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCard:
    """The action; ``elsewhere`` are the other issues it stood in.

    ``steps`` counts the boxes that make it done, ``address`` is its absolute one. ``calendar`` is the
    file with its day, from the site's root, or empty when that is over or another issue's.
    """

    kind: str = "action"
    id: str
    anchor: str
    title: str
    html: Markup
    minutes: int | None
    due: dt.date | None
    steps: int
    address: str
    calendar: str
    elsewhere: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCard:
    """An event; ``when`` in words, ``past`` when it is over at the moment of the build.

    ``calendar`` is a file with it, from the site's root, or empty.
    """

    kind: str = "event"
    anchor: str
    name: str
    day: dt.date
    starts: str
    when: str
    place: str
    price: str
    url: str
    html: Markup
    calendar: str
    past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCard:
    """A notice; ``past`` when its time is over at the moment of the build."""

    id: str
    title: str
    parts: tuple["Part", ...]
    past: bool


Part = ProsePart | ActionCard | EventCard


def parts_of(body: Body, view: View, page: str, post: Post | None = None) -> tuple[Part, ...]:
    """What these readers see of a body, for the page at this address; neighbouring prose is one part."""
    return tuple(_parts(body, view, page, post))


def _parts(body: Body, view: View, page: str, post: Post | None) -> Iterator[Part]:
    prose: list[str] = []
    for content in body.select(view.segments):
        if isinstance(content, Prose):
            prose.append(content.html)
            continue
        if prose:
            yield ProsePart(html=finished("\n".join(prose), page))
            prose = []
        match content:
            case Action():
                yield _action_card(content, view, page, post)
            case Event():
                yield event_card(content, view, page)
            case _:
                assert_never(content)
    if prose:
        yield ProsePart(html=finished("\n".join(prose), page))


def _action_card(action: Action, view: View, page: str, post: Post | None) -> ActionCard:
    seen = view.appearances(action.id)
    others = (one.issue for one in seen if one.issue is not post)
    open_here = bool(seen) and seen[-1].issue is post
    return ActionCard(
        id=action.id,
        anchor=action.anchor,
        title=action.title,
        html=finished(checklist(action), page),
        minutes=action.minutes,
        due=action.due,
        steps=max(1, len(action.steps)),
        address=f"{view.root}{page}#{action.anchor}",
        calendar=view.calendar.get(action.anchor, "") if open_here else "",
        elsewhere=tuple(Link(f"{view.address(issue)}#{action.anchor}", issue.title, issue.label) for issue in others),
    )


def event_card(event: Event, view: View, page: str) -> EventCard:
    """An event for the page at this address."""
    return EventCard(
        anchor=f"event-{event.id}",
        name=event.name,
        day=event.first_day,
        starts=iso(event.starts),
        when=span(event, view.publication.masthead.language),
        place=event.place,
        price=event.price,
        url=event.url,
        html=finished(event.html, page),
        calendar=view.calendar.get(f"event-{event.id}", ""),
        past=event.past(view.publication.now),
    )


def note_cards(notes: tuple[Note, ...], view: View, page: str) -> tuple[NoteCard, ...]:
    """The notes of an issue for the page at this address."""
    return tuple(
        NoteCard(id=note.id, title=note.title, parts=parts_of(note.body, view, page), past=note_is_past(note, view))
        for note in notes
    )


def note_is_past(note: Note, view: View) -> bool:
    """Whether its time is over at the moment of the build."""
    return note.expires < view.publication.now.astimezone(view.settings.time_zone).date()
