"""What stops a sender.

::

    TipsheetError
    ├── NotInOutboxError      2    no letter of that name, or one that cannot be read (`tipsheet.edition.outbox`)
    ├── NotThatStateError     2    an issue that cannot be paused, resumed, sent … now
    ├── ContentChangedError   3    the edition is not the one that readers were sent
    ├── NotReadyError         1    reasons against sending to readers (`tipsheet.delivery.gate`)
    ├── TestRefusedError      1    a test, or a letter of a dry run, was not taken
    ├── MailServerUrlError    2    no address of a mail server, or one that cannot be (`tipsheet.delivery.mail_server`)
    ├── DkimKeyError          2    no key to sign with (`tipsheet.delivery.dkim`)
    ├── MailServerError       69   a mail server that will not have us, or we it (`tipsheet.delivery.connect`)
    ├── GitLockError          69   a repository that cannot be asked (`tipsheet.delivery.gitlock`)
    ├── ChannelError          69   whoever takes the messages is gone (`tipsheet.delivery.channel`)
    └── AnotherSenderError    75   another sender works on this database

What the database refuses is in `tipsheet.store.failures`; nothing is sent without it.
"""

from tipsheet.errors import TipsheetError

__all__ = [
    "AnotherSenderError",
    "ContentChangedError",
    "NotReadyError",
    "NotThatStateError",
    "TestRefusedError",
]


class NotThatStateError(TipsheetError):
    """What was asked cannot be done with an issue in this state."""

    exit_code = 2


class ContentChangedError(TipsheetError):
    """Readers were sent another edition than the one that would be sent now."""

    exit_code = 3


class AnotherSenderError(TipsheetError):
    """Another sender holds the lock beside the database."""

    exit_code = 75


class TestRefusedError(TipsheetError):
    """A letter that is in no ledger was not taken."""

    __test__ = False  # pytest collects what begins with Test
    exit_code = 1


class NotReadyError(TipsheetError):
    """Something speaks against sending to readers; its words are all reasons."""

    exit_code = 1
