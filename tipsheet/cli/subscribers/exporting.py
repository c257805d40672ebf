"""``tipsheet subscribers export``: everybody as CSV."""

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import number
from tipsheet.cli.names import segments
from tipsheet.cli.options import database_option, examples
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.files import private_file

if TYPE_CHECKING:
    from tipsheet.model.segment import Segment
    from tipsheet.settings import Settings

__all__ = ["export_subscribers"]


@click.command(
    "export",
    epilog=examples(
        "tipsheet subscribers export --output ~/subscribers-2026-11.csv",
        "tipsheet subscribers export --status confirmed | head",
    ),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="A new file that only you can read. Default: standard output.",
)
@click.option(
    "--status", multiple=True, metavar="STATUS", help="Only people with this status; may be given several times."
)
@click.option(
    "--segment",
    "named",
    multiple=True,
    metavar="NAME",
    shell_complete=segments,
    help="Only readers of this segment; may be given several times, for readers of any of them.",
)
@database_option
@pass_session
def export_subscribers(
    session: Session, output: Path | None, status: tuple[str, ...], named: tuple[str, ...], database: str
) -> None:
    """Write the subscribers as CSV.

    Everything that is known about each of them is in it, and tipsheet subscribers import reads it
    back without loss. A cell that a spreadsheet would run as a formula has an apostrophe before it.
    Consent and suppressions stay in the store.
    """
    from tipsheet.audience.exporting import chosen, export
    from tipsheet.store.tables import STATUSES

    unknown = next((word for word in status if word not in STATUSES), None)
    if unknown:
        raise click.BadParameter(f"'{unknown}' is none of {', '.join(STATUSES)}.", param_hint="--status")
    settings = session.settings()
    declared = [attribute.name for attribute in settings.attributes]
    wanted = _segments(settings, named)
    with session.store(database) as engine, engine.connect() as connection:
        where = chosen(status, wanted, connection.dialect.name)
        if output is None:
            text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
            count = export(connection, text, declared=declared, where=where)
            text.flush()
            text.detach()
        else:
            with private_file(session, output) as file:
                count = export(connection, file.text, declared=declared, where=where)
    session.say(f"Exported: {number(count, 'subscriber')}.")


def _segments(settings: "Settings", named: Sequence[str]) -> "tuple[Segment, ...]":
    """The segments of these names; raises UnknownNameError for one that mkdocs.yml does not declare."""
    from tipsheet.errors import UnknownNameError
    from tipsheet.problems import did_you_mean

    known = {segment.id: segment for segment in settings.segments}
    for name in named:
        if name not in known:
            raise UnknownNameError(f"there is no segment '{name}'", did_you_mean(name, known))
    return tuple(known[name] for name in named)
