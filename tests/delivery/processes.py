"""Senders as processes, to be killed and counted."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tests.delivery.sink import Sink
from tests.warm import Started
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery

ROOT = Path(__file__).parents[2]


@contextmanager
def sender(url: str, sink: Sink, **told: object) -> Iterator[Started]:
    """A sender at work; killed at the end of the block, if it still is."""
    command = ["tests.delivery.run_sender", json.dumps({"url": url, "port": sink.port, **told})]
    with Started(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()


def finished(process: Started, seconds: float = 60) -> tuple[int | None, str]:
    """Its exit code and what it said."""
    said, _ = process.communicate(timeout=seconds)
    return process.returncode, said.decode()


@dataclass(frozen=True, slots=True)
class Tally:
    """The ledger beside the receiver's log. ``lost`` are rows said to be sent that did not arrive."""

    sent: int
    unknown: int
    unknown_arrived: int
    others: int
    duplicates: int
    lost: int
    unasked: int


def tally(store: sa.Engine, sink: Sink) -> Tally:
    """Compare the two, message by message."""
    query = sa.select(delivery.c.message_key, delivery.c.state)
    with store.connect() as connection:
        rows = dict(connection.execute(query).all())
    got = sink.keys
    unknown = [key for key, state in rows.items() if state == DeliveryState.UNKNOWN]
    return Tally(
        sent=sum(state == DeliveryState.SENT for state in rows.values()),
        unknown=len(unknown),
        unknown_arrived=sum(key in got for key in unknown),
        others=sum(state not in {DeliveryState.SENT, DeliveryState.UNKNOWN} for state in rows.values()),
        duplicates=sum(count - 1 for count in got.values()),
        lost=sum(state == DeliveryState.SENT and key not in got for key, state in rows.items()),
        unasked=sum(key not in rows or rows[key] not in {DeliveryState.SENT, DeliveryState.UNKNOWN} for key in got),
    )
