"""What makes a whole file unusable, as opposed to a row (`tipsheet.audience.importing.candidate.Rejection`).

::

    TipsheetError                  exit code
    ├── UnreadableFileError        1    its bytes, its quotes or its first line are wrong
    └── UnknownColumnsError        2    nobody knows what its columns mean, or a mapping is wrong
"""

from tipsheet.errors import TipsheetError

__all__ = ["UnknownColumnsError", "UnreadableFileError"]


class UnreadableFileError(TipsheetError):
    """The file cannot be taken apart into rows; nothing of it was imported."""


class UnknownColumnsError(TipsheetError):
    """It is not known which column of the file means what."""

    exit_code = 2
