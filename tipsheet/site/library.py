"""The action library: every action on one page, with filters that need neither a server nor a script."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tipsheet.engine.digest import digest_of
from tipsheet.model.post import Issue
from tipsheet.model.publication import tag_page
from tipsheet.rendering.public import Shelved, shelf, shelved_key
from tipsheet.site.checklist import checklist
from tipsheet.site.page import FeedLink, Link, SitePage, Sketch
from tipsheet.site.view import View, finished

__all__ = ["Choice", "Filter", "Library", "LibraryCard"]

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


@dataclass(frozen=True, slots=True)
class Library:
    """Every action that the public and the public segments were given, and those that wait for their turn.

    ``keys`` tell each of them from others, in the same order.
    """

    view: View
    shelved: tuple[Shelved, ...]
    keys: tuple[str, ...]
    newest: Issue | None

    @classmethod
    def of(cls, view: View) -> "Library":
        """The library as the public sees it."""
        newest = next((i for i in view.issues if i.body.action(view.segments)), None)
        shelved = shelf(view.publication)
        return cls(view, shelved, tuple(map(shelved_key, shelved)), newest)

    @property
    def sketch(self) -> Sketch:
        """Its page."""
        return Sketch(
            url="actions/",
            title="Action library",
            canonical=self.view.root + "actions/",
            indexed=True,
            modified=self._modified,
            searched=False,
            key=f"content={digest_of(self.keys, self._this_week(), self._modified)}",
            page=self.page,
        )

    @property
    def _modified(self) -> dt.date | None:
        return self.view.day(self.view.posts[0]) if self.view.posts else None

    def _this_week(self) -> str:
        return self.newest.id if self.newest else ""

    def is_newest(self, shelved: Shelved) -> bool:
        """Whether it is the action of this week."""
        return shelved.everyone and self.newest is not None and shelved.entry.latest is self.newest

    def page(self, cards: Mapping[str, Markup] | None = None) -> SitePage:
        """The page; ``cards`` are those that are rendered already, by the ids of their actions."""
        view = self.view
        return SitePage(
            url="actions/",
            template="actions.html",
            title="Action library",
            description="Every issue ends in one thing to do. Here they all are.",
            canonical=view.root + "actions/",
            modified=self._modified,
            feeds=(FeedLink(f"{view.publication.masthead.name}: actions", "actions.xml"),),
            context={
                "cards": tuple(cards[s.entry.action.id] if cards else self.card(s) for s in self.shelved),
                "made": cards is not None,
                "filters": tuple(f for f in _filters(self.shelved, view) if f.choices),
            },
        )

    def card(self, shelved: Shelved) -> LibraryCard:
        """The action as the page shows it."""
        action, issue = shelved.entry.action, shelved.entry.latest
        return LibraryCard(
            id=action.id,
            anchor=action.anchor,
            title=action.title,
            minutes=action.minutes,
            link=Link(shelved.url, issue.title, issue.label) if issue else None,
            day=self.view.day(issue) if issue else None,
            html=Markup() if issue else finished(checklist(action), "actions/"),
            steps=max(1, len(action.steps)),
            readers="" if shelved.everyone else _listed([s.title for s in shelved.segments]),
            seats=" ".join(segment.id for segment in shelved.segments),
            tags=" ".join(_slugs(action.tags)),
            within=" ".join(str(limit) for limit in MINUTES if action.minutes and action.minutes <= limit),
            newest=self.is_newest(shelved),
        )


def _filters(shelved: Sequence[Shelved], view: View) -> Iterator[Filter]:
    seats = (Choice(s.id, s.id, s.title) for s in view.publication.public_segments())
    yield Filter("seat", "Show actions for", "Everyone", tuple(seats))
    known = [minutes for one in shelved if (minutes := one.entry.action.minutes)]
    limits = _telling(MINUTES, known, len(shelved))
    times = (Choice(f"within-{limit}", str(limit), f"{limit} minutes or less") for limit in limits)
    yield Filter("within", "That take", "Any time", tuple(times))
    titles: dict[str, Counter[str]] = {}
    for one in shelved:
        for tag in one.entry.action.tags:
            titles.setdefault(_slug(tag), Counter())[tag] += 1
    found = [(max(counts, key=lambda tag: (counts[tag], tag)), slug) for slug, counts in titles.items() if slug]
    found.sort(key=lambda pair: pair[0].casefold())
    yield Filter("tag", "About", "Any subject", tuple(Choice(f"tag-{slug}", slug, tag) for tag, slug in found))


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


def _listed(names: Sequence[str]) -> str:
    """``Managers``, ``Managers and Sellers``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
