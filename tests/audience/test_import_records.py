"""Imports in batches under one record: readers leave meanwhile, and what was stopped is continued or undone."""

import datetime as dt
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
import sqlalchemy as sa
from click.testing import Result

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing
from tests.cli.conftest import run
from tests.folders import write_publication
from tests.warm import Started
from tipsheet.audience import transitions
from tipsheet.audience.consent import verify
from tipsheet.audience.importing.records import only_import
from tipsheet.audience.subscriber import Subscriber, find
from tipsheet.errors import BusyError
from tipsheet.store.tables import import_change, subscriber, subscriber_tag, suppression

LATER = NOW + dt.timedelta(days=1)
PATIENCE = 120
"""Seconds; a busy machine must not fail a test."""

Command = Callable[..., Result]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIPSHEET_SECRET", SECRET.text)
    monkeypatch.setattr("tipsheet.audience.importing.run.BATCH", 2)
    return write_publication(tmp_path / "publication", {})


@pytest.fixture
def command(root: Path, store_url: str, store: sa.Engine) -> Command:
    """Give ``subscribers import`` words, on this store."""
    return lambda *words, now=NOW: run(
        "-C", root, "subscribers", "import", *words, "--database", store_url, "--now", now.isoformat()
    )


@pytest.fixture
def listed(tmp_path: Path) -> Callable[..., list[object]]:
    """Rows below the names of columns in a file, and the words to import it."""

    def listed(*rows: str, columns: str = "email,first_name,status,tags") -> list[object]:
        (tmp_path / "list.csv").write_text("\n".join((columns, *rows, "")))
        return [tmp_path / "list.csv", "--consent=Asked for it"]

    return listed


def known(store: sa.Engine, name: str) -> Subscriber | None:
    with store.connect() as connection:
        assert not verify(connection).fault
        return find(connection, address(f"{name}@example.org"))


def people(store: sa.Engine) -> dict[str, str]:
    with store.connect() as connection:
        rows = connection.execute(sa.select(subscriber.c.email, subscriber.c.status)).all()
    return {row.email.partition("@")[0]: row.status for row in rows}


def test_an_undo_takes_back_who_came_and_who_was_changed(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine
) -> None:
    """A12: as if the import had never been, but for the record of consent."""
    add_confirmed(store, "ada@example.org", tags=("old",))
    before = known(store, "ada")
    rows = ("ada@example.org,Augusta,unsubscribed,new", "bo@example.org,Bo,bounced,", "kay@example.org,Kay,confirmed,x")
    command(*listed(*rows), now=LATER)
    assert people(store) == {"ada": "unsubscribed", "bo": "bounced", "kay": "confirmed"}
    dry = command("--undo", 1, "--dry-run")
    assert people(store) == {"ada": "unsubscribed", "bo": "bounced", "kay": "confirmed"}
    done = command("--undo", 1, now=LATER)
    assert (
        done.stdout == dry.stdout == "import 1: 2 removed, 1 as they were before, 0 stay as they were changed since\n"
    )
    assert known(store, "ada") == before
    assert people(store) == {"ada": "confirmed"}
    with store.connect() as connection:
        for table in (suppression, import_change):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0
    again = command("--undo", 1)
    assert (again.exit_code, "undone already" in again.output) == (2, True)


def test_an_undo_gives_back_every_value(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine
) -> None:
    add_confirmed(store, "ada@example.org", tags=("old",))
    before = known(store, "ada")
    command(
        *listed(
            'ada@example.org,Augusta,confirmed,"old,new",Utrecht,7', columns="email,first_name,status,tags,city,seats"
        ),
        now=LATER,
    )
    after = known(store, "ada")
    assert after is not None
    assert (after.first_name, after.tags, after.attributes["city"]) == ("Augusta", ("new", "old"), "Utrecht")
    command("--undo", 1, now=LATER)
    assert known(store, "ada") == before


