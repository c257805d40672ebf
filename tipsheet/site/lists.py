"""List pages: the archive and its years, articles, tags, authors, public segments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from types import MappingProxyType

from tipsheet.model.byline import Author
from tipsheet.model.post import Issue, Post
from tipsheet.model.publication import tag_page
from tipsheet.site.numbering import ListPage, list_pages
from tipsheet.site.page import FeedLink, Link, Redirect, SitePage
from tipsheet.site.structured import person
from tipsheet.site.view import Row, View

__all__ = ["archive_pages", "article_pages", "author_pages", "permanent_addresses", "segment_pages", "tag_pages"]

NOTHING: Mapping[str, object] = MappingProxyType({})


def archive_pages(view: View) -> tuple[SitePage, ...]:
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


def article_pages(view: View) -> tuple[SitePage, ...]:
    """All articles, when there are any."""
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    if not articles:
        return ()
    return _list("articles/", "Articles", articles, view, description="Longer pieces, and pieces by guests.")


def tag_pages(view: View) -> tuple[SitePage, ...]:
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
    pages: tuple[SitePage, ...] = (index,)
    for address in order:
        title = titles[address]
        lead, context = f"Everything about {title}.", {"up": Link("tags/", "Subjects")}
        feeds = view.feed(f"{view.publication.masthead.name}: {title}", address)
        pages += _list(address, title, tagged[address], view, description=lead, context=context, feeds=feeds)
    return pages


def _most_used(counted: tuple[str, int]) -> tuple[int, str]:
    tag, count = counted
    return -count, tag


def author_pages(view: View) -> tuple[SitePage, ...]:
    """The authors, and what each of them wrote."""
    authors = view.publication.authors
    if not authors:
        return ()
    by_author = {a.id: tuple(p for p in view.posts if any(a.id == b.id for b in p.authors)) for a in authors}
    people = tuple((author, len(by_author[author.id])) for author in authors)
    lead = f"The people behind {view.publication.masthead.name}."
    pages: tuple[SitePage, ...] = (_index("authors/", "Who writes this", lead, view, context={"people": people}),)
    for author in authors:
        pages += _author(author, by_author[author.id], view)
    return pages


def _author(author: Author, posts: Sequence[Post], view: View) -> tuple[SitePage, ...]:
    description = author.bio or f"{author.name} writes for {view.publication.masthead.name}."
    context = {"author": author}
    pages = _list(
        author.page, author.name, posts, view, template="author.html", description=description, context=context
    )
    found = f"<p>{escape(f'{author.role}. {author.bio}')}</p>"
    pages = tuple(replace(page, image=author.image) for page in pages)
    return (replace(pages[0], search=found, data=(person(author, view.publication.masthead),)), *pages[1:])


def segment_pages(view: View) -> tuple[SitePage, ...]:
    """The issues of a public segment, as its readers see them."""
    assert view.segment is not None  # noqa: S101 - callers make the view of a segment
    title = view.segment.title
    context = {"segment": view.segment}
    feeds = view.feed(f"{view.publication.masthead.name}: {title}", view.segment.page)
    lead = f"The issues as {title.lower()} read them."
    return _list(view.segment.page, title, view.posts, view, description=lead, context=context, feeds=feeds)


def permanent_addresses(pages: Sequence[SitePage], root: str) -> tuple[Redirect, ...]:
    """Lead the numbered address of each newest list page to the list's own address."""
    found = []
    for page in pages:
        part = page.context.get("list")
        if isinstance(part, ListPage) and part.url != part.permanent and part.number > 1:
            found.append(Redirect(part.permanent, part.url, page.title, root + part.url))
    return tuple(found)


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
) -> tuple[SitePage, ...]:
    """Pages with ``context`` on each; ``front`` is for the newest only, since the others are to stay as they are."""
    pages = []
    for part in list_pages(base, [view.row(post) for post in posts], view.settings.list_size):
        newest = part.url == base
        own = {"heading": title, "list": part, "by_year": _by_year(part.entries)}
        page = SitePage(
            url=part.url,
            template=template,
            title=title if newest else f"{title}, page {part.number}",
            description=description,
            canonical=view.root + part.url,
            modified=part.entries[0].day if part.entries else None,
            feeds=feeds,
            context={**own, **context, **(front if newest else {})},
        )
        pages.append(page)
    return tuple(pages)


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
