"""``tipsheet subscribers count``, ``export`` and ``demo``: the subscribers as a whole, real or fictional."""

import datetime as dt
import io
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import Names, database_option, dry_run_option, examples, json_option, now_option, segments
from tipsheet.cli.session import Session, counting, pass_session
from tipsheet.cli.terminal import echo_json, echo_table, number

if TYPE_CHECKING:
    from tipsheet.audience.private_files import PrivateFile
    from tipsheet.model.segment import Segment
    from tipsheet.settings import Settings

__all__ = ["count", "demo", "export_subscribers", "private_file"]


@click.command(epilog=examples("tipsheet subscribers count", "tipsheet subscribers count --segment managers"))
@click.option("--segment", metavar="NAME", shell_complete=segments, help="Only those whom its rule includes.")
@database_option
@json_option
@pass_session
def count(session: Session, segment: str | None, database: str, *, as_json: bool) -> None:
    """Count the subscribers by status.

    Only the confirmed are sent anything. The suppressed are addresses that must not be written to;
    they are known by a hash, and some belong to people who were erased. Of the confirmed it
    says how many chose one letter a month, and how many have paused.
    """
    from tipsheet.audience.readers import (
        EVERYBODY,
        choices_in_words,
        chosen,
        count_by_status,
        count_choices,
        count_suppressed,
    )

    rule = EVERYBODY if segment is None else chosen(session.settings().segments, {segment})[0].rule
    with session.store_in_use(database) as engine, engine.connect() as connection:
        counts = count_by_status(connection, rule)
        suppressed = count_suppressed(connection)
        choices = count_choices(connection, session.now(None), rule)
    total = sum(counts.values())
    if as_json:
        others = {"suppressed": suppressed} if segment is None else {"segment": segment}
        echo_json({"by_status": dict(counts), "by_choice": dict(choices), "total": total, **others})
        return
    echo_table(("status", "subscribers"), [[status, f"{people:,}"] for status, people in counts.items()])
    rest = f"; {suppressed:,} addresses are suppressed" if segment is None else f" in {segment}"
    session.say(f"{total:,} in all{rest}.")
    if words := choices_in_words(choices):
        session.say(words)


def _statuses() -> Iterable[str]:
    from tipsheet.model.segment import STATUSES

    return STATUSES


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
    "--status",
    multiple=True,
    type=Names(_statuses),
    metavar="STATUS",
    help="Only people with this status; may be given several times.",
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


def private_file(session: Session, path: Path) -> "AbstractContextManager[PrivateFile]":
    """A new file that only its owner can read; raises ExposedFileError for a path that would be published."""
    from tipsheet.audience.private_files import PrivateFile, is_unignored, refuse_exposed
    from tipsheet.store.location import PUBLISHED

    folders = (*PUBLISHED, session.settings().docs_dir)
    refuse_exposed(path, [session.root / folder for folder in folders])
    if is_unignored(path):
        session.say(f"Note: git does not ignore {path}; take care not to commit it.")
    return PrivateFile(path)


@click.command(epilog=examples("tipsheet subscribers demo 1000", "tipsheet subscribers demo 1000 --database demo.db"))
@click.argument("count", type=click.IntRange(1, 10_000_000))
@dry_run_option
@database_option
@json_option
@now_option
@pass_session
def demo(session: Session, count: int, database: str, *, dry_run: bool, as_json: bool, moment: dt.date | None) -> None:
    """Make COUNT fictional subscribers.

    Their attributes and tags are those that mkdocs.yml declares and asks for, and most have
    confirmed. They are the same people every time, so that a second run adds nobody; their addresses
    are at example.org, example.com and example.net, where no mail arrives. A store with real people
    in it is refused.
    """
    from tipsheet.audience.demo import FictionalAudience, enrol_fictional

    settings = session.settings()
    cast, added = FictionalAudience(attributes=settings.attributes, segments=settings.segments), 0
    with (
        session.register(database, moment, dry_run=dry_run) as register,
        counting(session, "Inventing people", count) as advance,
    ):
        for done, new in enrol_fictional(register, count, cast):
            added += new
            advance(done)
    if as_json:
        echo_json({"asked": count, "added": added})
    there = f"; {count - added:,} were there" if added < count else ""
    session.say(f"{'Would be added' if dry_run else 'Added'}: {added:,} fictional subscribers{there}.")
