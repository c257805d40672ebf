"""Cells that a spreadsheet would run as a formula: made harmless on the way out, restored on the way in.

OWASP ASVS 1.2.10: a cell that begins with ``=``, ``+``, ``-``, ``@``, TAB or CR gets an apostrophe.
So does one that begins with apostrophes before such a character; taking one away is then the exact
inverse.
"""

import re

__all__ = ["harmless", "restored"]

DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
MARKED = re.compile(r"'+[=+\-@\t\r]")


def harmless(cell: str) -> str:
    """The cell as it may stand in a file that is opened in a spreadsheet."""
    return f"'{cell}" if DANGEROUS.match(cell) else cell


def restored(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if MARKED.match(cell) else cell
