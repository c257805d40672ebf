"""A live view: from the moment an issue is saved until its written page holds the new text."""

import os
import re
import statistics
import subprocess
import time
from pathlib import Path

from measuring import Run, Tree, kept_environ

__all__ = ["live"]

SAVES = 5
"""Saves a turn; the middle one counts."""
LOOK = 0.002
"""Seconds between looks at the page."""
PATIENCE = 60
TICK = os.sysconf("SC_CLK_TCK")


def live(tree: Tree, turn: int) -> Run:
    """Start the program's server, save an issue from the middle of the corpus a few times.

    `wall` and `cpu` are of a save, `memory` is the server's at its peak.
    """
    number = tree.count // 2 + turn
    page = tree.folder / tree.program.newest[0].format(number=number)
    (source,) = tree.folder.rglob(f"*issue-{number}.md")
    before, taken = source.read_text(encoding="utf-8"), []
    tree.warm()
    with subprocess.Popen(
        tree.program.live, cwd=tree.folder, env=kept_environ(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None  # noqa: S101
        if not any(line.startswith("Serving") for line in process.stderr):
            raise SystemExit(f"{tree.program.title} does not serve {tree.folder}")
        cpu = used(process.pid)
        for save in range(SAVES):
            time.sleep(0.5)  # whoever writes takes longer; what the last save left to do is done
            word = f"word{turn}x{save}"
            source.write_text(f"{before}\nA new {word}.\n", encoding="utf-8")
            taken.append(seconds_until(page, word))
        cpu = (used(process.pid) - cpu) / SAVES
        process.terminate()  # in the background of a shell programs ignore Ctrl-C
        process.stderr.read()
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    source.write_text(before, encoding="utf-8")
    files = [f for output in tree.program.outputs for f in (tree.folder / output).rglob("*") if f.is_file()]
    return Run(
        wall=statistics.median(taken),
        cpu=cpu,
        memory=usage.ru_maxrss / 1024,
        files=len(files),
        size=sum(f.stat().st_size for f in files),
    )


def seconds_until(page: Path, word: str) -> float:
    """Wait until the page holds the word."""
    started = time.perf_counter()
    while word not in page.read_text(encoding="utf-8"):
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit(f"{page} does not hold {word}")
        time.sleep(LOOK)
    return time.perf_counter() - started


def used(pid: int) -> float:
    """Seconds of CPU that a process has used, where the system has /proc."""
    file = Path(f"/proc/{pid}/stat")
    fields = re.sub(r".*\)", "", file.read_text()).split() if file.exists() else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / TICK
