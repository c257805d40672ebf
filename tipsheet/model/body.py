"""The text of an issue after its one parse: passages of prose, actions and events, each with its conditions.

Its HTML is finished but for two things that differ between outputs: internal addresses are written
``site:<path from the site's root>``, and merge fields are still ``@@name or fallback@@``.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from tipsheet.model.audience import EVERYONE, Audience, Segments, visible

__all__ = [
    "Action",
    "Body",
    "Content",
    "Event",
    "Html",
    "Passage",
    "Prose",
    "Unread",
    "names_in",
    "size_of",
    "whole",
    "words_in",
]

ADDRESS = re.compile(r'(?<=site:)[^"\s,]+')
"""An internal address in the HTML of a body, from the site's root on."""


@dataclass(frozen=True, slots=True)
class Unread:
    """HTML that is not loaded, in the place of the text: its digest, and all that lists, feeds and checks ask of it.

    Whoever takes it for the text gets a TypeError. ``source`` is the file that it was read from; ``names`` are the
    addresses in it that may be files; ``size`` and ``links`` are what `size_of` gives, and ``words``
    what `words_in` does.
    """

    source: str
    digest: str
    size: int
    links: int
    words: int
    names: tuple[str, ...] = ()

    def digest_text(self) -> str:
        """The text that stands for it in a key."""
        return self.digest

    def __str__(self) -> str:
        raise TypeError(f"the text {self.digest} of {self.source} is not loaded")

    __format__ = __str__  # type: ignore[assignment]  # whatever the format


Html = Callable[[Unread], str]
"""Loads HTML."""


def size_of(html: str) -> tuple[int, int]:
    """The bytes that HTML takes at most once it is escaped, and how often the address of its page or site comes in.

    ``<`` becomes ``&lt;``, a bare ``>`` even ``&amp;gt;``; addresses get the page's or the site's before them.
    """
    if isinstance(html, Unread):
        return html.size, html.links
    brackets = 3 * html.count("<") + 7 * html.count(">") + 4 * html.count("&")
    return len(html.encode(errors="replace")) + brackets, html.count('="#') + html.count("site:")


_TAG = re.compile(r"<[^>]+>")


def words_in(html: str) -> int:
    """The number of words that a reader of this HTML reads."""
    if isinstance(html, Unread):
        return html.words
    return len(_TAG.sub(" ", html).split())


def names_in(html: str) -> tuple[str, ...]:
    """The addresses that the HTML leads to or shows, as they are written, but for those of pages: they end in ``/``."""
    if isinstance(html, Unread):
        return html.names
    if "site:" not in html:
        return ()
    found = ADDRESS.findall(html)
    return tuple([name for name in found if not unescape(name).partition("#")[0].partition("?")[0].endswith("/")])


