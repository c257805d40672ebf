"""The loading of candidates into the store, a batch at a time, each within a transaction of the caller."""

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentEvent, ConsentKind, Evidence, append
from tipsheet.audience.importing.candidates import GONE, Candidate, Rejection, RowChange, changed_by
from tipsheet.audience.importing.report import Tally
from tipsheet.audience.register import Register, ids_of_names, link
from tipsheet.audience.subscriber import LABELS, Subscriber, names_of, suppressed, suppressed_macs
from tipsheet.model.frequency import EVERY
from tipsheet.store.columns import within
from tipsheet.store.tables import import_change, subscriber, suppression

__all__ = ["BATCH", "Loader"]

PARAMETERS = 5_000
"""Parameters of one statement; databases have a limit."""

BATCH = 500
"""Rows that are decided in one transaction: nobody else changes consent for about a tenth of a second (A12)."""


def held_people(connection: sa.Connection, people: Collection[str]) -> dict[str, Subscriber]:
    """People who are subscribers already, by their normalised addresses."""
    query = sa.select(subscriber).where(within(connection, subscriber.c.email_norm, people))
    rows = connection.execute(query).mappings().all()
    if not rows:
        return {}
    ids = [row["id"] for row in rows]
    tags, topics = (names_of(connection, kind, ids) for kind in LABELS)
    return {
        row["email_norm"]: Subscriber(
            **row, tags=tuple(sorted(tags.get(row["id"], ()))), topics=tuple(sorted(topics.get(row["id"], ())))
        )
        for row in rows
    }


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


