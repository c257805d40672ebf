"""Versions of the store: which one it is at, and how it comes to ours."""

import itertools
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from tipsheet.store.columns import METADATA
from tipsheet.store.failures import StoreVersionError

__all__ = ["COPY_MARK", "VERSION", "VERSION_TABLE", "bring_up_to_date", "version_of"]

VERSION = "0005"
"""The newest migration; a test holds it to the scripts."""
COPY_MARK = ".before-"
VERSION_TABLE = "store_version"
UPGRADE_LOCK = 5_784_203_347_918
"""Number of the advisory lock under which PostgreSQL is upgraded; any that nobody else uses."""


def bring_up_to_date(engine: sa.Engine, file: Path | None) -> None:
    """Make or upgrade the tables, so that the store is at `VERSION`; ``file`` is the one of SQLite."""
    if file is not None:
        _private(file)
    with engine.connect() as connection:
        version = version_of(connection)
        if version is None:
            _refuse_foreign(connection)
        if not _behind(version):
            return
    if file is not None and version is not None:
        _copy(file, version)
    _migrate(engine)


def version_of(connection: sa.Connection) -> str | None:
    """The version a store is at; None where there is none yet."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _behind(version: str | None) -> bool:
    """Whether there is something to do; raises StoreVersionError for a version we do not know."""
    if version is None or version < VERSION:
        return True
    if version > VERSION:
        raise StoreVersionError(
            f"the store is at version {version}, and this tipsheet knows versions up to {VERSION}",
            "install the newer tipsheet that has written it: python -m pip install --upgrade tipsheet",
        )
    return False


def _refuse_foreign(connection: sa.Connection) -> None:
    """A database with tables in it that is not a store stays as it is."""
    tables = set(sa.inspect(connection).get_table_names())
    if tables and (connection.dialect.name == "sqlite" or tables & set(METADATA.tables)):
        raise StoreVersionError(
            "the database holds tables of something else", "give tipsheet a file or a database of its own"
        )


def _private(file: Path) -> None:
    """Let a new file be read by its owner alone; SQLite gives its companions the same permissions."""
    if file.parent.is_dir():
        file.touch(mode=0o600, exist_ok=True)


def _copy(file: Path, version: str) -> Path:
    """A copy of a store beside it, named after what it comes before; what waits in the WAL is in it."""
    name = f"{file.name}{COPY_MARK}{int(version) + 1:04}"
    names = itertools.chain([name], (f"{name}.{number}" for number in itertools.count(2)))
    target = next(path for path in map(file.with_name, names) if not path.exists())
    _private(target)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


def _migrate(engine: sa.Engine) -> None:
    """Run the scripts that are missing, all in one transaction; whoever comes second finds nothing to do."""
    from alembic import command  # noqa: PLC0415 - takes long, and hardly ever has anything to do
    from alembic.config import Config  # noqa: PLC0415

    scripts = Path(__file__).parent / "migrations"
    config = Config(attributes={})
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, VERSION)
