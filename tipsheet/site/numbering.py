"""Lists that are numbered from their oldest entry, so that a new issue changes the newest page only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["ListPage", "list_pages"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[T]):
    """One page of a list, newest entry first; ``older`` and ``newer`` are addresses or empty.

    ``number`` counts from the oldest page. The newest page has the list's own address, and
    ``permanent`` is the address it gets once it is full.
    """

    number: int
    url: str
    permanent: str
    older: str
    newer: str
    entries: tuple[T, ...]


def list_pages(base: str, entries: Sequence[T], size: int) -> tuple[ListPage[T], ...]:
    """Cut a list (newest first) into pages, newest page first; there is at least one.

    All pages but the newest hold exactly ``size`` entries and never change again, whatever is
    added at the front: their way to the newer page is an address that leads on to the list's own
    for as long as that page is the newest. The newest page holds up to twice ``size``, so that
    nobody lands on a page with one entry.
    """
    closed = max(0, len(entries) // size - 1)
    first = len(entries) - closed * size
    newest = ListPage(
        number=closed + 1,
        url=base,
        permanent=_address(base, closed + 1),
        older=_address(base, closed) if closed else "",
        newer="",
        entries=tuple(entries[:first]),
    )
    rest = [
        ListPage(
            number=number,
            url=_address(base, number),
            permanent=_address(base, number),
            older=_address(base, number - 1) if number > 1 else "",
            newer=_address(base, number + 1),
            entries=tuple(entries[len(entries) - number * size : len(entries) - (number - 1) * size]),
        )
        for number in range(closed, 0, -1)
    ]
    return (newest, *rest)


def _address(base: str, number: int) -> str:
    return f"{base}page/{number}/"
