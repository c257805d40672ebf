"""A build needs no personal data: it never opens the store, and never imports what could."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.audience.people import add_confirmed
from tests.cli.conftest import Run, fingerprint
from tipsheet.store.database import open_store

UNREACHABLE = "postgresql+psycopg://nobody@/nothing?host=/nonexistent"


def build(here: Run, letter: Path) -> tuple[str, str]:
    assert here("build").exit_code == 0
    return fingerprint(letter / "site"), fingerprint(letter / "outbox")


def test_a_build_gives_the_same_bytes_with_and_without_a_store(
    here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 6, 4; A10."""
    before = build(here, letter)
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    add_confirmed(store, "ada@example.org", attributes={"role": "leader"})
    store.dispose()
    assert build(here, letter) == before
    monkeypatch.setenv("TIPSHEET_DATABASE_URL", UNREACHABLE)
    assert build(here, letter) == before


@pytest.mark.parametrize("command", ["build", "check", "list"])
def test_what_builds_and_reads_imports_no_database(letter: Path, command: str) -> None:
    code = (
        "import sys\n"
        "from tipsheet.cli import main\n"
        f"try: main(['-C', {str(letter)!r}, '--quiet', {command!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "found = {'sqlalchemy', 'alembic', 'psycopg', 'tipsheet.store', 'tipsheet.audience'} & set(sys.modules)\n"
        "assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
