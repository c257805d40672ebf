"""List pages: the archive and its years, articles, tags, authors, public segments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from itertools import groupby
from types import MappingProxyType
from typing import Any

from tipsheet.engine.digest import digest, digest_of
from tipsheet.model.post import Author, Image, Issue, Post
from tipsheet.model.publication import tag_page
from tipsheet.site.essence import essence_digest
from tipsheet.site.numbering import ListPage, list_pages
from tipsheet.site.page import FeedLink, Link, Redirect, SitePage, Sketch
from tipsheet.site.structured import person
from tipsheet.site.view import Row, View

__all__ = ["archive_pages", "article_pages", "author_pages", "permanent_addresses", "segment_pages", "tag_pages"]

NOTHING: Mapping[str, object] = MappingProxyType({})


def archive_pages(view: View) -> tuple[Sketch, ...]:
    """All issues, and the issues of each year."""
    years = [(year, tuple(posts)) for year, posts in groupby(view.issues, key=lambda issue: view.day(issue).year)]
    links = tuple(Link(f"archive/{year}/", str(year)) for year, _ in years)
    lead = f"Every issue of {view.publication.masthead.name}, newest first."
    pages = _list("archive/", "Archive", view.issues, view, description=lead, front={"years": links})
    for year, posts in years:
        title = f"Issues of {year}"
        context, lead = {"up": Link("archive/", "Archive")}, f"{title}, newest first."
        pages += _list(f"archive/{year}/", title, posts, view, description=lead, context=context)
    return pages


def article_pages(view: View) -> tuple[Sketch, ...]:
    """All articles, when there are any."""
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    if not articles:
        return ()
    return _list("articles/", "Articles", articles, view, description="Longer pieces, and pieces by guests.")


def tag_pages(view: View) -> tuple[Sketch, ...]:
    """The tags in use, and what carries each; tags that differ in case or accents only share a page."""
    tagged: dict[str, list[Post]] = {}
    names: dict[str, Counter[str]] = {}
    for post in view.posts:
        for address, tag in {tag_page(tag): tag for tag in post.tags}.items():
            tagged.setdefault(address, []).append(post)
            names.setdefault(address, Counter())[tag] += 1
    if not tagged:
        return ()
    titles = {address: min(counts.items(), key=_most_used)[0] for address, counts in names.items()}
    order = sorted(tagged, key=lambda address: titles[address].casefold())
    links = tuple(Link(address, titles[address], str(len(tagged[address]))) for address in order)
    index = _index("tags/", "Subjects", "What the issues are about.", view, context={"tags": links})
    pages: tuple[Sketch, ...] = (Sketch.of(index),)
    for address in order:
        title = titles[address]
        lead, context = f"Everything about {title}.", {"up": Link("tags/", "Subjects")}
        feeds = view.feed(f"{view.publication.masthead.name}: {title}", address)
        pages += _list(address, title, tagged[address], view, description=lead, context=context, feeds=feeds)
    return pages


def _most_used(counted: tuple[str, int]) -> tuple[int, str]:
    tag, count = counted
    return -count, tag


def author_pages(view: View) -> tuple[Sketch, ...]:
    """The authors, and what each of them wrote."""
    authors = view.publication.authors
    if not authors:
        return ()
    by_author = {a.id: tuple(p for p in view.posts if any(a.id == b.id for b in p.authors)) for a in authors}
    people = tuple((author, len(by_author[author.id])) for author in authors)
    lead = f"The people behind {view.publication.masthead.name}."
    index = _index("authors/", "Who writes this", lead, view, context={"people": people})
    pages: tuple[Sketch, ...] = (Sketch.of(index),)
    for author in authors:
        pages += _author(author, by_author[author.id], view)
    return pages


def _author(author: Author, posts: Sequence[Post], view: View) -> tuple[Sketch, ...]:
    description = author.bio or f"{author.name} writes for {view.publication.masthead.name}."
    found = f"<p>{escape(f'{author.role}. {author.bio}')}</p>"
    return _list(
        author.page,
        author.name,
        posts,
        view,
        template="author.html",
        description=description,
        context={"author": author},
        first={"search": found, "data": (person(author, view.publication.masthead),)},
        image=author.image,
    )


def segment_pages(view: View) -> tuple[Sketch, ...]:
    """The issues of a public segment, as its readers see them."""
    assert view.segment is not None  # noqa: S101 - callers make the view of a segment
    title = view.segment.title
    context = {"segment": view.segment}
    feeds = view.feed(f"{view.publication.masthead.name}: {title}", view.segment.page)
    lead = f"The issues as {title.lower()} read them."
    return _list(view.segment.page, title, view.posts, view, description=lead, context=context, feeds=feeds)


def permanent_addresses(view: View, pages: Sequence[Sketch]) -> tuple[Redirect, ...]:
    """Lead the numbered address of each newest list page to the list's own address."""
    return tuple(
        Redirect(page.permanent, page.url, page.title, view.root + page.url)
        for page in pages
        if page.permanent not in ("", page.url)
    )


def _list(
    base: str,
    title: str,
    posts: Sequence[Post],
    view: View,
    *,
    description: str,
    template: str = "list.html",
    context: Mapping[str, object] = NOTHING,
    front: Mapping[str, object] = NOTHING,
    feeds: tuple[FeedLink, ...] = (),
    first: Mapping[str, Any] = NOTHING,
    image: Image | None = None,
) -> tuple[Sketch, ...]:
    """Pages with ``context`` on each; ``front`` is for the newest only, since the others are to stay as they are.

    ``first`` are fields of the newest page alone.
    """
    shared = essence_digest(title, description, template, context, feeds, image)
    newest = essence_digest(front, first)

    def page(part: ListPage[Post]) -> SitePage:
        is_newest = part.url == base
        own = {"heading": title, "list": part, "by_year": _by_year(view.rows(part.entries))}
        return SitePage(
            url=part.url,
            template=template,
            title=title if is_newest else f"{title}, page {part.number}",
            description=description,
            canonical=view.root + part.url,
            modified=view.day(part.entries[0]) if part.entries else None,
            feeds=feeds,
            image=image,
            context={**own, **context, **(front if is_newest else {})},
            **(first if is_newest else {}),
        )

    return tuple(
        Sketch(
            url=part.url,
            title=title if part.url == base else f"{title}, page {part.number}",
            canonical=view.root + part.url,
            indexed=True,
            modified=view.day(part.entries[0]) if part.entries else None,
            searched=part.url == base and "search" in first,
            permanent=part.permanent if part.url == base and part.number > 1 else "",
            key=f"list={digest_of(shared, newest if part.url == base else '', part.number, part.older, part.newer)}"
            f" content={digest(''.join([view.lines[post.id] for post in part.entries]).encode())}",
            page=partial(page, part),
        )
        for part in list_pages(base, posts, view.settings.list_size)
    )


def _by_year(rows: Sequence[Row]) -> tuple[tuple[int, tuple[Row, ...]], ...]:
    return tuple((year, tuple(group)) for year, group in groupby(rows, key=lambda row: row.day.year))


def _index(url: str, title: str, description: str, view: View, *, context: Mapping[str, object]) -> SitePage:
    return SitePage(
        url=url,
        template="index.html",
        title=title,
        description=description,
        canonical=view.root + url,
        modified=view.day(view.posts[0]) if view.posts else None,
        context={"heading": title} | dict(context),
    )
