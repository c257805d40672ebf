"""``tipsheet approve``: what was approved goes out, byte for byte, and nothing else does (X14)."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli import test_gate
from tests.cli.conftest import Run, run
from tests.cli.test_gate import ISSUE, SECRET, edit
from tests.cli.test_since import git
from tests.delivery.sink import Sink
from tipsheet.delivery import approval
from tipsheet.delivery.approval import TAGS, statement_in

sink, ready = test_gate.sink, test_gate.ready
SEND = ("send", ISSUE, "--yes")


def key(folder: Path, name: str) -> Path:
    """A new SSH key."""
    file = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True)
    return file


def may_approve(file: Path, *, until: str = "") -> str:
    """A line of the file of signers for a key."""
    valid = f' valid-before="{until}"' if until else ""
    return f'editor@sheet.test namespaces="git"{valid} {file.with_suffix(".pub").read_text()}'


def commit(message: str = "More") -> None:
    git(Path(), "add", "-A")
    git(Path(), "commit", "-q", "-m", message)


@pytest.fixture
def chief(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A publication in a repository that sends what was approved, seen by somebody who may."""
    signer = key(tmp_path, "chief")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(Path(), "init", "-q", "-b", "main")
    for name, value in (
        ("gpg.format", "ssh"), ("user.signingkey", str(signer)), ("user.name", "Cy"), ("user.email", "cy@sheet.test"),
    ):  # fmt: skip
        git(Path(), "config", name, value)
    Path("allowed_signers").write_text(may_approve(signer), "utf-8")
    edit("mkdocs.yml", lambda text: text.replace("      mail:\n", "      review: {required: true}\n      mail:\n", 1))
    commit("One")
    assert run("build").exit_code == 0
    return ready


def tags() -> list[str]:
    return git(Path(), "for-each-ref", "--format=%(refname)", TAGS).split()


def test_nothing_goes_out_before_it_is_approved_and_then_it_does(chief: Run, sink: Sink) -> None:
    said = chief(*SEND)
    assert said.exit_code == 3
    assert "approval: nobody has approved it" in said.stderr
    assert "cannot be allowed" in said.stderr
    assert chief(*SEND, "--allow", "approval").exit_code == 2
    assert sink.accepted == []
    told = chief("approve", ISSUE)
    assert told.exit_code == 0
    assert "  everyone: Welcome, and one thing to do (" in told.stdout
    assert "Its moment has passed" in told.stderr
    (name,) = tags()
    assert f"Push it: git push origin {name.removeprefix('refs/tags/')}" in told.stderr
    assert chief(*SEND).exit_code == 0
    assert len(sink.accepted) > 10


def test_publish_sends_it_and_ends_with_3_without(chief: Run, sink: Sink) -> None:
    assert chief("publish", "--no-build", "--max-late", "9d").exit_code == 3
    planned = json.loads(chief("publish", "--dry-run", "--no-build", "--max-late", "9d", "--json").stdout)
    assert [reason["name"] for reason in planned[0]["reasons"]] == ["approval"]
    assert sink.accepted == []
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief("publish", "--no-build", "--max-late", "9d").exit_code == 0
    assert len(sink.accepted) > 10


def content() -> None:
    edit(test_gate.issue(), lambda text: text.replace("before it began", "before it begun"))


def for_leaders() -> None:
    edit(test_gate.issue(), lambda text: text.replace("before it begins", "before it starts"))


def zone() -> None:
    edit("mkdocs.yml", lambda text: text.replace("time_zone: UTC", "time_zone: Europe/London"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (content, "everyone: preheader, text, html differ from what was approved"),
        (for_leaders, "leaders: text, html differ from what was approved"),
        (zone, "the time zone was UTC and is Europe/London"),
    ],
)
def test_one_thing_that_changes_afterwards_is_told_for_each_audience(
    chief: Run, sink: Sink, change: Callable[[], None], told: str
) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    change()
    commit()
    assert chief("build").exit_code == 0
    said = chief(*SEND)
    assert (said.exit_code, told in said.stderr, sink.accepted) == (3, True, [])
    if change is for_leaders:
        assert "everyone: " not in said.stderr
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief(*SEND).exit_code == 0


