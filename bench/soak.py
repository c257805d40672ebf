"""Senders killed with SIGKILL at random times, and what the receiver's own log says of it (D2).

    make soak
    SOAK_KILLS=20 SOAK_DATABASES=sqlite make soak
    SOAK_MESSAGES=1000000 SOAK_KILLS=50 make soak

Besides, a server that puts off everybody once and takes 20 letters a minute gets `SOAK_THROTTLED` of them
from runs every 20 minutes, on a clock that is moved by hand: all are sent by runs alone, and none twice.

Each life of a sender is a process with 4 connections that is killed somewhere in its first
`SOAK_LIFE` seconds of sending; the next takes over from it, and the last may finish. The server
writes down every message before it answers. A message is doubled when it is in that log twice, and
silently lost when the ledger says that it was sent and the log does not have it. Unknown are those
that were held, since nobody can know; the log can.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.databases import postgresql_programs, running_cluster
from tests.delivery.builders import counts, people
from tests.delivery.processes import Tally, finished, sender, tally
from tests.delivery.sink import Accepted, Sink, running
from tests.delivery.ticks import Ticks, throttled
from tipsheet.store.database import open_store

KILLS = int(os.environ.get("SOAK_KILLS", "200"))
MESSAGES = int(os.environ.get("SOAK_MESSAGES", "100000"))
LIFE = float(os.environ.get("SOAK_LIFE", "0.4"))
THROTTLED = int(os.environ.get("SOAK_THROTTLED", "1000"))
DATABASES = os.environ.get("SOAK_DATABASES", "sqlite,postgresql").split(",")
CONNECTIONS = 4
BATCH = 10_000


@dataclass
class Log(Sink):
    """A server that remembers keys instead of messages, for a million of them."""

    arrived: Counter[str] = field(default_factory=Counter)

    def accept(self, recipient: str, lines: list[bytes]) -> None:
        key = Accepted(recipient, b"".join(lines)).message_id.partition(".")[2].partition("@")[0]
        with self.news:
            self.arrived[key] += 1
            self.news.notify_all()

    @property
    def keys(self) -> Counter[str]:
        return self.arrived


@dataclass(frozen=True, slots=True)
class Soaked:
    """What came of it."""

    kills: int
    seconds: float
    found: Tally
    code: int


def soak(url: str, chance: random.Random) -> Soaked:
    """Kill senders on an empty store until enough were, then let one finish."""
    store = open_store(url)
    people(store, MESSAGES)
    kills, began = 0, time.monotonic()
    with running(Log()) as log:
        while kills < KILLS and len(log.arrived) < MESSAGES * 0.98:
            with sender(url, log) as process:
                before = log.arrived.total()
                log.wait_until(lambda before=before: log.arrived.total() > before, 120)
                time.sleep(chance.uniform(0, LIFE))
                kills += process.poll() is None
                process.kill()
                process.wait()
            log.wait_until_idle()
        with sender(url, log) as process:
            code, _ = finished(process, 3600)
        found = tally(store, log)
    store.dispose()
    return Soaked(kills, time.monotonic() - began, found, code)


def by_ticks(url: str) -> bool:
    """Send through a server that greylists and throttles, by runs alone; whether everybody got one letter."""
    store = open_store(url)
    people(store, THROTTLED)
    with running(Sink()) as sink:
        ticks = Ticks(store, sink)
        sink.fault = throttled(ticks)
        runs = 1
        while ticks.run() and runs < THROTTLED:
            runs += 1
        once = set(sink.recipients.values()) == {1}
    found = counts(store)
    store.dispose()
    hours = ticks.passed.total_seconds() / 3600
    print(f"{store.dialect.name}: {runs} runs in {hours:.0f} h; {found}; nobody twice: {once}")
    return once and found == {"sent": THROTTLED}


def main() -> None:
    chance = random.Random(20261124)
    rows, well = {}, []
    with ExitStack() as stack:
        if "sqlite" in DATABASES:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
            rows["sqlite"] = soak(f"sqlite:///{Path(folder).resolve()}/audience.db", chance)
            well.append(by_ticks(f"sqlite:///{Path(folder).resolve()}/throttled.db"))
        if "postgresql" in DATABASES and (programs := postgresql_programs()):
            cluster = stack.enter_context(running_cluster(programs, settings=()))
            rows["postgresql"] = soak(cluster.database().render_as_string(hide_password=False), chance)
            well.append(by_ticks(cluster.database().render_as_string(hide_password=False)))
    table = Table(title=f"{MESSAGES:,} messages over {CONNECTIONS} connections")
    columns = ("database", "kills", "duplicates", "silently lost", "unknown", "of which arrived", "sent", "seconds")
    for column in columns:
        table.add_column(column, justify="left" if column == "database" else "right")
    failed = not all(well)
    for name, soaked in rows.items():
        found = soaked.found
        table.add_row(
            name,
            f"{soaked.kills:,}",
            f"{found.duplicates:,}",
            f"{found.lost + found.unasked:,}",
            f"{found.unknown:,}",
            f"{found.unknown_arrived:,}",
            f"{found.sent:,}",
            f"{soaked.seconds:,.0f}",
        )
        wrong = found.duplicates or found.lost or found.unasked or found.others
        failed = failed or bool(wrong) or found.unknown > soaked.kills * CONNECTIONS
    Console(width=120).print(table)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
