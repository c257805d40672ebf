"""Sending an issue, start to finish: write down who gets it, send what is due, wait. Read this first.

::

    prepare (snapshot)          who gets it, once, in one transaction
      └─ session                one owner, one connection that writes the ledger (writer)
           └─ round             as many connections as there is work for (lane), in one thread (loop)
                └─ letter       claim ─ offer ─ mark inflight ─ finish ─ record

A session ends when nothing is left that this run could do, or when the ledger is lost: then the next one first writes
what is known and was not written.
"""

import datetime as dt
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from tipsheet.audience.register import open_register
from tipsheet.audience.secret import Secret, secret_of
from tipsheet.clock import current_time
from tipsheet.delivery.answers import impersonal
from tipsheet.delivery.approval import refuse_unapproved
from tipsheet.delivery.channel import ChannelError, Connect, Governor, Unlimited
from tipsheet.delivery.dkim import read_signers, signing
from tipsheet.delivery.hook_events import Carrier, carried, carrier_of
from tipsheet.delivery.lane import FIRST, Breadth, Lane, Measured, Pile, Tools
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.letters import Letters
from tipsheet.delivery.locks import leave, only_sender, recover, take_place
from tipsheet.delivery.loop import Loop
from tipsheet.delivery.pace import Clock, Pace
from tipsheet.delivery.schedule import Window
from tipsheet.delivery.senders import SENDERS
from tipsheet.delivery.snapshot import ContentChangedError, Send, prepare
from tipsheet.delivery.states import EXPIRES, Outcome
from tipsheet.delivery.status import Status, status_of
from tipsheet.delivery.writer import LedgerWriter, Lost, Step
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import sender_of
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Segment
from tipsheet.settings import Settings
from tipsheet.store.database import writing
from tipsheet.store.failures import UnreachableStoreError, in_plain_words
from tipsheet.store.states import DeliveryState, SendState

__all__ = ["SendJob", "Transport", "send"]


_RECONNECT_WAITS = (1, 2, 4, 8, 15, 30)
"""Seconds before each further try to reach the server of the ledger."""

_OWNER_BYTES = 16
_CLAIM = 50
"""Rows that are claimed at a time for each connection, at most; where there are few, other senders get some too."""

_PARTS = 8
"""A claim takes at most this part of the queue, however many connections there are."""

_LOOK_UP = 1.0
"""Seconds after which a run that waits asks the ledger again, at most."""

