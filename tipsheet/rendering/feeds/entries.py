"""Entries of feeds: made from posts and actions, measured, and cut into documents (RFC 5005, 4).

The feed and its archive documents are cut by one measure, so that together they hold everything: the
archive is filled from the oldest post on and closed for good when the next one does not fit; what is left
over fits the feed.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from textwrap import shorten
from typing import TypeVar, assert_never

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Action, Content, Event, Prose, size_of
from tipsheet.model.language import folder_of
from tipsheet.model.post import Image, Issue, Link, Note, Post, Reprint
from tipsheet.model.publication import LibraryAction, Publication
from tipsheet.model.segment import Segment
from tipsheet.rendering.feeds.formats import Entry
from tipsheet.rendering.fragments import address, feed_html, plain, readable, show_fallbacks
from tipsheet.rendering.language import Words, action_facts, action_heading, in_row, letter_words, origin, span
from tipsheet.rendering.public import segment_page
from tipsheet.settings import FeedSettings

__all__ = ["ITEM_BYTES", "action_entry", "closed", "newest", "post_entry", "size"]

SUMMARY_LENGTH = 200


def post_entry(publication: Publication, post: Post, segment: Segment | None = None) -> Entry:
    """An issue or an article as the public reads it, or as this segment does.

    A segment's text is another one than the public's, so it has an id of its own; it is no
    permalink, since ``i/<id>/`` leads to the public page.
    """
    site = publication.masthead.url
    segments = frozenset({segment.id}) if segment else PUBLIC
    url = address(segment_page(publication, post, segment) if segment else post.url, site)
    return Entry(
        id=address(f"{folder_of(post.language)}i/{post.id}/", site) + (f"#{segment.id}" if segment else ""),
        permalink=segment is None,
        url=url,
        title=_line(post.title),
        summary=_line(post.description),
        html=feed_html(_post_text(publication, post, segments), page=url, site_url=site),
        published=post.published,
        authors=tuple(replace(author, name=_line(author.name)) for author in post.authors),
        tags=tuple(map(_line, post.tags)),
        image=replace(post.image.light, src=address(post.image.light.src, site)) if post.image else None,
    )


def action_entry(publication: Publication, entry: LibraryAction) -> Entry:
    """An action under the issue that gave it first, so that its date and place stay when it returns."""
    issue, action = entry.appearances[0].issue, entry.appearances[0].action
    site = publication.masthead.url
    page = address(issue.url, site)
    html = feed_html(_action_text(action, letter_words(publication.masthead)), page=page, site_url=site)
    return Entry(
        id=address(f"{folder_of(issue.language)}actions/#{action.anchor}", site),
        permalink=False,
        url=address(f"{issue.url}#{action.anchor}", site),
        title=_line(action.title),
        summary=shorten(plain(html), SUMMARY_LENGTH, placeholder=" …") or _line(action.title),
        html=html,
        published=issue.published,
        authors=tuple(replace(author, name=_line(author.name)) for author in issue.authors),
        tags=tuple(map(_line, action.tags)),
    )


def _line(text: str) -> str:
    return " ".join(readable(show_fallbacks(text)).split())


def _post_text(publication: Publication, post: Post, segments: Segments) -> str:
    """An issue or an article as a reader of these segments sees it; addresses and merge fields are left open."""
    words = letter_words(publication.masthead)
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    parts = [
        _cover(post.image.light, words.language) if post.image else "",
        *_passages(post.body.select(segments), words),
        _origin(post.republished, words) if post.republished else "",
        *(_note(note, segments, words, publication.now) for note in notes),
        _more(post.more, words) if post.more else "",
    ]
    return "\n".join(part for part in parts if part)


def _action_text(action: Action, words: Words) -> str:
    """Facts and text of an action, without its heading."""
    facts = action_facts(action, words)
    return (f"<p>{escape(facts)}</p>\n" if facts else "") + action.html


def _passages(contents: Iterable[Content], words: Words) -> Iterator[str]:
    for content in contents:
        match content:
            case Prose(html):
                yield html
            case Action() as action:
                heading = escape(action_heading(action, words))
                text = _action_text(action, words)
                yield f'<section id="{escape(action.anchor)}">\n<h2>{heading}</h2>\n{text}\n</section>'
            case Event() as event:
                yield _event(event, words)
            case _:
                assert_never(content)


def _event(event: Event, words: Words) -> str:
    facts = [escape(fact) for fact in (span(event, words), event.place, event.price) if fact]
    if event.url:
        facts.append(f'<a href="{escape(event.url)}">{escape(event.url.removeprefix("https://"))}</a>')
    start, head = f'<section id="event-{escape(event.id)}">', f"<h3>{escape(event.name)}</h3>"
    return "\n".join(line for line in (start, head, f"<p>{'<br>'.join(facts)}</p>", event.html, "</section>") if line)


def _note(note: Note, segments: Segments, words: Words, now: dt.datetime) -> str:
    coming = (c for c in note.body.select(segments) if not (isinstance(c, Event) and c.past(now)))
    text = "\n".join(_passages(coming, words))
    return f"<section>\n<h2>{escape(note.title)}</h2>\n{text}\n</section>" if text else ""


def _cover(image: Image, language: str) -> str:
    credit = escape(image.credit)
    if image.credit_url:
        credit = f'<a href="{escape(image.credit_url)}">{credit or escape(image.credit_url)}</a>'
    caption = in_row((credit, escape(image.licence)), language)
    return (
        f'<figure><img src="site:{escape(image.src)}" alt="{escape(image.alt)}" width="{image.width}"'
        f' height="{image.height}">{f"<figcaption>{caption}</figcaption>" if caption else ""}</figure>'
    )


def _origin(reprint: Reprint, words: Words) -> str:
    before, title, after = map(escape, origin(reprint, words))
    return f'<p>{before}<a href="{escape(reprint.url)}">{title}</a>{after}</p>'


def _more(links: Iterable[Link], words: Words) -> str:
    items = "".join(f'<li><a href="{escape(link.url)}">{escape(link.title)}</a></li>' for link in links)
    return f"<section>\n<h2>{escape(words('more'))}</h2>\n<ul>{items}</ul>\n</section>"


T = TypeVar("T")

CHANNEL_BYTES = 4096
ITEM_BYTES = 2560
"""Room for what stands around the items, and for an item's head, cover and links."""

