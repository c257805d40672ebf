"""One connection's way through the ledger: claim, offer, mark, finish, record.

The order is what makes a message arrive once. A message is offered whole but for its end; then one
transaction writes what became of the message before and that this one is in flight; only then goes
the end, with the next envelope beside it. Whatever dies in between leaves a ledger that says what
is certain and what is not.
"""

import datetime as dt
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tipsheet.delivery.channel import NEVER_ENDED, Channel, ChannelError, Connect, Dropped, Governor, Receipt
from tipsheet.delivery.destination import NO_SMTPUTF8
from tipsheet.delivery.letters import Letter, Letters
from tipsheet.delivery.states import Outcome, after_drop, after_loss, after_receipt, never
from tipsheet.delivery.writer import Answer, LedgerWriter, Lost, Step

__all__ = ["Lane", "Tools"]

_GLANCE = 1.0
"""Seconds after which somebody who waits looks up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What all lanes of a sender share.

    ``checkpoint`` is told each step of the way (``claimed``, ``offered``, ``inflight``, ``answered``):
    tests kill the sender there. ``claim``: how many rows a connection takes at a time.
    ``connect_waits`` are the seconds before each further try to
    connect. ``stop`` ends every lane after the message that is in flight.
    """

    writer: LedgerWriter
    letters: Letters
    connect: Connect
    governor: Governor
    clock: Callable[[], dt.datetime]
    checkpoint: Callable[[str], None]
    claim: int
    connect_waits: tuple[float, ...]
    stop: threading.Event = field(default_factory=threading.Event)


