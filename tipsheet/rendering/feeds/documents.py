"""Feeds of a publication: the plan of their files, and how one is written."""

import datetime as dt
import posixpath
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tipsheet.engine.units import Part, Ref
from tipsheet.model.audience import PUBLIC, Segments
from tipsheet.model.body import size_of
from tipsheet.model.post import Image, Issue, Post
from tipsheet.model.publication import Appearance, LibraryAction, Masthead, Publication, tag_page
from tipsheet.model.segment import Segment
from tipsheet.rendering.feeds import FEED_FORMATS, entries, feed_format
from tipsheet.rendering.feeds.entries import action_entry, post_entry
from tipsheet.rendering.feeds.formats import Channel, Entry
from tipsheet.rendering.fragments import address, plain, readable
from tipsheet.rendering.language import letter_words
from tipsheet.rendering.references import Texts, bare, seen_since
from tipsheet.settings import FeedSettings, Settings

__all__ = ["FeedDocument", "feed_documents", "write_feed"]

ACTIONS = "actions.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One file before it is written: ``path`` is relative to the site's root, ``entries`` are newest first."""

    path: str
    channel: Channel
    entries: tuple[Part, ...]


def write_feed(path: str, channel: Channel, entries: tuple[Entry, ...]) -> bytes:
    """The feed in the format that its path says."""
    return feed_format(path).write(channel, entries)


def feed_documents(
    texts: Texts,
    *,
    given: str = "",
    logo_size: tuple[int, int] | None = None,
) -> tuple[FeedDocument, ...]:
    """The plan of all feeds: the whole publication with its archive, tags, segments, actions.

    The publication of ``texts`` is what has appeared (`Publication.out`). ``logo_size`` is the width and height of
    the masthead's logo in px; without it the channel has no image.

    ``given`` is the digest of mkdocs.yml.
    """
    publication, settings = texts.publication, texts.settings
    channel = _channel(publication.masthead, settings.feed, logo_size)
    plan = _Feeds(publication, settings.feed, channel, texts, given)
    documents = (*plan.whole(), *plan.tags(), *plan.segments(), plan.actions())
    folder = publication.masthead.folder
    return tuple([replace(document, path=folder + document.path) for document in documents])


def _channel(masthead: Masthead, limits: FeedSettings, logo_size: tuple[int, int] | None) -> Channel:
    logo = None
    if masthead.logo and logo_size:
        width, height = logo_size
        logo = Image(src=address(masthead.logo, masthead.url), alt=masthead.name, width=width, height=height)
    return Channel(
        url=address(masthead.folder + limits.file, masthead.url),
        link=masthead.url + masthead.folder,
        title=readable(masthead.name),
        description=readable(masthead.description or masthead.tagline or masthead.promise or masthead.name),
        language=masthead.language.replace("_", "-"),
        copyright=plain(masthead.copyright),
        editor=readable(f"{masthead.editor_email} ({masthead.editor})") if masthead.editor_email else "",
        logo=logo,
        hub=limits.hub or "",
    )


