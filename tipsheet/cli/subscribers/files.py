"""Files of people that a command writes, and what the publication says about people."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from tipsheet.cli.session import Session

if TYPE_CHECKING:
    from tipsheet.audience.exposure import PrivateFile
    from tipsheet.settings import Settings

__all__ = ["private_file", "settings_of"]


def settings_of(session: Session) -> "Settings":
    """What mkdocs.yml says; raises ContentError when it has mistakes, since attributes may be among them."""
    from tipsheet.errors import ContentError
    from tipsheet.problems import errors_in
    from tipsheet.settings import read_settings

    settings, problems = read_settings(session.root)
    if settings is None or errors_in(problems):
        raise ContentError(errors_in(problems))
    return settings


def private_file(session: Session, path: Path) -> "AbstractContextManager[PrivateFile]":
    """A new file that nobody else reads; raises ExposedFileError where others would."""
    from tipsheet.audience.exposure import PrivateFile, is_unignored, refuse_exposed
    from tipsheet.store.location import PUBLISHED

    folders = (*PUBLISHED, settings_of(session).docs_dir)
    refuse_exposed(path, [session.root / folder for folder in folders])
    if is_unignored(path):
        session.say(f"Note: git does not ignore {path}; take care not to commit it.")
    return PrivateFile(path)
