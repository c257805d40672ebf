"""Git, started in one way for all that asks it: which program, what it is told, what it may run, for how long.

A folder with a ``.git`` may come from anybody, and its configuration names programs: a monitor of files, one that
checks signatures, hooks, a pager, differences in words of a driver, an editor, filters of contents. None of them runs
for us, whatever the folder says. Git itself comes from an absolute folder of PATH, never from the one that it is asked
about. It is told the variables that are listed here and no others, so no secret of ours; it asks nobody for a password,
fetches nothing on its own where a clone has left objects at its remote, and has `PATIENCE` seconds. Names after ``--``
are no patterns.

Git LFS is a filter as well, and runs programs that a repository names: so its pointers are read here instead
(`pointer_in`), and what they stand for is looked up where it has put that.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tipsheet.errors import TipsheetError

__all__ = [
    "LONGEST_POINTER", "PATIENCE", "POINTER", "Answer", "Git", "GitError", "Pointer", "Purpose", "is_installed",
    "pointer_in",
]  # fmt: skip

PATIENCE = 120
"""Seconds that one command may take; a person may have to touch a key in them."""

_TOLD = (
    "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "GNUPGHOME",
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA",
    "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES",
)  # fmt: skip
"""Variables that say where things of the person lie; the last two lines are those of Windows."""
_OF_A_PERSON = (
    "EMAIL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
    "GIT_COMMITTER_DATE", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS",
    "SSH_SK_PROVIDER", "GPG_TTY", "GPG_AGENT_INFO", "PINENTRY_USER_DATA", "TERM", "DISPLAY", "WAYLAND_DISPLAY",
    "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
)  # fmt: skip
"""Variables that say who somebody is, and lead to the keys that they sign or log in with."""
_OF_A_NETWORK = (
    "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_USERNAME", "GIT_PASSWORD", "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY", "GIT_PROXY_COMMAND", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "KRB5CCNAME", "GH_TOKEN", "GITHUB_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN",
)  # fmt: skip
"""Variables by which git finds a remote and logs in at it: its own secrets, which helpers of credentials read."""
_NUMBERED = re.compile(r"GIT_CONFIG_(KEY|VALUE)_\d+")

_SAID = {
    "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat",
    "GIT_EDITOR": ":", "GIT_SEQUENCE_EDITOR": ":",
}  # fmt: skip
_ALONE = {"GIT_ASKPASS": "", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
"""What is said where no remote is asked: an object that a partial clone lacks is not fetched, by no program."""
_SETTINGS = {"core.fsmonitor": "false", "core.hooksPath": os.devnull, "log.showSignature": "false"}
_PROGRAMS = {
    "gpg.program": "gpg", "gpg.openpgp.program": "gpg", "gpg.ssh.program": "ssh-keygen", "gpg.x509.program": "gpgsm",
}  # fmt: skip
"""Programs that check a signature; only who signs may name others."""
_LITERAL = ("--literal-pathspecs",)
_PATTERNS = frozenset({"check-ignore"})
"""Commands that refuse to take names as they are."""
_ITS_OWN_CONFIGURATION = "--ignore-submodules=dirty"
"""Git that looks for changes in a submodule is another git, with the programs that the submodule names."""
_WITHOUT_PROGRAMS = {
    **dict.fromkeys(("log", "show"), ("--no-ext-diff", "--no-textconv")),
    "diff": ("--no-ext-diff", "--no-textconv", _ITS_OWN_CONFIGURATION),
    "status": (_ITS_OWN_CONFIGURATION,),
}
_READ_NO_CONTENTS = frozenset({
    "cat-file", "check-ignore", "commit-tree", "config", "for-each-ref", "log", "ls-files", "ls-remote", "push",
    "read-tree", "rev-parse", "tag", "verify-commit", "verify-tag",
})  # fmt: skip
"""Commands for which no filter runs; for all others the filters that are configured are taken away."""

POINTER = b"version https://git-lfs.github.com/spec/v1\n"
"""The line with which a pointer of Git LFS begins, which git keeps in the place of a large file."""
_POINTER = re.compile(re.escape(POINTER) + rb"(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n")
LONGEST_POINTER = 1024
"""Bytes of a pointer at most, as Git LFS says."""

_NO_REPOSITORY = "not a git repository"
_REMEDIES = (
    (_NO_REPOSITORY, "make one with git init, and commit"),
    ("dubious ownership", "if you trust its owner: git config --global --add safe.directory FOLDER"),
    ("not allowed|promisor|lazy fetch", "the clone left objects at its remote: clone without --filter"),
    (
        "bad object|object info|corrupt|loose object|unable to read|missing blob",
        "git fsck says what is broken; clone it anew",
    ),
    ("remote repository|could not read", "run it in a clone whose remote can be reached with what git is set up with"),
    (r"\.lock'", "another git is at work here: wait for it"),
)
"""Remedies for what git says, by a pattern."""
_REMEDY = "run the same in a shell, in this folder"


class GitError(TipsheetError):
    """Git cannot be started, does not end, or refuses; who asks names a kind of it, with an exit code."""


class Purpose(Enum):
    """The reason for which git is asked, by which it is told who somebody is, and how to reach a remote."""

    READ = "read"
    SIGN = "sign"
    REMOTE = "remote"

    def tells(self, name: str) -> bool:
        """True if git is told the variable of this name."""
        person, remote = self is not Purpose.READ, self is Purpose.REMOTE
        return (
            name in _TOLD
            or (person and (name in _OF_A_PERSON or _NUMBERED.fullmatch(name) is not None))
            or (remote and name in _OF_A_NETWORK)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of a command of git: its exit code, its output, and its words about what went wrong."""

    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        """The output; bytes that are not UTF-8 can be written again as they were (PEP 383)."""
        return self.output.decode("utf-8", "surrogateescape")

    @property
    def names(self) -> tuple[str, ...]:
        """The parts of an output that was asked for with ``-z``."""
        return tuple(self.text.rstrip("\0").split("\0")) if self.output else ()

    @property
    def said(self) -> str:
        """The line that says why git gave up."""
        lines = [line.strip() for line in self.errors.splitlines() if line.strip()]
        reasons = [line for line in lines if line.startswith(("fatal: ", "error: "))]
        return (reasons or lines or ["it says nothing"])[-1].removeprefix("fatal: ").removeprefix("error: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """Git in a folder, which need not be the top of a repository.

    ``any_owner``: also in a repository of somebody else, which git refuses otherwise; for questions that read no
    contents. ``also`` are more variables that it is told. ``error`` is raised for all that goes wrong.
    """

    folder: Path
    purpose: Purpose = Purpose.READ
    error: type[GitError] = GitError
    any_owner: bool = False
    also: Mapping[str, str] = field(default_factory=dict)

    def ask(self, *words: str, settings: Mapping[str, str] | None = None) -> Answer:
        """The answer to a command that succeeds; raises the error otherwise."""
        answer = self.answer(*words, settings=settings)
        if answer.code:
            hint = next((hint for words, hint in _REMEDIES if re.search(words, answer.said)), _REMEDY)
            place = self.folder.absolute()
            none = f"{place} is in no repository of git"
            message = none if _NO_REPOSITORY in answer.said else f"git {words[0]} failed: {answer.said}"
            raise self.error(message, hint.replace("FOLDER", str(place)))
        return answer

    def contents(self, pointer: "Pointer") -> Path | None:
        """The file that a pointer stands for, where Git LFS has put it: in the repository, by its digest."""
        common = self.ask("rev-parse", "--git-common-dir").text.rstrip("\n")
        digest = pointer.digest
        file = self.folder / common / "lfs/objects" / digest[:2] / digest[2:4] / digest
        return file if pointer.is_of(file) else None

    def answer(self, *words: str, settings: Mapping[str, str] | None = None) -> Answer:
        """The answer to a command, whatever its exit code; ``settings`` are some of git's for it alone."""
        program, (name, *rest) = _program(), words
        if program is None:
            raise self.error("there is no git on this machine", "install git")
        filters = {} if name in _READ_NO_CONTENTS else self._no_filters()
        command = [program, "-C", str(self.folder), *self._options({**filters, **(settings or {})})]
        command += [*(() if name in _PATTERNS else _LITERAL), name, *_WITHOUT_PROGRAMS.get(name, ()), *rest]
        try:
            done = subprocess.run(  # noqa: S603 - no shell
                command,
                env=dict(self._environ()),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
                start_new_session=self.purpose is not Purpose.SIGN,  # without a terminal nothing can ask at one
            )
        except subprocess.TimeoutExpired as error:
            hint = "see what it waits for: run the same in a shell, in this folder"
            raise self.error(f"git {name} did not end in {PATIENCE} seconds", hint) from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in a word
            raise self.error(f"git {name} cannot be started: {error}", "install git anew") from error
        return Answer(code=done.returncode, output=done.stdout, errors=done.stderr.decode(errors="replace"))

    def _no_filters(self) -> Mapping[str, str]:
        """Settings that take every filter away, wherever it is configured."""
        found = self.answer("config", "--null", "--name-only", "--get-regexp", r"^filter\.").names
        drivers = {name.rpartition(".")[0] for name in found}
        none = {"process": "", "clean": "", "smudge": "", "required": "false"}
        return {f"{driver}.{what}": value for driver in sorted(drivers) for what, value in none.items()}

    def _options(self, more: Mapping[str, str]) -> Iterator[str]:
        programs = {} if self.purpose is Purpose.SIGN else _PROGRAMS
        owners = {"safe.directory": "*"} if self.any_owner else {}
        for name, value in {**_SETTINGS, **programs, **owners, **more}.items():
            yield from ("-c", f"{name}={value}")

    def _environ(self) -> Iterator[tuple[str, str]]:
        yield from ((name, value) for name, value in os.environ.items() if self.purpose.tells(name))
        yield from {**_SAID, **({} if self.purpose is Purpose.REMOTE else _ALONE), **self.also}.items()
        yield "PATH", _path()


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer of Git LFS: SHA-256, in hex, and bytes of the file that it stands for."""

    digest: str
    size: int

    def is_of(self, file: Path) -> bool:
        """True if the file is the one."""
        if not file.is_file() or file.stat().st_size != self.size:
            return False
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == self.digest


def pointer_in(data: bytes) -> Pointer | None:
    """The pointer that these bytes are; None where they are contents."""
    found = _POINTER.fullmatch(data) if len(data) <= LONGEST_POINTER else None
    return Pointer(found[1].decode(), int(found[2])) if found else None


def is_installed() -> bool:
    """True if there is a git on this machine."""
    return _program() is not None


def _program() -> str | None:
    found = shutil.which("git", path=_path())
    return found if found and Path(found).is_absolute() else None  # Windows looks first in the folder where we are


def _path() -> str:
    """The folders of PATH that are the same wherever one stands."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if Path(folder).is_absolute())
