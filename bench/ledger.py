"""Several senders on one ledger: the ledger alone, beside queues of jobs, and with a mail server each; the snapshot.

    make bench-delivery
    BENCH_LETTERS=6000 BENCH_SENDERS=1,3 BENCH_PARTS=alone,server python -m bench.ledger

**Alone**: a letter is claimed, marked before its end, and recorded as sent; nothing is composed and nobody is at the
other end. As many letters share a commit as a sender has connections (`BENCH_LANES`). Beside it, in the same PostgreSQL
and in turn: jobs that are claimed with SKIP LOCKED and marked as done by hand, as many at a time, in two commits (a
letter has a third state between the two, and a reader who may have left); and no-op jobs of procrastinate, if it is
there:

    pip install --target .bench/jobs procrastinate "psycopg[binary]"

**With a server each**: every sender composes and sends letters of 30 KB to a `smtp-sink` of its own, beside one sender
on SQLite (``synchronous=FULL``).

A sender is a process. Seconds of processor say more than rates do on a machine that others use: those of the senders
and those of PostgreSQL stand beside each rate, per letter. PostgreSQL keeps its word about the disk.
"""

import datetime as dt
import itertools
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.delivery import NOW, SECRET, edition, sink, store
from tests import databases
from tipsheet.delivery.channel import Unlimited
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.locks import leave, take_place
from tipsheet.delivery.senders.smtp import PipelinedSession
from tipsheet.delivery.sending import SendJob, send
from tipsheet.delivery.snapshot import find_send, prepare
from tipsheet.delivery.states import Outcome
from tipsheet.delivery.writer import LedgerWriter, Step
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import DeliveryState

