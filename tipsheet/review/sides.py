"""One side of a comparison: a publication, built by this program into a folder outside it.

Both sides are made as at one moment, with drafts and coming issues in them. So a template, a setting or a style that
changes a letter is seen as well as a word that does.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path

from tipsheet import press
from tipsheet.engine.state import StateFile
from tipsheet.last_build import BuildOptions
from tipsheet.model.post import Issue
from tipsheet.model.publication import Publication
from tipsheet.settings import Settings

__all__ = ["BuiltSide", "build_side", "is_same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltSide:
    """One side of a comparison: a publication, and the folder with its site and its outbox."""

    folder: Path
    settings: Settings
    publication: Publication

    @property
    def site(self) -> Path:
        """The folder of the site."""
        return self.folder / "site"

    @property
    def outbox(self) -> Path:
        """The folder of the letters."""
        return self.folder / "outbox"

    @property
    def letters(self) -> tuple[Issue, ...]:
        """Everything that has a letter: issues, and letters that follow a confirmation."""
        return (*self.publication.issues, *self.publication.welcome)


def build_side(root: Path, folder: Path, *, environ: Mapping[str, str], now: dt.datetime) -> BuiltSide:
    """Build the publication in ``root`` into a folder outside it, drafts and coming issues included.

    Raises ContentError with all mistakes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = BuildOptions(
        site_dir=folder / "site", outbox_dir=folder / "outbox", drafts=True, state=StateFile(folder / "state")
    )
    pressed = press.press(root, options, now=now, environ=environ)
    settings, publication = pressed.prepared.ready(drafts=True)
    return BuiltSide(folder=folder, settings=settings, publication=publication)


def is_same(one: Path, other: Path) -> bool:
    """True if both are files with the same bytes."""
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)
