"""Long work as it goes on: a bar on a terminal, nothing anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tipsheet.cli.session import Session

__all__ = ["counting"]


@contextmanager
def counting(session: Session, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A function that is told how many more are done; ``total`` is None when nobody knows it."""
    if session.quiet or not sys.stderr.isatty():
        yield lambda _more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda more: progress.advance(task, more)
