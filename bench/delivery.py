"""Sending an issue, ledger and composing included, beside postfix's `smtp-source` and the standard library.

    make bench-delivery
    BENCH_MESSAGES=2000 BENCH_CONNECTIONS=4 make bench-delivery
    BENCH_FSYNC_US=5000 BENCH_CONNECTIONS=4 python bench/delivery.py  # a slow disk (D31); needs cc

All hand messages of about 30 KB to the same `smtp-sink` (Debian: postfix), over loopback, one
connection for many messages. `smtp-source` sends the same bytes again and again and keeps nothing:
it is the limit. smtplib sends messages that were composed before, and keeps nothing either. tipsheet
claims and composes each message and commits the ledger around it; that the readers were taken down
before (5 µs each) is not in it. With `auto` it opens as many connections
as pay. Rounds take turns; the table shows medians.
`smtp-sink` and all senders share the machine's cores: compare the ratios, not the machine.
"""

import datetime as dt
import itertools
import os
import shutil
import smtplib
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests import databases
from tipsheet.audience.secret import Secret
from tipsheet.delivery.channel import Channel
from tipsheet.delivery.lane import FIRST
from tipsheet.delivery.senders.smtp import PipelinedSession
from tipsheet.delivery.sending import SendJob, send
from tipsheet.delivery.snapshot import prepare
from tipsheet.edition.edition import MESSAGE_KEY, Edition, Escape, Piece, Recipient, Slot, Variant
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import digest_of
from tipsheet.model.audience import EVERYONE
from tipsheet.model.placeholders import TOKEN
from tipsheet.settings.delivery import DeliverySettings
from tipsheet.store.database import open_store, writing
from tipsheet.store.tables import subscriber

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "6000"))
CONNECTIONS = [int(n) for n in os.environ.get("BENCH_CONNECTIONS", "1,4,8").split(",")]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
OCTETS = 30_000
NOW = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
SECRET = Secret("a secret for benchmarks and for nothing else")
GOALS = (("sqlite, FULL", "smtp-source", 0.6), ("sqlite, FULL", "smtplib", 1.5), ("sqlite, NORMAL", "smtp-source", 0.9))
TOLD_AT = 4
"""Connections at which the goals are asked (D21: 4 or more)."""

Way = Callable[[int, int], float]
"""Messages a second over so many connections, on this port."""


