"""An issue compiled for mail: whole lines with the conditions they stand under, and slots between.

Any combination of segments is *joined* from an edition; nothing is rendered, inlined or wrapped
again for a segment or for a recipient.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from tipsheet.model.audience import Audience, Segments, visible

__all__ = ["ALWAYS", "Edition", "Escape", "Line", "Piece", "Slot", "When", "fill"]

_BREAKS = re.compile(r"[\r\n\0]")


class Escape(StrEnum):
    """Where a merge value stands, which says how it is escaped (E17)."""

    TEXT = "text"
    HTML = "html"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Slot:
    """A merge field: its name and what stands there for a reader who lacks it.

    Without a fallback (the reader's token) a value must be given.
    """

    field: str
    fallback: str | None
    escape: Escape = Escape.TEXT

    def fill(self, values: Mapping[str, str]) -> str:
        """The value, escaped for its place.

        Raises ValueError for CR, LF and NUL, and for a missing value that nothing replaces.
        """
        value = values.get(self.field) or self.fallback
        if value is None:
            raise ValueError(f"no value for '{self.field}', and nothing stands in for it")
        if _BREAKS.search(value):
            raise ValueError(f"the value of '{self.field}' holds a line break or a NUL: {value!r}")
        match self.escape:
            case Escape.HTML:
                return html.escape(value)
            case Escape.URL:
                return quote(value, safe="")
            case _:
                return value


Line = tuple[str | Slot, ...]
"""One line with slots in it."""


def fill(line: Line, values: Mapping[str, str]) -> str:
    """The line for a reader with these values; see `Slot.fill`."""
    return "".join(part.fill(values) if isinstance(part, Slot) else part for part in line)


@dataclass(frozen=True, slots=True)
class When:
    """Who sees a piece: readers who meet every one of ``conditions`` and none of the sets in ``unless``.

    ``unless`` makes "the first of these that is visible" sayable: the second stands under ``unless``
    the first, and so on.
    """

    conditions: tuple[Audience, ...] = ()
    unless: tuple[tuple[Audience, ...], ...] = ()

    def holds(self, segments: Segments) -> bool:
        """Whether a reader of these segments sees it."""
        return visible(self.conditions, segments) and not any(visible(other, segments) for other in self.unless)


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of one part, each ending in a line feed.

    ``content`` is text that is finished, or one line with slots in it. Quoted-printable works line
    by line, so the encoding of joined pieces is the joined encoding (RFC 2045, 6.7).
    """

    content: str | Line
    when: When = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The mail of one issue for every audience.

    ``url`` is the public page, or empty; ``published`` is RFC 3339. ``digest`` is the SHA-256 of
    everything that a reader could be sent, in hex; a sender compares it to know whether content
    changed after the first message went out.
    """

    issue: str
    url: str
    title: str
    published: str
    audience: Audience
    subject: Line
    preheader: str
    html: tuple[Piece, ...]
    text: tuple[Piece, ...]
    digest: str = ""

    def part(self, pieces: tuple[Piece, ...], segments: Segments) -> Iterator[Piece]:
        """The pieces that a reader of these segments is sent."""
        return (p for p in pieces if p.when.holds(segments))
