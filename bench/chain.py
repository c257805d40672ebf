"""Readers who leave while something large changes the store: how long each waits (A12, W15).

    make bench-chain
    BENCH_DATABASES=sqlite BENCH_ROWS=20000 make bench-chain

One process imports a list of people, takes the import back, unsubscribes the addresses of a file,
erases people one after another, and takes down the readers of an issue. Another has readers leave
meanwhile, from a few threads, as the service does: the table says how long that took, the
transaction and its commit, in milliseconds. The disk is told to keep its word (``synchronous=FULL``,
``fsync``). The goal is 99 of 100 within a second.
"""

import csv
import datetime as dt
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.delivery import edition
from tests.databases import postgresql_programs, running_cluster
from tipsheet.audience.consent import Evidence
from tipsheet.audience.importing.columns import Instructions
from tipsheet.audience.importing.records import only_import, records, undo
from tipsheet.audience.importing.run import Import
from tipsheet.audience.register import open_register
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import address_of, known
from tipsheet.audience.transitions import erase, unsubscribe, unsubscribe_all
from tipsheet.delivery.snapshot import prepare
from tipsheet.store.database import open_store, settle, writing
from tipsheet.store.tables import subscriber

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
READERS = int(os.environ.get("BENCH_READERS", "50000"))
LISTED, ERASED = ROWS // 5, ROWS // 500
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite,postgresql").split(",")
THREADS = int(os.environ.get("BENCH_THREADS", "4"))
NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
SECRET = Secret("a secret for benchmarks and for nothing else")
BY_LINK = Evidence(source="https://lists.example/leave/", form="one-click")
BREATH = 0.02
"""Seconds between two readers of a thread."""
GOAL = 1_000


def fill(engine: sa.Engine) -> None:
    """Readers who leave, and those who are in the list."""
    rows = [
        {
            "public_id": f"{number:016}",
            "email": f"reader{number}@example.org",
            "email_norm": f"reader{number}@example.org",
            "status": "confirmed",
            "attributes": {},
            "created_at": NOW,
            "changed_at": NOW,
        }
        for number in range(READERS + LISTED + ERASED)
    ]
    with writing(engine) as connection:
        for start in range(0, len(rows), 10_000):
            connection.execute(sa.insert(subscriber), rows[start : start + 10_000])


def leaves(url: str, first: int, signals: tuple[Event, Event], answers: Any) -> None:
    """Have readers leave, one after another from each thread, until it has ended; tells how long each took."""
    begun, ended = signals
    engine = open_store(url)
    numbers = iter(range(first, READERS))
    lock, seconds = threading.Lock(), list[float]()

    def work() -> None:
        while not ended.is_set():
            with lock:
                number = next(numbers)
            began = time.perf_counter()
            with open_register(engine, SECRET, now=NOW) as register:
                someone = known(register.connection, address_of(f"reader{number}@example.org"))
                unsubscribe(register, someone, BY_LINK)
            seconds.append(time.perf_counter() - began)
            begun.set()
            time.sleep(BREATH)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    answers.put(seconds)


@contextmanager
def store_urls(name: str) -> Iterator[str]:
    with ExitStack() as stack:
        if name == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")))
            yield f"sqlite:///{folder}/audience.db"
            return
        programs = postgresql_programs()
        if programs is None:
            sys.exit("PostgreSQL is not here; on Debian: apt-get install postgresql")
        cluster = stack.enter_context(running_cluster(programs, settings=()))
        yield cluster.database().render_as_string(hide_password=False)


def people(folder: Path) -> Path:
    """A list of people who are new."""
    file = folder / "people.csv"
    with file.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["email", "first_name", "status", "tags"])
        for number in range(ROWS):
            writer.writerow([f"new{number}@example.net", "Ada", "confirmed", "fair"])
    return file


def take(engine: sa.Engine, folder: Path) -> None:
    Import(engine=engine, secret=SECRET, now=NOW, instructions=Instructions(consent="At the fair")).take(
        [people(folder)]
    )


def take_back(engine: sa.Engine, _folder: Path) -> None:
    with engine.connect() as connection:
        number = records(connection)[0].id
    with only_import(engine):
        undo(engine, SECRET, number, NOW)


def try_to_take_back(engine: sa.Engine, _folder: Path) -> None:
    with engine.connect() as connection:
        number = records(connection)[0].id
    with only_import(engine):
        undo(engine, SECRET, number, NOW, dry_run=True)


def unsubscribe_list(engine: sa.Engine, _folder: Path) -> None:
    lines = ((n, f"reader{READERS + n}@example.org") for n in range(LISTED))
    for _ in unsubscribe_all(
        partial(open_register, engine, SECRET, now=NOW, one_of_many=True), lines, Evidence(source="a list")
    ):
        pass


def erase_some(engine: sa.Engine, _folder: Path) -> None:
    for number in range(ERASED):
        with open_register(engine, SECRET, now=NOW) as register:
            erase(register, known(register.connection, address_of(f"reader{READERS + LISTED + number}@example.org")))
        settle(engine)


def take_down(engine: sa.Engine, _folder: Path) -> None:
    with writing(engine) as connection:
        prepare(connection, replace(edition(1), issue="chain"), (), SECRET, now=NOW)


WORK: dict[str, Callable[[sa.Engine, Path], None]] = {
    f"import of {ROWS:,}": take,
    "dry run of its undo": try_to_take_back,
    "an issue is taken down": take_down,
    "undo of the import": take_back,
    f"unsubscribe --list of {LISTED:,}": unsubscribe_list,
    f"erase, {ERASED} times": erase_some,
}


def measured(
    url: str, engine: sa.Engine, work: Callable[[sa.Engine, Path], None], first: int
) -> tuple[float, list[float]]:
    """Seconds that the work took, and those of each reader who left meanwhile."""
    context = multiprocessing.get_context("spawn")
    begun, ended, answers = context.Event(), context.Event(), context.Queue()
    other = context.Process(target=leaves, args=(url, first, (begun, ended), answers))
    other.start()
    begun.wait()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        work(engine, Path(folder))
        took = time.perf_counter() - began
    ended.set()
    seconds = answers.get()
    other.join()
    return took, seconds


def main() -> None:
    table = Table("database", "meanwhile", "took s", "left", "p50 ms", "p99 ms", "max ms", "goal")
    for name in DATABASES:
        with store_urls(name) as url:
            engine = open_store(url)
            fill(engine)
            first = 0
            for title, work in WORK.items():
                took, seconds = measured(url, engine, work, first)
                first += len(seconds) + THREADS
                ordered = sorted(1_000 * one for one in seconds)
                p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
                row = (name, title, f"{took:.1f}", str(len(ordered)), f"{statistics.median(ordered):.0f}", f"{p99:.0f}")
                table.add_row(*row, f"{ordered[-1]:.0f}", "yes" if p99 <= GOAL else "NO")
            engine.dispose()
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
