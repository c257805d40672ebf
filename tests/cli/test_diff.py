"""``tipsheet diff``: against a revision of git, for people, programs and pull requests (X12)."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint
from tests.cli.test_since import git
from tipsheet.review.screenshots import find_browser


@pytest.fixture
def kept(letter: Path) -> Path:
    """A publication in a repository, with a hook that would tell of itself."""
    git(letter, "init", "-q", "-b", "main")
    git(letter, "add", "-A")
    git(letter, "commit", "-q", "-m", "One")
    for name in ("post-checkout", "reference-transaction", "pre-commit", "post-commit"):
        hook = letter / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {letter}/ran-{name}\n")
        hook.chmod(0o755)
    return letter


def change(folder: Path) -> None:
    about = folder / "content/about.md"
    about.write_text(about.read_text("utf-8") + "\nOne line more.\n", "utf-8")


def test_the_last_commit_is_compared_with_and_nothing_is_touched(here: Run, kept: Path) -> None:
    change(kept)
    before = git(kept, "status", "--porcelain"), git(kept, "worktree", "list"), fingerprint(kept)
    said = here("diff")
    assert said.exit_code == 0
    assert "/about/ is changed: " in said.stdout
    assert "    + One line more.\n" in said.stdout
    assert (git(kept, "status", "--porcelain"), git(kept, "worktree", "list"), fingerprint(kept)) == before


def test_a_branch_for_a_program_and_for_a_pull_request(here: Run, kept: Path, tmp_path: Path) -> None:
    git(kept, "checkout", "-q", "-b", "work")
    change(kept)
    (kept / ".github/workflows/publish.yml").write_text("on: push\n")
    git(kept, "commit", "-q", "-am", "Two")
    for mark in kept.glob("ran-*"):
        mark.unlink()
    assert here("diff").stdout == "Readers would see nothing that differs from HEAD.\n"
    told = here("diff", "main", "--json").stdout
    found = json.loads(told)
    assert found["guards"] == [".github/workflows/publish.yml"]
    assert [page["address"] for page in found["pages"] if page["whole"]] == ["/about/"]
    file = tmp_path / "changes.json"
    file.write_text(told, "utf-8")
    markdown = here("diff", "--read", file, "--markdown").stdout
    assert markdown == here("diff", "main", "--markdown").stdout
    assert markdown.startswith("<!-- tipsheet diff -->\n## What readers would see differently\n")
    assert "> **Mind:** ` .github/workflows/publish.yml ` decides about reviews or runs" in markdown
    assert list(kept.glob("ran-*")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "there is no revision 'nothing'"),
        (("--output=x",), "No such option"),
        (("main", "--read", "mkdocs.yml"), "name no revision"),
        (("--json", "--markdown"), "choose one"),
        (("--read", "none.json"), "does not exist"),
    ],
)
def test_wrong_use(here: Run, kept: Path, words: tuple[str, ...], said: str) -> None:
    result = here("diff", *words)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_mistakes_here_are_listed_and_those_of_the_revision_are_told(here: Run, kept: Path) -> None:
    (kept / "content/tipsheets/2026/broken.md").write_text("---\n", "utf-8")
    assert here("diff").exit_code == 1
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Broken")
    (kept / "content/tipsheets/2026/broken.md").unlink()
    said = here("diff")
    assert (said.exit_code, "the publication of 'HEAD' cannot be built" in said.stderr) == (2, True)


def test_a_file_that_is_no_list_of_changes(here: Run, kept: Path) -> None:
    said = here("diff", "--read", "mkdocs.yml")
    assert (said.exit_code, "is no list of changes" in said.stderr) == (1, True)


def test_without_a_browser_it_says_so(here: Run, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(kept)
    monkeypatch.setenv("TIPSHEET_CHROMIUM", "no-such-program")
    said = here("diff", "--pictures", tmp_path / "pictures")
    assert (said.exit_code, "there is no Chromium" in said.stderr) == (0, True)


@pytest.mark.parametrize("does", ["exit 1", "exit 0"])
def test_a_browser_that_takes_nothing(
    here: Run, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv("TIPSHEET_CHROMIUM", str(program))
    change(kept)
    assert "Took 0 pictures" in here("diff", "--pictures", tmp_path / "pictures").stderr


@pytest.mark.browser
def test_pictures_of_both_sides(here: Run, kept: Path, tmp_path: Path) -> None:
    if find_browser(os.environ) is None:
        pytest.skip("Chromium is not installed")
    change(kept)
    folder = tmp_path / "pictures"
    assert "Took 4 pictures" in here("diff", "--pictures", folder).stderr
    names = {f"page-about.{side}.{width}.png" for side in ("before", "after") for width in (390, 1280)}
    assert {file.name for file in folder.iterdir()} == names
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.iterdir())
