"""The clock of the program: the one place that reads the time. Everything else takes it as an argument."""

import datetime as dt
from collections.abc import Mapping

from tipsheet.limits import LAST_DAY

__all__ = ["current_time"]

LATEST = int(dt.datetime.combine(LAST_DAY, dt.time(), dt.UTC).timestamp())
MANY = 20
"""Digits that are read of a number of seconds; any later day has fewer."""


def current_time(environ: Mapping[str, str]) -> dt.datetime:
    """Now in UTC, or the moment that SOURCE_DATE_EPOCH names (reproducible-builds.org specification)."""
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit() and int(epoch[:MANY]) <= LATEST:
        return dt.datetime.fromtimestamp(int(epoch[:MANY]), dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is that one place
