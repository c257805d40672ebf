"""``tipsheet diff``: against a revision of git, for people, programs and pull requests (X12)."""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests.cli import test_segments
from tests.cli.conftest import Run, fingerprint
from tests.cli.test_since import git
from tipsheet.delivery.approval import uncommitted
from tipsheet.git import POINTER
from tipsheet.review.revision import earlier

readers, coming = test_segments.readers, test_segments.coming


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


def change(folder: Path, name: str = "about") -> None:
    about = folder / f"content/{name}.md"
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
        (("",), "there is no revision ''"),
        (("HEAD..main",), "'HEAD..main' is a range of revisions"),
        (("HEAD...main",), "name one revision"),
        (("^HEAD",), "there is no revision '^HEAD'"),
        (("HEAD^{tree}",), "there is no revision 'HEAD^{tree}'"),
        (("HEAD:mkdocs.yml",), "there is no revision 'HEAD:mkdocs.yml'"),
        (("HEAD^3",), "there is no revision 'HEAD^3'"),
        (("a\nb",), r"there is no revision 'a\nb'"),
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


@pytest.fixture
def told(here: Run, readers: Path, coming: None) -> str:
    """A publication whose next letter has an action for leaders alone, and three readers, of whom one leads."""
    git(readers, "init", "-q", "-b", "main")
    git(readers, "commit", "-q", "--allow-empty", "-m", "Nothing")
    git(readers, "add", "mkdocs.yml", "content/about.md", "content/authors.yml")
    git(readers, "commit", "-q", "-m", "No issue yet")
    return here("diff").stdout


def test_who_gets_a_letter_and_for_whom_nobody_wrote_an_action(here: Run, told: str, readers: Path) -> None:
    """X12: who says yes sees it beside what changed; the store is the one that is there."""
    lines = told.splitlines()
    at = lines.index("2026-w48 (coming): For leaders; to 3 readers, 2 without an action")
    assert lines[at + 1 : at + 4] == [
        "  everyone: gets it now: For leaders (2 readers)",
        "  leaders: gets it now: For leaders (1 reader)",
        "  Nobody wrote an action for everyone",
    ]
    file = readers / "changes.json"
    file.write_text(here("diff", "--json").stdout, "utf-8")
    markdown = here("diff", "--read", file, "--markdown").stdout
    assert "### ` 2026-w48 ` ` For leaders ` (` coming `); to 3 readers, 2 without an action\n" in markdown
    assert "\n- **Nobody wrote an action for** ` everyone `\n" in markdown


def test_a_store_that_cannot_be_read_stops_no_review(here: Run, told: str, readers: Path) -> None:
    assert " readers" in told
    (readers / "audience.db").write_text("no database")
    said = here("diff")
    assert (said.exit_code, "Nobody is counted: " in said.stderr, "2026-w48 (coming)" in said.stdout) == (0, True, True)
    assert "reader" not in said.stdout.split("/about/")[0].replace("readers.", "")


def test_a_file_whose_name_is_not_utf8(here: Run, kept: Path, tmp_path: Path) -> None:
    """What one program writes the other reads, whatever somebody calls a file."""
    (kept / os.fsdecode(b"h\xe9.py")).touch()
    file = tmp_path / "changes.json"
    file.write_bytes(here("diff", "--json").stdout_bytes)
    assert json.loads(file.read_bytes())["guards"] == [r"h\xe9.py"]
    assert r"> **Mind:** ` h\xe9.py ` decides" in here("diff", "--read", file, "--markdown").stdout


def test_folders_of_our_own_are_no_files_of_the_repository(
    here: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "made").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept / "made"))
    assert here("diff").stdout == "Readers would see nothing that differs from HEAD.\n"


def test_an_object_that_is_lost(here: Run, kept: Path) -> None:
    commit = git(kept, "rev-parse", "HEAD").strip()
    (kept / ".git/objects" / commit[:2] / commit[2:]).unlink()
    said = here("diff")
    assert (said.exit_code, "git fsck says what is broken" in said.stderr) == (2, True), said.stderr


def test_an_ordinary_page_with_another_name_has_moved(here: Run, kept: Path) -> None:
    """Git finds it again by its text; nothing leads from the old address to the new one."""
    git(kept, "mv", "content/about.md", "content/over-ons.md")
    change(kept, "over-ons")
    said = here("diff").stdout
    assert "/about/ moved to /over-ons/; NOTHING IS AT THE OLD ADDRESS\n" in said
    assert "    + One line more.\n" in said
    assert "/over-ons/ is new" not in said


@pytest.mark.parametrize("revision", ["HEAD", "@", ":/One", "v1", "refs/heads/main", "@{0}", "branch-and-tag"])
def test_names_of_a_revision(here: Run, kept: Path, revision: str) -> None:
    git(kept, "tag", "-a", "v1", "-m", "One")
    git(kept, "tag", "branch-and-tag")
    git(kept, "branch", "branch-and-tag")
    assert here("diff", revision).stdout == f"Readers would see nothing that differs from {revision}.\n"


def test_a_repository_without_a_commit(here: Run, letter: Path) -> None:
    git(letter, "init", "-q")
    said = here("diff")
    assert (said.exit_code, "no commit yet\nHint: commit" in said.stderr) == (2, True), said.stderr


@pytest.mark.parametrize(
    ("attributes", "more"), [("content/about.md export-ignore", ""), ("*.md export-subst", "At $Format:%H$.")]
)
def test_what_archives_leave_out_or_change_is_compared_as_it_is(
    here: Run, kept: Path, attributes: str, more: str
) -> None:
    """Attributes of `git archive`, which a repository has for the archives that it is published as."""
    about = kept / "content/about.md"
    about.write_text(f"{about.read_text('utf-8')}\n{more}\n", "utf-8")
    (kept / ".gitattributes").write_text(f"{attributes}\n", "utf-8")
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "Two")
    assert here("diff").stdout == "Readers would see nothing that differs from HEAD.\n"


