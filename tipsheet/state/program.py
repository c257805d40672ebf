"""Which program this is: its own files, the version of Python, the versions of everything installed."""

import os
import sys
from pathlib import Path

from tipsheet.state.digest import digest, digest_of

__all__ = ["program_digest"]

HOME = Path(__file__).parent.parent
NOT_IN_A_BUILD = frozenset({"__pycache__", "audience", "delivery", "store"})
SUFFIXES = (".py", ".html", ".css", ".js", ".txt", ".json", ".svg", ".md", ".yml", ".toml")


def program_digest() -> str:
    """A digest that changes with whatever could make the same input give other bytes."""
    return digest_of(
        sys.version, sorted(_packages()), [digest(Path(path).read_bytes()) for path in sorted(_files(HOME))]
    )


def _packages() -> set[str]:
    """Names and versions of what is installed, as the names of the folders say them (PyPA, recording projects)."""
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    return {path.name for folder in folders for path in folder.iterdir() if path.suffix in (".dist-info", ".egg-info")}


def _files(folder: Path) -> list[str]:
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in NOT_IN_A_BUILD]
        found += [f"{path}/{name}" for name in names if name.endswith(SUFFIXES)]
    return found
