"""Limits of all that is read, in one registry: messages, checks and `docs/reference/limits.md` take them from here.

A limit is no judgement of taste: above it, a mistake or an attack is likelier than a use. Limits bound the time and the
memory of every command.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

__all__ = ["FIRST_DAY", "LAST_DAY", "LIMITS", "Limit", "outside_calendar"]

FIRST_DAY: Final = dt.date(1970, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)
"""Days of a publication lie between these two, a year and more away from where clocks and zones give up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The largest value of something, in this unit, with the reason for it and a remedy."""

    value: int
    unit: str
    of: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.value:,} {self.unit}"

    @property
    def message(self) -> str:
        """The message about something that is larger."""
        return f"{self.of} is larger than {self}" if self.unit == "bytes" else f"{self.of} goes beyond {self}"


LIMITS: Final = {
    "file": Limit(
        value=10_000_000,
        unit="bytes",
        of="this file",
        reason="A text of that size is longer than any book; it is a copy of something else.",
        remedy="cut it into several files",
    ),
    "header": Limit(
        value=65_536,
        unit="bytes",
        of="this header",
        reason="A header is some twenty lines.",
        remedy="end it with a line of --- before the text",
    ),
    "settings": Limit(
        value=1_000_000,
        unit="bytes",
        of="this file of settings",
        reason="A navigation of 10,000 pages needs less.",
        remedy="put words that are not settings elsewhere",
    ),
    "nesting": Limit(
        value=50,
        unit="levels",
        of="the nesting of lists and mappings",
        reason="Rules and navigations need fewer than ten.",
        remedy="write it flatter",
    ),
    "lists": Limit(
        value=20,
        unit="levels",
        of="the nesting of lists and quotations",
        reason="No reader follows it; a line of `- - - -` makes one by mistake.",
        remedy="indent less, or take a part out",
    ),
    "blocks": Limit(
        value=20,
        unit="levels",
        of="the nesting of blocks",
        reason="Each needs more slashes than the ones in it.",
        remedy="put some outside",
    ),
    "elements": Limit(
        value=100,
        unit="levels",
        of="the nesting of HTML elements",
        reason="What nests so deep was never closed.",
        remedy="close the elements, or write it in Markdown",
    ),
    "aliases": Limit(
        value=1_000,
        unit="values",
        of="what the aliases of this document repeat",
        reason="Aliases of aliases fill memory by a few lines (a billion laughs).",
        remedy="write the values out, or fewer of them",
    ),
    "number": Limit(
        value=16,
        unit="digits",
        of="this number",
        reason="JSON and spreadsheets keep so many exactly. A longer one is read as the words that it is.",
        remedy="put quotes around it if it is a name, or write a smaller number",
    ),
    "whole number": Limit(
        value=1_000_000_000,
        unit="in a setting or a header",
        of="this number",
        reason="Nothing that is counted here comes near it.",
        remedy="write a smaller number",
    ),
    "pixels": Limit(
        value=100_000_000,
        unit="pixels",
        of="this picture",
        reason="A small file may claim to hold billions, which would fill memory; cameras take 12 to 60 million.",
        remedy="save it smaller; 1,600 pixels of width are enough",
    ),
    "conversion": Limit(
        value=6,
        unit="seconds of work for a text, and as many for each million bytes of it",
        of="the conversion of this text",
        reason="Real texts take milliseconds; an extension that loops would never end.",
        remedy="cut the text in two to find the place, or leave the extension out",
    ),
}
"""By name."""


def outside_calendar(day: dt.date) -> str:
    """The message about a day that lies outside the calendar of a publication, or nothing."""
    plain = day.date() if isinstance(day, dt.datetime) else day
    return "" if FIRST_DAY <= plain <= LAST_DAY else f"{plain} is not between {FIRST_DAY} and {LAST_DAY}"
