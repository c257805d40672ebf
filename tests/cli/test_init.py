"""``tipsheet init`` makes a publication that builds at once, and never writes over anything."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint, run


def test_it_has_nothing_to_find_fault_with(here: Run) -> None:
    assert here("check", "--strict").exit_code == 0


def test_it_builds_strictly(here: Run, letter: Path) -> None:
    result = here("build", "--strict")
    assert result.exit_code == 0, result.output
    assert (letter / "site/issues/welcome/index.html").is_file()
    assert (letter / "site/feed.xml").is_file()
    assert list((letter / "outbox").glob("*/edition.json"))


def test_the_state_that_its_workflow_keeps_is_all_that_the_next_build_needs(here: Run, letter: Path) -> None:
    assert "path: .tipsheet/state*" in (letter / ".github/workflows/publish.yml").read_text()
    assert here("build").exit_code == 0
    before = fingerprint(letter)
    for folder in ("site", "outbox"):
        shutil.rmtree(letter / folder)
    for file in set((letter / ".tipsheet").iterdir()) - set(letter.glob(".tipsheet/state*")):
        file.unlink()
    result = here("build", "--explain")
    assert "Building from nothing" not in result.output
    assert "its file was changed or deleted" in result.output
    assert fingerprint(letter) == before


def test_the_first_build_takes_seconds(tmp_path: Path) -> None:
    """X1: after the installation, under a minute; seconds of the processor, which a busy machine has no more of."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for args in (["init", "x"], ["-C", "x", "build"]):
        subprocess.run([sys.executable, "-m", "tipsheet", *args], cwd=tmp_path, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 20
    assert (tmp_path / "x/site/index.html").is_file()


def test_its_first_issue_is_out(here: Run) -> None:
    assert "2026-11-17  2026-w47  out" in here("list").stdout


@pytest.mark.parametrize(
    "name", ['Half: "Turn" #1', "*A_b* [c] <d> & {e}", "no", "'", "- x", "日本語", "50% $name off"]
)
def test_any_name_will_do(name: str, tmp_path: Path) -> None:
    assert run("init", tmp_path / "x", "--name", name).exit_code == 0
    result = run("-C", tmp_path / "x", "check", "--strict")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", ["", " ", "a\x07b", "@@name or x@@", "x" * 121])
def test_a_name_that_cannot_be_printed_is_refused(name: str, tmp_path: Path) -> None:
    assert run("init", tmp_path / "x", "--name", name).exit_code == 2
    assert not (tmp_path / "x").exists()


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert run("init", tmp_path).exit_code == 0


def test_a_folder_with_anything_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".keep").write_text("mine")
    before = fingerprint(tmp_path)
    result = run("init", tmp_path)
    assert (result.exit_code, fingerprint(tmp_path)) == (2, before)
    assert "is not an empty folder" in result.stderr


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    assert run("init", tmp_path / "x").exit_code == 2


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("init", tmp_path / name, "--now", "2030-01-01")
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")
    assert list((tmp_path / "a/content/tipsheets/2030").iterdir())
