"""The lock of an issue for runners without a lasting database: a ref that only one run can create.

``git push --force-with-lease=REF:`` says "only if it is not there yet", and the server that holds
the repository answers one of all who ask. The ref stays: what it names is never sent again, also
when the run that created it died in the middle. That is at most once where a ledger gives once.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tipsheet.errors import TipsheetError

__all__ = ["GitLock", "GitLockError"]

REFS = "refs/tipsheet/sent/"
NOBODY = {
    "GIT_AUTHOR_NAME": "tipsheet", "GIT_AUTHOR_EMAIL": "tipsheet@invalid",
    "GIT_COMMITTER_NAME": "tipsheet", "GIT_COMMITTER_EMAIL": "tipsheet@invalid",
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z", "GIT_TERMINAL_PROMPT": "0",
}  # fmt: skip
PATIENCE = 120
"""Seconds for one command of git."""


class GitLockError(TipsheetError):
    """The repository cannot be asked, or lets nothing be written."""

    exit_code = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLock:
    """The locks in the repository that a clone was made from.

    ``name`` makes this run's mark unlike any other's; with the same mark two runs would both find
    theirs there. ``remote`` is a remote of the clone in ``root``, or an address.
    """

    root: Path
    name: str
    remote: str = "origin"

    def taken(self) -> frozenset[str]:
        """The issues that some run has taken. Raises GitLockError."""
        return frozenset(ref.removeprefix(REFS) for ref in self._refs(f"{REFS}*"))

    def take(self, issue: str) -> bool:
        """Whether this run, and no other ever, is to send the issue. Raises GitLockError."""
        ref = f"{REFS}{issue}"
        tree = self._git("hash-object", "-t", "tree", "-w", "--stdin")
        mark = self._git("commit-tree", tree, "-m", f"{issue} is sent by {self.name}")
        pushed = self._run("push", "--quiet", f"--force-with-lease={ref}:", self.remote, f"{mark}:{ref}")
        if pushed.returncode == 0:
            return True
        there = self._refs(ref).get(ref)
        if there is None:
            raise GitLockError(
                f"git cannot create {ref} at {self.remote}: {_last_line(pushed.stderr)}",
                "the run needs leave to write to the repository (GitHub: contents: write)",
            )
        return there == mark  # the answer to our own push was lost on its way

    def _refs(self, pattern: str) -> Mapping[str, str]:
        lines = self._git("ls-remote", self.remote, pattern).splitlines()
        return {ref: mark for mark, ref in (line.split("\t", 1) for line in lines)}

    def _git(self, *arguments: str) -> str:
        done = self._run(*arguments)
        if done.returncode:
            hint = "run it in a clone of the repository whose remote can be reached"
            raise GitLockError(f"git {arguments[0]} failed: {_last_line(done.stderr)}", hint)
        return done.stdout.strip()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        told = {name: value for name, value in os.environ.items() if not name.startswith("TIPSHEET_")}
        try:
            return subprocess.run(  # noqa: S603 - no shell; issues and marks hold letters, digits and hyphens
                ["git", *arguments],  # noqa: S607 - whichever git there is
                cwd=self.root,
                env=told | NOBODY,
                input="",
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        except FileNotFoundError as error:
            raise GitLockError("there is no git on this machine", "install git, or keep a ledger") from error
        except subprocess.TimeoutExpired as error:
            raise GitLockError(f"git {arguments[0]} did not end in {PATIENCE} seconds") from error


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it says nothing")
