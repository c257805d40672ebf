"""Stores for tests: each of these fixtures is fresh, on SQLite and on a PostgreSQL of our own.

A test that takes `store` or `store_url` runs on both. The PostgreSQL cluster is made once a session,
listens on a socket in a temporary folder only, and ends with the process that started it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from tipsheet.store.database import open_store

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
PASSWORD = "correct-horse-battery"  # noqa: S105 - of a role in a database that lives as long as the tests
ACCESS = "local all locked scram-sha-256\nlocal all all trust\n"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; ``locked`` is a role that needs `PASSWORD`."""

    folder: Path
    counter: Iterator[int]

    def url(self, database: str, user: str = "tipsheet", password: str | None = None) -> sa.URL:
        return sa.URL.create(
            "postgresql+psycopg", username=user, password=password, database=database, query={"host": str(self.folder)}
        )

    def database(self, template: str = "template1") -> sa.URL:
        """A new database."""
        name = f"test_{next(self.counter)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def run(self, statement: str) -> None:
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))


def postgresql_programs() -> Path | None:
    """Where initdb and postgres are; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    folders = (
        [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def as_who() -> list[str]:
    """Words before a command that runs it as somebody other than root, which PostgreSQL insists on."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]


def make(folder: Path, programs: Path) -> None:
    """Make a cluster in the folder."""
    who = as_who()
    if who:
        shutil.chown(folder, int(who[1].partition("=")[2]), int(who[2].partition("=")[2]))
    data = folder / "data"
    made = [*who, programs / "initdb", "-D", data, "-U", "tipsheet", "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run([*made, "--locale=C"], check=True, capture_output=True, cwd=folder)
    (data / "pg_hba.conf").write_text(ACCESS)


def start(folder: Path, programs: Path, settings: Sequence[str] = QUICK) -> subprocess.Popen[bytes]:
    """Start the cluster in the folder, and wait until it answers; it ends when we do."""
    settings = (*settings, "shared_buffers=16MB", "listen_addresses=", f"unix_socket_directories={folder}")
    options = [word for setting in settings for word in ("-c", setting)]
    who = as_who()
    dies = [*(who or ["setpriv"]), "--pdeathsig=SIGQUIT"] if shutil.which("setpriv") else who
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            [*dies, programs / "postgres", "-D", folder / "data", *options], cwd=folder, stdout=log, stderr=log
        )
    ready = [programs / "pg_isready", "-q", "-h", folder, "-U", "tipsheet", "-d", "postgres"]
    while subprocess.run(ready, check=False).returncode:
        if server.poll() is not None:
            raise RuntimeError((folder / "log").read_text())
    return server


def stop(server: subprocess.Popen[bytes]) -> None:
    """A fast shutdown: it does not wait for who is connected."""
    server.send_signal(signal.SIGINT)
    server.wait()


@contextmanager
def running_cluster(programs: Path, settings: Sequence[str] = QUICK) -> Iterator[Cluster]:
    """A PostgreSQL for as long as the block; without `QUICK` it keeps its word about the disk."""
    folder = Path(tempfile.mkdtemp(prefix="tipsheet-pg-"))
    try:
        make(folder, programs)
        server = start(folder, programs, settings)
        try:
            yield Cluster(folder, iter(range(1_000_000)))
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with running_cluster(programs) as cluster:
        cluster.run(f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'")
        yield cluster


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Stores that were migrated once: copying one is quicker than making it."""
    file = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{file}").dispose()
    return {"sqlite": str(file)}


@pytest.fixture
def postgresql_url(cluster: Cluster) -> str:
    """An empty database of PostgreSQL; a test that takes it has the marker ``postgresql``."""
    return cluster.database().render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file of SQLite that does not exist yet."""
    return f"sqlite:///{tmp_path / 'audience.db'}"


@pytest.fixture(params=BOTH)
def new_url(request: pytest.FixtureRequest) -> str:
    """Where no store is yet, on each database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, templates: dict[str, str], tmp_path: Path) -> str:
    """Where an empty store is, on each database."""
    if request.param == "sqlite":
        shutil.copy(templates["sqlite"], tmp_path / "audience.db")
        return f"sqlite:///{tmp_path / 'audience.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    if "postgresql" not in templates:
        url = cluster.database()
        open_store(url).dispose()
        templates["postgresql"] = str(url.database)
    return cluster.database(templates["postgresql"]).render_as_string(hide_password=False)


@pytest.fixture
def store(store_url: str) -> Iterator[sa.Engine]:
    """An empty store, open, on each database."""
    engine = open_store(store_url)
    yield engine
    engine.dispose()
