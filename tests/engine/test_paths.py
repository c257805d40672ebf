"""Paths in the state and in the journal: only below the output folders (K6, K4)."""

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.press.test_law import tree
from tests.sample import NOW
from tipsheet.engine.outputs import Journal, is_inside, recover, staging_folder
from tipsheet.last_build import BuildOptions
from tipsheet.press import build

OUT = ["../notes.txt", "x/../../notes.txt", "/etc/passwd", "", ".", "..", "a//b", "a/./b", "a\0b", 7, None, "a/"]


@pytest.mark.parametrize("path", OUT)
def test_a_path_that_leads_out_is_none_of_ours(path: object) -> None:
    assert not is_inside(path)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b.txt", "...", "a b", "~"]), min_size=1, max_size=6))
def test_a_path_that_is_let_through_stays_below_its_folder(parts: list[str]) -> None:
    """K6: whatever the parts, what `is_inside` lets through leads nowhere else."""
    path = "/".join(parts)
    if is_inside(path):
        assert Path("/top", path).resolve().is_relative_to("/top")
        assert Path("/top", path) != Path("/top")


def publication_with(root: Path) -> tuple[Path, Path]:
    outside = root.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "notes.txt").write_text("mine")
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    return outside, root / ".tipsheet"


def as_cold(root: Path) -> None:
    """The next build leaves what a cold one would."""
    page = root / "content/about.md"
    page.write_text(page.read_text() + "\nMore.\n")
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    warm = tree(root / "site")
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox", cold=True), now=NOW)
    assert tree(root / "site") == warm


@pytest.mark.parametrize("path", ["site/../../outside/notes.txt", "elsewhere/x", "/notes.txt", "site/"])
def test_an_output_outside_makes_the_state_no_state(path: str, publication: Write) -> None:
    root = publication({})
    outside, state = publication_with(root)
    with sqlite3.connect(state / "state.db") as connection:
        connection.execute("INSERT INTO output VALUES (?, 'site/none', 'd', 1, 1)", (path,))
    as_cold(root)
    assert (outside / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "journal",
    [
        {"new": {}, "gone": {"OUTSIDE": ["notes.txt"]}},
        {"new": {}, "gone": {"SITE": ["../../outside/notes.txt"]}},
        {"new": {"OUTSIDE": ["notes.txt"]}, "gone": {}},
        {"new": {"SITE": ["../../outside/notes.txt"]}, "gone": {}},
        {"new": {}, "gone": {"SITE": ["linked/notes.txt"]}},
        {"new": [], "gone": 7},
        {"new": {"SITE": 7}, "gone": {}},
        [],
    ],
    ids=str,
)
@pytest.mark.parametrize("age", [0, -1], ids=["of-now", "older"])
def test_a_journal_changes_nothing_outside(journal: object, age: int, publication: Write) -> None:
    """K6: a journal from elsewhere, damaged or hostile."""
    root = publication({})
    outside, state = publication_with(root)
    (root / "site/linked").symlink_to("../../outside")
    (root.parent / ".outside.new").mkdir()
    (root.parent / ".outside.new/notes.txt").write_text("theirs")
    with sqlite3.connect(state / "state.db") as connection:
        ((generation,),) = connection.execute("SELECT value FROM fact WHERE name = 'generation'")
    text = json.dumps(journal | {"generation": int(generation) + age} if isinstance(journal, dict) else journal)
    (state / "journal.json").write_text(text.replace("OUTSIDE", str(outside)).replace("SITE", str(root / "site")))
    as_cold(root)
    assert (outside / "notes.txt").read_text() == "mine"
    assert (root.parent / ".outside.new/notes.txt").exists()
    assert not (state / "journal.json").exists()


def test_a_journal_of_ours_is_finished(tmp_path: Path) -> None:
    target = tmp_path / "site"
    target.mkdir()
    (target / "old.html").write_text("old")
    staging_folder(target).mkdir()
    (staging_folder(target) / "new.html").write_text("new")
    journal = Journal(generation=3, new={str(target): ["new.html"]}, gone={str(target): ["old.html"]})
    journal.write(tmp_path / "journal.json")
    recover(tmp_path / "journal.json", 3, [target])
    assert tree(target) == {"new.html": b"new"}
    assert not (tmp_path / "journal.json").exists()
