"""The one place that asks what time it is; everything else is told."""

import datetime as dt
from collections.abc import Mapping

__all__ = ["current_time"]


def current_time(environ: Mapping[str, str]) -> dt.datetime:
    """Now in UTC, or the moment that SOURCE_DATE_EPOCH names (reproducible-builds.org specification)."""
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        return dt.datetime.fromtimestamp(int(epoch), dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is that one place