_GLANCE = 0.02
"""Seconds after which it first asks for letters in other hands; each further wait is twice as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendJob:
    """A run of sending one issue: the letters, their readers, the way, and the limits.

    ``sender`` is the address of the envelope, unless a ``mailbox`` makes one for each reader. ``new_owner`` makes a
    name that no other sender has. ``window``: the hours in which letters go. ``carrier``: how letters carry their names
    through a provider. ``wait``: how long, in all, a run waits for messages that were put off. ``give_up``: how long a
    message is tried. ``connect_waits`` are the seconds before each further try to connect. ``progress`` hears of
    messages that were written down, about five times a second. With ``most_connections`` it begins with ``connections``
    and opens as many as pay, up to that number; ``chose`` hears at the end how many those were.
    """

    engine: sa.Engine
    edition: Edition
    segments: tuple[Segment, ...]
    secret: Secret
    sender: str
    connect: Connect
    clock: Callable[[], dt.datetime]
    new_owner: Callable[[], str]
    mailbox: str = ""
    governor: Governor = field(default_factory=Unlimited)
    window: Window | None = None
    carrier: Carrier | None = None
    connections: int = FIRST
    most_connections: int = 0
    wait: dt.timedelta = dt.timedelta(minutes=30)
    give_up: dt.timedelta = EXPIRES
    amend: bool = False
    progress: Callable[[Mapping[DeliveryState, int]], None] = lambda _recorded: None
    chose: Callable[[Breadth], None] = lambda _breadth: None
    checkpoint: Callable[[str], None] = lambda _step: None
    connect_waits: tuple[float, ...] = (1, 2, 4, 8)
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transport:
    """The way on which letters of a publication go, as the settings and the environment describe it.

    ``sender`` is a name in `tipsheet.delivery.senders.SENDERS`; one that writes files writes them into ``folder``.
    ``root`` is the folder of the publication, in whose repository approvals lie.
    """

    settings: Settings
    environ: Mapping[str, str]
    sender: str
    folder: Path
    root: Path | None = None

    def connect(self, edition: Edition) -> Connect:
        """Return what makes channels, on which letters of the edition are signed if the settings say so.

        Raises a TipsheetError when the sender is not set up, DkimKeyError when a key cannot be used.
        """
        signers = read_signers(self.settings.delivery, sender_of(edition), self.environ)
        return signing(SENDERS[self.sender].open(self.environ, self.folder), signers)

    def letters(self, edition: Edition, secret: Secret) -> Letters:
        """The letters of the edition, from the envelope that the settings name."""
        sender, mailbox = self.settings.delivery.bounces or sender_of(edition), self.settings.service.mailbox or ""
        return Letters(edition, secret, sender, mailbox=mailbox)

    def job(self, engine: sa.Engine, edition: Edition, entropy: Callable[[int], bytes] = os.urandom) -> SendJob:
        """The job of sending the edition, at the rates at which the last run stopped.

        A command changes what it decides otherwise by `dataclasses.replace`. Raises what `connect` raises, SecretError,
        and NotApprovedError: this is the one way by which an edition comes to readers, whoever sends it.
        """
        refuse_unapproved(edition, self.settings, self.root, self.environ)
        settings, clock = self.settings, partial(current_time, self.environ)
        pace = Pace.of(settings.delivery, Clock(wall=clock, steady=time.monotonic), settings.time_zone)
        with writing(engine) as connection:
            pace.load(connection)
        return SendJob(
            engine=engine,
            edition=edition,
            segments=settings.segments,
            secret=secret_of(self.environ),
            sender=settings.delivery.bounces or sender_of(edition),
            mailbox=settings.service.mailbox or "",
            connect=self.connect(edition),
            clock=clock,
            new_owner=lambda: entropy(_OWNER_BYTES).hex(),
            governor=pace,
            window=Window.of(settings.delivery, settings.time_zone),
            carrier=carrier_of(self.environ),
            connections=settings.delivery.connections or min(FIRST, settings.delivery.most_connections),
            most_connections=0 if settings.delivery.connections else settings.delivery.most_connections,
            give_up=dt.timedelta(hours=settings.delivery.give_up_hours),
        )


def send(job: SendJob, write_down: Callable[[sa.Connection], Send] | None = None, *, brief: bool = False) -> Status:
    """Send the issue to everyone who has not got it, and return where it stands.

    ``write_down`` takes down who gets it, by default all its readers. A ``brief`` run is waited for by others.

    Raises AnotherSenderError, SecretError, ContentChangedError, NotThatStateError, StoreError when the ledger cannot be
    written, ChannelError when no connection could be made, and what else ``connect`` raises. Whatever it raises, the
    ledger says what was sent.
    """
    with only_sender(job.engine.url, brief=brief):
        with in_plain_words(job.engine.url), open_register(job.engine, job.secret, now=job.clock()):
            pass  # raises for another secret than the store's, with which no link to unsubscribe would work
        with in_plain_words(job.engine.url), writing(job.engine) as connection:
            if write_down is not None:
                found = write_down(connection)
            else:
                found = prepare(connection, job.edition, job.segments, job.secret, now=job.clock(), amend=job.amend)
        if found.state in {SendState.PREPARED, SendState.SENDING}:
            _Run(job, found).go()
        with in_plain_words(job.engine.url), job.engine.connect() as connection:
            return status_of(connection, job.edition.issue)


def _share(connections: int, queued: int) -> int:
    """Rows for a claim: a part of the queue, so that other senders find work until near its end."""
    return max(1, min(connections * _CLAIM, queued // _PARTS))


class _Run:
    """One run of a sender."""

    def __init__(self, job: SendJob, found: Send) -> None:
        self._job, self._send = job, found
        edition = carried(job.edition, job.carrier)
        self._letters = Letters(edition, job.secret, job.sender, job.give_up, mailbox=job.mailbox)
        self._unrecorded: list[tuple[str, list[Outcome]]] = []
        self._counts: list[Counter[DeliveryState]] = []  # what was recorded, by session
        self._waited = dt.timedelta()
        self._glance = _GLANCE
        self._breadth = Breadth(open=job.connections, most=job.most_connections, settled=not job.most_connections)

    def go(self) -> None:
        """Send in a thread of its own, which no signal interrupts between a commit and a dot, and tell of it."""
        # An event and not Thread.join, which Python 3.11 takes for done when a signal interrupts it (bpo-45274)
        job, ended, errors = self._job, threading.Event(), list[BaseException]()

        def run() -> None:
            try:
                self._sessions()
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
            finally:
                ended.set()

        thread = threading.Thread(target=run, name="sending", daemon=True)
        try:
            thread.start()
            over = False
            while not over:
                over = ended.wait(0.2)
                job.progress(sum(self._counts, Counter()))
        except BaseException:
            job.stop.set()
            if thread.ident is not None:  # else it has not begun, and will find that it is to stop
                ended.wait()
            raise
        if job.most_connections:
            job.chose(self._breadth)
        for error in errors:
            raise error

    def _sessions(self) -> None:
        """One after another, until one ends by itself."""
        waits = iter(_RECONNECT_WAITS)
        while not self._job.stop.is_set():
            ledger = Ledger(self._send, self._job.new_owner(), self._job.secret, self._job.window)
            writer = LedgerWriter(self._job.engine, ledger, self._job.clock, self._job.governor)
            self._counts.append(writer.recorded)
            try:
                with writer:
                    self._session(ledger, writer)
            except Lost:
                # Whatever the server has answered is known to nobody but us: the next session writes it first.
                self._unrecorded.append((ledger.owner, writer.unrecorded))
                failure = writer.failure or AssertionError("the ledger was lost for no reason")
                if writer.recorded.total():
                    waits = iter(_RECONNECT_WAITS)
                wait = next(waits, None)
                if not isinstance(failure, UnreachableStoreError) or wait is None or self._job.stop.wait(wait):
                    raise failure from None
                self._job.engine.dispose()
            else:
                return

    def _session(self, ledger: Ledger, writer: LedgerWriter) -> None:
        writer.call(partial(self._arrive, ledger))
        self._unrecorded.clear()
        why = ""
        try:
            self._rounds(ledger, writer)
        except TipsheetError as error:
            why = impersonal(str(error))
            raise
        finally:
            if writer.failure is None:
                writer.call(partial(self._depart, ledger, why))

    def _arrive(self, ledger: Ledger, connection: sa.Connection) -> None:
        """Take a place, write what the sessions before could not, and take over from the dead."""
        now = self._job.clock()
        take_place(connection, ledger.owner, now)
        for owner, outcomes in self._unrecorded:
            Ledger(self._send, owner, self._job.secret).record(connection, outcomes, now, also=(DeliveryState.UNKNOWN,))
        if self._unrecorded:
            ledger.reopen(connection, now)
        recover(connection, ledger.owner, now)
        ledger.start(connection, now)

    def _depart(self, ledger: Ledger, why: str, connection: sa.Connection) -> None:
        """Leave nothing behind that looks as if somebody were at work, and say ``why`` when the issue is not done."""
        now = self._job.clock()
        leave(connection, ledger.owner, now)
        ledger.skip_cancelled(connection, now)
        if why:
            ledger.ended(connection, why, now)
        if not any(count[DeliveryState.SENT] for count in self._counts):
            ledger.undated(connection)
        self._job.governor.save(connection)

    def _rounds(self, ledger: Ledger, writer: LedgerWriter) -> None:
        """Send what is due; wait for what is not, and for other senders."""
        stop = self._job.stop
        while not stop.is_set():
            now = self._job.clock()
            outlook = writer.call(partial(ledger.outlook, now=now))
            if outlook.state is not SendState.SENDING:
                return
            if not outlook.ours:
                raise ContentChangedError(f"{self._send.issue} was amended by somebody else", "run the same again")
            if outlook.next_due is not None:
                until = outlook.next_due - now
                if until <= dt.timedelta():
                    writer.call(ledger.go_on)
                    self._round(writer, outlook.queued)
                elif until > self._job.wait - self._waited:
                    return
                else:
                    self._pass(min(until.total_seconds(), _LOOK_UP))
            elif outlook.at_work:
                writer.call(partial(recover, me=ledger.owner, now=now))
                self._wait_for_others()
            else:
                writer.call(partial(ledger.finish, now=now))  # the next outlook says whether it is

    def _wait_for_others(self) -> None:
        """Let other senders end what they have in hand: soon over near the end of an issue, else it may be minutes."""
        self._job.stop.wait(self._glance)
        self._glance = min(2 * self._glance, _LOOK_UP)

    def _pass(self, seconds: float) -> None:
        self._job.stop.wait(seconds)
        self._waited += dt.timedelta(seconds=seconds)

    def _round(self, writer: LedgerWriter, queued: int) -> None:
        """Run lanes until nothing more is due; raises what stopped them all, or would stop any."""
        job, count = self._job, self._breadth.open
        pile = Pile(job.governor, share=_share(count, queued), low=count)
        tools = Tools(
            pile=pile,
            letters=self._letters,
            connect=job.connect,
            governor=job.governor,
            clock=job.clock,
            checkpoint=job.checkpoint,
            connect_waits=job.connect_waits,
            stop=job.stop,
        )
        lanes = [Lane(tools) for _ in range(min(count, queued))]
        before = writer.recorded.total()

        def answer(steps: Sequence[Step]) -> list[bool]:
            granted = self._written(writer, pile, steps)
            if not self._breadth.settled:
                letters = writer.recorded.total() - before
                spent = (writer.commits - commits, time.monotonic() - began, writer.committing - committing, loop.idle)
                self._widen(Measured(letters, *spent, pile.held), lanes, tools, loop)
                pile.widen(share=_share(len(lanes), queued), low=len(lanes))
            return granted

        loop = Loop(answer, job.stop)
        self._breadth = replace(self._breadth, seen=Measured())
        commits, committing, began = writer.commits, writer.committing, time.monotonic()
        loop.run([lane.run() for lane in lanes])
        if writer.failure is not None:
            raise Lost
        writer.write([Step(release=pile.ids)])
        errors = [lane.error for lane in lanes if lane.error is not None]
        for error in errors:  # a lost connection is fatal only when no other is left
            if not isinstance(error, ChannelError) or len(errors) == len(lanes):
                raise error
        if writer.recorded.total() == before:
            self._wait_for_others()
        else:
            self._glance = _GLANCE

    def _widen(self, sums: Measured, lanes: list[Lane], tools: Tools, loop: Loop) -> None:
        """Open further connections, if the figures of the round so far say that they pay."""
        self._breadth = self._breadth.after(sums, refused=any(lane.error is not None for lane in lanes))
        for _ in range(self._breadth.open - len(lanes) if not self._breadth.settled else 0):
            lanes.append(Lane(tools))
            loop.add(lanes[-1].run())

    def _written(self, writer: LedgerWriter, pile: Pile, steps: Sequence[Step]) -> list[bool]:
        """Write what the lanes ask for; whether their messages may be ended."""
        claim = pile.wanted if any(step.more for step in steps) else 0
        written = writer.write(steps, claim)
        if written.claimed:
            if written.dated is not None:
                self._letters.date(written.dated)
            pile.add(written.claimed)
            self._job.checkpoint("claimed")
        return [step.begin in written.granted for step in steps]
