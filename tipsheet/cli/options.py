"""Options and kinds of values that several commands share."""

import datetime as dt
from pathlib import Path
from typing import Any

import click

from tipsheet.limits import outside_calendar

__all__ = ["MOMENT", "database_option", "examples", "json_option", "now_option", "outbox_option"]

DAY = len("2026-11-24")


class _Moment(click.ParamType[dt.date]):
    """A day or a moment as ISO 8601 writes it; whether it has an offset is left as it is."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            moment = dt.date.fromisoformat(value) if len(value) == DAY else dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is neither a day like 2026-11-24 nor a moment like 2026-11-24T07:30.", param, ctx)
        if wrong := outside_calendar(moment):
            self.fail(f"{wrong}.", param, ctx)
        return moment


MOMENT = _Moment()

now_option = click.option(
    "--now",
    "moment",
    type=MOMENT,
    metavar="MOMENT",
    help="See the publication as at this day or moment, such as 2026-11-24 or 2026-11-24T07:30, in its own time zone.",
)
database_option = click.option(
    "--database",
    envvar="TIPSHEET_DATABASE_URL",
    show_envvar=True,
    default="",
    metavar="URL",
    help="The store of subscribers: a URL, or a file relative to the publication. Default: audience.db.",
)
outbox_option = click.option(
    "--outbox-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default="outbox",
    show_default=True,
    metavar="DIR",
    help="Where the build left the mail.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


def examples(*lines: str) -> str:
    """The end of a command's help, kept as it is written."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
