"""Two builds compared: letters as they are joined, pages by their text and links, feeds by the ids of their items.

Both are made by this program as at one moment, with drafts and coming issues in them, in folders outside the
publication. So a template, a setting or a style that changes a letter is seen as well as a word that does.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from filecmp import cmp
from pathlib import Path
from urllib.parse import unquote

import lxml.html
from lxml import etree

from tipsheet import press
from tipsheet.edition.differences import Difference, compared_lines, difference
from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import JoinedLetter, audiences, joined
from tipsheet.edition.outbox import EDITION_FILE, read_edition
from tipsheet.engine.state import StateFile
from tipsheet.last_build import BuildOptions
from tipsheet.model.audience import Segments
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import Publication
from tipsheet.reading.targets import page_address
from tipsheet.rendering.fragments import plain
from tipsheet.rendering.public import segment_page
from tipsheet.review.changes import AudienceChange, Change, Changes, FeedChange, LetterChange, PageChange
from tipsheet.settings import Settings

__all__ = ["BuiltSide", "build_side", "changes_between", "guards_changed"]

INDEX = "index.html"
ASSETS = frozenset({".avif", ".css", ".gif", ".jpeg", ".jpg", ".js", ".pdf", ".png", ".svg", ".webp", ".woff2"})
_REFRESH = re.compile(rb'http-equiv="refresh" content="0; url=([^"]*)"')
_HEAD = 4000
"""Bytes of a page within which it says that it only leads on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSide:
    """One side of a comparison: a publication, and the folder with its site and its outbox."""

    folder: Path
    settings: Settings
    publication: Publication

    @property
    def site(self) -> Path:
        """The folder of the site."""
        return self.folder / "site"

    @property
    def outbox(self) -> Path:
        """The folder of the letters."""
        return self.folder / "outbox"

    @property
    def letters(self) -> tuple[Issue, ...]:
        """Everything that has a letter: issues, and letters that follow a confirmation."""
        return (*self.publication.issues, *self.publication.welcome)


def build_side(root: Path, folder: Path, *, environ: Mapping[str, str], now: dt.datetime) -> BuiltSide:
    """Build the publication in ``root`` into a folder outside it, drafts and coming issues included.

    Raises ContentError with all mistakes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = BuildOptions(
        site_dir=folder / "site", outbox_dir=folder / "outbox", drafts=True, state=StateFile(folder / "state")
    )
    pressed = press.press(root, options, now=now, environ=environ)
    settings, publication = pressed.prepared.ready(drafts=True)
    return BuiltSide(folder=folder, settings=settings, publication=publication)


def changes_between(before: BuiltSide, after: BuiltSide, *, revision: str, guards: Sequence[str] = ()) -> Changes:
    """All that readers would see differently."""
    return Changes(
        revision=revision,
        letters=tuple(_letters(before, after)),
        pages=tuple(sorted(_pages(before, after), key=lambda page: (not page.whole, page.address))),
        feeds=tuple(_feeds(before, after)),
        assets=tuple(_assets(before.site, after.site)),
        guards=tuple(guards),
    )


def guards_changed(before: Path, after: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Those of the files, relative to both folders, that are not the same; names may be patterns."""
    found = {
        path.relative_to(root).as_posix() for root in (before, after) for name in names for path in root.glob(name)
    }
    return tuple(sorted(name for name in found if not _same(before / name, after / name)))


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)


def _letters(before: BuiltSide, after: BuiltSide) -> Iterator[LetterChange]:
    old, new = _editions(before), _editions(after)
    posts = {post.id: post for side in (before, after) for post in side.letters}
    for name in sorted({*old, *new}, key=lambda name: (posts[name].published, name), reverse=True):
        post = posts[name]
        found = tuple(_audience_changes(old.get(name), new.get(name), before, after))
        if found:
            yield LetterChange(issue=name, title=post.title, state=_state(post, after.publication), audiences=found)


def _editions(side: BuiltSide) -> Mapping[str, Edition]:
    there = (one for one in side.letters if (side.outbox / one.id / EDITION_FILE).is_file())
    return {one.id: read_edition(side.outbox, one.id) for one in there}


def _state(post: Issue, publication: Publication) -> str:
    if post.after is not None:
        return "welcome"
    return "draft" if post.draft else "out" if post.out(publication.now) else "coming"


def _joined(edition: Edition | None, side: BuiltSide) -> Mapping[str, JoinedLetter]:
    """The letter for each audience by its name: readers of no segment, and those of each alone."""
    if edition is None:
        return {}
    readers: Mapping[str, Segments] = audiences(edition, side.publication.segments)
    return {name: joined(edition, segments) for name, segments in readers.items()}


def _audience_changes(
    old: Edition | None, new: Edition | None, before: BuiltSide, after: BuiltSide
) -> Iterator[AudienceChange]:
    """The changes of an issue's letter, each with all audiences that see the same change."""
    was, now = _joined(old, before), _joined(new, after)
    told: dict[object, AudienceChange] = {}
    for name in dict.fromkeys([*now, *was]):
        one, other = was.get(name), now.get(name)
        shown = other or one
        if one == other or shown is None:
            continue
        found = difference(one, other) if one and other else None
        change = Change.CHANGED if found else Change.NEW if other else Change.GONE
        key = (change, shown if found is None else _told(found))
        first = AudienceChange(audiences=(), change=change, subject=shown.parts.subject, difference=found)
        known = told.get(key, first)
        told[key] = replace(known, audiences=(*known.audiences, name))
    yield from told.values()


