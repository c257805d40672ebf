"""The rows that a sender has claimed and not begun, and the letter among them that may go next."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tipsheet.delivery.channel import Governor, Halt

__all__ = ["Pile"]


class Pile:
    """Shared by all connections of a sender.

    ``share``: how many rows are claimed at a time, at most; ``low``: with fewer than so many it is
    time to claim more. ``halt``: why nothing more is to be taken from it.
    """

    def __init__(self, governor: Governor, *, share: int, low: int) -> None:
        self._governor, self._share, self._low = governor, share, low
        self.halt: Halt | None = None
        self._rows: deque[tuple[str, sa.Row[Any]]] = deque()  # each with the domain that it goes to

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def wanted(self) -> int:
        """How many rows are to be claimed now."""
        return self._share if len(self._rows) < self._low else 0

    @property
    def ids(self) -> tuple[int, ...]:
        """What lies on it."""
        return tuple(row.id for _, row in self._rows)

    def add(self, rows: Iterable[sa.Row[Any]]) -> None:
        """Put rows on it that were claimed."""
        self._rows.extend((row.recipient.rpartition("@")[2].lower(), row) for row in rows)

    def take(self) -> tuple[sa.Row[Any] | None, float]:
        """A row whose domain is free, or how many seconds until there is one; asked of each domain once."""
        waits: dict[str, float] = {}
        for place, (domain, row) in enumerate(self._rows):
            if domain not in waits:
                waits[domain] = self._governor.delay(domain)
            if waits[domain] <= 0:
                del self._rows[place]
                return row, 0
        return None, min(waits.values(), default=0)
