"""Titles and names as somebody gives them to a command."""

from tipsheet.errors import TipsheetError

__all__ = ["LONGEST", "UnusableTitleError", "one_line"]

LONGEST = 120
"""Characters that a title may have, as the tables of headers say."""


class UnusableTitleError(TipsheetError):
    """A title that no issue, or a name that no publication, may have."""

    exit_code = 2


def one_line(title: str) -> str:
    """The title on one line; raises UnusableTitleError."""
    line = " ".join(title.split())
    if not line:
        raise UnusableTitleError("the title is empty", 'write it in quotes: "Move the centre of gravity"')
    if len(line) > LONGEST:
        raise UnusableTitleError(f"the title has {len(line)} characters", f"it may have {LONGEST}")
    if not line.isprintable() or "@@" in line:
        raise UnusableTitleError("the title holds characters that none may have", "leave out control characters and @@")
    return line
