"""``tipsheet init``: make a publication that builds at once."""

import datetime as dt
from pathlib import Path

import click

from tipsheet.cli.options import examples, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo

__all__ = ["init"]


@click.command(epilog=examples("tipsheet init letter", 'tipsheet init letter --name "Half Turn"'))
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--name", default="My Tipsheet", show_default=True, help="Name of the publication.")
@now_option
@pass_session
def init(session: Session, folder: Path, name: str, moment: dt.date | None) -> None:
    """Make a new publication in DIR, which builds at once.

    DIR does not exist yet, or is empty. The files show what can be written where; what you do not
    need you delete.
    """
    from tipsheet.editing.starter import TIMETABLE, make_starter

    files = make_starter(folder, name, session.now(TIMETABLE.moment(moment) if moment else None))
    echo(str(folder))
    session.say(
        f'{name} has {len(files)} files. Next:\n  cd {folder}\n  tipsheet build\n  tipsheet new "Its first title"'
    )
