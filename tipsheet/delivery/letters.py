"""Letters: the message and envelope of a row of the ledger; and letters outside it, a dry run or a test to oneself."""

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.frequency import Occasion
from tipsheet.audience.readers import each, merge_values, readers, segments_of_text
from tipsheet.audience.secret import Secret
from tipsheet.delivery.channel import BAD_ADDRESS, NO_SMTPUTF8, Channel, Connect, Envelope, Receipt, destination_of
from tipsheet.delivery.loop import alone
from tipsheet.delivery.states import EXPIRES, Tries
from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient, display_name
from tipsheet.edition.joining import PREVIEW
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import fields_of, sender_of
from tipsheet.errors import TipsheetError
from tipsheet.model.addresses import Tag, tagged
from tipsheet.model.audience import Segments
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Segment

__all__ = ["NO_LETTER", "DryRun", "Letter", "Letters", "TestRefusedError", "count_readers", "dated", "send_test"]


NO_LETTER = "no_letter"
"""Cause of a failure: the edition gives no message for this reader, who is in other segments than before, say."""

_NAMES = frozenset({"first_name", "last_name", "email"})


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one reader: ``message`` in pieces of whole lines, ``domain`` of the recipient in small letters."""

    delivery: int
    tries: Tries
    envelope: Envelope
    message: Sequence[bytes]
    domain: str


def dated(edition: Edition, moment: dt.datetime) -> Edition:
    """The edition with this moment in its Date, written at the offset at which the issue was published (D24)."""
    zone = dt.datetime.fromisoformat(edition.published).tzinfo or dt.UTC
    date = format_datetime(moment.astimezone(zone))
    header = tuple((name, (date,) if name == "Date" else value) for name, value in edition.header)
    return replace(edition, header=header)


class Letters:
    """Writes the letters of one edition; several threads may use one."""

    def __init__(
        self, edition: Edition, secret: Secret, sender: str, patience: dt.timedelta = EXPIRES, *, mailbox: str = ""
    ) -> None:
        """``sender`` is the address of the envelope; ``patience`` how long a letter is tried.

        With a ``mailbox`` the sender is ``bounces+TOKEN@`` its domain instead, so that what comes back names its reader
        (VERP, W9). Raises ValueError for an edition that cannot be a message.
        """
        self._edition = edition
        self._composer = Composer(edition)
        self._sender, self._mailbox, self._patience = sender, mailbox, patience
        self._attributes = sorted(fields_of(edition) - _NAMES)
        self._token = secret.leave_token

    def date(self, moment: dt.datetime) -> None:
        """Give the letters from here on this Date."""
        edition = dated(self._edition, moment)
        if edition.header != self._edition.header:
            self._edition = edition
            self._composer = Composer(edition)

    def letter(self, row: Any) -> Letter:
        """The letter of a claimed row (`Ledger.claim`); raises ValueError, whose text is a cause for the ledger."""
        destination = destination_of(row.recipient)
        if destination is None:
            raise ValueError(BAD_ADDRESS)
        token = self._token(row.public_id)
        recipient = Recipient(
            address=destination.address,
            key=row.message_key,
            token=token,
            name=display_name(row.first_name, row.last_name),
            segments=segments_of_text(row.segments),
            values=merge_values(row, self._attributes),
        )
        try:
            message = self._composer.pieces(recipient)
        except ValueError as error:
            raise ValueError(NO_LETTER) from error
        sender = tagged(Tag.BOUNCES, token, self._mailbox) if self._mailbox else self._sender
        envelope = Envelope(sender, destination.address, destination.smtputf8)
        tries = Tries(row.attempts, row.first_tried_at, row.dropped, self._patience)
        return Letter(row.id, tries, envelope, message, destination.domain)


_KEY_BYTES = 15


class TestRefusedError(TipsheetError):
    """A letter outside the ledger, a test or one of a dry run, was not taken."""

    __test__ = False  # pytest collects what begins with Test
    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """A reader as the ledger would have them (`Ledger.claim`)."""

    id: int
    recipient: str
    message_key: str
    segments: str
    public_id: str
    email: str
    first_name: str
    last_name: str
    attributes: dict[str, Any]
    attempts: int = 0
    dropped: int = 0
    first_tried_at: dt.datetime | None = field(default=None)


@dataclass(frozen=True, slots=True)
class DryRun:
    """Every letter of an issue, for readers as they are at ``now``, handed to a channel that reaches nobody."""

    edition: Edition
    segments: tuple[Segment, ...]
    letters: Letters
    secret: Secret
    now: dt.datetime

    def count(self, connection: sa.Connection) -> int:
        """The number of letters."""
        return count_readers(connection, self.edition, self.segments, self.now)

    def run(self, connection: sa.Connection, channel: Channel, progress: Callable[[int], None]) -> dict[str, int]:
        """Hand them over; returns how many were ``written``, and of each cause how many could not be."""
        return alone(self._run(connection, channel, progress))

    async def _run(
        self, connection: sa.Connection, channel: Channel, progress: Callable[[int], None]
    ) -> dict[str, int]:
        outcomes = {"written": 0}
        for row in each(connection, _readers(connection, self.edition, self.segments, self.now)):
            try:
                letter = self.letters.letter(self._as_claimed(row))
            except ValueError as error:
                outcomes[str(error)] = outcomes.get(str(error), 0) + 1
            else:
                await _hand_over(channel, letter.envelope, letter.message)
                outcomes["written"] += 1
            progress(1)
        await channel.close()
        return outcomes

    def _as_claimed(self, row: sa.Row[Any]) -> _Reader:
        names = ("id", "segments", "public_id", "email", "first_name", "last_name", "attributes")
        key = self.secret.message_key(self.edition.issue, row.public_id)
        return _Reader(recipient=row.email, message_key=key, **{name: getattr(row, name) for name in names})


def count_readers(connection: sa.Connection, edition: Edition, segments: Iterable[Segment], now: dt.datetime) -> int:
    """The number of readers who would get the issue now."""
    rows = _readers(connection, edition, segments, now).order_by(None).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()


def send_test(
    edition: Edition,
    address: str,
    segments: Segments,
    connect: Connect,
    *,
    values: Mapping[str, str] = MappingProxyType({}),
    entropy: Callable[[int], bytes],
) -> Receipt:
    """Send the letter that a reader of these segments gets to this address.

    Merge fields show these ``values`` or else their fallback, and the link to unsubscribe leads nowhere. Raises
    TestRefusedError, ChannelError, and what ``connect`` raises.
    """
    destination = destination_of(address)
    if destination is None:
        raise TestRefusedError(f"'{address}' is not an address that a letter can go to")
    key = base64.b32encode(entropy(_KEY_BYTES)).decode().lower()
    recipient = Recipient(
        address=destination.address,
        key=key,
        token=PREVIEW[TOKEN],
        segments=segments,
        values=values,
        date=PREVIEW[MESSAGE_DATE],
    )
    try:
        message = Composer(edition).pieces(recipient)
    except ValueError as error:
        raise TestRefusedError(str(error), "name the segments of its readers with --segment") from error
    channel = connect()
    try:
        if destination.smtputf8 and not channel.smtputf8:
            raise TestRefusedError(f"the server does not take such an address ({NO_SMTPUTF8})")
        envelope = Envelope(sender_of(edition), destination.address, destination.smtputf8)
        return alone(_hand_over(channel, envelope, message))
    finally:
        alone(channel.close())


async def _hand_over(channel: Channel, envelope: Envelope, message: Sequence[bytes]) -> Receipt:
    receipt = await channel.offer(envelope, message) or await channel.finish(None)
    if not receipt.accepted:
        raise TestRefusedError(f"the server refused it: {receipt.code} {receipt.text}")
    return receipt


def _readers(
    connection: sa.Connection, edition: Edition, segments: Iterable[Segment], now: dt.datetime
) -> sa.Select[Any]:
    occasion = Occasion.of(connection, edition.issue, edition.day, now)
    found = readers(segments, edition.audience, dialect=connection.dialect.name, named=edition.names())
    return found.where(occasion.cause() == "")
