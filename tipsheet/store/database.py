"""Opening the store: which database, with which settings, at which version."""

import sqlalchemy as sa

from tipsheet.store.ledger import METADATA

__all__ = ["open_store"]


def open_store(url: str) -> sa.Engine:
    """An engine on the store at this SQLAlchemy URL, with the tables of this version in it.

    SQLite: WAL, foreign keys on, ``synchronous=FULL``, five seconds of patience for a lock.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up)
    METADATA.create_all(engine)
    return engine


def _set_up(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
