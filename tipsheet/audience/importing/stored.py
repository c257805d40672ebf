"""What the store knows about the people of a batch."""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.enrolment import ids_of_names
from tipsheet.audience.importing.candidate import Candidate
from tipsheet.audience.importing.decisions import Held
from tipsheet.store.columns import within
from tipsheet.store.tables import subscriber, subscriber_tag, subscription, tag, topic

__all__ = [
    "LinesSeen", "Names", "held_people", "ids_of", "names_of", "taken_ids",
]  # fmt: skip

PARAMETERS = 5_000
"""Of one statement; databases have a limit."""


def held_people(connection: sa.Connection, people: Collection[str]) -> dict[str, Held]:
    """Those who are subscribers already, by their normalised address."""
    query = sa.select(
        subscriber.c.id, subscriber.c.email_norm, subscriber.c.status, subscriber.c.first_name, subscriber.c.last_name,
        subscriber.c.locale, subscriber.c.frequency, subscriber.c.paused_until, subscriber.c.attributes,
        subscriber.c.confirmed_at, subscriber.c.changed_at,
    ).where(within(connection, subscriber.c.email_norm, people))  # fmt: skip
    rows = connection.execute(query).all()
    if not rows:
        return {}
    ids = [row.id for row in rows]
    tags = names_of(connection, ids, subscriber_tag, subscriber_tag.c.tag_id, tag)
    topics = names_of(connection, ids, subscription, subscription.c.topic_id, topic)
    return {
        row.email_norm: Held(
            id=row.id,
            status=row.status,
            first_name=row.first_name,
            last_name=row.last_name,
            locale=row.locale,
            frequency=row.frequency,
            paused_until=row.paused_until,
            attributes=row.attributes,
            confirmed_at=row.confirmed_at,
            changed_at=row.changed_at,
            tags=frozenset(tags.get(row.id, ())),
            topics=frozenset(topics.get(row.id, ())),
        )
        for row in rows
    }


def names_of(
    connection: sa.Connection, ids: Collection[int], links: sa.Table, key: sa.Column[Any], named: sa.Table
) -> dict[int, set[str]]:
    """Names of the tags or topics of some subscribers."""
    query = sa.select(links.c.subscriber_id, named.c.name).join_from(links, named, key == named.c.id)
    found: dict[int, set[str]] = {}
    for number, name in connection.execute(query.where(within(connection, links.c.subscriber_id, ids))):
        found.setdefault(number, set()).add(name)
    return found


def ids_of(connection: sa.Connection, norms: Collection[str]) -> dict[str, int]:
    """Numbers of subscribers by their normalised addresses."""
    query = sa.select(subscriber.c.email_norm, subscriber.c.id).where(
        within(connection, subscriber.c.email_norm, norms)
    )
    return {row.email_norm: row.id for row in connection.execute(query)}


def taken_ids(connection: sa.Connection, new: Mapping[str, Candidate]) -> list[str]:
    """Addresses of new people whose public id is somebody else's, in the store or before them in the batch."""
    given = [candidate.public_id for candidate in new.values() if candidate.public_id]
    if not given:
        return []
    query = sa.select(subscriber.c.public_id).where(within(connection, subscriber.c.public_id, given))
    taken = set(connection.execute(query).scalars())
    refused = []
    for norm, candidate in new.items():
        if candidate.public_id in taken:
            refused.append(norm)
        elif candidate.public_id:
            taken.add(candidate.public_id)
    return refused


class Names:
    """Numbers of tags, or of topics, by their names, remembered from batch to batch."""

    MOST = 50_000
    """Names that are remembered; a file may have a tag of its own for each person."""

    def __init__(self, table: sa.Table) -> None:
        self._table = table
        self._known: dict[str, int] = {}

    def ids(self, connection: sa.Connection, names: Collection[str]) -> Mapping[str, int]:
        """Numbers of at least these names; a name that is new gets one."""
        if len(self._known) > self.MOST:
            self._known.clear()
        missing = sorted(set(names).difference(self._known))
        for start in range(0, len(missing), PARAMETERS):
            some = missing[start : start + PARAMETERS]
            self._known.update(ids_of_names(connection, self._table, some))
        return self._known

    def forget(self) -> None:
        """Forget them: what was written is not kept."""
        self._known.clear()


class LinesSeen:
    """The lines on which the people of a file stand first.

    In a database of SQLite without a name, which lies on the disk where it is large and vanishes with
    the process: memory stays flat, and what was seen outlives the transactions of the store.
    """

    def __init__(self) -> None:
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA journal_mode=OFF")
        self._seen.execute("CREATE TABLE seen (email_norm TEXT PRIMARY KEY, line INTEGER, added INTEGER) WITHOUT ROWID")

    def among(self, norms: Iterable[str]) -> dict[str, tuple[int, bool]]:
        """First lines of those who stood in an earlier batch, and whether each was added by it."""
        known = list(norms)
        query = f"SELECT email_norm, line, added FROM seen WHERE email_norm IN ({','.join('?' * len(known))})"  # noqa: S608 - only marks
        return {norm: (line, bool(added)) for norm, line, added in self._seen.execute(query, known)}

    def add(self, lines: Mapping[str, int], added: Collection[str]) -> None:
        """Remember the people of a batch, and which of them were added by it."""
        rows = [(norm, line, norm in added) for norm, line in lines.items()]
        self._seen.execute("BEGIN")
        self._seen.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", rows)
        self._seen.execute("COMMIT")

    def close(self) -> None:
        """Forget them."""
        self._seen.close()
