"""Letters outside the ledger: a dry run to look at, and a test to oneself. Neither leaves a row."""

import base64
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.frequency import Occasion
from tipsheet.audience.readers import each, readers
from tipsheet.audience.secret import Secret
from tipsheet.delivery.channel import Channel, Connect, Envelope, Receipt
from tipsheet.delivery.destination import NO_SMTPUTF8, destination_of
from tipsheet.delivery.errors import TestRefusedError
from tipsheet.delivery.letters import Letters
from tipsheet.delivery.loop import alone
from tipsheet.edition.edition import MESSAGE_DATE, Edition, Recipient
from tipsheet.edition.joining import PREVIEW
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import sender_of
from tipsheet.model.audience import Segments
from tipsheet.model.placeholders import TOKEN
from tipsheet.model.segment import Segment

__all__ = ["Rehearsal", "count_readers", "send_test"]

_KEY_BYTES = 15


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
class Rehearsal:
    """Every letter of an issue, for readers as they are at ``now``, handed to a channel that reaches nobody."""

    edition: Edition
    segments: tuple[Segment, ...]
    letters: Letters
    secret: Secret
    now: dt.datetime

    def count(self, connection: sa.Connection) -> int:
        """How many letters these are."""
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
        return _Reader(
            id=row.id,
            recipient=row.email,
            message_key=self.secret.message_key(self.edition.issue, row.public_id),
            segments=row.segments,
            public_id=row.public_id,
            email=row.email,
            first_name=row.first_name,
            last_name=row.last_name,
            attributes=row.attributes,
        )


def count_readers(connection: sa.Connection, edition: Edition, segments: Iterable[Segment], now: dt.datetime) -> int:
    """How many get the issue, if it went out now."""
    rows = _readers(connection, edition, segments, now).order_by(None).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()


def send_test(
    edition: Edition,
    address: str,
    segments: Segments,
    connect: Connect,
    *,
    sender: str = "",
    entropy: Callable[[int], bytes],
) -> Receipt:
    """Send the letter that a reader of these segments gets to this address.

    Merge fields show their fallback, and the way out leads nowhere. Raises TestRefusedError,
    ChannelError, and what ``connect`` raises.
    """
    destination = destination_of(address)
    if destination is None:
        raise TestRefusedError(f"'{address}' is not an address that a letter can go to")
    key = base64.b32encode(entropy(_KEY_BYTES)).decode().lower()
    recipient = Recipient(
        address=destination.address, key=key, token=PREVIEW[TOKEN], segments=segments, date=PREVIEW[MESSAGE_DATE]
    )
    try:
        message = Composer(edition).pieces(recipient)
    except ValueError as error:
        raise TestRefusedError(str(error), "name the segments of its readers with --segment") from error
    channel = connect()
    try:
        if destination.smtputf8 and not channel.smtputf8:
            raise TestRefusedError(f"the server does not take such an address ({NO_SMTPUTF8})")
        envelope = Envelope(sender or sender_of(edition), destination.address, destination.smtputf8)
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
