"""The number of connections that pay, from what a run has measured of itself.

All connections of a sender are driven by one thread, and their letters share a commit. A turn in which each of ``n``
connections sends a letter takes a commit, an answer of the server, and ``n`` times the work of the thread for a letter:
``n / (commit + answer + n * work)`` letters a second, and never more than ``1 / work``. Where the disk is slow a commit
is most of it, and more connections share it; where it is quick a few are enough.
"""

import math
from dataclasses import dataclass, field, replace

__all__ = ["FIRST", "Breadth", "Measured", "paying"]

FIRST = 4
"""Connections with which a run begins that finds out how many pay, and the fewest that it takes for paying."""

_WORTH = 4
"""Times the wait of a turn that its work may take: four fifths of the highest rate. More costs a server for little."""

_BETTER = 1.1
"""Times as many letters a second that a step must bring, or it was the last one."""

_LETTERS, _COMMITS, _SECONDS = 64, 16, 0.2
"""The least that a look at the figures is worth."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Sums of a run so far, or of a part of it: letters, commits, and seconds.

    ``committing`` are those in transactions of the ledger, ``idle`` those in which nothing could be done but wait for
    the server. ``held``: letters waited for their turn under a limit of the settings.
    """

    letters: int = 0
    commits: int = 0
    seconds: float = 0
    committing: float = 0
    idle: float = 0
    held: int = 0

    def since(self, before: "Measured") -> "Measured":
        """The part after an earlier moment."""
        names = self.__slots__
        return Measured(**{name: getattr(self, name) - getattr(before, name) for name in names})

    @property
    def enough(self) -> bool:
        """True if there is enough of it to judge by."""
        return self.letters >= _LETTERS and self.commits >= _COMMITS and self.seconds >= _SECONDS

    @property
    def rate(self) -> float:
        """Letters a second."""
        return self.letters / self.seconds if self.seconds else 0

    @property
    def commit(self) -> float:
        """Seconds of a commit."""
        return self.committing / self.commits if self.commits else 0

    @property
    def answer(self) -> float:
        """Seconds for which a turn waits for the server."""
        return self.idle / self.commits if self.commits else 0

    @property
    def work(self) -> float:
        """Seconds of the thread for a letter."""
        return max(0, self.seconds - self.committing - self.idle) / self.letters if self.letters else 0


def paying(commit: float, answer: float, work: float, most: int) -> int:
    """The fewest connections that come near the highest rate (`_WORTH`), from `FIRST` to ``most``; seconds each."""
    if commit + answer <= 0:
        return min(FIRST, most)
    if work <= 0:
        return most
    return min(most, max(FIRST, math.ceil(round(_WORTH * (commit + answer) / work, 6))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """The number of ``open`` connections, at most ``most``, and the figures by which it was chosen.

    ``settled``: it does not grow any more, since the last step did not pay, the server refused one, or a limit of the
    settings holds letters back. ``last`` are the figures of the last look, ``seen`` the sums at that moment.
    """

    open: int
    most: int
    settled: bool = False
    last: Measured = field(default_factory=Measured)
    seen: Measured = field(default_factory=Measured)

    def after(self, sums: Measured, *, refused: bool = False) -> "Breadth":
        """The number to have open now; it doubles at most, so that each step shows whether it has paid."""
        found = sums.since(self.seen)
        if self.settled or refused or found.held:
            return replace(self, settled=True)
        if not found.enough:
            return self
        paid = not self.last.letters or found.rate >= _BETTER * self.last.rate
        target = min(paying(found.commit, found.answer, found.work, self.most), 2 * self.open)
        more = paid and target > self.open
        return replace(self, open=target if more else self.open, settled=not more, last=found, seen=sums)

    def __str__(self) -> str:
        """The choice in words."""
        if not self.last.letters:
            return f"{self.open} connections"
        commit, answer = self.last.commit * 1000, self.last.answer * 1000
        return f"{self.open} connections: a commit took {commit:.1f} ms, answers of the server {answer:.1f} ms"
