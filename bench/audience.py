"""A million subscribers: counting, iterating and taking down the readers of an issue, on each database.

    make bench-audience
    BENCH_SUBSCRIBERS=100000 BENCH_DATABASES=sqlite make bench-audience

The people are fictional and the same every time. Each query stands beside the same query written by
hand and run on the bare driver, in turn, and the table has the least of `BENCH_RUNS` each; compare
the ratios, not the machine. PostgreSQL is a private cluster without fsync, made and removed by the
run. Memory is the peak of the process that asks, not of the server.
"""

import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from tests.databases import Cluster, postgresql_programs, start
from tipsheet.audience.conditions import condition, drop_indexes, make_indexes
from tipsheet.audience.readers import COLUMNS, combinations, each, memberships, readers
from tipsheet.audience.secret import Secret
from tipsheet.audience.subscriber import address_of, known
from tipsheet.model.segment import AllOf, AnyOf, Compare, Has, Not, Operator, Reader, Segment
from tipsheet.store.database import open_store
from tipsheet.store.tables import subscriber

SUBSCRIBERS = int(os.environ.get("BENCH_SUBSCRIBERS", "1000000"))
DATABASES = os.environ.get("BENCH_DATABASES", "sqlite,postgresql").split(",")
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
BATCH = 10_000
WHEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SECRET = Secret("a secret that is known to everybody who reads this")
TAGS = (*(f"tag-{number}" for number in range(8)), "trial")
CITIES = (*(f"City {number}" for number in range(200)), *["Toronto"] * 10)

MANAGER = Compare("role", Operator.IS, "manager")
BIG_TEAM = AllOf((MANAGER, Compare("seats", Operator.AT_LEAST, 20), Not(Has("tag", "trial"))))
SEGMENTS = (
    Segment(id="big-team", title="Big teams", rule=BIG_TEAM),
    Segment(id="managers", title="Managers", rule=MANAGER),
    Segment(id="sellers", title="Sellers", rule=AnyOf((Compare("role", Operator.IS, "seller"), Has("tag", "tag-1")))),
    Segment(id="toronto", title="Toronto", rule=Compare("city", Operator.IS, "Toronto")),
)

KNOWN = {"role": 0.9, "city": 0.8, "seats": 0.7}
"""Of how many people each attribute is known."""

FIELDS = {
    "sqlite": {name: f"json_extract(attributes, '$.\"{name}\"')" for name in KNOWN},
    "postgresql": {
        "role": "attributes ->> 'role'",
        "city": "attributes ->> 'city'",
        "seats": "CASE WHEN jsonb_typeof(attributes -> 'seats') = 'number' THEN (attributes ->> 'seats')::numeric END",
    },
}
TAGGED = (
    "EXISTS (SELECT 1 FROM subscriber_tag t JOIN tag ON tag.id = t.tag_id WHERE t.subscriber_id = s.id AND tag.name ="
)
COUNT_BY_HAND = """SELECT count(*) FROM subscriber s
    WHERE status = 'confirmed' AND {role} = 'manager' AND {seats} >= 20 AND NOT {tagged} 'trial')"""
GROUPS_BY_HAND = """SELECT m, count(*) FROM (SELECT
    CASE WHEN {role} = 'manager' AND {seats} >= 20 AND NOT {tagged} 'trial') THEN ' big-team' ELSE '' END
    || CASE WHEN {role} = 'manager' THEN ' managers' ELSE '' END
    || CASE WHEN {role} = 'seller' OR {tagged} 'tag-1') THEN ' sellers' ELSE '' END
    || CASE WHEN {city} = 'Toronto' THEN ' toronto' ELSE '' END AS m
    FROM subscriber s WHERE status = 'confirmed') x GROUP BY m"""
