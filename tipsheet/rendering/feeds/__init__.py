"""Registry of the formats in which the feed of the publication is written."""

from tipsheet.rendering.feeds.formats import JSON_FEED, RSS, FeedFormat

__all__ = ["FEED_FORMATS", "feed_format"]

FEED_FORMATS: tuple[FeedFormat, ...] = (RSS, JSON_FEED)
"""The first is that of archives, tags, segments and actions too. A new one is a module with a `FeedFormat`, and its
name here: pages, the list of feeds and the reference follow.
"""


def feed_format(path: str) -> FeedFormat:
    """The format of the feed with this path from the site's root."""
    return next((form for form in FEED_FORMATS[1:] if form.file == path.rpartition("/")[2]), FEED_FORMATS[0])
