"""A copy of the program with one file and one line more, as somebody makes it who adds a kind of something."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

from tests.sample import NOW, ROOT


@dataclass(frozen=True, slots=True)
class Scratch:
    """The copy in a folder, which nothing of the original is imported from."""

    root: Path

    def write(self, name: str, text: str) -> None:
        """Write the one file."""
        assert not (self.root / name).exists()
        (self.root / name).write_text(text, "utf-8")

    def register(self, name: str, line: str, more: str) -> None:
        """Write ``more`` into a file, in place of a line that stands in it once."""
        text = (self.root / name).read_text("utf-8")
        assert text.count(line) == 1, f"{line} in {name}"
        (self.root / name).write_text(text.replace(line, more), "utf-8")

    def python(self, *args: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run Python with the copy, in a folder."""
        environ = {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "PYTHONSAFEPATH": "1",
            "SOURCE_DATE_EPOCH": str(int(NOW.timestamp())),
        }
        command = [sys.executable, *map(str, args)]
        return subprocess.run(
            command, cwd=folder or self.root, env=environ, capture_output=True, text=True, check=False
        )

    def tipsheet(self, *args: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the copy, in a folder."""
        return self.python("-m", "tipsheet", *args, folder=folder)


def scratch(root: Path) -> Scratch:
    """Copy the program and the makers of its reference."""
    ignored = ignore_patterns("__pycache__", "*.md")
    copytree(ROOT / "tipsheet", root / "tipsheet", ignore=ignore_patterns("__pycache__"))
    copytree(ROOT / "docs/reference", root / "docs/reference", ignore=ignored)
    return Scratch(root)
