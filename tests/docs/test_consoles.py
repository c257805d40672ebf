"""What the README and the tutorial show on a console is what happens."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.docs.documents import Fence, carry_out, fences
from tests.sample import ROOT
from tipsheet.cli import main

SUNDAY = "1795338000"
"""2026-11-22T09:00Z, the day on which the tutorial was written."""
NOT_HERE = ("make", "git clone", ". .venv/bin/activate")
SECONDS = re.compile(r"\b\d+\.\d s\b")


def steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines shown under it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, [line for line in shown if line.strip()]


def shown_in(line: str, output: list[str]) -> bool:
    """A line that begins with … names the end of a real one."""
    wanted = SECONDS.sub("s", line)
    if wanted.startswith("…"):
        return any(real.endswith(wanted[1:]) for real in output)
    return any(SECONDS.sub("s", real) == wanted for real in output)


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    words = shlex.split(command)
    if words[0] == "cd":
        monkeypatch.chdir(words[1])
        return []
    if words[0] == "tipsheet":
        result = CliRunner().invoke(main, words[1:])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.output.splitlines()
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    return done.stdout.splitlines()


def follow(fence: Fence, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what a block says; ``folder`` is where its files are."""
    if fence.verb:
        carry_out(fence, folder)
    elif fence.language == "console":
        for line, shown in steps(fence.text):
            commands = [] if line.startswith(NOT_HERE) else line.split(" && ")
            output = [out for command in commands for out in run(command, monkeypatch)]
            missing = [wanted for wanted in shown if not shown_in(wanted, output)]
            assert not missing, f"$ {line}\n" + "\n".join(output)


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md"])
def test_a_reader_who_types_along_sees_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", SUNDAY)
    consoles = [fence for fence in fences(ROOT / name) if fence.language == "console" or fence.verb]
    assert consoles
    for fence in consoles:
        follow(fence, tmp_path / "letter", monkeypatch)
