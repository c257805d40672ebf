"""``check --since REV``: only what is new, however lines moved and files were renamed (X4)."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Run, run
from tests.cli.test_findings import FOLDER, add, lines
from tipsheet.review.revision import earlier

OLD = "Read [here](https://a.example/)."


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@sheet.test", "-C", str(folder), *words],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    return done.stdout


@pytest.fixture
def kept(letter: Path) -> Path:
    """A publication with one finding, in a repository."""
    add(letter, "old", OLD)
    git(letter, "init", "-q", "-b", "main")
    git(letter, "add", "-A")
    git(letter, "commit", "-q", "-m", "One")
    return letter


def test_nothing_is_new(here: Run, kept: Path) -> None:
    assert lines(here("check").stdout) == [f"{FOLDER}/old.md:9:6: TS405"]
    before = git(kept, "status", "--porcelain", "--ignored"), git(kept, "worktree", "list")
    said = here("check", "--since", "HEAD", "--strict")
    assert (said.exit_code, said.stdout) == (0, "")
    assert "1 finding that the revision had too." in said.stderr
    assert (git(kept, "status", "--porcelain", "--ignored"), git(kept, "worktree", "list")) == before


def test_lines_that_moved_and_files_that_were_renamed_are_not_new(here: Run, kept: Path) -> None:
    file = kept / FOLDER / "old.md"
    file.write_text(file.read_text().replace(OLD, f"More and more.\n\n{OLD}\n\nSee [here](https://b.example/)."))
    file.rename(kept / FOLDER / "new.md")
    assert lines(here("check", "--since", "main").stdout) == [f"{FOLDER}/new.md:13:5: TS405"]


def test_the_same_line_again_is_new(here: Run, kept: Path) -> None:
    file = kept / FOLDER / "old.md"
    file.write_text(file.read_text().replace(OLD, f"{OLD}\n\n{OLD}"))
    assert len(lines(here("check", "--since", "main").stdout)) == 1


def test_every_format_has_the_new_ones_only(here: Run, kept: Path) -> None:
    path = add(kept, "new", "See [this](https://b.example/).", date="2026-11-24T10:00")
    assert '"line": 9' in here("check", "--since", "main", "--format", "json").stdout
    for form in ("text", "github", "json", "sarif"):
        said = here("check", "--since", "main", "--format", form).stdout
        assert path in said
        assert "old.md" not in said


def test_in_a_folder_of_the_repository_with_a_publication_that_began_later(here: Run, kept: Path) -> None:
    inner = kept / "inner"
    assert run("init", inner).exit_code == 0
    add(inner, "old", OLD)
    assert lines(run("-C", inner, "check", "--since", "main").stdout) == [f"{FOLDER}/old.md:9:6: TS405"]
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Two")
    assert run("-C", inner, "check", "--since", "main").stdout == ""
    assert len(lines(run("-C", inner, "check", "--since", "main~1").stdout)) == 1


def test_in_a_hook_of_git_which_names_its_repository_to_all_that_it_runs(
    here: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As githooks(5) says: GIT_DIR is set, and the folder of the publication may be another than that of the hook."""
    inner = kept / "inner"
    assert run("init", inner).exit_code == 0
    add(inner, "old", OLD)
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Two")
    for folder in (".git", str(kept / ".git")):
        monkeypatch.setenv("GIT_DIR", folder)
        said = run("-C", inner, "check", "--since", "main", "--strict")
        assert (said.exit_code, said.stdout) == (0, "")


def test_no_filter_runs_that_a_repository_names(here: Run, kept: Path, tmp_path: Path) -> None:
    """A revision is what git has stored; a filter that is required stops nothing."""
    git(kept, "config", "filter.tell.smudge", f"touch {tmp_path}/ran; cat")
    git(kept, "config", "filter.tell.required", "true")
    git(kept, "config", "filter.tell.clean", "cat")
    (kept / ".gitattributes").write_text("*.md filter=tell\n")
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Filtered")
    assert here("check", "--since", "HEAD").exit_code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("revision", ["nothing", "--output=x", "main:mkdocs.yml", ""])
def test_a_revision_that_is_none(here: Run, kept: Path, revision: str) -> None:
    said = here("check", f"--since={revision}")
    assert said.exit_code == 2
    assert f"there is no revision '{revision}'" in said.stderr
    assert not (kept / "x").exists()


def test_a_clone_with_a_part_of_the_history(kept: Path, tmp_path: Path) -> None:
    first = git(kept, "rev-parse", "HEAD").strip()
    git(kept, "commit", "-q", "--allow-empty", "-m", "Two")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{kept}", str(tmp_path / "clone")], check=True)
    said = run("-C", tmp_path / "clone", "check", "--since", first)
    assert said.exit_code == 2
    assert "fetch-depth: 0 in a workflow" in said.stderr


def test_no_repository_and_no_git(here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(letter.parent))
    said = here("check", "--since", "main")
    assert (said.exit_code, "is in no repository of git" in said.stderr) == (2, True)
    monkeypatch.setenv("PATH", os.devnull)
    said = here("check", "--since", "main")
    assert (said.exit_code, "there is no git on this machine" in said.stderr) == (2, True)


def test_git_that_gives_up(here: Run, kept: Path) -> None:
    (kept / ".git/objects").rename(kept / ".git/gone")
    said = here("check", "--since", "main")
    assert (said.exit_code, "Traceback" in said.stderr) == (2, False)


def test_links_that_lead_out_of_a_revision_are_left_out(kept: Path) -> None:
    for name, leads in (
        ("away", "/etc"),
        ("up", "../.."),
        ("near", "content"),
        ("dead", "nowhere"),
        ("round", "round"),
    ):
        (kept / name).symlink_to(leads)
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Links")
    with earlier(kept, "HEAD") as then:
        assert {path.name for path in then.root.iterdir() if path.is_symlink()} == {"near", "dead", "round"}
