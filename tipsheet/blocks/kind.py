"""What a kind of block is: its options, its HTML, and what it means in the model."""

import xml.etree.ElementTree as etree
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from tipsheet.fields import Table
from tipsheet.model.audience import Audience
from tipsheet.model.body import Content
from tipsheet.problems import Where

__all__ = ["Argument", "BlockKind", "Header"]


class Argument(Enum):
    """Whether something stands after the ``|``, and what."""

    TITLE = "title"
    TITLE_OR_USE = "title, unless use= names an action"
    AUDIENCE = "audience"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of one block, read.

    ``options`` is the kind's table, or None when it has mistakes; ``audience_where`` is the place to point at for an
    unknown segment.
    """

    kind: "BlockKind"
    argument: str
    options: Table | None
    audience: Audience
    where: Where
    audience_where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockKind:
    """A line of the table of blocks.

    ``element`` makes the HTML for any Markdown program, given the header and the parent element;
    the block's own text is added to what it returns. ``content`` makes the model's value from the
    header, the finished HTML and the publication's zone; a kind without it only puts its audience
    on what it holds. ``holds`` names the kinds that may stand inside, ``stands_in`` the kinds of
    files that it may stand in.
    """

    name: str
    argument: Argument
    options: type[Table]
    element: Callable[[Header, etree.Element], etree.Element]
    content: Callable[[Header, str, ZoneInfo], Content] | None = None
    holds: frozenset[str] = frozenset()
    stands_in: frozenset[str] = frozenset({"issue", "article", "note", "page"})
    example: str
    summary: str