class Lane:
    """A connection, and the rows that it has claimed."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._channel: Channel | None = None
        self._proven = False  # whether the channel has answered anything yet
        self._smtputf8 = False
        self._waiting: deque[tuple[str, sa.Row[Any]]] = deque()  # rows, each with the domain that it goes to
        self._letter: Letter | None = None  # claimed, and not waiting any more
        self._outcomes: list[Outcome] = []
        self._pause = ""
        self.error: Exception | None = None

    def run(self) -> None:
        """Send until nothing is due, or `Tools.stop`; what went wrong is in ``error``."""
        try:
            self._open()
            self._letter = self._next()
            while self._letter is not None:
                self._letter = self._sent(self._letter)
        except Lost:
            pass
        except Exception as error:  # noqa: BLE001 - raised again by who runs the lanes
            self.error = error
            if not isinstance(error, ChannelError):
                self._tools.stop.set()  # it would happen to the others too
        finally:
            self._close()
            left = [row.id for _, row in self._waiting] + ([self._letter.delivery] if self._letter else [])
            with suppress(Lost):
                self._write(Step(release=tuple(left)))

    def _sent(self, letter: Letter) -> Letter | None:
        """Send one letter; returns the next one."""
        channel = self._channel or self._open()
        try:
            refusal = channel.offer(letter.envelope, letter.message)
        except ChannelError as error:
            return self._broken_off(letter, error)
        if refusal is not None:
            return self._refused(letter, refusal)
        self._tools.checkpoint("offered")
        if not self._begun(letter):
            self._close()  # in the middle: it must not arrive
            self._write(Step(release=(letter.delivery,)))
            return self._next()
        self._tools.checkpoint("inflight")
        following = self._free_letter()
        try:
            receipt = channel.finish(following.envelope if following else None)
        except ChannelError as error:
            self._close()
            self._outcomes.append(after_loss(letter.delivery, letter.tries, error, self._tools.clock()))
        else:
            self._tools.checkpoint("answered")
            if receipt is NEVER_ENDED:
                self._noticed_in_time(letter)
            else:
                self._hear(letter, receipt)
        return following or self._next()

    def _broken_off(self, letter: Letter, error: ChannelError) -> Letter | None:
        """The connection went before the end: nothing has arrived.

        One that worked before may have been closed while we waited, and the letter is tried again
        at once; on a new one the fault may be the letter's, which then waits.
        """
        worked = self._proven
        self._close()
        if worked:
            return letter
        self._outcomes.append(after_drop(letter.delivery, letter.tries, error, self._tools.clock()))
        return self._next()

    def _noticed_in_time(self, letter: Letter) -> None:
        """As if it had broken off earlier, but the ledger has it in flight already."""
        now, error = self._tools.clock(), Dropped(NEVER_ENDED.text)
        self._outcomes.append(after_drop(letter.delivery, letter.tries, error, now, soon=self._proven))
        self._close()

    def _refused(self, letter: Letter, refusal: Receipt) -> Letter | None:
        if refusal.closing and self._proven:  # enough for one connection, say; not about this letter
            self._close()
            return letter
        self._hear(letter, refusal)
        return self._next()

    def _hear(self, letter: Letter, receipt: Receipt) -> None:
        """Note the answer, and leave if the server does."""
        self._outcomes.append(after_receipt(letter.delivery, letter.tries, receipt, self._tools.clock()))
        self._pause = self._tools.governor.saw(letter.domain, receipt) or self._pause
        self._proven = True
        if receipt.closing:
            self._close()

    def _begun(self, letter: Letter) -> bool:
        """Write that this letter is in flight; whether it may be."""
        answer = self._write(
            Step(begin=letter.delivery, claim=0 if self._waiting or self._stopped else self._tools.claim)
        )
        self._take(answer)
        return answer.granted

    def _next(self) -> Letter | None:
        """The next letter that may go, waiting for its turn; None when there is none, or it is time to stop."""
        while not self._stopped:
            if not self._waiting:
                answer = self._write(Step(claim=self._tools.claim))
                if not answer.claimed:
                    return None
                self._take(answer)
                continue
            letter, wait = self._choice()
            if letter is not None:
                return letter
            if self._outcomes:
                self._write(Step())
            self._tools.stop.wait(min(wait, _GLANCE))
        return None

    def _free_letter(self) -> Letter | None:
        """The next letter, if one may go now."""
        return None if self._stopped else self._choice()[0]

    def _choice(self) -> tuple[Letter | None, float]:
        """A letter whose domain is free, or how long until there is one; of each domain the first is asked about."""
        waits: dict[str, float] = {}
        for place, (domain, row) in enumerate(self._waiting):
            if domain not in waits:
                waits[domain] = self._tools.governor.delay(domain)
            if waits[domain] <= 0:
                del self._waiting[place]
                letter = self._written(row)
                return (letter, 0) if letter is not None else self._choice()
        return None, min(waits.values(), default=0)

    def _written(self, row: sa.Row[Any]) -> Letter | None:
        """The letter of a row; one that cannot be written has failed."""
        try:
            letter = self._tools.letters.letter(row)
        except ValueError as error:
            cause = str(error)
        else:
            if self._smtputf8 or not letter.envelope.smtputf8:
                return letter
            cause = NO_SMTPUTF8
        self._outcomes.append(never(row.id, cause, self._tools.clock()))
        return None

    def _take(self, answer: Answer) -> None:
        """Keep the rows that were claimed."""
        if answer.claimed:
            self._tools.checkpoint("claimed")
            self._waiting.extend((row.recipient.rpartition("@")[2].lower(), row) for row in answer.claimed)

    @property
    def _stopped(self) -> bool:
        return self._tools.stop.is_set() or bool(self._pause)

    def _write(self, step: Step) -> Answer:
        """Have it written with what became of the letters before."""
        outcomes, self._outcomes = tuple(self._outcomes), []
        return self._tools.writer.write(
            Step(outcomes=outcomes, begin=step.begin, claim=step.claim, release=step.release, pause=self._pause)
        )

    def _open(self) -> Channel:
        """A connection; raises ChannelError when several tries gave none."""
        for wait in (*self._tools.connect_waits, None):
            try:
                self._channel = self._tools.connect()
            except ChannelError:
                if wait is None or self._tools.stop.wait(wait):
                    raise
            else:
                break
        if self._channel is None:  # pragma: no cover - the last try raises
            raise AssertionError
        self._proven = False
        self._smtputf8 = self._channel.smtputf8
        return self._channel

    def _close(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
