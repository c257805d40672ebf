"""The register: the store opened for a change of subscribers in one transaction, and adding people to it in batches."""

import base64
import datetime as dt
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentEvent, ConsentKind, Entropy, Evidence, append, hold
from tipsheet.audience.secret import Secret, keep
from tipsheet.audience.subscriber import LABELS, NewSubscriber, Subscriber
from tipsheet.store.database import give_way, writing
from tipsheet.store.tables import subscriber

__all__ = ["Register", "enrol", "ids_of_names", "label", "link", "new_public_id", "open_register"]

PUBLIC_ID_BYTES = 10

BATCH = 500
"""Addresses in one query; more do not fit into its parameters on either database."""
KINDS = {"pending": ConsentKind.ADDED, "confirmed": ConsentKind.CONFIRMED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """A transaction that changes subscribers, with the secret and the randomness; ``now`` is the time of the change."""

    connection: sa.Connection
    secret: Secret
    now: dt.datetime
    entropy: Entropy = os.urandom

    def public_id(self) -> str:
        """A public id for a new subscriber, see `new_public_id`."""
        return new_public_id(self.entropy)

    def change(self, someone: Subscriber, columns: Iterable[str], kind: ConsentKind, evidence: Evidence) -> None:
        """Write these columns of a subscriber, with the event of consent that changes them."""
        self.note(kind, someone.id, evidence)
        values = {column: getattr(someone, column) for column in columns}
        row = sa.update(subscriber).where(subscriber.c.id == someone.id)
        self.connection.execute(row.values(**values, changed_at=self.now))

    def note(
        self, kind: ConsentKind, subscriber_id: int | None, evidence: Evidence, erases: tuple[int, ...] = ()
    ) -> None:
        """Put an event at the end of the chain of consent."""
        event = ConsentEvent(kind=kind, at=self.now, subscriber_id=subscriber_id, evidence=evidence, erases=erases)
        append(self.connection, [event], entropy=self.entropy)

    def note_all(self, events: Iterable[tuple[ConsentKind, int, Evidence]]) -> None:
        """Put events of several subscribers at the end of the chain, in this order."""
        found = [ConsentEvent(kind=kind, at=self.now, subscriber_id=who, evidence=why) for kind, who, why in events]
        append(self.connection, found, entropy=self.entropy)


def new_public_id(entropy: Entropy) -> str:
    """80 random bits as 16 small letters and digits (RFC 4648, base32)."""
    return base64.b32encode(entropy(PUBLIC_ID_BYTES)).decode().lower()


@contextmanager
def open_register(
    engine: sa.Engine,
    secret: Secret,
    *,
    now: dt.datetime,
    entropy: Entropy = os.urandom,
    dry_run: bool = False,
    one_of_many: bool = False,
) -> Iterator[Register]:
    """Open the register for one transaction: committed at the end, rolled back by an exception or in a dry run.

    Changes come one after another, on either database, so that none finds rows locked by another.
    A batch, ``one_of_many``, lets waiting transactions go first, and takes a fraction of a second.
    Raises SecretError when the store was made with another secret.
    """
    if one_of_many:
        give_way(engine)
    with writing(engine) as connection:
        hold(connection)  # first, so that changes wait here and none holds rows that another needs
        keep(connection, secret)
        yield Register(connection=connection, secret=secret, now=now, entropy=entropy)
        if dry_run:
            connection.rollback()


def enrol(register: Register, people: Iterable[NewSubscriber], evidence: Evidence, *, status: str) -> Iterator[int]:
    """Add those people who are not in the store yet; yield their number after every batch.

    ``status`` is pending or confirmed. Whoever is there stays as they are. Suppressed people are
    the caller's to leave out.
    """
    remaining = iter(people)
    while batch := list(itertools.islice(remaining, BATCH)):
        yield _enrol_batch(register, batch, evidence, status)


def ids_of_names(connection: sa.Connection, kind: str, names: Iterable[str]) -> Mapping[str, int]:
    """Numbers of tags or topics by their names; a name that is new gets one."""
    table, wanted = LABELS[kind].names, sorted(set(names))
    query = sa.select(table.c.name, table.c.id).where(table.c.name.in_(wanted))
    found = {row.name: row.id for row in connection.execute(query)}
    new = [{"name": name} for name in wanted if name not in found]
    if new:
        rows = connection.execute(sa.insert(table).returning(table.c.name, table.c.id), new)
        found |= {row.name: row.id for row in rows}
    return found


def label(connection: sa.Connection, kind: str, people: Mapping[int, Iterable[str]]) -> None:
    """Give subscribers, by their numbers, tags or topics that they do not have."""
    numbers = ids_of_names(connection, kind, (name for names in people.values() for name in names))
    link(connection, kind, numbers, people)


def link(connection: sa.Connection, kind: str, numbers: Mapping[str, int], people: Mapping[int, Iterable[str]]) -> None:
    """Give subscribers tags or topics whose numbers are known."""
    links, key = LABELS[kind].links, LABELS[kind].key.name
    rows = [{"subscriber_id": n, key: numbers[name]} for n, names in people.items() for name in sorted(set(names))]
    if rows:
        connection.execute(sa.insert(links), rows)


def _enrol_batch(register: Register, batch: Sequence[NewSubscriber], evidence: Evidence, status: str) -> int:
    connection = register.connection
    people = {person.address.norm: person for person in reversed(batch)}  # of two with one address the first
    there = sa.select(subscriber.c.email_norm).where(subscriber.c.email_norm.in_(people))
    for norm in connection.execute(there).scalars():
        del people[norm]
    if not people:
        return 0
    rows = [_row(register, person, status) for person in reversed(people.values())]
    inserted = connection.execute(sa.insert(subscriber).returning(subscriber.c.email_norm, subscriber.c.id), rows)
    ids = {row.email_norm: row.id for row in inserted}
    for kind in LABELS:
        label(connection, kind, {ids[norm]: getattr(person, kind) for norm, person in people.items()})
    events = [
        ConsentEvent(kind=KINDS[status], at=register.now, subscriber_id=number, evidence=evidence)
        for number in sorted(ids.values())
    ]
    append(connection, events, entropy=register.entropy)
    return len(rows)


def _row(register: Register, person: NewSubscriber, status: str) -> dict[str, object]:
    return {
        "public_id": register.public_id(),
        "email": person.address.email,
        "email_norm": person.address.norm,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "locale": person.locale,
        "status": status,
        "frequency": person.frequency,
        "attributes": dict(person.attributes),
        "created_at": register.now,
        "confirmed_at": register.now if status == "confirmed" else None,
        "changed_at": register.now,
    }
