"""The pages that readers enter by: home, the subscribe page, what comes up."""

from collections.abc import Sequence

from tipsheet.model.body import Event
from tipsheet.model.post import Issue
from tipsheet.model.publication import tag_page
from tipsheet.rendering.feeds import FEED_FORMATS
from tipsheet.site.page import FeedLink, Link, SitePage
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
from tipsheet.site.view import View

__all__ = ["events_page", "feed_links", "home_page", "subscribe_page"]

RECENT = 5
EVENTS = 4
ARTICLES = 3


def home_page(view: View) -> SitePage:
    """The newest issue, the ones before it, what comes up, and the doors for each public segment."""
    masthead = view.publication.masthead
    newest, rest = (view.issues[0], view.issues[1:]) if view.issues else (None, ())
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
            "newest": newest,
            "newest_row": view.row(newest) if newest else None,
            "action": _action_of(newest, view) if newest else None,
            "recent": view.rows(rest[:RECENT]),
            "articles": view.rows(articles[:ARTICLES]),
            "events": _cards(view.publication.upcoming(view.segments)[:EVENTS], view, ""),
            "issues": len(view.issues),
        },
    )


def _action_of(issue: Issue, view: View) -> ActionCard | None:
    reader = _reader(view, "", mentions_of(issue.body, (), view, issue))
    return next((part for part in parts_of(issue.body, reader) if isinstance(part, ActionCard)), None)


def _cards(events: Sequence[Event], view: View, page: str) -> tuple[EventCard, ...]:
    reader = _reader(view, page, mentions_of_events(events, view))
    return tuple(event_card(event, reader) for event in events)


def _reader(view: View, page: str, mentions: Mentions) -> Reader:
    return Reader(settings=view.settings, segments=view.segments, page=page, mentions=mentions)


def events_page(view: View) -> tuple[SitePage, ...]:
    """Events that come, soonest first, and those that are over, newest first; no page without any."""
    events = view.publication.events(view.segments)
    if not events:
        return ()
    coming = [event for event in events if not event.past(view.publication.now)]
    past = [event for event in reversed(events) if event.past(view.publication.now)]
    page = SitePage(
        url="events/",
        template="events.html",
        title=view.words("events"),
        description=view.words("events_lead"),
        canonical=view.root + "events/",
        modified=view.day(view.posts[0]) if view.posts else None,
        data=tuple(happening(event, view.publication.masthead) for event in coming),
        context={
            "coming": _cards(coming, view, "events/"),
            "past": _cards(past, view, "events/"),
        },
    )
    return (page,)


def feed_links(name: str, file: str) -> tuple[FeedLink, ...]:
    """The feeds of the whole publication of this name; ``file`` is that of the first format."""
    first, *others = FEED_FORMATS
    paths = ((first, file), *((form, form.file) for form in others))
    return tuple(FeedLink(name, path, form.type, form.title) for form, path in paths)


def subscribe_page(view: View) -> SitePage:
    """The form, what happens after it, and the feeds for those who would rather not."""
    masthead = view.publication.masthead
    file = view.settings.feed.file
    segments = tuple(Link(f"{s.page}{file}", s.title) for s in view.publication.public_segments())
    tags = {tag_page(tag): tag for tag in reversed(view.publication.tags(view.segments))}
    return SitePage(
        url="subscribe/",
        template="subscribe.html",
        title=view.words("subscribe"),
        description=masthead.promise or masthead.description,
        canonical=view.root + "subscribe/",
        context={
            "segment_feeds": segments,
            "tag_feeds": tuple(Link(page + file, tag) for page, tag in sorted(tags.items())),
            "recent": view.rows(view.issues[:3]),
        },
    )
