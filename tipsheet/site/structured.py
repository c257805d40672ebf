"""Structured data (JSON-LD, schema.org) that search engines read: articles, instructions, events, people."""

import json
from collections.abc import Iterator
from typing import Any

from tipsheet.model.audience import Segments
from tipsheet.model.body import Action, Event
from tipsheet.model.language import below
from tipsheet.model.post import Author, Image, Issue, Post
from tipsheet.model.publication import Masthead
from tipsheet.rendering.fragments import plain, show_fallbacks
from tipsheet.rendering.language import iso

__all__ = ["happening", "instructions", "news_article", "person", "post_data", "web_site"]


def post_data(post: Post, masthead: Masthead, segments: Segments, *, page: str, address: str) -> Iterator[str]:
    """Structured data of a post's page: the article, how to do its action, where its events are.

    ``page`` is the absolute address of the page, ``address`` the canonical one of the text.
    """
    yield news_article(post, masthead, address)
    action = post.body.action(segments)
    if action:
        yield instructions(action, masthead, page)
    for event in post.body.events(segments):
        yield happening(event, masthead)


def news_article(post: Post, masthead: Masthead, address: str) -> str:
    """The post as https://schema.org/NewsArticle; ``address`` is its absolute one."""
    data: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": post.title,
        "description": post.description,
        "datePublished": post.published.isoformat(),
        "url": address,
        "mainEntityOfPage": address,
        "inLanguage": masthead.language,
        "isAccessibleForFree": True,
        "author": [{"@type": "Person", "name": a.name, "url": _page_of(a, masthead)} for a in post.authors],
        "publisher": _publisher(masthead),
    }
    if post.tags:
        data["keywords"] = list(post.tags)
    if isinstance(post, Issue) and post.number is not None:
        data["isPartOf"] = {"@type": "PublicationIssue", "issueNumber": post.number}
    if post.image:
        data["image"] = _image(post.image, masthead)
    if post.republished:
        data["isBasedOn"] = post.republished.url
    return _script(data)


def instructions(action: Action, masthead: Masthead, page: str) -> str:
    """The action as https://schema.org/HowTo; ``page`` is the absolute address of where it stands."""
    url = f"{page}#{action.anchor}"
    texts = action.steps or (plain(action.html).replace("\n", " ") or action.title,)
    data: dict[str, Any] = {
        "@type": "HowTo",
        "name": show_fallbacks(action.title),
        "url": url,
        "inLanguage": masthead.language,
        "step": [
            {"@type": "HowToStep", "position": number, "text": show_fallbacks(text)}
            for number, text in enumerate(texts, start=1)
        ],
    }
    if action.minutes:
        data["totalTime"] = f"PT{action.minutes}M"
    return _script(data)


def happening(event: Event, masthead: Masthead) -> str:
    """The event as https://schema.org/Event."""
    data: dict[str, Any] = {
        "@type": "Event",
        "name": event.name,
        "startDate": iso(event.starts),
        "inLanguage": masthead.language,
    }
    if event.ends:
        data["endDate"] = iso(event.ends)
    if event.place:
        data["location"] = {"@type": "Place", "name": event.place, "address": event.place}
    if event.url:
        data["url"] = event.url
    if words := plain(show_fallbacks(event.html)):
        data["description"] = words
    return _script(data)


def _page_of(author: Author, masthead: Masthead) -> str:
    """Absolute address of the author's page in the language of the masthead."""
    return masthead.url + below(masthead.folder, author.page)


def person(author: Author, masthead: Masthead) -> str:
    """The author as https://schema.org/Person, whom https://schema.org/ProfilePage is about."""
    data: dict[str, Any] = {
        "@type": "Person",
        "name": author.name,
        "url": _page_of(author, masthead),
        "worksFor": _publisher(masthead),
    }
    data |= {"jobTitle": author.role} if author.role else {}
    data |= {"description": author.bio} if author.bio else {}
    data |= {"sameAs": [author.url]} if author.url else {}
    data |= {"image": _image(author.image, masthead)} if author.image else {}
    return _script({"@type": "ProfilePage", "mainEntity": data})


def web_site(masthead: Masthead) -> str:
    """The publication as https://schema.org/WebSite."""
    return _script({
        "@type": "WebSite",
        "name": masthead.name,
        "url": masthead.url,
        "description": masthead.description,
        "inLanguage": masthead.language,
        "publisher": _publisher(masthead),
    })  # fmt: skip


def _publisher(masthead: Masthead) -> dict[str, str]:
    publisher = {"@type": "Organization", "name": masthead.name, "url": masthead.url}
    return publisher | ({"logo": masthead.url + masthead.logo} if masthead.logo else {})


def _image(image: Image, masthead: Masthead) -> dict[str, Any]:
    image = image.light
    data = {"@type": "ImageObject", "url": masthead.url + image.src, "width": image.width, "height": image.height}
    return data | ({"creditText": image.credit} if image.credit else {})


def _script(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no ``<`` could end it or open a comment."""
    return json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False).replace("<", "\\u003c")