def _told(found: Difference) -> tuple[object, ...]:
    """A difference without its unchanged lines: audiences for whom this is equal see the same change."""
    lines = tuple(line for line in found.lines if line.op != "same")
    return found.subject, found.preheader, lines, found.links_added, found.links_removed


def _pages(before: BuiltSide, after: BuiltSide) -> Iterator[PageChange]:
    """The pages that are new, gone, elsewhere, or have another text or other links."""
    moved, whole = _moved(before, after), _whole(before) | _whole(after)
    old, new = (set(_html(side.site)) for side in (before, after))
    found: list[PageChange | None] = []
    for path in sorted(old):
        was, now = _read(before.site, path), _read(after.site, path)
        if was is None or was == now or _leads_to(was) is not None:
            continue
        target, leads = moved.get(path, ""), _leads_to(now) if now is not None else None
        if target in new or leads is not None:
            moving = _page(path, Change.MOVED, was, _read(after.site, target) or was, whole=path in whole)
            to = _address(target) if target in new else _resolved(path, leads or "")
            found.append(moving and replace(moving, to=to, alias=leads is not None))
        elif now is None:
            found.append(_page(path, Change.GONE, was, was, whole=path in whole))
        else:
            found.append(_page(path, Change.CHANGED, was, now, whole=path in whole))
    for path in sorted(new - set(moved.values())):
        was, now = _read(before.site, path), _read(after.site, path)
        if now is not None and _leads_to(now) is None and (was is None or _leads_to(was) is not None):
            found.append(_page(path, Change.NEW, now, now, whole=path in whole))
    return (one for one in found if one is not None)


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
    """Files of the pages of posts that have another address now, by the old ones."""
    old, new = ({post.id: post for post in _posts(side)} for side in (before, after))
    found: dict[str, str] = {}
    for name in old.keys() & new.keys():
        pairs = [(old[name].url, new[name].url)]
        segments = {segment.id: segment for segment in after.publication.public_segments()}
        for segment in before.publication.public_segments():
            if segment.id in segments:
                was = segment_page(before.publication, old[name], segment)
                pairs.append((was, segment_page(after.publication, new[name], segments[segment.id])))
        found |= {f"{unquote(was)}{INDEX}": f"{unquote(now)}{INDEX}" for was, now in pairs if was != now}
    return found


def _posts(side: BuiltSide) -> Iterator[Post]:
    return (post for post in (*side.publication.issues, *side.publication.articles) if post.url)


def _whole(side: BuiltSide) -> set[str]:
    """Files of pages that have a text of their own: posts, what segments read of them, and ordinary pages."""
    publication, urls = side.publication, set[str]()
    for post in _posts(side):
        urls |= {post.url, *(segment_page(publication, post, segment) for segment in publication.public_segments())}
    ordinary = (name for name in publication.ordinary if name.endswith(".md"))
    urls |= {page_address(name, directory_urls=side.settings.directory_urls) for name in ordinary}
    return {unquote(url) if url.endswith(".html") else f"{unquote(url)}{INDEX}" for url in urls}


def _page(path: str, change: Change, was: bytes, now: bytes, *, whole: bool) -> PageChange | None:
    """The change of a page from one text to another; None where a reader sees none."""
    old, new = _seen(was), _seen(now)
    come = tuple(link for link in new.links if link not in old.links)
    gone = tuple(link for link in old.links if link not in new.links)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The parts of a page that are compared: title, lines of its own part, and the addresses that these link to."""

    title: str
    lines: tuple[str, ...]
    links: tuple[str, ...]


def _seen(page: bytes) -> _Seen:
    tree = lxml.html.document_fromstring(page)
    title = " ".join((tree.findtext(".//title") or "").split())
    main = next(tree.iter("main"), tree)
    for element in [*main.iter("script", "style", "nav", "template")]:
        if isinstance(element, lxml.html.HtmlElement):
            element.drop_tree()
    links = dict.fromkeys(link.get("href") or "" for link in main.iter("a"))
    lines = plain(lxml.html.tostring(main, encoding="unicode")).splitlines()
    return _Seen(title=title, lines=tuple(lines), links=tuple(links))


def _feeds(before: BuiltSide, after: BuiltSide) -> Iterator[FeedChange]:
    """Feeds of which items would show again; those of tags have the same items."""
    for file in sorted(after.site.rglob("*.xml")):
        path = file.relative_to(after.site)
        if path.parts[0] != "tags" and (before.site / path).is_file():
            old, new = _items(before.site / path), _items(file)
            known = {title for _, title in old}
            ids = {name for name, _ in old}
            again = tuple(title for name, title in new if name not in ids and title in known)
            if again:
                yield FeedChange(feed=f"/{path.as_posix()}", again=again)


def _items(feed: Path) -> list[tuple[str, str]]:
    """Ids and titles of the items of a feed; of another document none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    items = etree.parse(feed, parser).getroot().iterfind("channel/item")
    return [(item.findtext("guid") or "", item.findtext("title") or "") for item in items]


def _assets(before: Path, after: Path) -> Iterator[str]:
    """Style sheets, scripts and pictures of the site whose contents differ, or that one side lacks."""
    old, new = (
        {path.relative_to(site).as_posix() for path in site.rglob("*") if path.suffix in ASSETS}
        for site in (before, after)
    )
    return (f"/{name}" for name in sorted(old | new) if not _same(before / name, after / name))
