"""A live view: from the moment an issue is saved until a browser gets its new page, and until all is written."""

import http.client
import os
import queue
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from measuring import Run, Tree, kept_environ, watched

__all__ = ["live", "written"]

SAVES = 5
"""Saves a turn; the middle one counts."""
LOOK = 0.005
"""Seconds between questions for the page."""
PATIENCE = 60
TICK = os.sysconf("SC_CLK_TCK")
SERVING = re.compile(r"Serving (http://\S+/)")
WRITTEN = re.compile(r" in [\d.]+ s\b")
"""What the program says after each build."""


@dataclass(frozen=True, slots=True)
class Server:
    """A program that serves `page`, and what it says."""

    page: str
    lines: "queue.Queue[str]"

    def hears(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Wait until it has said this."""
        while True:
            try:
                line = self.lines.get(timeout=PATIENCE)
            except queue.Empty as error:
                raise SystemExit(f"The server has not said {pattern.pattern!r} for {PATIENCE} s.") from error
            if found := pattern.search(line):
                return found

    def silent(self) -> None:
        """Forget what it has said so far."""
        while not self.lines.empty():
            self.lines.get()

    def shows(self, word: str) -> None:
        """Ask for the page until it holds the word."""
        address = urlsplit(self.page)
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE)
            connection.request("GET", address.path)
            text = connection.getresponse().read()
            connection.close()
            if word.encode() in text:
                return
            time.sleep(LOOK)
        raise SystemExit(f"{self.page} does not hold {word}")


def live(tree: Tree, turn: int) -> Run:
    """Save an issue: until its page holds the new text when a browser asks."""
    return saves(tree, turn, lambda server, word: server.shows(word))


def written(tree: Tree, turn: int) -> Run:
    """Save an issue: until the program says that all is written."""
    return saves(tree, turn, lambda server, _word: server.hears(WRITTEN))


def saves(tree: Tree, turn: int, until: Callable[[Server, str], object]) -> Run:
    """Start the program's server, save an issue from the middle of the corpus a few times.

    `wall` and `cpu` are of a save, `memory` is that of the server and its children at the peak.
    """
    number = tree.count // 2 + turn
    page = tree.folder / tree.program.newest[0].format(number=number)
    (source,) = tree.folder.rglob(f"*issue-{number}.md")
    before, taken = source.read_text(encoding="utf-8"), []
    tree.warm()
    with (
        subprocess.Popen(
            tree.program.live, cwd=tree.folder, env=kept_environ(), stderr=subprocess.PIPE, text=True
        ) as process,
        watched(process.pid) as seen,
    ):
        lines: queue.Queue[str] = queue.Queue()
        assert process.stderr is not None  # noqa: S101
        threading.Thread(target=heard, args=(process.stderr, lines), daemon=True).start()
        address = Server("", lines).hears(SERVING)[1]
        server = Server(
            address + page.parent.relative_to(tree.folder / tree.program.outputs[0]).as_posix() + "/", lines
        )
        cpu = used(process.pid)
        for save in range(SAVES):
            time.sleep(0.5)  # whoever writes takes longer; what the last save left to do is done
            server.silent()
            word = f"word{turn}x{save}x{time.time_ns()}"
            started = time.perf_counter()
            source.write_text(f"{before}\nA new {word}.\n", encoding="utf-8")
            until(server, word)
            taken.append(time.perf_counter() - started)
            server.shows(word)
        cpu = (used(process.pid) - cpu) / SAVES
        process.terminate()  # in the background of a shell programs ignore Ctrl-C
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
    source.write_text(before, encoding="utf-8")
    files = [f for output in tree.program.outputs for f in (tree.folder / output).rglob("*") if f.is_file()]
    return Run(
        wall=statistics.median(taken),
        cpu=cpu,
        memory=max(usage.ru_maxrss / 1024, *seen),
        files=len(files),
        size=sum(f.stat().st_size for f in files),
    )


def heard(said: Iterable[str], lines: "queue.Queue[str]") -> None:
    for line in said:
        lines.put(line)


def used(pid: int) -> float:
    """Seconds of CPU that a process has used, where the system has /proc."""
    file = Path(f"/proc/{pid}/stat")
    fields = re.sub(r".*\)", "", file.read_text()).split() if file.exists() else ["0"] * 13
    return (int(fields[11]) + int(fields[12])) / TICK
