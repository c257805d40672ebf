"""Addresses that stay: the permanent one of each post, old slugs, and the way to the newest issue."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tipsheet.engine.units import Key
from tipsheet.model.post import Issue, Post
from tipsheet.site.page import Redirect
from tipsheet.site.view import View

__all__ = ["Aliases", "aliases", "newest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """Addresses that lead to one post, by its id; ``key`` tells apart what their redirects are made from."""

    post: str
    urls: tuple[str, ...]
    key: Key
    redirects: Callable[[], tuple[Redirect, ...]]


def newest(view: View) -> tuple[Redirect, ...]:
    """``latest/``, which leads to the newest issue, once there is one."""
    return tuple(_to(post, view, "latest/") for post in view.issues[:1])


def aliases(views: Sequence[View]) -> Iterator[Aliases]:
    """The other addresses of each post; they lead to the first of these views in which it has a page."""
    for post in {post.id: post for view in views for post in view.posts}.values():
        ways = [view for view in views if post.id in view.lines]
        urls = (*_lasting(post), *(url for view in ways if (url := _in_segment(post, view))))
        yield Aliases(
            post=post.id,
            urls=urls,
            key=f"target={'|'.join([*(view.lines[post.id] for view in ways), *post.aliases])}",
            redirects=partial(_redirects, post, ways),
        )


def _redirects(post: Post, ways: Sequence[View]) -> tuple[Redirect, ...]:
    lasting = tuple(_to(post, ways[0], url) for url in _lasting(post))
    return (*lasting, *(_to(post, view, url) for view in ways if (url := _in_segment(post, view))))


def _lasting(post: Post) -> tuple[str, ...]:
    folder = "issues/" if isinstance(post, Issue) else "articles/"
    return (f"i/{post.id}/", *(f"{folder}{alias}/" for alias in post.aliases))


def _in_segment(post: Post, view: View) -> str:
    """The address that a page for this segment would have, where it reads the public one."""
    return f"{view.segment.page}{post.slug}/" if view.segment and not view.own(post) else ""


def _to(post: Post, view: View, url: str) -> Redirect:
    target = view.address(post)
    return Redirect(url, target, post.title, view.root + target)
