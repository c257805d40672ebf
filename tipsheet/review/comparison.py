"""Two sides compared: letters as they are joined, pages by text, links and address, feeds by the ids of their items.

A letter is compared for each audience that either side knows, as that reader would get it from each: a segment that is
new or gone changes nothing by itself. Numbers of links are left out, since one link more gives all after it another.

A link to a page that moved, and follows it, is no change: the move is told once, and not by each page that leads there.
Links that pass a page on, and the printed head of a sheet, are made of title and address, and left out.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urldefrag, urljoin

import lxml.html
import sqlalchemy as sa

from tipsheet.audience.plan import ReaderGroup, plan
from tipsheet.edition.differences import Difference, compared_lines, difference, without_numbers
from tipsheet.edition.edition import Edition
from tipsheet.edition.joining import JoinedLetter, LetterParts, audience_name, audiences, joined, segments_of_name
from tipsheet.model.audience import Segments
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.model.segment import Segment
from tipsheet.reading.targets import page_address
from tipsheet.rendering.fragments import plain
from tipsheet.rendering.public import segment_page
from tipsheet.review.changes import (
    AudienceChange,
    Change,
    Changes,
    FeedChange,
    LetterChange,
    PageChange,
    renamed_segments,
    segments_between,
)
from tipsheet.review.revision import BuiltSide, is_same, items_of, leads_to

__all__ = ["INDEX", "changes_between", "letters_to_come", "with_readers"]

INDEX = "index.html"
_MADE_OF_TITLES = frozenset({"ts-share", "ts-paper", "ts-lines__url"})
"""Classes of elements that hold title and address of the page once more."""
_MESSAGE = re.compile(r'(href="mailto:[^"?]*)\?[^"]*')
"""A message to write, from whose subject and text, which are made of the title, its address is told."""


def changes_between(before: BuiltSide, after: BuiltSide, *, revision: str, guards: Sequence[str] = ()) -> Changes:
    """All that readers would see differently."""
    was, now = before.settings.masthead.url, after.settings.masthead.url
    return Changes(
        revision=revision,
        site=(was, now) if was != now else (),
        segments=segments_between(before.publication.segments, after.publication.segments),
        letters=tuple(_letters(before, after)),
        pages=tuple(sorted(_pages(before, after), key=lambda page: (not page.whole, page.address))),
        feeds=tuple(_feeds(before, after)),
        assets=tuple(_assets(before, after)),
        guards=tuple(guards),
    )


def letters_to_come(side: BuiltSide) -> tuple[LetterChange, ...]:
    """Every letter of a side that is not out yet, as if there had been none before."""
    nothing = replace(side, folder=side.folder / "nothing")
    return tuple(letter for letter in _letters(nothing, side) if letter.state != "out")


def _letters(before: BuiltSide, after: BuiltSide) -> Iterator[LetterChange]:
    sides = _Letters.of(before, after)
    found = (sides.change(name) for name in sides.names())
    return (one for one in found if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """The letters of both sides, with what is needed to compare them.

    ``elsewhere`` are addresses of now, and ``renamed`` names of segments of now, by the old ones.
    """

    old: Mapping[str, Edition]
    new: Mapping[str, Edition]
    before: Mapping[str, Issue]
    posts: Mapping[str, Issue]
    segments: Mapping[str, Segment]
    renamed: Mapping[str, str]
    elsewhere: Mapping[str, str]
    publication: Publication

    @classmethod
    def of(cls, before: BuiltSide, after: BuiltSide) -> "_Letters":
        """The letters of two sides."""
        site, old_site = after.settings.masthead.url, before.settings.masthead.url
        elsewhere = {f"{old_site}{was[1:]}": f"{site}{now[1:]}" for was, now in _moves(before, after).items()}
        return cls(
            old=before.editions(),
            new=after.editions(),
            before={post.id: post for post in before.letters},
            posts={post.id: post for side in (before, after) for post in side.letters},
            segments={one.id: one for side in (after, before) for one in side.publication.segments},
            renamed=renamed_segments(before.publication.segments, after.publication.segments),
            elsewhere=elsewhere if site == old_site else {**elsewhere, old_site: site},
            publication=after.publication,
        )

    def names(self) -> Sequence[str]:
        """The issues of both sides, the newest first."""
        posts = self.posts
        return sorted({*self.old, *self.new}, key=lambda name: (posts[name].published, name), reverse=True)

    def change(self, name: str, groups: Sequence[ReaderGroup] | None = None) -> LetterChange | None:
        """The change of a letter; None where nobody sees one. It is compared for these groups of readers as well."""
        was, now, post = self.old.get(name), self.new.get(name), self.posts[name]
        alone = [reader for one in (now, was) if one for reader in audiences(one, self.segments.values()).values()]
        every = dict.fromkeys([*map(self.renamed_in, alone), *(group.segments for group in groups or ())])
        names = {audience_name(reader): reader for reader in every}
        old = {name: self._as_before(reader) for name, reader in names.items()}
        changed = _audience_changes(_letters_of(was, old), _letters_of(now, names), self.elsewhere)
        found = tuple(self._counted(one, groups) for one in changed)
        state = _state(post, self.publication)
        earlier = _state(self.before[name], self.publication) if was and now else state
        if not found and earlier == state:
            return None
        letter = LetterChange(
            issue=name,
            title=post.title,
            state=state,
            was=earlier if earlier != state else "",
            audiences=tuple(_shown(one, {audience_name(self.renamed_in(reader)) for reader in alone}) for one in found),
            lacking=tuple(_lacking(post, audiences(now, self.segments.values()))) if now else (),
        )
        if groups is None:
            return letter
        everybody = sum(group.readers for group in groups)
        told = sum(one.readers or 0 for one in found)
        idle = sum(group.readers for group in groups if group.action is None)
        return replace(letter, readers=everybody, unchanged=everybody - told, idle=idle)

    def renamed_in(self, reader: Segments) -> Segments:
        """The segments of a reader by the names of now."""
        return frozenset(self.renamed.get(name, name) for name in reader)

    def _as_before(self, reader: Segments) -> Segments:
        """The segments of a reader by the names of both."""
        return reader.union(old for old, new in self.renamed.items() if new in reader)

    def _counted(self, one: AudienceChange, groups: Sequence[ReaderGroup] | None) -> AudienceChange:
        """A change with the number of readers who see it, where they can be asked for."""
        known = {segment.id for segment in self.publication.segments}
        asked = any(segments_of_name(name) <= known for name in one.audiences)
        if groups is None or one.change is Change.GONE or not asked:
            return one
        seeing = (group.readers for group in groups if audience_name(group.segments) in one.audiences)
        return replace(one, readers=sum(seeing))


def _shown(one: AudienceChange, alone: Collection[str]) -> AudienceChange:
    """A change without the names of readers in several segments, where an audience ``alone`` sees the same."""
    first = tuple(name for name in one.audiences if name in alone)
    return replace(one, audiences=first or one.audiences)


def _lacking(post: Issue, readers: Mapping[str, Segments]) -> Iterator[str]:
    """Names of these readers who are given no action."""
    return (name for name, segments in readers.items() if post.body.action(segments) is None)


def with_readers(changes: Changes, before: BuiltSide, after: BuiltSide, connection: sa.Connection) -> Changes:
    """The changes with the numbers of readers of a store, for issues that are due or coming.

    Readers are told apart by all segments that either side's letter mentions, so that each is counted with what changes
    for them, and once.
    """
    known = {segment.id for segment in after.publication.segments}
    sides = _Letters.of(before, after)
    beside = {issue.id: sides.renamed_in(issue.names()) & known for issue in before.publication.issues}
    groups = {one.issue.id: one.groups for one in plan(after.publication, connection, beside)}
    letters = (sides.change(one.issue, groups[one.issue]) if one.issue in groups else one for one in changes.letters)
    return replace(changes, letters=tuple(letter for letter in letters if letter is not None))


def _state(post: Issue, publication: Publication) -> str:
    if post.after is not None:
        return "welcome"
    return "draft" if post.draft else "out" if post.out(publication.now) else "coming"


def _letters_of(edition: Edition | None, readers: Mapping[str, Segments]) -> Mapping[str, JoinedLetter]:
    """The letter for each of these readers who gets it, by their names, without numbers of links."""
    if edition is None:
        return {}
    bare = without_numbers(edition)
    return {name: joined(bare, reader) for name, reader in readers.items() if edition.audience.includes(reader)}


def _following(old: JoinedLetter, new: JoinedLetter, elsewhere: Mapping[str, str]) -> JoinedLetter:
    """The old letter with the addresses that pages have now, where the new one has no old ones."""
    subject, html, text = old.parts.subject, old.parts.html, old.parts.text
    for was, now in elsewhere.items():
        html = html if was in new.parts.html else html.replace(was, now)
        text = text if was in new.parts.text else text.replace(was, now)
    return replace(old, parts=LetterParts(subject, html, text))


def _audience_changes(
    was: Mapping[str, JoinedLetter], now: Mapping[str, JoinedLetter], elsewhere: Mapping[str, str]
) -> Iterator[AudienceChange]:
    """The changes of an issue's letter, each with all audiences that see the same change."""
    told: dict[object, AudienceChange] = {}
    for name in dict.fromkeys([*now, *was]):
        one, other = was.get(name), now.get(name)
        shown = other or one
        if one and other:
            one, other = _without_messages(_following(one, other, elsewhere)), _without_messages(other)
        if one == other or shown is None:
            continue
        found = difference(one, other) if one and other else None
        change = Change.CHANGED if found else Change.NEW if other else Change.GONE
        key = (change, shown if found is None else _told(found))
        first = AudienceChange(audiences=(), change=change, subject=shown.parts.subject, difference=found)
        known = told.get(key, first)
        told[key] = replace(known, audiences=(*known.audiences, name))
    yield from told.values()


