"""Two sides compared: letters as they are joined, feeds by the ids of their items, other files by their bytes.

A letter is compared for each audience that either side knows, as that reader would get it from each: a segment that is
new or gone changes nothing by itself. Numbers of links are left out, since one link more gives all after it another.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lxml import etree

from tipsheet.edition.differences import Difference, difference
from tipsheet.edition.edition import Edition, LinkMark, MarkedPiece, Piece, Slot
from tipsheet.edition.joining import JoinedLetter, LetterParts, audiences, joined
from tipsheet.edition.outbox import EDITION_FILE, read_edition
from tipsheet.model.audience import Segments
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.review.changes import AudienceChange, Change, Changes, FeedChange, LetterChange
from tipsheet.review.pages import moves, page_changes
from tipsheet.review.sides import BuiltSide, is_same

__all__ = ["changes_between"]

ASSETS = frozenset({".avif", ".css", ".gif", ".jpeg", ".jpg", ".js", ".pdf", ".png", ".svg", ".webp", ".woff2"})
_MESSAGE = re.compile(r'(href="mailto:[^"?]*)\?[^"]*')
"""A message to write, from whose subject and text, which are made of the title, its address is told."""


def changes_between(before: BuiltSide, after: BuiltSide, *, revision: str, guards: Sequence[str] = ()) -> Changes:
    """All that readers would see differently."""
    was, now = before.settings.masthead.url, after.settings.masthead.url
    return Changes(
        revision=revision,
        site=(was, now) if was != now else (),
        letters=tuple(_letters(before, after)),
        pages=tuple(sorted(page_changes(before, after), key=lambda page: (not page.whole, page.address))),
        feeds=tuple(_feeds(before, after)),
        assets=tuple(_assets(before.site, after.site)),
        guards=tuple(guards),
    )


def _letters(before: BuiltSide, after: BuiltSide) -> Iterator[LetterChange]:
    old, new = _editions(before), _editions(after)
    posts = {post.id: post for side in (before, after) for post in side.letters}
    segments = {one.id: one for side in (after, before) for one in side.publication.segments}
    site, old_site = after.settings.masthead.url, before.settings.masthead.url
    elsewhere = {f"{old_site}{was[1:]}": f"{site}{now[1:]}" for was, now in moves(before, after).items()}
    if site != old_site:
        elsewhere[old_site] = site
    for name in sorted({*old, *new}, key=lambda name: (posts[name].published, name), reverse=True):
        was, now = old.get(name), new.get(name)
        readers: dict[str, Segments] = {}
        for edition in (now, was):
            readers |= audiences(edition, segments.values()) if edition else {}
        post = posts[name]
        found = tuple(_audience_changes(_letters_of(was, readers), _letters_of(now, readers), elsewhere))
        if found:
            yield LetterChange(issue=name, title=post.title, state=_state(post, after.publication), audiences=found)


def _editions(side: BuiltSide) -> Mapping[str, Edition]:
    there = (one for one in side.letters if (side.outbox / one.id / EDITION_FILE).is_file())
    return {one.id: read_edition(side.outbox, one.id) for one in there}


def _state(post: Issue, publication: Publication) -> str:
    if post.after is not None:
        return "welcome"
    return "draft" if post.draft else "out" if post.out(publication.now) else "coming"


def _letters_of(edition: Edition | None, readers: Mapping[str, Segments]) -> Mapping[str, JoinedLetter]:
    """The letter for each of these readers who gets it, by their names, without numbers of links."""
    if edition is None:
        return {}
    plain = replace(edition, text=tuple(_text(edition)))
    return {name: joined(plain, reader) for name, reader in readers.items() if edition.audience.includes(reader)}


def _text(edition: Edition) -> Iterator[Piece]:
    """The pieces of the text part without marks of links and without their list, which the HTML part has as well."""
    for piece in edition.text:
        if isinstance(piece, Piece):
            yield piece
        elif isinstance(piece, MarkedPiece):
            line: list[str | Slot] = []
            for part in piece.content:
                if isinstance(part, LinkMark):
                    line[-1:] = [one.removesuffix(" ") if isinstance(one, str) else one for one in line[-1:]]
                else:
                    line.append(part)
            yield Piece(tuple(line), piece.when)


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
    return (f"/{name}" for name in sorted(old | new) if not is_same(before / name, after / name))
