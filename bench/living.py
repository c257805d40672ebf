"""The desk at work: from the moment an issue is saved until a browser has its new page, its letter, and all is written.

make bench-live                                  100 and 1,000 issues
BENCH_SIZES=5000 BENCH_SAVES=20 make bench-live

An old issue is saved with a new word, as an editor outside does. A client listens as a page does, and asks for the page
when it is told, and for the letter of that issue. The program says when all is written.
"""

import http.client
import json
import os
import queue
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from measuring import Tree, kept_environ
from programs import own_programs
from rich.console import Console
from rich.table import Table

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "100,1000").split(",")]
SAVES = int(os.environ.get("BENCH_SAVES", "10"))
PATIENCE = 60
WRITTEN = re.compile(r" in [\d.]+ s\b")
"""What the program says after each build."""


@dataclass
class Desk:
    """A desk at work: its address, and what it says."""

    process: "subprocess.Popen[str]"
    lines: "queue.Queue[tuple[float, str]]" = field(default_factory=queue.Queue)
    address: str = ""

    def hears(self, words: str) -> tuple[float, re.Match[str]]:
        """Wait until it has said this; gives the moment, too."""
        while True:
            try:
                moment, line = self.lines.get(timeout=PATIENCE)
            except queue.Empty as error:
                raise SystemExit(f"The desk has not said {words!r} for {PATIENCE} s.") from error
            if found := re.search(words, line):
                return moment, found

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)

    def get(self, path: str) -> bytes:
        connection = self.connection()
        connection.request("GET", path)
        text = connection.getresponse().read()
        connection.close()
        return text

    def memory(self) -> float:
        """MiB that it holds now, where the system has /proc."""
        file = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", file.read_text()) if file.exists() else None
        return int(found[1]) / 1024 if found else 0


@contextmanager
def at_work(folder: Path) -> Iterator[Desk]:
    """The desk of the publication in this folder."""
    command = [sys.executable, "-m", "tipsheet", "serve", "--port", "0", "--no-service"]
    with subprocess.Popen(command, cwd=folder, env=kept_environ(), stderr=subprocess.PIPE, text=True) as process:
        desk = Desk(process)
        threading.Thread(target=heard, args=(process.stderr, desk.lines), daemon=True).start()
        desk.address = desk.hears(r"Serving (http://\S+/)")[1][1]
        try:
            yield desk
        finally:
            process.terminate()


def heard(said: Iterable[str], lines: "queue.Queue[tuple[float, str]]") -> None:
    for line in said:
        lines.put((time.perf_counter(), line))


def changes(desk: Desk) -> Iterator[list[str] | None]:
    """The addresses of pages that changed, event by event."""
    connection = desk.connection()
    connection.request("GET", "/_desk/events")
    answer, name = connection.getresponse(), ""
    while line := answer.readline().decode():
        kind, _, value = line.strip().partition(": ")
        name = value if kind == "event" else name
        if kind == "data" and name == "changed":
            yield json.loads(value)["urls"]


@dataclass(frozen=True, slots=True)
class Save:
    """Seconds from a save until the page was there, the letter, and all was written."""

    page: float
    letter: float
    written: float


def saves(desk: Desk, tree: Tree) -> Iterator[Save]:
    """Save an issue of the middle again and again."""
    number = tree.count // 2
    (source,) = tree.folder.rglob(f"content/*/*issue-{number}.md")
    before = source.read_text(encoding="utf-8")
    issue = re.search(r"(?m)^id: (\S+)", before)[1]
    url = f"issues/issue-{number}/"
    page, letter = f"{urlsplit(desk.address).path}{url}", f"/_desk/letter/{issue}"
    told = changes(desk)
    for save in range(SAVES):
        time.sleep(0.5)  # what the last save left to do is done, and whoever writes takes longer
        while not desk.lines.empty():
            desk.lines.get()
        word = f"word{save}x{time.time_ns()}"
        started = time.perf_counter()
        source.write_text(f"{before}\nA new {word}.\n", encoding="utf-8")
        for urls in told:
            if (urls is None or url in urls) and word.encode() in desk.get(page):
                break
        shown = time.perf_counter() - started
        there = word.encode() in desk.get(letter)
        joined = time.perf_counter() - started if there else float("nan")
        written, _ = desk.hears(WRITTEN.pattern)
        yield Save(shown, joined, written - started)


def main() -> None:
    program = own_programs()[-1]
    table = Table(title="From a save until…")
    for column in ("issues", "page ms", "slowest", "letter ms", "written ms", "slowest", "MiB before", "after"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="living-") as scratch:
        for size in SIZES:
            tree = Tree.write(program, Path(scratch) / str(size), size)
            with at_work(tree.folder) as desk:
                before = desk.memory()
                taken = list(saves(desk, tree))
                after = desk.memory()
            columns = [[getattr(one, name) * 1000 for one in taken] for name in ("page", "letter", "written")]
            page, letter, written = (f"{statistics.median(times):.0f}" for times in columns)
            slowest = [f"{max(times):.0f}" for times in columns]
            memory = f"{before:.0f}", f"{after:.0f}"
            table.add_row(f"{size:,}", page, slowest[0], letter, written, slowest[2], *memory)
    Console().print(table)


if __name__ == "__main__":
    main()