def test_a_byte_of_a_template(chief: Run, sink: Sink) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    folder = Path("overrides/email")
    folder.mkdir(parents=True)
    ours = (Path(approval.__file__).parents[1] / "templates/email/base.html").read_text("utf-8")
    (folder / "base.html").write_text(ours.replace('<body class="paper"', '<body class="papers"', 1), "utf-8")
    edit("mkdocs.yml", lambda config: config.replace("theme:\n", "theme:\n  custom_dir: overrides\n", 1))
    commit()
    assert chief("build").exit_code == 0
    said = chief(*SEND)
    assert (said.exit_code, "everyone: html differ from what was approved" in said.stderr) == (3, True)
    assert sink.accepted == []


def test_another_version_of_the_program(chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    monkeypatch.setattr(approval, "__version__", "99.0")
    said = chief(*SEND)
    assert (said.exit_code, "and this is 99.0" in said.stderr, sink.accepted) == (3, True, [])


def test_publish_sends_no_letter_that_was_changed_after_its_approval(chief: Run, sink: Sink) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    content()
    commit()
    assert chief("build").exit_code == 0
    assert chief("publish", "--no-build", "--max-late", "9d").exit_code == 3
    assert sink.accepted == []


def test_a_tag_that_is_deleted_or_moved_or_not_signed(chief: Run, sink: Sink) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    (name,) = tags()
    old = git(Path(), "rev-parse", name).strip()
    git(Path(), "update-ref", "-d", name)
    assert "nobody has approved it" in chief(*SEND).stderr
    message = git(Path(), "cat-file", "tag", old).partition("\n\n")[2].partition("-----BEGIN")[0]
    git(Path(), "tag", "-a", "-m", message, name.removeprefix("refs/tags/"))
    assert "none is signed with a key that may approve" in chief(*SEND).stderr
    git(Path(), "update-ref", name, "HEAD")  # no tag at all
    assert chief(*SEND).exit_code == 3
    git(Path(), "update-ref", name, git(Path(), "rev-parse", f"{old}").strip())
    git(Path(), "update-ref", f"{TAGS}other-issue/x", old)
    assert chief(*SEND).exit_code == 0, "the signed tag counts, wherever a ref points to it for this issue"
    assert len(sink.accepted) > 10


def test_an_approval_is_of_one_issue_of_one_publication(chief: Run, sink: Sink) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    edit("mkdocs.yml", lambda text: text.replace("www.sheet.test", "two.sheet.test"))
    commit()
    assert chief("build").exit_code == 0
    said = chief(*SEND)
    assert (said.exit_code, sink.accepted) == (3, [])


def test_a_key_that_may_not(chief: Run, sink: Sink, tmp_path: Path) -> None:
    git(Path(), "config", "user.signingkey", str(key(tmp_path, "stranger")))
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    said = chief(*SEND)
    assert (said.exit_code, "none is signed with a key that may approve" in said.stderr) == (3, True)
    assert sink.accepted == []


def test_a_file_outside_the_repository_decides_and_no_change_to_it(
    chief: Run, sink: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pull request that adds a key of its own, or asks for no review, changes nothing where letters are sent."""
    real = tmp_path / "signers"
    real.write_bytes(Path("allowed_signers").read_bytes())
    monkeypatch.setenv("TIPSHEET_ALLOWED_SIGNERS", str(real))
    monkeypatch.setenv("TIPSHEET_REVIEW", "required")
    mallory = key(tmp_path, "mallory")
    Path("allowed_signers").write_text(may_approve(mallory), "utf-8")
    edit("mkdocs.yml", lambda text: text.replace("review: {required: true}", "review: {required: false}"))
    commit("Just a typo")
    assert chief("build").exit_code == 0
    git(Path(), "config", "user.signingkey", str(mallory))
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief(*SEND).exit_code == 3
    assert sink.accepted == []
    monkeypatch.delenv("TIPSHEET_REVIEW")
    assert chief(*SEND).exit_code == 0


@pytest.mark.parametrize("when", ["2001-01-01T00:00:00Z", "2037-01-01T00:00:00Z"])
def test_a_clock_that_is_off_changes_nothing(
    chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", when)
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    monkeypatch.delenv("GIT_COMMITTER_DATE")
    assert chief(*SEND).exit_code == 0


def test_a_key_whose_time_is_over(chief: Run, sink: Sink, tmp_path: Path) -> None:
    Path("allowed_signers").write_text(may_approve(tmp_path / "chief", until="20200101"), "utf-8")
    commit()
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief(*SEND).exit_code == 3


def test_an_issue_that_comes_is_approved_as_its_moment_will_make_it(
    chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chief("new", "Coming", "--no-draft").exit_code == 0
    (file,) = Path("content").rglob("*coming.md")
    edit(file, lambda text: test_gate.issue().read_text("utf-8").replace(ISSUE, "2026-w48").replace(
        "2026-11-17", "2026-11-24").replace("cancel-a-meeting", "end-it"))  # fmt: skip
    commit()
    told = json.loads(chief("approve", "2026-w48", "--yes", "--json").stdout)
    assert told["tag"].startswith("approved/2026-w48/")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795568400")
    assert chief("build").exit_code == 0
    assert chief("send", "2026-w48", "--yes").exit_code == 0
    assert len(sink.accepted) > 10


def test_what_cannot_be_approved(chief: Run, sink: Sink) -> None:
    assert chief("new", "Not yet").exit_code == 0
    assert "is not committed" in chief("approve", ISSUE).stderr
    commit()
    assert "2026-w48 is a draft" in chief("approve", "2026-w48").stderr
    assert "did you mean" in chief("approve", "2026-w74").stderr
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    assert chief("build").exit_code == 0
    assert chief(*SEND).exit_code == 0
    said = chief("approve", ISSUE)
    assert (said.exit_code, "was sent already" in said.stderr) == (2, True)


def test_a_key_that_cannot_sign_and_no_repository(chief: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    git(Path(), "config", "user.signingkey", "/nowhere/key")
    said = chief("approve", ISSUE, "--yes")
    assert (said.exit_code, "git cannot sign the approval" in said.stderr) == (1, True)
    assert tags() == []
    Path(".git").rename("not-git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path().absolute().parent))
    said = chief("approve", ISSUE)
    assert (said.exit_code, "is in no repository of git" in said.stderr) == (1, True)
    monkeypatch.setenv("PATH", "")
    assert "git cannot be asked" in chief("approve", ISSUE).stderr


def test_no_secret_is_said_or_kept(chief: Run) -> None:
    said = chief("-v", "approve", ISSUE, "--yes")
    (name,) = tags()
    tag = git(Path(), "cat-file", "tag", name)
    private = git(Path(), "config", "user.signingkey").strip()
    lines = Path(private).read_text().splitlines()
    assert all(secret not in said.output + tag for secret in (SECRET, os.environ["TIPSHEET_SMTP_URL"], lines[1]))
    assert "@example.org" not in tag.partition("\n\n")[2]


def test_a_statement_is_read_as_it_was_written(chief: Run) -> None:
    assert chief("approve", ISSUE, "--yes").exit_code == 0
    (name,) = tags()
    message = git(Path(), "cat-file", "tag", name).partition("-----BEGIN")[0]
    statement = statement_in(message)
    assert statement is not None
    assert str(statement) in message
    assert list(statement.audiences) == ["everyone", "leaders"]


@pytest.mark.parametrize(
    "text",
    ["", "Approve it", "Tipsheet-Approval: 1\n", "Tipsheet-Approval: 1\nIssue: x\n", "Tipsheet-Approval: 2\nIssue: x\n",
     "Tipsheet-Approval: 1\nAudience: a b\n", "Tipsheet-Approval: 1\nnothing\n"],
)  # fmt: skip
def test_a_message_without_a_statement(text: str) -> None:
    assert statement_in(text) is None


def test_a_key_of_openpgp(chief: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its fingerprint in the settings; the key ring of the machine holds the key."""
    home = tempfile.mkdtemp(prefix="tipsheet-gpg-")  # short: the agent's socket has a path of 108 bytes at most
    try:
        monkeypatch.setenv("GNUPGHOME", home)
        make = [
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "cy@sheet.test",
            "ed25519",
            "sign",
            "never",
        ]
        subprocess.run(make, check=True, capture_output=True)
        listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], check=True, capture_output=True, text=True)
        fingerprint = next(line.split(":")[9] for line in listed.stdout.splitlines() if line.startswith("fpr"))
        git(Path(), "config", "gpg.format", "openpgp")
        git(Path(), "config", "user.signingkey", fingerprint)
        assert chief("approve", ISSUE, "--yes").exit_code == 0
        assert "none is signed with a key that may approve" in chief(*SEND).stderr
        keys = f"review: {{required: true, keys: [{fingerprint}]}}"
        edit("mkdocs.yml", lambda text: text.replace("review: {required: true}", keys))
        assert chief("build").exit_code == 0
        assert chief(*SEND).exit_code == 0
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env={**os.environ, "GNUPGHOME": home}, check=False)
        shutil.rmtree(home)
