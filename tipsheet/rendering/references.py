"""Posts as arguments of units: references to their texts, loaded by whoever makes a page, a feed or a letter."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from tipsheet.engine.digest import digest_of_value
from tipsheet.engine.units import Part, Ref
from tipsheet.model.body import Event, whole
from tipsheet.model.post import UNDATED, Author, Issue, Note, Post
from tipsheet.model.publication import Masthead, Publication
from tipsheet.model.segment import Segment
from tipsheet.settings import Settings

__all__ = ["Texts", "bare", "event_ref", "letter_part", "post_part", "seen_since", "whole_post"]


P = TypeVar("P", bound=Post)


def post_part(post: Post) -> Part:
    """The post with its authors and the notes that it carries."""
    notes = post.notes if isinstance(post, Issue) else ()
    return Part(
        post_of,
        {
            "text": Ref("text", post.name, post.digest or digest_of_value(replace(post, authors=(), translations=()))),
            "authors": tuple([Ref("author", author.id, _author_digest(author)) for author in post.authors]),
            "notes": tuple([Ref("note", note.id, _note_digest(note)) for note in notes]),
        },
    )


def letter_part(issue: Issue) -> Part:
    """The issue as its letter is made of it: with its translations, if there are any."""
    part = post_part(issue)
    if not issue.translations:
        return part
    return Part(with_translations, {"post": part, "translations": tuple(map(post_part, issue.translations))})


def with_translations(post: Issue, translations: tuple[Issue, ...]) -> Issue:
    """The issue with translations that were put together by themselves."""
    return replace(post, translations=translations)


def post_of(text: Post, authors: tuple[Author, ...], notes: tuple[Note, ...]) -> Post:
    """The post put together again."""
    return replace(text, authors=authors, notes=notes) if isinstance(text, Issue) else replace(text, authors=authors)


def whole_post(post: P, publication: Publication) -> P:
    """The post and its translations with their HTML, which is loaded where it is not there."""
    others = tuple(replace(one, body=one.body.whole(publication.html)) for one in post.translations)
    return replace(post, body=post.body.whole(publication.html), translations=others)


def event_ref(event: Event) -> Ref:
    """An event of an issue or a note."""
    return Ref("event", event.id, digest_of_value(event))


@lru_cache(maxsize=1024)
def _author_digest(author: Author) -> str:
    return digest_of_value(author)


def _note_digest(note: Note) -> str:
    return note.digest or digest_of_value(note)


def seen_since(issue: Post, now: dt.datetime) -> dt.datetime:
    """The moment since which the notes of an issue look as they do now: events in them that are over are left out."""
    notes = issue.notes if isinstance(issue, Issue) else ()
    over = (event.over for note in notes for event in note.body.all_events() if event.past(now))
    return max(over, default=UNDATED)


def bare(masthead: Masthead, segments: Iterable[Segment] = (), now: dt.datetime = UNDATED) -> Publication:
    """A publication without its texts, for what is made of one post: it can ask about nothing else."""
    return Publication(masthead=masthead, now=now, segments=tuple(segments))


@dataclass
class Texts:
    """Posts of a publication that was read as arguments, and the loader of the references of this module."""

    publication: Publication
    settings: Settings
    _parts: dict[str, Part] = field(default_factory=dict, repr=False)
    _headlines: dict[str, Ref] = field(default_factory=dict, repr=False)

    def part(self, post: Post) -> Part:
        """The post as `post_part` gives it, made once: its page, feeds and letter hold the same."""
        if post.name not in self._parts:
            self._parts[post.name] = post_part(post)
        return self._parts[post.name]

    def headline(self, post: Post) -> Ref:
        """The headline of the post, made once: it stands in several lists."""
        if post.name not in self._headlines:
            digest = post.headline_digest or digest_of_value(post.headline)
            self._headlines[post.name] = Ref("headline", post.name, digest)
        return self._headlines[post.name]

    def load(self, ref: Ref) -> Any:
        """The settings, an author, a note, a headline, an event, or a text.

        A text is without authors and notes, which come by themselves. Raises LookupError for another kind.
        """
        match ref.kind:
            case "settings":
                return self.settings.in_language(ref.name) if ref.name else self.settings
            case "text":
                post = self._by_digest.get((ref.name, ref.digest)) or self._posts[ref.name]
                return post_of(whole_post(replace(post, translations=()), self.publication), (), ())
            case "event":
                return whole(self._events[ref.name, ref.digest], self.publication.html)
            case "headline":
                return self._posts[ref.name].headline
            case "author":
                return self._authors[ref.name, ref.digest]
            case "note":
                return self._notes[ref.name, ref.digest]
            case _:
                raise LookupError(ref.kind)

    @cached_property
    def _posts(self) -> dict[str, Post]:
        return {post.name: post for post in self.publication.texts()}

    @cached_property
    def _by_digest(self) -> dict[tuple[str, str], Post]:
        """By id and digest, since two posts may have one id while that is a mistake."""
        return {(post.name, post.digest): post for post in self.publication.texts()}

    @cached_property
    def _authors(self) -> dict[tuple[str, str], Author]:
        """By id and digest: an author has other words in another language."""
        found = {author for post in self._posts.values() for author in post.authors}
        return {(author.id, _author_digest(author)): author for author in found}

    @cached_property
    def _events(self) -> dict[tuple[str, str], Event]:
        """By id and digest, since each issue may tell of an event in its own words."""
        notes = (note.body for note in self._notes.values())
        bodies = (*(post.body for post in self._posts.values()), *notes)
        return {(ref.name, ref.digest): e for body in bodies for e in body.all_events() for ref in [event_ref(e)]}

    @cached_property
    def _notes(self) -> dict[tuple[str, str], Note]:
        """By id and digest: the pictures of a note may have other addresses in the letters of single issues."""
        posts = self._posts.values()
        return {(n.id, _note_digest(n)): n for post in posts if isinstance(post, Issue) for n in post.notes}