def _without_messages(letter: JoinedLetter) -> JoinedLetter:
    return replace(letter, parts=replace(letter.parts, html=_MESSAGE.sub(r"\1", letter.parts.html)))


def _told(found: Difference) -> tuple[object, ...]:
    """A difference without its unchanged lines: audiences for whom this is equal see the same change."""
    lines = tuple(line for line in found.lines if line.op != "same")
    return found.subject, found.preheader, lines, found.links_added, found.links_removed


def _feeds(before: BuiltSide, after: BuiltSide) -> Iterator[FeedChange]:
    """Feeds of which items would show again; those of tags have the same items."""
    for file in sorted(after.site.rglob("*.xml")):
        path = file.relative_to(after.site)
        if path.parts[0] != "tags" and (before.site / path).is_file():
            old, new = items_of(before.site / path), items_of(file)
            known = {title for _, title in old}
            ids = {name for name, _ in old}
            again = tuple(title for name, title in new if name not in ids and title in known)
            if again:
                yield FeedChange(feed=f"/{path.as_posix()}", again=again)


def _assets(before: BuiltSide, after: BuiltSide) -> Iterator[str]:
    """Style sheets, scripts and pictures of the site whose contents differ, or that one side lacks."""
    names = sorted(before.assets() | after.assets())
    return (f"/{name}" for name in names if not is_same(before.site / name, after.site / name))


