"""Frequencies of letters that a reader may choose: their registry, and the rule of each (W12).

A frequency with a period gives one letter in each: of the issues whose days lie in one period, the
first that is prepared for the reader. Days are of the publication's time zone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["EVERY", "FREQUENCIES", "PERIODS", "Frequency", "frequency_of_word"]

EVERY = "every"
"""The frequency of everybody who has not chosen another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """One choice of a reader, whose name has words in `tipsheet.words`; ``others`` are other names for it in files.

    ``period`` names, for the day of an issue (``2026-11-24``), the time in which there is one
    letter; without it, each issue is one.
    """

    others: frozenset[str] = frozenset()
    period: Callable[[str], str] | None = None


FREQUENCIES: Mapping[str, Frequency] = {
    EVERY: Frequency(
        others=frozenset({"all", "daily", "each", "immediate", "immediately", "instant", "weekly"}),
    ),
    "monthly": Frequency(
        others=frozenset({"month", "once-a-month"}),
        period=lambda day: day[: len("2026-11")],
    ),
}
"""All there are, the usual one first; the name of one is also the cause of letters that it leaves out."""

PERIODS: Mapping[str, Callable[[str], str]] = {
    name: one.period for name, one in FREQUENCIES.items() if one.period is not None
}
"""The frequencies that leave letters out."""

_NAMES = {word: name for name, one in FREQUENCIES.items() for word in (name, *one.others)}


def frequency_of_word(text: str) -> str:
    """The frequency that a cell of a file names, empty for an empty cell; raises ValueError for an unknown word."""
    word = "-".join(text.strip().lower().split())
    if word and word not in _NAMES:
        raise ValueError(f"frequency is none of {', '.join(FREQUENCIES)}")
    return _NAMES.get(word, "")
