"""One build: how long it took and how much memory, and that the newest issue is where it should be."""

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus import text, write_issue, write_tree
from programs import Program

__all__ = ["MEASURES", "Run", "Tree", "kept_environ", "watched"]

INTERVAL = 0.05
"""Seconds between looks at the memory of a program and its children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One build: seconds of wall and CPU time, MiB of all processes at the peak, files and bytes that it left."""

    wall: float
    cpu: float
    memory: float
    files: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A folder with the input and output of a program: `count` issues, and one more for each weekly build."""

    program: Program
    folder: Path
    count: int

    @classmethod
    def write(cls, program: Program, folder: Path, count: int) -> "Tree":
        write_tree(folder, program.format, count)
        if program.modules:
            (folder / "node_modules").symlink_to(program.modules)
        return cls(program=program, folder=folder, count=count)

    def clear(self) -> None:
        """Move what earlier builds left to a folder beside this one; it is deleted when all is measured.

        For a while after many files were deleted, ext4 is slow for whoever writes many: a build would pay for the
        deletion of what another program wrote.
        """
        old = Path(tempfile.mkdtemp(prefix="old-", dir=self.folder.parent))
        for name in (*self.program.outputs, *self.program.caches):
            path = self.folder / name
            if path.exists():
                path.rename(old / name)

    def build(self, added: int) -> Run:
        """Build, with so many issues added to the first `count`, and look for the newest."""
        number = self.count + added
        newest = text(number, self.count)
        self.warm()
        command = [part.format(day=newest.day) for part in self.program.command]
        wall, cpu, memory = self.timed(command)
        files = [f for output in self.program.outputs for f in (self.folder / output).rglob("*") if f.is_file()]
        for pattern in self.program.newest:
            file = pattern.format(number=number, before=number - 1, tag=newest.tags[0], author=newest.author)
            path = self.folder / file
            if not path.is_file() or newest.slug not in path.read_text(encoding="utf-8"):
                raise SystemExit(f"{self.program.title}: {path} does not name {newest.slug}")
        size = sum(f.stat().st_size for f in files)
        return Run(wall=wall, cpu=cpu, memory=memory, files=len(files), size=size)

    def warm(self) -> None:
        """Read the input, look at what earlier builds left, and let it reach the disk: nobody pays for another."""
        for file in self.folder.rglob("*.md"):
            if not file.is_relative_to(self.folder / "node_modules"):
                file.read_bytes()
        for name in (*self.program.outputs, *self.program.caches):
            for file in (self.folder / name).rglob("*"):
                file.stat()
                if name in self.program.caches and file.is_file():
                    file.read_bytes()
        os.sync()

    def timed(self, command: list[str]) -> tuple[float, float, float]:
        with tempfile.TemporaryFile() as log:
            started = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=self.folder, env=kept_environ(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            with watched(process.pid) as seen:
                _, status, usage = os.wait4(process.pid, 0)
                wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if status:
                log.seek(0)
                said = log.read().decode(errors="replace")[-3000:]
                raise SystemExit(f"{self.program.title} failed in {self.folder} with {process.returncode}:\n{said}")
        return wall, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss / 1024, *seen)


def kept_environ() -> dict[str, str]:
    """What programs are given of the environment.

    Whoever has installed a program has its bytecode: one that may not keep it would compile itself each time.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "NO_MKDOCS_2_WARNING": "1"}


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """Look at the memory of a program and its children from time to time: MiB at each look.

    `ru_maxrss` knows only the largest process, so the proportional sizes (PSS) of all are added, on
    systems that have /proc.
    """
    seen = [0.0]
    over = threading.Event()

    def look() -> None:
        while not over.wait(INTERVAL):
            family = list(descendants(pid))
            if len(family) > 1:
                seen.append(sum(map(proportional, family)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def descendants(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = file.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from descendants(int(child))


def proportional(pid: int) -> float:
    """MiB of a process, with its share of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def cold(tree: Tree, turn: int) -> Run:
    """Nothing is there but the issues."""
    tree.clear()
    return tree.build(turn)


def unchanged(tree: Tree, turn: int) -> Run:
    """Once more."""
    return tree.build(turn)


def weekly(tree: Tree, turn: int) -> Run:
    """A new issue, another one each turn."""
    write_issue(tree.folder, tree.program.format, text(tree.count + turn + 1, tree.count))
    return tree.build(turn + 1)


MEASURES: dict[str, Callable[[Tree, int], Run]] = {"cold": cold, "unchanged": unchanged, "weekly": weekly}
"""In this order in each turn, since each needs what the one before left; turns count from 0."""