def test_content_in_a_submodule(here: Run, kept: Path, tmp_path: Path) -> None:
    """It is compared as its commit has it; where that is not here nothing can be compared."""
    inner = kept / "content"
    git(inner, "init", "-q", "-b", "main")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "Content")
    git(kept, "rm", "-r", "-q", "--cached", "content")
    git(kept, "add", "content")
    git(kept, "commit", "-q", "-m", "A repository in a repository")
    assert here("diff").stdout == "Readers would see nothing that differs from HEAD.\n"
    change(kept)
    assert "+ One line more." in here("diff").stdout
    (inner / ".git").rename(tmp_path / "gone")
    said = here("diff")
    assert (said.exit_code, "content is a submodule whose commit is not here" in said.stdout) == (0, True)


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


@dataclass(frozen=True, slots=True)
class Large:
    """A picture that Git LFS keeps, in a commit as a pointer; the program of LFS is on no machine here."""

    folder: Path
    file: Path

    def pointer(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).hexdigest()
        return POINTER + f"oid sha256:{digest}\nsize {len(data)}\n".encode()

    def fetched(self, data: bytes) -> None:
        """Put contents where Git LFS puts what it fetches."""
        digest = hashlib.sha256(data).hexdigest()
        place = self.folder / ".git/lfs/objects" / digest[:2] / digest[2:4] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (400, 200), colour).save(file, "PNG")
    return file.getvalue()


OLD, NEW = png("green"), png("red")


@pytest.fixture
def large(kept: Path) -> Large:
    """A publication whose last commit has a picture as a pointer, shown by an issue; the file here is the old one."""
    issue = next((kept / "content/tipsheets/2026").glob("*.md"))
    made = Large(kept, issue.with_name("own.png"))
    issue.write_text(f"{issue.read_text('utf-8')}\n![Grass, from above](own.png)\n", "utf-8")
    (kept / ".gitattributes").write_text("*.png filter=lfs diff=lfs merge=lfs -text\n")
    made.file.write_bytes(made.pointer(OLD))
    git(kept, "add", "-A")
    git(kept, "commit", "-q", "-m", "A picture")
    made.file.write_bytes(OLD)
    program = kept / ".git/no-lfs"
    program.write_text(f"#!/bin/sh\ntouch {kept}/.git/ran\nexit 1\n")
    program.chmod(0o755)
    for name, value in (("process", program), ("clean", program), ("smudge", program), ("required", "true")):
        git(kept, "config", f"filter.lfs.{name}", str(value))
    return made


NOTHING = "Readers would see nothing that differs from HEAD.\n"
REPAINTED = ("Style sheets, scripts and pictures: /tipsheets/2026/own", "own.png")
LFS: Mapping[str, tuple[bytes | None, bool, int, tuple[str, ...]]] = {
    # the picture here (None: its pointer), the old one fetched, exit code, words
    "as it was": (OLD, False, 0, (NOTHING,)),
    "another, and the old one is here": (NEW, True, 0, REPAINTED),
    "another, and the old one is not here": (NEW, False, 0, ("Nothing can be compared", "is a pointer of Git LFS")),
    "not fetched": (None, False, 1, ("is a pointer of Git LFS, and its file is not here", "git lfs pull")),
}


@pytest.mark.parametrize(("here_is", "is_fetched", "code", "told"), LFS.values(), ids=LFS)
def test_a_picture_that_git_lfs_keeps(
    here: Run, large: Large, here_is: bytes | None, code: int, told: tuple[str, ...], *, is_fetched: bool
) -> None:
    """Its pointer is followed without the program, which a repository could name otherwise."""
    large.file.write_bytes(large.pointer(OLD) if here_is is None else here_is)
    if is_fetched:
        large.fetched(OLD)
    said = here("diff")
    assert (said.exit_code, [one for one in told if one not in said.output]) == (code, []), said.output
    assert not (large.folder / ".git/ran").exists()


def test_contents_of_git_lfs_that_are_damaged_are_none(here: Run, large: Large) -> None:
    large.fetched(OLD)
    (damaged,) = (path for path in (large.folder / ".git/lfs").rglob("*") if path.is_file())
    damaged.write_bytes(OLD[:-1] + b"x")
    large.file.write_bytes(NEW)
    assert "is a pointer of Git LFS" in here("diff").stdout


def test_other_commands_where_git_lfs_keeps_pictures(here: Run, large: Large) -> None:
    """A file that git takes for another one, since no filter runs, is not one."""
    os.utime(large.file)
    assert uncommitted(large.folder, ["content"]) == ()
    assert here("check", "--since", "HEAD").exit_code == 0
    with earlier(large.folder, "HEAD") as then:
        assert [name for name in then.changed() if not name.startswith("ran-")] == []
    large.file.write_bytes(NEW)
    assert uncommitted(large.folder, ["content"]) == ("content/tipsheets/2026/own.png",)
    assert here("rehearse", "--weeks", "1", "--demo", "5").exit_code == 0
    large.file.write_bytes(large.pointer(NEW))
    said = here("rehearse", "--weeks", "1", "--demo", "5", "--json")
    first = next(one["kind"] for one in json.loads(said.stdout)["findings"] if one["gap"])
    assert (said.exit_code, first) == (1, "mistake")
    assert not (large.folder / ".git/ran").exists()
