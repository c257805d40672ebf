"""``tipsheet build``: the site, the feeds and the mail."""

import atexit
import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.findings import as_json as problem_as_json
from tipsheet.cli.findings import counted, number, show
from tipsheet.cli.options import examples, json_option, now_option
from tipsheet.cli.session import Session, pass_session
from tipsheet.cli.terminal import echo, echo_json

if TYPE_CHECKING:
    from tipsheet.standing import Built

__all__ = ["build", "no_collection"]

WORDS = {
    "new": "not there before",
    "output": "its file was changed or deleted",
    "state": "what was remembered of it cannot be read",
    "settings": "mkdocs.yml",
    "templates": "overrides/",
    "menus": "what stands in menus and on every page",
    "text": "its text, or what that links to",
    "authors": "its authors in authors.yml",
    "notes": "a note that it carries, or the day that ends one",
    "neighbours": "the issue before or after it",
    "library": "another issue with its action, or a day that has passed",
    "search": "it is searched by its head now, no longer whole",
    "content": "what it lists",
    "entries": "what it lists",
    "target": "where it leads",
}
"""What `tipsheet.engine` calls a part, in an editor's words."""

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    epilog=examples("tipsheet build", "tipsheet build --strict --site-dir public", "tipsheet build --now 2026-12-01")
)
@click.option("--site-dir", type=FOLDER, default="site", show_default=True, metavar="DIR", help="Where the site goes.")
@click.option(
    "--outbox-dir", type=FOLDER, default="outbox", show_default=True, metavar="DIR", help="Where the mail goes."
)
@click.option("--drafts", is_flag=True, help="Show drafts and coming issues as if they were out.")
@click.option("--strict", is_flag=True, help="Warnings stop the build.")
@click.option("--all-letters", is_flag=True, help="Make the mail of every issue, not only of those still to be sent.")
@click.option("--cold", is_flag=True, help="Make everything anew, whatever is remembered of the last build.")
@click.option("--explain", is_flag=True, help="Say of each page, feed and letter why it was made again.")
@json_option
@now_option
@pass_session
def build(
    session: Session,
    site_dir: Path,
    outbox_dir: Path,
    *,
    drafts: bool,
    strict: bool,
    all_letters: bool,
    cold: bool,
    explain: bool,
    as_json: bool,
    moment: dt.date | None,
) -> None:
    """Build the site, its feeds and the mail.

    Folders are relative to the publication. What has not changed since the last build is not made
    again. With mistakes in the content all of them are listed, and what was built last stays as it is.
    """
    from tipsheet.standing import begun, has_state, options_of, unchanged

    root, now = session.root, session.now(moment)
    session.detail(f"Publication in {root}")
    started = time.perf_counter()
    asked = options_of(drafts=drafts, strict=strict, all_letters=all_letters)
    site, outbox = root / site_dir, root / outbox_dir
    begin = begun(root, site, outbox, session.say) if has_state(root) and not cold else nullcontext()
    atexit.register(gc.freeze)  # nor is it looked for at the end
    with no_collection(), begin as making:
        built = unchanged(making, root, now=now, options=asked, site_dir=site, outbox_dir=outbox) if making else None
        if built is None:
            from tipsheet import press

            with _progress(session) as step:
                built = press.build(
                    root,
                    now=now,
                    drafts=drafts,
                    strict=strict,
                    all_letters=all_letters,
                    cold=cold,
                    progress=step,
                    environ=os.environ,
                    begun_already=making,
                    site_dir=site,
                    outbox_dir=outbox,
                )
    seconds = time.perf_counter() - started
    if as_json:
        echo_json(_values(built, seconds))
        return
    for line in _explained(built) if explain else ():
        echo(line)
    show(built.problems, root, whole=session.verbose)
    for line in _summary(built, seconds):
        session.say(line)


@contextmanager
def no_collection() -> Iterator[None]:
    """What a build makes it keeps: looking for garbage would cost a fifth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _progress(session: Session) -> Iterator[Callable[[str], None]]:
    """Say each step: on a terminal in one line that changes, elsewhere in a line each."""
    if session.quiet or not sys.stderr.isatty():
        yield session.say
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield status.update


def _summary(built: "Built", seconds: float) -> Iterator[str]:
    warnings = f", {counted(built.problems)}" if built.problems else ""
    made = ", ".join((number(built.issues, "issue"), number(built.pages, "page"), number(built.letters, "letter")))
    yield f"Built {made} in {seconds:.1f} s{warnings}."
    yield f"  site  {_near(built.site_dir / 'index.html')}"
    yield f"  feed  {_near(built.site_dir / 'feed.xml')}"
    yield f"  mail  {_near(built.outbox_dir)}"


def _explained(built: "Built") -> Iterator[str]:
    """One line for everything that was made, with what of it is new."""
    if not built.reasons:
        yield "Nothing has changed since the last build."
    for reason in sorted(built.reasons, key=lambda reason: reason.unit):
        yield f"{reason.unit}: {', '.join(WORDS.get(word, word) for word in reason.words)}"


def _near(path: Path) -> str:
    """The path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _values(built: "Built", seconds: float) -> dict[str, object]:
    return {
        "site_dir": str(built.site_dir),
        "outbox_dir": str(built.outbox_dir),
        "issues": built.issues,
        "pages": built.pages,
        "letters": built.letters,
        "changed": built.changed,
        "seconds": round(seconds, 3),
        "problems": [problem_as_json(problem) for problem in built.problems],
    }
