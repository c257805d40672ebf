"""Light rows: posts without their HTML, as a build keeps them for the next, and the HTML beside them.

A weekly build looks at every post and shows a few of them. What lists, feeds, checks and the plan of the site ask of a
post is a row; all rows are one piece of MessagePack, which msgspec decodes and checks at once. The HTML of each post
lies by itself, and is loaded when something that shows it is made.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, assert_never
from zoneinfo import ZoneInfo

import msgspec

from tipsheet.engine.codec import CodecError, decode, encode, keeps
from tipsheet.engine.digest import digest
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.body import Action, Body, Content, Event, Passage, Prose, Unread, names_in, size_of, words_in
from tipsheet.model.post import Article, Author, Image, Issue, Link, Reprint
from tipsheet.problems import Problem, Where
from tipsheet.reading.posts import Definition

__all__ = ["POSTS", "Light", "PostRow", "light_post", "pieces_in", "post_in", "rows_in", "written_rows"]

Place = tuple[int, int]
"""Line and column in the file of a row."""
Readers = tuple[tuple[str, ...], tuple[str, ...]]
"""An audience: the segments that it names, and those that it leaves out."""
HtmlRow = tuple[str, int, int, int, tuple[str, ...]]
"""`Unread` without its source."""


class _Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Base of the rows, which are lists in the file."""


class _ProseRow(_Row, tag=0, frozen=True):
    html: HtmlRow
    under: tuple[Readers, ...] = ()
    block: str = ""
    title: str = ""


class _ActionRow(_Row, tag=1, frozen=True):
    """An action; ``written`` is the place where it is written out, with the tags ``own`` there; none for a used one."""

    html: HtmlRow
    under: tuple[Readers, ...]
    id: str
    title: str
    steps: tuple[str, ...]
    minutes: int | None
    due: dt.date | None
    tags: tuple[str, ...]
    readers: Readers
    written: Place | None
    own: tuple[str, ...]


