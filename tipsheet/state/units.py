"""What a build makes, cut into units: each knows what it is made from, so that it is made again only then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tipsheet.problems import Problem

__all__ = ["Made", "Parts", "Unit"]

Parts = Mapping[str, str]
"""A digest of each thing that a unit is made from, by a word for it that an editor knows."""


@dataclass(frozen=True, slots=True)
class Made:
    """Files by their paths, which begin with ``site/`` or ``outbox/``; what was found; and what others need of it."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to make, by a name that is its own in a build.

    ``make`` is a pure function of what ``parts`` tell apart. ``alone`` says that it must not be made in
    another process, since it leaves something in this one.
    """

    name: str
    parts: Parts
    make: Callable[[], Made]
    alone: bool = field(default=False)

    @property
    def key(self) -> str:
        """The parts on one line."""
        return " ".join(f"{word}={value}" for word, value in self.parts.items())
