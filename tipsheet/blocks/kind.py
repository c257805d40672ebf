"""Kinds of blocks: what one line of the registry `tipsheet.blocks.BLOCKS` says, from which every output is derived.

A kind needs a name, its options, a summary and an example. Unless it says otherwise, its block is a titled section that
stands on pages, in feeds, in letters (HTML and text), in the search index and in `api/issues.json` like any text.
"""

import xml.etree.ElementTree as etree
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from zoneinfo import ZoneInfo

from markdown.util import AtomicString

from tipsheet.fields import Table
from tipsheet.model.audience import Audience
from tipsheet.model.body import Content, Prose
from tipsheet.problems import Where

__all__ = ["Argument", "BlockKind", "Header", "framed", "titled"]


class Argument(Enum):
    """The text after the ``|`` of a header, in the words of the docs."""

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


def titled(header: Header, parent: etree.Element, *, tag: str = "section") -> etree.Element:
    """Make an element with the block's title at its head, as a child of ``parent``; the block's text follows in it."""
    name = header.kind.name
    element = etree.SubElement(parent, tag, {"class": f"ts-{name}"})
    if header.argument:
        etree.SubElement(element, "p", {"class": f"ts-{name}-title"}).text = AtomicString(header.argument)
    return element


def framed(header: Header, html: str) -> str:
    """The block as HTML: the element of its kind, with ``html``, the block's own text, at its end."""
    parent = etree.Element("div")
    element = header.kind.element(header, parent)
    etree.SubElement(element, "tipsheet-text")
    for part in element:
        part.tail = "\n"
    element.text = element.text or "\n"
    written = etree.tostring(parent[0], encoding="unicode", method="html")
    return written.replace("<tipsheet-text></tipsheet-text>\n", f"{html}\n" if html else "")


def as_prose(header: Header, html: str, _zone: ZoneInfo) -> Prose:
    """The block as text that every output shows as it is."""
    return Prose(framed(header, html), block=header.kind.name, title=header.argument)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockKind:
    """A line of the registry of blocks.

    ``element`` makes the block's element below a parent, without its text. ``content`` makes the model's value from
    the header, the HTML of the block's text and the publication's zone; a kind with None only puts its audience on
    what it holds. ``holds`` names the kinds that may stand inside, ``stands_in`` the kinds of files that it may stand
    in. ``example`` is a whole block in Markdown; ``summary`` a sentence or two for the docs.
    """

    name: str
    argument: Argument
    options: type[Table]
    element: Callable[[Header, etree.Element], etree.Element] = titled
    content: Callable[[Header, str, ZoneInfo], Content] | None = as_prose
    holds: frozenset[str] = frozenset()
    stands_in: frozenset[str] = frozenset({"issue", "article", "note", "page"})
    example: str
    summary: str

    def __post_init__(self) -> None:
        # a value stands under one condition: text for other readers inside it would be shown to all of its own (K1)
        if self.content is not None and self.holds:
            raise ValueError(f"'{self.name}' makes one value, so no block can stand inside it")
