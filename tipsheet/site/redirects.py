"""Addresses that stay: the permanent one of each post, old slugs, and the way to the newest issue."""

from collections.abc import Iterator, Sequence

from tipsheet.model.post import Issue, Post
from tipsheet.site.page import Redirect
from tipsheet.site.view import View

__all__ = ["redirects"]


def redirects(views: Sequence[View]) -> tuple[Redirect, ...]:
    """All redirects; a post leads to the first of these views in which it has a page."""
    return tuple(_redirects(views))


def _redirects(views: Sequence[View]) -> Iterator[Redirect]:
    public, led = views[0], set[str]()
    if public.issues:
        yield _to(public.issues[0], public, "latest/")
    for view in views:
        for post in view.posts:
            if view.segment and not view.own(post):
                yield _to(post, view, f"{view.segment.page}{post.slug}/")
            if post.id in led:
                continue
            led.add(post.id)
            yield _to(post, view, f"i/{post.id}/")
            folder = "issues/" if isinstance(post, Issue) else "articles/"
            yield from (_to(post, view, f"{folder}{alias}/") for alias in post.aliases)


def _to(post: Post, view: View, url: str) -> Redirect:
    target = view.address(post)
    return Redirect(url, target, post.title, view.root + target)
