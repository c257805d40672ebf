"""List pages: the archive and its years, articles, tags, authors, public segments."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from typing import Generic, TypeVar

from tipsheet.engine.units import Part
from tipsheet.model.audience import PUBLIC
from tipsheet.model.post import Author, Headline, Image, Issue, Post
from tipsheet.model.publication import tag_page
from tipsheet.model.segment import Segment
from tipsheet.rendering.language import capital, in_sentence
from tipsheet.settings import Settings
from tipsheet.site.page import FeedLink, Link, Planned, Redirect, SitePage, planned
from tipsheet.site.structured import person
from tipsheet.site.view import Row, View, row_of, site_words

__all__ = [
    "ListPage", "archive_pages", "article_pages", "author_pages", "list_pages", "permanent_addresses", "segment_pages",
    "tag_pages",
]  # fmt: skip

T = TypeVar("T")


def archive_pages(view: View) -> tuple[Planned, ...]:
    """All issues, and the issues of each year."""
    years = [(year, tuple(posts)) for year, posts in groupby(view.issues, key=lambda issue: view.day(issue).year)]
    links = tuple(Link(f"archive/{year}/", str(year)) for year, _ in years)
    words = view.words
    lead = words("archive_lead", publication=view.publication.masthead.name)
    head = ListHead(title=words("archive"), description=lead)
    pages = _list("archive/", view.issues, view, head, Newest(context={"years": links}))
    for year, posts in years:
        title, lead = words("year", year=year), words("year_lead", year=year)
        one = {"up": Link("archive/", words("archive")), "one_year": True}
        head = ListHead(title=title, description=lead, context=one)
        pages += _list(f"archive/{year}/", posts, view, head)
    return pages


def article_pages(view: View) -> tuple[Planned, ...]:
    """All articles, when there are any."""
    articles = tuple(p for p in view.posts if not isinstance(p, Issue))
    if not articles:
        return ()
    context = {"of_one_kind": True}  # so its rows need not say "Article"
    head = ListHead(title=view.words("articles"), description=view.words("articles_lead"), context=context)
    return _list("articles/", articles, view, head)


def tag_pages(view: View) -> tuple[Planned, ...]:
    """The tags in use, and what carries each; tags that differ in case or accents only share a page."""
    tagged: dict[str, list[Post]] = defaultdict(list)
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for post in view.posts:
        for address, tag in {tag_page(tag): tag for tag in post.tags}.items():
            tagged[address].append(post)
            names[address][tag] += 1
    if not tagged:
        return ()
    titles = {address: min(counts.items(), key=_most_used)[0] for address, counts in names.items()}
    order = sorted(tagged, key=lambda address: titles[address].casefold())
    language = view.settings.masthead.language
    links = tuple(Link(address, capital(titles[address], language), str(len(tagged[address]))) for address in order)
    words = view.words
    index = _index("tags/", words("subjects"), words("subjects_lead"), view, context={"tags": links})
    pages: tuple[Planned, ...] = (planned(index),)
    for address in order:
        title = titles[address]
        head = ListHead(
            title=capital(title, language),
            description=words("subject_lead", subject=title),
            context={"up": Link("tags/", words("subjects"))},
            feeds=view.feed(f"{view.publication.masthead.name}: {title}", address),
        )
        pages += _list(address, tagged[address], view, head)
    return pages


def _most_used(counted: tuple[str, int]) -> tuple[int, str]:
    tag, count = counted
    return -count, tag


def author_pages(view: View) -> tuple[Planned, ...]:
    """The authors, and what each of them wrote."""
    authors = view.publication.authors
    if not authors:
        return ()
    by_author: dict[str, list[Post]] = {author.id: [] for author in authors}
    for post in view.posts:
        for name in dict.fromkeys([author.id for author in post.authors]):
            by_author[name].append(post)
    people = tuple((author, len(by_author[author.id])) for author in authors)
    lead = view.words("authors_lead", publication=view.publication.masthead.name)
    index = _index("authors/", view.words("authors"), lead, view, context={"people": people})
    pages: tuple[Planned, ...] = (planned(index),)
    for author in authors:
        pages += _author(author, by_author[author.id], view)
    return pages


def _author(author: Author, posts: Sequence[Post], view: View) -> tuple[Planned, ...]:
    head = ListHead(
        title=author.name,
        description=author.bio
        or view.words("author_lead", author=author.name, publication=view.publication.masthead.name),
        template="author.html",
        context={"author": author},
        image=author.image,
    )
    found = f"<p>{escape(f'{author.role}. {author.bio}')}</p>"
    newest = Newest(search=found, data=(person(author, view.publication.masthead),))
    return _list(author.page, posts, view, head, newest)


def segment_pages(view: View) -> tuple[Planned, ...]:
    """The issues of a public segment, as its readers see them."""
    segment = view.segment
    assert segment is not None  # noqa: S101 - callers make the view of a segment
    head = ListHead(
        title=segment.title,
        description=view.words("segment_lead", segment=in_sentence(segment.title, view.settings.masthead.language)),
        feeds=view.feed(f"{view.publication.masthead.name}: {segment.title}", segment.page),
        segment=segment,
    )
    return _list(segment.page, view.posts, view, head)


def permanent_addresses(view: View, pages: Sequence[Planned]) -> tuple[Redirect, ...]:
    """Lead the numbered address of each newest list page to the list's own address."""
    return tuple(
        Redirect(page.permanent, page.url, page.title, view.root + page.url)
        for page in pages
        if page.permanent not in ("", page.url)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[T]):
    """One page of a list, newest entry first; ``older`` and ``newer`` are addresses or empty.

    ``number`` counts from the oldest page. The newest page has the list's own address, and
    ``permanent`` is the address it gets once it is full.
    """

    number: int
    url: str
    permanent: str
    older: str
    newer: str
    entries: tuple[T, ...]


