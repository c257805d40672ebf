"""Formats of feeds: the channel and the entries that each writes, RSS 2.0, and JSON Feed 1.1.

RSS is written by feedgen, and what feedgen leaves out through its own extension mechanism. Sources: the
RSS 2.0 specification and the RSS Advisory Board's best practices profile, RFC 4287 (``atom:link``),
RFC 5005 (archives), WebSub, the syndication and the Media RSS module; https://www.jsonfeed.org/version/1.1/ .
"""

import datetime as dt
import json
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem

from tipsheet import __version__
from tipsheet.model.post import Author, Image

__all__ = ["JSON_FEED", "RSS", "Channel", "Entry", "FeedFormat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The head of a feed; addresses are absolute.

    ``link`` is the page that the feed belongs to. ``previous`` is the archive document with the next
    older items. ``current`` is the living feed, named by archive documents alone.
    """

    url: str
    link: str
    title: str
    description: str
    language: str
    copyright: str = ""
    editor: str = ""
    logo: Image | None = None
    hub: str = ""
    previous: str = ""
    current: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item of a feed: texts are plain but for ``html``, addresses are absolute.

    ``id`` never changes (F10); ``permalink`` says that it is also an address that leads there.
    """

    id: str
    permalink: bool
    url: str
    title: str
    summary: str
    html: str
    published: dt.datetime
    authors: tuple[Author, ...]
    tags: tuple[str, ...]
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFormat:
    """A format in which the feed of the whole publication is written.

    ``file`` is the file's name, from the site's root; that of the first format is set by ``feed: file:``.
    ``type`` is the media type, ``summary`` a sentence for the reference. ``write`` gets entries newest first
    and gives UTF-8.
    """

    title: str
    file: str
    type: str
    summary: str
    write: Callable[[Channel, Iterable[Entry]], bytes]


ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"

RSS_TYPE = "application/rss+xml"
IMAGE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".svg": "image/svg+xml",
}
LOGO_TYPES = ("image/png", "image/jpeg", "image/gif")
LOGO_LIMITS = (144, 400)
MINUTES_A_DAY = 1440


class ChannelExtension(BaseExtension):  # type: ignore[misc]
    """In the channel: links that feedgen drops, the archive's mark, how often to ask."""

    def __init__(self) -> None:
        self.links: tuple[Mapping[str, str], ...] = ()
        self.archive = False
        self.dated = True

    def extend_ns(self) -> dict[str, str]:
        return {"sy": SYNDICATION, "media": MEDIA} | ({"fh": HISTORY} if self.archive else {})

    def extend_rss(self, feed: Any) -> Any:
        channel = feed[0]
        if not self.dated:
            channel.remove(channel.find("lastBuildDate"))
        for link in self.links:
            xml_elem(f"{{{ATOM}}}link", channel, **link)
        if self.archive:
            xml_elem(f"{{{HISTORY}}}archive", channel)
        else:
            xml_elem(f"{{{SYNDICATION}}}updatePeriod", channel).text = "weekly"
            xml_elem(f"{{{SYNDICATION}}}updateFrequency", channel).text = "1"
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """In an item: the cover as ``media:content``, which readers do not show a second time (F16)."""

    def __init__(self) -> None:
        self.image: Image | None = None

    def extend_rss(self, entry: Any) -> Any:
        if self.image:
            facts = {"url": self.image.src, "medium": "image", "type": _kind(self.image)}
            facts |= {"width": str(self.image.width), "height": str(self.image.height)}
            xml_elem(f"{{{MEDIA}}}content", entry, **{name: fact for name, fact in facts.items() if fact})
        return entry


def _rss(channel: Channel, entries: Iterable[Entry]) -> bytes:
    entries = tuple(entries)
    feed = FeedGenerator()
    feed.load_extension("dc")
    feed.register_extension("tipsheet", ChannelExtension, EntryExtension)
    _describe(feed, channel)
    if entries:
        feed.lastBuildDate(entries[0].published)
    feed.tipsheet.dated = bool(entries)
    for entry in entries:
        _add(feed, entry)
    document: bytes = feed.rss_str(pretty=True)
    return document


def _describe(feed: Any, channel: Channel) -> None:
    feed.title(channel.title)
    feed.description(channel.description)
    # feedgen takes the last link for the channel's own.
    feed.link(href=channel.url, rel="self", type=RSS_TYPE)
    feed.link(href=channel.link, rel="alternate", type="text/html")
    feed.language(channel.language)
    feed.generator(f"tipsheet {__version__}")
    feed.docs("https://www.rssboard.org/rss-specification")
    feed.ttl(MINUTES_A_DAY)
    if channel.copyright:
        feed.copyright(channel.copyright)
    if channel.editor:
        feed.managingEditor(channel.editor)
    logo = channel.logo
    if logo and _fits(logo):
        size = {"width": str(logo.width), "height": str(logo.height)}
        feed.image(url=logo.src, title=channel.title, link=channel.link, **size)
    neighbours = {"prev-archive": channel.previous, "current": channel.current}
    links = [{"rel": rel, "href": href, "type": RSS_TYPE} for rel, href in neighbours.items() if href]
    hub = [{"rel": "hub", "href": channel.hub}] if channel.hub else []
    feed.tipsheet.links = (*hub, *links)
    feed.tipsheet.archive = bool(channel.current)


def _add(feed: Any, entry: Entry) -> None:
    item = feed.add_entry(order="append")
    item.title(entry.title)
    item.link(href=entry.url)
    item.guid(entry.id, permalink=entry.permalink)
    # Without a summary feedgen would put the whole text into <description>.
    item.summary(entry.summary or entry.title)
    item.content(entry.html or entry.summary or entry.title, type="html")
    item.published(entry.published)
    for tag in entry.tags:
        item.category(term=tag)
    item.dc.dc_creator([author.name for author in entry.authors])
    item.tipsheet.image = entry.image


def _fits(logo: Image) -> bool:
    """True when RSS allows the picture as the channel's (F8)."""
    width, height = LOGO_LIMITS
    return 0 < logo.width <= width and 0 < logo.height <= height and _kind(logo) in LOGO_TYPES


def _kind(image: Image) -> str:
    """Media type by the ending; nothing where it is not known."""
    return IMAGE_TYPES.get(posixpath.splitext(image.src)[1].lower(), "")


RSS = FeedFormat(
    title="RSS",
    file="feed.xml",
    type=RSS_TYPE,
    summary="RSS: issues and articles, whole. The name is set by `feed: file:`.",
    write=_rss,
)


def _json_feed(channel: Channel, entries: Iterable[Entry]) -> bytes:
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
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


JSON_FEED = FeedFormat(
    title="JSON Feed",
    file="feed.json",
    type="application/feed+json",
    summary="The same as JSON Feed.",
    write=_json_feed,
)
