"""What every format of a feed says: the channel, and the entries in it."""

import datetime as dt
from dataclasses import dataclass

from tipsheet.model.post import Author, Image

__all__ = ["Channel", "Entry"]


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
    """What RSS and JSON say of an item: texts are plain but for ``html``, addresses are absolute.

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
