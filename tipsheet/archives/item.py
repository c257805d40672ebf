"""Issues of another program as values: an item, what is left out of it, and an archive of them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tipsheet.problems import Where

__all__ = ["Archive", "Form", "Item", "Left", "State"]


class Form(StrEnum):
    """The markup in which a text is written."""

    HTML = "html"
    MARKDOWN = "markdown"


class State(StrEnum):
    """The readers that an item had in the other program. All that was not public becomes a draft (K3)."""

    PUBLIC = "public"
    DRAFT = "a draft"
    SCHEDULED = "scheduled"
    PAID = "for paying readers"
    PRIVATE = "not for everybody"


@dataclass(frozen=True, slots=True, order=True)
class Left:
    """A part of the source that is left out or changed: its place, the ``cause``, and in ``detail`` the part itself.

    A report counts many with one cause in one line.
    """

    where: Where
    cause: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.where.path}:{self.where.line}: {self.cause}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An issue or an article as an archive has it; ``where`` is the first line of its ``text``, or its row or element.

    ``date`` without an offset is in the zone of the publication. ``addresses`` are those at which it was read: whole
    ones, or paths from the root of the old site. Relative links in it count from ``base``, an address or the path of
    a file in the source. ``slug`` is the last part of its old address, or empty; ``short`` are other names of it.
    Items with one ``work`` are the same in several languages; ``language`` is empty for that of the archive.
    """

    where: Where
    title: str
    text: str
    form: Form
    source: str = ""
    """The text before the signs of a generator were replaced, where that differs."""
    date: dt.datetime | None = None
    slug: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    cover: str = ""
    cover_alt: str = ""
    addresses: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    base: str = ""
    state: State = State.PUBLIC
    article: bool = False
    language: str = ""
    work: str = ""
    until: dt.datetime | None = None
    """The moment from which on nobody was to see it."""
    left: tuple[Left, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """All items of a source; ``sites`` are addresses of the old site, of which the first is its own.

    ``static`` are folders of the source whose files stood at the root of the site. ``language`` is that of items which
    do not say one; without it, it is the first of the publication.
    """

    items: tuple[Item, ...] = ()
    left: tuple[Left, ...] = ()
    sites: tuple[str, ...] = ()
    static: tuple[str, ...] = field(default=("",))
    language: str = ""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Addresses, from the root of the site, of texts in the source that are no items."""
