"""Files of people that a command writes."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.cli.session import Session

if TYPE_CHECKING:
    from tipsheet.audience.private_files import PrivateFile

__all__ = ["private_file"]


def private_file(session: Session, path: Path) -> "AbstractContextManager[PrivateFile]":
    """A new file that nobody else reads; raises ExposedFileError where others would."""
    from tipsheet.audience.private_files import PrivateFile, is_unignored, refuse_exposed
    from tipsheet.store.location import PUBLISHED

    folders = (*PUBLISHED, session.settings().docs_dir)
    refuse_exposed(path, [session.root / folder for folder in folders])
    if is_unignored(path):
        session.say(f"Note: git does not ignore {path}; take care not to commit it.")
    return PrivateFile(path)
