"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Iterable
from typing import Any

from tipsheet.rendering.feeds.channel import Channel, Entry

__all__ = ["json_feed"]

VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(channel: Channel, entries: Iterable[Entry]) -> bytes:
    """The feed as JSON in UTF-8; entries are newest first."""
    feed: dict[str, Any] = {
        "version": VERSION,
        "title": channel.title,
        "home_page_url": channel.link,
        "feed_url": channel.url,
        "description": channel.description,
        "language": channel.language,
    }
    if channel.hub:
        feed["hubs"] = [{"type": "WebSub", "url": channel.hub}]
    feed["items"] = [_item(entry) for entry in entries]
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.html,
        "date_published": entry.published.isoformat(),
    }
    if entry.image:
        item["image"] = entry.image.src
    if entry.authors:
        item["authors"] = [{"name": author.name} for author in entry.authors]
    if entry.tags:
        item["tags"] = list(entry.tags)
    return item