def list_pages(base: str, entries: Sequence[T], size: int) -> tuple[ListPage[T], ...]:
    """Cut a list (newest first) into pages, newest page first; there is at least one.

    All pages but the newest hold exactly ``size`` entries and never change again, whatever is
    added at the front: their way to the newer page is an address that leads on to the list's own
    for as long as that page is the newest. The newest page holds up to twice ``size``, so that
    nobody lands on a page with one entry.
    """
    closed = max(0, len(entries) // size - 1)
    first = len(entries) - closed * size
    newest = ListPage(
        number=closed + 1,
        url=base,
        permanent=_address(base, closed + 1),
        older=_address(base, closed) if closed else "",
        newer="",
        entries=tuple(entries[:first]),
    )
    rest = [
        ListPage(
            number=number,
            url=_address(base, number),
            permanent=_address(base, number),
            older=_address(base, number - 1) if number > 1 else "",
            newer=_address(base, number + 1),
            entries=tuple(entries[len(entries) - number * size : len(entries) - (number - 1) * size]),
        )
        for number in range(closed, 0, -1)
    ]
    return (newest, *rest)


def _address(base: str, number: int) -> str:
    return f"{base}page/{number}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHead:
    """The head of a list, on all its pages; ``context`` is for its template."""

    title: str
    description: str
    template: str = "list.html"
    context: Mapping[str, object] = field(default_factory=dict)
    feeds: tuple[FeedLink, ...] = ()
    image: Image | None = None
    segment: Segment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """Additions to the newest page of a list only, since the others are to stay as they are."""

    context: Mapping[str, object] = field(default_factory=dict)
    search: str | None = None
    data: tuple[str, ...] = ()


def _list(
    base: str,
    posts: Sequence[Post],
    view: View,
    head: ListHead,
    newest: Newest = Newest(),
) -> tuple[Planned, ...]:
    """The pages of the list at this address, newest first."""
    pages = []
    for part in list_pages(base, posts, view.settings.list_size):
        is_newest = part.url == base
        entries = tuple(map(view.texts.headline, part.entries))
        own = {post.id: address for post in part.entries if (address := view.address(post)) != post.url}
        call = Part(
            list_page,
            {
                "settings": view.settings_ref,
                "list": head,
                "part": replace(part, entries=()),
                "content": entries,
                "addresses": own,
                "newest": newest if is_newest else None,
            },
        )
        pages.append(
            Planned(
                url=part.url,
                title=head.title if is_newest else _title(head.title, part.number, view.settings),
                canonical=view.root + part.url,
                indexed=True,
                modified=view.day(part.entries[0]) if part.entries else None,
                searched=is_newest and newest.search is not None,
                permanent=part.permanent if is_newest and part.number > 1 else "",
                page=call,
            )
        )
    return tuple(pages)


def _title(title: str, number: int, settings: Settings) -> str:
    """The title of a page of a list that is not its newest."""
    return site_words(settings)("page", title=title, number=number)


def list_page(
    *,
    settings: Settings,
    list: ListHead,  # noqa: A002 - the word that `build --explain` says
    part: ListPage[Row],
    content: tuple[Headline, ...],
    addresses: Mapping[str, str],
    newest: Newest | None,
) -> SitePage:
    """One page of a list; ``addresses`` are those of posts, by their ids, that are not the public ones."""
    segments = frozenset({list.segment.id}) if list.segment else PUBLIC
    rows = [row_of(one, addresses.get(one.id, one.url), settings, segments) for one in content]
    shown = replace(part, entries=tuple(rows))
    return SitePage(
        url=part.url,
        template=list.template,
        title=list.title if newest else _title(list.title, part.number, settings),
        description=list.description,
        canonical=settings.masthead.url + part.url,
        modified=rows[0].day if rows else None,
        feeds=list.feeds,
        image=list.image,
        context={
            "heading": list.title,
            "list": shown,
            "by_year": _by_year(rows),
            "segment": list.segment,
            **list.context,
            **(newest.context if newest else {}),
        },
        search=newest.search if newest else None,
        data=newest.data if newest else (),
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
