"""The lock in a git repository, with real ones on disk."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tipsheet.delivery.locks import GitLock, GitLockError


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--bare", "origin.git")
    return tmp_path / "origin.git"


def clone(origin: Path, name: str) -> GitLock:
    git(origin.parent, "clone", "--quiet", "origin.git", name)
    return GitLock(root=origin.parent / name, name=name)


def test_of_many_runs_one_takes_the_issue(origin: Path) -> None:
    """Simultaneous ticks send once: 40 races of 4 runs, one winner each."""
    runs = [clone(origin, f"run-{number}") for number in range(4)]
    with ThreadPoolExecutor(len(runs)) as pool:
        for race in range(40):
            won = list(pool.map(lambda run, issue=f"2026-w{race}": run.take(issue), runs))
            assert won.count(True) == 1
    assert runs[0].taken() == {f"2026-w{race}" for race in range(40)}


def test_what_was_taken_stays_taken_and_touches_no_branch(origin: Path) -> None:
    first = clone(origin, "first")
    assert first.take("2026-w48")
    assert first.take("2026-w48"), "it is still its own"
    later = clone(origin, "later")
    assert not later.take("2026-w48")
    assert later.take("2026-w49")
    assert later.taken() == {"2026-w48", "2026-w49"}
    assert git(origin, "branch", "--list") == ""
    assert "2026-w48 is sent by first" in git(origin, "log", "-1", "refs/tipsheet/sent/2026-w48")


def test_no_secret_reaches_git(origin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """D20: what git starts to reach a remote is told nothing, and no hook runs."""
    run = clone(origin, "run")
    hook, helper = run.root / ".git/hooks/pre-push", origin.parent / "helper"
    hook.write_text("#!/bin/sh\ntouch hooked.txt\n")
    helper.write_text(f'#!/bin/sh\nenv > {run.root}/env.txt\nexec git-receive-pack "$@"\n')
    for program in (hook, helper):
        program.chmod(0o755)
    git(run.root, "config", "remote.origin.receivepack", str(helper))
    monkeypatch.setenv("TIPSHEET_SECRET", "sesame")
    assert run.take("2026-w48")
    told = (run.root / "env.txt").read_text()
    assert ("PATH=" in told, "sesame" in told, (run.root / "hooked.txt").exists()) == (True, False, False)


def test_a_repository_that_lets_nothing_be_written(origin: Path) -> None:
    run = clone(origin, "run")
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitLockError, match="git cannot create refs/tipsheet/sent/2026-w48 at origin") as caught:
        run.take("2026-w48")
    assert "contents: write" in caught.value.hint


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(GitLockError, match="git ls-remote failed") as caught:
        GitLock(root=tmp_path, name="run").taken()
    assert "whose remote can be reached" in caught.value.hint


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitLockError, match="there is no git"):
        GitLock(root=tmp_path, name="run").taken()
