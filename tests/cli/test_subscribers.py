"""``tipsheet subscribers`` as an editor types it."""

import datetime as dt
import json
import os
import pty
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import NOW, SECRET, address, write_delivery
from tests.cli.conftest import Run, fingerprint, run
from tests.databases import Cluster
from tipsheet.audience import frequency
from tipsheet.audience.consent import Evidence
from tipsheet.audience.register import open_register
from tipsheet.audience.service_letters import ServiceLetter, enqueue
from tipsheet.audience.subscriber import known
from tipsheet.store.database import open_store, writing
from tipsheet.store.tables import signup

DAY = dt.timedelta(days=1)
FAIR = ("--source", "fair in Utrecht, list 3")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    monkeypatch.delenv("TIPSHEET_DATABASE_URL", raising=False)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def subscribers(request: pytest.FixtureRequest, here: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``tipsheet subscribers …`` in a fresh publication, on each database."""
    if request.param == "postgresql":
        monkeypatch.setenv("TIPSHEET_DATABASE_URL", request.getfixturevalue("postgresql_url"))
    return lambda *args: here("subscribers", *args)


def values(subscribers: Run, *args: str) -> dict:
    result = subscribers(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def counts(subscribers: Run) -> dict[str, int]:
    return {status: count for status, count in values(subscribers, "count")["by_status"].items() if count}


def test_a_life(subscribers: Run) -> None:
    """Added, shown, confirmed, unsubscribed, kept out, back, erased."""
    added = values(
        subscribers, "add", "Ada@Example.org", *FAIR, "--first-name", "Ada", "--tag", "sells", "--topic", "news",
        "--attribute", "role=leader",
    )  # fmt: skip
    assert (added["status"], added["email"], added["tags"], added["attributes"]) == (
        "pending", "Ada@example.org", ["sells"], {"role": "leader"},
    )  # fmt: skip
    assert values(subscribers, "add", "ada@example.org", *FAIR, "--confirmed")["status"] == "confirmed"
    assert counts(subscribers) == {"confirmed": 1}
    assert values(subscribers, "unsubscribe", "ada@example.org")["status"] == "unsubscribed"
    refused = subscribers("add", "ADA@example.org", *FAIR, "--confirmed")
    assert (refused.exit_code, "unsubscribed on 2026-11-22" in refused.stderr) == (2, True)
    assert values(subscribers, "add", "ada@example.org", *FAIR, "--reconfirmed")["status"] == "confirmed"
    held = values(subscribers, "show", "ada@example.org")
    assert [event["kind"] for event in held["consent"]] == ["added", "confirmed", "unsubscribed", "confirmed"]
    assert held["suppression"] is None
    erased = values(subscribers, "erase", "ada@example.org", "--yes")
    assert erased == {"subscribers": 1, "consent_events": 4, "deliveries": 0, "erased": True, "copies": []}
    assert values(subscribers, "show", "ada@example.org")["suppression"]["reason"] == "erased"
    assert values(subscribers, "verify")["stripped"] == 4
    assert values(subscribers, "count") | {"by_status": 0, "by_choice": 0} == {
        "by_status": 0, "by_choice": 0, "total": 0, "suppressed": 1,
    }  # fmt: skip


def test_words_for_people(subscribers: Run) -> None:
    assert subscribers("add", "ada@example.org", *FAIR).stderr == "Added: ada@example.org, pending.\n"
    shown = subscribers("show", "ada@example.org").stdout
    assert "email: ada@example.org\n" in shown
    assert "  source: fair in Utrecht, list 3\n" in shown
    assert "pending       1\n" in subscribers("count").stdout
    assert subscribers("verify").stdout.startswith("1 event fit. Head: ")
    assert subscribers("unsubscribe", "ada@example.org").stderr == "Unsubscribed: ada@example.org.\n"
    assert "suppressed: unsubscribed on 2026-11-22" in subscribers("show", "ada@example.org").stdout
    said = subscribers("erase", "ada@example.org", "--yes").stderr
    assert said == "Erased: one subscriber, 2 events of consent, the address of 0 letters.\n"
    assert "Nothing is held" in subscribers("erase", "ada@example.org", "--yes").stderr
    assert "2 of them of erased people" in subscribers("verify").stdout


def test_letters_are_shown(here: Run, letter: Path) -> None:
    here("subscribers", "add", "ada@example.org", *FAIR, "--attribute", "role=leader", "--tag", "sells", "--tag", "x")
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    with writing(store) as connection:
        write_delivery(connection, known(connection, address("ada@example.org")), "2026-w47", "sent")
    store.dispose()
    shown = here("subscribers", "show", "ada@example.org").stdout
    for line in ("attributes:", "  role: leader", "tags: sells, x", "Letters:", "  issue: 2026-w47", "  state: sent"):
        assert f"{line}\n" in shown
    assert "  log:\n    id: 1, delivery_id: 1, at: 2026-11-24T07:00:00+00:00, state: sent\n" in shown


def test_the_whole_story_is_shown(here: Run, letter: Path) -> None:
    """A8, W6: frequency and pause, what was asked for and is not confirmed, letters of the service."""
    here("subscribers", "add", "ada@example.org", *FAIR)
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    with open_register(store, SECRET, now=NOW) as register:
        ada = known(register.connection, address("ada@example.org"))
        shown_words = Evidence(source="https://lists.example/preferences", wording="One letter a month, please")
        frequency.pause(
            register, frequency.set_frequency(register, ada, "monthly", shown_words), NOW + DAY, shown_words
        )
        enqueue(register, ServiceLetter(mail="known", recipient=ada.email, subscriber_id=ada.id))
        asked = {"public_id": "a" * 16, "kind": "subscribe", "email": ada.email, "email_norm": ada.email_norm}
        row = {**asked, "choices": {"frequency": "monthly"}, "form": "strip", "state": "new", "at": NOW}
        register.connection.execute(sa.insert(signup).values(row))
    store.dispose()
    shown = here("subscribers", "show", "ada@example.org").stdout
    for line in (
        "frequency: monthly", "paused_until: 2026-11-25T07:00:00+00:00", "  kind: changed",
        "  wording: One letter a month, please", "Asked for, and not confirmed:", "  form: strip",
        "Letters of the service:", "  mail: known",
    ):  # fmt: skip
        assert f"{line}\n" in shown


@pytest.mark.parametrize("args", [["demo", "3"], ["add", "a@example.org", *FAIR, "--attribute", "role=leader"]])
def test_settings_that_cannot_be_read(args: list[str], here: Run, letter: Path) -> None:
    (letter / "mkdocs.yml").write_text("a: [")
    result = here("subscribers", *args)
    assert (result.exit_code, "TS002" in result.stderr) == (1, True), result.output


def test_dry_runs_change_nothing(subscribers: Run) -> None:
    subscribers("add", "ada@example.org", *FAIR)
    before = values(subscribers, "show", "ada@example.org"), values(subscribers, "verify")
    for command in (
        ["add", "bo@example.org", *FAIR],
        ["unsubscribe", "ada@example.org"],
        ["suppress", "cy@example.org"],
        ["erase", "ada@example.org"],
        ["demo", "10"],
    ):
        result = subscribers(*command, "--dry-run")
        assert (result.exit_code, result.stderr.startswith("Would be ")) == (0, True), result.output
    assert (values(subscribers, "show", "ada@example.org"), values(subscribers, "verify")) == before
    assert counts(subscribers) == {"pending": 1}


def test_a_stranger_is_suppressed(subscribers: Run) -> None:
    assert subscribers("suppress", "cy@example.org").stderr == "Suppressed: cy@example.org.\n"
    assert subscribers("add", "cy@example.org", *FAIR).exit_code == 2


def test_demo(subscribers: Run) -> None:
    assert values(subscribers, "demo", "50") == {"asked": 50, "added": 50}
    assert subscribers("demo", "60").stderr == "Added: 10 fictional subscribers; 50 were there.\n"
    assert sum(counts(subscribers).values()) == 60
    subscribers("add", "ada@example.de", *FAIR)
    assert "there are real people" in subscribers("demo", "70").stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["add", "ada", *FAIR], "'ada' is not an address: an email address must have an @-sign"),
        (["add", "ada@example.org"], "Missing option '--source'"),
        (["add", "ada@example.org", "--source", " "], "say where they agreed"),
        (["add", "ada@example.org", *FAIR, "--attribute", "rol=leader"], "did you mean 'role'?"),
        (["add", "ada@example.org", *FAIR, "--attribute", "role=king"], "role is none of"),
        (["add", "bo@example.org", *FAIR], "bo@example.org is there already, pending"),
        (["show", "ada@example.org"], "nothing is held about ada@example.org"),
        (["erase", "ada@example.org", "--yes"], "nothing is held about ada@example.org"),
        (["erase", "bo@example.org"], "Nobody can be asked here: add --yes"),
        (["unsubscribe", "ada@example.org"], "nobody is subscribed as ada@example.org"),
        (["demo", "0"], "0 is not in the range"),
        (["count", "--database", "content/people.db"], "published or cached"),
        (["count", "--database", "mysql://x/y"], "cannot be kept in 'mysql'"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_wrong_use(args: list[str], words: str, here: Run) -> None:
    assert here("subscribers", "add", "bo@example.org", *FAIR).exit_code == 0
    result = here("subscribers", *args)
    assert (result.exit_code, words in result.stderr) == (2 if "mysql" not in words else 1, True), result.output


@pytest.mark.parametrize("args", [["count"], ["verify"], ["show", "a@example.org"], ["erase", "a@example.org"]])
def test_without_a_store(args: list[str], here: Run, letter: Path) -> None:
    result = here("subscribers", *args)
    assert (result.exit_code, "no store of subscribers yet" in result.stderr) == (2, True), result.output
    assert not (letter / "audience.db").exists()


@pytest.mark.parametrize("args", [["add", "a@example.org", *FAIR], ["show", "a@example.org"], ["demo", "3"]])
def test_without_a_secret(args: list[str], here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIPSHEET_SECRET")
    result = here("subscribers", *args)
    assert (result.exit_code, "export TIPSHEET_SECRET=$(python3 -c " in result.stderr) == (2, True)


def test_with_another_secret(here: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    here("subscribers", "demo", "3")
    monkeypatch.setenv("TIPSHEET_SECRET", "x" * 40)
    result = here("subscribers", "demo", "5")
    assert (result.exit_code, "is not the secret that this store was made with" in result.stderr) == (2, True)


def test_an_event_that_was_changed(here: Run, letter: Path) -> None:
    here("subscribers", "demo", "3")
    store = sqlite3.connect(letter / "audience.db")
    store.execute("DROP TRIGGER consent_event_kept")
    store.execute("UPDATE consent_event SET source = 'elsewhere' WHERE id = 2")
    store.commit()
    store.close()
    result = here("subscribers", "verify")
    assert result.exit_code == 1
    assert (
        result.stdout == "consent_event 2 does not fit: what it says is not what was written. 1 event before it fit.\n"
    )


def test_a_head_that_is_gone(here: Run) -> None:
    here("subscribers", "demo", "3")
    result = here("subscribers", "verify", "--seen", "f" * 64)
    assert (result.exit_code, "none of them has the hash that you have seen" in result.stdout) == (1, True)


def test_copies_that_still_hold_the_person_are_named(here: Run, letter: Path) -> None:
    here("subscribers", "demo", "3")
    here("subscribers", "add", "ada@example.org", *FAIR)
    copy = letter / "audience.db.before-0002"
    copy.write_bytes((letter / "audience.db").read_bytes())
    said = here("subscribers", "erase", "ada@example.org", "--yes").stderr
    assert f"  {copy}\n" in said


def test_where_there_is_no_publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("subscribers", "count")
    assert (result.exit_code, "tipsheet init" in result.stderr, list(tmp_path.iterdir())) == (2, True, [])


def test_a_store_that_git_tracks_is_refused_by_every_command(here: Run, letter: Path) -> None:
    """A10"""
    here("subscribers", "demo", "3")
    git(letter, "init")
    git(letter, "add", "--all")
    assert here("subscribers", "count").exit_code == 0, "init has written a .gitignore that keeps it out"
    git(letter, "add", "--force", "audience.db")
    for args in (["count"], ["show", "a@example.org"], ["add", "a@example.org", *FAIR], ["verify"], ["demo", "3"]):
        result = here("subscribers", *args)
        assert (result.exit_code, "git rm --cached audience.db" in result.stderr) == (2, True), args


def test_git_ignores_the_store_and_its_copies(here: Run, letter: Path) -> None:
    git(letter, "init")
    for name in ("audience.db", "audience.db-wal", "audience.db.before-0002", "demo.db"):
        (letter / name).touch()
    git(letter, "add", "--all")
    assert ".db" not in git(letter, "ls-files")


def test_nobody_is_in_what_is_built(here: Run, letter: Path) -> None:
    """A10: a build gives the same bytes with and without a store, whatever the store is."""
    assert here("build").exit_code == 0
    before = fingerprint(letter / "site"), fingerprint(letter / "outbox")
    here("subscribers", "demo", "20")
    assert here("build", "--json").exit_code == 0
    assert (fingerprint(letter / "site"), fingerprint(letter / "outbox")) == before
    built = b"".join(path.read_bytes() for name in ("site", "outbox") for path in (letter / name).rglob("*.*"))
    assert b".example.1@" not in built
    (letter / "audience.db").write_text("this is no database")
    assert here("build").exit_code == 0


@pytest.mark.postgresql
def test_a_password_is_never_shown(here: Run, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """D20"""
    url = cluster.url("postgres", "locked", "wr0ng-and-secret").render_as_string(hide_password=False)
    monkeypatch.setenv("TIPSHEET_DATABASE_URL", url)
    result = here("-v", "subscribers", "count")
    assert (result.exit_code, "wr0ng" in result.output) == (69, False)
    assert "locked:***@" in result.stderr


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def on_a_terminal(letter: Path, answer: bytes, *args: str) -> tuple[int, bytes]:
    """Exit code and what a person sees who answers this."""
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "tipsheet", "subscribers", *args]
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(command, cwd=letter, env=environ, stdin=inner, stdout=inner, stderr=inner)
    os.close(inner)
    os.write(outer, answer)
    seen = b""
    try:
        while part := os.read(outer, 4096):
            seen += part
    except OSError:  # Linux: the other end has closed
        pass
    os.close(outer)
    return process.wait(), seen


def test_erasing_asks_on_a_terminal(letter: Path, here: Run) -> None:
    here("subscribers", "add", "ada@example.org", *FAIR)
    code, seen = on_a_terminal(letter, b"n\n", "erase", "ada@example.org")
    assert (code, b"Erase one subscriber, 1 event of consent, the address of 0 letters, for good?" in seen) == (1, True)
    assert here("subscribers", "show", "ada@example.org").exit_code == 0
    code, seen = on_a_terminal(letter, b"y\n", "erase", "ada@example.org")
    assert (code, b"Erased: one subscriber" in seen) == (0, True)


def test_long_work_shows_how_far_it_is(letter: Path) -> None:
    code, seen = on_a_terminal(letter, b"", "demo", "600")
    assert (code, b"Inventing people" in seen, b"600/600" in seen) == (0, True, True)


def test_nobody_is_shown_what_others_asked_for(here: Run, letter: Path) -> None:
    """A8: whoever is unknown here is not told of those whose requests belong to no reader yet."""
    here("subscribers", "add", "ada@example.org", *FAIR)
    store = open_store(f"sqlite:///{letter / 'audience.db'}")
    with open_register(store, SECRET, now=NOW) as register:
        asked = {"public_id": "a" * 16, "kind": "subscribe", "email": "Bo@example.org", "email_norm": "bo@example.org"}
        row = {**asked, "choices": {}, "form": "strip", "state": "new", "at": NOW}
        register.connection.execute(sa.insert(signup).values(row))
    store.dispose()
    for who in ("ada@example.org", "cy@example.org"):
        shown = here("subscribers", "show", who)
        assert "bo@example.org" not in (shown.stdout + shown.stderr).lower()
    assert "form: strip" in here("subscribers", "show", "bo@example.org").stdout
