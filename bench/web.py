"""One click to leave under load, beside a bare route of Flask on the same server.

    make bench-web
    BENCH_READERS=20000 BENCH_CONNECTIONS=50 BENCH_ROUNDS=3 make bench-web

50 connections are kept open, as by a proxy, and each asks as soon as it is answered. Every request is the one of a
mailbox provider (RFC 8058) with a token of its own, so that each writes: the reader's row and an event at the end of
the chain of consent, in one transaction that is on the disk before the answer (SQLite: synchronous FULL; PostgreSQL:
fsync). The bare route answers "ok" and keeps nothing; the one beside it commits a row. What asks and what answers
share the machine's cores. Beside an import of BENCH_ROWS people, readers leave at 20 a second.

listmonk, the nearest program, documents what a campaign needs (a fraction of a core for 7 million mails), and nothing
of requests a second: there is no figure to stand beside.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests import databases  # noqa: E402
from tests.audience.people import FORM, NOW, SECRET, person  # noqa: E402
from tests.web.builders import left_by_a_build  # noqa: E402
from tests.web.load import Load, hammer, one_click  # noqa: E402
from tests.web.processes import web  # noqa: E402
from tipsheet.audience.register import open_register  # noqa: E402
from tipsheet.audience.transitions import add  # noqa: E402
from tipsheet.store.database import open_store  # noqa: E402
from tipsheet.store.tables import subscriber  # noqa: E402

READERS = int(os.environ.get("BENCH_READERS", "6000"))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "50"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
WORKERS = int(os.environ.get("BENCH_WORKERS", "4"))
KILLS = int(os.environ.get("BENCH_KILLS", "5"))
BARE = """
import sqlite3, sys, threading
from flask import Flask
sys.path.insert(0, {root!r})
from tipsheet.web import serve_at
app, own, turn = Flask("bare"), threading.local(), threading.Lock()
def store():
    if not hasattr(own, "db"):
        own.db = sqlite3.connect({db!r}, timeout=30, isolation_level=None)
        own.db.execute("PRAGMA journal_mode=WAL"); own.db.execute("PRAGMA synchronous=FULL")
        own.db.execute("CREATE TABLE IF NOT EXISTS t (x)")
    return own.db
@app.post("/leave/<token>")
def leave(token):
    if {writes!r}:
        with turn:
            store().execute("INSERT INTO t VALUES (?)", (token,))
    return "ok"
server = serve_at(app, "127.0.0.1", 0, 8)
print(server.url, file=sys.stderr, flush=True)
server.run()
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    load: Load
    goal: str = ""


def people(url: str, count: int, start: int = 0) -> list[bytes]:
    """Confirmed readers in the store, and the request by which each leaves."""
    store = open_store(url)
    tokens = []
    for batch in range(start, start + count, 1000):
        with open_register(store, SECRET, now=NOW) as register:
            for number in range(batch, min(batch + 1000, start + count)):
                someone = add(register, person(f"r{number}@example.org"), FORM, confirmed=True)
                tokens.append(SECRET.leave_token(someone.public_id))
    store.dispose()
    return [one_click(token) for token in tokens]


@contextmanager
def bare(folder: Path, *, writes: bool) -> Iterator[int]:
    code = BARE.format(root=str(ROOT), db=str(folder / "bare.db"), writes=writes)
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield int((process.stderr or sys.stdin).readline().rsplit(":", 1)[1])
        finally:
            process.kill()


