"""Which feeds there are, what each holds and where it stands; `feed_files` writes them all."""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial

from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.post import Image, Post
from tipsheet.model.publication import LibraryAction, Masthead, Publication, tag_page
from tipsheet.model.segment import Segment
from tipsheet.rendering.feeds import entries
from tipsheet.rendering.feeds.entries import action_entry, post_entry
from tipsheet.rendering.feeds.formats import Channel, Entry, json_feed, rss
from tipsheet.rendering.fragments import address, plain, readable
from tipsheet.rendering.language import words_of
from tipsheet.settings import FeedSettings, Settings

__all__ = ["FeedDocument", "Measure", "feed_documents", "feed_files", "writer"]

ACTIONS = "actions.xml"
JSON = "feed.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One file before it is written: ``path`` is relative to the site's root, ``sources`` are newest first.

    Planning costs little and writing much, so a build may leave what it knows to be unchanged.
    """

    path: str
    channel: Channel
    sources: tuple[Post | LibraryAction, ...]
    segment: Segment | None = None


def feed_files(
    publication: Publication, settings: Settings, *, logo_size: tuple[int, int] | None = None
) -> Mapping[str, bytes]:
    """Every feed by its path from the site's root.

    ``publication`` is what has appeared (`Publication.out`). ``logo_size`` is the width and height of
    the masthead's logo in px; without it the channel has no image.
    """
    write = writer(publication)
    documents = feed_documents(publication, settings.feed, logo_size=logo_size)
    return {document.path: write(document) for document in documents}


def writer(publication: Publication) -> Callable[[FeedDocument], bytes]:
    """Writes documents; an entry that stands in several is worked out once."""

    @cache
    def entry(source: Post | LibraryAction, segment: Segment | None) -> Entry:
        if isinstance(source, LibraryAction):
            return action_entry(publication, source)
        return post_entry(publication, source, segment)

    def write(document: FeedDocument) -> bytes:
        form = json_feed if document.path.endswith(".json") else rss
        return form(document.channel, [entry(s, document.segment) for s in document.sources])

    return write


Measure = Callable[[Publication, Post, Segments], int]


def feed_documents(
    publication: Publication,
    limits: FeedSettings,
    *,
    logo_size: tuple[int, int] | None = None,
    measure: Measure = entries.size,
) -> tuple[FeedDocument, ...]:
    """The plan of all feeds: the whole publication with its entries, tags, segments, actions.

    ``measure`` is `entries.size`, or something that remembers what that said.
    """
    channel = _channel(publication.masthead, limits, logo_size)
    return (
        *_whole(publication, limits, channel, measure),
        *_tags(publication, limits, channel, measure),
        *_segments(publication, limits, channel, measure),
        _actions(publication, limits, channel),
    )


def _channel(masthead: Masthead, limits: FeedSettings, logo_size: tuple[int, int] | None) -> Channel:
    logo = None
    if masthead.logo and logo_size:
        width, height = logo_size
        logo = Image(src=address(masthead.logo, masthead.url), alt=masthead.name, width=width, height=height)
    return Channel(
        url=address(limits.file, masthead.url),
        link=masthead.url,
        title=readable(masthead.name),
        description=readable(masthead.description or masthead.tagline or masthead.promise or masthead.name),
        language=masthead.language.replace("_", "-"),
        copyright=plain(masthead.copyright),
        editor=readable(f"{masthead.editor_email} ({masthead.editor})") if masthead.editor_email else "",
        logo=logo,
        hub=limits.hub or "",
    )


def _whole(publication: Publication, limits: FeedSettings, channel: Channel, size: Measure) -> Iterator[FeedDocument]:
    posts = publication.posts_for(PUBLIC)
    measure = partial(_measured, size, publication, PUBLIC)
    site = publication.masthead.url
    stem, ending = posixpath.splitext(limits.file)
    previous = ""
    for number, document in enumerate(entries.closed(posts, measure, limits), start=1):
        path = f"{stem}-{number}{ending}"
        url = address(path, site)
        fixed = replace(channel, url=url, hub="", previous=previous, current=channel.url)
        yield FeedDocument(path=path, channel=fixed, sources=document)
        previous = url
    newest = entries.newest(posts, measure, limits)
    yield FeedDocument(path=limits.file, channel=replace(channel, previous=previous), sources=newest)
    yield FeedDocument(path=JSON, channel=replace(channel, url=address(JSON, site)), sources=newest)


def _tags(publication: Publication, limits: FeedSettings, channel: Channel, size: Measure) -> Iterator[FeedDocument]:
    pages: dict[str, tuple[str, list[Post]]] = {}
    for post in publication.posts_for(PUBLIC):
        for tag in post.tags:
            posts = pages.setdefault(tag_page(tag), (tag, []))[1]
            if post not in posts[-1:]:
                posts.append(post)
    measure = partial(_measured, size, publication, PUBLIC)
    for page, (tag, posts) in sorted(pages.items()):
        newest = entries.newest(posts, measure, limits)
        named = _beside(page, f"{channel.title}: {readable(tag)}", channel, limits)
        yield FeedDocument(path=page + limits.file, channel=named, sources=newest)


def _segments(
    publication: Publication, limits: FeedSettings, channel: Channel, size: Measure
) -> Iterator[FeedDocument]:
    for segment in publication.public_segments():
        reader = frozenset({segment.id})
        measure = partial(_measured, size, publication, reader)
        newest = entries.newest(publication.posts_for(reader), measure, limits)
        named = _beside(segment.page, f"{channel.title}: {readable(segment.title)}", channel, limits)
        yield FeedDocument(path=segment.page + limits.file, channel=named, sources=newest, segment=segment)


def _measured(size: Measure, publication: Publication, segments: Segments, post: Post) -> int:
    return size(publication, post, segments)


def _actions(publication: Publication, limits: FeedSettings, channel: Channel) -> FeedDocument:
    given = [entry for entry in publication.library(PUBLIC) if entry.appearances]
    given.sort(key=lambda entry: (entry.appearances[0].issue.published, entry.action.id), reverse=True)
    newest = entries.newest(given, lambda entry: entries.ITEM_BYTES + entries.text_size(entry.action.html, 200), limits)
    url, link = address(ACTIONS, channel.link), address("actions/", channel.link)
    named = replace(
        channel,
        url=url,
        link=link,
        title=words_of(publication.masthead.language)("actions_feed", publication=channel.title),
    )
    return FeedDocument(path=ACTIONS, channel=named, sources=newest)


def _beside(page: str, title: str, channel: Channel, limits: FeedSettings) -> Channel:
    """The channel of a page that has a feed of its own; ``channel.link`` is the site."""
    url, link = address(page + limits.file, channel.link), address(page, channel.link)
    return replace(channel, url=url, link=link, title=title)
