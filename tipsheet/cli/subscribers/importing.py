"""``tipsheet subscribers import``: people from CSV files."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import database_option, examples, json_option, now_option
from tipsheet.cli.progress import counting
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.subscribers.files import private_file
from tipsheet.cli.tables import echo_table
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tipsheet.audience.importing.instructions import Instructions
    from tipsheet.audience.importing.report import FileReport

__all__ = ["PROVIDERS", "import_subscribers"]

PROVIDERS = (
    "tipsheet", "mailchimp", "substack", "buttondown", "listmonk", "ghost", "kit", "beehiiv", "mailerlite",
    "brevo", "csv",
)  # fmt: skip
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
        'tipsheet subscribers import list.csv --consent "At the fair" --map email=Adresse --status active=confirmed',
        "tipsheet subscribers import --list",
        "tipsheet subscribers import --undo 3",
    ),
)
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--consent",
    default="",
    metavar="TEXT",
    help="How these people agreed to get mail; it is kept with each of them, beside the name of the file.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="What a column means, such as first_name=Rufname or attribute.city=Stadt; may be given several times.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    metavar="WORD=STATUS",
    help="What a word in the column of the status means, such as active=confirmed; may be given several times.",
)
@click.option(
    "--from", "provider", type=click.Choice(PROVIDERS), help="Whose files these are; --map fills what they lack."
)
@click.option(
    "--day-first/--month-first",
    default=None,
    help="What 2/3/2024 means, if no date of the file tells: 2 March, or the third of February.",
)
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
@click.option("--list", "listing", is_flag=True, help="Show all imports, with their numbers.")
@click.option("--undo", type=int, metavar="NUMBER", help="Take an import back as a whole.")
@click.option("--continue", "continued", type=int, metavar="NUMBER", help="Go on with an import that was stopped.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would happen.")
@database_option
@json_option
@now_option
@pass_session
def import_subscribers(
    session: Session,
    /,
    files: tuple[Path, ...],
    database: str,
    *,
    listing: bool,
    undo: int | None,
    dry_run: bool,
    as_json: bool,
    moment: dt.date | None,
    **said: Any,
) -> None:
    """Take people from CSV FILES into the store.

    The exports of tipsheet, Mailchimp, Substack, Buttondown, listmonk, Ghost, Kit, beehiiv, MailerLite
    and Brevo are recognised by their columns; of any other file, columns with usual names are told,
    and --map says what the others mean. All rows that can be used are taken, or nothing when a file as
    a whole is broken. Rows that cannot be used are listed, and the command ends with 4. Whoever has
    left is not brought back, and a file that was imported before changes nothing.

    Readers may leave, and issues be sent, while an import runs. One that was stopped is listed, and
    is continued or undone by its number.
    """
    if listing or undo is not None:
        if files or (listing and undo is not None):
            raise click.UsageError("--list and --undo stand by themselves.")
        if listing:
            _list(session, database, as_json=as_json)
        else:
            _undo(session, database, undo or 0, session.now(moment), dry_run=dry_run)
        return
    if not files:
        raise click.UsageError("Missing argument 'FILES...'.")
    reports = _take(session, files, database, session.now(moment), dry_run=dry_run, **said)
    _tell(session, reports, dry_run=dry_run, as_json=as_json)
    if any(report.tally.rejected for report in reports):
        click.get_current_context().exit(SOME_FAILED)


def _take(
    session: Session,
    files: tuple[Path, ...],
    database: str,
    now: dt.datetime,
    *,
    consent: str,
    rejected: Path | None,
    continued: int | None,
    dry_run: bool,
    **said: Any,
) -> "list[FileReport]":
    """The import itself; whatever stops it, its number is told."""
    from tipsheet.audience.importing.rejected import RejectedRows
    from tipsheet.audience.importing.run import Import
    from tipsheet.audience.secret import secret_of

    if rejected and len(files) > 1:
        raise click.UsageError("--rejected takes one file at a time: each has columns of its own.")
    if not consent.strip():
        raise click.BadParameter("say how they agreed.", param_hint="--consent")
    if continued is not None and dry_run:
        raise click.UsageError("--continue and --dry-run do not go together.")
    instructions = _instructions(session, consent=consent, **said)
    size = sum(file.stat().st_size for file in files)
    begun: list[int] = []
    with ExitStack() as stack:
        rows = RejectedRows(stack.enter_context(private_file(session, rejected))) if rejected else None
        secret = secret_of(os.environ)
        engine = stack.enter_context(session.store(database))
        _remind(session, engine, continued)
        advance = stack.enter_context(counting(session, "Reading bytes", size or None))
        work = Import(
            engine=engine, secret=secret, now=now, instructions=instructions, rejected=rows, advance=advance,
            begun=begun.append, dry_run=dry_run,
        )  # fmt: skip
        try:
            return work.take(files, continued=continued or 0)
        except BaseException:
            if begun and begun[-1]:
                session.say(_unfinished(begun[-1]))
            raise


def _remind(session: Session, engine: "Engine", continued: int | None) -> None:
    """Tell of imports that were stopped, so that none is forgotten half-way."""
    from tipsheet.audience.importing.records import records
    from tipsheet.store.states import ImportState

    with engine.connect() as connection:
        for one in records(connection):
            if one.state == ImportState.RUNNING and one.id != continued:
                session.say(_unfinished(one.id))


def _unfinished(number: int) -> str:
    return (
        f"Import {number} was stopped. Give the command again with --continue {number}, "
        f"or take back what is in: tipsheet subscribers import --undo {number}"
    )


def _list(session: Session, database: str, *, as_json: bool) -> None:
    """Show all imports; one that is not at work any more and has not finished was stopped."""
    from tipsheet.audience.importing.records import only_import, records
    from tipsheet.cli.subscribers.values import plain
    from tipsheet.errors import BusyError
    from tipsheet.store.states import ImportState

    with session.store_in_use(database) as engine:
        try:
            with only_import(engine):
                running = "stopped"
        except BusyError:
            running = ImportState.RUNNING.value
        with engine.connect() as connection:
            found = [(one, running if one.state == ImportState.RUNNING else one.state) for one in records(connection)]
    if as_json:
        echo_json([plain(asdict(one)) | {"state": state} for one, state in found])
        return
    rows = [
        (str(one.id), f"{one.at:%Y-%m-%d %H:%M}", state, _summed(one.counts), ", ".join(one.files))
        for one, state in found
    ]
    if rows:
        echo_table(("number", "began (UTC)", "state", "rows", "files"), rows)
    else:
        session.say("Nothing was imported yet.")
    for one, state in found:
        if state == "stopped":
            session.say(_unfinished(one.id))


def _summed(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Rows of all files, in the order of a report."""
    from tipsheet.audience.importing.report import Tally

    total = {one.name: sum(tally.get(one.name, 0) for tally in counts.values()) for one in fields(Tally)}
    return ", ".join(f"{count:,} {word}" for word, count in total.items() if count)


