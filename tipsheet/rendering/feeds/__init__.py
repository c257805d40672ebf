"""The feeds: what is published, for programs that tell their owners of new issues.

Start at `documents`: it plans which files there are and writes them.
"""

from tipsheet.rendering.feeds.documents import FeedDocument, Measure, feed_documents, feed_files, write_feed
from tipsheet.rendering.feeds.entries import segment_page

__all__ = ["FeedDocument", "Measure", "feed_documents", "feed_files", "segment_page", "write_feed"]
