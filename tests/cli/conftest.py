"""A publication made by ``tipsheet init`` on a Sunday, and a way to run commands in it."""

import datetime as dt
import hashlib
import re
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


MAIL = """\
      mail:
        unsubscribe_url: https://lists.sheet.test/leave/@@token@@
"""

OWN = {
    "mkdocs.yml": {
        "site_url: https://example.org/": "site_url: https://www.sheet.test/",
        "email: editor@example.org": "email: ada@sheet.test",
        "1 Example Street, Exampletown": "1 Quiet Lane, Testford",
        "      # service:\n": f"{MAIL}      # service:\n",
    },
    "content/authors.yml": {"editor@example.org": "ada@sheet.test"},
    "content/about.md": {"editor@example.org": "ada@sheet.test"},
}
"""What an editor changes in the starter before the first letter goes out."""

NOTE = """---
id: note-questions
title: Your questions
from: 2026-11-01
expires: 2026-12-31
---

Send us what puzzles you, and we look into it: [write to us](mailto:ada@sheet.test).
"""

DESCRIPTION = "A short tale of a meeting that ended before it began, and one meeting to cancel today."
WELCOME = """Hello @@first_name or there@@,

Ada wrote this one herself, about a meeting that ended before it began.

/// only | leaders

You who lead a team may want to end yours before it begins as well.

///

/// action | Cancel a meeting { id=cancel-a-meeting minutes=5 }

There is one next week that nobody would miss.

1. Find it.

///
"""


def made_ones_own(folder: Path) -> None:
    """Put an editor's own names and words into a starter."""
    for name, changes in OWN.items():
        file = folder / name
        text = file.read_text("utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
    (folder / "content/notes/what-to-write-about.md").write_text(NOTE, "utf-8")
    (file,) = folder.glob("content/tipsheets/*/*-welcome.md")
    header = re.sub("description: .*", f"description: {DESCRIPTION}", file.read_text("utf-8").split("---\n")[1])
    file.write_text(f"---\n{header}---\n\n{WELCOME}", "utf-8")


@pytest.fixture
def own(letter: Path) -> Path:
    """The fresh publication with the editor's own names and words in it."""
    made_ones_own(letter)
    return letter


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
