"""``tipsheet new``: a valid issue in the next free slot."""

import datetime as dt

import click

from tipsheet.cli.names import authors
from tipsheet.cli.options import MOMENT, examples, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo

__all__ = ["new"]


@click.command(
    epilog=examples(
        'tipsheet new "Move the centre of gravity"',
        'tipsheet new "Two chairs" --date 2026-12-01 --author ines --tag careers --tag pricing',
    )
)
@click.argument("title")
@click.option("--date", type=MOMENT, metavar="MOMENT", help="Day or moment it appears. Default: the next free slot.")
@click.option("--author", shell_complete=authors, help="Id from authors.yml. Default: the first one there.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.option("--draft/--no-draft", default=True, show_default=True, help="Whether it stays out of everything for now.")
@now_option
@pass_session
def new(
    session: Session,
    title: str,
    date: dt.date | None,
    author: str | None,
    tags: tuple[str, ...],
    *,
    draft: bool,
    moment: dt.date | None,
) -> None:
    """Write a new issue called TITLE and print its path.

    It has the next free slot of the schedule, an id, a number if issues are numbered, and an action
    to fill in. `tipsheet check` has nothing to say about it; what is to be written says so.
    """
    from tipsheet.editing.drafts import new_issue, save
    from tipsheet.editing.slots import Timetable

    settings, publication = session.read(moment)
    timetable = Timetable.of(settings)
    slot = timetable.moment(date) if date else timetable.free(publication)
    draft_of = new_issue(publication, settings, title=title, slot=slot, author=author, tags=tags, draft=draft)
    file = save(session.root, draft_of)
    echo(str(file))
    session.say(f"{draft_of.id} appears on {slot:%A %Y-%m-%d at %H:%M}{', once it is no draft' if draft else ''}.")
