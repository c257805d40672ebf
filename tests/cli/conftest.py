"""A publication made by ``tipsheet init`` on a Sunday, and a way to run commands in it."""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tipsheet.cli import main

NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)

Run = Callable[..., Result]


def run(*args: str | Path) -> Result:
    """Run a command; an exception that is not an exit would be a traceback for a user."""
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command believes that it is `NOW`."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A fresh publication."""
    folder = tmp_path / "letter"
    assert run("init", folder).exit_code == 0
    return folder


@pytest.fixture
def here(letter: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command inside the fresh publication."""
    monkeypatch.chdir(letter)
    return run


def fingerprint(folder: Path) -> str:
    """A hash of every path and every byte below a folder, what the last build left to remember apart."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if ".tipsheet" in path.parts:
            continue
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()
