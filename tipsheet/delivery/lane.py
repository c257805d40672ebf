"""Lanes: the rows that a sender has claimed, the connections on which its letters go, and how many of these pay.

All connections of a sender are driven by one thread, and their letters share a commit. A turn in which each of ``n``
connections sends a letter takes a commit, an answer of the server, and ``n`` times the work of the thread for a letter:
``n / (commit + answer + n * work)`` letters a second, and never more than ``1 / work``. Where the disk is slow a commit
is most of it, and more connections share it; where it is quick a few are enough.
"""

import datetime as dt
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tipsheet.delivery.channel import (
    NEVER_ENDED,
    NO_SMTPUTF8,
    Channel,
    ChannelError,
    Connect,
    Dropped,
    Governor,
    Halt,
    Receipt,
)
from tipsheet.delivery.letters import Letter, Letters
from tipsheet.delivery.loop import in_thread, pause, together
from tipsheet.delivery.states import Outcome, after_drop, after_loss, after_receipt, never
from tipsheet.delivery.writer import Lost, Step

__all__ = ["FIRST", "Breadth", "Lane", "Measured", "Pile", "Tools", "paying"]


class Pile:
    """Shared by all connections of a sender.

    ``share``: how many rows are claimed at a time, at most; ``low``: with fewer than so many it is time to claim more.
    ``halt``: why nothing more is to be taken from it. ``held``: how often a connection waited for a letter's turn.
    """

    def __init__(self, governor: Governor, *, share: int, low: int) -> None:
        self._governor, self._share, self._low = governor, share, low
        self.halt: Halt | None = None
        self.held = 0
        self._rows: deque[tuple[str, sa.Row[Any]]] = deque()  # each with the domain that it goes to

    def __len__(self) -> int:
        return len(self._rows)

    def widen(self, *, share: int, low: int) -> None:
        """Claim for more connections from now on."""
        self._share, self._low = share, low

    @property
    def wanted(self) -> int:
        """The number of rows to claim now."""
        return self._share if len(self._rows) < self._low else 0

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the rows on it."""
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


NEVER = float("inf")
_GLANCE = 1.0
"""Seconds after which somebody who waits looks up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The parts that all lanes of a sender share.

    ``checkpoint`` is told each step of the way (``claimed``, ``offered``, ``inflight``, ``answered``): tests kill the
    sender there. ``connect_waits`` are the seconds before each further try to connect. ``stop`` ends every lane after
    the message that is in flight.
    """

    pile: Pile
    letters: Letters
    connect: Connect
    governor: Governor
    clock: Callable[[], dt.datetime]
    checkpoint: Callable[[str], None]
    connect_waits: tuple[float, ...]
    stop: threading.Event = field(default_factory=threading.Event)


class Lane:
    """A connection, and the letter that it has in hand; what it asks `together` is whether a `Step` was granted."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._channel: Channel | None = None
        self._proven = False  # whether the channel has answered anything yet
        self._smtputf8 = False
        self._letter: Letter | None = None  # claimed, and not on the pile any more
        self._outcomes: list[Outcome] = []
        self._halt: Halt | None = None
        self.error: Exception | None = None

    async def run(self) -> None:
        """Send until nothing is due, or `Tools.stop`; what went wrong is in ``error``."""
        try:
            await self._open()
            self._letter = await self._next()
            while self._letter is not None:
                self._letter = await self._sent(self._letter)
        except Lost:
            pass
        except Exception as error:  # noqa: BLE001 - raised again by who runs the lanes
            self.error = error
            if not isinstance(error, ChannelError):
                self._tools.stop.set()  # it would happen to the others too
        finally:
            await self._close()
            with suppress(Lost):
                await self._write(Step(release=(self._letter.delivery,) if self._letter else ()))

    async def _sent(self, letter: Letter) -> Letter | None:
        """Send one letter; returns the next one, which was written while the server read this one."""
        channel = self._channel or await self._open()
        try:
            refusal = await channel.offer(letter.envelope, letter.message)
        except ChannelError as error:
            return await self._broken_off(letter, error)
        if refusal is not None:
            return await self._refused(letter, refusal)
        self._tools.checkpoint("offered")
        # The next letter is chosen now, so that its envelope can be sent along with the end of this one.
        following, _ = (None, 0) if self._stopped else self._choice()
        # Committed before the end is sent: a sender that dies from here on leaves a letter in flight, never two.
        if not await self._write(Step(begin=letter.delivery, more=not self._stopped)):
            await self._close()  # in the middle: it must not arrive
            await self._write(Step(release=(letter.delivery,)))
            return following or await self._next()
        self._tools.checkpoint("inflight")
        try:
            receipt = await channel.finish(following.envelope if following else None)
        except ChannelError as error:
            await self._close()
            self._outcomes.append(after_loss(letter.delivery, letter.tries, error, self._tools.clock()))
        else:
            self._tools.checkpoint("answered")
            if receipt is NEVER_ENDED:
                await self._noticed_in_time(letter)
            else:
                await self._hear(letter, receipt)
        return following or await self._next()

    async def _broken_off(self, letter: Letter, error: ChannelError) -> Letter | None:
        """Handle a connection that was lost before the end: nothing has arrived.

        One that worked before may have been closed while we waited, and the letter is tried again at once; on a new one
        the letter may be the cause, so it waits.
        """
        worked = self._proven  # a connection that never answered anything may have failed because of this letter
        await self._close()
        if worked:
            return letter
        self._outcomes.append(after_drop(letter.delivery, letter.tries, error, self._tools.clock()))
        return await self._next()

    async def _noticed_in_time(self, letter: Letter) -> None:
        """As if it had broken off earlier, but the ledger has it in flight already."""
        now, error = self._tools.clock(), Dropped(NEVER_ENDED.text)
        self._outcomes.append(after_drop(letter.delivery, letter.tries, error, now, soon=self._proven))
        await self._close()

    async def _refused(self, letter: Letter, refusal: Receipt) -> Letter | None:
        if refusal.closing and self._proven:  # enough for one connection, say; not about this letter
            await self._close()
            return letter
        await self._hear(letter, refusal)
        return await self._next()

    async def _hear(self, letter: Letter, receipt: Receipt) -> None:
        """Note the answer, and leave if the server does."""
        recipient, tools = letter.envelope.recipient, self._tools
        self._outcomes.append(after_receipt(letter.delivery, letter.tries, receipt, tools.clock(), recipient=recipient))
        self._stop_for(tools.governor.saw(letter.domain, receipt, again=letter.tries.attempts > 0))
        self._proven = True
        if receipt.closing:
            await self._close()

    def _stop_for(self, halt: Halt | None) -> None:
        """Stop all connections after the letters that they are about to end."""
        if halt is not None:
            self._halt = self._tools.pile.halt = halt

    async def _next(self) -> Letter | None:
        """The next letter that may go, waiting for its turn; None when there is none, or it is time to stop."""
        while not self._stopped:
            letter, wait = self._choice()
            if letter is not None:
                return letter
            if wait == NEVER:
                self._stop_for(self._tools.governor.closed())
            elif self._tools.pile:
                if self._outcomes:
                    await self._write(Step())
                self._tools.pile.held += 1
                await pause(min(wait, _GLANCE))
            else:
                await self._write(Step(more=True))
                if not self._tools.pile:
                    return None
        return None

    def _choice(self) -> tuple[Letter | None, float]:
        """A letter that may go now, or how many seconds until one may; what cannot be written has failed."""
        row, wait = self._tools.pile.take()
        while row is not None:
            try:
                letter = self._tools.letters.letter(row)
            except ValueError as error:
                cause = str(error)
            else:
                if self._smtputf8 or not letter.envelope.smtputf8:
                    return letter, 0
                cause = NO_SMTPUTF8
            self._outcomes.append(never(row.id, cause, self._tools.clock()))
            row, wait = self._tools.pile.take()
        return None, wait

    @property
    def _stopped(self) -> bool:
        return self._tools.stop.is_set() or self._tools.pile.halt is not None

    async def _write(self, step: Step) -> bool:
        """Have it written with what became of the letters before."""
        outcomes, self._outcomes = tuple(self._outcomes), []
        halt, self._halt = self._halt, None
        whole = Step(outcomes=outcomes, begin=step.begin, more=step.more, release=step.release, halt=halt)
        return bool(await together(whole))

    async def _open(self) -> Channel:
        """A connection; raises ChannelError when several tries gave none."""
        for wait in (*self._tools.connect_waits, None):
            try:
                self._channel = await in_thread(self._tools.connect)
            except ChannelError:
                if wait is None:
                    raise
                await pause(wait)
                if self._tools.stop.is_set():
                    raise
            else:
                break
        if self._channel is None:  # pragma: no cover - the last try raises
            raise AssertionError
        self._proven = False
        self._smtputf8 = self._channel.smtputf8
        return self._channel

    async def _close(self) -> None:
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.close()


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
