"""What the global options say, and the two questions every command asks: which publication, and when."""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.clock import current_time
from tipsheet.errors import ContentError

if TYPE_CHECKING:
    from tipsheet.model.publication import Publication
    from tipsheet.press import Prepared
    from tipsheet.settings import Settings

__all__ = ["Session", "pass_session"]

CONFIG_FILE = "mkdocs.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One run of the command line; ``directory`` is what ``-C`` names."""

    directory: Path | None
    quiet: bool = False
    verbose: bool = False

    @property
    def root(self) -> Path:
        """Folder of the publication: the one named, or the nearest from here upwards that holds mkdocs.yml."""
        if self.directory is not None:
            return self.directory
        here = Path.cwd()
        return next((folder for folder in (here, *here.parents) if (folder / CONFIG_FILE).is_file()), here)

    def now(self, moment: dt.date | dt.datetime | None) -> dt.datetime:
        """The moment a command works at: ``--now``, or the clock.

        Without an offset it is in the publication's zone, and a day alone is the scheduled time of
        that day, just as in a header: the issue of that day has appeared.
        """
        if moment is None:
            return current_time(os.environ)
        if isinstance(moment, dt.datetime) and moment.tzinfo is not None:
            return moment
        from tipsheet.editing.slots import Timetable
        from tipsheet.settings import Schedule, read_settings

        try:
            settings, _ = read_settings(self.root)
        except FileNotFoundError:
            settings = None
        timetable = Timetable.of(settings) if settings else Timetable(Schedule(), dt.UTC)
        return timetable.moment(moment)

    def prepare(self, moment: dt.date | dt.datetime | None) -> "Prepared":
        """The publication and every mistake in its files."""
        from tipsheet import press

        return press.prepare(self.root, now=self._told(moment))

    def check(self, moment: dt.date | dt.datetime | None) -> "Prepared":
        """The publication and every mistake in its files and in the letters that are still to be sent."""
        from tipsheet import press

        return press.check(self.root, now=self._told(moment))

    def _told(self, moment: dt.date | dt.datetime | None) -> dt.datetime:
        """The moment, told to whoever asks for more."""
        self.detail(f"Publication in {self.root}")
        now = self.now(moment)
        self.detail(f"As seen at {now.isoformat()}")
        return now

    def read(self, moment: dt.date | dt.datetime | None) -> "tuple[Settings, Publication]":
        """What could be read, for commands that work in spite of mistakes in some file; they are counted.

        Raises ContentError when mkdocs.yml cannot be read as YAML.
        """
        from tipsheet.problems import errors_in

        prepared = self.prepare(moment)
        if prepared.settings is None or prepared.publication is None:
            raise ContentError(prepared.problems)
        if errors_in(prepared.problems):
            self.say("Some files have mistakes and may be missing here; tipsheet check lists them.")
        return prepared.settings, prepared.publication

    def say(self, line: str) -> None:
        """Tell what is going on, unless ``-q`` asks for quiet."""
        if not self.quiet:
            click.echo(line, err=True)

    def detail(self, line: str) -> None:
        """Tell what only ``-v`` asks for."""
        if self.verbose:
            click.echo(line, err=True)


pass_session = click.make_pass_decorator(Session)