class NameNumbers:
    """Numbers of tags, or of topics, by their names, remembered from batch to batch."""

    MOST = 50_000
    """Names that are remembered; a file may have a tag of its own for each person."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, int] = {}

    def ids(self, connection: sa.Connection, names: Collection[str]) -> Mapping[str, int]:
        """Numbers of at least these names; a name that is new gets one."""
        if len(self._known) > self.MOST:
            self._known.clear()
        missing = sorted(set(names).difference(self._known))
        for start in range(0, len(missing), PARAMETERS):
            some = missing[start : start + PARAMETERS]
            self._known.update(ids_of_names(connection, self._kind, some))
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


class Loader:
    """The writer of one file: ``load`` gets its candidates in batches, each with the register open for it.

    ``evidence`` holds the editor's words for the consent of these people, and the file. ``import_id`` is the record
    under which it is written, None in a dry run, whose transactions are rolled back.
    """

    def __init__(self, evidence: Evidence, import_id: int | None) -> None:
        self.source = evidence.source
        self.tally = Tally()
        self._import_id = import_id
        self._evidence = evidence
        self._left = Evidence(source=evidence.source)
        self._numbers = {kind: NameNumbers(kind) for kind in LABELS}
        self._seen = LinesSeen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._seen.close()

    def load(self, register: Register, candidates: Sequence[Candidate]) -> list[Rejection]:
        """Write a batch of at most `BATCH`; returns the rows that name somebody twice."""
        connection = register.connection
        people, rejections = self._once_each(register, candidates)
        held = held_people(connection, people)
        gone = suppressed(connection, register.secret, (norm for norm in people if norm not in held))
        new = {norm: c for norm, c in people.items() if norm not in held and norm not in gone}
        for norm in taken_ids(connection, new):
            rejections.append(_rejected(new.pop(norm), "its id belongs to another subscriber"))
        changes = {norm: changed_by(people[norm], held[norm]) for norm in held}
        self._add(register, new)
        self._change(register, [(held[norm], people[norm], change) for norm, change in changes.items() if change])
        self._count(new, changes, len(gone))
        added = {norm for norm, candidate in new.items() if candidate.status not in GONE}
        self._seen.add({norm: candidate.line for norm, candidate in people.items()}, added)
        if self._import_id is None:
            for numbers in self._numbers.values():
                numbers.forget()
        return rejections

    def _count(self, new: Mapping[str, Candidate], changes: Mapping[str, RowChange | None], gone: int) -> None:
        tally = self.tally
        left = sum(candidate.status in GONE for candidate in new.values())
        leaving = sum(bool(change) and change.values.get("status") in GONE for change in changes.values() if change)
        tally.added += len(new) - left
        tally.left += left + leaving
        tally.suppressed += gone + sum(change is None for change in changes.values())
        tally.changed += sum(bool(change) for change in changes.values()) - leaving
        tally.unchanged += sum(change is not None and not change for change in changes.values())

    def _once_each(
        self, register: Register, candidates: Sequence[Candidate]
    ) -> tuple[dict[str, Candidate], list[Rejection]]:
        """Take everybody at their first row. A later row is rejected, but counts if it says that they have left."""
        earlier = self._seen.among(candidate.email_norm for candidate in candidates)
        people: dict[str, Candidate] = {}
        left: dict[str, Candidate] = {}
        rejections = []
        for candidate in candidates:
            norm = candidate.email_norm
            first = earlier[norm][0] if norm in earlier else people[norm].line if norm in people else 0
            if not first:
                people[norm] = candidate
                continue
            reason = f"the same address as in line {first}"
            if candidate.status in GONE:
                reason += f"; taken over: {candidate.status}"
                left[norm] = candidate
            rejections.append(_rejected(candidate, reason))
        for norm, candidate in left.items():
            if norm not in people:
                self._leave_later(register, candidate, earlier[norm])
            elif people[norm].status not in GONE:
                people[norm] = replace(people[norm], status=candidate.status)
        return people, rejections

    def _leave_later(self, register: Register, candidate: Candidate, seen: tuple[int, bool]) -> None:
        """Unsubscribe somebody of an earlier batch of this file, of whom a later row says that they have left."""
        norm, (line, added) = candidate.email_norm, seen
        for one in held_people(register.connection, [norm]).values():
            if change := changed_by(candidate, one):
                self._change(register, [(one, candidate, change)])
        if added:
            self.tally.added -= 1
            self.tally.left += 1
            self._seen.add({norm: line}, ())

    def _add(self, register: Register, new: Mapping[str, Candidate]) -> None:
        if not new:
            return
        connection = register.connection
        rows = [self._row(register, candidate) for candidate in new.values()]
        connection.execute(sa.insert(subscriber), rows)
        c = subscriber.c  # asking is quicker than RETURNING, for which the rows become one statement
        asked = connection.execute(sa.select(c.email_norm, c.id).where(within(connection, c.email_norm, new)))
        ids = {row.email_norm: row.id for row in asked}
        events = [
            self._event(register, ids[norm], candidate.status if candidate.status in GONE else "")
            for norm, candidate in new.items()
        ]
        append(connection, events, entropy=register.entropy)
        _suppress(register, new.values())
        self._label(connection, {ids[norm]: candidate for norm, candidate in new.items()})

    def _change(self, register: Register, changes: Sequence[tuple[Subscriber, Candidate, RowChange]]) -> None:
        if not changes:
            return
        connection = register.connection
        statuses = {held.id: change.values.get("status", "") for held, _, change in changes}
        events = [
            self._event(register, number, status if status in GONE else "")
            for number, status in statuses.items()
            if status
        ]
        append(connection, events, entropy=register.entropy)
        _suppress(register, (candidate for _, candidate, change in changes if "status" in change.values))
        if self._import_id is not None:
            self._remember(connection, changes)
        update = sa.update(subscriber).where(subscriber.c.id == sa.bindparam("_id"))
        for rows in _by_columns(changes, register.now):
            connection.execute(update, rows)
        self._label(connection, {held.id: change for held, _, change in changes})

    def _remember(self, connection: sa.Connection, changes: Sequence[tuple[Subscriber, Candidate, RowChange]]) -> None:
        """Keep what people were before this import first changed them."""
        known = sa.select(import_change.c.subscriber_id).where(
            import_change.c.import_id == self._import_id,
            within(connection, import_change.c.subscriber_id, [held.id for held, _, _ in changes]),
        )
        before = set(connection.execute(known).scalars())
        rows = [
            {"import_id": self._import_id, "subscriber_id": held.id, "before": _before(held, change)}
            for held, _, change in changes
            if held.id not in before
        ]
        if rows:
            connection.execute(sa.insert(import_change), rows)

    def _row(self, register: Register, candidate: Candidate) -> dict[str, Any]:
        return {
            "public_id": candidate.public_id or register.public_id(),
            "email": candidate.email,
            "email_norm": candidate.email_norm,
            "first_name": candidate.first_name,
            "last_name": candidate.last_name,
            "locale": candidate.locale,
            "status": candidate.status,
            "frequency": candidate.frequency or EVERY,
            "paused_until": candidate.paused_until,
            "attributes": dict(candidate.attributes),
            "created_at": candidate.created_at or register.now,
            "confirmed_at": candidate.confirmed_at,
            "changed_at": register.now,
            "import_id": self._import_id,
        }

    def _event(self, register: Register, subscriber_id: int, left: str) -> ConsentEvent:
        """The event that somebody was imported with a consent, or that they left, as the file says."""
        return ConsentEvent(
            kind=ConsentKind(left) if left else ConsentKind.IMPORTED,
            at=register.now,
            subscriber_id=subscriber_id,
            evidence=self._left if left else self._evidence,
        )

    def _label(self, connection: sa.Connection, people: Mapping[int, Candidate | RowChange]) -> None:
        """Give people, by their numbers, tags and topics that they do not have yet."""
        for kind, known in self._numbers.items():
            names: dict[int, frozenset[str]] = {number: getattr(one, kind) for number, one in people.items()}
            link(connection, kind, known.ids(connection, frozenset().union(*names.values())), names)


def _suppress(register: Register, candidates: Iterable[Candidate]) -> None:
    """Suppress those who have left, which outlives an erasure."""
    reasons = {register.secret.suppression(c.email_norm): c.status for c in candidates if c.status in GONE}
    for mac in suppressed_macs(register.connection, reasons):
        del reasons[mac]
    if reasons:
        rows = [{"email_hmac": mac, "reason": reason, "at": register.now} for mac, reason in reasons.items()]
        register.connection.execute(sa.insert(suppression), rows)


def _before(held: Subscriber, change: RowChange) -> dict[str, Any]:
    """The facts that an undo needs, as JSON: old values of columns that change, and tags and topics that are added."""
    values = {name: getattr(held, name) for name in change.values} | {"changed_at": held.changed_at}
    plain = {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in values.items()}
    return {"values": plain, "tags": sorted(change.tags), "topics": sorted(change.topics)}


def _by_columns(
    changes: Sequence[tuple[Subscriber, Candidate, RowChange]], now: dt.datetime
) -> Iterable[list[dict[str, Any]]]:
    """Rows to update, together when they change the same columns: one statement for each set."""
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for held, _, change in changes:
        row = {"_id": held.id, "changed_at": now, **change.values}
        grouped.setdefault(tuple(sorted(row)), []).append(row)
    return grouped.values()


def _rejected(candidate: Candidate, reason: str) -> Rejection:
    return Rejection(line=candidate.line, reason=reason, cells=candidate.cells)
