"""``tipsheet check``: every mistake in the publication, at once."""

import datetime as dt
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import FORMATS, Listing, Style, counted, number
from tipsheet.cli.options import examples, now_option
from tipsheet.cli.session import Session
from tipsheet.problems import errors_in

if TYPE_CHECKING:
    from tipsheet.press import Prepared

__all__ = ["check"]

READING = (
    "headers and mkdocs.yml",
    "blocks and merge fields",
    "names of segments, authors and actions",
    "files and pictures",
    "ids and addresses",
    "lists",
    "what GitHub shows otherwise",
)
"""What reading finds before any check runs."""


@click.command(epilog=examples("tipsheet check", "tipsheet check --strict --format github", "tipsheet check --fix"))
@click.option("--strict", is_flag=True, help="Warnings count as mistakes.")
@click.option("--fix", is_flag=True, help="Repair lists that Markdown would flatten or join, then check.")
@click.option(
    "--format",
    "form",
    type=click.Choice(tuple(FORMATS)),
    default="text",
    show_default=True,
    help="For people, for a program, or as annotations in a workflow of GitHub.",
)
@now_option
@click.pass_context
def check(ctx: click.Context, *, strict: bool, fix: bool, form: str, moment: dt.date | None) -> None:
    """List every mistake with its place and a remedy.

    Settings, headers, blocks, links, pictures, lengths and dates are looked at. `tipsheet explain
    CODE` says more about one. Ends with 1 when there are mistakes, and with --strict also when
    there are warnings.
    """
    session = ctx.find_object(Session)
    assert session is not None  # noqa: S101 - the group made it
    prepared = session.check(moment)
    if fix and _repair(prepared, session):
        prepared = session.check(moment)
    ran = _ran(prepared)
    style = Style.of(sys.stdout, os.environ)
    found = Listing(problems=prepared.problems, root=session.root, checks=ran, style=style, whole=session.verbose)
    for line in FORMATS[form](found):
        click.echo(line, color=style.colour)
    if form != "json":
        session.say(_summary(prepared, ran))
    if errors_in(prepared.problems, strict=strict):
        ctx.exit(1)


def _ran(prepared: "Prepared") -> list[str]:
    """The checks that ran; without settings nothing but them was read."""
    from tipsheet.checks import CHECKS

    if prepared.publication is None:
        return list(READING[:1])
    return [*READING, *CHECKS, "letters of the last weeks and of those to come"]


def _summary(prepared: "Prepared", ran: list[str]) -> str:
    lines = [f"Checked: {', '.join(ran)}."]
    publication = prepared.publication
    if publication is not None:
        counts: Mapping[str, int] = {
            "issue": len(publication.issues),
            "article": len(publication.articles),
            "note": len(publication.notes),
            "action": len(publication.evergreen),
        }
        lines.append(f"Read: {', '.join(number(count, noun) for noun, count in counts.items())}.")
    return "\n".join([*lines, f"{counted(prepared.problems)}."])


def _repair(prepared: "Prepared", session: Session) -> bool:
    """Repair what can be repaired without asking; whether any file was changed."""
    changed = list(_repaired(prepared))
    for name in changed:
        session.say(f"Repaired {name}")
    return bool(changed)


def _repaired(prepared: "Prepared") -> Iterator[str]:
    from tipsheet.blocks.commonmark import fix_file
    from tipsheet.engine.inputs import scan
    from tipsheet.reading.published import contents_of

    if prepared.settings is not None:
        docs = prepared.settings.docs_dir
        for path in contents_of(scan(prepared.root, (docs,), {}, moment=0), docs).sources():
            if fix_file(prepared.root / path):
                yield path
