"""The rows that were not taken, in a file of their own: as they were, with the line and the reason behind.

The file is made to be opened in a spreadsheet, so its cells are harmless there (K9); `Layout` restores them when a
corrected copy comes back.
"""

import csv
from collections.abc import Sequence

from tipsheet.audience.exposure import PrivateFile
from tipsheet.audience.formulas import harmless
from tipsheet.audience.importing.candidate import Rejection

__all__ = ["RejectedRows"]

BEHIND = ("line", "reason")
"""Names of the columns behind those of the file, by which `Layout.read` knows a file of rejected rows."""


class RejectedRows:
    """Writes rejected rows of one file; a corrected copy can be imported as it is."""

    def __init__(self, file: PrivateFile) -> None:
        self._file = file
        self._file.wanted = False
        self._writer = csv.writer(file.text)
        self._width = 0

    def begin(self, columns: Sequence[str]) -> None:
        """The line of names."""
        self._width = len(columns)
        self._writer.writerow([*columns, *BEHIND])

    def add(self, rejection: Rejection) -> None:
        """A row; one with too few cells is filled up, so that the reason stands under its name."""
        self._file.wanted = True
        cells = [*rejection.cells, *[""] * (self._width - len(rejection.cells))]
        self._writer.writerow([*map(harmless, cells), rejection.line, harmless(rejection.reason)])