def _undo(session: Session, database: str, number: int, now: dt.datetime, *, dry_run: bool) -> None:
    from tipsheet.audience.importing.records import only_import, undo
    from tipsheet.audience.secret import secret_of

    secret = secret_of(os.environ)
    with session.store_in_use(database) as engine, only_import(engine):
        done = undo(engine, secret, number, now, dry_run=dry_run)
    echo(
        f"import {number}: {done.removed:,} removed, {done.restored:,} as they were before, "
        f"{done.kept:,} stay as they were changed since"
    )
    if dry_run:
        session.say("This was a dry run: nothing was changed.")


def _instructions(
    session: Session,
    *,
    consent: str,
    mapping: Sequence[str],
    statuses: Sequence[str],
    day_first: bool | None,
    provider: str | None,
    encoding: str | None,
    separator: str | None,
) -> "Instructions":
    from tipsheet.audience.importing.instructions import Instructions, read_mapping, read_statuses
    from tipsheet.audience.importing.rows import SEPARATORS as MARKS

    attributes = session.settings().attributes
    try:
        mapped = read_mapping(mapping, attributes)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--map") from error
    try:
        meant = read_statuses(statuses)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--status") from error
    return Instructions(
        consent=consent.strip(),
        attributes=attributes,
        mapped=mapped,
        statuses=meant,
        day_first=day_first,
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
                echo(line)
    if dry_run:
        session.say("This was a dry run: nothing was changed.")
