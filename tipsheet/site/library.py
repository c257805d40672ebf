"""The action library: cards of all actions in pages of a size that browsers like, newest first.

Filters are on the newest page. Where it is the only one they need no script; else a script looks through an index of
all cards, and fetches the pages that those which fit stand on. Without one, links to the lists of segments and subjects
stand there, whose rows name the actions too.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from tipsheet.engine.units import Part
from tipsheet.model.body import Action
from tipsheet.model.publication import WEEK, tag_page
from tipsheet.rendering.language import capital, issue_label, letter_words, listed
from tipsheet.rendering.library import OnShelf, Shelved
from tipsheet.settings import Settings
from tipsheet.site.checklists import checklist
from tipsheet.site.lists import ListPage, list_pages
from tipsheet.site.page import FeedLink, Link, Planned, SitePage
from tipsheet.site.view import View, finished, site_words

__all__ = [
    "CARDS",
    "INDEX_FILE",
    "LIBRARY",
    "Choice",
    "Filter",
    "LibraryCard",
    "index_row",
    "library_card",
    "library_index",
    "library_page",
    "planned_library",
    "shelves",
    "with_cards",
]

LIBRARY = "actions/"
"""Address of the library, from the site's root."""
INDEX_FILE = f"{LIBRARY}index.json"
CARDS = 48
"""Cards on a page; the newest holds up to twice as many."""
MINUTES = (5, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the list: cards whose ``data-<filter>`` holds the word ``value`` stay.

    ``id`` is the radio button's, so that ``actions/#<id>`` leads to the narrowed list. ``list`` is the address of the
    issues that it goes by, for a library of many pages, or empty.
    """

    id: str
    value: str
    title: str
    list: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A row of radio buttons, of which the first leaves everything."""

    name: str
    legend: str
    all: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCard:
    """An action in the library; ``link`` leads to the issue it stood in last, ``html`` is told when there is none.

    ``readers`` names the segments when it is not for everyone. ``seats``, ``tags`` and ``within`` are
    the words that filters go by, ``steps`` counts the boxes that make it done. This week's is
    so until ``week_ends``.
    """

    id: str
    anchor: str
    title: str
    minutes: int | None
    link: Link | None
    day: dt.date | None
    html: Markup
    steps: int
    readers: str
    seats: str
    tags: str
    within: str
    week_ends: dt.datetime | None


def shelves(shelf: Sequence[OnShelf]) -> tuple[ListPage[OnShelf], ...]:
    """The actions cut into pages, newest first; those that wait for their turn are on the newest page."""
    waiting = tuple(one for one in shelf if not one.place.seen)
    newest, *older = list_pages(LIBRARY, [one for one in shelf if one.place.seen], CARDS)
    return (replace(newest, entries=newest.entries + waiting), *older)


def library_page(
    *,
    settings: Settings,
    part: ListPage[OnShelf],
    filters: tuple[Filter, ...],
    total: int,
    modified: dt.date | None,
    content: tuple[str, ...],
) -> SitePage:
    """A page of the library, of cards that are HTML already; ``total`` counts all, and the newest page has filters."""
    masthead, words = settings.masthead, site_words(settings)
    title = words("library")
    return SitePage(
        url=part.url,
        template="actions.html",
        title=words("page", title=title, number=part.number) if part.newer else title,
        description=words("library_lead"),
        canonical=masthead.url + part.url,
        modified=modified,
        feeds=(FeedLink(words("actions_feed", publication=masthead.name), "actions.xml"),),
        context={
            "list": part,
            "cards": tuple(map(Markup, content)),
            "filters": tuple(one for one in filters if one.choices),
            "total": total,
        },
    )


def planned_library(view: View) -> tuple[Planned, ...]:
    """The pages of the library, as the public sees it, still without their cards."""
    parts = shelves(view.shelf)
    return tuple(_planned(part, view, many=len(parts) > 1) for part in parts)


def _planned(part: ListPage[OnShelf], view: View, *, many: bool) -> Planned:
    newest = part.url == LIBRARY
    days = [
        seen.published.astimezone(view.settings.time_zone).date() for one in part.entries for seen in one.place.seen
    ]
    if newest and view.posts:
        days.append(view.day(view.posts[0]))
    modified = max(days, default=None)
    args = {
        "settings": view.settings_ref,
        "part": replace(part, entries=()),
        "filters": tuple(_filters(view, many=many)) if newest else (),  # others are to stay as they are
        "total": len(view.shelf) if newest else 0,
        "modified": modified,
        "content": (),
    }
    title = view.words("library")
    return Planned(
        url=part.url,
        title=title if newest else view.words("page", title=title, number=part.number),
        canonical=view.root + part.url,
        indexed=True,
        modified=modified,
        searched=False,
        permanent=part.permanent if newest and part.number > 1 else "",
        page=Part(library_page, args),
    )


def with_cards(library: Planned, cards: Sequence[str]) -> Part:
    """A page of the library with these cards."""
    call = library.page
    assert isinstance(call, Part)  # noqa: S101 - see `planned_library`
    return Part(call.function, {**call.args, "content": tuple(cards)})


def index_row(card: LibraryCard) -> str:
    """A line of the index: what a browser must know of a card to choose it, count it and find it."""
    row = [card.anchor, card.steps, card.seats, card.within, card.tags]
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def library_index(pages: Sequence[tuple[str, tuple[str, ...]]]) -> bytes:
    """The index of a library of many pages, in the order of the cards: by each page's address its lines.

    An address is relative to the library's.
    """
    parts = [f"{json.dumps(url.removeprefix(LIBRARY))}:[\n{','.join(rows)}]" for url, rows in pages]
    return f"{{{','.join(parts)}}}\n".encode()


def library_card(settings: Settings, action: Action, place: Shelved) -> LibraryCard:
    """An action as the library shows it."""
    latest = place.seen[-1] if place.seen else None
    label = issue_label(latest.number, letter_words(settings.masthead)) if latest else ""
    return LibraryCard(
        id=action.id,
        anchor=action.anchor,
        title=action.title,
        minutes=action.minutes,
        link=Link(place.url, latest.title, label) if latest else None,
        day=latest.published.astimezone(settings.time_zone).date() if latest else None,
        html=Markup() if latest else finished(checklist(action), settings.masthead.folder + LIBRARY),
        steps=max(1, len(action.steps)),
        readers="" if place.everyone else listed([title for _, title in place.segments], settings.masthead.language),
        seats=" ".join(segment for segment, _ in place.segments),
        tags=" ".join(_slugs(action.tags)),
        within=" ".join(str(limit) for limit in MINUTES if action.minutes and action.minutes <= limit),
        week_ends=latest.published + WEEK if latest and place.newest else None,
    )


def _filters(view: View, *, many: bool) -> Iterator[Filter]:
    actions, words = view.shelf, view.words
    seats = (Choice(s.id, s.id, s.title, s.page if many else "") for s in view.publication.public_segments())
    yield Filter("seat", words("filter_seat"), words("filter_seat_all"), tuple(seats))
    known = [minutes for one in actions if (minutes := one.action.minutes)]
    limits = _telling(MINUTES, known, len(actions))
    times = (Choice(f"within-{limit}", str(limit), words.count("within", limit)) for limit in limits)
    yield Filter("within", words("filter_within"), words("filter_within_all"), tuple(times))
    titles: dict[str, Counter[str]] = {}
    for one in actions:
        for tag in one.action.tags:
            titles.setdefault(_slug(tag), Counter())[tag] += 1
    found = [(max(counts, key=lambda tag: (counts[tag], tag)), slug) for slug, counts in titles.items() if slug]
    found.sort(key=lambda pair: pair[0].casefold())
    language = view.settings.masthead.language
    lists = {tag_page(tag) for post in view.posts for tag in post.tags} if many else set()
    tags = [Choice(f"tag-{slug}", slug, capital(tag, language), _known(f"tags/{slug}/", lists)) for tag, slug in found]
    yield Filter("tag", words("filter_tag"), words("filter_tag_all"), tuple(tags))


def _known(address: str, lists: Collection[str]) -> str:
    return address if address in lists else ""


def _telling(limits: Iterable[int], known: Sequence[int], count: int) -> list[int]:
    """Limits that leave something out, something in, and not the same as the limit before."""
    kept, before = [], 0
    for limit in limits:
        within = sum(minutes <= limit for minutes in known)
        if before < within < count:
            kept.append(limit)
        before = within
    return kept


def _slug(tag: str) -> str:
    return tag_page(tag).removeprefix("tags/").strip("/")


def _slugs(tags: Iterable[str]) -> Iterator[str]:
    return (slug for tag in tags if (slug := _slug(tag)))
