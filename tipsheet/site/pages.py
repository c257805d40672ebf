"""Which pages the site has: from the publication to values, before anything is rendered."""

from dataclasses import dataclass

from tipsheet.model.publication import Publication
from tipsheet.settings import Settings
from tipsheet.site.front import events_page, home_page, subscribe_page
from tipsheet.site.library import Library
from tipsheet.site.lists import (
    archive_pages,
    article_pages,
    author_pages,
    permanent_addresses,
    segment_pages,
    tag_pages,
)
from tipsheet.site.page import Redirect, Sketch
from tipsheet.site.posts import post_pages
from tipsheet.site.redirects import Aliases, aliases, newest
from tipsheet.site.view import View

__all__ = ["SiteMap", "site_map"]


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Everything that has an address: pages, and addresses that lead to them; ``aliases`` are those of posts."""

    pages: tuple[Sketch, ...]
    redirects: tuple[Redirect, ...]
    aliases: tuple[Aliases, ...]
    library: Library


def site_map(publication: Publication, settings: Settings) -> SiteMap:
    """All pages of the publication as the public sees it, and as each public segment does."""
    public = View.of(publication, settings)
    views = [View.of(publication, settings, segment) for segment in publication.public_segments()]
    lists = [
        *archive_pages(public),
        *article_pages(public),
        *tag_pages(public),
        *author_pages(public),
        *(page for view in views for page in segment_pages(view)),
    ]
    fronts = [home_page(public), *events_page(public), subscribe_page(public)]
    library = Library.of(public)
    posts = [post for view in (public, *views) for post in post_pages(view)]
    pages = (*map(Sketch.of, fronts), library.sketch, *lists, *posts)
    redirects = (*newest(public), *permanent_addresses(public, lists))
    return SiteMap(pages, redirects, tuple(aliases([public, *views])), library)
