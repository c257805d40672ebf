"""Letters of the service, sent at most once, by a thread beside the answers.

::

    asked ──► decided (audience/signups) ──► queued ──► inflight ──► sent
                                               ▲            ├──────► failed     5xx, or put off for two days
                                               │            └──────► unknown    killed, or cut off after its end
                                               └─ 4xx       skipped             who it is for has left meanwhile

Several processes share the work. Whoever takes a letter moves the moment at which it is due ahead, so that nobody
else takes it meanwhile, and somebody does when the taker died; that it is in flight is committed before its end is
said, and from then on nobody sends it again. The Message-ID is the row's, so that the same letter has the same one.
"""

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tipsheet.audience.register import Register
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.signups import clear, decide, undecided
from tipsheet.delivery.approval import NotApprovedError
from tipsheet.delivery.channel import (
    BAD_ADDRESS,
    NEVER_ENDED,
    NO_SMTPUTF8,
    Channel,
    ChannelError,
    Connect,
    Destination,
    Envelope,
    Receipt,
    TimedOut,
    destination_of,
)
from tipsheet.delivery.letters import NO_LETTER
from tipsheet.delivery.loop import alone
from tipsheet.delivery.sending import SendJob
from tipsheet.delivery.states import EXPIRES, LONGEST_BACK_OFF, Tries, after_receipt
from tipsheet.delivery.welcome import send_due_welcomes
from tipsheet.edition.edition import Edition, Recipient, display_name
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import sender_of
from tipsheet.errors import TipsheetError
from tipsheet.model.addresses import Tag, tagged
from tipsheet.model.language import segments_for
from tipsheet.store.database import writing
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import service_letter, signup, subscriber
from tipsheet.web.service import Service

__all__ = ["KINDS", "LetterKind", "Post", "Postman", "late", "tidy", "unknown", "work_off"]

LEASE = dt.timedelta(minutes=15)
"""How long whoever takes letters has for them; longer than a server may take for the end of one (RFC 5321, 4.5.3.2)."""
BATCH = 20
FIRST_WAIT = dt.timedelta(minutes=1)
OFTEN, GATHER = 5.0, 0.5
"""Seconds between two looks at the store, and those after which a bell is answered, with whoever else has come."""
TIDY = dt.timedelta(minutes=10)
LATE = dt.timedelta(minutes=30)
PATIENCE = 30.0
"""Seconds that the letter in hand may take when the service ends."""

