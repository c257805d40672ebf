"""What a build makes, cut into units: each knows what it is made from, so that it is made again only then."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from tipsheet.problems import Problem

__all__ = ["Key", "Made", "Parts", "Unit", "key_of", "parts_of"]

Parts = Mapping[str, str]
"""A digest of each thing that a unit is made from, by a word for it that an editor knows."""
Key = str
"""The same on one line, which thousands of units have in a build: ``text=1f2e authors=03ab``."""


@dataclass(frozen=True, slots=True)
class Made:
    """Files by their paths, which begin with ``site/`` or ``outbox/``; what was found; and what others need of it."""

    files: Mapping[str, bytes]
    problems: tuple[Problem, ...] = ()
    value: Any = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to make, by a name that is its own in a build.

    ``make`` is a pure function of what ``key`` tells apart. ``files`` are the only paths that it may write, or None
    where they are known only when it is made. ``alone`` says that it must not be made in another process, since it
    leaves something in this one.
    """

    name: str
    key: Key
    make: Callable[[], Made]
    files: Collection[str] | None = None
    alone: bool = field(default=False)


def key_of(parts: Parts) -> Key:
    """The parts on one line; neither words nor digests hold a space."""
    return " ".join([f"{word}={value}" for word, value in parts.items()])


def parts_of(key: Key) -> Parts:
    """The parts of a line."""
    return dict(part.split("=", 1) for part in key.split(" ") if part)
