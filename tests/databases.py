"""Stores for tests: each of these fixtures is fresh, on SQLite and on a PostgreSQL of our own.

A test that takes `store` or `store_url` runs on both. The PostgreSQL cluster is made once a session,
listens on a socket in a temporary folder only, and ends with the process that started it. A database that a test
leaves as it found it, but for rows, is emptied for the next one: to make a new one takes five times as long.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest
import sqlalchemy as sa

from tipsheet.store.database import open_store

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
PASSWORD = "correct-horse-battery"  # noqa: S105 - of a role in a database that lives as long as the tests
ACCESS = "local all locked scram-sha-256\nlocal all all trust\n"
SCHEMA = """
SELECT md5(string_agg(thing, '|' ORDER BY thing)) FROM (
  SELECT concat_ws(' ', relname, relkind, relacl, reloptions) FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef, attidentity)
    FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT concat_ws(' ', tgname, tgrelid, tgenabled) FROM pg_trigger
  UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS things (thing)
"""
VERSION = sa.table("store_version", sa.column("version_num")).c.version_num
LARGE = 2**20
"""Bytes of tables from which on a database is not used again: what was deleted from them is still looked through."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; ``locked`` is a role that needs `PASSWORD`."""

    folder: Path
    counter: Iterator[int]
    empty: list[str] = field(default_factory=list)
    """Names of databases with an empty store."""

    def url(self, database: str, user: str = "tipsheet", password: str | None = None) -> sa.URL:
        return sa.URL.create(
            "postgresql+psycopg", username=user, password=password, database=database, query={"host": str(self.folder)}
        )

    def database(self, template: str = "template1") -> sa.URL:
        """A new database."""
        name = f"test_{next(self.counter)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    @cached_property
    def template(self) -> "Template":
        """A database with an empty store."""
        url = self.database()
        open_store(url).dispose()
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            version = connection.execute(sa.select(VERSION)).scalar_one()
            return Template(str(url.database), connection.execute(sa.text(SCHEMA)).scalar_one(), version)

    @contextmanager
    def store(self) -> Iterator[sa.URL]:
        """A database with an empty store, which another test gets when it is left as it was."""
        name = self.empty.pop() if self.empty else str(self.database(self.template.name).database)
        yield self.url(name)
        if self.template.restored(self.url(name)):
            self.empty.append(name)
        else:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, statement: str) -> None:
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(statement))


@dataclass(frozen=True)
class Template:
    """The schema of an empty store, and the one row that it has."""

    name: str
    schema: str
    version: str

    def restored(self, url: sa.URL) -> bool:
        """Empty a store again; False when that is not all that was done to it."""
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            run = connection.exec_driver_sql
            run(
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            tables = run(
                "SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).all()
            if run(SCHEMA).scalar_one() != self.schema or sum(size for _, size in tables) > LARGE:
                return False
            run("SET LOCAL session_replication_role = replica")  # no trigger forbids, no key refers
            for table, _ in tables:
                connection.execute(sa.delete(sa.table(table)))
            run("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")
            connection.execute(sa.insert(VERSION.table).values(version_num=self.version))
        return True


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


def stop(server: subprocess.Popen[bytes], *, orderly: bool = True) -> None:
    """A fast shutdown: it does not wait for who is connected; an immediate one does not write what it keeps either."""
    server.send_signal(signal.SIGINT if orderly else signal.SIGQUIT)
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
            stop(server, orderly=False)
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
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was migrated once: copying it is quicker than making it."""
    file = tmp_path_factory.mktemp("store") / "template.db"
    open_store(f"sqlite:///{file}").dispose()
    return file


@pytest.fixture
def postgresql_url(cluster: Cluster) -> str:
    """An empty database of PostgreSQL; a test that takes it has the marker ``postgresql``."""
    return cluster.database().render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A file of SQLite that does not exist yet."""
    return f"sqlite:///{tmp_path / 'audience.db'}"


@pytest.fixture
def sqlite_store_url(sqlite_template: Path, sqlite_url: str) -> str:
    """A file of SQLite with an empty store."""
    shutil.copy(sqlite_template, str(sa.make_url(sqlite_url).database))
    return sqlite_url


@pytest.fixture(params=BOTH)
def new_url(request: pytest.FixtureRequest) -> str:
    """Where no store is yet, on each database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where an empty store is, on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store_url")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.store() as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def store(store_url: str) -> Iterator[sa.Engine]:
    """An empty store, open, on each database."""
    engine = open_store(store_url)
    yield engine
    engine.dispose()
