"""``tipsheet assemble``: a draft issue from the library and the notes in force."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.names import authors
from tipsheet.cli.options import examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.editing.assembly import Assembly, Choice

__all__ = ["assemble"]


class _Week(click.ParamType[tuple[int, int]]):
    """An ISO week: ``2026-W49``."""

    name = "week"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{4})-?[Ww](\d{1,2})", str(value))
        if match is None:
            self.fail(f"'{value}' is not a week like 2026-W49.", param, ctx)
        year, week = int(match[1]), int(match[2])
        try:
            dt.date.fromisocalendar(year, week, 1)
        except ValueError:
            self.fail(f"{year} has no week {week}.", param, ctx)
        return year, week


@click.command(epilog=examples("tipsheet assemble", "tipsheet assemble --week 2026-W49 --author mara"))
@click.option("--week", type=_Week(), metavar="WEEK", help="ISO week it appears in. Default: the next free slot.")
@click.option("--author", shell_complete=authors, help="Id from authors.yml. Default: the first one there.")
@json_option
@now_option
@pass_session
def assemble(
    session: Session, week: tuple[int, int] | None, author: str | None, *, as_json: bool, moment: dt.date | None
) -> None:
    """Write a draft issue with actions from the library.

    For everyone, and for each segment, it takes the fitting action that these readers were not
    given for longest, and says why. Nothing is chosen later: what stands in the file is sent.
    """
    from tipsheet.editing.assembled import draft_assembled
    from tipsheet.editing.drafts import save
    from tipsheet.editing.slots import Timetable

    settings, publication = session.read(moment)
    timetable = Timetable.of(settings)
    slot = timetable.in_week(*week) if week else timetable.free(publication)
    assembly, draft = draft_assembled(publication, settings, slot=slot, author=author)
    file = save(session.root, draft)
    if as_json:
        echo_json({"path": str(file), "id": draft.id, **_values(assembly)})
        return
    echo(str(file))
    for line in _report(assembly):
        echo(line)


def _report(assembly: "Assembly") -> Iterator[str]:
    """Why each action was taken, and what its readers had."""
    yield f"\nFor {assembly.slot:%A %Y-%m-%d}:"
    for choice in assembly.choices:
        yield f"\n{choice.title}: {_outcome(choice, assembly)}"
        for seen in choice.had:
            verb = "had " if seen.issue.published <= assembly.now else "gets"
            yield f"  {verb} {seen.issue.published:%Y-%m-%d}  {seen.action.title}"
        if not choice.had:
            yield "  had nothing in the last 12 weeks"
    if assembly.notes:
        yield "\nNotes that it carries by itself:"
        yield from (f"  {note.title} (until {note.expires})" for note in assembly.notes)


def _outcome(choice: "Choice", assembly: "Assembly") -> str:
    if choice.action is None:
        fallback = "they get what everyone else gets" if choice.segment else "write a new action into the draft"
        return f"{choice.reason}; {fallback}"
    same = choice.segment and assembly.everyone.action and choice.action.id == assembly.everyone.action.id
    return f"{choice.action.title} ({choice.action.id}): {choice.reason}{'; the same as everyone else' if same else ''}"


def _values(assembly: "Assembly") -> dict[str, object]:
    """The same for a program."""
    return {
        "slot": assembly.slot.isoformat(),
        "choices": [
            {
                "segment": choice.segment or None,
                "action": choice.action.id if choice.action else None,
                "reason": choice.reason,
                "last_given": choice.last.published.date().isoformat() if choice.last else None,
                "had": [
                    {"date": seen.issue.published.date().isoformat(), "issue": seen.issue.id, "action": seen.action.id}
                    for seen in choice.had
                ],
            }
            for choice in assembly.choices
        ],
        "notes": [note.id for note in assembly.notes],
    }
