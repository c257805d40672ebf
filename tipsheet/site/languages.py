"""The site in languages besides the first: each below a folder of its own (``de/``), planned as the first one is.

What a publication has in another language is the same publication with its translations in place of what they
translate, so the same functions plan its pages, as if it were at the root; here they are moved into the folder. A post
that nobody has translated has no page there: lists lead to the one that it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tipsheet.site.page import Alternate, FeedLink, Planned, SitePage

__all__ = ["alternates_of", "moved", "moved_plan"]


def moved(page: SitePage, folder: str, root: str) -> SitePage:
    """The page in this folder; one that is there already, a translation's, stays. ``root`` is that of the site."""
    if not folder or page.url.startswith(folder):
        return page
    url = folder + page.url
    canonical = root + url if page.canonical == root + page.url else page.canonical
    feeds = tuple([_moved_feed(feed, folder) for feed in page.feeds])
    return replace(page, url=url, canonical=canonical, feeds=feeds)


def _moved_feed(feed: FeedLink, folder: str) -> FeedLink:
    return feed if feed.url.startswith(folder) else replace(feed, url=folder + feed.url)


def moved_plan(page: Planned, folder: str, root: str) -> Planned:
    """The plan of a page in this folder, as `moved` will have it."""
    if not folder or page.url.startswith(folder):
        return replace(page, folder=folder) if folder else page
    url = folder + page.url
    canonical = root + url if page.canonical == root + page.url else page.canonical
    permanent = folder + page.permanent if page.permanent else ""
    return replace(page, url=url, canonical=canonical, permanent=permanent, folder=folder)


def alternates_of(
    pages: Iterable[tuple[str, Planned]], names: Mapping[str, str]
) -> Mapping[str, tuple[Alternate, ...]]:
    """By its address, every page that there is in two languages at least, with all of these; the first one first.

    ``pages`` come with their languages, ``names`` are those of languages in themselves.
    """
    groups: dict[tuple[str, str], list[Alternate]] = defaultdict(list)
    for language, page in pages:
        groups[_same(page)].append(Alternate(language, names[language], page.url))
    found = [tuple(group) for group in groups.values() if len(group) > 1]
    return {one.url: group for group in found for one in group}


def _same(page: Planned) -> tuple[str, str]:
    """A name that pages share which say the same in several languages: a post and its readers, or the address."""
    address = page.url.removeprefix(page.folder)
    if not page.of:
        return "page", address
    return page.of, address.rpartition("/")[0].rpartition("/")[0] if address.startswith("for/") else ""
