"""The same issues through tipsheet and through its peers: wall time, CPU time, memory, files, bytes.

    make bench-build                       sizes and peers below
    BENCH_SIZES=100,1000 BENCH_PEERS=material make bench-build

Every program gets the same texts (`corpus`), in a folder of its own, and is run in turn so that a
noisy machine is noisy for all; the table shows medians. What a peer leaves out is said beside it.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import write_material, write_tipsheet
from rich.console import Console
from rich.table import Table

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100").split(",")]
PEERS = os.environ.get("BENCH_PEERS", "material").split(",")
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
TOOLS = Path(__file__).parent.parent / ".bench"
"""Where peers are installed, beside the repository's own environment."""


@dataclass(frozen=True, slots=True)
class Program:
    """A generator: how to write its input, how to run it, what it leaves out."""

    name: str
    write: Callable[[Path, int], None]
    command: Sequence[str]
    leaves_out: str
    outputs: Sequence[str] = ("site",)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds of wall and CPU time, MiB at the peak."""

    wall: float
    cpu: float
    memory: float


def material() -> Program:
    """mkdocs-material with its blog plugin and mkdocs-rss-plugin, in an environment of its own."""
    home = TOOLS / "material"
    program = home / "bin/mkdocs"
    if not program.exists():
        venv.create(home, with_pip=True)
        packages = ["mkdocs-material>=9.7.7,<10", "mkdocs-rss-plugin>=1.17", "click>=8.4"]
        subprocess.run([home / "bin/pip", "install", "--quiet", *packages], check=True)
    return Program(
        "mkdocs-material, blog and rss plugins", write_material, [str(program), "build", "--quiet"],
        "mail, segments, JSON Feed, calendar, feeds of tags",
    )  # fmt: skip


def programs() -> list[Program]:
    """Tipsheet and the peers that were asked for."""
    own = Program(
        "tipsheet", write_tipsheet, [sys.executable, "-m", "tipsheet", "--quiet", "build"],
        "nothing: with the mail of 4 segments", ("site", "outbox"),
    )  # fmt: skip
    known = {"material": material}
    return [own, *(known[peer]() for peer in PEERS if peer)]


def run(program: Program, folder: Path) -> Run:
    """Build once from nothing."""
    for output in program.outputs:
        shutil.rmtree(folder / output, ignore_errors=True)
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(program.command, cwd=folder, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{program.name} failed in {folder}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure everything and print the table."""
    table = Table("issues", "program", "wall s", "CPU s", "peak MiB", "files", "MiB", "leaves out")
    ratios = []
    with tempfile.TemporaryDirectory() as scratch:
        for size in SIZES:
            entrants = programs()
            folders = [Path(scratch, f"{index}-{size}") for index in range(len(entrants))]
            for program, folder in zip(entrants, folders, strict=True):
                program.write(folder, size)
            runs: list[list[Run]] = [[] for _ in entrants]
            for _ in range(RUNS):
                for mine, program, folder in zip(runs, entrants, folders, strict=True):
                    mine.append(run(program, folder))
            walls = [statistics.median(r.wall for r in mine) for mine in runs]
            for program, folder, mine, wall in zip(entrants, folders, runs, walls, strict=True):
                files = [f for output in program.outputs for f in (folder / output).rglob("*") if f.is_file()]
                table.add_row(
                    str(size), program.name, f"{wall:.2f}", f"{statistics.median(r.cpu for r in mine):.2f}",
                    f"{max(r.memory for r in mine):.0f}", str(len(files)),
                    f"{sum(f.stat().st_size for f in files) / 2**20:.1f}", program.leaves_out,
                )  # fmt: skip
            ratios += [
                f"cold tipsheet/{peer} at {size} = {walls[0] / wall:.2f}"
                for peer, wall in zip(PEERS, walls[1:], strict=False)
            ]
    Console(width=150).print(table)
    print(*ratios, sep="\n")


if __name__ == "__main__":
    main()
