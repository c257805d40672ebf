"""Which pages the site has: from the publication to values, before anything is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass

from tipsheet.model.publication import Publication
from tipsheet.rendering.library import OnShelf, shelf
from tipsheet.settings import Settings
from tipsheet.site.front import events_page, home_page, subscribe_page
from tipsheet.site.library import planned_library
from tipsheet.site.lists import (
    archive_pages,
    article_pages,
    author_pages,
    permanent_addresses,
    segment_pages,
    tag_pages,
)
from tipsheet.site.page import Planned, Redirect, planned
from tipsheet.site.posts import post_pages
from tipsheet.site.redirects import aliases, newest
from tipsheet.site.view import View

__all__ = ["SiteMap", "site_map"]


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Everything that has an address: pages, and addresses that lead to them.

    ``aliases`` are those of posts, by their ids; ``library`` are the actions on its page, of which ``public`` is the
    view.
    """

    pages: tuple[Planned, ...]
    redirects: tuple[Redirect, ...]
    aliases: Mapping[str, tuple[Redirect, ...]]
    library: tuple[OnShelf, ...]
    public: View


def site_map(publication: Publication, settings: Settings, given: str = "") -> SiteMap:
    """All pages of the publication as the public sees it, and as each public segment does.

    ``given`` is the digest of mkdocs.yml.
    """
    public = View.of(publication, settings, given=given)
    views = [View.of(publication, settings, segment, given=given) for segment in publication.public_segments()]
    lists = [
        *archive_pages(public),
        *article_pages(public),
        *tag_pages(public),
        *author_pages(public),
        *(page for view in views for page in segment_pages(view)),
    ]
    fronts = [home_page(public), *events_page(public), subscribe_page(public)]
    library = shelf(publication)
    posts = [post for view in (public, *views) for post in post_pages(view)]
    pages = (*map(planned, fronts), planned_library(public, library), *lists, *posts)
    redirects = (*newest(public), *permanent_addresses(public, lists))
    return SiteMap(pages, redirects, dict(aliases([public, *views])), library, public)
