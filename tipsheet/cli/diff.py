"""``tipsheet diff``: what readers would see differently than at a revision of git."""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import (
    FOLDER,
    argument,
    database_option,
    examples,
    flag,
    json_option,
    now_option,
    option,
    pass_options,
    shared,
)
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo

if TYPE_CHECKING:
    from tipsheet.review.changes import Changes
    from tipsheet.review.revision import BuiltSide
    from tipsheet.settings import Settings

__all__ = ["diff"]

LAST_COMMIT = "HEAD"
MISTAKES = 10
"""Mistakes of a revision that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Diff:
    """The options of ``tipsheet diff``."""

    revision: str | None = argument("revision", required=False)
    markdown: bool = flag("--markdown", help="Print Markdown for a pull request, all content in code.")
    read: Path | None = option(
        "--read",
        type=click.Path(dir_okay=False, exists=True, path_type=Path),
        metavar="FILE.json",
        help="Print what an earlier --json wrote, and build nothing.",
    )
    changed: Path | None = option(
        "--changed",
        type=click.Path(dir_okay=False, exists=True, path_type=Path),
        metavar="FILE.txt",
        help="With --read: names of the files that changed, a line each, from whom you trust.",
    )
    pictures: Path | None = option(
        "--pictures",
        type=FOLDER,
        metavar="DIR",
        help="Take pictures of what changed, before and after (Chromium).",
    )
    database: str = shared(database_option)
    as_json: bool = shared(json_option)
    moment: dt.date | None = shared(now_option)


@click.command(
    epilog=examples(
        "tipsheet diff", "tipsheet diff main", "tipsheet diff origin/main --json > changes.json",
        "tipsheet diff --read changes.json --markdown",
    )
)  # fmt: skip
@pass_options(_Diff)
def diff(session: Session, asked: _Diff) -> None:
    """Show what readers would see differently than at REVISION.

    That is the last commit unless you name another, such as main. Its content is built by this
    program in a folder of its own, as at this moment and with drafts, and so is what you have now.
    Compared are letters for each audience, the text and the links of pages, addresses, and the items
    of feeds. Of letters that change it says who lacks an action, and how many get them, by the store.
    Settings, templates, plugins and hooks of the revision work as in any build of it.

    It ends with 0, whether something differs or not; with 1 for mistakes in what you have now; with 2
    where there is no such revision. A revision that cannot be built is told with its first mistakes,
    and beside it the letters that are still to come and the files that differ, and it ends with 0.

    Whoever built FILE.json may have written anything into it. With --changed, the files that could
    have done so, and those that decide about reviews, are named at its head by what is in FILE.txt.
    """
    from tipsheet.review.changes import changes_from, guards_in, json_of
    from tipsheet.review.report import markdown_of, text_of

    if asked.read is not None and (asked.revision is not None or asked.pictures is not None):
        raise click.UsageError("--read takes what is in the file: name no revision and no --pictures beside it.")
    if asked.markdown and asked.as_json:
        raise click.UsageError("--markdown and --json are two forms: choose one.")
    if asked.changed is not None and asked.read is None:
        raise click.UsageError("--changed is about the file of --read.")
    found = _compared(session, asked) if asked.read is None else changes_from(asked.read)
    if asked.changed is not None:
        names = asked.changed.read_text(encoding="utf-8", errors="replace").splitlines()
        found = replace(found, guards=guards_in(names, _own_guards(session.settings())))
    if asked.as_json:
        click.echo(json_of(found), nl=False)
    elif asked.markdown:
        click.echo(markdown_of(found), nl=False)
    else:
        for line in text_of(found):
            echo(line)


def _compared(session: Session, asked: _Diff) -> "Changes":
    from tipsheet.review.changes import Changes, guards_in
    from tipsheet.review.comparison import changes_between, letters_to_come
    from tipsheet.review.revision import BuiltSide, build_side, earlier

    session.settings()  # raises for mistakes in them, and where no publication is
    now, revision = session.now(asked.moment), LAST_COMMIT if asked.revision is None else asked.revision
    session.detail(f"As seen at {now.isoformat()}")
    with earlier(session.root, revision) as then, _folder() as folder:
        files = then.changed()
        session.detail(f"Building {revision}")
        before = _built(then.root, folder / "before", now)
        session.detail("Building what is here now")
        after = build_side(session.root, folder / "after", environ=os.environ, now=now)
        sides = [side for side in (before, after) if isinstance(side, BuiltSide)]
        guards = guards_in(files, [f"{then.below}{name}" for side in sides for name in _own_guards(side.settings)])
        if lost := then.lacks(name for side in sides for name in (side.settings.docs_dir, side.settings.overrides)):
            before = lost if isinstance(before, BuiltSide) else (*lost, *before)
        if not isinstance(before, BuiltSide):
            session.warn(f"The publication of {revision} cannot be built: there is nothing to compare with.")
            come = letters_to_come(after)
            found = Changes(revision=revision, letters=come, guards=guards, unbuilt=before, files=files)
            before = replace(after, folder=folder / "nothing")
        else:
            review = before.settings.review != after.settings.review
            guards = (*guards, *(["review: in mkdocs.yml"] if review else []))
            folder_of = f"{after.settings.docs_dir}/"
            renamed = then.renamed([after.settings.docs_dir])
            names = {was.removeprefix(folder_of): now.removeprefix(folder_of) for was, now in renamed.items()}
            after = replace(after, renamed=names)
            found = changes_between(before, after, revision=revision, guards=guards)
        if asked.pictures is not None:
            _take(session, asked.pictures, before, after, found)
        return _with_readers(session, asked.database, (before, after), found)


def _with_readers(session: Session, database: str, sides: "tuple[BuiltSide, BuiltSide]", found: "Changes") -> "Changes":
    """The changes with the numbers of readers, where there is a store; one that cannot be read stops no review."""
    from tipsheet.review.comparison import with_readers
    from tipsheet.store.failures import StoreError

    if not found.letters:
        return found
    try:
        with session.store_if_any(database) as engine:
            if engine is None:
                return found
            with engine.connect() as connection:
                return with_readers(found, *sides, connection)
    except StoreError as error:
        session.warn(f"Nobody is counted: {error}.")
        return found


def _own_guards(settings: "Settings") -> tuple[str, ...]:
    """Patterns of a publication's own files that decide about reviews, or that a build runs: its templates are code."""
    return (settings.review.signers, *([f"{settings.overrides}/*"] if settings.overrides else []))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as folder:
        yield Path(folder)


