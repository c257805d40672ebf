"""Signed tags: which of them let a letter go, and which do not, whoever made them and however (X14)."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.rendering.builders import compiled, issue, settings
from tipsheet.delivery.approval import TAGS, Statement, approve, statement_in, statement_of, unapproved
from tipsheet.edition.edition import Edition
from tipsheet.settings import ReviewSettings, Settings

__all__ = ["settings"]

NOBODY = "none is signed with a key that may approve"
OTHER = "it is not what was approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key, and the program of git that signs with it."""

    form: str
    key: str
    program: str = ""

    @property
    def options(self) -> list[str]:
        own = ["-c", f"gpg.program={self.program}"] if self.program else []
        return ["-c", f"gpg.format={self.form}", "-c", f"user.signingkey={self.key}", *own]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A repository, the settings that ask for approval, and a letter; ``chief`` may approve it, others may not."""

    root: Path
    settings: Settings
    edition: Edition
    chief: Signer
    stranger: Signer
    expired: Signer

    @property
    def wanted(self) -> Statement:
        return statement_of(self.edition, self.settings)

    @property
    def tag(self) -> str:
        (ref,) = self.git("for-each-ref", "--format=%(refname)", TAGS).split()
        return ref

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True, text=True).stdout

    def sign(self, signer: Signer, statement: Statement, name: str = "") -> str:
        """A tag with a statement, made by git alone, whatever it says and whoever signs; returns its ref."""
        name = name or f"approved/{self.edition.issue}/x"
        message = f"Approve it\n\n{statement}\n"
        self.git(*signer.options, "tag", "--sign", "--force", "--cleanup=verbatim", "-m", message, name)
        return f"refs/tags/{name}"

    def why_not(self) -> str:
        """The reason against sending; empty when it may go."""
        return unapproved(self.edition, self.settings, self.root, {})


def ssh_key(folder: Path, name: str) -> Signer:
    file = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True)
    return Signer(form="ssh", key=str(file))


def repository(root: Path, chief: Signer) -> None:
    """Make a folder a repository in which git signs with a key; one of SSH is in the list of those who may approve."""

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for name, value in (
        ("user.name", "Cy"), ("user.email", "cy@sheet.test"), ("gpg.format", chief.form),
        ("user.signingkey", chief.key),
    ):  # fmt: skip
        git("config", name, value)
    git("commit", "-q", "--allow-empty", "-m", "One")
    if chief.form == "ssh":
        (root / "allowed_signers").write_text(line_of(chief), "utf-8")


def line_of(signer: Signer, until: str = "") -> str:
    """The line of an SSH key in the list of those who may approve."""
    valid = f' valid-before="{until}"' if until else ""
    return f'cy@sheet.test namespaces="git"{valid} {Path(signer.key).with_suffix(".pub").read_text("utf-8")}'


def _pgp(name: str, *when: str) -> Signer:
    make = [
        "gpg",
        "--batch",
        *when,
        "--passphrase",
        "",
        "--quick-generate-key",
        f"{name}@sheet.test",
        "ed25519",
        "sign",
    ]
    subprocess.run([*make, "1d" if when else "never"], check=True, capture_output=True)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons", name], check=True, capture_output=True, text=True)
    return Signer(form="openpgp", key=next(line.split(":")[9] for line in listed.stdout.splitlines() if "fpr" in line))


@pytest.fixture(scope="module")
def ring() -> Iterator[dict[str, Signer]]:
    """Keys of OpenPGP: of the chief, of a stranger, and one that ended in 2020 and signs all the same."""
    home = tempfile.mkdtemp(prefix="tipsheet-gpg-")  # short: the agent's socket has a path of 108 bytes at most
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GNUPGHOME", home)
        then = ("--faked-system-time", "20200101T000000")
        keys = {"chief": _pgp("cy"), "stranger": _pgp("mallory"), "expired": _pgp("old", *then)}
        program = Path(home) / "gpg-of-2020"
        program.write_text(f'#!/bin/sh\nexec gpg {" ".join(then)} "$@"\n')
        program.chmod(0o755)
        yield keys | {"expired": replace(keys["expired"], program=str(program))}
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signer]:
    """The same of SSH."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: ssh_key(folder, name) for name in ("chief", "stranger", "expired")}


