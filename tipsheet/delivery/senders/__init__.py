"""Who letters are handed to: the table `SENDERS`. A new one is a file and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tipsheet.delivery.channel import Connect
from tipsheet.delivery.senders import folder, maildir, sendmail, smtp

__all__ = ["SENDERS", "Sender"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A way for letters to go.

    ``open`` is told the environment and a folder, and gives what makes channels; it raises a
    TipsheetError when it is not set up. Only a sender that is ``real`` reaches readers.
    """

    summary: str
    real: bool
    open: Callable[[Mapping[str, str], Path], Connect]


SENDERS: Mapping[str, Sender] = {
    "smtp": Sender(summary="the mail server that TIPSHEET_SMTP_URL names", real=True, open=smtp.opened),
    "sendmail": Sender(summary="the sendmail program of this machine", real=True, open=sendmail.opened),
    "folder": Sender(summary="an .eml file each, to look at", real=False, open=folder.opened),
    "maildir": Sender(summary="a Maildir that mail programs read", real=False, open=maildir.opened),
}
