"""What the store knows about the people of a batch."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.enrolment import ids_of_names
from tipsheet.audience.importing.candidate import Candidate
from tipsheet.audience.importing.decisions import Held
from tipsheet.store.columns import within
from tipsheet.store.people import subscriber, subscriber_tag, subscription, tag, topic

__all__ = [
    "LinesSeen", "Names", "held_people", "ids_of", "names_of", "taken_ids",
]  # fmt: skip

PARAMETERS = 5_000
"""Of one statement; databases have a limit."""


def held_people(connection: sa.Connection, people: Collection[str]) -> dict[str, Held]:
    """Those who are subscribers already, by their normalised address."""
    query = sa.select(
        subscriber.c.id, subscriber.c.email_norm, subscriber.c.status, subscriber.c.first_name, subscriber.c.last_name,
        subscriber.c.locale, subscriber.c.frequency, subscriber.c.attributes, subscriber.c.confirmed_at,
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
            attributes=row.attributes,
            confirmed_at=row.confirmed_at,
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

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        self._connection = connection
        self._table = table
        self._known: dict[str, int] = {}

    def ids(self, names: Collection[str]) -> Mapping[str, int]:
        """Numbers of at least these names; a name that is new gets one."""
        if len(self._known) > self.MOST:
            self._known.clear()
        missing = sorted(set(names).difference(self._known))
        for start in range(0, len(missing), PARAMETERS):
            some = missing[start : start + PARAMETERS]
            self._known.update(ids_of_names(self._connection, self._table, some))
        return self._known


class LinesSeen:
    """The lines on which the people of a file stand first, kept in the database so that memory stays flat."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._table = sa.Table(
            "imported_line",
            sa.MetaData(),
            sa.Column("email_norm", sa.Text, primary_key=True),
            sa.Column("line", sa.Integer, nullable=False),
            prefixes=["TEMPORARY"],
            sqlite_with_rowid=False,
        )
        self._table.drop(connection, checkfirst=True)
        self._table.create(connection, checkfirst=False)

    def among(self, norms: Iterable[str]) -> dict[str, int]:
        """First lines of those who stood in an earlier batch."""
        table = self._table
        query = sa.select(table.c.email_norm, table.c.line).where(
            within(self._connection, table.c.email_norm, list(norms))
        )
        return {row.email_norm: row.line for row in self._connection.execute(query)}

    def add(self, lines: Mapping[str, int]) -> None:
        """Remember the people of a batch."""
        if lines:
            rows = [{"email_norm": norm, "line": line} for norm, line in lines.items()]
            self._connection.execute(sa.insert(self._table), rows)

    def close(self) -> None:
        """Forget them."""
        self._table.drop(self._connection)