EXTRA_BYTES = 400
"""Room, in brackets, for the heading and the facts of an action or an event."""


def size(publication: Publication, post: Post, segments: Segments) -> int:
    """Bytes that the post will take in a feed at most, told from its text without rendering it.

    Building five thousand items to count them would cost more than the rest of a weekly build.
    """
    notes = publication.notes_of(post, segments) if isinstance(post, Issue) else ()
    page, total = len(publication.masthead.url) + len(post.url), ITEM_BYTES
    contents = [content for body in (post.body, *(note.body for note in notes)) for content in body.select(segments)]
    total += EXTRA_BYTES * sum(not isinstance(content, Prose) for content in contents)
    texts = [content.html for content in contents]
    texts += (link.title + link.url for link in post.more)
    for size, links in map(size_of, (*texts, post.description, post.title)):
        total += size + page * links
    return total


def newest(items: Iterable[T], measure: Callable[[T], int], limits: FeedSettings) -> tuple[T, ...]:
    """The newest items that fit one document; at least one, however long it is. Newest first, as given."""
    return next(_filled(items, measure, limits), ())


def closed(items: Sequence[T], measure: Callable[[T], int], limits: FeedSettings) -> tuple[tuple[T, ...], ...]:
    """The archive documents, oldest first; a later item never changes one. Items are given newest first."""
    filled = tuple(_filled(reversed(items), measure, limits))
    return tuple(tuple(reversed(document)) for document in filled[:-1])


def _filled(items: Iterable[T], measure: Callable[[T], int], limits: FeedSettings) -> Iterator[tuple[T, ...]]:
    room = limits.bytes - CHANNEL_BYTES
    document: list[T] = []
    used = 0
    for item in items:
        need = measure(item)
        if document and (len(document) == limits.items or used + need > room):
            yield tuple(document)
            document, used = [], 0
        document.append(item)
        used += need
    if document:
        yield tuple(document)
