"""``tipsheet send`` and ``tipsheet deliveries``: what an editor types, and what a program reads."""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.conftest import NOW, Run, made_ones_own, run
from tests.delivery.sink import Sink, running
from tests.warm import Started
from tipsheet.cli import sending
from tipsheet.store.database import open_store
from tipsheet.store.tables import delivery, issue_send

ISSUE = "2026-w47"
READERS = 40


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with running(Sink()) as sink:
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        yield sink


SECRET = "a secret that is long enough for tests"  # noqa: S105 - of readers who do not exist


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication whose first issue was built, with readers; each test has a copy."""
    folder = tmp_path_factory.mktemp("built") / "letter"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
        patch.setenv("TIPSHEET_SECRET", SECRET)
        assert run("init", folder).exit_code == 0
        made_ones_own(folder)
        for command in (("build",), ("subscribers", "demo", READERS)):
            assert run("-C", folder, *map(str, command)).exit_code == 0
    return folder


@pytest.fixture
def ready(here: Run, letter: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """What was built, in the current folder."""
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
    shutil.copytree(built, letter, dirs_exist_ok=True)
    return here


def told(run: Run, *args: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(run(*args, "--json").stdout)
    return found


def test_an_issue_is_sent_and_sent_again_to_nobody(ready: Run, sink: Sink) -> None:
    first = ready("send", ISSUE, "--yes")
    assert first.exit_code == 0, first.output
    letters = len(sink.accepted)
    assert 30 < letters <= READERS
    assert f"{ISSUE} is done: {letters} sent." in first.stderr
    assert told(ready, "send", ISSUE, "--yes")["counts"]["sent"] == letters
    assert len(sink.accepted) == letters


def test_without_a_terminal_and_without_yes_it_is_a_dry_run(ready: Run, sink: Sink, letter: Path) -> None:
    """D19: nothing is sent, no row is written, and git takes none of the files."""
    done = ready("send", ISSUE)
    assert done.exit_code == 0
    assert "nothing was sent" in done.stderr
    files = sorted((letter / "dry-run" / ISSUE).glob("*.eml"))
    assert f"Wrote {len(files)} letters to" in done.stderr
    assert b"Message-ID: <" in files[0].read_bytes()
    assert b"\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n" in files[0].read_bytes(), "D24"
    assert (letter / "dry-run/.gitignore").read_text() == "*\n"
    assert sink.sessions == 0
    assert ready("deliveries", "status", ISSUE).exit_code == 2


def test_a_dry_run_for_a_program_and_into_a_maildir(ready: Run, sink: Sink, letter: Path) -> None:
    found = told(ready, "send", ISSUE, "--dry-run", "--yes", "--sender", "maildir")
    assert found["written"] == len(list((letter / "dry-run" / ISSUE / "new").iterdir()))
    assert sink.sessions == 0


def test_a_dry_run_says_what_cannot_be_written(ready: Run) -> None:
    with open_store("sqlite:///audience.db").begin() as connection:
        connection.execute(sa.text("UPDATE subscriber SET email = 'nonsense' WHERE id = 1"))
    assert "1 could not be written: bad_address" in ready("send", ISSUE, "--dry-run").stderr


def test_a_test_goes_to_one_address_and_leaves_no_row(ready: Run, sink: Sink) -> None:
    """D19."""
    done = ready("send", ISSUE, "--to", "Me@Example.org", "--segment", "leaders")
    assert done.exit_code == 0, done.output
    assert [one.recipient for one in sink.accepted] == ["Me@example.org"]
    assert b"\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n" in sink.accepted[0].message, "D24"
    again = ready("send", ISSUE, "--to", "me@example.org")
    assert again.exit_code == 0
    assert len({one.message_id for one in sink.accepted}) == 2
    assert ready("deliveries", "status").stderr == "Nothing was sent yet.\n"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--to", "nobody"), "not an address"),
        (("--to", "jörg@example.org"), "does not take such an address"),
        (("--to", "full@example.org"), "550 no room"),
    ],
)
def test_a_test_that_is_refused(ready: Run, sink: Sink, args: tuple[str, ...], words: str) -> None:
    sink.extensions = ("PIPELINING",)
    sink.fault = lambda said: "550 no room" if "full" in said.words else None
    done = ready("send", ISSUE, *args)
    assert done.exit_code == 1
    assert words in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("2026-w99",), 2, "no letter of '2026-w99'"),
        ((ISSUE, "--sender", "pigeon"), 2, "is not one of 'smtp', 'sendmail', 'folder', 'maildir'"),
        ((ISSUE, "--connections", "0"), 2, "--connections"),
    ],
)
def test_wrong_use(ready: Run, args: tuple[str, ...], code: int, words: str) -> None:
    done = ready("send", *args)
    assert done.exit_code == code
    assert words in done.stderr


@pytest.mark.parametrize("content", ["{}", "not JSON"])
def test_an_edition_that_cannot_be_read(ready: Run, letter: Path, content: str) -> None:
    (letter / f"outbox/{ISSUE}/edition.json").write_text(content)
    done = ready("send", ISSUE, "--yes")
    assert done.exit_code == 2
    assert "tipsheet build" in done.stderr


def test_an_edition_of_another_issue(ready: Run, letter: Path) -> None:
    (letter / f"outbox/{ISSUE}").rename(letter / "outbox/2026-w48")
    assert f"holds the letter of {ISSUE}" in ready("send", "2026-w48", "--yes").stderr


def test_no_server_is_named_before_anything_happens(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIPSHEET_SMTP_URL", raising=False)
    monkeypatch.delenv("TIPSHEET_SECRET")
    said = ready("send", ISSUE, "--yes").stderr
    assert "mail-server: no mail server: TIPSHEET_SMTP_URL is not set" in said
    assert "secret: TIPSHEET_SECRET is not set" in said


def test_outside_of_a_publication(here: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert here("send", ISSUE).exit_code == 2


def test_mistakes_in_the_settings_are_listed(ready: Run, letter: Path) -> None:
    file = letter / "mkdocs.yml"
    file.write_text(file.read_text("utf-8").replace("time_zone:", "time_zones:"), "utf-8")
    done = ready("send", ISSUE, "--yes")
    assert done.exit_code == 1
    assert "mkdocs.yml:" in done.stderr


def test_changed_content_is_3(ready: Run, sink: Sink, letter: Path) -> None:
    """D8, D22."""
    assert ready("send", ISSUE, "--yes").exit_code == 0
    (file,) = (letter / "content/tipsheets").rglob("*.md")
    file.write_text(f"{file.read_text('utf-8')}\nOne more line.\n", "utf-8")
    assert ready("build").exit_code == 0
    done = ready("send", ISSUE, "--yes")
    assert (done.exit_code, "--amend-unsent" in done.stderr) == (3, True)
    assert ready("send", ISSUE, "--yes", "--amend-unsent").exit_code == 0


def test_failed_letters_are_4_and_can_be_tried_again(ready: Run, sink: Sink) -> None:
    """D22: and nothing that is shown names a reader."""
    sink.fault = lambda said: f"550 5.7.1 {said.words} no" if said.verb == "RCPT" and said.count < 2 else None
    done = ready("send", ISSUE, "--yes", "--connections", "1")
    assert done.exit_code == 4
    assert f"Why some failed: tipsheet deliveries status {ISSUE}" in done.stderr
    shown = ready("deliveries", "status", ISSUE)
    assert "2 failed: policy" in shown.stdout
    assert "the server, 2 times, last at 2026-11-22 09:00 UTC (policy): 550 5.7.1 RCPT TO:… no" in shown.stdout
    rows = told(ready, "deliveries", "status", ISSUE, "--rows", "--state", "failed")["rows"]
    assert [(row["code"], row["enhanced"], row["cause"]) for row in rows] == [(550, "5.7.1", "policy")] * 2
    table = ready("deliveries", "status", ISSUE, "--rows").stdout
    assert "@" not in shown.output + table + json.dumps(rows)
    assert ready("deliveries", "retry", ISSUE, "--cause", "expired").stderr == "No letter failed so.\n"
    assert "2 letters" in ready("deliveries", "retry", ISSUE).stderr
    assert ready("send", ISSUE, "--yes").exit_code == 0
    (line,) = ready("deliveries", "status").stdout.splitlines()[1:]
    assert line.split()[:2] == [ISSUE, "done"]
    (all_of_them,) = told(ready, "deliveries", "status")  # type: ignore[misc]
    assert all_of_them["state"] == "done"


def test_letters_that_were_put_off_are_4(ready: Run, sink: Sink) -> None:
    sink.fault = lambda said: "451 4.7.1 later" if said.verb == "RCPT" and said.count < 2 else None
    done = ready("send", ISSUE, "--yes", "--connections", "1", "--wait", "0")
    assert (done.exit_code, f"{ISSUE} is waiting until 2026-11-22 09:05 UTC" in done.stderr) == (4, True)


def test_a_pause_is_5(ready: Run, sink: Sink) -> None:
    """D22."""
    with open_store("sqlite:///audience.db").begin() as connection:
        moment = sa.text("'2026-11-22 09:00:00.000000'")
        connection.execute(
            sa.insert(issue_send).values(
                issue=ISSUE, content_sha256="", state="prepared", prepared_at=moment, changed_at=moment
            )
        )
    assert ready("deliveries", "pause", ISSUE).exit_code == 0
    edition = json.loads(Path(f"outbox/{ISSUE}/edition.json").read_text("utf-8"))
    with open_store("sqlite:///audience.db").begin() as connection:
        connection.execute(sa.update(issue_send).values(content_sha256=edition["digest"]))
    done = ready("send", ISSUE, "--yes")
    assert (done.exit_code, "deliveries resume" in done.stderr) == (5, True)
    assert ready("deliveries", "resume", ISSUE).exit_code == 0
    assert ready("deliveries", "resume", ISSUE).exit_code == 2
    assert ready("deliveries", "cancel", ISSUE, "--yes").stderr == "Cancelled: 0 letters will not be sent.\n"
    assert ready("deliveries", "cancel", ISSUE).exit_code == 1  # nobody answers the question
    assert ready("send", ISSUE, "--yes").exit_code == 2


def test_unknown_letters_are_listed_and_settled(ready: Run, sink: Sink, letter: Path) -> None:
    ready("send", ISSUE, "--yes")
    assert ready("deliveries", "resolve", ISSUE).stderr == "No letter is unknown.\n"
    with open_store("sqlite:///audience.db").begin() as connection:
        connection.execute(sa.update(delivery).where(delivery.c.id <= 3).values(state="unknown", cause="killed"))
        keys = list(connection.execute(sa.select(delivery.c.message_key).order_by(delivery.c.id)).scalars())
    listed = ready("deliveries", "resolve", ISSUE)
    assert [line.split()[1] for line in listed.stdout.splitlines()[1:]] == keys[:3]
    (letter / "mail.log").write_text(f"message-id=<{ISSUE}.{keys[0]}@letter.example>\n")
    found = ready("deliveries", "resolve", ISSUE, "--log", "mail.log")
    assert "1 stand in the log: sent." in found.stderr
    assert "1 are sent." in ready("deliveries", "resolve", ISSUE, "--row", "2", "--sent").stderr
    assert "1 will be sent by" in ready("deliveries", "resolve", ISSUE, "--again").stderr
    before = len(sink.accepted)
    assert ready("send", ISSUE, "--yes").exit_code == 0
    assert len(sink.accepted) == before + 1


def test_where_nobody_watches_a_line_a_minute_is_said(ready: Run, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "EVERY", 0)
    said = ready("send", ISSUE, "--yes").stderr
    assert "letters, " in said
    assert "min left" in said


def test_quiet_says_nothing(ready: Run, sink: Sink) -> None:
    assert ready("-q", "send", ISSUE, "--yes").output == ""


def on_a_terminal(letter: Path, answer: bytes, *args: str) -> tuple[int, bytes]:
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "tipsheet", *args]
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(command, cwd=letter, env=environ, stdin=inner, stdout=inner, stderr=inner) as process:
        os.close(inner)
        os.write(outer, answer)
        seen = b""
        while True:
            try:
                part = os.read(outer, 4096)
            except OSError:  # Linux: the other end has closed
                break
            seen += part
        os.close(outer)
    return process.returncode, seen


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"n\n", 1)])
def test_on_a_terminal_it_asks(ready: Run, sink: Sink, letter: Path, answer: bytes, code: int) -> None:
    ended, seen = on_a_terminal(letter, answer, "send", ISSUE)
    assert ended == code, seen
    assert f"Send {ISSUE}, “Welcome, and one thing to do”, to ".encode() in seen
    assert b" readers by smtp?" in seen
    assert bool(sink.accepted) is (code == 0)
    if code == 0:
        assert b"Sending" in seen
        assert b" to 0 readers" in on_a_terminal(letter, b"n\n", "send", ISSUE)[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_ends_us_leaves_nothing_unknown(
    ready: Run, sink: Sink, letter: Path, number: signal.Signals
) -> None:
    """SIGTERM is Ctrl-C: letters in flight are ended and recorded."""
    ready("subscribers", "demo", "300")
    sink.open.clear()
    command = ["tipsheet", "send", ISSUE, "--yes"]
    with Started(*command, cwd=letter, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        sink.wait_until(lambda: sink.at_once == 4)
        process.send_signal(number)
        sink.open.set()
        _, said = process.communicate()
    assert (process.returncode, b"Stopped." in said) == (130, True), said
    found = told(ready, "deliveries", "status", ISSUE)
    assert found["counts"]["sent"] == len(sink.accepted) < 10
    assert found["counts"]["unknown"] == found["counts"]["claimed"] == 0
    assert ready("send", ISSUE, "--yes").exit_code == 0
    assert set(sink.recipients.values()) == {1}


def test_there_is_nothing_to_send_to_without_a_store(
    own: Path, here: Run, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K13: nor is one made."""
    monkeypatch.setenv("TIPSHEET_SMTP_URL", "smtp://127.0.0.1:9")
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET)
    assert here("build").exit_code == 0
    done = here("send", ISSUE, "--yes")
    assert (done.exit_code, "no store of subscribers" in done.stderr) == (2, True)
    assert not (letter / "audience.db").exists()
