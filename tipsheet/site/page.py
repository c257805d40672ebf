"""A page of the site as a value: its address, its template and everything that stands on it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from tipsheet.engine.units import Part
from tipsheet.model.post import Image

__all__ = ["Alternate", "FeedLink", "Link", "Planned", "Redirect", "SitePage", "planned"]


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names; ``url`` is relative to the site's root, ``form`` the name of its format."""

    title: str
    url: str
    type: str = "application/rss+xml"
    form: str = "RSS"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page; ``url`` is relative to the site's root, ``note`` a few words beside it."""

    url: str
    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alternate:
    """A page in a language (BCP 47): its address from the site's root, and the language's name in itself."""

    language: str
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePage:
    """One page: with the frame around it, all that its bytes are made from.

    ``url`` is relative to the site's root and ends in ``/`` (the home page is empty). ``canonical`` is
    absolute; a page whose canonical address is another one, or that is not ``indexed``, stays out of
    the sitemap. ``search`` is the HTML that the search index is made from, None keeps the page out
    of it; ``tags`` are found with it. ``modified`` comes from content, never from a clock. ``data`` are
    documents of JSON-LD. ``share`` is the picture for social networks where the page has no ``image``. ``alternates``
    are the same page in all languages that there are, itself included.
    """

    url: str
    template: str
    title: str
    canonical: str
    description: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    indexed: bool = True
    search: str | None = None
    modified: dt.date | None = None
    published: dt.datetime | None = None
    feeds: tuple[FeedLink, ...] = ()
    image: Image | None = None
    share: Image | None = None
    tags: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    alternates: tuple[Alternate, ...] = ()

    @property
    def file(self) -> str:
        """The path of its HTML, relative to the site's folder."""
        return f"{self.url}index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A page before it is made: what indexes say of it, and what gives its `SitePage`.

    ``page`` is the page itself, or the call that makes it. ``of`` is the id of the issue or article whose page it is,
    ``post`` as well where it is the public one; ``permanent`` is the address that a list's newest page will have one
    day. ``folder`` is that of its language.
    """

    url: str
    title: str
    canonical: str
    indexed: bool
    modified: dt.date | None
    published: dt.datetime | None = None
    searched: bool
    of: str = ""
    post: str = ""
    permanent: str = ""
    folder: str = ""
    page: SitePage | Part


def planned(page: SitePage) -> Planned:
    """A page that is worked out already."""
    return Planned(
        url=page.url,
        title=page.title,
        canonical=page.canonical,
        indexed=page.indexed,
        modified=page.modified,
        published=page.published,
        searched=page.search is not None,
        page=page,
    )


@dataclass(frozen=True, slots=True)
class Redirect:
    """An address that leads to another; ``canonical`` is the absolute address that search engines keep."""

    url: str
    target: str
    title: str
    canonical: str

    @property
    def file(self) -> str:
        """The path of its HTML, relative to the site's folder."""
        return f"{self.url}index.html"
