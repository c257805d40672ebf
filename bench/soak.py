"""Senders killed with SIGKILL at random times, and what the receiver's own log says of it (D2).

    make soak
    SOAK_KILLS=20 SOAK_DATABASES=sqlite make soak
    SOAK_MESSAGES=1000000 SOAK_KILLS=50 make soak

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
from tests.delivery.builders import people
from tests.delivery.processes import Tally, finished, sender, tally
from tests.delivery.sink import Accepted, Sink, running
from tipsheet.store.database import open_store

KILLS = int(os.environ.get("SOAK_KILLS", "200"))
MESSAGES = int(os.environ.get("SOAK_MESSAGES", "100000"))
LIFE = float(os.environ.get("SOAK_LIFE", "0.4"))
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


def main() -> None:
    chance = random.Random(20261124)
    rows = {}
    with ExitStack() as stack:
        if "sqlite" in DATABASES:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))
            rows["sqlite"] = soak(f"sqlite:///{Path(folder).resolve()}/audience.db", chance)
        if "postgresql" in DATABASES and (programs := postgresql_programs()):
            cluster = stack.enter_context(running_cluster(programs, settings=()))
            rows["postgresql"] = soak(cluster.database().render_as_string(hide_password=False), chance)
    table = Table(title=f"{MESSAGES:,} messages over {CONNECTIONS} connections")
    columns = ("database", "kills", "duplicates", "silently lost", "unknown", "of which arrived", "sent", "seconds")
    for column in columns:
        table.add_column(column, justify="left" if column == "database" else "right")
    failed = False
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