ROWS_BY_HAND = "SELECT id, email FROM subscriber WHERE status = 'confirmed' ORDER BY id"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: seconds, those by hand, what A5 asks of a million in SQLite, and a word on it."""

    what: str
    seconds: float
    by_hand: float | None = None
    goal: float | None = None
    found: str = ""


def people(count: int) -> Iterator[tuple[tuple[Any, ...], list[int]]]:
    """Rows of ``subscriber``, each with the numbers of its tags."""
    rng = random.Random(2007)
    for number in range(1, count + 1):
        facts = {
            "role": rng.choices(("manager", "seller", "jobseeker"), (2, 5, 3))[0],
            "city": rng.choice(CITIES),
            "seats": rng.randrange(1, 100),
        }
        facts = {name: value for name, value in facts.items() if rng.random() < KNOWN[name]}
        status = rng.choices(("confirmed", "unsubscribed", "pending", "bounced"), (85, 9, 4, 2))[0]
        address = f"reader.{number}@example.org"
        when = f"{WHEN:%Y-%m-%d %H:%M:%S.%f}"
        row = (number, f"{number:016}", address, address, "Dana", "Reader", status, json.dumps(facts), when, when)
        yield row, rng.sample(range(1, len(TAGS) + 1), rng.choice((0, 0, 1, 2)))


def fill(engine: sa.Engine, count: int) -> None:
    """Put people into an empty store, past everything that `tipsheet subscribers import` does for them."""
    columns = "id, public_id, email, email_norm, first_name, last_name, status, attributes, created_at, changed_at"
    raw = engine.raw_connection()
    cursor = raw.cursor()
    sqlite = engine.dialect.name == "sqlite"

    def write(table: str, rows: list[tuple[Any, ...]]) -> None:
        if sqlite:
            places = ", ".join("?" * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - our own words
        else:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    if sqlite:
        cursor.execute("BEGIN")
    write("tag (id, name)", list(enumerate(TAGS, start=1)))
    rows, tags = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for row, owned in people(count):
        rows.append(row)
        tags += [(row[0], tag) for tag in owned]
        if len(rows) == BATCH or row[0] == count:
            write(f"subscriber ({columns})", rows)
            write("subscriber_tag (subscriber_id, tag_id)", tags)
            rows, tags = [], []
    raw.commit()
    cursor.execute("ANALYZE")
    raw.commit()
    raw.close()


def least(*tasks: Callable[[], Any]) -> list[float]:
    """The least seconds that each task takes, run in turn."""
    best = [float("inf")] * len(tasks)
    for _ in range(RUNS):
        for number, task in enumerate(tasks):
            started = time.perf_counter()
            task()
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def bare(connection: sa.Connection, statement: str) -> list[Any]:
    """The last rows that the driver gives for a statement, fetched as `each` does."""
    driver: Any = connection.connection
    cursor = driver.cursor("bare") if connection.dialect.name == "postgresql" else driver.cursor()
    cursor.execute(statement)
    last: list[Any] = []
    while rows := cursor.fetchmany(2000):
        last = rows
    cursor.close()
    return last


def measure(connection: sa.Connection) -> Iterator[Row]:
    """Ask everything that a publication asks of its store."""
    dialect, c = connection.dialect.name, subscriber.c
    words = {"tagged": TAGGED, **FIELDS[dialect]}
    count = sa.select(sa.func.count()).select_from(subscriber)
    count = count.where(c.status == "confirmed", condition(BIG_TEAM, dialect))
    groups = combinations(SEGMENTS, dialect=dialect)

    def counted() -> int:
        return connection.execute(count).scalar_one()

    def counted_by_hand() -> int:
        found: int = bare(connection, COUNT_BY_HAND.format(**words))[0][0]
        return found

    def iterated(query: sa.Select[Any]) -> int:
        return sum(1 for _ in each(connection, query))

    def rows(segments: tuple[Segment, ...], *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
        return readers(segments, dialect=dialect, columns=columns or COLUMNS)

    if counted() != counted_by_hand():
        raise SystemExit("the count is not the one by hand")
    yield Row("count 3 conditions", *least(counted, counted_by_hand), 0.6, f"{counted():,} readers")
    make_indexes(connection, ("role",))
    yield Row("  with an index", *least(counted, counted_by_hand), 0.15, "segments index")
    drop_indexes(connection)
    found = f"{len(connection.execute(groups).all())} occur"
    by_hand = GROUPS_BY_HAND.format(**words)
    seconds = least(lambda: connection.execute(groups).all(), lambda: bare(connection, by_hand))
    yield Row("combinations of 4 segments", *seconds, found=found)
    short = rows((), c.id, c.email)
    seconds = least(lambda: iterated(short), lambda: bare(connection, ROWS_BY_HAND))
    yield Row("iterate, id and address", *seconds, 2.0, f"{iterated(short):,} rows")
    yield Row("  with their segments", *least(lambda: iterated(rows(SEGMENTS, c.id, c.email))))
    yield Row("  and all that a letter needs", *least(lambda: iterated(rows(SEGMENTS))))
    connection.rollback()
    yield Row("snapshot, INSERT SELECT", *least(lambda: copied(connection)), goal=5.0, found="without keys")
    yield Row("snapshot, keys by HMAC", *least(lambda: taken_down(connection)), found="row by row")
    yield Row("explain one person", *least(lambda: explain(connection)))


def explain(connection: sa.Connection) -> None:
    someone = known(connection, address_of(f"reader.{SUBSCRIBERS // 2}@example.org"))
    memberships(Reader(attributes=someone.attributes, tags=frozenset(someone.tags), status=someone.status), SEGMENTS)


SNAPSHOT = sa.Table(
    "bench_snapshot",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("send_id", sa.Integer, nullable=False),
    sa.Column("subscriber_id", sa.BigInteger, nullable=False),
    sa.Column("segments", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("message_key", sa.String(24), nullable=False, unique=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.UniqueConstraint("send_id", "subscriber_id"),
)
"""The shape of the ledger's rows: one a reader, with the key of the message and two things that are unique."""


