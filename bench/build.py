"""The same issues through tipsheet and through its peers; what is measured is said in bench/README.md.

make bench-build                                     100 issues, all peers
BENCH_SIZES=100,1000,5000 make bench-build           an hour or so
BENCH_SIZES=5000 BENCH_RUNS=1 BENCH_PEERS=hugo make bench-build
"""

import itertools
import os
import statistics
import sys
import tempfile
from pathlib import Path

from living import live
from measuring import MEASURES, Run, Tree
from programs import PEERS, Program, own_programs
from rich.console import Console
from rich.table import Table

EVERY = {**MEASURES, "live": live}
"""Live is last: it leaves a publication as seen today."""

Runs = dict[tuple[str, str, int], list[Run]]
"""Runs by program, measure and size."""

WARM_UP = 5
"""Issues of a first build that nobody times: it compiles bytecode, fills caches and shows what is broken."""


def chosen() -> tuple[list[int], list[str], int]:
    """Sizes, peers and runs from the environment."""
    try:
        sizes = sorted({int(size) for size in os.environ.get("BENCH_SIZES", "100").split(",")})
        runs = int(os.environ.get("BENCH_RUNS", "3"))
    except ValueError as error:
        raise SystemExit(f"BENCH_SIZES is numbers with commas between them, BENCH_RUNS a number: {error}") from error
    peers = [peer for peer in os.environ.get("BENCH_PEERS", ",".join(PEERS)).split(",") if peer]
    if unknown := set(peers) - set(PEERS):
        raise SystemExit(f"BENCH_PEERS knows {', '.join(PEERS)}; not {', '.join(sorted(unknown))}")
    if min(runs, *sizes) < 1:
        raise SystemExit("BENCH_SIZES and BENCH_RUNS start at 1.")
    return sizes, peers, runs


def measure(programs: list[Program], size: int, runs: int, scratch: Path) -> Runs:
    """Programs take turns, so that a noisy machine is noisy for all."""
    trees = [Tree.write(program, scratch / f"{program.name}-{size}", size) for program in programs]
    found: Runs = {}
    for turn in range(runs):
        for name, take in EVERY.items():
            for tree in trees:
                if name in tree.program.measures:
                    print(f"{size} issues, run {turn + 1} of {runs}: {name} {tree.program.title}", file=sys.stderr)
                    added = turn if "weekly" in tree.program.measures else 0  # no other measure adds an issue
                    found.setdefault((tree.program.name, name, size), []).append(take(tree, added))
    return found


def wall(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs)


def memory(runs: list[Run]) -> float:
    return statistics.median(run.memory for run in runs)


def table(programs: list[Program], size: int, found: Runs) -> Table:
    """A line a program: wall and CPU seconds and MiB for each measure, what the last build left, what is missing."""
    shown = Table(title=f"{size:,} issues", title_justify="left", show_lines=True)
    shown.add_column("")
    for name in EVERY:
        shown.add_column(f"{name}\nwall s", justify="right")
        shown.add_column("\nCPU s", justify="right")
        shown.add_column("\nMiB", justify="right")
    shown.add_column("\nfiles", justify="right")
    shown.add_column("\nMB", justify="right")
    shown.add_column("leaves out", ratio=1)
    for program in programs:
        cells = []
        for name in EVERY:
            runs = found.get((program.name, name, size))
            cpu = statistics.median(run.cpu for run in runs) if runs else 0
            cells += [f"{wall(runs):.2f}", f"{cpu:.2f}", f"{memory(runs):.0f}"] if runs else [""] * 3
        made = found[program.name, "cold", size][-1]
        shown.add_row(program.title, *cells, f"{made.files:,}", f"{made.size / 1e6:.1f}", program.leaves_out)
    return shown


def ratios(peers: list[str], sizes: list[int], found: Runs) -> list[str]:
    """The lines that the README quotes."""
    own = "tipsheet"
    lines = [
        f"{name} tipsheet/{peer} at {size} = {wall(found[own, name, size]) / wall(theirs):.2f}"
        for name, size, peer in itertools.product(MEASURES, sizes, peers)
        if (theirs := found.get((peer, name, size)))
    ]
    lines += [
        f"growth tipsheet {small} to {large}, cold = "
        f"{wall(found[own, 'cold', large]) / wall(found[own, 'cold', small]):.2f}"
        for small, large in itertools.pairwise(sizes)
    ]
    lines += [f"live {own} at {size} = {wall(found[own, 'live', size]):.2f} s" for size in sizes]
    peaks = [(size, memory(found[own, "cold", size])) for size in sizes]
    return lines + [f"peak memory of tipsheet at {size}, cold = {peak:.0f} MiB" for size, peak in peaks]


def main() -> None:
    sizes, peers, runs = chosen()
    programs = [*own_programs(), *(PEERS[peer]() for peer in peers)]
    found: Runs = {}
    console = Console(width=170)
    for size in (WARM_UP, *sizes):
        with tempfile.TemporaryDirectory(prefix="tipsheet-bench-") as scratch:
            measured = measure(programs, size, 1 if size == WARM_UP else runs, Path(scratch))
        if size != WARM_UP:
            found |= measured
            console.print(table(programs, size, found))
    print(*ratios(peers, sizes, found), sep="\n")


if __name__ == "__main__":
    main()
