"""Audiences: the condition that an editor writes, and the one function that decides who sees a piece of content.

Every output (page, feed, search, calendar, mail) asks `visible`; there is no second way.
"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["EVERYONE", "PUBLIC", "Audience", "Segments", "compatible", "exclusive", "visible"]

Segments = frozenset[str]
"""The ids of the segments a reader belongs to; a visitor of the public site belongs to none."""

PUBLIC: Segments = frozenset()
"""The reader that the site, the feeds, search and calendars are made for."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A condition over segments: in any of ``any_of`` (if it names any) and in none of ``none_of``."""

    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def includes(self, segments: Segments) -> bool:
        """Return True if a reader of these segments is meant."""
        return (not self.any_of or not self.any_of.isdisjoint(segments)) and self.none_of.isdisjoint(segments)

    def names(self) -> frozenset[str]:
        """All segments that the condition mentions."""
        return self.any_of | self.none_of

    def __str__(self) -> str:
        """As an editor writes it: ``everyone``, ``managers, toronto``, ``!managers``."""
        words = [*sorted(self.any_of), *(f"!{name}" for name in sorted(self.none_of))]
        return ", ".join(words) or "everyone"


EVERYONE = Audience()


def visible(conditions: Iterable[Audience], segments: Segments) -> bool:
    """Return True if a reader of these segments sees a piece of content under all these conditions.

    This is the one decision of the program about who sees what (C7).
    """
    return all(condition.includes(segments) for condition in conditions)


def compatible(conditions: Iterable[Audience]) -> bool:
    """Return True if some reader meets all these conditions."""
    conditions = tuple(conditions)
    none_of = frozenset[str]().union(*(condition.none_of for condition in conditions))
    return all(not condition.any_of or condition.any_of - none_of for condition in conditions)


def exclusive(variants: Iterable[Audience]) -> tuple[Audience, ...]:
    """Turn variants for overlapping segments into conditions of which at most one holds.

    The first variant that matches wins; the one for everyone is the default and holds when no
    other does, wherever it stands (C6). Variants name segments positively: ``none_of`` is empty.
    """
    variants = tuple(variants)
    named = frozenset[str]().union(*(v.any_of for v in variants))
    earlier: frozenset[str] = frozenset()
    result = []
    for variant in variants:
        if variant.any_of:
            result.append(Audience(variant.any_of, earlier))
            earlier |= variant.any_of
        else:
            result.append(Audience(frozenset(), named))
    return tuple(result)
