"""Parts of the text on a page, in reading order: prose, the action card, events, notes."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from markupsafe import Markup

from tipsheet.model.audience import Segments
from tipsheet.model.body import Action, Body, Event, Prose
from tipsheet.model.post import Note, Post
from tipsheet.model.publication import moment_after
from tipsheet.rendering.language import iso, letter_words, span
from tipsheet.settings import Settings
from tipsheet.site.checklists import checklist
from tipsheet.site.page import Link
from tipsheet.site.view import View, finished

__all__ = [
    "ActionCard",
    "EventCard",
    "Mentions",
    "NoteCard",
    "Part",
    "ProsePart",
    "Reader",
    "event_card",
    "mentions_of",
    "mentions_of_events",
    "note_cards",
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

    ``steps`` counts the boxes that make it done. ``over`` is the moment at which the day that it is due on has passed,
    ``past`` says that this was so when the page was made. ``calendar`` is the file with its day, from the site's root,
    or empty when that is over or another issue's.
    """

    kind: str = "action"
    id: str
    anchor: str
    title: str
    html: Markup
    minutes: int | None
    due: dt.date | None
    over: dt.datetime | None
    past: bool
    steps: int
    calendar: str
    elsewhere: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCard:
    """An event; ``when`` in words, ``past`` when it is ``over`` at the moment of the build.

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
    over: dt.datetime
    past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCard:
    """A notice; ``past`` when its time is ``over`` at the moment of the build."""

    id: str
    title: str
    parts: tuple["Part", ...]
    over: dt.datetime
    past: bool


Part = ProsePart | ActionCard | EventCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Facts from outside a text about the actions, events and notes in it: other issues, calendar, the day.

    ``elsewhere`` are other issues with an action, by its id; ``calendar`` are files of dates by their anchors;
    ``past`` are the anchors of events (``event-<id>``) and notes (``note-<id>``) that are over at the build, and of
    actions (``action-<id>``) whose day has passed.
    """

    elsewhere: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)
    calendar: Mapping[str, str] = field(default_factory=dict)
    past: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The reader of a page: settings, segments, and the address of the ``page`` from the site's root."""

    settings: Settings
    segments: Segments
    page: str
    mentions: Mentions


def mentions_of(body: Body, notes: tuple[Note, ...], view: View, post: Post | None = None) -> Mentions:
    """Gather the facts about all that these readers see of a text and its notes."""
    elsewhere: dict[str, tuple[Link, ...]] = {}
    anchors: dict[str, str] = {}
    past: list[str] = []
    bodies = (body, *(note.body for note in notes))
    for content in (p.content for one in bodies for p in one.items if p.visible(view.segments)):
        match content:
            case Action():
                seen = view.appearances(content.id)
                others = [one.issue for one in seen if one.issue is not post]
                if others:
                    elsewhere[content.id] = tuple(
                        [
                            Link(f"{view.address(issue)}#{content.anchor}", issue.title, view.label(issue))
                            for issue in others
                        ]
                    )
                if seen and seen[-1].issue is post:
                    anchors[content.anchor] = view.calendar.get(content.anchor, "")
                over = _over(content, view.settings)
                past += [content.anchor] if over and over <= view.publication.now else []
            case Event():
                anchor = f"event-{content.id}"
                anchors[anchor] = view.calendar.get(anchor, "")
                past += [anchor] if content.past(view.publication.now) else []
            case Prose():
                pass
            case _:
                assert_never(content)
    past += [f"note-{note.id}" for note in notes if _is_past(note, view)]
    calendar = {anchor: file for anchor, file in anchors.items() if file}
    if not (elsewhere or calendar or past):
        return NO_MENTIONS
    return Mentions(elsewhere=elsewhere, calendar=calendar, past=tuple(sorted(past)))


def mentions_of_events(events: Iterable[Event], view: View) -> Mentions:
    """Gather the facts about events by themselves."""
    past = tuple([f"event-{event.id}" for event in events if event.past(view.publication.now)])
    return Mentions(calendar=view.calendar, past=past)


def _is_past(note: Note, view: View) -> bool:
    return moment_after(note.expires, view.settings.time_zone) <= view.publication.now


def _over(action: Action, settings: Settings) -> dt.datetime | None:
    """The moment at which the day that the action is due on has passed."""
    return moment_after(action.due, settings.time_zone) if action.due else None


NO_MENTIONS = Mentions()


def parts_of(body: Body, reader: Reader) -> tuple[Part, ...]:
    """The parts of a body that these readers see; neighbouring prose is one part."""
    return tuple(_parts(body, reader))


def _parts(body: Body, reader: Reader) -> Iterator[Part]:
    prose: list[str] = []
    for content in body.select(reader.segments):
        if isinstance(content, Prose):
            prose.append(content.html)
            continue
        if prose:
            yield ProsePart(html=finished("\n".join(prose), reader.page))
            prose = []
        match content:
            case Action():
                yield _action_card(content, reader)
            case Event():
                yield event_card(content, reader)
            case _:
                assert_never(content)
    if prose:
        yield ProsePart(html=finished("\n".join(prose), reader.page))


def _action_card(action: Action, reader: Reader) -> ActionCard:
    return ActionCard(
        id=action.id,
        anchor=action.anchor,
        title=action.title,
        html=finished(checklist(action), reader.page),
        minutes=action.minutes,
        due=action.due,
        over=_over(action, reader.settings),
        past=action.anchor in reader.mentions.past,
        steps=max(1, len(action.steps)),
        calendar=reader.mentions.calendar.get(action.anchor, ""),
        elsewhere=reader.mentions.elsewhere.get(action.id, ()),
    )


def event_card(event: Event, reader: Reader) -> EventCard:
    """An event on a page."""
    anchor = f"event-{event.id}"
    return EventCard(
        anchor=anchor,
        name=event.name,
        day=event.first_day,
        starts=iso(event.starts),
        when=span(event, letter_words(reader.settings.masthead)),
        place=event.place,
        price=event.price,
        url=event.url,
        html=finished(event.html, reader.page),
        calendar=reader.mentions.calendar.get(anchor, ""),
        over=event.over,
        past=anchor in reader.mentions.past,
    )


def note_cards(notes: tuple[Note, ...], reader: Reader) -> tuple[NoteCard, ...]:
    """The notes of an issue on its page."""
    return tuple(
        NoteCard(
            id=note.id,
            title=note.title,
            parts=parts_of(note.body, reader),
            over=moment_after(note.expires, reader.settings.time_zone),
            past=f"note-{note.id}" in reader.mentions.past,
        )
        for note in notes
    )
