"""The one place that asks what time it is; everything else is told."""

import datetime as dt
from collections.abc import Mapping

from tipsheet.limits import LAST_DAY

__all__ = ["current_time"]

LATEST = int(dt.datetime.combine(LAST_DAY, dt.time(), dt.UTC).timestamp())
MANY = 20
"""More digits than the seconds of any day have."""


def current_time(environ: Mapping[str, str]) -> dt.datetime:
    """Now in UTC, or the moment that SOURCE_DATE_EPOCH names (reproducible-builds.org specification)."""
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit() and int(epoch[:MANY]) <= LATEST:
        return dt.datetime.fromtimestamp(int(epoch[:MANY]), dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is that one place
