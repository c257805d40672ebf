"""The page of an issue or an article, for the public and for each public segment."""

from functools import partial
from html import escape
from typing import assert_never
from urllib.parse import quote

from tipsheet.engine.digest import digest_of
from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Action, Event, Prose
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import tag_page
from tipsheet.rendering.fragments import show_fallbacks
from tipsheet.rendering.language import origin
from tipsheet.site.page import Link, SitePage, Sketch
from tipsheet.site.parts import ActionCard, note_cards, note_is_past, parts_of
from tipsheet.site.structured import post_data
from tipsheet.site.view import View

__all__ = ["post_page", "post_pages", "share_links"]


def post_pages(view: View) -> tuple[Sketch, ...]:
    """The pages of all posts that these readers get; each knows its neighbours of the same kind."""
    issues = tuple(p for p in view.posts if isinstance(p, Issue))
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    pages = []
    for posts in (issues, articles):
        around: list[Post | None] = [None, *posts, None]
        for newer, post, older in zip(around, posts, around[2:], strict=False):
            if view.own(post):
                pages.append(_sketch(post, view, older, newer))
    return tuple(pages)


def _sketch(post: Post, view: View, older: Post | None, newer: Post | None) -> Sketch:
    notes = view.publication.notes_of(post, view.segments) if isinstance(post, Issue) else ()
    parts = {
        "text": post.digest or digest_of(post.id, post.title),
        "authors": view.authors_digest(post),
        "notes": digest_of([(note.digest, note_is_past(note, view)) for note in notes]) if notes else "",
        "neighbours": f"{view.lines[older.id] if older else ''}-{view.lines[newer.id] if newer else ''}",
        "library": _library(post, view),
    }
    url, public = view.address(post), view.root + post.url if post.meant_for(PUBLIC) else ""
    return Sketch(
        url=url,
        title=post.title,
        canonical=post.republished.url if post.republished else public or view.root + url,
        indexed=view.segment is None,
        modified=view.day(post),
        published=post.published,
        searched=view.segment is None,
        post=post.id if view.segment is None else "",
        key=" ".join([f"{word}={value}" for word, value in parts.items() if value]),
        page=partial(post_page, post, view, older=older, newer=newer),
    )


def _library(post: Post, view: View) -> str:
    """What other issues and the calendar make of the actions and events on this page."""
    found: list[object] = []
    for content in post.body.select(view.segments):
        match content:
            case Action():
                seen = view.appearances(content.id)
                if len(seen) > 1 or content.due:
                    links = [(view.address(s.issue), s.issue.title, s.issue.label, s.issue is post) for s in seen]
                    found.append((content.id, links, view.calendar.get(content.anchor)))
            case Event():
                past = content.past(view.publication.now)
                found.append((content.id, past, view.calendar.get(f"event-{content.id}")))
            case Prose():
                pass
            case _:
                assert_never(content)
    for note in view.publication.notes_of(post, view.segments) if isinstance(post, Issue) else ():
        for event in note.body.events(view.segments):
            past = event.past(view.publication.now)
            found.append((event.id, past, view.calendar.get(f"event-{event.id}")))
    return digest_of(found) if found else ""


def post_page(post: Post, view: View, *, older: Post | None = None, newer: Post | None = None) -> SitePage:
    """The page of one post."""
    url = view.address(post)
    public = view.root + post.url if post.meant_for(PUBLIC) else ""
    own = view.root + url
    canonical = post.republished.url if post.republished else public or own
    parts = parts_of(post.body, view, url, post)
    notes = note_cards(view.publication.notes_of(post, view.segments), view, url) if isinstance(post, Issue) else ()
    return SitePage(
        url=url,
        template="post.html",
        title=post.title,
        description=post.description,
        canonical=canonical,
        indexed=view.segment is None,
        search=_search_text(post) if view.segment is None else None,
        tags=post.tags,
        modified=view.day(post),
        published=post.published,
        image=post.image,
        data=tuple(post_data(post, view, canonical)),
        feeds=view.feed(view.segment.title, view.segment.page) if view.segment else (),
        context={
            "post": post,
            "label": post.label if isinstance(post, Issue) else "Article",
            "day": view.day(post),
            "parts": parts,
            "notes": notes,
            "action": next((part for part in parts if isinstance(part, ActionCard)), None),
            "more": tuple(Link(link.url.removeprefix("site:"), link.title) for link in post.more),
            "tags": tuple(Link(tag_page(tag), tag) for tag in post.tags) if view.segment is None else (),
            "origin": origin(post.republished, view.publication.masthead.language) if post.republished else None,
            "segment": view.segment,
            "public_page": post.url if view.segment and public else "",
            "share": share_links(post, view, public) if public else (),
            "reply": reply_address(post, view),
            "address": public or own,
            "older": _neighbour(older, view),
            "newer": _neighbour(newer, view),
        },
    )


def share_links(post: Post, view: View, address: str) -> tuple[Link, ...]:
    """Plain links that pass the public address on; no script, nothing that counts."""
    words = quote(f"{post.title} {address}", safe="")
    places = {
        "linkedin": ("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?url={quote(address, safe='')}"),
        "bluesky": ("Bluesky", f"https://bsky.app/intent/compose?text={words}"),
        "mastodon": ("Mastodon", f"https://share.joinmastodon.org/#text={words}"),
    }
    name = quote(f"{view.publication.masthead.name}: {post.title}", safe="")
    forward = Link(f"mailto:?subject={name}&body={quote(address, safe='')}", "Forward to a friend")
    return (forward, *(Link(places[key][1], places[key][0]) for key in view.settings.share))


def reply_address(post: Post, view: View) -> str:
    """A letter to the editor about this post."""
    return f"mailto:{view.publication.masthead.editor_email}?subject={quote(f'Re: {post.title}', safe='')}"


def _search_text(post: Post) -> str:
    """What the public sees of it, for the search index; actions are found by their own title and place."""
    found = [f"<p>{escape(post.description)}</p>"]
    for content in post.body.select(PUBLIC):
        if isinstance(content, Action):
            found.append(f'<h2 id="{content.anchor}">{escape(content.title)}</h2>')
        elif isinstance(content, Event):
            found.append(f'<h2 id="event-{content.id}">{escape(content.name)}</h2><p>{escape(content.place)}</p>')
        found.append(content.html)
    return show_fallbacks("\n".join(found))


def _neighbour(post: Post | None, view: View) -> Link | None:
    return Link(view.address(post), post.title, post.label if isinstance(post, Issue) else "") if post else None