def _built(root: Path, folder: Path, now: dt.datetime) -> "BuiltSide | tuple[str, ...]":
    """The side of the revision, or its first mistakes with their places: in its folder nobody will look."""
    from tipsheet.errors import ContentError, NotAPublicationError, TipsheetError
    from tipsheet.problems import errors_in
    from tipsheet.review.revision import build_side

    try:
        return build_side(root, folder, environ=os.environ, now=now)
    except ContentError as error:
        mistakes = errors_in(error.problems)
        more = len(mistakes) - MISTAKES
        told = (str(mistake).replace(f"{root}/", "") for mistake in mistakes[:MISTAKES])
        return (*told, *([f"and {more} more"] if more > 0 else []))
    except NotAPublicationError:
        return ("there is no mkdocs.yml with the tipsheet plugin in it",)
    except TipsheetError as error:
        return (str(error).replace(f"{root}/", ""),)


def _take(session: Session, folder: Path, before: "BuiltSide", after: "BuiltSide", found: "Changes") -> None:
    """Take pictures of both sides, where there is a browser."""
    from tipsheet.review.screenshots import find_browser, take_pictures

    browser = find_browser(os.environ)
    if browser is None:
        session.warn("No pictures: there is no Chromium or Chrome on this machine.")
        return
    count = take_pictures(browser, folder, before, after, found)
    session.say(f"Took {count} pictures, in {folder}.")
