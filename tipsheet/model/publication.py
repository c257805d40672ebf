"""The whole publication as one frozen value, the questions that every output asks of it, and the moments it changes."""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, assert_never

from tipsheet.model.addresses import slug_of
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Action, Body, Event, Html, Prose, Unread
from tipsheet.model.post import Article, Author, Issue, Note, Post
from tipsheet.model.segment import Segment

__all__ = [
    "SENDING", "WEEK", "Appearance", "LibraryAction", "Masthead", "Publication", "last_change", "may_still_be_sent",
    "moment_after", "next_change", "tag_page",
]  # fmt: skip


P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=Post)


@lru_cache(maxsize=4096)
def tag_page(tag: str) -> str:
    """Address of a tag's page, relative to the site's root: ``Hard talks`` is at ``tags/hard-talks/``.

    A tag without letters or digits has its code points in hex.
    """
    slug = re.sub(r"\W+", "-", tag.lower()).strip("-") or slug_of(tag)
    return f"tags/{slug}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """Name, addresses and words at the head and the foot of every output; ``url`` is absolute and ends in ``/``.

    ``folder`` is that of the pages in this language below the site's root, empty for the first one. ``logo_dark`` is
    the mark's variant for dark mail, found beside it as ``<name>-dark.<type>``. ``words`` are the publication's own in
    place of ours (`tipsheet.words.Own`).
    """

    name: str
    url: str
    tagline: str = ""
    promise: str = ""
    description: str = ""
    language: str = "en"
    folder: str = ""
    editor: str = ""
    editor_email: str = ""
    copyright: str = ""
    postal_address: str = ""
    logo: str = ""
    logo_dark: str = ""
    words: Mapping[str, Mapping[str, Mapping[str, str | Mapping[str, str]]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Appearance:
    """An action in an issue."""

    issue: Issue
    action: Action


@dataclass(frozen=True, slots=True)
class LibraryAction:
    """An action of the library with the issues it stood in, oldest first; evergreen ones may have none."""

    action: Action
    appearances: tuple[Appearance, ...] = ()

    @property
    def first(self) -> Issue | None:
        """The issue in which it appeared first."""
        return self.appearances[0].issue if self.appearances else None

    @property
    def latest(self) -> Issue | None:
        """The issue in which it appeared last."""
        return self.appearances[-1].issue if self.appearances else None


def _nothing_unread(piece: Unread) -> str:
    """Load no HTML, where all of it is there."""
    raise LookupError(piece.source)


def _asked_once(
    method: Callable[Concatenate["Publication", P], R],
) -> Callable[Concatenate["Publication", P], R]:
    """Decorate a question so that the publication remembers its answer: every output asks it, and it never changes."""

    @wraps(method)
    def ask(self: "Publication", *args: P.args, **kwargs: P.kwargs) -> R:
        key = (method.__name__, *args, *kwargs.values())
        try:
            answer: R = self._answers[key]
        except KeyError:
            answer = self._answers[key] = method(self, *args, **kwargs)
        return answer

    return ask  # type: ignore[return-value]  # mypy takes the first argument for a named one


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Issues and articles are newest first; ``now`` is the moment it is seen at.

    ``welcome`` are the letters that follow a confirmation, in their order (W11); no page, feed or list has them.

    Translations are in the posts and notes that they translate; `in_language` gives the whole as readers of one
    language have it. ``other_actions`` are evergreen actions in other languages, by language and id.

    Names are of files in the content folder: ``ordinary`` of pages and files that are published by their own names,
    ``pictures`` of all pictures with their digests, ``ordinary_pictures`` of those that are published even where no
    text shows them, ``shown`` of those that ordinary pages, templates or settings name. `model.pictures` says which are
    ``withheld``, where letters find those that only they show (``letter_pictures``), and which smaller copies are
    loaded: by their paths, each with the picture that it is made of (``picture_copies``).

    Issues and articles that a build remembers come without their HTML, which ``html`` loads.
    """

    masthead: Masthead
    now: dt.datetime
    issues: tuple[Issue, ...] = ()
    articles: tuple[Article, ...] = ()
    welcome: tuple[Issue, ...] = ()
    notes: tuple[Note, ...] = ()
    evergreen: tuple[Action, ...] = ()
    other_actions: Mapping[tuple[str, str], Action] = field(default_factory=dict)
    authors: tuple[Author, ...] = ()
    segments: tuple[Segment, ...] = ()
    ordinary: frozenset[str] = frozenset()
    pictures: Mapping[str, str] = field(default_factory=dict)
    ordinary_pictures: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    letter_pictures: Mapping[str, str] = field(default_factory=dict)
    picture_copies: Mapping[str, str] = field(default_factory=dict)
    html: Html = field(default=_nothing_unread, repr=False, compare=False)
    _answers: dict[tuple[object, ...], Any] = field(init=False, default_factory=dict, repr=False, compare=False)

    def out(self, *, drafts: bool = False) -> "Publication":
        """The publication without posts that have not appeared; ``drafts`` keeps drafts and coming issues (C8)."""
        if drafts:
            return self
        return replace(
            self,
            issues=tuple(_without_drafts(i) for i in self.issues if i.out(self.now)),
            articles=tuple(_without_drafts(a) for a in self.articles if a.out(self.now)),
            welcome=tuple(_without_drafts(letter) for letter in self.welcome if not letter.draft),
        )

    def as_it_goes(self) -> "Publication":
        """The publication whose issues go without translations that are drafts; those of a draft stay with it."""
        return replace(self, issues=tuple([i if i.draft else _without_drafts(i) for i in self.issues]))

    def in_language(self, masthead: Masthead, segments: tuple[Segment, ...]) -> "Publication":
        """The publication as readers of the masthead's language have it: what nobody has translated is as it is.

        ``segments`` are its segments with their titles in that language.
        """
        language = masthead.language
        actions = (self.other_actions.get((language, action.id), action) for action in self.evergreen)
        return replace(
            self,
            masthead=masthead,
            segments=segments,
            issues=tuple(issue.in_language(language) for issue in self.issues),
            articles=tuple(article.in_language(language) for article in self.articles),
            welcome=tuple(letter.in_language(language) for letter in self.welcome),
            notes=tuple(note.in_language(language) for note in self.notes),
            evergreen=tuple(actions),
            authors=tuple(author.in_language(language) for author in self.authors),
        )

    def only(self, language: str) -> "Publication":
        """The publication without posts and notes that are not in this language (`in_language`)."""
        return replace(
            self,
            issues=tuple([issue for issue in self.issues if issue.language == language]),
            articles=tuple([article for article in self.articles if article.language == language]),
            welcome=tuple([letter for letter in self.welcome if letter.language == language]),
            notes=tuple([note for note in self.notes if note.language == language]),
        )

    def originals(self) -> Iterator[Post]:
        """Every post, welcome letters included, in the first language."""
        yield from (*self.issues, *self.articles, *self.welcome)

    def texts(self) -> Iterator[Post]:
        """Every post, welcome letters included, each with its translations after it."""
        for post in self.originals():
            yield from post.texts

    @_asked_once
    def issues_for(self, segments: Segments = PUBLIC) -> tuple[Issue, ...]:
        """The issues that a reader of these segments gets, newest first."""
        return tuple(i for i in self.issues if i.meant_for(segments))

    def current(self, segments: Segments = PUBLIC) -> Issue | None:
        """The issue that is this week's for these readers: their newest one, until it is a week old."""
        newest = next(iter(self.issues_for(segments)), None)
        return newest if newest is not None and self.now < newest.published + WEEK else None

    @_asked_once
    def posts_for(self, segments: Segments = PUBLIC) -> tuple[Post, ...]:
        """Issues and articles together, newest first."""
        posts: list[Post] = [p for p in (*self.issues, *self.articles) if p.meant_for(segments)]
        return tuple(sorted(posts, key=lambda p: (p.published, p.id), reverse=True))

    def public_segments(self) -> tuple[Segment, ...]:
        """The segments that have pages and feeds."""
        return tuple(s for s in self.segments if s.public)

    @_asked_once
    def tags(self, segments: Segments = PUBLIC) -> tuple[str, ...]:
        """Every tag in use, in alphabetical order."""
        return tuple(sorted({tag for post in self.posts_for(segments) for tag in post.tags}))

    def by_author(self, author: str, segments: Segments = PUBLIC) -> tuple[Post, ...]:
        """The posts that this author wrote or co-wrote, newest first."""
        return tuple(p for p in self.posts_for(segments) if any(a.id == author for a in p.authors))

    def notes_of(self, issue: Issue, segments: Segments) -> tuple[Note, ...]:
        """The notes that the issue carries for a reader of these segments."""
        return tuple([n for n in issue.notes if n.audience.includes(segments)]) if issue.notes else ()

    @_asked_once
    def library(self, segments: Segments = PUBLIC) -> tuple[LibraryAction, ...]:
        """Every action these readers have got, newest first, then the evergreen ones not used yet."""
        found: dict[str, list[Appearance]] = {}
        for issue in reversed(self.issues_for(segments)):
            action = issue.body.action(segments)
            if action:
                found.setdefault(action.id, []).append(Appearance(issue, action))
        used = [LibraryAction(seen[0].action, tuple(seen)) for seen in found.values()]
        used.sort(key=lambda entry: entry.appearances[-1].issue.published, reverse=True)
        waiting = (LibraryAction(a) for a in self.evergreen if a.id not in found and a.audience.includes(segments))
        return (*used, *waiting)

    @_asked_once
    def events(self, segments: Segments = PUBLIC) -> tuple[Event, ...]:
        """Every event for these readers in issues or notes, in the order of their dates, each as it was told last."""
        found = {event.id: event for event in self._events(segments)}
        return tuple(sorted(found.values(), key=lambda e: (e.begins, e.id)))

    def upcoming(self, segments: Segments = PUBLIC) -> tuple[Event, ...]:
        """The events that are not over."""
        return tuple(e for e in self.events(segments) if not e.past(self.now))

    @_asked_once
    def telling(self) -> tuple[Issue, ...]:
        """The issues that tell of an event, or whose notes do: few of thousands."""
        bodies = ((issue, (issue.body, *(note.body for note in issue.notes))) for issue in self.issues)
        return tuple(issue for issue, told in bodies if any(body.all_events() for body in told))

    def _events(self, segments: Segments) -> Iterator[Event]:
        for issue in reversed(self.telling()):
            if not issue.meant_for(segments):
                continue
            yield from issue.body.events(segments)
            for note in self.notes_of(issue, segments):
                yield from note.body.events(segments)


