"""``tipsheet init``, ``new`` and ``assemble``: files for an editor to write on in."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tipsheet.cli.options import (
    MOMENT,
    Names,
    argument,
    authors,
    examples,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.options import tags as tag_names
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.editing.assembly import Assembly, Proposal

__all__ = ["assemble", "init", "new"]

author_option = click.option(
    "--author", shell_complete=authors, help="Id from authors.yml. Default: the first one there."
)


def _editors() -> Iterable[str]:
    from tipsheet.editing.editors import EDITORS

    return EDITORS


def _looks() -> Iterable[str]:
    from tipsheet.editing.starter import looks

    return looks()


def _languages() -> Iterable[str]:
    from tipsheet.words import languages

    return languages()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Init:
    """The options of ``tipsheet init``."""

    folder: Path | None = argument("folder", required=False, type=click.Path(path_type=Path), metavar="[DIR]")
    name: str = option("--name", default="My Tipsheet", show_default=True, help="Name of the publication.")
    look: str = option(
        "--look", type=Names(_looks), default="classic", show_default=True, help="Type and colours to begin with."
    )
    language: str = option(
        "--language", type=Names(_languages), default="en", show_default=True, help="Language of its readers."
    )
    editors: tuple[str, ...] = option(
        "--editor",
        "editors",
        multiple=True,
        type=Names(_editors),
        help="Write the settings of this program as well; may be given several times.",
    )
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet init letter",
        "tipsheet init letter --look swiss --language de",
        'tipsheet init letter --name "Long Table" --editor vscode',
        "tipsheet init --editor vscode --editor prettier",
    )
)
@pass_options(_Init)
def init(session: Session, asked: _Init) -> None:
    """Make a new publication in DIR, which builds at once.

    DIR does not exist yet, or is empty. The files show what can be written where; delete what you do
    not need. With --language, menus, dates, buttons and letters speak it; the text to write over is
    English.

    With --editor and without DIR, settings are added to the publication that is there already, or
    brought up to date; a file that you have changed stays as it is.
    """
    from tipsheet.editing.starter import TIMETABLE, NewPublication, make_starter

    folder, name = asked.folder, asked.name
    if folder is None:
        if not asked.editors:
            raise click.UsageError("Missing argument 'DIR': the folder of the new publication.")
        _write_settings(session, session.root, session.settings().docs_dir, asked.editors)
        return
    wanted = NewPublication(name=name, look=asked.look, language=asked.language)
    files = make_starter(folder, wanted, session.now(TIMETABLE.moment(asked.moment) if asked.moment else None))
    echo(str(folder))
    session.say(
        f'{name} has {len(files)} files. Next:\n  cd {folder}\n  tipsheet serve\n  tipsheet new "Its first title"'
    )
    _write_settings(session, folder, "content", asked.editors)


def _write_settings(session: Session, root: Path, docs: str, names: Iterable[str]) -> None:
    """Write the files of these editors, and print the path of each; one that was changed is told of."""
    from tipsheet.editing.editors import EDITORS, Fate, write_files

    for name in dict.fromkeys(names):
        for path, fate in write_files(root, docs, EDITORS[name]).items():
            if fate is Fate.KEPT:
                session.warn(f"{path} is not as tipsheet wrote it, and stays: delete it and run this again for ours")
            else:
                echo(str(root / path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """The options of ``tipsheet new``."""

    title: str = argument("title")
    date: dt.date | None = option(
        "--date", type=MOMENT, metavar="MOMENT", help="Day or moment it appears. Default: the next free slot."
    )
    author: str | None = shared(author_option)
    tags: tuple[str, ...] = option(
        "--tag", "tags", multiple=True, shell_complete=tag_names, help="A tag; may be given several times."
    )
    draft: bool = option(
        "--draft/--no-draft", default=True, show_default=True, help="Keep it out of site, feeds and mail for now."
    )
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        'tipsheet new "Move the centre of gravity"',
        'tipsheet new "Two chairs" --date 2026-12-01 --author ines --tag careers --tag pricing',
    )
)
@pass_options(_New)
def new(session: Session, asked: _New) -> None:
    """Write a new issue called TITLE and print its path.

    It has the next free slot of the schedule, an id, a number if issues are numbered, and an action
    to fill in. `tipsheet check` finds no mistake in it; its text says what you have to write.
    """
    from tipsheet.editing.drafts import NewIssue, new_issue, save
    from tipsheet.editing.timetable import Timetable

    settings, publication = session.read(asked.moment)
    timetable = Timetable.of(settings)
    slot = timetable.moment(asked.date) if asked.date else timetable.free(publication)
    wanted = NewIssue(title=asked.title, slot=slot, author=asked.author, tags=asked.tags, draft=asked.draft)
    draft = new_issue(publication, settings, wanted)
    echo(str(save(session.root, draft)))
    when = f"{slot:%A %Y-%m-%d at %H:%M}"
    session.say(f"{draft.id} appears on {when}{', once it is no draft' if asked.draft else ''}.")


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
@author_option
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
    from tipsheet.editing.assembly import draft_assembled
    from tipsheet.editing.drafts import save
    from tipsheet.editing.timetable import Timetable

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
    """The proposals with their reasons, and the actions that their readers had before."""
    yield f"\nFor {assembly.slot:%A %Y-%m-%d}:"
    for proposal in assembly.proposals:
        yield f"\n{proposal.title}: {_sentence(proposal, assembly)}"
        for seen in proposal.had:
            verb = "had " if seen.issue.published <= assembly.now else "gets"
            yield f"  {verb} {seen.issue.published:%Y-%m-%d}  {seen.action.title}"
        if not proposal.had:
            yield "  had nothing in the last 12 weeks"
    if assembly.notes:
        yield "\nNotes that it carries by itself:"
        yield from (f"  {note.title} (until {note.expires})" for note in assembly.notes)


def _sentence(proposal: "Proposal", assembly: "Assembly") -> str:
    action, everyone = proposal.action, assembly.everyone.action
    if action is None:
        fallback = "they get what everyone else gets" if proposal.segment else "write a new action into the draft"
        return f"{proposal.reason}; {fallback}"
    same = proposal.segment and everyone and action.id == everyone.id
    return f"{action.title} ({action.id}): {proposal.reason}{'; the same as everyone else' if same else ''}"


def _values(assembly: "Assembly") -> dict[str, object]:
    """The report for a program."""
    return {
        "slot": assembly.slot.isoformat(),
        "choices": [
            {
                "segment": proposal.segment or None,
                "action": proposal.action.id if proposal.action else None,
                "reason": proposal.reason,
                "last_given": proposal.last.published.date().isoformat() if proposal.last else None,
                "had": [
                    {"date": seen.issue.published.date().isoformat(), "issue": seen.issue.id, "action": seen.action.id}
                    for seen in proposal.had
                ],
            }
            for proposal in assembly.proposals
        ],
        "notes": [note.id for note in assembly.notes],
    }
