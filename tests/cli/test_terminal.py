"""On a terminal: tables and progress; colours off with NO_COLOR (X9)."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

COLOUR = re.compile(rb"\x1b\[[0-9;]*?(?:3[0-8]|4[0-8]|9[0-7])[0-9;]*m")


def on_a_terminal(letter: Path, *args: str, **environ: str) -> bytes:
    """What a person would see; the terminal is 100 columns wide."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tipsheet", *args],
        cwd=letter,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environ},
        stdin=inner,
        stdout=inner,
        stderr=inner,
    )
    os.close(inner)
    seen = b""
    while True:
        try:
            part = os.read(outer, 4096)
        except OSError:  # Linux: the other end has closed
            break
        if not part:
            break
        seen += part
    os.close(outer)
    assert process.wait() == 0, seen
    return seen


def test_a_list_is_a_table(letter: Path) -> None:
    seen = on_a_terminal(letter, "list").decode()
    assert "─" in seen
    assert "Welcome, and one thing to do" in seen


def test_progress_has_no_colour_when_none_is_wanted(letter: Path) -> None:
    seen = on_a_terminal(letter, "build", NO_COLOR="1")
    assert b"Making the mail" in seen
    assert not COLOUR.search(seen)
