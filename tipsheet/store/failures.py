"""Errors of the store: exceptions of databases are mapped here once, to words without a secret or a person.

::

    StoreError               1     the store cannot be used; its message says why
    ├── StoreVersionError    1     it was made by a newer tipsheet, or is no store at all
    ├── NoStoreError         2     nobody has made one yet, or there is nobody in it
    ├── VanishedStoreError   1     its file is gone, or another lies in its place
    ├── StoreBusyError       75    somebody else is writing to it
    └── UnreachableStoreError 69   no server answers, or it does not let us in
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from tipsheet.errors import TipsheetError

__all__ = [
    "NoStoreError", "StoreBusyError", "StoreError", "StoreVersionError", "UnreachableStoreError", "VanishedStoreError",
    "in_plain_words", "shown",
]  # fmt: skip


class StoreError(TipsheetError):
    """The store cannot be used."""


class StoreVersionError(StoreError):
    """The store was made by a newer tipsheet, or the database holds something else."""


class NoStoreError(StoreError):
    """The publication has no store yet, and the command makes none."""

    exit_code = 2


class VanishedStoreError(StoreError):
    """The file of the store was taken away while it was in use."""


class StoreBusyError(StoreError):
    """Another process is writing and did not finish in time."""

    exit_code = 75


class UnreachableStoreError(StoreError):
    """The database server cannot be reached, or does not let us in."""

    exit_code = 69


SQLITE = (
    ("locked", StoreBusyError, "another command is writing to {store}", "wait until it has finished"),
    ("disk is full", StoreError, "the disk of {store} is full", "make room, then run the command again"),
    ("readonly", StoreError, "{store} can only be read", "look at the permissions of the file and its folder"),
    ("unable to open", StoreError, "{store} cannot be opened", "look at its folder: does it exist, may you write?"),
    ("not a database", StoreVersionError, "{store} is not a database", "name another file"),
    ("malformed", StoreError, "{store} is damaged", "bring back your last copy of it"),
)
"""A part of what SQLite says, and what it means."""


@contextmanager
def in_plain_words(url: sa.URL) -> Iterator[None]:
    """Turn what SQLAlchemy raises into a StoreError whose text holds no password, no parameter and no row."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _mapped(error, url) from error


def _mapped(error: sa.exc.DBAPIError, url: sa.URL) -> StoreError:
    said = str(error.orig)
    if url.get_backend_name() == "sqlite":
        store = f"'{url.database}'"
        for part, kind, message, hint in SQLITE:
            if part in said:
                return kind(message.format(store=store), hint)
    elif error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        reason = " ".join(said.split()) or "the connection was lost"
        if url.password:
            reason = reason.replace(str(url.password), "***")
        return UnreachableStoreError(
            f"the store at {shown(url)} cannot be reached: {reason}",
            "look at TIPSHEET_DATABASE_URL, and whether the server runs and lets you in",
        )
    return StoreError(f"the store refused a statement ({type(error.orig).__name__})")


def shown(url: sa.URL) -> str:
    """The URL without its password, and without the query, which may hold one as well."""
    return url.set(query={}).render_as_string()
