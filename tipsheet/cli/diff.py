"""``tipsheet diff``: what readers would see differently than at a revision of git."""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipsheet.cli.options import FOLDER, argument, examples, flag, json_option, now_option, option, pass_options, shared
from tipsheet.cli.session import Session
from tipsheet.cli.terminal import echo

if TYPE_CHECKING:
    from tipsheet.review.changes import Changes
    from tipsheet.review.sides import BuiltSide

__all__ = ["diff"]

LAST_COMMIT = "HEAD"
GUARDS = (".github/workflows/*", "CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", "*.py", "hooks/*.py")
"""Files of a repository that decide about reviews, or that a pipeline or a build runs."""


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
    pictures: Path | None = option(
        "--pictures",
        type=FOLDER,
        metavar="DIR",
        help="Take pictures of what changed, before and after (Chromium).",
    )
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
    of feeds. Settings, templates, plugins and hooks of the revision work as in any build of it.
    """
    from tipsheet.review.changes import changes_from, json_of
    from tipsheet.review.report import markdown_of, text_of

    if asked.read is not None and (asked.revision is not None or asked.pictures is not None):
        raise click.UsageError("--read takes what is in the file: name no revision and no --pictures beside it.")
    if asked.markdown and asked.as_json:
        raise click.UsageError("--markdown and --json are two forms: choose one.")
    found = _compared(session, asked) if asked.read is None else changes_from(asked.read)
    if asked.as_json:
        click.echo(json_of(found), nl=False)
    elif asked.markdown:
        click.echo(markdown_of(found), nl=False)
    else:
        for line in text_of(found):
            echo(line)


def _compared(session: Session, asked: _Diff) -> "Changes":
    from tipsheet.review.comparison import changes_between
    from tipsheet.review.revision import earlier
    from tipsheet.review.sides import guards_changed

    session.settings()  # raises for mistakes in them, and where no publication is
    now, revision = session.now(asked.moment), asked.revision or LAST_COMMIT
    session.detail(f"As seen at {now.isoformat()}")
    with earlier(session.root, revision) as then, _folder() as folder:
        before = _built(session, then.root, folder / "before", now, revision)
        after = _built(session, session.root, folder / "after", now, "")
        guards = guards_changed(then.root, session.root, (*GUARDS, after.settings.review.signers))
        if before.settings.review != after.settings.review:
            guards = (*guards, "mkdocs.yml (review)")
        found = changes_between(before, after, revision=revision, guards=guards)
        if asked.pictures is not None:
            _take(session, asked.pictures, before, after, found)
    return found


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tipsheet-") as folder:
        yield Path(folder)


def _built(session: Session, root: Path, folder: Path, now: dt.datetime, revision: str) -> "BuiltSide":
    """One side; mistakes in the revision are told as what they are."""
    from tipsheet.errors import ContentError, NotAPublicationError
    from tipsheet.review.revision import RevisionError
    from tipsheet.review.sides import build_side

    session.detail(f"Building {revision or 'what is here now'}")
    try:
        return build_side(root, folder, environ=os.environ, now=now)
    except (ContentError, NotAPublicationError) as error:
        if not revision:
            raise
        hint = "compare with a commit that this program can build"
        raise RevisionError(f"the publication of '{revision}' cannot be built: {error}", hint) from error


def _take(session: Session, folder: Path, before: "BuiltSide", after: "BuiltSide", found: "Changes") -> None:
    """Take pictures of both sides, where there is a browser."""
    from tipsheet.review.screenshots import find_browser, take_pictures

    browser = find_browser(os.environ)
    if browser is None:
        session.warn("No pictures: there is no Chromium or Chrome on this machine.")
        return
    count = take_pictures(browser, folder, before, after, found)
    session.say(f"Took {count} pictures, in {folder}.")
