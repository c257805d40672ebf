"""The kind of block ``action``: ``/// action | Ask one question before you pitch { id=ask-first minutes=10 }``."""

from zoneinfo import ZoneInfo

import lxml.html
from lxml.html import HtmlElement
from pydantic import Field

from tipsheet.blocks.kind import Argument, BlockKind, Header
from tipsheet.fields import AudienceField, Day, Identifier, Table, Whole, Words
from tipsheet.model.addresses import slug_of
from tipsheet.model.audience import EVERYONE
from tipsheet.model.body import Action

__all__ = ["ACTION", "ActionOptions", "items_of", "steps_in"]


class ActionOptions(Table):
    """Options of an action."""

    id: Identifier | None = Field(None, description="Name that never changes; default is made from the title")
    use: Identifier | None = Field(None, description="Takes up an action of the library instead of writing one")
    minutes: Whole | None = Field(None, ge=1, le=600, description="Minutes it takes to do")
    due: Day | None = Field(None, description="Day by which it is worth doing")
    audience: AudienceField = Field(
        EVERYONE, alias="for", description="Segments this variant is for; the first that matches wins"
    )
    tags: Words = Field((), description="Tags in the library; default are the issue's")


def steps_in(html: str) -> tuple[str, ...]:
    """The steps of an action as plain text: the items of the first list in its HTML."""
    if not html.strip():
        return ()
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    first = next(root.iter("ol", "ul"), None)
    return () if first is None else items_of(first)


def items_of(listing: HtmlElement) -> tuple[str, ...]:
    """The items of a list as plain text."""
    return tuple(" ".join(str(item.text_content()).split()) for item in listing.iterchildren("li"))


def _content(header: Header, html: str, _zone: ZoneInfo) -> Action:
    options = header.options
    assert isinstance(options, ActionOptions)  # noqa: S101 - read by the table of the kind
    return Action(
        id=options.use or options.id or slug_of(header.argument),
        title=header.argument,
        html=html,
        steps=steps_in(html),
        minutes=options.minutes,
        due=options.due,
        tags=options.tags,
        audience=options.audience,
        used=options.use is not None,
    )


ACTION = BlockKind(
    name="action",
    argument=Argument.TITLE_OR_USE,
    options=ActionOptions,
    content=_content,
    stands_in=frozenset({"issue"}),
    summary="The thing the reader does this week. With `for`, a variant for some segments.",
    example="/// action | Ask one question before you pitch { id=ask-first minutes=10 due=2026-11-30 }\n\n"
    "Before the next meeting, write down what the other side needs.\n\n"
    "1. Pick one meeting of this week.\n1. Write the question on the first line of your notes.\n\n///",
)