_log = logging.getLogger("tipsheet.web")
_c = service_letter.c


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A kind of letter of the service.

    ``asks``: it has the token that confirms what its row of `signup` asks for. ``reader``: it has the token of its
    reader, and their names. ``stays``: it goes only while they are on the list.
    """

    asks: bool = False
    reader: bool = False
    stays: bool = False


KINDS: Mapping[str, LetterKind] = {
    "confirm": LetterKind(asks=True),
    "address": LetterKind(asks=True),
    "known": LetterKind(reader=True, stays=True),
    "changed": LetterKind(reader=True, stays=True),
    "goodbye": LetterKind(reader=True),
    "forward": LetterKind(),
}
_NAMED = frozenset({"changed", "goodbye"})
"""Letters with the reader's names; no stranger can cause one (W5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Sending of letters: ``sender`` is the envelope's (empty: the letter's own), ``connect`` opens a connection.

    ``checkpoint`` is told each step of the way (``offered``, ``inflight``, ``answered``): tests kill us there.
    ``job_for`` makes the job of a welcome letter, which goes by the ledger of issues (W11); without it none go.
    ``waits`` is told whenever one waits for its approval.
    """

    service: Service
    connect: Connect
    sender: str = ""
    job_for: Callable[[Edition], SendJob] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    checkpoint: Callable[[str], None] = lambda _step: None
    waits: Callable[[NotApprovedError], None] = lambda _error: None


def work_off(post: Post) -> Counter[str]:
    """Decide what was asked for and send what is due, until there is nothing more; returns counts of both.

    Raises what connecting raises, with what was not sent queued for later.
    """
    done: Counter[str] = Counter()
    while not post.stop.is_set() and _waits(post.service, undecided):
        done += _decided(post.service)
    while not post.stop.is_set() and (rows := _due(post.service)):
        done += _Round(post).go(rows)
    if post.job_for is not None and not post.stop.is_set():
        service, outbox = post.service, post.service.outbox.folder
        for status in send_due_welcomes(service.engine, outbox, service.clock, post.job_for, waits=post.waits):
            done["welcome letters"] += status.counts[DeliveryState.SENT]
    return done


def _waits(service: Service, question: Callable[[sa.Connection], bool]) -> bool:
    """Ask without a lock, since most of the time nothing waits."""
    with service.engine.connect() as connection:
        return question(connection)


def _decided(service: Service) -> Counter[str]:
    """Decide about some. The chain of consent is not held: nobody consents by asking."""
    with writing(service.engine) as connection:
        now = service.clock()
        register = Register(connection=connection, secret=service.secret, now=now, entropy=service.entropy)
        return decide(register, service.record)


def _due(service: Service) -> Sequence[sa.Row[Any]]:
    """Letters that are due; nobody else gets them before the lease has ended."""
    now = service.clock()
    due = sa.select(_c.id).where(_c.state == DeliveryState.QUEUED, _c.due_at <= now)
    due = due.order_by(_c.due_at, _c.id).limit(BATCH)
    if not _waits(service, lambda connection: connection.execute(due).first() is not None):
        return ()
    taken = sa.update(service_letter).where(_c.id.in_(due.with_for_update(skip_locked=True)))
    with writing(service.engine) as connection:
        return connection.execute(taken.values(due_at=now + LEASE).returning(service_letter)).all()


def late(connection: sa.Connection, now: dt.datetime) -> bool:
    """True if a letter that should have gone has waited for long: no process sends, or the mail server takes none."""
    waits = sa.select(_c.id).where(_c.state == DeliveryState.QUEUED, _c.at < now - LATE)
    return connection.execute(waits.limit(1)).first() is not None


def unknown(connection: sa.Connection) -> int:
    """Number of letters that may or may not have arrived."""
    held = sa.select(sa.func.count()).where(_c.state == DeliveryState.UNKNOWN)
    return int(connection.execute(held).scalar_one())


class Postman:
    """The thread that works off what waits, when the bell rings and every few seconds."""

    def __init__(self, post: Post) -> None:
        self._bell = threading.Event()
        self._post = replace(post, service=replace(post.service, wake=self._bell.set))
        self._thread = threading.Thread(target=self._run, name="letters", daemon=True)
        self._tidied: dt.datetime | None = None

    @property
    def service(self) -> Service:
        """The service with a bell that wakes this thread."""
        return self._post.service

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the letter that is in hand."""
        self._post.stop.set()
        self._bell.set()
        if self._thread.ident is not None:
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._post.stop.is_set():
            try:
                work_off(self._post)
                self._tidy()
            except TipsheetError as error:
                _log.warning("letters wait: %s", error)
            except Exception as error:  # noqa: BLE001 - the next round may do better; no text of it is logged
                _log.error("letters wait: %s", type(error).__name__)
            if self._bell.wait(OFTEN):
                self._bell.clear()
                self._post.stop.wait(GATHER)

    def _tidy(self) -> None:
        now = self._post.service.clock()
        if self._tidied is None or not dt.timedelta() <= now - self._tidied < TIDY:
            tidy(self._post)
            self._tidied = now


def tidy(post: Post) -> None:
    """Delete what was not confirmed in time, and hold letters whose sender died in the middle."""
    now = post.service.clock()
    with writing(post.service.engine) as connection:
        clear(connection, now)
        died = sa.update(service_letter).where(_c.state == DeliveryState.INFLIGHT, _c.changed_at < now - 2 * LEASE)
        connection.execute(died.values(_final(DeliveryState.UNKNOWN, "killed", now)))


class _Round:
    """Some letters, on one connection."""

    def __init__(self, post: Post) -> None:
        self._post, self._service = post, post.service
        self._outbox = post.service.outbox.now()
        self._composers: dict[str, Composer] = {}
        self._channel: Channel | None = None
        self._done: Counter[str] = Counter()

    def go(self, rows: Sequence[sa.Row[Any]]) -> Counter[str]:
        """Send them; returns how many by what became of them."""
        alone(self._all(sorted(rows, key=lambda row: row.id)))
        return self._done

    async def _all(self, rows: Sequence[sa.Row[Any]]) -> None:
        waiting = list(rows)
        try:
            while waiting and not self._post.stop.is_set():
                row = waiting[0]
                await self._one(row)
                waiting.pop(0)
        except TipsheetError:
            for row in waiting:  # no connection: it is nobody's fault, and yet counts, so that waits grow
                self._put_off(row, "no connection")
            raise
        finally:
            await self._hang_up()
        for row in waiting:
            self._write(row, {"due_at": row.due_at - LEASE})

    async def _one(self, row: sa.Row[Any]) -> None:
        try:
            receipt = await self._answer(row, *self._letter(row))
        except _Unanswered as what:
            match what.state:
                case DeliveryState.CLAIMED:
                    pass  # by somebody else, since we took too long
                case DeliveryState.QUEUED:
                    self._put_off(row, what.cause)
                case _:
                    self._end(row, what.state, what.cause)
            return
        tries = Tries(row.attempts, row.at, 0, EXPIRES)
        outcome = after_receipt(row.id, tries, receipt, self._service.clock(), recipient=row.recipient)
        if outcome.state is DeliveryState.QUEUED:
            self._put_off(row, outcome.cause)
        else:
            self._end(row, outcome.state, outcome.cause)

    async def _answer(self, row: sa.Row[Any], envelope: Envelope, message: Sequence[bytes]) -> Receipt:
        """The server's answer; raises _Unanswered."""
        if self._channel is None:
            self._channel = self._post.connect()
        channel = self._channel
        if envelope.smtputf8 and not channel.smtputf8:
            raise _Unanswered(DeliveryState.FAILED, NO_SMTPUTF8)
        try:
            receipt = await channel.offer(envelope, message)
        except ChannelError as error:
            await self._hang_up()
            raise _Unanswered(DeliveryState.QUEUED, _cause(error)) from None
        if receipt is None:
            receipt = await self._ended(row, channel)
        if receipt.closing:
            await self._hang_up()
        return receipt

    async def _ended(self, row: sa.Row[Any], channel: Channel) -> Receipt:
        """The answer to the end of a letter, once the store knows that it may arrive."""
        self._post.checkpoint("offered")
        if not self._begun(row):
            await self._hang_up()  # in the middle, so that it does not arrive twice
            raise _Unanswered(DeliveryState.CLAIMED, "")
        self._post.checkpoint("inflight")
        try:
            receipt = await channel.finish(None)
        except ChannelError as error:
            await self._hang_up()
            raise _Unanswered(DeliveryState.UNKNOWN, _cause(error)) from None
        self._post.checkpoint("answered")
        if receipt is NEVER_ENDED:
            await self._hang_up()
            raise _Unanswered(DeliveryState.QUEUED, "dropped")
        return receipt

    async def _hang_up(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    def _letter(self, row: sa.Row[Any]) -> tuple[Envelope, Sequence[bytes]]:
        """The message of a row; raises _Unanswered for one that must not, or cannot, go."""
        kind, destination = KINDS.get(row.mail), destination_of(row.recipient)
        if kind is None or row.mail not in self._outbox.mails:
            raise _Unanswered(DeliveryState.FAILED, NO_LETTER)
        if destination is None:
            raise _Unanswered(DeliveryState.FAILED, BAD_ADDRESS)
        recipient = self._recipient(row, kind, destination)
        try:
            message = self._composer(row.mail).pieces(recipient)
        except ValueError:
            raise _Unanswered(DeliveryState.FAILED, NO_LETTER) from None
        sender = self._sender(row.mail, recipient.token if kind.reader else "")
        return Envelope(sender, destination.address, destination.smtputf8), message

    def _sender(self, mail: str, token: str) -> str:
        """The address that reports come to: as with issues, but for a letter to nobody whom we know yet."""
        mailbox = self._outbox.record.mailbox
        if mailbox:
            return tagged(Tag.BOUNCES, token, mailbox) if token else mailbox
        return self._post.sender or sender_of(self._outbox.mails[mail])

    def _recipient(self, row: sa.Row[Any], kind: LetterKind, destination: Destination) -> Recipient:
        secret = self._service.secret
        values, token, names = dict(row.fields), secret.leave_token(TEST_ID), ("", "")
        with self._service.engine.connect() as connection:
            if kind.asks:
                asked = connection.execute(sa.select(signup.c.public_id).where(signup.c.id == row.signup_id)).scalar()
                if asked is None:
                    raise _Unanswered(DeliveryState.SKIPPED, "confirmed, or too old")
                values["confirm"] = secret.confirm_token(asked)
            if kind.reader:
                c = subscriber.c
                query = sa.select(c.public_id, c.status, c.first_name, c.last_name).where(c.id == row.subscriber_id)
                someone = connection.execute(query).first()
                if someone is None or (kind.stays and someone.status != "confirmed"):
                    raise _Unanswered(DeliveryState.SKIPPED, "left")
                token = secret.leave_token(someone.public_id)
                if row.mail in _NAMED:
                    names = (someone.first_name, someone.last_name)
                    values |= {"first_name": " ".join(names[0].split()), "last_name": " ".join(names[1].split())}
        moment = self._service.clock().astimezone(ZoneInfo(self._outbox.record.time_zone))
        return Recipient(
            address=destination.address, key=row.message_key, token=token, name=display_name(*names), values=values,
            segments=segments_for(row.language, self._outbox.record.languages), date=format_datetime(moment),
        )  # fmt: skip

    def _composer(self, mail: str) -> Composer:
        if mail not in self._composers:
            self._composers[mail] = Composer(self._outbox.mails[mail])
        return self._composers[mail]

    def _begun(self, row: sa.Row[Any]) -> bool:
        """Commit that it may arrive from here on; False when somebody else got ahead of us."""
        begun = sa.update(service_letter).where(_c.id == row.id, _c.state == DeliveryState.QUEUED)
        values = {"state": DeliveryState.INFLIGHT, "attempts": _c.attempts + 1, "changed_at": self._service.clock()}
        with writing(self._service.engine) as connection:
            return connection.execute(begun.values(values)).rowcount == 1

    def _put_off(self, row: sa.Row[Any], cause: str) -> None:
        """Try it again later, unless it has been tried for two days."""
        now = self._service.clock()
        if now - row.at >= EXPIRES:
            self._end(row, DeliveryState.FAILED, "expired")
            return
        wait = min(LONGEST_BACK_OFF, FIRST_WAIT * 2 ** min(row.attempts, 10))
        later = {"state": DeliveryState.QUEUED, "cause": cause, "attempts": row.attempts + 1, "due_at": now + wait}
        self._write(row, {**later, "changed_at": now})
        self._done["later"] += 1

    def _end(self, row: sa.Row[Any], state: DeliveryState, cause: str) -> None:
        self._write(row, _final(state, cause, self._service.clock()))
        self._done[state] += 1

    def _write(self, row: sa.Row[Any], values: Mapping[str, Any]) -> None:
        """Write the outcome of a letter, unless another process has changed it since."""
        untouched = (_c.state == DeliveryState.QUEUED) & (_c.attempts == row.attempts)
        begun = _c.state.in_((DeliveryState.INFLIGHT, DeliveryState.UNKNOWN)) & (_c.attempts == row.attempts + 1)
        with writing(self._service.engine) as connection:
            connection.execute(sa.update(service_letter).where(_c.id == row.id, untouched | begun).values(values))


class _Unanswered(Exception):  # noqa: N818 - it carries what becomes of a letter out of several steps
    """No server has answered: the letter must not go, cannot be one, or the connection was lost."""

    def __init__(self, state: DeliveryState, cause: str) -> None:
        super().__init__(cause)
        self.state, self.cause = state, cause


def _final(state: DeliveryState, cause: str, now: dt.datetime) -> Mapping[str, Any]:
    """Values of a letter that is not tried again; its recipient is forgotten."""
    return {"state": state, "cause": cause, "recipient": "", "fields": {}, "changed_at": now}


def _cause(error: ChannelError) -> str:
    return "timeout" if isinstance(error, TimedOut) else "dropped"
