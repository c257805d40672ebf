"""The kind of block ``only``: Markdown that some segments see (``managers``), or everyone else (``!managers``)."""

import xml.etree.ElementTree as etree

from tipsheet.blocks.kind import Argument, BlockKind, Header
from tipsheet.fields import Table

__all__ = ["ONLY"]


class OnlyOptions(Table):
    """An only block has no options: the audience stands after the ``|``."""


def _element(header: Header, parent: etree.Element) -> etree.Element:
    return etree.SubElement(parent, "div", {"class": "ts-only", "data-for": str(header.audience)})


ONLY = BlockKind(
    name="only",
    argument=Argument.AUDIENCE,
    options=OnlyOptions,
    element=_element,
    content=None,
    holds=frozenset({"event", "only"}),
    summary="Markdown that only these segments see: `managers, toronto` is any of them, `!managers` everyone else.",
    example="/// only | managers\n\nAny Markdown that only managers see.\n\n///",
)
