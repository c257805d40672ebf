"""Every mistake is printed with its place in one run, and nothing on disk changes (C2, C16, X3).

Each folder in tests/broken is named by its fault and holds files to lay over a fresh publication,
and in ``expected.txt`` what `tipsheet check` prints for them.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint, run
from tests.sample import ROOT

FAULTS = sorted((ROOT / "tests/broken").iterdir())


def break_it(letter: Path, fault: Path) -> list[str]:
    """Lay the broken files over the publication; returns the lines that are expected."""
    shutil.copytree(fault, letter, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.txt"))
    return (fault / "expected.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_has_its_line(fault: Path, here: Run, letter: Path) -> None:
    expected = break_it(letter, fault)
    result = here("check")
    assert (result.exit_code, result.stdout.splitlines()) == (1, expected)


def test_all_faults_are_found_in_one_run(here: Run, letter: Path) -> None:
    expected = sorted(line for fault in FAULTS for line in break_it(letter, fault))
    before = fingerprint(letter)
    checked, built = here("check"), here("build")
    assert (checked.exit_code, built.exit_code) == (1, 1)
    assert sorted(checked.stdout.splitlines()) == expected
    *lines, last = built.stderr.splitlines()
    assert sorted(line for line in lines if ": TS" in line) == expected
    assert last == f"{len(expected)} mistakes; nothing was written."
    assert fingerprint(letter) == before


def test_all_formats_agree(here: Run, letter: Path) -> None:
    for fault in FAULTS:
        break_it(letter, fault)
    text = here("check").stdout.splitlines()
    values = json.loads(here("check", "--format", "json").stdout)["problems"]
    github = here("check", "--format", "github").stdout.splitlines()
    assert [f"{v['path']}:{v['line']}:{v['col']}: {v['code']}" for v in values] == [
        " ".join(t.split()[:2]) for t in text
    ]
    assert github[-len(text) :] == text
    assert len(github) == len(text) + min(10, len(text))
    assert github[0].startswith("::error file=")


def test_an_annotation_points_into_the_repository(letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a workflow the working directory is the repository, the publication may lie below it."""
    break_it(letter, ROOT / "tests/broken/unclosed-block")
    monkeypatch.chdir(letter.parent)
    first = run("-C", "letter", "check", "--format", "github").stdout.splitlines()[0]
    path = "letter/content/tipsheets/2026/2026-10-13-unclosed-block.md"
    assert first.startswith(f"::error file={path},line=13,col=1,title=TS103::block 'only' is never closed (")