def edition(number: int, octets: int = OCTETS) -> Edition:
    """A letter of about so many octets with five slots in each part."""
    line = "One short read and one thing to do, seen from the other side of the desk, every Tue.\n"
    slots = tuple(Piece(("Hello ", Slot("first_name", "there", Escape.TEXT), " again\n")) for _ in range(5))
    body = tuple(Piece(line * max(1, octets // 2 // len(line) // 6)) for _ in range(6))
    pieces = tuple(itertools.chain.from_iterable(itertools.zip_longest(body, slots, fillvalue=Piece("\n"))))
    token = Slot(TOKEN, None, Escape.URL)
    made = Edition(
        issue=f"bench-{number}",
        url="",
        title="Bench",
        published=NOW.isoformat(),
        audience=EVERYONE,
        header=(
            ("From", ("Bench <bench@sender.example>",)),
            ("Message-ID", ("<bench.", Slot(MESSAGE_KEY, None, Escape.URL), "@sender.example>")),
            ("List-Unsubscribe", ("<https://sender.example/leave/", token, ">")),
        ),
        subject=(Variant(("One thing",)),),
        preheader=(),
        html=pieces,
        text=pieces,
    )
    return replace(made, digest=digest_of(made))


@contextmanager
def sink() -> Iterator[int]:
    """smtp-sink on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        sys.exit("smtp-sink is not here; on Debian: apt-get install postfix")
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([program, *who, f"127.0.0.1:{port}", "1000"])
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def smtp_source(port: int, connections: int) -> float:
    program = shutil.which("smtp-source", path=f"{os.environ['PATH']}:/usr/sbin")
    command = [program, "-d", "-s", connections, "-m", MESSAGES, "-l", OCTETS, f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True)
    return MESSAGES / (time.perf_counter() - began)


def with_smtplib(port: int, connections: int) -> float:
    composer = Composer(edition(0))
    message = composer.compose(Recipient(address="reader@example.org", key="key", token="token"))  # noqa: S106
    counter = iter(range(MESSAGES))

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as session:
            for number in counter:
                session.sendmail("bench@sender.example", [f"reader{number}@example.org"], message)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return MESSAGES / (time.perf_counter() - began)


def with_tipsheet(engine: sa.Engine, *, auto: bool = False) -> Way:
    numbers = itertools.count(10_000 if auto else 1)

    def run(port: int, connections: int) -> float:
        def session() -> Channel:
            smtp = smtplib.SMTP("127.0.0.1", port)
            smtp.ehlo()
            return PipelinedSession(smtp)

        number = next(numbers)
        job = SendJob(
            engine=engine,
            edition=edition(number),
            segments=(),
            secret=SECRET,
            sender="bench@sender.example",
            connect=session,
            clock=lambda: NOW,
            new_owner=lambda: os.urandom(8).hex(),
            connections=FIRST if auto else connections,
            most_connections=DeliverySettings().most_connections if auto else 0,
            chose=lambda breadth: print(breadth, file=sys.stderr),
        )
        with writing(engine) as connection:
            prepare(connection, job.edition, (), SECRET, now=NOW)
        began = time.perf_counter()
        status = send(job)
        if status.exit_code:
            sys.exit(f"not all were sent: {status.counts}")
        return MESSAGES / (time.perf_counter() - began)

    return run


def store(url: str, synchronous: str = "", *, readers: int = MESSAGES, first: int = 0) -> sa.Engine:
    """A store with so many readers more, numbered from the ``first``."""
    engine = open_store(url)
    if synchronous:

        def set_up(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
            connection.cursor().execute(f"PRAGMA synchronous={synchronous}")

        sa.event.listen(engine, "connect", set_up)
        engine.dispose()
    rows = (
        {
            "public_id": f"p{n:015}",
            "email": f"reader{n}@example.org",
            "email_norm": f"reader{n}@example.org",
            "first_name": "Dana",
            "status": "confirmed",
            "attributes": {},
            "created_at": NOW,
            "changed_at": NOW,
        }
        for n in range(first, first + readers)
    )
    with engine.begin() as connection:
        while batch := [*itertools.islice(rows, 10_000)]:
            connection.execute(sa.insert(subscriber), batch)
    return engine


@contextmanager
def ways() -> Iterator[dict[str, Way]]:
    """What is measured; PostgreSQL where it is installed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        found: dict[str, Way] = {"smtp-source": smtp_source, "smtplib": with_smtplib}
        for synchronous in ("FULL", "NORMAL"):
            engine = store(f"sqlite:///{folder.resolve()}/{synchronous}.db", synchronous)
            stack.callback(engine.dispose)
            found[f"sqlite, {synchronous}"] = with_tipsheet(engine)
            if synchronous == "FULL":
                found["sqlite, FULL, auto"] = with_tipsheet(engine, auto=True)
        if programs := databases.postgresql_programs():
            cluster = stack.enter_context(databases.running_cluster(programs, settings=()))
            engine = store(cluster.database().render_as_string(hide_password=False))
            stack.callback(engine.dispose)
            found["postgresql"] = with_tipsheet(engine)
        yield found


def on_a_slow_disk() -> None:
    """Begin anew with a library before libc whose writes take as long as was asked."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        library = f"{folder}/slow_disk.so"
        source = Path(__file__).with_name("slow_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
        sys.exit(
            subprocess.run(
                [sys.executable, __file__], check=False, env={**os.environ, "LD_PRELOAD": library}
            ).returncode
        )


def main() -> None:
    if "BENCH_FSYNC_US" in os.environ and "LD_PRELOAD" not in os.environ:
        on_a_slow_disk()
    rates: dict[tuple[str, int], list[float]] = defaultdict(list)
    with ways() as found:
        for _ in range(ROUNDS):
            for connections in CONNECTIONS:
                for name, way in found.items():
                    with sink() as port:
                        rates[name, connections].append(way(port, connections))
    table = Table(title=f"Messages of {OCTETS // 1000} KB a second, {MESSAGES:,} a run, median of {ROUNDS}")
    table.add_column("way")
    for connections in CONNECTIONS:
        table.add_column(f"{connections} conn.", justify="right")
        table.add_column("of smtp-source", justify="right")
    medians = {key: statistics.median(values) for key, values in rates.items()}
    for name in found:
        cells = []
        for connections in CONNECTIONS:
            rate = medians[name, connections]
            cells += [f"{rate:,.0f}", f"{rate / medians['smtp-source', connections]:.2f}"]
        table.add_row(name, *cells)
    Console(width=120).print(table)
    at = TOLD_AT if TOLD_AT in CONNECTIONS else CONNECTIONS[-1]
    for name, peer, goal in GOALS:
        ratio = medians[name, at] / medians[peer, at]
        print(f"{name} / {peer} at {at} connections = {ratio:.2f} (goal {goal}){'' if ratio >= goal else '  MISSED'}")


if __name__ == "__main__":
    main()