@contextmanager
def gunicorn(folder: Path, url: str) -> Iterator[int]:
    told = {"TIPSHEET_SECRET": SECRET.text, "TIPSHEET_DATABASE_URL": url, "TIPSHEET_ROOT": str(folder)}
    told |= {"TIPSHEET_THROUGH": "nobody"}
    command = [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "--threads", "4", "-b", "127.0.0.1:0"]
    with subprocess.Popen(
        [*command, "tipsheet.web:app"], env={**os.environ, **told}, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        try:
            said, port, ready = process.stderr or sys.stdin, 0, 0
            while ready < WORKERS:
                line = said.readline()
                port = int(line.rsplit(":", 1)[1].split()[0]) if "Listening at" in line else port
                ready += "Booting worker" in line
            threading.Thread(target=said.read, daemon=True).start()
            time.sleep(3)  # they import after they are announced
            yield port
        finally:
            process.terminate()
            process.wait()


def beside_an_import(folder: Path, url: str, calls: list[bytes]) -> Load:
    """Readers leave at 20 a second for as long as an import is at work."""
    file = folder / "list.csv"
    with file.open("w") as text:
        text.write("email,first_name,status\n")
        text.writelines(f"n{number}@example.net,N{number},confirmed\n" for number in range(ROWS))
    (folder / "mkdocs.yml").write_text((ROOT / "mkdocs.yml").read_text())
    told = {"TIPSHEET_SECRET": SECRET.text, "TIPSHEET_DATABASE_URL": url}
    command = [
        sys.executable,
        "-m",
        "tipsheet",
        "subscribers",
        "import",
        str(file),
        "--consent",
        "By the form of the old list",
    ]
    total = Load()
    with web(folder, url) as running:
        running.asked("GET", "/readyz")
        with subprocess.Popen(
            command, cwd=folder, env={**os.environ, **told}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            said = []
            reader = threading.Thread(target=lambda: said.append(process.stdout.read()), daemon=True)  # type: ignore[union-attr]
            reader.start()
            at = 0
            while process.poll() is None and at < len(calls):
                part = hammer(running.port, calls[at : at + 20], 10, rate=20)
                at += 20
                total.waits += part.waits
                total.seconds += part.seconds
            reader.join(60)
            if process.returncode:
                raise SystemExit(said[0].decode())
    return total


def killed(folder: Path, url: str, calls: list[bytes]) -> tuple[int, int]:
    """Answers before a kill -9, and how many of them are not in the store."""
    found: list[Load] = []
    with web(folder, url) as running:
        running.asked("GET", "/readyz")
        thread = threading.Thread(target=lambda: found.append(hammer(running.port, calls, CONNECTIONS)))
        thread.start()
        time.sleep(1)
        running.process.kill()
        thread.join()
    tokens = [calls[number].split(b" ", 2)[1].decode().rpartition("/")[2] for number in found[0].done]
    store = open_store(url)
    with store.connect() as connection:
        rows = connection.execute(
            sa.select(subscriber.c.public_id).where(subscriber.c.status == "unsubscribed")
        ).scalars()
        left = set(rows)
    store.dispose()
    return len(tokens), sum(SECRET.public_id(token) not in left for token in tokens)


def rounds(folder: Path, cluster: databases.Cluster | None) -> Iterator[Row]:
    """Every measurement of one round."""
    nobody = [one_click("a" * 32)] * READERS
    with bare(folder, writes=False) as port:
        yield Row("bare Flask route", hammer(port, nobody, CONNECTIONS))
    with bare(folder, writes=True) as port:
        yield Row("bare Flask route, a row committed", hammer(port, nobody, CONNECTIONS))
    url = f"sqlite:///{folder / 'audience.db'}"
    calls = people(url, READERS)
    with web(folder, url) as running:
        running.asked("GET", "/readyz")
        yield Row("leave, SQLite FULL", hammer(running.port, calls, CONNECTIONS), ">= 300/s, p99 <= 200 ms")
    if cluster is not None:
        url = cluster.database().render_as_string(hide_password=False)
        calls = people(url, READERS)
        with gunicorn(folder, url) as port:
            name = f"leave, PostgreSQL, {WORKERS} gunicorn"
            yield Row(name, hammer(port, calls, CONNECTIONS), ">= 300/s, p99 <= 200 ms")


def beside_and_killed(folder: Path, url: str) -> Iterator[tuple[str, str]]:
    """What is measured once: an import beside, and the service killed."""
    load = beside_an_import(folder, url, people(url, 4000))
    half, most, longest = (pick(load) for pick in PICKS[1:])
    figures = f"{len(load.waits):,} left; p50 {half:.0f} ms, p99 {most:.0f} ms, longest {longest:.0f} ms"
    yield f"leave while {ROWS:,} rows are imported (p99 <= 1 s)", figures
    counts = [killed(folder, url, people(url, 1500, 10_000 + 2000 * number)) for number in range(KILLS)]
    yield f"kill -9, {KILLS} times", f"{sum(n for n, _ in counts):,} answered, {sum(lost for _, lost in counts)} lost"


def main() -> None:
    console = Console(width=110)
    with ExitStack() as stack:
        programs = databases.postgresql_programs()
        cluster = stack.enter_context(databases.running_cluster(programs, ())) if programs else None
        found: dict[str, list[Row]] = {}
        for _ in range(ROUNDS):
            folder = Path(tempfile.mkdtemp(prefix="tipsheet-web-"))
            left_by_a_build(folder / "outbox")
            for row in rounds(folder, cluster):
                found.setdefault(row.what, []).append(row)
                if set(row.load.statuses) != {200}:
                    raise SystemExit(f"{row.what}: {row.load.statuses}")
            shutil.rmtree(folder)
        table = Table("what", "a second", "p50 ms", "p99 ms", "longest ms", "goal")
        for what, some in found.items():
            figures = [statistics.median(pick(row.load) for row in some) for pick in PICKS]
            table.add_row(what, *(f"{figure:,.0f}" for figure in figures), some[0].goal)
        console.print(table)
        for name in ("SQLite", *(["PostgreSQL"] if cluster else [])):
            folder = Path(tempfile.mkdtemp(prefix="tipsheet-web-"))
            left_by_a_build(folder / "outbox")
            url = f"sqlite:///{folder / 'audience.db'}"
            if name == "PostgreSQL" and cluster is not None:
                url = cluster.database().render_as_string(hide_password=False)
            for what, figure in beside_and_killed(folder, url):
                console.print(f"{name}: {what}: {figure}")
            shutil.rmtree(folder)


PICKS = (
    lambda load: load.rate,
    lambda load: load.percentile(0.5) * 1000,
    lambda load: load.percentile(0.99) * 1000,
    lambda load: max(load.waits) * 1000,
)

if __name__ == "__main__":
    main()
