"""Runs commands one after the other in this process, with limits, and prints what came of each as JSON.

python -m tests.cli.corpus FOLDER COMMAND...      a command is words with + between them
"""

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from tests.installed import remember_what_is_installed
from tipsheet.cli import main

MEMORY = 3 * 2**29
"""Bytes of addresses, of which a program with all its libraries takes a third."""
PATIENCE = 60


class _Endless(BaseException):
    """A command that does not come back."""


def over(*_: object) -> None:
    raise _Endless


def words_for(command: click.Command, folder: Path) -> list[str]:
    """A word for each argument that the command needs."""
    needed = [p for p in command.params if p.required]
    file = str(folder / "mkdocs.yml")
    words: list[str] = []
    for param in needed:
        word = file if isinstance(param.type, click.Path) else "ada@example.org"
        if isinstance(param.type, click.Choice):
            word = str(next(iter(param.type.choices)))
        words += [param.opts[0], word] if isinstance(param, click.Option) else [word]
    return words


def run(folder: Path, path: list[str]) -> dict[str, Any]:
    command: Any = main
    for name in path:
        command = command.commands[name]
    arguments = [str(folder.parent / "new")] if path == ["init"] else words_for(command, folder)
    signal.signal(signal.SIGALRM, over)
    signal.alarm(PATIENCE)
    before = time.process_time()
    try:
        done = CliRunner().invoke(main, ["-C", str(folder), *path, *arguments], input="")
        fault = None if done.exception is None or isinstance(done.exception, SystemExit) else repr(done.exception)
        code, output = done.exit_code, done.output
    except _Endless:
        fault, code, output = "endless", -1, ""
    finally:
        signal.alarm(0)
    return {"code": code, "fault": fault, "output": output[-2000:], "seconds": time.process_time() - before}


if __name__ == "__main__":
    remember_what_is_installed()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    folder = Path(sys.argv[1])
    if folder.is_dir():
        os.chdir(folder)
    json.dump({one: run(folder, one.split("+")) for one in sys.argv[2:]}, sys.stdout)
