"""``tipsheet publish``: what a schedule runs, with a real store and a real mail server."""

import datetime as dt
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import filelock
import pytest
import sqlalchemy as sa

from tests.cli.conftest import NOW, Run, run
from tests.delivery.servers import Post, mail_server
from tests.delivery.sink import Sink, running
from tests.delivery.test_dkim import ED25519, right, signer
from tests.programs import port_that_refuses
from tipsheet.edition.outbox import digest_of, read_edition, record_of
from tipsheet.store.database import open_store
from tipsheet.store.tables import delivery_owner

IN_TIME = ("--now", "2026-11-17T07:12")
READERS = 5


@pytest.fixture
def post(own: Path, here: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """A mail server, a secret and a few subscribers for the fresh publication, which is the current folder."""
    monkeypatch.setenv("TIPSHEET_SECRET", "a secret that is long enough for tests")
    made = here("subscribers", "demo", READERS)
    assert made.exit_code == 0, made.output
    confirmed = json.loads(here("subscribers", "count", "--json").stdout)
    assert confirmed
    with mail_server() as (port, post):
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield post


@contextmanager
def server_without_tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server to which nothing is sent: a run begins and ends at once, where it would wait for one that is gone."""
    with monkeypatch.context() as patch:
        patch.setenv("TIPSHEET_SMTP_URL", os.environ["TIPSHEET_SMTP_URL"].replace("smtp:", "smtp+starttls:"))
        yield


def recipients(post: Post) -> list[str]:
    return sorted(address for _, addresses, _ in post.arrived for address in addresses)


def test_it_builds_and_sends_what_is_due_once(here: Run, post: Post, letter: Path) -> None:
    """Doubled runs send once."""
    first = here("publish", *IN_TIME, "--json")
    assert first.exit_code == 0, first.output
    (report,) = json.loads(first.stdout)
    assert (report["issue"], report["verdict"], report["late_seconds"]) == ("2026-w47", "send", 720)
    assert report["status"]["counts"]["sent"] == len(post.arrived) > 0
    assert len(set(recipients(post))) == len(post.arrived)
    assert (letter / "site/index.html").is_file()
    again = here("publish", *IN_TIME)
    assert again.exit_code == 0
    assert "Nothing is due." in again.stderr
    assert len(post.arrived) == report["status"]["counts"]["sent"]


def test_letters_are_signed_where_the_settings_say_so(
    here: Run, post: Post, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D16: readers' letters and a test to oneself."""
    file = letter / "mkdocs.yml"
    dkim = "      delivery: {dkim: [{selector: s1}]}\n"
    file.write_text(file.read_text().replace("      mail:\n", f"{dkim}      mail:\n"))
    assert here("publish", *IN_TIME).exit_code == 1
    assert post.arrived == []
    monkeypatch.setenv("TIPSHEET_DKIM_KEY", ED25519)
    assert here("publish", *IN_TIME).exit_code == 0
    assert here("send", "2026-w47", "--to", "me@example.org").exit_code == 0
    assert all(right(content, (signer(ED25519, sender="ada@sheet.test"),)) == [True] for _, _, content in post.arrived)


def test_before_its_moment_nothing_goes(here: Run, post: Post) -> None:
    result = here("publish", "--now", "2026-11-17T06:59")
    assert (result.exit_code, post.arrived) == (0, [])


def test_a_dry_run_says_what_would_go(here: Run, post: Post) -> None:
    """D19."""
    result = here("publish", *IN_TIME, "--dry-run", "--json")
    assert (result.exit_code, post.arrived) == (0, [])
    (intention,) = json.loads(result.stdout)
    assert (intention["verdict"], intention["title"]) == ("send", "Welcome, and one thing to do")
    assert intention["letters"] > 0
    assert "Would send: 2026-w47" in result.stderr
    assert here("publish", *IN_TIME).exit_code == 0
    assert len(post.arrived) == intention["letters"]


@pytest.mark.parametrize(
    ("late", "code", "words", "sent"),
    [
        ("hold", 4, "2026-w47 is held (50 h late).\n  Send it all the same: tipsheet send 2026-w47", False),
        ("skip", 0, "2026-w47 is 50 h late and passed over.", False),
        ("send", 0, "2026-w47 is done", True),
    ],
)
def test_what_is_too_late_is_for_the_editor_to_decide(
    late: str, code: int, words: str, *, sent: bool, here: Run, post: Post
) -> None:
    result = here("publish", "--now", "2026-11-19T09:00", "--max-late", "2d", "--late", late)
    assert result.exit_code == code
    assert words in result.stderr
    assert bool(post.arrived) is sent


def test_a_server_that_is_gone_stops_the_run_and_the_next_one_goes_on(
    here: Run, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    with port_that_refuses() as nobody, monkeypatch.context() as patch:
        patch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{nobody}")
        assert here("publish", *IN_TIME, "--wait", "0").exit_code == 69
    result = here("publish", "--now", "2026-11-19T07:00", "--json")
    assert result.exit_code == 0, result.output
    assert [report["verdict"] for report in json.loads(result.stdout)] == ["go on"]
    assert post.arrived


def test_a_paused_issue_waits_for_the_editor(here: Run, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """D11: a schedule does not undo what a person decided."""
    with server_without_tls(monkeypatch):
        assert here("publish", *IN_TIME, "--wait", "0").exit_code == 69
    assert "Would go on: 2026-w47" in here("publish", *IN_TIME, "--dry-run").stderr
    assert here("deliveries", "pause", "2026-w47").exit_code == 0
    result = here("publish", *IN_TIME)
    assert (result.exit_code, post.arrived) == (5, [])
    assert "Go on with: tipsheet deliveries resume 2026-w47" in result.stderr
    assert here("deliveries", "resume", "2026-w47").exit_code == 0
    assert here("publish", *IN_TIME).exit_code == 0
    assert post.arrived


def test_the_text_may_not_change_once_it_was_begun(
    here: Run, post: Post, letter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D8: the run stops with 3, and nobody gets a second version."""
    with server_without_tls(monkeypatch):
        assert here("publish", *IN_TIME, "--wait", "0").exit_code == 69
    (file,) = letter.glob("content/tipsheets/*/*welcome.md")
    file.write_text(file.read_text().replace("Welcome", "Hello", 1))
    result = here("publish", *IN_TIME)
    assert (result.exit_code, post.arrived) == (3, []), result.output


def test_without_a_mail_server_nothing_is_begun(here: Run, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIPSHEET_SMTP_URL")
    result = here("publish", *IN_TIME)
    assert result.exit_code == 1
    assert "TIPSHEET_SMTP_URL is not set" in result.stderr
    assert here("publish", "--now", "2026-11-17T06:59").exit_code == 0, "and needs none when nothing is due"


def test_a_build_and_a_send_may_be_two_jobs(here: Run, post: Post, letter: Path) -> None:
    """The job that may write reads no Markdown: the outbox is the only seam."""
    assert here("build", *IN_TIME).exit_code == 0
    for file in (letter / "content").rglob("*.md"):
        file.unlink()
    assert here("publish", "--no-build", *IN_TIME).exit_code == 0
    assert post.arrived


def test_an_outbox_with_drafts_is_not_published(here: Run, post: Post) -> None:
    assert here("build", "--drafts", *IN_TIME).exit_code == 0
    result = here("publish", "--no-build", *IN_TIME)
    assert result.exit_code == 1
    assert "drafts: the outbox was built with --drafts" in result.stderr
    assert post.arrived == []
    assert here("publish", *IN_TIME).exit_code == 0, "a build of its own has none"


def test_mistakes_stop_it_before_anything_goes(here: Run, post: Post, letter: Path) -> None:
    (letter / "content/tipsheets/bad.md").write_text("---\nid: bad\n---\n")
    result = here("publish", *IN_TIME)
    assert result.exit_code == 1
    assert post.arrived == []


def test_two_issues_on_one_slot_are_told(here: Run, post: Post, letter: Path) -> None:
    assert here("new", "Another one", "--date", "2026-11-17", "--no-draft").exit_code == 0
    result = here("publish", *IN_TIME)
    assert "have the same moment" in result.stderr, result.output


def test_runs_at_once_send_once_with_the_lock_in_git(
    post: Post, letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runners that each have a ledger of their own, and none that lasts."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q", "--bare", tmp_path / "origin.git"], check=True)
    copies = []
    for name in ("one", "two", "three"):
        copy = tmp_path / name
        subprocess.run(["cp", "-r", letter, copy], check=True)
        subprocess.run([*git, "init", "-q"], cwd=copy, check=True)
        subprocess.run([*git, "remote", "add", "origin", tmp_path / "origin.git"], cwd=copy, check=True)
        copies.append(copy)
    results = [run("-C", copy, "publish", *IN_TIME, "--git-lock", "--json") for copy in copies]
    assert [result.exit_code for result in results] == [0, 0, 0], results[0].output
    reports = [json.loads(result.stdout) for result in results]
    assert len(reports[0]) == 1
    assert reports[1] == reports[2] == []
    assert len(set(recipients(post))) == len(post.arrived)


def test_not_late_at_all_is_a_span(here: Run, post: Post) -> None:
    result = here("publish", *IN_TIME, "--max-late", "0m", "--late", "skip")
    assert (result.exit_code, post.arrived) == (0, [])
    assert "passed over" in result.stderr


@pytest.mark.parametrize("span", ["6", "h", "6w", "-1h", "1.5h"])
def test_a_span_that_is_none(span: str, here: Run) -> None:
    result = here("publish", "--max-late", span)
    assert result.exit_code == 2
    assert "is not a span like 90m, 6h or 2d" in result.stderr


def test_without_a_store_nothing_is_counted_as_sent(here: Run, post: Post, letter: Path) -> None:
    """K13: a command that needs a store never makes one; and where nobody is in it, there is none."""
    for file in letter.glob("audience.db*"):
        file.unlink()
    refused = here("publish", *IN_TIME)
    assert (refused.exit_code, "there is no store of subscribers here" in refused.stderr) == (2, True)
    assert not (letter / "audience.db").exists()
    open_store("sqlite:///audience.db").dispose()
    empty = here("publish", *IN_TIME)
    assert (empty.exit_code, "nobody in the store" in empty.stderr) == (2, True)
    assert here("deliveries", "status").stderr == "Nothing was sent yet.\n"


def test_the_first_runs_of_a_new_publication_are_no_failures(here: Run, letter: Path) -> None:
    """D27: no store, no mail server, no secret; the issue of the starter is days old, or there is none."""
    late = here("publish")
    assert (late.exit_code, "nobody waits for it" in late.stderr) == (0, True), late.output
    (file,) = letter.glob("content/tipsheets/*/*-welcome.md")
    file.unlink()
    none = here("publish")
    assert (none.exit_code, "Nothing is due." in none.stderr) == (0, True), none.output
    assert not (letter / "audience.db").exists()


def test_a_held_issue_is_said_until_it_is_settled(here: Run, post: Post, letter: Path) -> None:
    """D27: with -q as well, and when the next issue has gone out; sending it or cancelling it settles it."""
    late = ("--now", "2026-11-19T09:00")
    for _ in range(2):
        held = here("-q", "publish", *late)
        assert held.exit_code == 4
        assert held.stderr.startswith("2026-w47 is held (50 h late).\n")
    assert here("new", "Next", "--date", "2026-11-20T09:00", "--no-draft").exit_code == 0
    next_one = here("-q", "publish", "--now", "2026-11-20T09:10", "--allow", "starter")
    assert next_one.exit_code == 4, next_one.output
    assert next_one.stderr.startswith("2026-w47 is held")
    states = [line.split()[1] for line in here("deliveries", "status").stdout.splitlines()[1:]]
    assert sorted(states) == ["done", "held"]
    assert here("send", "2026-w47", "--yes").exit_code == 0
    assert here("-q", "publish", "--now", "2026-11-20T09:10").output == ""


def test_a_held_issue_may_be_cancelled(here: Run, post: Post) -> None:
    assert here("publish", "--now", "2026-11-19T09:00").exit_code == 4
    assert here("deliveries", "cancel", "2026-w47", "--yes").exit_code == 0
    result = here("publish", "--now", "2026-11-19T09:00")
    assert (result.exit_code, post.arrived) == (0, [])


def test_quiet_is_about_success_only(here: Run, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """D27: a server that refuses everybody is told on one line, with its words, and by the code."""
    with running(Sink(lambda said: "550 5.7.1 blocked" if said.verb == "RCPT" else None)) as sink:
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        assert here("subscribers", "demo", 60).exit_code == 0
        result = here("-q", "publish", *IN_TIME)
    assert (result.exit_code, result.stdout) == (5, "")
    first = result.stderr.splitlines()[0]
    assert first.startswith("2026-w47 is paused (")
    assert "550 5.7.1 blocked" in first
    assert " failed" not in first, "nobody is marked for what was said of us"
    with running(Sink()) as sink:
        monkeypatch.setenv("TIPSHEET_SMTP_URL", f"smtp://127.0.0.1:{sink.port}")
        assert here("deliveries", "resume", "2026-w47").exit_code == 0
        assert here("-q", "publish", *IN_TIME).output == ""
        assert set(sink.recipients.values()) == {1}


def test_runs_that_overlap_are_told_after_an_hour(here: Run, post: Post, letter: Path) -> None:
    """D27: a run that is still at work when the next one starts is no news, one from the night before is."""
    store = open_store("sqlite:///audience.db")
    with filelock.FileLock(letter / "audience.db.sending"):
        for minutes, told in ((30, False), (90, True)):
            with store.begin() as connection:
                connection.execute(sa.delete(delivery_owner))
                began = NOW - dt.timedelta(minutes=minutes)
                connection.execute(sa.insert(delivery_owner).values(id="other", since=began))
            result = here("-q", "publish", *IN_TIME)
            assert (result.exit_code, "another sender" in result.stderr) == (75, told)
        assert "since 2026-11-22 07:30 UTC" in result.stderr
    store.dispose()


def test_welcome_letters_go_with_a_run(here: Run, post: Post, letter: Path) -> None:
    """W11: to whoever has confirmed since the first run that met them; nobody can send them to everybody."""
    assert here("publish", *IN_TIME).exit_code == 0
    outbox = letter / "outbox"
    made = replace(read_edition(outbox, "2026-w47"), issue="welcome", digest="")
    (outbox / "welcome").mkdir()
    (outbox / "welcome/edition.json").write_text(record_of(replace(made, digest=digest_of(made))))
    (outbox / "service").mkdir(exist_ok=True)
    (outbox / "service/series.json").write_text('{"version": 1, "letters": [{"issue": "welcome", "after": 0}]}')
    assert here("plan").stderr.count("welcome is a welcome letter: it goes to each reader once, when they have") == 1
    again = ("publish", "--no-build", "--allow", "stale")
    before = len(post.arrived)
    assert here(*again).exit_code == 0
    assert here("subscribers", "add", "new@example.org", "--confirmed", "--source", "fair").exit_code == 0
    assert "Would send: welcome, a welcome letter, 1 letters" in here(*again, "--dry-run").stderr
    told = here(*again)
    assert told.exit_code == 0, told.output
    assert "welcome is a welcome letter, for whoever confirms since" in told.stderr
    assert [addresses for _, addresses, _ in post.arrived[before:]] == [["new@example.org"]]
    assert here(*again).exit_code == 0
    assert len(post.arrived) == before + 1
    refused = here("send", "welcome", "--yes")
    assert refused.exit_code == 2
    assert "a test to yourself works" in refused.stderr
    (row,) = [one for one in json.loads(here("deliveries", "status", "--json").stdout) if one["issue"] == "welcome"]
    assert (row["activity"], row["counts"]["sent"]) == ("series", 1)
