"""Structured data (JSON-LD, schema.org) that search engines read on an issue's page."""

import json
from typing import Any

from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Masthead

__all__ = ["news_article", "web_site"]


def news_article(post: Post, masthead: Masthead, address: str) -> str:
    """The post as https://schema.org/NewsArticle; ``address`` is its absolute one."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": post.title,
        "description": post.description,
        "datePublished": post.published.isoformat(),
        "url": address,
        "mainEntityOfPage": address,
        "inLanguage": masthead.language,
        "isAccessibleForFree": True,
        "author": [{"@type": "Person", "name": a.name, "url": masthead.url + a.page} for a in post.authors],
        "publisher": _publisher(masthead),
    }
    if post.tags:
        data["keywords"] = list(post.tags)
    if isinstance(post, Issue) and post.number is not None:
        data["isPartOf"] = {"@type": "PublicationIssue", "issueNumber": post.number}
    if post.image:
        image = {"@type": "ImageObject", "url": masthead.url + post.image.src}
        image |= {"creditText": post.image.credit} if post.image.credit else {}
        data["image"] = image
    if post.republished:
        data["isBasedOn"] = post.republished.url
    return _script(data)


def web_site(masthead: Masthead) -> str:
    """The publication as https://schema.org/WebSite."""
    data = {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": masthead.name,
        "url": masthead.url,
        "description": masthead.description,
        "inLanguage": masthead.language,
        "publisher": _publisher(masthead),
    }
    return _script(data)


def _publisher(masthead: Masthead) -> dict[str, str]:
    publisher = {"@type": "Organization", "name": masthead.name, "url": masthead.url}
    return publisher | ({"logo": masthead.url + masthead.logo} if masthead.logo else {})


def _script(data: dict[str, Any]) -> str:
    """JSON that can stand in a script element: no ``<`` could end it or open a comment."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
