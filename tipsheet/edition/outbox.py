"""The editions that a build left in the outbox, read to be sent or shown."""

from email.utils import parseaddr
from pathlib import Path

from tipsheet.edition.edition import Edition, fill
from tipsheet.edition.record import EDITION_FILE, edition_from
from tipsheet.errors import TipsheetError
from tipsheet.problems import did_you_mean

__all__ = ["NotInOutboxError", "fields_of", "read_edition", "sender_of"]


class NotInOutboxError(TipsheetError):
    """There is no edition of the issue to send."""

    exit_code = 2


def read_edition(outbox: Path, issue: str) -> Edition:
    """The edition of an issue; raises NotInOutboxError."""
    file = outbox / issue / EDITION_FILE
    try:
        edition = edition_from(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = [folder.parent.name for folder in outbox.glob(f"*/{EDITION_FILE}")]
        hint = did_you_mean(issue, known) or "tipsheet build makes the mail of every issue that is out"
        raise NotInOutboxError(f"there is no letter of '{issue}' in {outbox}", hint) from error
    except ValueError as error:
        raise NotInOutboxError(f"'{file}' cannot be sent: {error}", "run tipsheet build again") from error
    if edition.issue != issue:
        raise NotInOutboxError(f"'{file}' holds the letter of {edition.issue}", "run tipsheet build again")
    return edition


def sender_of(edition: Edition) -> str:
    """The address that failures are reported to: the one in From, which SPF and DMARC then agree about."""
    return parseaddr(fill(dict(edition.header)["From"], {}))[1]


def fields_of(edition: Edition) -> frozenset[str]:
    """The merge fields that stand anywhere in it."""
    return frozenset(slot.field for slot in edition.slots())