@dataclass(frozen=True, slots=True)
class Prose:
    """A run of top-level HTML elements.

    ``block`` and ``title`` are the kind and the title of the block that it is, if that has no value of its own.
    """

    html: str
    block: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The thing a reader does: ``title`` an imperative sentence, ``html`` its text, ``steps`` plain text.

    ``id`` is unique in the publication and also the fragment of its place on a page
    (``#action-<id>``). ``due`` is a day in the publication's zone. ``used`` says that the block
    takes up an action that already stands in the library.
    """

    id: str
    title: str
    html: str = ""
    steps: tuple[str, ...] = ()
    minutes: int | None = None
    due: dt.date | None = None
    tags: tuple[str, ...] = ()
    audience: Audience = EVERYONE
    used: bool = False

    @property
    def anchor(self) -> str:
        """Fragment of the action on its page."""
        return f"action-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something at a place and time.

    ``starts`` and ``ends`` are aware moments in the event's own zone; or days without a time, of which ``ends``
    is the last one, in the zone ``tz``.
    """

    id: str
    name: str
    starts: dt.datetime | dt.date
    ends: dt.datetime | dt.date | None = None
    tz: dt.tzinfo = dt.UTC
    place: str = ""
    url: str = ""
    price: str = ""
    html: str = ""
    audience: Audience = EVERYONE

    @property
    def zone(self) -> str:
        """IANA name of the event's zone."""
        zone = self._zone_of(self.starts)
        return zone.key if isinstance(zone, ZoneInfo) else "UTC"

    @property
    def whole_days(self) -> bool:
        """True when it has days without a time (C20)."""
        return not isinstance(self.starts, dt.datetime)

    @property
    def begins(self) -> dt.datetime:
        """The moment it begins; of whole days, the first of them."""
        starts = self.starts
        return starts if isinstance(starts, dt.datetime) else dt.datetime.combine(starts, dt.time(), self.tz)

    @property
    def first_day(self) -> dt.date:
        """The day it begins on."""
        return _day_of(self.starts)

    @property
    def last_day(self) -> dt.date:
        """The day it ends on."""
        return _day_of(self.ends or self.starts)

    @property
    def last_zone(self) -> dt.tzinfo:
        """The zone of its last day."""
        return self._zone_of(self.ends or self.starts)

    @property
    def over(self) -> dt.datetime:
        """The first moment of the day after, in its own zone."""
        return dt.datetime.combine(self.last_day + dt.timedelta(days=1), dt.time(), self.last_zone)

    def past(self, now: dt.datetime) -> bool:
        """Return True when the day it ends on is over in its own zone (C9)."""
        return now.astimezone(self.last_zone).date() > self.last_day

    def _zone_of(self, day: dt.date) -> dt.tzinfo:
        return (day.tzinfo if isinstance(day, dt.datetime) else self.tz) or dt.UTC


def _day_of(day: dt.date) -> dt.date:
    return day.date() if isinstance(day, dt.datetime) else day


Content = Prose | Action | Event
C = TypeVar("C", bound=Content)


def whole(content: C, html: Html) -> C:
    """The content with its HTML, which is loaded where it is not there."""
    text: object = content.html
    return replace(content, html=html(text)) if isinstance(text, Unread) else content


@dataclass(frozen=True, slots=True)
class Passage:
    """Content and every condition it stands under, outermost first."""

    content: Content
    conditions: tuple[Audience, ...] = ()

    def visible(self, segments: Segments) -> bool:
        """Return True if a reader of these segments sees it."""
        return not self.conditions or visible(self.conditions, segments)


@dataclass(frozen=True, slots=True)
class Body:
    """Passages in reading order; audiences are selected from them, never parsed again.

    ``items`` are those that are an action or an event; ``conditional`` says that not everyone sees the same.
    """

    passages: tuple[Passage, ...] = field(default=())
    items: tuple[Passage, ...] = field(init=False, repr=False, compare=False)
    conditional: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # computed once, because lists and the library ask every text of the publication
        object.__setattr__(self, "items", tuple(p for p in self.passages if not isinstance(p.content, Prose)))
        object.__setattr__(self, "conditional", any(p.conditions for p in self.passages))

    def whole(self, html: Html) -> "Body":
        """The body with all of its HTML."""
        if not any(isinstance(cast("object", p.content.html), Unread) for p in self.passages):
            return self
        return Body(tuple([Passage(whole(p.content, html), p.conditions) for p in self.passages]))

    def select(self, segments: Segments) -> Iterator[Content]:
        """The content that a reader of these segments sees, in order."""
        return (p.content for p in self.passages if p.visible(segments))

    def prose(self, segments: Segments) -> str:
        """The visible running text as HTML, without actions and events."""
        return "\n".join(c.html for c in self.select(segments) if isinstance(c, Prose))

    def action(self, segments: Segments) -> Action | None:
        """The one action that a reader of these segments gets, or None."""
        for passage in self.items:
            if isinstance(passage.content, Action) and passage.visible(segments):
                return passage.content
        return None

    def events(self, segments: Segments) -> tuple[Event, ...]:
        """The events that a reader of these segments is told of."""
        return tuple(p.content for p in self.items if isinstance(p.content, Event) and p.visible(segments))

    def blocks(self, segments: Segments) -> tuple[Prose, ...]:
        """The blocks without a value of their own that a reader of these segments sees."""
        return tuple(c for c in self.select(segments) if isinstance(c, Prose) and c.block)

    def conditions(self) -> Iterator[Audience]:
        """Every condition of any passage."""
        return (condition for passage in self.passages for condition in passage.conditions)

    def all_events(self) -> tuple[Event, ...]:
        """Every event, for all readers."""
        return tuple(p.content for p in self.items if isinstance(p.content, Event))

    def all_actions(self) -> tuple[Action, ...]:
        """Every action, for all readers: the variants of one."""
        return tuple(p.content for p in self.items if isinstance(p.content, Action))
