"""``tipsheet subscribers import``: people from CSV files."""

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.audience.importing.importers import IMPORTERS, PROVIDERS
from tipsheet.cli.options import (
    NUMBER,
    Names,
    argument,
    database_option,
    dry_run_option,
    examples,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session, counting
from tipsheet.cli.subscribers.dossier import plain
from tipsheet.cli.subscribers.population import private_file
from tipsheet.cli.terminal import echo, echo_json, echo_table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tipsheet.audience.importing.columns import Instructions
    from tipsheet.audience.importing.report import FileReport

__all__ = ["import_subscribers"]

SOME_FAILED = 4
_KNOWN = [IMPORTERS[name] for name in PROVIDERS]
HELP = f"""Take people from CSV FILES into the store.

The exports of {", ".join(_KNOWN[:-1])} and {_KNOWN[-1]}
are recognised by their columns; of any other file, columns with usual names are
recognised, and --map says what the others mean. All rows that can be used are taken, or nothing
when a file as a whole is broken. Rows that cannot be used are listed, and the command ends with 4.
People who unsubscribed are not brought back, and a file that was imported before changes nothing.

Readers can unsubscribe, and issues can be sent, while an import runs. One that was stopped is listed, and
is continued or undone by its number.
"""


class _Encoding(click.ParamType[str]):
    """A text encoding that Python knows."""

    name = "encoding"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from tipsheet.audience.importing.csv_file import known_encoding

        try:
            return known_encoding(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _separators() -> Iterable[str]:
    from tipsheet.audience.importing.csv_file import SEPARATORS

    return SEPARATORS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """The options of ``tipsheet subscribers import``; without ``day_first`` the dates of the file decide."""

    files: tuple[Path, ...] = argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    consent: str = option(
        "--consent",
        default="",
        metavar="TEXT",
        help="How these people agreed to get mail; it is kept with each of them, beside the name of the file.",
    )
    mapping: tuple[str, ...] = option(
        "--map",
        "mapping",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Field of a column, such as first_name=Rufname or attribute.city=Stadt; may be given several times.",
    )
    statuses: tuple[str, ...] = option(
        "--status",
        "statuses",
        multiple=True,
        metavar="WORD=STATUS",
        help="Status that a word in its column means, such as active=confirmed; may be given several times.",
    )
    provider: str | None = option(
        "--from",
        "provider",
        type=click.Choice(tuple(IMPORTERS)),
        metavar="NAME",
        help=f"The provider that wrote these files; --map adds what they lack. One of {', '.join(IMPORTERS)}.",
    )
    day_first: bool | None = option(
        "--day-first/--month-first",
        default=None,
        help="Read 2/3/2024 as 2 March or as 3 February, if no date of the file decides it.",
    )
    encoding: str | None = option(
        "--encoding", type=_Encoding(), help="Encoding of files that are neither UTF-8 nor marked as UTF-16."
    )
    separator: str | None = option(
        "--separator",
        type=Names(_separators),
        help="Character between columns, if the first line does not decide it.",
    )
    rejected: Path | None = option(
        "--rejected",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.csv",
        help="Write the rows that are not taken into a new file, with their lines and reasons.",
    )
    listing: bool = option("--list", "listing", is_flag=True, help="Show all imports, with their numbers.")
    undo: int | None = option("--undo", type=NUMBER, metavar="NUMBER", help="Take an import back as a whole.")
    continued: int | None = option(
        "--continue", "continued", type=NUMBER, metavar="NUMBER", help="Go on with an import that was stopped."
    )
    dry_run: bool = shared(dry_run_option)
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    "import",
    help=HELP,
    epilog=examples(
        'tipsheet subscribers import members.csv --consent "Asked for it on our Ghost site" --dry-run',
        'tipsheet subscribers import list.csv --consent "At the fair" --map email=Adresse --status active=confirmed',
        "tipsheet subscribers import --list",
        "tipsheet subscribers import --undo 3",
    ),
)
@pass_options(_Import)
def import_subscribers(session: Session, asked: _Import) -> None:
    """Import files, or list, undo or continue an import."""
    if asked.listing or asked.undo is not None:
        if asked.files or (asked.listing and asked.undo is not None):
            raise click.UsageError("--list and --undo take no other arguments.")
        if asked.listing:
            _list(session, asked.database, as_json=asked.as_json)
        else:
            _undo(session, asked, asked.undo or 0)
        return
    if not asked.files:
        raise click.UsageError("Missing argument 'FILES...'.")
    if asked.rejected and len(asked.files) > 1:
        raise click.UsageError("--rejected takes one file at a time: each has columns of its own.")
    if not asked.consent.strip():
        raise click.BadParameter("say how they agreed.", param_hint="--consent")
    if asked.continued is not None and asked.dry_run:
        raise click.UsageError("--continue and --dry-run do not go together.")
    reports = _take(session, asked)
    _tell(session, reports, dry_run=asked.dry_run, as_json=asked.as_json)
    if any(report.tally.rejected for report in reports):
        click.get_current_context().exit(SOME_FAILED)


def _take(session: Session, asked: _Import) -> "list[FileReport]":
    """Import the files; when anything stops it, the number of the import is printed, to continue or undo it."""
    from tipsheet.audience.importing.report import RejectedRows
    from tipsheet.audience.importing.run import Import
    from tipsheet.audience.secret import secret_of

    instructions, now = _instructions(session, asked), session.now(asked.moment)
    size = sum(file.stat().st_size for file in asked.files)
    begun: list[int] = []
    with ExitStack() as stack:
        rows = RejectedRows(stack.enter_context(private_file(session, asked.rejected))) if asked.rejected else None
        secret = secret_of(os.environ)
        engine = stack.enter_context(session.store(asked.database))
        _remind(session, engine, asked.continued)
        advance = stack.enter_context(counting(session, "Reading bytes", size or None))
        work = Import(
            engine=engine, secret=secret, now=now, instructions=instructions, rejected=rows, advance=advance,
            begun=begun.append, dry_run=asked.dry_run,
        )  # fmt: skip
        try:
            return work.take(asked.files, continued=asked.continued or 0)
        except BaseException:
            if begun and begun[-1]:
                session.say(_unfinished(begun[-1]))
            raise


def _remind(session: Session, engine: "Engine", continued: int | None) -> None:
    """Print the imports that were stopped half-way."""
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
    """Print all imports; one that has not finished was stopped, unless an import is running now."""
    from tipsheet.audience.importing.records import only_import, records
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
    """The counts of rows over all files, in the order of a report."""
    from tipsheet.audience.importing.report import Tally

    total = {one.name: sum(tally.get(one.name, 0) for tally in counts.values()) for one in fields(Tally)}
    return ", ".join(f"{count:,} {word}" for word, count in total.items() if count)


def _undo(session: Session, asked: _Import, number: int) -> None:
    from tipsheet.audience.importing.records import only_import, undo
    from tipsheet.audience.secret import secret_of

    secret, now = secret_of(os.environ), session.now(asked.moment)
    with session.store_in_use(asked.database) as engine, only_import(engine):
        done = undo(engine, secret, number, now, dry_run=asked.dry_run)
    echo(
        f"import {number}: {done.removed:,} removed, {done.restored:,} as they were before, "
        f"{done.kept:,} stay as they were changed since"
    )
    if asked.dry_run:
        session.say("This was a dry run: nothing was changed.")


def _instructions(session: Session, asked: _Import) -> "Instructions":
    from tipsheet.audience.importing.columns import Instructions, read_mapping, read_statuses
    from tipsheet.audience.importing.csv_file import SEPARATORS

    attributes = session.settings().attributes
    try:
        mapped = read_mapping(asked.mapping, attributes)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--map") from error
    try:
        meant = read_statuses(asked.statuses)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--status") from error
    return Instructions(
        consent=asked.consent.strip(),
        attributes=attributes,
        mapped=mapped,
        statuses=meant,
        day_first=asked.day_first,
        provider=asked.provider or "",
        encoding=asked.encoding or "",
        separator=SEPARATORS[asked.separator] if asked.separator else "",
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
