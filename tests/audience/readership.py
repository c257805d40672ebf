"""Subscribers in a store, as tests put them there, and as rules know them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tipsheet.model.segment import Reader
from tipsheet.store.tables import subscriber, subscriber_tag, subscription, tag, topic

WHEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def put(connection: sa.Connection, people: Iterable[Reader], **columns: Mapping[int, Any]) -> None:
    """Add people, numbered from 1, as ``p1@example.org`` and so on; ``columns`` says more of some of them."""
    people = tuple(people)
    if not people:
        return
    rows = [
        {
            "id": number,
            "public_id": f"p{number}",
            "email": f"P{number}@example.org",
            "email_norm": f"p{number}@example.org",
            "first_name": "",
            "last_name": "",
            "status": person.status,
            "locale": person.locale,
            "attributes": dict(person.attributes),
            "created_at": WHEN,
            "changed_at": WHEN,
        }
        | {name: values[number] for name, values in columns.items() if number in values}
        for number, person in enumerate(people, start=1)
    ]
    connection.execute(sa.insert(subscriber), rows)
    for names, owned, key, owners in (
        (tag, subscriber_tag, "tag_id", [p.tags for p in people]),
        (topic, subscription, "topic_id", [p.topics for p in people]),
    ):
        ids = {name: number for number, name in enumerate(sorted(frozenset().union(*owners)), start=1)}
        if ids:
            connection.execute(sa.insert(names), [{"id": number, "name": name} for name, number in ids.items()])
            connection.execute(
                sa.insert(owned),
                [
                    {"subscriber_id": number, key: ids[name]}
                    for number, mine in enumerate(owners, start=1)
                    for name in sorted(mine)
                ],
            )