class _EventRow(_Row, tag=2, frozen=True):
    """An event, which the codec writes: its moments have zones."""

    html: HtmlRow
    under: tuple[Readers, ...]
    event: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Fields that most posts do without."""

    audience: Audience = EVERYONE
    image: Image | None = None
    republished: Reprint | None = None
    more: tuple[Link, ...] = ()
    aliases: tuple[str, ...] = ()
    once_for: tuple[str, ...] = ()
    fold: int = 0
    subjects: tuple[tuple[Audience, str], ...] = ()
    preheader: str = ""
    preheaders: tuple[tuple[Audience, str], ...] = ()
    after: int | None = None
    imported: bool = False
    language: str = ""
    archived: bool = False
    problems: tuple[Problem, ...] = ()


keeps(Rest)
_OF_ALL = ("audience", "image", "republished", "more", "aliases", "once_for", "language")
_OF_ISSUES = ("subjects", "preheader", "preheaders", "after", "imported", "archived")
_USUAL = Rest()


class PostRow(_Row, frozen=True):
    """A post and how it was read: the digest of its file, and the names of what it asked about."""

    path: str
    stamp: str
    kind: str
    asked: tuple[str, ...]
    id: str
    slug: str
    url: str
    title: str
    description: str
    published: dt.datetime
    zone: str
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    words: int
    links: tuple[str, ...]
    anchors: frozenset[str]
    digest: str
    headline: str
    draft: bool
    number: int | None
    subject: str
    body: tuple[_ProseRow | _ActionRow | _EventRow, ...]
    rest: bytes


POSTS = frozenset({"issue", "article", "welcome"})
"""Kinds of files that posts are read from."""
_ROWS = msgspec.msgpack.Decoder(tuple[PostRow, ...])
_WRITER = msgspec.msgpack.Encoder()


def rows_in(data: bytes) -> dict[str, PostRow]:
    """The rows of a build by their paths; raises CodecError."""
    if not data:
        return {}
    try:
        return {row.path: row for row in _ROWS.decode(data)}
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise CodecError(str(error)) from error


def written_rows(rows: Iterable[PostRow]) -> bytes:
    """The rows of a build, to be kept."""
    return _WRITER.encode(sorted(rows, key=lambda row: row.path))


@dataclass(frozen=True, slots=True)
class Light:
    """A post without its HTML, and the actions that are written out in it; the same as a row, and the HTML apart."""

    post: Issue | Article
    defines: tuple[Definition, ...]
    row: PostRow
    pieces: bytes


def light_post(
    post: Issue | Article,
    defines: tuple[Definition, ...],
    problems: tuple[Problem, ...],
    read: tuple[str, str, tuple[str, ...]],
) -> Light | None:
    """Take a post apart; ``read`` are its kind, the digest of its file, and the names that it asked about.

    None for one that no row can hold: a text that is no UTF-8.
    """
    kind, stamp, asked = read
    source, html = post.where.path, dict[str, str]()
    written = iter(defines)
    passages = tuple([_passage_row(passage, written, html) for passage in post.body.passages])
    zone = getattr(post.published.tzinfo, "key", "")
    row = PostRow(
        path=source, stamp=stamp, kind=kind, asked=asked,
        id=post.id, slug=post.slug, url=post.url, title=post.title, description=post.description,
        published=post.published.replace(tzinfo=None, fold=0), zone=zone,
        authors=tuple([author.id for author in post.authors]), tags=post.tags, words=post.words, links=post.links,
        anchors=post.anchors, digest=post.digest, headline=post.headline_digest,
        draft=post.draft, number=post.number if isinstance(post, Issue) else None,
        subject=post.subject if isinstance(post, Issue) else "",
        body=passages, rest=_rest(post, problems),
    )  # fmt: skip
    try:
        _WRITER.encode(row)
    except UnicodeEncodeError:
        return None
    known = {author.id: author for author in post.authors}
    light, found, _ = post_in(row, known)
    return Light(light, found, row, encode(tuple(html.values())))


def _rest(post: Issue | Article, problems: tuple[Problem, ...]) -> bytes:
    names = (*_OF_ALL, *(_OF_ISSUES if isinstance(post, Issue) else ()))
    values: dict[str, Any] = {name: getattr(post, name) for name in names}
    values |= {"fold": post.published.fold, "problems": problems}
    rest = Rest(**values)
    return b"" if rest == _USUAL else encode(rest)


def _passage_row(
    passage: Passage, written: Iterator[Definition], html: dict[str, str]
) -> _ProseRow | _ActionRow | _EventRow:
    """The row of a passage; its HTML goes to ``html``, by its digest."""
    content, under = passage.content, tuple([_readers(one) for one in passage.conditions])
    mark = digest(content.html.encode(errors="surrogatepass"))[:16]
    html[mark] = content.html
    text: HtmlRow = (mark, *size_of(content.html), words_in(content.html), names_in(content.html))
    match content:
        case Prose():
            return _ProseRow(text, under, content.block, content.title)
        case Action():
            definition = None if content.used else next(written, None)
            place = (definition.where.line, definition.where.col) if definition else (1, 1)
            return _ActionRow(
                text,
                under,
                content.id,
                content.title,
                content.steps,
                content.minutes,
                content.due,
                content.tags,
                _readers(content.audience),
                None if content.used else place,
                definition.tags if definition else (),
            )
        case Event():
            return _EventRow(text, under, encode(replace(content, html="")))
        case _:
            assert_never(content)


def _readers(audience: Audience) -> Readers:
    return tuple(sorted(audience.any_of)), tuple(sorted(audience.none_of))


@lru_cache(maxsize=4096)
def _audience(readers: Readers) -> Audience:
    """The same audience for the same segments: a publication has a dozen, and thousands of conditions."""
    named, excluded = readers
    return Audience(frozenset(named), frozenset(excluded)) if named or excluded else EVERYONE


_zone = lru_cache(maxsize=64)(ZoneInfo)


def post_in(
    row: PostRow, authors: Mapping[str, Author]
) -> tuple[Issue | Article, tuple[Definition, ...], tuple[Problem, ...]]:
    """The post of a row, the actions that are written out in it, and its problems.

    Raises CodecError for what is no row of ours, and KeyError for an author whom nobody knows any more.
    """
    rest = decode(row.rest) if row.rest else _USUAL
    if not isinstance(rest, Rest) or row.kind not in POSTS:
        raise CodecError(row.path)
    try:
        zone = _zone(row.zone) if row.zone else dt.UTC
    except (ValueError, OSError, KeyError) as error:  # no name of a zone, or one of another system
        raise CodecError(row.zone) from error
    published = row.published.replace(tzinfo=zone, fold=rest.fold)
    passages = tuple([Passage(_content(one, row.path), tuple(map(_audience, one.under))) for one in row.body])
    shared: dict[str, Any] = {
        "id": row.id,
        "slug": row.slug,
        "url": row.url,
        "title": row.title,
        "description": row.description,
        "published": published,
        "authors": tuple([authors[name] for name in row.authors]),
        "tags": row.tags,
        "body": Body(passages),
        "words": row.words,
        "links": row.links,
        "anchors": row.anchors,
        "digest": row.digest,
        "headline_digest": row.headline,
        "draft": row.draft,
        "where": Where(row.path),
    }
    if rest is not _USUAL:
        shared |= {name: getattr(rest, name) for name in _OF_ALL}
    if row.kind == "article":
        return Article(**shared), (), rest.problems
    if rest is not _USUAL:
        shared |= {name: getattr(rest, name) for name in _OF_ISSUES}
    defines = _defines(row, passages, published, rest.language) if row.kind == "issue" else ()
    return Issue(**shared, number=row.number, subject=row.subject), defines, rest.problems


def _content(row: _ProseRow | _ActionRow | _EventRow, source: str) -> Content:
    html: Any = Unread(source, *row.html)
    match row:
        case _ProseRow():
            return Prose(html, row.block, row.title)
        case _ActionRow():
            return Action(
                id=row.id,
                title=row.title,
                html=html,
                steps=row.steps,
                minutes=row.minutes,
                due=row.due,
                tags=row.tags,
                audience=_audience(row.readers),
                used=row.written is None,
            )
        case _EventRow():
            event = decode(row.event)
            if not isinstance(event, Event):
                raise CodecError(source)
            return replace(event, html=html)
        case _:
            assert_never(row)


def _defines(
    row: PostRow, passages: tuple[Passage, ...], published: dt.datetime, language: str
) -> tuple[Definition, ...]:
    found = []
    for one, passage in zip(row.body, passages, strict=True):
        action = passage.content
        if isinstance(one, _ActionRow) and one.written is not None and isinstance(action, Action):
            where = Where(row.path, *one.written)
            definition = Definition(action=action, where=where, published=published, tags=one.own, language=language)
            found.append(definition)
    return tuple(found)


def pieces_in(data: bytes) -> dict[str, str]:
    """The HTML of a post, by its digests; raises CodecError."""
    texts = decode(data)
    if not isinstance(texts, tuple) or not all(isinstance(text, str) for text in texts):
        raise CodecError("no HTML of ours")
    return {digest(text.encode(errors="surrogatepass"))[:16]: text for text in texts}