ROOT = Path(__file__).parent.parent
LETTERS = int(os.environ.get("BENCH_LETTERS", "20000"))
SENDERS = [int(n) for n in os.environ.get("BENCH_SENDERS", "1,2,3").split(",")]
LANES = int(os.environ.get("BENCH_LANES", "64"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
PARTS = os.environ.get("BENCH_PARTS", "alone,server,snapshot").split(",")
READERS = int(os.environ.get("BENCH_SNAPSHOT", "850000"))
JOBS = Path(os.environ.get("BENCH_JOBS", ROOT / ".bench/jobs"))
CONNECTIONS = 4
TICK = os.sysconf("SC_CLK_TCK")
MILLION = 1_000_000


def alone(url: str, number: int) -> None:
    """Claim, mark and record until nothing is left."""
    engine = open_store(url)
    with engine.connect() as connection:
        found = find_send(connection, f"bench-{number}")
    if found is None:
        sys.exit("nothing was prepared")
    ledger = Ledger(found, os.urandom(8).hex(), SECRET)

    def clock() -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    with LedgerWriter(engine, ledger, clock, Unlimited()) as writer:
        writer.call(lambda connection: (take_place(connection, ledger.owner, clock()), ledger.start(connection, NOW)))
        rows: list[int] = []
        flying: list[int] = []
        while True:
            group, rows = rows[:LANES], rows[LANES:]
            steps = [Step(outcomes=(_sent(number, clock()),)) for number in flying]
            steps += [Step(begin=number) for number in group]
            claim = LANES * 50 if len(rows) < LANES else 0
            written = writer.write(steps, min(claim, LETTERS // 8))
            rows += [row.id for row in written.claimed]
            flying = [*written.granted]
            if not rows and not flying:
                break
        writer.call(lambda connection: leave(connection, ledger.owner, clock()))


def _sent(number: int, now: dt.datetime) -> Outcome:
    return Outcome(delivery=number, state=DeliveryState.SENT, due_at=now, code=250, enhanced="2.0.0")


def by_hand(url: str) -> None:
    """Take jobs and mark them as done until none is left."""
    take = (
        "UPDATE job SET state = 'taken', owner = %s WHERE id IN (SELECT id FROM job WHERE state = 'queued' "
        "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id, payload"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while jobs := connection.execute(take, ("me", LANES)).fetchall():
            done = [number for number, _ in jobs]
            connection.execute("UPDATE job SET state = 'done' WHERE id = ANY(%s)", (done,))


def to_server(url: str, number: int, port: int) -> None:
    """Send to the server on this port."""

    def connect() -> PipelinedSession:
        session = smtplib.SMTP("127.0.0.1", port)
        session.ehlo()
        return PipelinedSession(session)

    job = SendJob(
        engine=open_store(url),
        edition=edition(number),
        segments=(),
        secret=SECRET,
        sender="bench@sender.example",
        connect=connect,
        clock=lambda: dt.datetime.now(dt.UTC),
        new_owner=lambda: os.urandom(8).hex(),
        connections=CONNECTIONS,
    )
    if send(job).exit_code:
        sys.exit("not all were sent")


def worker(way: str, *told: str) -> None:
    """Work when a line comes, and say when it began and ended."""
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu = time.time(), time.process_time()
    match way:
        case "alone":
            alone(told[0], int(told[1]))
        case "by-hand":
            by_hand(told[0])
        case _:
            to_server(told[0], int(told[1]), int(told[2]))
    print(began, time.time(), time.process_time() - cpu, flush=True)


@dataclass(frozen=True, slots=True)
class Run:
    """Letters or jobs a second of all processes together, and microseconds of processor for each one."""

    rate: float
    ours: float
    database: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The two stores; ``plain`` is an address of the same PostgreSQL for who has no store in it."""

    cluster: databases.Cluster
    postgresql: str
    sqlite: str
    plain: str
    numbers: Iterator[int]

    def prepared(self, url: str, octets: int) -> int:
        """Write down the readers of a new issue; returns its number."""
        number = next(self.numbers)
        engine = open_store(url)
        with writing(engine) as connection:
            prepare(connection, edition(number, octets), (), SECRET, now=NOW)
        engine.dispose()
        if url == self.postgresql:
            with psycopg.connect(self.dsn(url), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        return number

    def dsn(self, url: str) -> str:
        return url.replace("postgresql+psycopg://", "postgresql://")

    def measured(self, commands: Sequence[Sequence[object]], environ: dict[str, str] | None = None) -> Run:
        """Run these at a time."""
        running = [
            subprocess.Popen(
                [sys.executable, *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, **(environ or {})},
            )
            for command in commands
        ]
        for one in running:
            one.stdout.readline()
        before = self.seconds()
        for one in running:
            one.stdin.write("go\n")
            one.stdin.flush()
        told = [[float(word) for word in one.communicate()[0].split()] for one in running]
        if any(one.returncode for one in running):
            sys.exit("a sender failed")
        wall = max(ended for _, ended, _ in told) - min(began for began, _, _ in told)
        each = MILLION / LETTERS
        return Run(LETTERS / wall, sum(cpu for *_, cpu in told) * each, (self.seconds() - before) * each)

    def seconds(self) -> float:
        """Seconds of processor of PostgreSQL, with its processes that have ended."""
        head = int((self.cluster.folder / "data/postmaster.pid").read_text().split()[0])
        total = 0
        for process in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = process.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(map(int, fields[11:13])) if int(fields[1]) == head else 0
            total += sum(map(int, fields[11:15])) if process.parent.name == str(head) else 0
        return total / TICK

    def ledger_alone(self, senders: int) -> Run:
        number = self.prepared(self.postgresql, 300)
        return self.measured([["-m", "bench.ledger", "alone", self.postgresql, number]] * senders)

    def skip_locked(self, senders: int) -> Run:
        with psycopg.connect(self.plain, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS job")
            connection.execute("CREATE TABLE job (id bigserial PRIMARY KEY, state text, owner text, payload text)")
            connection.execute(
                "INSERT INTO job (state, payload) SELECT 'queued', 'reader' || n || '@example.org' "
                "FROM generate_series(1, %s) n", (LETTERS,),
            )  # fmt: skip
            connection.execute("CREATE INDEX ON job (id) WHERE state = 'queued'")
            connection.execute("VACUUM ANALYZE job")
        return self.measured([["-m", "bench.ledger", "by-hand", self.plain]] * senders)

    def procrastinate(self, senders: int) -> Run:
        environ = {"PYTHONPATH": str(JOBS)}
        script = Path(__file__).with_name("noop_jobs.py")
        put = [sys.executable, script, "put", self.plain, str(LETTERS)]
        subprocess.run(put, check=True, env={**os.environ, **environ})
        return self.measured([[script, "work", self.plain, LANES]] * senders, environ)

    def to_servers(self, url: str, senders: int) -> Run:
        number = self.prepared(url, 30_000)
        with ExitStack() as stack:
            ports = [stack.enter_context(sink()) for _ in range(senders)]
            return self.measured([["-m", "bench.ledger", "to-server", url, number, port] for port in ports])

    def snapshot(self, url: str) -> Run:
        number, engine = next(self.numbers), store(url, readers=READERS - LETTERS, first=LETTERS)
        before, cpu, began = self.seconds(), time.process_time(), time.perf_counter()
        with writing(engine) as connection:
            prepare(connection, edition(number, 300), (), SECRET, now=NOW)
        wall, ours = time.perf_counter() - began, time.process_time() - cpu
        engine.dispose()
        return Run(READERS / wall, ours / READERS * MILLION, (self.seconds() - before) / READERS * MILLION)


def measure(bench: Bench) -> dict[tuple[str, str, int], list[Run]]:
    """All runs by part, way and number of senders, each told as it ends."""
    queues = {"tipsheet": bench.ledger_alone, "SKIP LOCKED by hand": bench.skip_locked}
    if JOBS.exists():
        queues["procrastinate, no-op"] = bench.procrastinate
    runs: dict[tuple[str, str, int], list[Run]] = defaultdict(list)

    def note(part: str, name: str, senders: int, run: Run) -> None:
        print(f"{part}, {name}, {senders}: {run}", file=sys.stderr)
        runs[part, name, senders].append(run)

    for _, senders, name in itertools.product(range(ROUNDS if "alone" in PARTS else 0), SENDERS, queues):
        note("alone", name, senders, queues[name](senders))
    for _ in range(ROUNDS if "server" in PARTS else 0):
        note("server", "sqlite, FULL", 1, bench.to_servers(bench.sqlite, 1))
        for senders in SENDERS:
            note("server", "postgresql", senders, bench.to_servers(bench.postgresql, senders))
    for name, url in (("sqlite", bench.sqlite), ("postgresql", bench.postgresql)) if "snapshot" in PARTS else ():
        note("snapshot", name, 1, bench.snapshot(url))
    return runs


def main() -> None:
    programs = databases.postgresql_programs()
    if programs is None:
        sys.exit("PostgreSQL is not here; on Debian: apt-get install postgresql")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))).resolve()
        cluster = stack.enter_context(databases.running_cluster(programs, settings=("shared_buffers=256MB",)))
        bench = Bench(
            cluster=cluster,
            postgresql=cluster.database().render_as_string(hide_password=False),
            sqlite=f"sqlite:///{folder}/FULL.db",
            plain=cluster.database().set(drivername="postgresql").render_as_string(hide_password=False),
            numbers=iter(range(1, MILLION)),
        )
        for url in (bench.postgresql, bench.sqlite):
            store(url, readers=LETTERS).dispose()
        runs = measure(bench)
    tell(runs)


def tell(runs: dict[tuple[str, str, int], list[Run]]) -> None:
    for part, title in (
        ("alone", f"The ledger alone, {LETTERS:,} letters, {LANES} at a time"),
        ("server", f"Letters of 30 KB, {CONNECTIONS} connections a sender, a sink each"),
        ("snapshot", f"Snapshot of {READERS:,} readers"),
    ):
        table = Table("way", title=title)
        for column in ("senders", "a second", "us CPU of senders", "us CPU of PostgreSQL"):
            table.add_column(column, justify="right")
        for (of, name, senders), found in runs.items():
            if of == part:
                values = [statistics.median(getattr(run, field) for run in found) for field in Run.__slots__]
                table.add_row(name, str(senders), *(f"{value:,.0f}" for value in values))
        Console(width=120).print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        worker(*sys.argv[1:])
    else:
        main()
