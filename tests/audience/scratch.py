"""A copy of the program to which a test adds something: one file and one line, and every output knows it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ScratchProgram", "scratch_program"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class ScratchProgram:
    """A copy of the package and of what writes the reference, in a folder of its own."""

    folder: Path

    def insert(self, file: str, before: str, line: str) -> None:
        """Put a line into a file, before the only line that begins so."""
        path = self.folder / file
        lines = path.read_text("utf-8").splitlines(keepends=True)
        (place,) = [number for number, text in enumerate(lines) if text.startswith(before)]
        path.write_text("".join([*lines[:place], f"{line}\n", *lines[place:]]), "utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command ``tipsheet`` of the copy."""
        return self._python("-m", "tipsheet", *words)

    def ask(self, code: str) -> str:
        """The output of a few lines of Python; raises CalledProcessError when they fail."""
        done = self._python("-c", code)
        done.check_returncode()
        return done.stdout

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {"PYTHONPATH": str(self.folder), "COLUMNS": "400", "PYTHONUTF8": "1"}
        command = [sys.executable, *words]
        return subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)


def scratch_program(folder: Path) -> ScratchProgram:
    """A copy of the program in this folder."""
    for name in ("tipsheet", "docs/reference"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return ScratchProgram(folder)
