"""A list brought into the store: seconds and peak memory, on SQLite and PostgreSQL.

    python bench/import.py
    BENCH_ROWS=100000 python bench/import.py

The people are fictional, with a name, two attributes and up to two tags each. The last line is a
file of 1 GB for 1,000,000 rows, most of it a column that is left out; it is made while it is read
and never lies on the disk. PostgreSQL is a private cluster, when its programs are installed. Every
measurement is a process of its own; seconds are of the clock, memory is the most that it held.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
NOTE = 970
"""Characters that make 1,000,000 rows 1 GB."""
HEADER = "email,first_name,last_name,city,role,tags,note\n"


def rows(note: int = 0) -> Iterator[str]:
    chance = random.Random(1)
    yield HEADER
    for number in range(ROWS):
        city = chance.choice(("Utrecht", "Toronto", "Lisbon", "Nairobi", ""))
        tags = chance.choice(("", "", "sells", "trial", '"sells,trial"'))
        role = chance.choice(("manager", "seller", ""))
        yield f"reader{number}@example.org,First{number % 9973},Last{number % 797},{city},{role},{tags},{'x' * note}\n"


def child(task: str, url: str, file: Path) -> None:
    """One measurement."""
    from tipsheet.audience.exporting import export  # noqa: PLC0415 - the parent has no use for them
    from tipsheet.audience.importing.columns import Instructions  # noqa: PLC0415
    from tipsheet.audience.importing.run import Import  # noqa: PLC0415
    from tipsheet.audience.secret import Secret  # noqa: PLC0415
    from tipsheet.clock import current_time  # noqa: PLC0415
    from tipsheet.model.segment import Attribute, AttributeType  # noqa: PLC0415
    from tipsheet.store.database import open_store  # noqa: PLC0415

    store = open_store(url)
    if task == "export":
        began = time.perf_counter()
        with file.open("w", encoding="utf-8", newline="") as text, store.connect() as connection:
            said = f"{export(connection, text):,} people"
    else:
        attributes = tuple(Attribute(name=name, type=AttributeType.TEXT) for name in ("city", "role"))
        mapped = {name: (name,) for name in ("email", "first_name", "last_name", "tags")}
        instructions = Instructions(consent="a bench", attributes=attributes, mapped=mapped)
        began = time.perf_counter()
        work = Import(engine=store, secret=Secret("b" * 32), now=current_time(os.environ), instructions=instructions)
        tally = work.take([file])[0].tally
        said = f"{tally.added:,} added, {tally.unchanged:,} unchanged"
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:7.1f} s {ROWS / seconds:9,.0f} rows/s {memory:6.0f} MiB  {said}")


def measure(title: str, task: str, url: str, file: Path) -> None:
    done = subprocess.run([sys.executable, __file__, task, url, file], check=True, capture_output=True, text=True)
    print(f"{title:42}{done.stdout.rstrip()}", flush=True)


def feed(pipe: Path) -> None:
    with pipe.open("w") as stream:
        stream.writelines(rows(NOTE))


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, str]]:
    """Where empty stores are."""
    from tests.databases import postgresql_programs, running_cluster  # noqa: PLC0415 - needs pytest

    urls = {"SQLite": f"sqlite:///{folder / 'audience.db'}"}
    programs = postgresql_programs()
    if programs is None:
        yield urls
        return
    with running_cluster(programs, ()) as cluster:
        yield urls | {"PostgreSQL": cluster.database().render_as_string(hide_password=False)}


def main() -> None:
    print(f"{ROWS:,} rows")
    with tempfile.TemporaryDirectory() as name, stores(Path(name)) as urls:
        folder = Path(name)
        file, out, pipe = folder / "list.csv", folder / "out.csv", folder / "stream.csv"
        with file.open("w") as stream:
            stream.writelines(rows())
        for database, url in urls.items():
            measure(f"{database}: import into an empty store", "import", url, file)
            measure(f"{database}: the same file again", "import", url, file)
            measure(f"{database}: export", "export", url, out)
        os.mkfifo(pipe)
        feeder = threading.Thread(target=feed, args=(pipe,))
        feeder.start()
        size = ROWS * (NOTE + 70) / 2**30
        measure(f"SQLite: {size:.1f} GiB as a stream", "import", f"sqlite:///{folder / 'stream.db'}", pipe)
        feeder.join()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    else:
        main()