def _pages(before: BuiltSide, after: BuiltSide) -> Iterator[PageChange]:
    """The pages that are new, gone, elsewhere, or have another text or other links."""
    compared = _Pages(moved=_moved(before, after), whole=_whole(before) | _whole(after))
    old, new = (set(side.pages()) for side in (before, after))
    found: list[PageChange | None] = []
    for path in sorted(old):
        was, now = before.page(path), after.page(path)
        if was is None or was == now or leads_to(was) is not None:
            continue
        target, leads = compared.moved.get(path, ""), leads_to(now) if now is not None else None
        if target in new or leads is not None:
            moving = compared.change(path, Change.MOVED, was, after.page(target) or was, to=target)
            to = _address(target) if target in new else urljoin(_address(path), leads or "")
            taken = now is not None and leads is None
            found.append(moving and replace(moving, to=to, alias=leads is not None, taken=taken))
        elif now is None:
            found.append(compared.change(path, Change.GONE, was, was))
        else:
            found.append(compared.change(path, Change.CHANGED, was, now))
    for path in sorted(new - set(compared.moved.values())):
        was, now = before.page(path), after.page(path)
        if now is not None and leads_to(now) is None and (was is None or leads_to(was) is not None):
            found.append(compared.change(path, Change.NEW, now, now))
    return (one for one in found if one is not None)


def _moves(before: BuiltSide, after: BuiltSide) -> Mapping[str, str]:
    """New addresses of pages that moved, from the root of the site, by the old ones."""
    return {_address(was): _address(now) for was, now in _moved(before, after).items()}


def _address(path: str) -> str:
    return "/" + path.removesuffix(INDEX)


def _moved(before: BuiltSide, after: BuiltSide) -> Mapping[str, str]:
    """Files of pages of posts, and of ordinary ones, that have another address now, by the old ones."""
    old, new = ({post.id: post for post in side.posts} for side in (before, after))
    found: dict[str, str] = {}
    for name in old.keys() & new.keys():
        pairs = [(old[name].url, new[name].url)]
        segments = {segment.id: segment for segment in after.publication.public_segments()}
        for segment in before.publication.public_segments():
            if segment.id in segments:
                was = segment_page(before.publication, old[name], segment)
                pairs.append((was, segment_page(after.publication, new[name], segments[segment.id])))
        found |= {_file(was): _file(now) for was, now in pairs if was != now}
    there = set(after.ordinary)
    for name in before.ordinary:
        follows = name if name in there else after.renamed.get(name, "")
        was = page_address(name, directory_urls=before.settings.directory_urls)
        now = page_address(follows, directory_urls=after.settings.directory_urls) if follows in there else was
        if was != now:
            found[_file(was)] = _file(now)
    return found


def _file(url: str) -> str:
    """The file of a page, relative to the folder of the site."""
    return unquote(url) if url.endswith(".html") else f"{unquote(url)}{INDEX}"


def _whole(side: BuiltSide) -> set[str]:
    """Files of pages that have a text of their own: posts, what segments read of them, and ordinary pages."""
    publication, urls = side.publication, set[str]()
    for post in side.posts:
        urls |= {post.url, *(segment_page(publication, post, segment) for segment in publication.public_segments())}
    urls |= {page_address(name, directory_urls=side.settings.directory_urls) for name in side.ordinary}
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