@dataclass
class _Feeds:
    """The plan of the feeds of one publication."""

    publication: Publication
    limits: FeedSettings
    channel: Channel
    texts: Texts
    given: str
    _entries: dict[tuple[str, str], Part] = field(default_factory=dict)

    def whole(self) -> Iterator[FeedDocument]:
        """The feed of everything in every format, and its archive."""
        posts = self.publication.posts_for(PUBLIC)
        site, channel, limits = self.channel.link, self.channel, self.limits
        stem, ending = posixpath.splitext(limits.file)
        previous = ""
        for number, document in enumerate(entries.closed(posts, self._measured(PUBLIC), limits), start=1):
            path = f"{stem}-{number}{ending}"
            url = address(path, site)
            fixed = replace(channel, url=url, hub="", previous=previous, current=channel.url)
            yield FeedDocument(path=path, channel=fixed, entries=self._of_posts(document))
            previous = url
        newest = self._of_posts(self._newest(posts))
        yield FeedDocument(path=limits.file, channel=replace(channel, previous=previous), entries=newest)
        for form in FEED_FORMATS[1:]:
            yield FeedDocument(path=form.file, channel=replace(channel, url=address(form.file, site)), entries=newest)

    def tags(self) -> Iterator[FeedDocument]:
        """A feed for each tag, beside its page."""
        pages: dict[str, tuple[str, list[Post]]] = {}
        for post in self.publication.posts_for(PUBLIC):
            for tag in post.tags:
                posts = pages.setdefault(tag_page(tag), (tag, []))[1]
                if post not in posts[-1:]:
                    posts.append(post)
        for page, (tag, posts) in sorted(pages.items()):
            named = self._beside(page, tag)
            path = page + self.limits.file
            yield FeedDocument(path=path, channel=named, entries=self._of_posts(self._newest(posts)))

    def segments(self) -> Iterator[FeedDocument]:
        """A feed for each public segment, beside its page."""
        for segment in self.publication.public_segments():
            posts = self.publication.posts_for(frozenset({segment.id}))
            named = self._beside(segment.page, segment.title)
            entries = self._of_posts(self._newest(posts, segment), segment)
            yield FeedDocument(path=segment.page + self.limits.file, channel=named, entries=entries)

    def actions(self) -> FeedDocument:
        """The feed of actions, each under the issue that gave it first."""
        used = [entry for entry in self.publication.library(PUBLIC) if entry.appearances]
        used.sort(key=lambda entry: (entry.appearances[0].issue.published, entry.action.id), reverse=True)
        newest = entries.newest(used, _action_size, self.limits)
        url, link = address(ACTIONS, self.channel.link), address("actions/", self.channel.link)
        title = letter_words(self.publication.masthead)("actions_feed", publication=self.channel.title)
        named = replace(self.channel, url=url, link=link, title=title)
        return FeedDocument(path=ACTIONS, channel=named, entries=tuple(map(self._of_action, newest)))

    def _measured(self, segments: Segments) -> Callable[[Post], int]:
        return lambda post: entries.size(self.publication, post, segments)

    def _newest(self, posts: Sequence[Post], segment: Segment | None = None) -> tuple[Post, ...]:
        segments = frozenset({segment.id}) if segment else PUBLIC
        return entries.newest(posts, self._measured(segments), self.limits)

    def _of_posts(self, posts: Iterable[Post], segment: Segment | None = None) -> tuple[Part, ...]:
        """Entries, each of which is worked out once for every document that it stands in."""
        return tuple([self._of_post(post, segment) for post in posts])

    def _of_post(self, post: Post, segment: Segment | None) -> Part:
        name = (post.name, segment.id if segment else "")
        if name not in self._entries:
            args = {
                "settings": self._settings_for(post),
                "post": self.texts.part(post),
                "segment": segment,
                "since": seen_since(post, self.publication.now),
            }
            self._entries[name] = Part(entry_of_post, args, shared=True)
        return self._entries[name]

    def _of_action(self, entry: LibraryAction) -> Part:
        issue = entry.appearances[0].issue
        return Part(
            entry_of_action, {"settings": self._settings_for(issue), "issue": self.texts.part(issue)}, shared=True
        )

    def _settings_for(self, post: Post) -> Ref:
        """The settings in the language of the post, which another feed may show because nobody has translated it."""
        return Ref("settings", post.language, self.given)

    def _beside(self, page: str, words: str) -> Channel:
        """The channel of a page that has a feed of its own."""
        url, link = address(page + self.limits.file, self.channel.link), address(page, self.channel.link)
        return replace(self.channel, url=url, link=link, title=f"{self.channel.title}: {readable(words)}")


def _action_size(entry: LibraryAction) -> int:
    size, links = size_of(entry.action.html)
    return entries.ITEM_BYTES + size + 200 * links


def entry_of_post(settings: Settings, post: Post, segment: Segment | None, since: dt.datetime) -> Entry:
    """The entry of a post; events in its notes that were over at ``since`` are left out."""
    return post_entry(bare(settings.masthead, now=since), post, segment)


def entry_of_action(settings: Settings, issue: Issue) -> Entry:
    """The entry of the action that everyone is given in an issue."""
    action = issue.body.action(PUBLIC)
    assert action is not None  # noqa: S101 - see `_Feeds.actions`
    return action_entry(bare(settings.masthead), LibraryAction(action, (Appearance(issue, action),)))