def copied(connection: sa.Connection) -> None:
    """Let the database write a row for each reader, and undo it; public ids stand where keys would."""
    c = subscriber.c
    chosen = (sa.literal(1), c.id, c.email, c.public_id, sa.literal("queued"))
    names = ("send_id", "subscriber_id", "recipient", "message_key", "state", "segments")
    SNAPSHOT.create(connection)
    query = readers(SEGMENTS, dialect=connection.dialect.name, columns=chosen)
    connection.execute(sa.insert(SNAPSHOT).from_select(names, query))
    connection.rollback()


def taken_down(connection: sa.Connection) -> None:
    """Write a row for each reader, with a key that only Python can make, and undo it."""
    c = subscriber.c
    query = readers(SEGMENTS, dialect=connection.dialect.name, columns=(c.id, c.public_id, c.email))
    batch: list[dict[str, Any]] = []
    SNAPSHOT.create(connection)
    for row in each(connection, query):
        batch.append({
            "send_id": 1, "subscriber_id": row.id, "segments": row.segments, "recipient": row.email,
            "message_key": SECRET.message_key("2026-w48", row.public_id), "state": "queued",
        })  # fmt: skip
        if len(batch) == BATCH:
            connection.execute(sa.insert(SNAPSHOT), batch)
            batch = []
    if batch:
        connection.execute(sa.insert(SNAPSHOT), batch)
    connection.rollback()


def size(engine: sa.Engine) -> float:
    """MiB of the store."""
    statement = (
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        if engine.dialect.name == "sqlite"
        else "SELECT pg_database_size(current_database())"
    )
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar_one() / 2**20


@contextmanager
def database(name: str) -> Iterator[str]:
    """An empty database, removed afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        if name == "sqlite":
            yield f"sqlite:///{scratch}/audience.db"
            return
        programs = postgresql_programs()
        if programs is None:
            raise SystemExit("PostgreSQL is not installed; BENCH_DATABASES=sqlite leaves it out")
        folder = Path(scratch)
        server = start(folder, programs)
        try:
            ready = [programs / "pg_isready", "-q", "-h", folder, "-U", "tipsheet", "-d", "postgres"]
            while subprocess.run(ready, check=False).returncode:
                time.sleep(0.05)
            yield Cluster(folder, iter(range(9))).database().render_as_string(hide_password=False)
        finally:
            server.terminate()
            server.wait()


def child(task: str, url: str) -> Any:
    """What a process of its own says: its memory is that of the task alone."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.audience", task, url], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout or "null")


def work(task: str, url: str) -> None:
    engine = open_store(url)
    if task == "fill":
        fill(engine, SUBSCRIBERS)
        return
    stored = size(engine)
    with engine.connect() as connection:
        rows = [asdict(row) for row in measure(connection)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "memory": memory, "size": stored}))


def main() -> None:
    """Measure each database and print the table."""
    ratios = []
    for name in DATABASES:
        with database(name) as url:
            child("fill", url)
            said = child("measure", url)
        table = Table(
            "what", "seconds", "by hand", "ratio", "goal (A5)", "", title=f"{SUBSCRIBERS:,} subscribers in {name}"
        )
        for row in (Row(**values) for values in said["rows"]):
            ratio = row.seconds / row.by_hand if row.by_hand else None
            table.add_row(
                row.what, f"{row.seconds:.4f}", f"{row.by_hand:.4f}" if row.by_hand else "",
                f"{ratio:.2f}" if ratio else "", f"< {row.goal}" if row.goal and name == "sqlite" else "", row.found,
            )  # fmt: skip
            if ratio:
                ratios.append(f"{row.what.strip()} tipsheet/by hand in {name} at {SUBSCRIBERS} = {ratio:.2f}")
        Console(width=120).print(table)
        print(f"peak memory {said['memory']:.0f} MiB (goal < 200), store {said['size']:.0f} MiB\n")
    print(*ratios, sep="\n")


if __name__ == "__main__":
    work(*sys.argv[1:]) if sys.argv[1:] else main()
