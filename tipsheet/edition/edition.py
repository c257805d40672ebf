"""An issue compiled for mail: whole lines with the conditions they stand under, and slots between.

The letter for any combination of segments is *joined* from an edition; nothing is rendered, inlined or wrapped again
for a segment or for a recipient.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never
from urllib.parse import quote

from tipsheet.model.audience import PUBLIC, Audience, Segments, visible
from tipsheet.model.directions import LTR, set_apart

__all__ = [
    "ALWAYS", "MESSAGE_DATE", "MESSAGE_KEY", "Edition", "Escape", "Line", "LinkMark", "Links", "MarkedLine",
    "MarkedPiece", "Piece", "Recipient", "Slot", "Variant", "When", "display_name", "fill",
]  # fmt: skip

MESSAGE_KEY = "message-key"
"""Slot of the message's key in its Message-ID; no merge field can have this name."""

MESSAGE_DATE = "message-date"
"""Slot of the Date of letters that each reader gets at a moment of their own, such as those of the service."""

_BREAKS = re.compile(r"[\r\n\0]")


class Escape(StrEnum):
    """The place of a merge value, which decides how it is escaped (E17)."""

    TEXT = "text"
    HTML = "html"
    URL = "url"

    def apply(self, value: str, around: str = LTR) -> str:
        """The value as it may stand there, in a text that runs in the direction ``around``.

        Raises ValueError for CR, LF and NUL.
        """
        if _BREAKS.search(value):
            raise ValueError("a merge value holds a line break or a NUL")
        match self:
            case Escape.HTML:
                return html.escape(set_apart(value, around))
            case Escape.URL:
                return quote(value, safe="")
            case Escape.TEXT:
                return set_apart(value, around)
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Slot:
    """A merge field: its name, and what stands there for a reader who lacks it.

    Slots that every message fills for itself have no fallback: `TOKEN`, `MESSAGE_KEY` and `MESSAGE_DATE` in the header,
    and the values of letters of the service. ``around`` is the direction of the text that it stands in, from which a
    value of the other direction is set apart by marks: a browser could isolate it, programs for mail may not.
    """

    field: str
    fallback: str | None
    escape: Escape = Escape.TEXT
    around: str = LTR

    def fill(self, values: Mapping[str, str]) -> str:
        """The value, escaped for its place.

        Raises ValueError for CR, LF and NUL, and for a missing value that nothing replaces.
        """
        value = values.get(self.field) or self.fallback
        if value is None:
            raise ValueError(f"no value for '{self.field}', and nothing stands in for it")
        return self.escape.apply(value, self.around)


Line = tuple[str | Slot, ...]
"""One line with slots in it."""


@dataclass(frozen=True, slots=True)
class LinkMark:
    """The mark of a link in the text part, such as ``[3]``: its number is counted for each reader (E25).

    ``link`` is the place of its address in `Edition.links`. Inside a table the mark is as wide as the widest of two
    digits, since what follows it must stay in its column.
    """

    link: int
    in_table: bool = False


MarkedLine = tuple[str | Slot | LinkMark, ...]
"""One line with marks of links in it, and slots."""


def fill(line: Line, values: Mapping[str, str]) -> str:
    """The line for a reader with these values; see `Slot.fill`."""
    return "".join(part.fill(values) if isinstance(part, Slot) else part for part in line)


@dataclass(frozen=True, slots=True)
class When:
    """The audience of a piece: readers who meet all ``conditions`` and none of the sets in ``unless``.

    ``unless`` makes "the first of these that is visible" sayable: the second stands under ``unless`` the first, and so
    on.
    """

    conditions: tuple[Audience, ...] = ()
    unless: tuple[tuple[Audience, ...], ...] = ()

    def holds(self, segments: Segments) -> bool:
        """True if a reader of these segments sees it."""
        return visible(self.conditions, segments) and not any(visible(other, segments) for other in self.unless)

    def names(self) -> frozenset[str]:
        """All segments that it mentions."""
        groups = (self.conditions, *self.unless)
        return frozenset(name for group in groups for audience in group for name in audience.names())


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of one part, each ending in a line feed.

    ``content`` is text that is finished, or one line with slots in it. Quoted-printable works line by line, so the
    encoding of joined pieces is the joined encoding (RFC 2045, 6.7).
    """

    content: str | Line
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class MarkedPiece:
    """One line of the text part with marks of links in it."""

    content: MarkedLine
    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Links:
    """The place where the text part lists the addresses that a reader has met marks of."""

    when: When = ALWAYS


@dataclass(frozen=True, slots=True)
class Variant:
    """A wording of the subject or the preheader. Every reader sees exactly one of them."""

    line: Line
    when: When = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The mail of one issue for every audience.

    ``url`` is the public page, or empty; ``published`` is RFC 3339. ``header`` are names and values of the header's
    fields as they are sent, but for To and Subject. ``digest`` is the SHA-256 of everything that a reader could be
    sent, in hex; a sender compares it to know whether content changed after the first message went out.
    """

    issue: str
    url: str
    title: str
    published: str
    audience: Audience
    header: tuple[tuple[str, Line], ...]
    subject: tuple[Variant, ...]
    preheader: tuple[Variant, ...]
    html: tuple[Piece, ...]
    text: tuple[Piece | MarkedPiece | Links, ...]
    links: tuple[Line, ...] = ()
    digest: str = ""

    @property
    def day(self) -> str:
        """The day of its moment in the publication's zone, such as ``2026-11-24``."""
        return self.published[: len("2026-11-24")]

    def wording(self, variants: tuple[Variant, ...], segments: Segments) -> Line:
        """The subject or the preheader that a reader of these segments is sent."""
        return next((v.line for v in variants if v.when.holds(segments)), ())

    def slots(self) -> Iterator[Slot]:
        """The slots that stand anywhere in it."""
        lines = [line for _, line in self.header]
        lines += [variant.line for variant in (*self.subject, *self.preheader)]
        lines += self.links
        pieces = (piece for piece in (*self.text, *self.html) if not isinstance(piece, Links))
        contents = (*lines, *(piece.content for piece in pieces if not isinstance(piece.content, str)))
        return (part for line in contents for part in line if isinstance(part, Slot))

    def names(self) -> frozenset[str]:
        """All segments that decide about anything in it."""
        conditions = {item.when for items in (self.subject, self.html, self.text) for item in items}
        return self.audience.names().union(*(when.names() for when in conditions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The recipient of a message, as the sender knows them when it composes.

    ``address`` is ASCII (a domain in IDNA form), but for a local part that only a server with SMTPUTF8 takes; ``name``
    stands beside it, see `display_name`. ``key`` is the message's own part of the Message-ID: small letters and digits,
    24 at most, made from a secret and never from the address. ``token`` stands in the unsubscribe address: letters,
    digits and ``-._~``, 64 at most. ``values`` are those of the merge fields; an empty one shows the fallback. ``date``
    is for a letter without one of its own, as `email.utils.format_datetime` writes it.
    """

    address: str
    key: str
    token: str
    name: str = ""
    segments: Segments = PUBLIC
    values: Mapping[str, str] = field(default_factory=dict)
    date: str = ""


def display_name(*parts: str) -> str:
    """First and last name, or what there is of them, with single spaces."""
    return " ".join(word for part in parts for word in part.split())
