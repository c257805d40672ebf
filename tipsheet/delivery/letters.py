"""From a row of the ledger to the message and its envelope."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import Any

from tipsheet.audience.readers import merge_values, segments_of_text
from tipsheet.audience.secret import Secret
from tipsheet.delivery.channel import Envelope
from tipsheet.delivery.destination import BAD_ADDRESS, destination_of
from tipsheet.delivery.states import EXPIRES, Tries
from tipsheet.edition.edition import Edition, Recipient, display_name
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import fields_of
from tipsheet.model.tagged import Tag, tagged

__all__ = ["NO_LETTER", "Letter", "Letters", "dated"]

NO_LETTER = "no_letter"
"""Cause of a failure: the edition gives no message for this reader, who is in other segments than before, say."""

_NAMES = frozenset({"first_name", "last_name", "email"})


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to one reader: ``message`` in pieces of whole lines, ``domain`` of the recipient in small letters."""

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

        With a ``mailbox`` the sender is ``bounces+TOKEN@`` its domain instead, so that what comes back names its
        reader (VERP, W9). Raises ValueError for an edition that cannot be a message.
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
