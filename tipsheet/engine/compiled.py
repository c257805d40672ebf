"""A folder for compiled templates: the user's own, never in a publication, since what lies there is run."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tipsheet.engine.digest import digest_of

__all__ = ["compiled_templates"]


def compiled_templates(environ: Mapping[str, str], root: Path, program: str) -> Path | None:
    """A folder for this publication and this program below the user's caches (XDG Base Directory Specification).

    None when there is no such place, when it lies in the publication, or when others could write to it.
    """
    home = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    if not home or not Path(home).is_absolute() or Path(home).resolve().is_relative_to(root.resolve()):
        return None
    ours = Path(home, "tipsheet", "templates", digest_of(str(root.resolve())))
    try:
        ours.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not all(map(_is_ours, (ours.parent.parent, ours.parent, ours))):
            return None
        for other in ours.iterdir():
            if other.name != program:
                shutil.rmtree(other, ignore_errors=True)
        folder = ours / program
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return None
    return folder if _is_ours(folder) else None


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder that nobody else can write to, and we can."""
    if folder.is_symlink() or not os.access(folder, os.W_OK):
        return False
    stat = folder.stat()
    return not hasattr(os, "geteuid") or (stat.st_uid == os.geteuid() and not stat.st_mode & 0o022)