@pytest.fixture(params=["ssh", "openpgp"])
def desk(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk of each kind of keys."""
    signers: dict[str, Signer] = request.getfixturevalue("keys" if request.param == "ssh" else "ring")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    may = tuple(signers[name].key for name in ("chief", "expired")) if request.param == "openpgp" else ()
    made = Desk(
        root=tmp_path,
        settings=replace(settings, review=ReviewSettings(required=True, keys=may)),
        edition=compiled(issue("Words.", id="2026-w48"), settings),
        **signers,
    )
    repository(tmp_path, made.chief)
    if request.param == "ssh":
        lines = line_of(made.chief), line_of(made.expired, until="20200101")
        (tmp_path / "allowed_signers").write_text("".join(lines), "utf-8")
    return made


def test_what_the_chief_approved_goes_and_before_that_nothing_does(desk: Desk) -> None:
    assert desk.why_not() == "nobody has approved it; a shallow clone knows of no tags"
    approve(desk.root, desk.wanted)
    assert desk.why_not() == ""


def _by_a_stranger(desk: Desk) -> None:
    desk.sign(desk.stranger, desk.wanted)


def _with_a_key_that_ended(desk: Desk) -> None:
    desk.sign(desk.expired, desk.wanted)


def _for_another_issue(desk: Desk) -> None:
    desk.sign(desk.chief, replace(desk.wanted, issue="2026-w49"))


def _for_another_publication(desk: Desk) -> None:
    desk.sign(desk.chief, replace(desk.wanted, publication="https://other.example/"))


def _for_another_edition(desk: Desk) -> None:
    desk.sign(desk.chief, replace(desk.wanted, edition="0" * 64))


def _moved_to_a_commit(desk: Desk) -> None:
    approve(desk.root, desk.wanted)
    desk.git("update-ref", desk.tag, "HEAD")


def _moved_to_the_approval_of_another_issue(desk: Desk) -> None:
    approve(desk.root, desk.wanted)
    other = desk.sign(desk.chief, replace(desk.wanted, issue="2026-w49"), "approved/2026-w49/x")
    mine = next(ref for ref in desk.git("for-each-ref", "--format=%(refname)", TAGS).split() if ref != other)
    desk.git("update-ref", mine, desk.git("rev-parse", other).strip())


def _made_anew_by_force(desk: Desk) -> None:
    approve(desk.root, desk.wanted)
    desk.sign(desk.stranger, desk.wanted, desk.tag.removeprefix("refs/tags/"))


def _rewritten(desk: Desk) -> None:
    """Other words under the chief's signature, as anybody can write an object of git."""
    approve(desk.root, replace(desk.wanted, edition="0" * 64))
    text = desk.git("cat-file", "tag", desk.tag).replace("0" * 64, desk.edition.digest)
    _written(desk, text)


def _with_a_second_signature(desk: Desk) -> None:
    """The chief's signature of another statement below the stranger's, in the words that the stranger signed."""
    chiefs = desk.sign(desk.chief, replace(desk.wanted, edition="0" * 64), "approved/other/x")
    below = "-----BEGIN" + desk.git("cat-file", "tag", chiefs).partition("-----BEGIN")[2]
    mine = desk.git("cat-file", "tag", desk.sign(desk.stranger, desk.wanted))
    _written(desk, mine + below)


def _not_signed(desk: Desk) -> None:
    desk.git("tag", "-a", "-m", str(desk.wanted), f"approved/{desk.edition.issue}/x")


def _deleted(desk: Desk) -> None:
    approve(desk.root, desk.wanted)
    desk.git("update-ref", "-d", desk.tag)


def _written(desk: Desk, text: str) -> None:
    done = subprocess.run(
        ["git", "hash-object", "-t", "tag", "-w", "--stdin"],
        cwd=desk.root, input=text, check=True, capture_output=True, text=True,
    )  # fmt: skip
    desk.git("update-ref", f"{TAGS}{desk.edition.issue}/x", done.stdout.strip())
    for ref in desk.git("for-each-ref", "--format=%(refname)", TAGS).split():
        if not ref.endswith("/x"):
            desk.git("update-ref", "-d", ref)


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (_by_a_stranger, NOBODY),
        (_with_a_key_that_ended, NOBODY),
        (_for_another_issue, "its tag approves 2026-w49 of https://halfturn.example/"),
        (_for_another_publication, "its tag approves 2026-w48 of https://other.example/"),
        (_for_another_edition, OTHER),
        (_moved_to_a_commit, "nobody has approved it"),
        (_moved_to_the_approval_of_another_issue, "its tag approves 2026-w49"),
        (_made_anew_by_force, NOBODY),
        (_rewritten, NOBODY),
        (_with_a_second_signature, NOBODY),
        (_not_signed, NOBODY),
        (_deleted, "nobody has approved it"),
    ],
)
def test_a_tag_that_lets_nothing_go(desk: Desk, prepare: Callable[[Desk], None], why: str) -> None:
    prepare(desk)
    assert why in desk.why_not()