@pytest.mark.parametrize("leave", [transitions.unsubscribe, transitions.complain, transitions.bounce])
def test_an_undo_brings_nobody_back_who_left_since(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine, leave: Callable[..., object]
) -> None:
    """A12: also not whom the file had said to have left, before they said it themselves."""
    add_confirmed(store, "ada@example.org")
    rows = ("ada@example.org,,unsubscribed,", "bo@example.org,,confirmed,", "kay@example.org,,unsubscribed,")
    command(*listed(*rows), now=LATER)
    with changing(store, now=LATER + dt.timedelta(hours=1)) as register:
        for name in ("ada", "bo", "kay"):
            someone = find(register.connection, address(f"{name}@example.org"))
            leave(register, someone, FORM)
    before = people(store)
    command("--undo", 1, now=LATER)
    assert people(store) == before
    assert "confirmed" not in before.values()


def test_who_was_erased_leaves_nothing_in_the_records(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine
) -> None:
    """A8: what they were before an import goes with them."""
    add_confirmed(store, "ada@example.org")
    command(*listed("ada@example.org,Augusta,confirmed,"))
    with changing(store) as register:
        transitions.erase(register, find(register.connection, address("ada@example.org")))  # type: ignore[arg-type]
    with store.connect() as connection:
        assert not connection.execute(sa.select(import_change)).all()
    assert command("--undo", 1).exit_code == 0
    assert people(store) == {}


def test_imports_are_listed(command: Command, listed: Callable[..., list[object]]) -> None:
    assert "Nothing was imported yet" in command("--list").output
    command(*listed("ada@example.org,,confirmed,", "bo@example.org,,unsubscribed,"))
    command("--undo", 1)
    (one,) = json.loads(command("--list", "--json").stdout)
    assert (one["id"], one["state"], one["files"]) == (1, "undone", ["list.csv"])
    assert (one["counts"]["list.csv"]["added"], one["counts"]["list.csv"]["left"]) == (1, 1)
    assert "1 added, 1 left" in command("--list").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--undo", "7"], "there is no import 7"),
        (["list.csv", "--undo", "1"], "take no other arguments"),
        (["list.csv", "--consent=x", "--continue", "1"], "there is no import 1"),
        (["list.csv", "--consent=x", "--continue", "1", "--dry-run"], "do not go together"),
        ([], "Missing argument"),
    ],
)
def test_wrong_words(
    command: Command, listed: Callable[..., list[object]], tmp_path: Path, words: list[str], said: str
) -> None:
    listed()
    result = command(*(tmp_path / word if word == "list.csv" else word for word in words))
    assert (result.exit_code, said in result.output) == (2, True), result.output


def test_a_second_import_waits_its_turn(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine
) -> None:
    with only_import(store):
        result = command(*listed("ada@example.org,,confirmed,"))
    assert (result.exit_code, "another import is at work" in result.output) == (75, True)


