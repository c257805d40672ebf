"""``tipsheet subscribers import``: people from CSV files."""

import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import database_option, echo_json, examples, json_option, now_option
from tipsheet.cli.progress import counting
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.files import private_file, settings_of

if TYPE_CHECKING:
    from tipsheet.audience.importing.report import FileReport
    from tipsheet.audience.importing.run import Instructions

__all__ = ["PROVIDERS", "import_subscribers"]

PROVIDERS = ("tipsheet", "mailchimp", "substack", "buttondown", "listmonk", "ghost", "kit", "csv")
"""Names of the table in `tipsheet.audience.importing.providers`, which takes too long to load for ``--help``."""
SEPARATORS = ("comma", "semicolon", "tab")
SOME_FAILED = 4


class _Encoding(click.ParamType[str]):
    """A text encoding that Python knows."""

    name = "encoding"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from tipsheet.audience.importing.lines import known_encoding

        try:
            return known_encoding(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(
    "import",
    epilog=examples(
        'tipsheet subscribers import members.csv --consent "Asked for it on our Ghost site" --dry-run',
        'tipsheet subscribers import list.csv --consent "Signed up at the fair" --map email=E-mail',
    ),
)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--consent",
    required=True,
    metavar="TEXT",
    help="How these people agreed to get mail; it is kept with each of them, beside the name of the file.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="What a column means, such as first_name=Vorname or attribute.city=Stadt; may be given several times.",
)
@click.option("--from", "provider", type=click.Choice(PROVIDERS), help="Whose files these are, if they do not tell.")
@click.option("--encoding", type=_Encoding(), help="Of files that are neither UTF-8 nor marked as UTF-16.")
@click.option(
    "--separator", type=click.Choice(SEPARATORS), help="Between the columns, if the first line does not tell."
)
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.csv",
    help="Write the rows that are not taken into a new file, with their lines and reasons.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def import_subscribers(
    session: Session,
    /,
    files: tuple[Path, ...],
    consent: str,
    rejected: Path | None,
    database: str,
    *,
    dry_run: bool,
    as_json: bool,
    moment: dt.date | None,
    **said: Any,
) -> None:
    """Take people from CSV FILES into the store.

    The exports of tipsheet, Mailchimp, Substack, Buttondown, listmonk, Ghost and Kit are recognised
    by their columns; for any other file say with --map what the columns mean. All that can be used
    is taken, or nothing when a file as a whole is broken. Rows that cannot be used are listed, and
    the command ends with 4. Whoever has left is not brought back, and a file that was imported
    before changes nothing.
    """
    from tipsheet.audience.importing.rejected import RejectedRows
    from tipsheet.audience.importing.run import Import

    if rejected and len(files) > 1:
        raise click.UsageError("--rejected takes one file at a time: each has columns of its own.")
    if not consent.strip():
        raise click.BadParameter("say how they agreed.", param_hint="--consent")
    instructions = _instructions(session, consent=consent, **said)
    size = sum(file.stat().st_size for file in files)
    with ExitStack() as stack:
        rows = RejectedRows(stack.enter_context(private_file(session, rejected))) if rejected else None
        register = stack.enter_context(session.register(database, moment, dry_run=dry_run))
        advance = stack.enter_context(counting(session, "Reading bytes", size or None))
        work = Import(register=register, instructions=instructions, rejected=rows, advance=advance)
        reports = [work.take(file) for file in files]
    _tell(session, reports, dry_run=dry_run, as_json=as_json)
    if any(report.tally.rejected for report in reports):
        click.get_current_context().exit(SOME_FAILED)


def _instructions(
    session: Session,
    *,
    consent: str,
    mapping: Sequence[str],
    provider: str | None,
    encoding: str | None,
    separator: str | None,
) -> "Instructions":
    from tipsheet.audience.importing.layout import read_mapping
    from tipsheet.audience.importing.rows import SEPARATORS as MARKS
    from tipsheet.audience.importing.run import Instructions

    attributes = settings_of(session).attributes
    try:
        mapped = read_mapping(mapping, attributes)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--map") from error
    return Instructions(
        consent=consent.strip(),
        attributes=attributes,
        mapped=mapped,
        provider=provider or "",
        encoding=encoding or "",
        separator=MARKS[separator] if separator else "",
    )


def _tell(session: Session, reports: "Sequence[FileReport]", *, dry_run: bool, as_json: bool) -> None:
    from tipsheet.audience.importing.report import as_values, in_words

    for note in dict.fromkeys(report.note for report in reports if report.note):
        session.say(f"Note: {note}")
    if as_json:
        echo_json({"dry_run": dry_run, "files": [as_values(report) for report in reports]})
    else:
        for report in reports:
            for line in in_words(report):
                click.echo(line)
    if dry_run:
        session.say("This was a dry run: nothing was changed.")
