"""The pages that readers enter by: home, the subscribe page, what comes up."""

import datetime as dt
from collections.abc import Sequence

from tipsheet.engine.units import Part
from tipsheet.model.audience import PUBLIC
from tipsheet.model.body import Event, whole
from tipsheet.model.post import Issue
from tipsheet.model.publication import WEEK, Masthead, tag_page
from tipsheet.rendering.feeds import FEED_FORMATS
from tipsheet.rendering.language import capital
from tipsheet.rendering.references import event_ref, whole_post
from tipsheet.settings import Settings
from tipsheet.site.page import FeedLink, Link, Planned, SitePage
from tipsheet.site.parts import (
    ActionCard,
    EventCard,
    Mentions,
    Reader,
    event_card,
    mentions_of,
    mentions_of_events,
    parts_of,
)  # fmt: skip
from tipsheet.site.structured import happening, web_site
from tipsheet.site.view import View, site_words

__all__ = ["events_page", "feed_links", "home_page", "planned_events", "subscribe_page"]

EVENTS_PAGE = "events/"
RECENT = 5
EVENTS = 4
ARTICLES = 3


def home_page(view: View) -> SitePage:
    """The newest issue, the ones before it, what comes up, and the doors for each public segment."""
    masthead = view.publication.masthead
    newest = whole_post(view.issues[0], view.publication) if view.issues else None
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    return SitePage(
        url="",
        template="home.html",
        title=masthead.name,
        description=masthead.description,
        canonical=view.root,
        modified=view.day(view.posts[0]) if view.posts else None,
        image=newest.image if newest else None,
        data=(web_site(masthead),),
        context={
            "pitch": _pitch(masthead),
            "newest": newest,
            "newest_row": view.row(newest) if newest else None,
            "action": _action_of(newest, view) if newest else None,
            "recent": view.rows(view.issues[1 : 1 + RECENT]),
            "articles": view.rows(articles[:ARTICLES]),
            "events": _cards(view.publication.upcoming(view.segments)[:EVENTS], view),
            "issues": len(view.issues),
            "week_ends": newest.published + WEEK if newest and view.publication.current() else None,
        },
    )


def _pitch(masthead: Masthead) -> str:
    """The heading of the home page: what this is, unless what a reader gets says the same in more words."""
    said = masthead.promise.startswith(masthead.tagline.rstrip(".!"))
    return masthead.name if said or not masthead.tagline else masthead.tagline


def _action_of(issue: Issue, view: View) -> ActionCard | None:
    reader = _reader(view, view.settings.masthead.folder, mentions_of(issue.body, (), view, issue))
    return next((part for part in parts_of(issue.body, reader) if isinstance(part, ActionCard)), None)


def _cards(events: Sequence[Event], view: View) -> tuple[EventCard, ...]:
    reader = _reader(view, view.settings.masthead.folder, mentions_of_events(events, view))
    return tuple(event_card(whole(event, view.publication.html), reader) for event in events)


def _reader(view: View, page: str, mentions: Mentions) -> Reader:
    return Reader(settings=view.settings, segments=view.segments, page=page, mentions=mentions)


def planned_events(view: View) -> tuple[Planned, ...]:
    """The page of events; none without any."""
    events = view.publication.events(view.segments)
    if not events:
        return ()
    modified = view.day(view.posts[0]) if view.posts else None
    args = {
        "settings": view.settings_ref,
        "content": tuple(map(event_ref, events)),
        "library": mentions_of_events(events, view),
        "modified": modified,
    }
    page = Planned(
        url=EVENTS_PAGE,
        title=view.words("events"),
        canonical=view.root + EVENTS_PAGE,
        indexed=True,
        modified=modified,
        searched=False,
        page=Part(events_page, args),
    )
    return (page,)


def events_page(
    settings: Settings, content: tuple[Event, ...], library: Mentions, modified: dt.date | None
) -> SitePage:
    """Events that come, soonest first, and those that are over, newest first."""
    reader = Reader(settings=settings, segments=PUBLIC, page=settings.masthead.folder + EVENTS_PAGE, mentions=library)
    words = site_words(settings)
    over = set(library.past)
    coming = [event for event in content if f"event-{event.id}" not in over]
    past = [event for event in reversed(content) if f"event-{event.id}" in over]
    return SitePage(
        url=EVENTS_PAGE,
        template="events.html",
        title=words("events"),
        description=words("events_lead"),
        canonical=settings.masthead.url + EVENTS_PAGE,
        modified=modified,
        data=tuple(happening(event, settings.masthead) for event in coming),
        context={
            "coming": tuple(event_card(event, reader) for event in coming),
            "past": tuple(event_card(event, reader) for event in past),
        },
    )


def feed_links(name: str, file: str, folder: str = "") -> tuple[FeedLink, ...]:
    """The feeds of the whole publication of this name; ``file`` is that of the first format, below ``folder``."""
    first, *others = FEED_FORMATS
    paths = ((first, file), *((form, form.file) for form in others))
    return tuple(FeedLink(name, folder + path, form.type, form.title) for form, path in paths)


def subscribe_page(view: View) -> SitePage:
    """The form, what happens after it, and the feeds for those who would rather not."""
    masthead = view.publication.masthead
    file, folder = view.settings.feed.file, masthead.folder
    segments = tuple(Link(f"{folder}{s.page}{file}", s.title) for s in view.publication.public_segments())
    tags = {tag_page(tag): tag for tag in reversed(view.publication.tags(view.segments))}
    by_mail = view.settings.subscribe is not None
    return SitePage(
        url="subscribe/",
        template="subscribe.html",
        title=view.words("subscribe") if by_mail else view.words("follow", publication=masthead.name),
        description=masthead.promise or masthead.description,
        canonical=view.root + "subscribe/",
        context={
            "segment_feeds": segments,
            "tag_feeds": tuple(
                Link(folder + page + file, capital(tag, masthead.language)) for page, tag in sorted(tags.items())
            ),
            "recent": view.rows(view.issues[:3]),
        },
    )
