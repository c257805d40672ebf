"""Addresses that stay: the permanent one of each post, old slugs, and the way to the newest issue."""

from collections.abc import Iterator, Sequence

from tipsheet.model.post import Issue, Post
from tipsheet.site.page import Redirect
from tipsheet.site.view import View

__all__ = ["aliases", "newest"]


def newest(view: View) -> tuple[Redirect, ...]:
    """``latest/``, which leads to the newest issue, once there is one."""
    return tuple(_to(post, view, "latest/") for post in view.issues[:1])


def aliases(views: Sequence[View]) -> Iterator[tuple[str, tuple[Redirect, ...]]]:
    """The id of each post, and its other addresses, which lead to the first of these views in which it has a page."""
    for post in {post.id: post for view in views for post in view.posts}.values():
        ways = [view for view in views if post.id in view.addresses]
        lasting = [_to(post, ways[0], url) for url in _lasting(post)]
        yield post.id, (*lasting, *[_to(post, view, url) for view in ways if (url := _in_segment(post, view))])


def _lasting(post: Post) -> tuple[str, ...]:
    folder = "issues/" if isinstance(post, Issue) else "articles/"
    return (f"i/{post.id}/", *(f"{folder}{alias}/" for alias in post.aliases))


def _in_segment(post: Post, view: View) -> str:
    """The address that a page for this segment would have, where it reads the public one."""
    return f"{view.segment.page}{post.slug}/" if view.segment and not view.own(post) else ""


def _to(post: Post, view: View, url: str) -> Redirect:
    target = view.address(post)
    return Redirect(url, target, post.title, view.root + target)
