"""What a provider that sends mail asks of a letter: its tags for fields and links, and how text stays text.

A provider is a value. A new one is a module with its value, and a line in the table of the package.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tipsheet.edition.edition import Slot

__all__ = ["Part", "Provider", "refusing"]


class Part(StrEnum):
    """Where something stands; the subject and the inbox line are text."""

    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How one provider writes what it fills in.

    ``unsubscribe``, ``preferences`` and ``web`` (the copy in a browser) are tags that become
    addresses; without ``web`` our own page stays. ``names`` are the provider's variables for what
    every subscriber has, ``attribute`` gives that of a declared attribute. ``field`` writes a merge
    field: variable, slot, part. ``literal`` writes a run of text so that it is not taken for a tag.
    The three functions raise ValueError, with a sentence, for what cannot be written.
    """

    name: str
    title: str
    unsubscribe: str
    preferences: str
    web: str = ""
    names: Mapping[str, str]
    attribute: Callable[[str], str]
    field: Callable[[str, Slot, Part], str]
    literal: Callable[[str, Part], str]

    def filled(self, slot: Slot, part: Part) -> str:
        """The merge field as the provider writes it; raises ValueError where it has no way to."""
        variable = self.names.get(slot.field) or self.attribute(slot.field)
        return self.field(variable, slot, part)


def refusing(title: str, *openings: str) -> Callable[[str, Part], str]:
    """A ``literal`` for a provider without a sign that keeps these openings of its tags from being read.

    The beginning of one at the very end of a run counts, because a tag may follow.
    """

    def literal(text: str, _part: Part) -> str:
        for opening in openings:
            if opening in text:
                raise ValueError(f"{title} would take '{opening}' for a tag")
        if text.endswith("{") and any(opening.startswith("{") for opening in openings):
            raise ValueError(f"{title} would take a '{{' before a merge field for a part of it")
        return text

    return literal