def _without_drafts(post: T) -> T:
    """The post without translations that nobody is to read yet."""
    if not any(one.draft for one in post.translations):
        return post
    return replace(post, translations=tuple(one for one in post.translations if not one.draft))


SENDING = dt.timedelta(weeks=5)
"""The time after its date in which an issue may still be sent; older letters are with their readers."""


WEEK = dt.timedelta(weeks=1)
"""The time after its date in which the newest issue is this week's (S18)."""


def may_still_be_sent(issue: Issue, now: dt.datetime) -> bool:
    """Return True while letters of the issue are made and checked."""
    return not issue.archived and not issue.out(now - SENDING)


def next_change(publication: Publication, zone: dt.tzinfo) -> dt.datetime | None:
    """The first moment after ``publication.now`` at which an output may change without a change of a file.

    A post appears, an issue is no longer this week's or can no longer be sent, an event or a note is over, the day that
    an action is due on has passed. ``publication`` holds what is to come as well.
    """
    weeks = (issue.published + WEEK for issue in publication.issues)
    moments = itertools.chain(weeks, _moments(publication, zone))
    return min((m for m in moments if m > publication.now), default=None)


def last_change(publication: Publication, zone: dt.tzinfo) -> dt.datetime | None:
    """The last moment up to ``publication.now`` at which a letter may have changed; see `next_change`."""
    return max((m for m in _moments(publication, zone) if m <= publication.now), default=None)


def _moments(publication: Publication, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    for post in (*publication.issues, *publication.articles):
        yield post.published
        yield post.published + SENDING
    for note in publication.notes:
        yield moment_after(note.expires, zone)
        yield from _moments_in(note.body, zone)
    for post in (*publication.issues, *publication.articles):
        yield from _moments_in(post.body, post.published.tzinfo or dt.UTC)


def _moments_in(body: Body, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    """``zone`` is that of the days that actions are due on."""
    for passage in body.items:
        match passage.content:
            case Event() as event:
                yield event.over
            case Action(due=due):
                if due is not None:
                    yield moment_after(due, zone)
            case Prose():
                pass
            case _:
                assert_never(passage.content)


def moment_after(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment of the day after."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
