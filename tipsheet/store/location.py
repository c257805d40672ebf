"""The location of the store: named by the environment or an option, else ``audience.db`` beside mkdocs.yml.

The list of readers must not get out by mistake, so a file is refused where it would be published, cached or
committed (A10).
"""

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa

from tipsheet.git import Answer, Git, is_installed
from tipsheet.store.database import sqlite_file, understood
from tipsheet.store.failures import StoreError

__all__ = ["DATABASE_VARIABLE", "FILE", "MisplacedStoreError", "ask_git", "store_url"]

DATABASE_VARIABLE = "TIPSHEET_DATABASE_URL"
FILE = "audience.db"
PUBLISHED = ("site", "outbox", "exports", ".tipsheet")
"""Folders of a publication that go to a server or into a cache."""


class MisplacedStoreError(StoreError):
    """The file of the store lies where others would come to read it."""

    exit_code = 2


def store_url(root: Path, named: str = "", published: Collection[str] = ()) -> sa.URL:
    """The address of the store of the publication in ``root``.

    ``named`` is a URL, or a path relative to ``root``. ``published`` are more folders that a file
    must not lie in, such as the content folder. Raises MisplacedStoreError, also for a file that
    git tracks.
    """
    url = understood(named if "://" in named else sa.URL.create("sqlite", database=named or FILE))
    file = sqlite_file(url)
    if file is None:
        return url
    file = root.resolve() / file
    for folder in (*PUBLISHED, *published):
        if (root / folder).resolve() in file.resolve().parents:
            raise MisplacedStoreError(
                f"the store cannot lie in '{folder}', which is published or cached",
                f"keep it beside mkdocs.yml, where git ignores it: --database {FILE}",
            )
    _refuse_tracked(file)
    return url.set(database=str(file))


def _refuse_tracked(file: Path) -> None:
    """Stop before people are written to a file that git would publish with the next push."""
    if not file.is_file():
        return
    family = sorted(path.name for path in file.parent.iterdir() if path.name.startswith(file.name))
    done = ask_git(file.parent, "ls-files", "-z", "--", *family)
    if done is not None and (tracked := done.names):
        raise MisplacedStoreError(
            f"git tracks {', '.join(tracked)}, and who reads is nobody else's business",
            f"run: git rm --cached {' '.join(tracked)}; if it was pushed, others have it: tell your readers",
        )


def ask_git(folder: Path, *words: str) -> Answer | None:
    """The answer of git about names in this folder, whoever owns it; None without git, which then knows of no file."""
    return Git(folder=folder, any_owner=True).answer(*words) if is_installed() else None
