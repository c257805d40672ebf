"""The pages that readers enter by: home, the action library, the subscribe page."""

import datetime as dt
from dataclasses import dataclass

from markupsafe import Markup

from tipsheet.model.post import Issue
from tipsheet.model.publication import LibraryAction, tag_page
from tipsheet.site.page import FeedLink, Link, SitePage
from tipsheet.site.parts import ActionCard, event_card, parts_of
from tipsheet.site.structured import web_site
from tipsheet.site.view import View, finished

__all__ = ["LibraryCard", "action_library", "feed_links", "home_page", "subscribe_page"]

RECENT = 5
EVENTS = 4
ARTICLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCard:
    """An action in the library; ``link`` leads to the issue it stood in last, ``html`` is told when there is none."""

    anchor: str
    title: str
    minutes: int | None
    link: Link | None
    day: dt.date | None
    html: Markup
    tags: tuple[str, ...]
    newest: bool


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
        data=web_site(masthead),
        context={
            "newest": newest,
            "newest_row": view.row(newest) if newest else None,
            "action": _action_of(newest, view) if newest else None,
            "recent": view.rows(rest[:RECENT]),
            "articles": view.rows(articles[:ARTICLES]),
            "events": tuple(event_card(e, view, "") for e in view.publication.upcoming(view.segments)[:EVENTS]),
            "issues": len(view.issues),
        },
    )


def _action_of(issue: Issue, view: View) -> ActionCard | None:
    return next((part for part in parts_of(issue.body, view, "", issue) if isinstance(part, ActionCard)), None)


def action_library(view: View) -> SitePage:
    """Every action the public was given, and those that wait for their turn."""
    newest = next((i for i in view.issues if i.body.action(view.segments)), None)
    cards = tuple(_library_card(entry, view, newest) for entry in view.library.values())
    return SitePage(
        url="actions/",
        template="actions.html",
        title="Action library",
        description="Every issue ends in one thing to do. Here they all are.",
        canonical=view.root + "actions/",
        modified=view.day(view.posts[0]) if view.posts else None,
        feeds=(FeedLink(f"{view.publication.masthead.name}: actions", "actions.xml"),),
        context={"cards": cards},
    )


def _library_card(entry: LibraryAction, view: View, newest: Issue | None) -> LibraryCard:
    action, issue = entry.action, entry.latest
    link = Link(f"{view.address(issue)}#{action.anchor}", issue.title, issue.label) if issue else None
    return LibraryCard(
        anchor=action.anchor,
        title=action.title,
        minutes=action.minutes,
        link=link,
        day=view.day(issue) if issue else None,
        html=Markup() if issue else finished(action.html, "actions/"),
        tags=action.tags,
        newest=issue is not None and issue is newest,
    )


def feed_links(view: View) -> tuple[FeedLink, ...]:
    """The feeds of the whole publication."""
    name = view.publication.masthead.name
    return (FeedLink(name, view.settings.feed.file), FeedLink(name, "feed.json", "application/feed+json"))


def subscribe_page(view: View) -> SitePage:
    """The form, what happens after it, and the feeds for those who would rather not."""
    masthead = view.publication.masthead
    file = view.settings.feed.file
    segments = tuple(Link(f"{s.page}{file}", s.title) for s in view.publication.public_segments())
    tags = {tag_page(tag): tag for tag in reversed(view.publication.tags(view.segments))}
    return SitePage(
        url="subscribe/",
        template="subscribe.html",
        title="Subscribe",
        description=masthead.promise or masthead.description,
        canonical=view.root + "subscribe/",
        context={
            "segment_feeds": segments,
            "tag_feeds": tuple(Link(page + file, tag) for page, tag in sorted(tags.items())),
            "recent": view.rows(view.issues[:3]),
        },
    )
