"""Pages of two sides compared: by their text and links, and by the addresses that they moved to.

A link to a page that moved, and follows it, is no change: the move is told once, and not by each page that leads there.
Links that pass a page on, and the printed head of a sheet, are made of title and address, and left out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import lxml.html

from tipsheet.edition.differences import compared_lines
from tipsheet.model.post import Post
from tipsheet.reading.targets import page_address
from tipsheet.rendering.fragments import plain
from tipsheet.rendering.public import segment_page
from tipsheet.review.changes import Change, PageChange
from tipsheet.review.sides import BuiltSide

__all__ = ["INDEX", "moves", "page_changes"]

INDEX = "index.html"
_REFRESH = re.compile(rb'http-equiv="refresh" content="0; url=([^"]*)"')
_HEAD = 4000
"""Bytes of a page within which it says that it only leads on."""
_MADE_OF_TITLES = frozenset({"ts-share", "ts-paper", "ts-lines__url"})
"""Classes of elements that hold title and address of the page once more."""


def page_changes(before: BuiltSide, after: BuiltSide) -> Iterator[PageChange]:
    """The pages that are new, gone, elsewhere, or have another text or other links."""
    compared = _Pages(moved=_moved(before, after), whole=_whole(before) | _whole(after))
    old, new = (set(_html(side.site)) for side in (before, after))
    found: list[PageChange | None] = []
    for path in sorted(old):
        was, now = _read(before.site, path), _read(after.site, path)
        if was is None or was == now or _leads_to(was) is not None:
            continue
        target, leads = compared.moved.get(path, ""), _leads_to(now) if now is not None else None
        if target in new or leads is not None:
            moving = compared.change(path, Change.MOVED, was, _read(after.site, target) or was, to=target)
            to = _address(target) if target in new else _resolved(path, leads or "")
            found.append(moving and replace(moving, to=to, alias=leads is not None))
        elif now is None:
            found.append(compared.change(path, Change.GONE, was, was))
        else:
            found.append(compared.change(path, Change.CHANGED, was, now))
    for path in sorted(new - set(compared.moved.values())):
        was, now = _read(before.site, path), _read(after.site, path)
        if now is not None and _leads_to(now) is None and (was is None or _leads_to(was) is not None):
            found.append(compared.change(path, Change.NEW, now, now))
    return (one for one in found if one is not None)


def moves(before: BuiltSide, after: BuiltSide) -> Mapping[str, str]:
    """New addresses of pages that moved, from the root of the site, by the old ones."""
    return {_address(was): _address(now) for was, now in _moved(before, after).items()}


def _html(site: Path) -> Iterator[str]:
    return (path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def _read(site: Path, path: str) -> bytes | None:
    file = site / path
    return file.read_bytes() if path and file.is_file() else None


def _leads_to(page: bytes) -> str | None:
    """The target of a page that is only a redirect; None for any other page."""
    found = _REFRESH.search(page[:_HEAD])
    return found[1].decode(errors="replace") if found else None


def _resolved(path: str, leads: str) -> str:
    """An address relative to a page, as one from the root of the site."""
    folder = path.removesuffix(INDEX).strip("/").split("/")
    while leads.startswith("../"):
        folder, leads = folder[:-1], leads.removeprefix("../")
    return "/" + "/".join(filter(None, [*folder, leads]))


def _address(path: str) -> str:
    return "/" + path.removesuffix(INDEX)


def _moved(before: BuiltSide, after: BuiltSide) -> Mapping[str, str]:
    """Files of pages of posts, and of ordinary ones, that have another address now, by the old ones."""
    old, new = ({post.id: post for post in _posts(side)} for side in (before, after))
    found: dict[str, str] = {}
    for name in old.keys() & new.keys():
        pairs = [(old[name].url, new[name].url)]
        segments = {segment.id: segment for segment in after.publication.public_segments()}
        for segment in before.publication.public_segments():
            if segment.id in segments:
                was = segment_page(before.publication, old[name], segment)
                pairs.append((was, segment_page(after.publication, new[name], segments[segment.id])))
        found |= {_file(was): _file(now) for was, now in pairs if was != now}
    for name in set(_ordinary(before)) & set(_ordinary(after)):
        was, now = (page_address(name, directory_urls=side.settings.directory_urls) for side in (before, after))
        if was != now:
            found[_file(was)] = _file(now)
    return found


def _file(url: str) -> str:
    """The file of a page, relative to the folder of the site."""
    return unquote(url) if url.endswith(".html") else f"{unquote(url)}{INDEX}"


def _ordinary(side: BuiltSide) -> Iterator[str]:
    return (name for name in side.publication.ordinary if name.endswith(".md"))


def _posts(side: BuiltSide) -> Iterator[Post]:
    return (post for post in (*side.publication.issues, *side.publication.articles) if post.url)


def _whole(side: BuiltSide) -> set[str]:
    """Files of pages that have a text of their own: posts, what segments read of them, and ordinary pages."""
    publication, urls = side.publication, set[str]()
    for post in _posts(side):
        urls |= {post.url, *(segment_page(publication, post, segment) for segment in publication.public_segments())}
    urls |= {page_address(name, directory_urls=side.settings.directory_urls) for name in _ordinary(side)}
    return {_file(url) for url in urls}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The parts of a page that are compared: title, lines of its own part, and the addresses that these link to."""

    title: str
    lines: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    """The files of pages that moved, by the old ones, and those of pages that are ``whole``."""

    moved: Mapping[str, str]
    whole: set[str]

    def change(self, path: str, change: Change, was: bytes, now: bytes, *, to: str = "") -> PageChange | None:
        """The change of a page from one text to another; None where a reader sees none."""
        old, new, whole = _seen(was, path), _seen(now, to or path), path in self.whole
        before = tuple(self._followed(link, new.links) for link in old.links)
        come = tuple(link for link in new.links if link not in before)
        gone = tuple(link for link in before if link not in new.links)
        if change is Change.CHANGED and old.lines == new.lines and not come and not gone:
            return None
        return PageChange(
            address=_address(path),
            title=new.title,
            change=change,
            lines=tuple(compared_lines(old.lines, new.lines)) if whole and old.lines != new.lines else (),
            links_added=come if whole else (),
            links_removed=gone if whole else (),
            whole=whole,
        )

    def _followed(self, link: str, now: tuple[str, ...]) -> str:
        """The address that a link would have if it followed its page, when it does."""
        address, anchor = urldefrag(link)
        target = self.moved.get(unquote(address.removeprefix("/")) + INDEX)
        if target is None or link in now:
            return link
        return _address(target) + (f"#{anchor}" if anchor else "")


def _seen(page: bytes, path: str) -> _Seen:
    tree = lxml.html.document_fromstring(page)
    title = " ".join((tree.findtext(".//title") or "").split())
    main = next(tree.iter("main"), tree)
    for element in [*main.iter("script", "style", "nav", "template", "ul", "div", "p")]:
        if isinstance(element, lxml.html.HtmlElement) and _is_left_out(element):
            element.drop_tree()
    links = dict.fromkeys(_link(link.get("href") or "", path) for link in main.iter("a"))
    lines = plain(lxml.html.tostring(main, encoding="unicode")).splitlines()
    return _Seen(title=title, lines=tuple(lines), links=tuple(links))


def _is_left_out(element: lxml.html.HtmlElement) -> bool:
    """True for what is no text of a page, or is made of its title and address."""
    made = element.tag not in {"ul", "div", "p"} or not _MADE_OF_TITLES.isdisjoint(element.classes)
    return made and element.getparent() is not None


def _link(href: str, path: str) -> str:
    """An address as it is from the root of the site; of a message to write, whom it goes to alone."""
    return href.partition("?")[0] if href.startswith("mailto:") else urljoin(_address(path), href)
