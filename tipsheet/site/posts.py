"""The page of an issue or an article, for the public and for each public segment."""

import re
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import quote

from markupsafe import Markup

from tipsheet.engine.units import Part
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import Action, Event
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import WEEK, Masthead, tag_page
from tipsheet.model.segment import Segment
from tipsheet.rendering.fragments import show_fallbacks
from tipsheet.rendering.language import letter_words, origin
from tipsheet.rendering.public import segment_page
from tipsheet.settings import Settings
from tipsheet.site.page import FeedLink, Link, Planned, SitePage
from tipsheet.site.parts import ActionCard, Mentions, ProsePart, Reader, mentions_of, note_cards, parts_of
from tipsheet.site.parts import Part as PagePart
from tipsheet.site.share import share_of_post
from tipsheet.site.structured import post_data
from tipsheet.site.view import View, at_once, label_of, site_words

__all__ = ["Place", "post_page", "post_pages", "share_links"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place of a post's page, and its readers: a public segment, or everyone.

    ``public`` is the address of the public's page, empty where there is none. ``others`` are the pages of public
    segments that read something else there; only the public's page names them. ``shared`` says that a share picture
    is drawn.
    """

    url: str
    public: str
    segment: Segment | None
    others: tuple[Link, ...] = ()
    shared: bool = False

    @property
    def segments(self) -> Segments:
        """The segments of its readers."""
        return frozenset({self.segment.id}) if self.segment else PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """The way on from a post: the next newer one of its kind, or from the newest the one before it.

    ``current`` says that the post is this week's issue.
    """

    link: Link | None
    newer: bool
    current: bool


def post_pages(view: View) -> tuple[Planned, ...]:
    """The pages of all posts that these readers get; each knows its neighbours of the same kind."""
    issues = tuple(p for p in view.posts if isinstance(p, Issue))
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    pages = []
    for posts in (issues, articles):
        around: list[Post | None] = [None, *posts, None]
        for newer, post, older in zip(around, posts, around[2:], strict=False):
            if view.own(post):
                pages.append(_planned(post, view, older, newer))
    return tuple(pages)


def _planned(post: Post, view: View, older: Post | None, newer: Post | None) -> Planned:
    notes = view.publication.notes_of(post, view.segments) if isinstance(post, Issue) else ()
    url, public = view.address(post), post.url if post.meant_for(PUBLIC) else ""
    shared = bool(public) and post.id in view.pictured
    return Planned(
        url=url,
        title=post.title,
        canonical=post.republished.url if post.republished else view.root + (public or url),
        indexed=view.segment is None,
        modified=view.day(post),
        published=post.published,
        searched=view.segment is None,
        of=post.id,
        post=post.id if view.segment is None else "",
        page=Part(
            post_page,
            {
                "settings": view.settings_ref,
                "post": view.texts.part(post),
                "place": Place(url=url, public=public, segment=view.segment, others=_others(post, view), shared=shared),
                "onward": _onward(post, view, older, newer),
                "library": mentions_of(post.body, notes, view, post),
            },
        ),
    )


def _others(post: Post, view: View) -> tuple[Link, ...]:
    """The pages on which public segments read the post otherwise than everyone does."""
    if view.segment is not None:
        return ()
    pages = [
        (segment_page(view.publication, post, segment), segment)
        for segment in view.publication.public_segments()
        if post.meant_for(frozenset({segment.id}))
    ]
    return tuple(Link(page, segment.title) for page, segment in pages if page != post.url)


def post_page(settings: Settings, post: Post, place: Place, onward: Onward, library: Mentions) -> SitePage:
    """The page of one post."""
    reader = Reader(settings=settings, segments=place.segments, page=place.url, mentions=library)
    root, segment, day = settings.masthead.url, place.segment, post.published.astimezone(settings.time_zone).date()
    public, own = root + place.public if place.public else "", root + place.url
    canonical = post.republished.url if post.republished else public or own
    begin, parts = _begun(post, reader)
    notes = post.notes if isinstance(post, Issue) else ()
    feed = f"{settings.masthead.folder}{segment.page}{settings.feed.file}" if segment else ""
    return SitePage(
        url=place.url,
        template="post.html",
        title=post.title,
        description=post.description,
        canonical=canonical,
        indexed=segment is None,
        search=_search_text(post) if segment is None else None,
        tags=post.tags,
        modified=day,
        published=post.published,
        image=post.image,
        share=share_of_post(post, settings.masthead) if place.shared else None,
        data=tuple(post_data(post, settings.masthead, reader.segments, page=own, address=canonical)),
        feeds=(FeedLink(segment.title, feed),) if segment else (),
        context={
            "post": post,
            "label": label_of(post.headline, settings),
            "article": not isinstance(post, Issue),
            "day": day,
            "begin": begin,
            "parts": parts,
            "notes": note_cards(tuple(n for n in notes if n.audience.includes(reader.segments)), reader),
            "action": next((part for part in (*begin, *parts) if isinstance(part, ActionCard)), None),
            "week_ends": post.published + WEEK if onward.current else None,
            "more": tuple(Link(link.url.removeprefix("site:"), link.title) for link in post.more),
            "tags": tuple(Link(tag_page(tag), tag) for tag in post.tags) if segment is None else (),
            "origin": origin(post.republished, letter_words(settings.masthead)) if post.republished else None,
            "segment": segment,
            "others": place.others,
            "public_page": place.public if segment else "",
            "share": share_links(post, settings, public) if public else (),
            "reply": reply_address(post, settings.masthead),
            "address": public or own,
            "short": own if segment else f"{root}i/{post.id}/",
            "onward": onward,
        },
    )


def _begun(post: Post, reader: Reader) -> tuple[tuple[PagePart, ...], tuple[PagePart, ...]]:
    """The parts of a text above its picture, if it has one, and those below."""
    parts = parts_of(post.body, reader)
    if not post.image:
        return (), at_once_in(parts)
    begin, parts = parts[:1], parts[1:]
    if begin and isinstance(begin[0], ProsePart):
        begin, rest = opening(begin[0])
        parts = (*rest, *parts)
    return begin, parts


def share_links(post: Post, settings: Settings, address: str) -> tuple[Link, ...]:
    """Plain links that pass the public address on; no script, nothing that counts."""
    words = quote(f"{post.title} {address}", safe="")
    places = {
        "linkedin": ("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?url={quote(address, safe='')}"),
        "bluesky": ("Bluesky", f"https://bsky.app/intent/compose?text={words}"),
        "mastodon": ("Mastodon", f"https://share.joinmastodon.org/#text={words}"),
    }
    name = quote(f"{settings.masthead.name}: {post.title}", safe="")
    forward = Link(f"mailto:?subject={name}&body={quote(address, safe='')}", site_words(settings)("forward"))
    return (forward, *(Link(places[key][1], places[key][0]) for key in settings.share))


def reply_address(post: Post, masthead: Masthead) -> str:
    """A letter to the editor about this post."""
    return f"mailto:{masthead.editor_email}?subject={quote(f'Re: {post.title}', safe='')}"


def _search_text(post: Post) -> str:
    """The text that the public sees, for the search index; actions are found by their own title and place."""
    found = [f"<p>{escape(post.description)}</p>"]
    for content in post.body.select(PUBLIC):
        if isinstance(content, Action):
            found.append(f'<h2 id="{content.anchor}">{escape(content.title)}</h2>')
        elif isinstance(content, Event):
            found.append(f'<h2 id="event-{content.id}">{escape(content.name)}</h2><p>{escape(content.place)}</p>')
        found.append(content.html)
    return show_fallbacks("\n".join(found))


def _onward(post: Post, view: View, older: Post | None, newer: Post | None) -> Onward:
    other, current = newer or older, view.publication.current(view.segments)
    return Onward(
        link=Link(view.address(other), other.title, view.label(other)) if other else None,
        newer=newer is not None,
        current=current is not None and current.id == post.id,
    )


_OPENING = re.compile(
    r"(?:\s*<(h[1-6])(?:\s[^<>]*)?>(?:[^<]++|<(?!/?h[1-6]\b|!)[^<>]*>)*+</\1>)*"
    r"\s*<p(?:\s[^<>]*)?>(?:[^<]++|<(?!/?p\b|!)[^<>]*>)*+</p>\s*"
)
"""The first paragraph of a text, with headings before it; a comment or a value that holds a tag is in none."""


def opening(part: ProsePart) -> tuple[tuple[PagePart, ...], tuple[PagePart, ...]]:
    """The part up to the end of its first paragraph, below which a narrow screen shows the picture, and the rest.

    A text that does not begin with a paragraph is all opening.
    """
    found = _OPENING.match(part.html)
    if not found or found.end() == len(part.html):
        return (part,), ()
    ends = found.end()
    return (ProsePart(html=Markup(part.html[:ends])),), (ProsePart(html=Markup(part.html[ends:])),)  # noqa: S704 - cut


def at_once_in(parts: tuple[PagePart, ...]) -> tuple[PagePart, ...]:
    """The parts of a page without a cover, whose first picture a browser fetches at once."""
    if parts and isinstance(parts[0], ProsePart):
        return (replace(parts[0], html=at_once(parts[0].html)), *parts[1:])
    return parts
