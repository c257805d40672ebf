"""One run of the command line: its publication, its moment, the store of subscribers, and lines on stderr."""

import datetime as dt
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.terminal import echo
from tipsheet.clock import current_time
from tipsheet.errors import ContentError, NotAPublicationError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tipsheet.audience.register import Register
    from tipsheet.last_check import Checked
    from tipsheet.model.publication import Publication
    from tipsheet.problems import Problem
    from tipsheet.settings import Settings

__all__ = ["CONFIG_FILE", "EVERY", "Session", "counting", "pass_session"]

CONFIG_FILE = "mkdocs.yml"
EVERY = 60
"""Seconds between two lines of progress where no terminal is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The options that every command has; ``directory`` is the one of ``-C``."""

    directory: Path | None
    quiet: bool = False
    verbose: bool = False

    @property
    def root(self) -> Path:
        """Folder of the publication: the one of ``-C``, or the nearest from here upwards that holds mkdocs.yml."""
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
        from tipsheet.editing.timetable import Timetable
        from tipsheet.settings import Schedule, read_settings

        try:
            settings, _ = read_settings(self.root)
        except FileNotFoundError:
            settings = None
        timetable = Timetable.of(settings) if settings else Timetable(Schedule(), dt.UTC)
        return timetable.moment(moment)

    def check(self, moment: dt.date | dt.datetime | None) -> "Checked":
        """Every mistake in the files of the publication and in the letters that are still to be sent."""
        from tipsheet import last_check

        return last_check.check(self.root, now=self._moment(moment), environ=os.environ)

    def _moment(self, moment: dt.date | dt.datetime | None) -> dt.datetime:
        """The moment; with ``-v`` it is printed, and the folder too."""
        self.detail(f"Publication in {self.root}")
        now = self.now(moment)
        self.detail(f"As seen at {now.isoformat()}")
        return now

    def read(self, moment: dt.date | dt.datetime | None) -> "tuple[Settings, Publication]":
        """The settings and the publication without the files that have mistakes, for commands that work all the same.

        Raises ContentError when mkdocs.yml cannot be read as YAML.
        """
        settings, publication, broken = self.read_and_tell(moment)
        if broken:
            self.say("Some files have mistakes and may be missing here; tipsheet check lists them.")
        return settings, publication

    def read_and_tell(self, moment: dt.date | dt.datetime | None) -> "tuple[Settings, Publication, tuple[str, ...]]":
        """The same, and the paths of the files that have mistakes; raises what `read` raises."""
        from tipsheet import press
        from tipsheet.problems import errors_in

        prepared = press.prepare(self.root, now=self._moment(moment))
        if prepared.settings is None or prepared.publication is None:
            raise ContentError(prepared.problems)
        broken = dict.fromkeys(problem.where.path for problem in errors_in(prepared.problems))
        return prepared.settings, prepared.publication, tuple(broken)

    def settings(self) -> "Settings":
        """The settings of mkdocs.yml; raises ContentError for any mistake in them: a wrong rule would count nobody.

        The folders that it names need not be there: a job that only sends has nothing but the outbox.
        """
        from tipsheet.problems import errors_in
        from tipsheet.settings import NO_FOLDER, read_settings

        self._docs_dir()
        settings, found = read_settings(self.root)
        problems = [problem for problem in found if problem.code != NO_FOLDER]
        if settings is None or errors_in(problems):
            raise ContentError(problems)
        return settings

    @contextmanager
    def store(self, database: str) -> Iterator["Engine"]:
        """The open store of the publication; ``database`` comes from ``--database`` or the environment.

        An error of the database inside the block is raised as a StoreError with a remedy.
        """
        from tipsheet.store.database import open_store
        from tipsheet.store.failures import in_plain_words, shown
        from tipsheet.store.location import store_url

        url = store_url(self.root, database, published=[self._docs_dir()])
        self.detail(f"Store at {shown(url)}")
        engine = open_store(url)
        try:
            with in_plain_words(url):
                yield engine
        finally:
            engine.dispose()

    @contextmanager
    def store_if_any(self, database: str) -> Iterator["Engine | None"]:
        """The store of the publication, or None where there is none; it is not made."""
        from tipsheet.store.database import is_there
        from tipsheet.store.location import store_url

        if not is_there(store_url(self.root, database, published=[self._docs_dir()])):
            yield None
            return
        with self.store(database) as engine:
            yield engine

    @contextmanager
    def store_in_use(self, database: str) -> Iterator["Engine"]:
        """The store of the publication; raises NoStoreError where there is none."""
        from tipsheet.store.failures import NoStoreError

        with self.store_if_any(database) as engine:
            if engine is None:
                hint = "make one: tipsheet subscribers demo 1000, or import your list"
                raise NoStoreError("this publication has no store of subscribers yet", hint)
            yield engine

    @contextmanager
    def register(
        self, database: str, moment: dt.date | dt.datetime | None, *, dry_run: bool = False
    ) -> Iterator["Register"]:
        """The register of subscribers, open for one change at this moment; a dry run changes nothing."""
        from tipsheet.audience.register import open_register
        from tipsheet.audience.secret import secret_of

        secret, now = secret_of(os.environ), self.now(moment)
        with self.store(database) as engine, open_register(engine, secret, now=now, dry_run=dry_run) as register:
            yield register

    def _docs_dir(self) -> str:
        """The folder of the content, which is published; raises NotAPublicationError where there is no mkdocs.yml."""
        from tipsheet.settings import read_config

        if not (self.root / CONFIG_FILE).is_file():
            raise NotAPublicationError(f"there is no {CONFIG_FILE} in {self.root}", "make one: tipsheet init letter")
        config, _ = read_config(self.root, os.environ)
        return str((config.document.get("docs_dir") if config else None) or "content")

    def show(self, problems: "Sequence[Problem]") -> None:
        """Print problems on stderr, if there are any; with ``-v`` every one, however many are alike."""
        if problems:
            from tipsheet.cli.findings import show

            show(problems, self.root, whole=self.verbose)

    def say(self, line: str) -> None:
        """Print a line on stderr, but not with ``-q``."""
        if not self.quiet:
            echo(line, err=True)

    def warn(self, line: str) -> None:
        """Print a line on stderr that somebody has to know or act on, also with ``-q`` (D27)."""
        echo(line, err=True)

    def detail(self, line: str) -> None:
        """Print a line on stderr with ``-v`` only."""
        if self.verbose:
            echo(line, err=True)


pass_session = click.make_pass_decorator(Session)


@contextmanager
def counting(
    session: Session, what: str, total: int | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, elsewhere a line a minute; call the function with how many more are done.

    ``total`` is None when nobody knows it; ``clock`` gives seconds.
    """
    if session.quiet:
        yield lambda _more: None
        return
    if not sys.stderr.isatty():
        yield _lines(session, what, total, clock)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)


def _lines(session: Session, what: str, total: int | None, clock: Callable[[], float]) -> Callable[[int], None]:
    done, last = 0, clock()

    def advance(more: int) -> None:
        nonlocal done, last
        done += more
        if clock() - last >= EVERY:
            last = clock()
            session.say(f"{what}: {done:,}{f' of {total:,}' if total else ''}")

    return advance