def test_the_name_of_a_tag_says_no_more_than_where_to_look(desk: Desk) -> None:
    """The approval of this letter counts by any name for its issue, and beside tags that say other things."""
    approve(desk.root, desk.wanted)
    good = desk.git("rev-parse", desk.tag).strip()
    desk.git("update-ref", "-d", desk.tag)
    desk.git("update-ref", f"{TAGS}2026-w49/x", good)
    assert desk.why_not() == "nobody has approved it; a shallow clone knows of no tags"
    desk.git("update-ref", f"{TAGS}2026-w48/any-name", good)
    _by_a_stranger(desk)
    assert desk.why_not() == ""


def test_a_date_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for when in ("2001-01-01T00:00:00Z", "2037-01-01T00:00:00Z"):
        monkeypatch.setenv("GIT_COMMITTER_DATE", when)
        approve(desk.root, desk.wanted)
        assert desk.why_not() == ""


def test_where_there_is_no_repository_nothing_is_approved(settings: Settings) -> None:
    asked = replace(settings, review=ReviewSettings(required=True))
    edition = compiled(issue("Words."), settings)
    assert unapproved(edition, asked, None, {}) == "there is no repository to find an approval in"
    assert unapproved(edition, settings, None, {"TIPSHEET_REVIEW": "Required"}) != ""
    assert unapproved(edition, settings, None, {}) == ""


def test_a_statement_is_read_as_it_was_written(settings: Settings) -> None:
    statement = statement_of(compiled(issue("Words."), settings), settings)
    assert statement_in(f"Approve it\n\n{statement}\n") == statement
    assert list(statement.audiences) == ["everyone", "managers", "toronto", "sellers"]
    told = replace(statement, segments={"managers": 'role is "a\u2028b: c"', "sellers": "nobody"})
    assert statement_in(f"Approve it\n\n{told}\n") == told


@pytest.mark.parametrize(
    "text",
    ["", "Approve it", "Tipsheet-Approval: 1\n", "Tipsheet-Approval: 1\nIssue: x\n", "Tipsheet-Approval: 2\nIssue: x\n",
     "Tipsheet-Approval: 1\nAudience: a b\n", "Tipsheet-Approval: 1\nnothing\n"],
)  # fmt: skip
def test_a_message_without_a_statement(text: str) -> None:
    assert statement_in(text) is None
