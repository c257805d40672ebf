"""The action library: every action on one page, with filters that need neither a server nor a script."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tipsheet.engine.units import Part
from tipsheet.model.body import Action
from tipsheet.model.publication import tag_page
from tipsheet.rendering.language import capital, issue_label, letter_words, listed
from tipsheet.rendering.library import Shelved
from tipsheet.settings import Settings
from tipsheet.site.checklists import checklist
from tipsheet.site.page import FeedLink, Link, Planned, SitePage
from tipsheet.site.view import View, finished, site_words

__all__ = [
    "LIBRARY",
    "Choice",
    "Filter",
    "LibraryCard",
    "library_card",
    "library_page",
    "planned_library",
    "with_cards",
]

LIBRARY = "actions/"
"""Address of the library, from the site's root."""
MINUTES = (5, 15, 30, 60)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the list: cards whose ``data-<filter>`` holds the word ``value`` stay.

    ``id`` is the radio button's, so that ``actions/#<id>`` leads to the narrowed list.
    """

    id: str
    value: str
    title: str


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
    the words that filters go by, ``steps`` counts the boxes that make it done.
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
    newest: bool


def library_page(
    settings: Settings, filters: tuple[Filter, ...], modified: dt.date | None, content: tuple[str, ...]
) -> SitePage:
    """The page of the library, of cards that are HTML already."""
    masthead, words = settings.masthead, site_words(settings)
    return SitePage(
        url=LIBRARY,
        template="actions.html",
        title=words("library"),
        description=words("library_lead"),
        canonical=masthead.url + LIBRARY,
        modified=modified,
        feeds=(FeedLink(words("actions_feed", publication=masthead.name), "actions.xml"),),
        context={
            "cards": tuple(map(Markup, content)),
            "filters": tuple(one for one in filters if one.choices),
        },
    )


def planned_library(view: View) -> Planned:
    """The page of the library, as the public sees it, still without its cards."""
    modified = view.day(view.posts[0]) if view.posts else None
    args = {
        "settings": view.settings_ref,
        "filters": tuple(_filters(view)),
        "modified": modified,
        "content": (),
    }
    return Planned(
        url=LIBRARY,
        title=view.words("library"),
        canonical=view.root + LIBRARY,
        indexed=True,
        modified=modified,
        searched=False,
        page=Part(library_page, args),
    )


def with_cards(library: Planned, cards: Sequence[str]) -> Part:
    """The page of the library with these cards."""
    call = library.page
    assert isinstance(call, Part)  # noqa: S101 - see `planned_library`
    return Part(call.function, {**call.args, "content": tuple(cards)})


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
        newest=place.newest,
    )


def _filters(view: View) -> Iterator[Filter]:
    actions, words = view.shelf, view.words
    seats = (Choice(s.id, s.id, s.title) for s in view.publication.public_segments())
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
    tags = tuple(Choice(f"tag-{slug}", slug, capital(tag, language)) for tag, slug in found)
    yield Filter("tag", words("filter_tag"), words("filter_tag_all"), tags)


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
