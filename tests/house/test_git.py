"""Git is started in one place, which decides what it is told and what it may run."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sample import ROOT
from tipsheet.delivery.locks import GitLockError
from tipsheet.git import Git, GitError, Purpose

SECRETS = (
    "TIPSHEET_SECRET", "TIPSHEET_SMTP_PASSWORD", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "ANYTHING", "GIT_DIR",
    "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_EXEC_PATH",
    "LD_PRELOAD_NOT", "PYTHONPATH",
)  # fmt: skip
"""Variables that git is told for no purpose: secrets of ours and of others, and another repository."""


def starts_git(tree: ast.AST) -> Iterator[int]:
    """Lines with a list or a tuple that begins with git, a call whose first word it is, or a search for it."""
    for node in ast.walk(tree):
        first = node.elts[:1] if isinstance(node, ast.List | ast.Tuple) else []
        if isinstance(node, ast.Call):
            first = node.args[:1]
        for one in first:
            value = one.value if isinstance(one, ast.Constant) else None
            if isinstance(value, str) and re.match(r"(\S*/)?git(\.exe)?(\s|$)", value):
                yield one.lineno


def test_nothing_else_in_the_program_starts_git() -> None:
    files = {file.relative_to(ROOT).as_posix(): file for file in (ROOT / "tipsheet").rglob("*.py")}
    found = {name: list(starts_git(ast.parse(file.read_text("utf-8")))) for name, file in files.items()}
    assert [name for name, lines in found.items() if lines] == ["tipsheet/git.py"]
    for source in ('run(["git", "log"])', 'which("git")', 'run("git log", shell=True)', 'run(("/usr/bin/git", "log"))'):
        assert list(starts_git(ast.parse(source))), source


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", folder, "-c", "user.name=A", "-c", "user.email=a@x.example", *words], check=True)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A repository that names a program wherever git can be told of one; each leaves a file beside the repository."""
    folder, program = tmp_path / "foreign", tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitattributes").write_text("*.md diff=words merge=words filter=words\n")
    (folder / "a.md").write_text("One\n")
    git(folder, "add", "-A")
    git(folder, "-c", f"gpg.program={signer(tmp_path)}", "commit", "-q", "-S", "-m", "One")
    (folder / "a.md").write_text("Two\n")
    named = (
        "core.fsmonitor", "core.pager", "core.editor", "core.askPass", "core.sshCommand", "core.alternateRefsCommand",
        "diff.external", "diff.words.textconv", "diff.words.command", "merge.words.driver", "gpg.program",
        "gpg.openpgp.program", "gpg.ssh.program", "gpg.x509.program", "gpg.ssh.defaultKeyCommand", "pager.log",
        "pager.diff", "pager.status", "sequence.editor", "credential.helper", "alias.log", "alias.status",
        "tar.tar.command", "interactive.diffFilter", "trailer.x.command", "remote.origin.uploadpack",
        "filter.words.clean", "filter.words.smudge", "filter.a.b c.process",
    )  # fmt: skip
    for name in named:
        git(folder, "config", name, str(program))
    for name, value in (("log.showSignature", "true"), ("core.hooksPath", "hooks"), ("core.pager", str(program))):
        git(folder, "config", name, value)
    (folder / "hooks").mkdir()
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-push", "post-checkout"):
        (folder / "hooks" / name).symlink_to(program)
    (tmp_path / "ran").unlink(missing_ok=True)
    return folder


def signer(folder: Path) -> Path:
    """A program that signs as gpg does, so that the commit has a signature to look at."""
    program = folder / "signer"
    lines = ("cat > /dev/null", "echo '[GNUPG:] SIG_CREATED ' >&2", "echo '-----BEGIN PGP SIGNATURE-----'")
    program.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    program.chmod(0o755)
    return program


ASKED = (
    ("status", "--porcelain", "-z", "--untracked-files=all", "--", "."),
    ("log", "--diff-filter=A", "--no-renames", "--format=%x00%aI", "--name-only", "--relative", "-z", "--", "."),
    ("log", "-p"),
    ("show", "HEAD"),
    ("diff", "HEAD"),
    ("diff", "--name-only", "-z", "HEAD"),
    ("archive", "--format=tar", "HEAD"),
    ("checkout-index", "--all", "--force", "--prefix=../checked-out/"),
    ("add", "a.md"),
    ("ls-files", "-z", "--", "a.md"),
    ("check-ignore", "--quiet", "--", "a.md"),
    ("for-each-ref", "refs/tags"),
    ("rev-parse", "--verify", "HEAD^{commit}"),
    ("verify-commit", "--raw", "HEAD"),
    ("tag", "--list"),
)


@pytest.mark.parametrize("words", ASKED, ids=" ".join)
def test_no_program_runs_that_a_repository_names(foreign: Path, words: tuple[str, ...]) -> None:
    Git(folder=foreign, any_owner=True).answer(*words)
    assert not (foreign.parent / "ran").exists()


@pytest.mark.parametrize("driver", ["clean", "process"])
def test_no_program_runs_that_a_submodule_names(foreign: Path, tmp_path: Path, driver: str) -> None:
    """It has a configuration of its own, which knows other filters."""
    inner = foreign / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "a.md").write_text("One\n")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "One")
    Git(folder=foreign).ask("add", "inner")
    (inner / ".gitattributes").write_text("*.md filter=own\n")
    (inner / "a.md").write_text("Two\n")
    git(inner, "config", f"filter.own.{driver}", str(tmp_path / "program"))
    (tmp_path / "ran").unlink(missing_ok=True)
    for words in (("status", "--porcelain"), ("diff", "--name-only", "HEAD"), ("diff", "HEAD")):
        Git(folder=foreign).ask(*words)
    assert not (tmp_path / "ran").exists()
    assert Git(folder=foreign).ask("diff", "--name-only", "HEAD", "--", "inner").text == "inner\n"


