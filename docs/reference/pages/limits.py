"""The page of limits, from the table that reading keeps to."""

from docs.reference.pages.markdown import grid, page
from tipsheet.limits import FIRST_DAY, LAST_DAY, LIMITS

__all__ = ["limits"]


def limits() -> str:
    """All limits of what is read."""
    rows = [(limit.of[:1].upper() + limit.of[1:], str(limit), limit.reason) for limit in LIMITS.values()]
    return page(
        "Limits",
        "What goes beyond one of these is a mistake with its place (`TS031`, `TS041`, or the code of the value), "
        "so that no text, however strange, makes a command hang or fills memory.",
        grid(("what", "at most", "why"), rows),
        f"Every day, in headers, blocks, settings and on the command line, lies between {FIRST_DAY} and {LAST_DAY}.",
    )
