"""The same issues through tipsheet and through its peers; what is measured is said in bench/README.md.

make bench-build                                     100 issues, all peers
BENCH_SIZES=100,1000,5000 make bench-build           an hour or so
BENCH_SIZES=20000 make bench-build                   one new issue in 20,000, beside Hugo alone
BENCH_SIZES=5000 BENCH_RUNS=1 BENCH_PEERS=hugo make bench-build
"""

import itertools
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measuring import MEASURES, Run, Tree
from programs import PEERS, Program, own_programs
from rich.console import Console
from rich.table import Table

OWN = "tipsheet"
LARGE = 10_000
"""Issues from which on only the weekly build is measured, after one build that makes it possible."""
LARGE_PROGRAMS = (OWN, "hugo")
"""Those that do so many in minutes."""

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
    if size >= LARGE:
        for tree in trees:
            said(f"{size} issues: the first build of {tree.program.title}")
            tree.build(0)
    for turn in range(runs):
        for name, take in MEASURES.items():
            for tree in trees:
                if name in measures(tree.program, size):
                    said(f"{size} issues, run {turn + 1} of {runs}: {name} {tree.program.title}")
                    added = turn if "weekly" in tree.program.measures else 0  # no other measure adds an issue
                    found.setdefault((tree.program.name, name, size), []).append(take(tree, added))
    return found


def measures(program: Program, size: int) -> list[str]:
    """Return what is measured of a program at a size."""
    if size < LARGE:
        return list(program.measures)
    return ["weekly"] if program.name in LARGE_PROGRAMS else []


def said(words: str) -> None:
    print(words, file=sys.stderr)


def wall(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs)


def memory(runs: list[Run]) -> float:
    return statistics.median(run.memory for run in runs)


def table(programs: list[Program], size: int, found: Runs) -> Table:
    """A line a program: wall and CPU seconds and MiB for each measure, what the last build left, what is missing."""
    taken = [name for name in MEASURES if any(name in measures(program, size) for program in programs)]
    shown = Table(title=f"{size:,} issues", title_justify="left", show_lines=True)
    shown.add_column("")
    for name in taken:
        shown.add_column(f"{name}\nwall s", justify="right")
        shown.add_column("\nCPU s", justify="right")
        shown.add_column("\nMiB", justify="right")
    shown.add_column("\nfiles", justify="right")
    shown.add_column("\nMB", justify="right")
    shown.add_column("leaves out", ratio=1)
    for program in programs:
        if not (own := measures(program, size)):
            continue
        cells = []
        for name in taken:
            runs = found.get((program.name, name, size))
            cpu = statistics.median(run.cpu for run in runs) if runs else 0
            cells += [f"{wall(runs):.2f}", f"{cpu:.2f}", f"{memory(runs):.0f}"] if runs else [""] * 3
        made = found[program.name, own[0], size][-1]
        shown.add_row(program.title, *cells, f"{made.files:,}", f"{made.size / 1e6:.1f}", program.leaves_out)
    return shown


def markdown(peers: list[str], sizes: list[int], found: Runs) -> list[str]:
    """The table that the README quotes: seconds and MiB of ours; seconds of a peer, and ours as a part of them."""
    lines = [f"| issues | | tipsheet | {' | '.join(peers)} |", "|--:|---|" + "--:|" * (len(peers) + 1)]
    for size, name in itertools.product(sizes, MEASURES):
        if not (ours := found.get((OWN, name, size))):
            continue
        cells = [f"{wall(ours):.2f} s, {memory(ours):.0f} MiB"]
        for peer in peers:
            theirs = found.get((peer, name, size))
            cells.append(f"{wall(theirs):.2f} s, {wall(ours) / wall(theirs):.2f} x" if theirs else "")
        lines.append(f"| {size:,} | {name} | {' | '.join(cells)} |")
    return lines


def growth(sizes: list[int], found: Runs) -> list[str]:
    """How much longer each build of ours takes with more issues."""
    times = {key: wall(runs) for key, runs in found.items() if key[0] == OWN}
    return [
        f"{name}, {small:,} to {large:,}: {times[OWN, name, large] / times[OWN, name, small]:.2f} times as long"
        for (small, large), name in itertools.product(itertools.pairwise(sizes), MEASURES)
        if {(OWN, name, small), (OWN, name, large)} <= set(times)
    ]


def main() -> None:
    sizes, peers, runs = chosen()
    programs = [*own_programs(), *(PEERS[peer]() for peer in peers)]
    found: Runs = {}
    console = Console(width=210)
    for size in (WARM_UP, *sizes):
        taking_part = [program for program in programs if measures(program, size)]
        with tempfile.TemporaryDirectory(prefix="tipsheet-bench-") as scratch:
            measured = measure(taking_part, size, 1 if size == WARM_UP else runs, Path(scratch))
        os.sync()  # the deletion of all that was written is over before the next size begins
        if size != WARM_UP:
            found |= measured
            console.print(table(taking_part, size, found))
    print(*markdown(peers, sizes, found), "", *growth(sizes, found), sep="\n")


if __name__ == "__main__":
    main()
