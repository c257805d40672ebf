"""The map of the site: kinds of pages, and every page and redirect as a value before anything is rendered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tipsheet.model.post import Issue, Post
from tipsheet.rendering.references import Texts
from tipsheet.site.front import home_page, planned_events, subscribe_page
from tipsheet.site.languages import moved_plan
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
from tipsheet.site.view import View

__all__ = ["PAGE_KINDS", "PageKind", "SiteMap", "aliases", "newest", "site_map"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """A kind of page: ``plan`` gives its pages as the readers of a view see them, for the public or for segments."""

    plan: Callable[[View], Iterable[Planned]]
    public: bool = True
    segments: bool = False


PAGE_KINDS: Mapping[str, PageKind] = {
    "home": PageKind(plan=lambda view: [planned(home_page(view))]),
    "events": PageKind(plan=planned_events),
    "subscribe": PageKind(plan=lambda view: [planned(subscribe_page(view))]),
    "library": PageKind(plan=planned_library),
    "archive": PageKind(plan=archive_pages),
    "articles": PageKind(plan=article_pages),
    "tags": PageKind(plan=tag_pages),
    "authors": PageKind(plan=author_pages),
    "segment": PageKind(plan=segment_pages, public=False, segments=True),
    "post": PageKind(plan=post_pages, segments=True),
}
"""All kinds of pages, in the order of the sitemap. A new one is a function in a module, and its line here."""


@dataclass(frozen=True, slots=True)
class SiteMap:
    """Everything that has an address: pages, and addresses that lead to them.

    ``aliases`` are those of posts, by their ids; ``public`` is what everyone sees.
    """

    pages: tuple[Planned, ...]
    redirects: tuple[Redirect, ...]
    aliases: Mapping[str, tuple[Redirect, ...]]
    public: View


def site_map(texts: Texts, given: str = "") -> SiteMap:
    """All pages of the publication as the public sees it, and as each public segment does.

    ``given`` is the digest of mkdocs.yml.
    """
    public = View.of(texts, given=given)
    views = [View.of(texts, segment, given=given) for segment in texts.publication.public_segments()]
    pages: list[Planned] = []
    for kind in PAGE_KINDS.values():
        for view in ([public] if kind.public else []) + (views if kind.segments else []):
            pages += kind.plan(view)
    masthead = texts.settings.masthead
    pages = [moved_plan(page, masthead.folder, masthead.url) for page in pages]
    redirects = (*newest(public), *permanent_addresses(public, pages))
    return SiteMap(tuple(pages), redirects, dict(aliases([public, *views])), public)


def newest(view: View) -> tuple[Redirect, ...]:
    """``latest/``, which leads to the newest issue, once there is one."""
    return tuple(_to(post, view, "latest/") for post in view.issues[:1])


def aliases(views: Sequence[View]) -> Iterator[tuple[str, tuple[Redirect, ...]]]:
    """The id of each post, and its other addresses, which lead to the first of these views in which it has a page."""
    for post in {post.id: post for view in views for post in view.posts}.values():
        if not views[0].settings.speaks(post.language):
            continue
        ways = [view for view in views if post.id in view.addresses]
        lasting = [_to(post, ways[0], url) for url in _lasting(post)]
        yield post.id, (*lasting, *[_to(post, view, url) for view in ways if (url := _in_segment(post, view))])


def _lasting(post: Post) -> tuple[str, ...]:
    folder = "issues/" if isinstance(post, Issue) else "articles/"
    return (f"i/{post.id}/", *(f"{folder}{alias}/" for alias in post.aliases))


def _in_segment(post: Post, view: View) -> str:
    """The address of the page that this segment once had of the post, where it reads the public one now."""
    segment = view.segment
    return f"{segment.page}{post.slug}/" if segment and segment.id in post.once_for and not view.own(post) else ""


def _to(post: Post, view: View, url: str) -> Redirect:
    target, url = view.address(post), view.settings.masthead.folder + url
    return Redirect(url, target, post.title, view.root + target)
