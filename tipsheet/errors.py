"""Errors that stop a run, as opposed to mistakes in content, which are values (`tipsheet.problems`).

::

    TipsheetError              exit code
    ├── ContentError           1    mistakes in content or settings, all listed
    ├── NotAPublicationError   2    no mkdocs.yml here
    ├── UnknownNameError       2    no issue, segment or code of that name
    ├── NotMeantError          2    an issue that these readers do not get
    ├── WouldOverwriteError    2    a command would write over a file
    ├── OverlapError           2    folders of a build that lie in each other
    ├── NothingFollowedError   69   no link to another host was followed (in cli/)
    ├── UnusableTitleError     2    a title that no file or address can be made of (in editing/)
    ├── GitError               1    git is missing, does not end, or refuses (in git.py)
    │   ├── RevisionError      2    nothing of git to compare with (in review/)
    │   └── GitTagError 1, GitLockError 69   approvals, and locks (in delivery/)
    ├── BusyError              75   another run is at work here
    ├── StoreError             1    the store cannot be used, with its kinds (in store/)
    │   └── MisplacedStoreError 2   its file would be published, cached or committed
    └── SecretError, BadAddressError, UnknownSubscriberError, AlreadySubscribedError, SuppressedError,
        RealPeopleError        2    wrong use of the store (in audience/)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # problems brings the explanations of all codes, which most commands have no use for
    from tipsheet.problems import Problem

__all__ = [
    "BusyError",
    "ContentError",
    "NotAPublicationError",
    "NotMeantError",
    "OverlapError",
    "TipsheetError",
    "UnknownNameError",
    "WouldOverwriteError",
]


class TipsheetError(Exception):
    """Base of all errors that end a command with a sentence instead of a traceback.

    ``hint`` is the remedy; ``exit_code`` the status that the command line ends with.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ContentError(TipsheetError):
    """The publication has mistakes; they are all in ``problems``, and nothing was written."""

    def __init__(self, problems: "Sequence[Problem]") -> None:
        count = len(problems)
        super().__init__(f"{count} mistake{'' if count == 1 else 's'}; nothing was written")
        self.problems = tuple(problems)


class NotAPublicationError(TipsheetError):
    """There is no mkdocs.yml with the tipsheet plugin where it was looked for."""

    exit_code = 2


class UnknownNameError(TipsheetError):
    """No issue, segment, action or problem code has the name that was given."""

    exit_code = 2


class NotMeantError(TipsheetError):
    """An issue was asked for with segments whose readers do not get it."""

    exit_code = 2


class WouldOverwriteError(TipsheetError):
    """A command that makes files found one of them already there."""

    exit_code = 2


class OverlapError(TipsheetError):
    """Folders of a build lie in each other, or an output folder holds files that no build made."""

    exit_code = 2


class BusyError(TipsheetError):
    """Another run holds the lock (``EX_TEMPFAIL`` of sysexits.h)."""

    exit_code = 75
