"""Differences between texts, line by line, and the merge of two that were made from one.

A merge is only proposed, so it is careful: two changes of neighbouring lines are a conflict. The libraries that
merge three texts are either under the GPL or join changes inside words, and `difflib` has all that this takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal

__all__ = ["Line", "difference", "matches", "merge"]

MOST = 20_000
"""Changed lines up to which two texts are compared; the time grows with the square of it at worst."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference between two texts."""

    op: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines from ``first`` up to ``end`` of a text, and the lines that stand there in another."""

    first: int
    end: int
    lines: tuple[str, ...]


def _changes(before: Sequence[str], after: Sequence[str]) -> list[_Change]:
    """The changes from one text to another; more than `MOST` lines count as one change."""
    start = 0
    shorter = min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    stop = 0
    while stop < shorter - start and before[-1 - stop] == after[-1 - stop]:
        stop += 1
    old, new = before[start : len(before) - stop], after[start : len(after) - stop]
    if not old and not new:
        return []
    if max(len(old), len(new)) > MOST:
        return [_Change(start, start + len(old), tuple(new))]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Change(start + i1, start + i2, tuple(new[j1:j2])) for op, i1, i2, j1, j2 in codes if op != "equal"]


def matches(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The lines that stand in both texts: number in the second, number in the first."""
    old = new = 0
    for change in (*_changes(before, after), _Change(len(before), len(before), ())):
        yield from ((new + step, old + step) for step in range(change.first - old))
        new += change.first - old + len(change.lines)
        old = change.end


def difference(before: str, after: str) -> tuple[Line, ...]:
    """The lines of both texts in their order: in both, only in the first (removed), only in the second (added)."""
    lines, found, at = before.split("\n"), list[Line](), 0
    for change in _changes(lines, after.split("\n")):
        found += (Line("same", line) for line in lines[at : change.first])
        found += (Line("removed", line) for line in lines[change.first : change.end])
        found += (Line("added", line) for line in change.lines)
        at = change.end
    return (*found, *(Line("same", line) for line in lines[at:]))


def merge(base: str, one: str, other: str) -> str | None:
    """The text with the changes of both, or None where they meet; the same change in both is made once."""
    lines = base.split("\n")
    changes = {*_changes(lines, one.split("\n")), *_changes(lines, other.split("\n"))}
    ordered = sorted(changes, key=lambda change: (change.first, change.end))
    if any(second.first <= first.end for first, second in pairwise(ordered)):
        return None
    for change in reversed(ordered):
        lines[change.first : change.end] = change.lines
    return "\n".join(lines)
