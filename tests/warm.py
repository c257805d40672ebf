"""Programs of ours that begin where another has got to: modules are loaded, and templates are compiled.

To start ``python -m tipsheet`` takes a second of a processor, and most tests that start it ask what happens when it is
killed or interrupted, not how it starts (of which tests/cli/test_help.py and test_errors.py are). They come from a
process that has built a small publication: the server of ``multiprocessing`` that forks.
"""

import multiprocessing
import os
import re
import runpy
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.reduction import DupFd
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.programs import PATIENCE

__all__ = ["Running", "Started"]

ROOT = Path(__file__).parents[1]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warm_up"])


class Started:
    """A module that runs as a program: what tests use of ``subprocess.Popen``.

    ``command`` stands on a command line after ``python -m``. ``stdout`` and ``stderr`` are ``PIPE`` or ``DEVNULL`` of
    ``subprocess``, or those of the tests. ``stdin`` is all that the program can read.
    """

    def __init__(
        self,
        *command: str | Path,
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.returncode: int | None = None
        theirs: list[int] = []
        self.stdout, self.stderr = (_output(kind, fd, theirs) for kind, fd in ((stdout, 1), (stderr, 2)))
        with chdir(ROOT):  # from where the server imports
            forkserver.ensure_running()
        environ = dict(os.environ if env is None else env)
        theirs.insert(0, _input(stdin))
        self.command = [*map(str, command)]
        self._process = CONTEXT.Process(target=_run, args=(self.command, str(cwd), environ, *map(_Handed, theirs)))
        self._process.start()
        for fd in theirs:
            os.close(fd)

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        self.returncode = self._process.exitcode
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired([], timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        if self.poll() is None:
            self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[bytes, bytes]:
        """The rest of both outputs, when it has ended."""
        said = {output: b"" for output in (self.stdout, self.stderr) if output}
        end = time.monotonic() + (PATIENCE if timeout is None else timeout)
        open_ = list(said)
        while open_:
            ready, _, _ = select.select(open_, [], [], max(0, end - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(self.command, timeout or PATIENCE, b"".join(said.values()))
            for output in ready:
                part = os.read(output.fileno(), 65536)
                said[output] += part
                if not part:
                    open_.remove(output)
        self.wait(max(1, end - time.monotonic()))
        return tuple(said.get(output, b"") for output in (self.stdout, self.stderr))  # type: ignore[arg-type, return-value]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for output in (self.stdout, self.stderr):
            if output:
                output.close()
        self.wait()
        self._process.close()


@dataclass
class Running:
    """A program at work, and what it has said on stderr so far."""

    process: Started
    said: str = ""

    def hears(self, words: str) -> re.Match[str]:
        """Wait until it has said this."""
        end = time.monotonic() + PATIENCE
        assert self.process.stderr is not None
        while not (found := re.search(words, self.said)):
            assert time.monotonic() < end, self.said
            if select.select([self.process.stderr], [], [], 1)[0]:
                part = os.read(self.process.stderr.fileno(), 65536)
                assert part, f"it has ended: {self.said}"
                self.said += part.decode()
        return found


def _output(kind: int | None, fd: int, theirs: list[int]) -> IO[bytes] | None:
    """Our end of an output of this kind; that of the program is added to ``theirs``, to be closed when it has begun."""
    if kind == subprocess.PIPE:
        ours, its = os.pipe()
        theirs.append(its)
        return os.fdopen(ours, "rb", buffering=0)
    if kind == subprocess.STDOUT:
        theirs.append(os.dup(theirs[0]))
    else:
        theirs.append(os.open(os.devnull, os.O_WRONLY) if kind == subprocess.DEVNULL else os.dup(fd))
    return None


def _input(text: str) -> int:
    """A file that holds this text and has no name."""
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        return os.dup(file.fileno())


class _Handed:
    """A file that is handed to the program: `DupFd` may be called only while a process is about to begin."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def __reduce__(self) -> tuple[Any, ...]:
        return _same, (DupFd(self.fd),)


def _same(fd: Any) -> Any:
    return fd


def _run(command: list[str], folder: str, environ: dict[str, str], *files: Any) -> None:
    """Be this program, in the process that has been forked for it."""
    for fd, file in enumerate(files):
        os.dup2(file.detach(), fd)
    # Those of the server remember what kind of files theirs were.
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    sys.argv = command
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
