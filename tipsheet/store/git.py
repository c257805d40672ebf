"""What git says about files: only asked, never changed."""

import os
import subprocess
from pathlib import Path

__all__ = ["ask_git"]


def ask_git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes] | None:
    """The answer of git about this folder; None without git, which then knows of no file.

    Neither variables of a surrounding git, nor a hook or a monitor named in the repository, has a say.
    """
    command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", *words]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "TIPSHEET_"))}
    try:
        return subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=False)  # noqa: S603 - no shell, and names stand after --
    except OSError:
        return None
