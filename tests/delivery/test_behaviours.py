"""What servers can do x what happens to run, letters, readers and exit code: the rows of ``behaviours.yaml``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from tests.delivery.builders import ISSUE, counts, people
from tests.delivery.sink import Deed, Fault, Said, Sink, running
from tests.delivery.ticks import Ticks, throttled
from tipsheet.delivery.status import status_of
from tipsheet.store.database import open_store
from tipsheet.store.tables import delivery_answer, subscriber

READERS = 60
ROWS = yaml.safe_load((Path(__file__).parent / "behaviours.yaml").read_text("utf-8"))


@pytest.fixture
def store(sqlite_store_url):
    engine = open_store(sqlite_store_url)
    yield engine
    engine.dispose()


def fault_of(row: dict[str, Any]) -> Callable[[Said], Fault]:
    """The server's way to answer."""
    says = Deed[row["says"]] if row.get("says") in Deed.__members__ else row.get("says")
    kind, _, number = str(row.get("at", "")).partition(" ")
    seen: set[str] = set()

    def fault(said: Said) -> Fault:
        if said.verb != row.get("when"):
            return None
        count = int(number or 0)
        new = said.words not in seen
        seen.add(said.words)
        hit = {
            "every": True,
            "first": said.count < count,
            "from": said.count >= count,
            "each": count and said.count % count == count - 1,
            "once": new,
        }
        return says if hit[kind] else None

    return fault


def least(found: int, expected: object) -> bool:
    """Whether a number is the one expected, or, for ``20+``, at least that."""
    text = str(expected)
    return found >= int(text[:-1]) if text.endswith("+") else found == int(text)


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_what_a_server_does_and_what_happens(row: dict[str, Any], store: sa.Engine) -> None:
    """D17, D25, D26, D28: and nobody gets two, but for a letter that was taken on a connection that broke."""
    people(store, READERS)
    with running(Sink(fault_of(row))) as sink:
        schedule = Ticks(store, sink, row.get("connections", 2))
        assert schedule.run() == row["code"]
        found = counts(store)
        with store.connect() as connection:
            status = status_of(connection, ISSUE)
            gone = sa.select(sa.func.count()).where(subscriber.c.status == "bounced")
            assert least(connection.execute(gone).scalar_one(), row.get("bounced", 0))
            words = " ".join(connection.execute(sa.select(delivery_answer.c.words)).scalars())
        assert status.activity == row["run"], status
        for state in ("sent", "failed", "queued", "unknown"):
            if state in row or row["run"] != "paused":
                assert least(found.get(state, 0), row.get(state, 0)), found
        assert "@" not in words
        if row["run"] == "paused":
            assert row["says"][:3] in status.cause, "the server's words are shown"
        _go_on(row, schedule)


def _go_on(row: dict[str, Any], schedule: Ticks) -> None:
    """Once the server behaves, ticks alone send the rest, but for what a person has to decide about."""
    if row["at" if "at" in row else "name"] != "once":
        schedule.sink.fault = lambda _said: None
    before = len(schedule.sink.accepted)
    for _ in range(12):
        schedule.run()
    if "ticks" in row:
        expected = row["ticks"] or before
        assert counts(schedule.store).get("sent", 0) == expected
    twice = sum(count - 1 for count in schedule.sink.recipients.values())
    assert twice == row.get("twice", 0)


def test_a_server_that_greylists_everybody_and_takes_twenty_a_minute(store: sa.Engine) -> None:
    """D26: ticks alone, no person; a run waits five minutes in all, as `tipsheet publish` does."""
    people(store, 263)
    with running(Sink()) as sink:
        ticks = Ticks(store, sink)
        sink.fault = throttled(ticks)
        codes = [ticks.run() for _ in range(24)]
    assert set(codes) == {0, 4}
    assert counts(store) == {"sent": 263}
    assert set(sink.recipients.values()) == {1}