def test_the_programs_would_run_otherwise(foreign: Path) -> None:
    subprocess.run(["git", "-C", foreign, "log", "-p"], stdout=subprocess.DEVNULL, check=False)
    assert (foreign.parent / "ran").exists()


def test_an_object_that_a_partial_clone_lacks_is_not_fetched(foreign: Path, tmp_path: Path) -> None:
    """Git fetches such an object by itself, with the program that the repository names."""
    for name, value in (("extensions.partialClone", "origin"), ("remote.origin.promisor", "true"),
                        ("remote.origin.url", str(tmp_path)), ("core.repositoryFormatVersion", "1")):  # fmt: skip
        git(foreign, "config", name, value)
    blob = Git(folder=foreign).ask("rev-parse", "HEAD:a.md").text.strip()
    (foreign / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match="git archive failed"):
        Git(folder=foreign).ask("archive", "HEAD")
    assert not (tmp_path / "ran").exists()


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that writes down its variables and its words."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "git"
    script = f"import json, os, sys\njson.dump([dict(os.environ), sys.argv[1:]], open({str(tmp_path / 'told')!r}, 'w'))"
    program.write_text(f"#!{sys.executable} -IS\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "told"


PERSON = ("GIT_COMMITTER_NAME", "SSH_AUTH_SOCK", "GPG_TTY", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0")
REMOTE = ("GITHUB_TOKEN", "GIT_SSH_COMMAND", "https_proxy")


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [(Purpose.READ, ()), (Purpose.SIGN, PERSON), (Purpose.REMOTE, (*PERSON, *REMOTE))],
    ids=["read", "sign", "remote"],
)
def test_the_variables_that_git_is_told(
    told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, purpose: Purpose, expected: tuple[str, ...]
) -> None:
    """A list, by the purpose: no secret of ours, no other repository, and what asks for nothing at a terminal."""
    for name in (*SECRETS, *PERSON, *REMOTE, "HOME"):
        monkeypatch.setenv(name, "set")
    Git(folder=tmp_path, purpose=purpose, also={"GIT_AUTHOR_DATE": "2000"}).ask("log")
    environ, _ = ast.literal_eval(told.read_text())
    assert {name for name in (*SECRETS, *PERSON, *REMOTE) if environ.get(name) == "set"} == set(expected)
    assert (environ["HOME"], environ["GIT_AUTHOR_DATE"]) == ("set", "2000")
    assert (environ["GIT_TERMINAL_PROMPT"], environ["LC_ALL"]) == ("0", "C")
    assert environ.get("GIT_ALLOW_PROTOCOL") == (None if purpose is Purpose.REMOTE else "none")


def test_git_comes_from_no_folder_that_depends_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive could hold a program of that name."""
    (tmp_path / "git").write_text("#!/bin/sh\ntouch ran\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for path in ("", ".", f".{os.pathsep}", "bin/..", f"{os.pathsep}{tmp_path}/none"):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(GitLockError, match="there is no git on this machine") as caught:
            Git(folder=tmp_path, error=GitLockError).ask("log")
        assert (caught.value.exit_code, caught.value.hint) == (69, "install git")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            "fatal: detected dubious ownership in repository at '/x'\nTo add an exception, call:\n\n\tgit config",
            "safe.",
        ),
        ("fatal: transport 'https' not allowed", "clone without --filter"),
        ("error: bad object HEAD", "git fsck"),
        ("fatal: Unable to create '/x/.git/index.lock': File exists.", "wait for it"),
        ("fatal: something else\nand more", "run the same in a shell"),
        ("", "run the same in a shell"),
    ],
)
def test_a_refusal_is_said_in_one_way_with_a_remedy(told: Path, tmp_path: Path, said: str, remedy: str) -> None:
    program = told.parent / "bin/git"
    program.write_text(f"#!{sys.executable} -IS\nimport sys\nsys.exit({said!r} or 3)\n")
    with pytest.raises(GitError) as caught:
        Git(folder=tmp_path).ask("log", "--oneline")
    first = said.splitlines()[0].partition(": ")[2] if said else "it says nothing"
    assert str(caught.value) == f"git log failed: {first}"
    assert remedy in caught.value.hint


def test_a_folder_in_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError) as caught:
        Git(folder=tmp_path).ask("log")
    assert (str(caught.value), caught.value.hint) == (
        f"{tmp_path} is in no repository of git",
        "make one with git init, and commit",
    )


def test_git_that_does_not_end(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (told.parent / "bin/git").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr("tipsheet.git.PATIENCE", 0.1)
    with pytest.raises(GitError, match="git log did not end in"):
        Git(folder=tmp_path).ask("log")


def test_git_that_cannot_be_started(told: Path, tmp_path: Path) -> None:
    (told.parent / "bin/git").write_text("#!/nowhere/python\n")
    with pytest.raises(GitError, match="git log cannot be started"):
        Git(folder=tmp_path).ask("log")
    with pytest.raises(GitError, match="git log cannot be started"):
        Git(folder=tmp_path).ask("log", "a\0b")


def test_names_come_as_they_are_on_disk(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    names = ("a b.md", "tab\there.md", "ü.md", "*.md", os.fsdecode(b"latin-\xe9.md"))
    for name in names:
        (tmp_path / name).touch()
    asked = Git(folder=tmp_path)
    assert sorted(asked.ask("ls-files", "--others", "-z").names) == sorted(names)
    assert asked.ask("ls-files", "--others", "-z", "--", "*.md").names == ("*.md",)
    assert asked.ask("ls-files", "-z").names == ()