@contextmanager
def importing(root: Path, store_url: str, pipe: Path, *words: str) -> Iterator[tuple[Started, IO[str]]]:
    """An import in a process of its own, which reads what is written."""
    if not pipe.exists():
        os.mkfifo(pipe)
    command = ["tipsheet", "-C", root, "subscribers", "import", pipe, "--consent=x", "--database", store_url, *words]
    with Started(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            with pipe.open("w") as file:
                file.write("email\n")
                yield process, file
        finally:
            process.kill()


def feed(file: IO[str], first: int, last: int) -> None:
    file.writelines(f"reader{number}@example.org\n" for number in range(first, last))
    file.flush()


def wait_for(store: sa.Engine, name: str) -> None:
    ends = time.monotonic() + PATIENCE
    while known(store, name) is None:
        assert time.monotonic() < ends
        time.sleep(0.1)


def wait_for_the_lock(store: sa.Engine) -> None:
    """A server of PostgreSQL notices a moment later that a client was killed."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            with only_import(store):
                return
        except BusyError:
            assert time.monotonic() < ends
            time.sleep(0.1)


def test_readers_leave_while_an_import_runs(root: Path, store_url: str, store: sa.Engine, tmp_path: Path) -> None:
    """A12: whom it brought and who was there before; and it does not bring them back."""
    add_confirmed(store, "reader9000@example.org")
    with importing(root, store_url, tmp_path / "list.csv", "--json") as (process, file):
        feed(file, 0, 8_000)
        wait_for(store, "reader0")
        for number in (0, 9_000):
            with changing(store, now=LATER) as register:
                someone = find(register.connection, address(f"reader{number}@example.org"))
                assert someone is not None
                transitions.unsubscribe(register, someone, FORM)
        feed(file, 8_000, 10_000)
        file.close()
        said = process.communicate(timeout=PATIENCE)[0].decode()
    (report,) = json.loads(said)["files"]
    assert (report["added"], report["suppressed"]) == (9_999, 1), said
    assert {people(store)[f"reader{number}"] for number in (0, 9_000)} == {"unsubscribed"}


@pytest.fixture
def stopped(root: Path, store_url: str, store: sa.Engine, tmp_path: Path) -> Path:
    """An import of 20,000 people that was killed when some thousand were in; its file, whole."""
    add_confirmed(store, "old@example.org")
    pipe = tmp_path / "list.csv"
    with importing(root, store_url, pipe) as (process, file):
        feed(file, 0, 12_000)  # a pipe holds 64 KiB: when all went in, most was read and written
        wait_for(store, "reader0")
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        file.close()
    wait_for_the_lock(store)
    pipe.unlink()
    pipe.write_text("email\n" + "".join(f"reader{number}@example.org\n" for number in range(12_000)))
    return pipe


def test_an_import_that_was_killed_is_listed_and_undone(command: Command, stopped: Path, store: sa.Engine) -> None:
    """A12: it says so, and how to go on."""
    result = command("--list")
    assert "stopped" in result.stdout
    assert "--continue 1" in result.stderr
    assert "--undo 1" in result.stderr
    (stopped.parent / "other.csv").write_text("email\nbo@example.org\n")
    assert "Import 1 was stopped" in command(stopped.parent / "other.csv", "--consent=x", "--dry-run").stderr
    assert command("--undo", 1).exit_code == 0
    assert people(store) == {"old": "confirmed"}
    with store.connect() as connection:
        assert not connection.execute(sa.select(subscriber_tag)).all()


def test_an_import_that_was_killed_is_continued_and_undone_as_one(
    command: Command, stopped: Path, store: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A12"""
    monkeypatch.setattr("tipsheet.audience.importing.run.BATCH", 2_000)
    result = command(stopped, "--consent=x", "--continue", 1)
    assert result.exit_code == 0, result.output
    assert len(people(store)) == 12_001
    assert "stopped" not in command("--list").output
    assert "only one that was stopped" in command(stopped, "--consent=x", "--continue", 1).output
    assert "12,000 removed" in command("--undo", 1).output
    assert people(store) == {"old": "confirmed"}


def test_a_stream_that_is_broken_at_its_end_is_taken_back(
    root: Path, store_url: str, store: sa.Engine, tmp_path: Path
) -> None:
    """A9: what cannot be read through before is undone."""
    with importing(root, store_url, tmp_path / "list.csv") as (process, file):
        feed(file, 0, 6_000)
        file.write('"reader')
        file.close()
        said = process.communicate(timeout=PATIENCE)[0].decode()
    assert "not closed" in said
    assert "--continue" not in said
    assert people(store) == {}


def test_a_dry_run_of_an_undo_holds_nobody_up(
    command: Command, listed: Callable[..., list[object]], store: sa.Engine
) -> None:
    """A12: it counts, and says what the undo does then."""
    add_confirmed(store, "there@example.org")
    assert command(
        *listed("a@example.org,A,confirmed,", "b@example.org,B,confirmed,", "there@example.org,T,confirmed,x")
    )
    with changing(store, LATER) as register:
        someone = find(register.connection, address("b@example.org"))
        assert someone is not None
        transitions.unsubscribe(register, someone, FORM)
    with changing(store):
        asked = command("--undo", 1, "--dry-run")
    assert (asked.exit_code, asked.stdout) == (0, command("--undo", 1).stdout)
    assert asked.stdout == "import 1: 1 removed, 1 as they were before, 1 stay as they were changed since\n"
