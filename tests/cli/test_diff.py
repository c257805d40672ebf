"""``tipsheet diff``: against a revision of git, for people, programs and pull requests (X12)."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, fingerprint
from tests.cli.test_since import git


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


def test_a_branch_for_a_program_and_for_a_pull_request(
    here: Run, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(kept, "checkout", "-q", "-b", "work")
    change(kept)
    (kept / ".github/workflows/publish.yml").write_text("on: push\n")
    monkeypatch.setenv("TIPSHEET_CHROMIUM", "no-such-program")
    git(kept, "commit", "-q", "-am", "Two")
    for mark in kept.glob("ran-*"):
        mark.unlink()
    said = here("diff", "main", "--json", "--pictures", tmp_path / "pictures")
    told = said.stdout
    assert "there is no Chromium" in said.stderr
    found = json.loads(told)
    assert found["guards"] == [".github/workflows/publish.yml"]
    assert [page["address"] for page in found["pages"] if page["whole"]] == ["/about/"]
    file = tmp_path / "changes.json"
    file.write_text(told, "utf-8")
    markdown = here("diff", "--read", file, "--markdown").stdout
    assert markdown.startswith("<!-- tipsheet diff -->\n## What readers would see differently\n")
    assert "> **Mind:** ` .github/workflows/publish.yml ` decides about reviews or what a build runs" in markdown
    assert list(kept.glob("ran-*")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing",), "there is no revision 'nothing'"),
        (("--output=x",), "No such option"),
        (("main", "--read", "mkdocs.yml"), "name no revision"),
        (("--json", "--markdown"), "choose one"),
        (("--read", "none.json"), "does not exist"),
        (("--changed", "mkdocs.yml"), "is about the file of --read"),
    ],
)
def test_wrong_use(here: Run, kept: Path, words: tuple[str, ...], said: str) -> None:
    result = here("diff", *words)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_mistakes_here_are_listed_and_those_of_the_revision_are_told(here: Run, kept: Path, tmp_path: Path) -> None:
    """A broken base does not hinder a pull request that mends it; a broken pull request does."""
    broken, file = kept / "content/tipsheets/2026/broken.md", tmp_path / "changes.json"
    broken.write_text("---\n", "utf-8")
    assert here("diff").exit_code == 1
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Broken")
    broken.unlink()
    issue = next((kept / "content/tipsheets/2026").glob("*.md"))
    issue.write_text(issue.read_text("utf-8").replace("---\n", "---\ndraft: true\n", 1), "utf-8")
    said = here("diff")
    assert (said.exit_code, "cannot be built" in said.stderr) == (0, True)
    told = said.stdout.split("Letters that are still to come")
    assert "content/tipsheets/2026/broken.md:1:" in told[0]
    assert "everyone: gets it: " in told[1]
    assert f"Files that differ: content/tipsheets/2026/{issue.name}, content/tipsheets/2026/broken.md" in told[1]
    file.write_text(here("diff", "--json").stdout, "utf-8")
    markdown = here("diff", "--read", file, "--markdown").stdout
    assert "- **Nothing can be compared with its base, whose publication" in markdown
    assert "\n  - ` content/tipsheets/2026/broken.md:1:" in markdown


OLDER = {
    "no publication": (None, "there is no mkdocs.yml with the tipsheet plugin in it"),
    "another generator": ("site_name: Old\n", "TS201 unknown segment 'leaders'"),
    "a setting that is no more": ("      tagline:", "unknown key 'header_picture' in the tipsheet entry"),
    "a plugin that is not installed": ("  - search\n", 'The "gone" plugin is not installed'),
}


@pytest.mark.parametrize(("was", "told"), OLDER.values(), ids=OLDER)
def test_a_revision_that_this_program_cannot_build(here: Run, kept: Path, was: str | None, told: str) -> None:
    """A plain message, and 0: what is here is in order."""
    settings = kept / "mkdocs.yml"
    now = settings.read_text("utf-8")
    match was:
        case None:
            settings.unlink()
        case "site_name: Old\n":
            settings.write_text(was, "utf-8")
        case _:
            more = "  - gone\n" if was.startswith("  -") else "      header_picture: x.png\n"
            settings.write_text(now.replace(was, more + was, 1), "utf-8")
    git(kept, "commit", "-q", "-am", "Older")
    settings.write_text(now, "utf-8")
    said = here("diff")
    assert (said.exit_code, "Nothing can be compared with HEAD" in said.stdout) == (0, True)
    assert told in said.stdout


def test_names_of_files_count_and_not_what_the_file_of_changes_says(here: Run, kept: Path, tmp_path: Path) -> None:
    """A build that was tampered with may have left its own traces out."""
    file, names = tmp_path / "changes.json", tmp_path / "files.txt"
    file.write_text('{"version": 1, "revision": "main"}', "utf-8")
    names.write_text("content/about.md\noverrides/x.html\nallowed_signers\nh/own.py\n", "utf-8")
    said = here("diff", "--read", file, "--changed", names, "--markdown").stdout
    assert "> **Mind:** ` allowed_signers `, ` h/own.py ` decides about" in said


def test_a_file_that_is_no_list_of_changes(here: Run, kept: Path) -> None:
    said = here("diff", "--read", "mkdocs.yml")
    assert (said.exit_code, "is no list of changes" in said.stderr) == (1, True)
