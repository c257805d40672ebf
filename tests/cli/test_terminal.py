"""On a terminal: tables and progress; colours off with NO_COLOR (X9)."""

import os
import pty
import re
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from tipsheet.cli.session import Session, counting

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


@pytest.mark.parametrize(
    ("total", "quiet", "lines"),
    [
        (500, False, "Reading: 120 of 500\nReading: 240 of 500\n"),
        (None, False, "Reading: 120\nReading: 240\n"),
        (500, True, ""),
    ],
)
def test_long_work_without_a_terminal_says_a_line_a_minute(
    total: int | None, quiet: bool, lines: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that goes on by five seconds whenever it is asked, over 25 steps of ten."""
    clock = count(step=5)
    with counting(Session(directory=None, quiet=quiet), "Reading", total, lambda: float(next(clock))) as advance:
        for _ in range(25):
            advance(10)
    assert capsys.readouterr() == ("", lines)
