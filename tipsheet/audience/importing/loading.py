"""From candidates to the store, a batch at a time, within the caller's one transaction."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentEvent, Evidence, Kind, append
from tipsheet.audience.importing.candidate import Candidate, Rejection
from tipsheet.audience.importing.decisions import GONE, Change, changed_by
from tipsheet.audience.importing.report import Tally
from tipsheet.audience.importing.stored import (
    LinesSeen,
    Names,
    held_people,
    ids_of,
    taken_ids,
)
from tipsheet.audience.register import Register
from tipsheet.audience.suppressions import suppressed, suppressed_macs
from tipsheet.store.people import subscriber, subscriber_tag, subscription, suppression, tag, topic

__all__ = ["BATCH", "Consent", "Loader"]

BATCH = 2_000
"""Rows that are decided together: their questions to the store stay under the limits on parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Why these people may be written to, in the editor's words, and the file they come from."""

    wording: str
    source: str

    @property
    def evidence(self) -> Evidence:
        """As the chain of consent keeps it."""
        return Evidence(source=self.source, wording=self.wording)


class Loader:
    """Writes one file; ``load`` is given its candidates in batches and tells which rows it rejects."""

    def __init__(self, register: Register, consent: Consent) -> None:
        self._register = register
        self._connection = connection = register.connection
        self._evidence = consent.evidence
        self._left = Evidence(source=consent.source)
        self._tags = Names(connection, tag)
        self._topics = Names(connection, topic)
        self._seen = LinesSeen(connection)
        self.tally = Tally()

    def load(self, candidates: Sequence[Candidate]) -> list[Rejection]:
        """Write a batch of at most `BATCH`; returns the rows that name somebody twice."""
        people, rejections = self._once_each(candidates)
        held = held_people(self._connection, people)
        gone = suppressed(self._connection, self._register.secret, (norm for norm in people if norm not in held))
        new = {norm: c for norm, c in people.items() if norm not in held and norm not in gone}
        for norm in taken_ids(self._connection, new):
            rejections.append(_rejected(new.pop(norm), "its id belongs to another subscriber"))
        changes = {norm: changed_by(people[norm], held[norm]) for norm in held}
        self._add(new)
        self._change({held[norm].id: (people[norm], change) for norm, change in changes.items() if change})
        self.tally.added += len(new)
        self.tally.suppressed += len(gone) + sum(change is None for change in changes.values())
        self.tally.changed += sum(bool(change) for change in changes.values())
        self.tally.unchanged += sum(change is not None and not change for change in changes.values())
        return rejections

    def close(self) -> None:
        """Forget what belonged to this file."""
        self._seen.close()

    def _once_each(self, candidates: Sequence[Candidate]) -> tuple[dict[str, Candidate], list[Rejection]]:
        """Everybody at their first row. A later row is rejected, but counts if it says that they have left."""
        earlier = self._seen.among(candidate.email_norm for candidate in candidates)
        people: dict[str, Candidate] = {}
        left: dict[str, Candidate] = {}
        rejections = []
        for candidate in candidates:
            norm = candidate.email_norm
            first = earlier.get(norm) or (people[norm].line if norm in people else 0)
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
                self._leave_later(candidate)
            elif people[norm].status not in GONE:
                people[norm] = replace(people[norm], status=candidate.status)
        self._seen.add({norm: candidate.line for norm, candidate in people.items()})
        return people, rejections

    def _leave_later(self, candidate: Candidate) -> None:
        """Somebody of an earlier batch of this file has left after all."""
        held = held_people(self._connection, {candidate.email_norm: candidate})
        for one in held.values():
            if change := changed_by(candidate, one):
                self._change({one.id: (candidate, change)})

    def _add(self, new: Mapping[str, Candidate]) -> None:
        if not new:
            return
        rows = [self._row(candidate) for candidate in new.values()]
        self._connection.execute(sa.insert(subscriber), rows)
        ids = ids_of(self._connection, new)  # asking is quicker than RETURNING, for which the rows become one statement
        events = [
            self._event(ids[norm], candidate.status if candidate.status in GONE else "")
            for norm, candidate in new.items()
        ]
        append(self._connection, events, entropy=self._register.entropy)
        self._suppress(new.values())
        self._link((ids[norm], candidate.tags, candidate.topics) for norm, candidate in new.items())

    def _change(self, changes: Mapping[int, tuple[Candidate, Change]]) -> None:
        statuses = {number: change.values.get("status", "") for number, (_, change) in changes.items()}
        events = [
            self._event(number, status if status in GONE else "") for number, status in statuses.items() if status
        ]
        append(self._connection, events, entropy=self._register.entropy)
        self._suppress(candidate for candidate, change in changes.values() if "status" in change.values)
        update = sa.update(subscriber).where(subscriber.c.id == sa.bindparam("_id"))
        for rows in _by_columns(changes, self._register.now):
            self._connection.execute(update, rows)
        self._link((number, change.tags, change.topics) for number, (_, change) in changes.items())

    def _row(self, candidate: Candidate) -> dict[str, Any]:
        return {
            "public_id": candidate.public_id or self._register.public_id(),
            "email": candidate.email,
            "email_norm": candidate.email_norm,
            "first_name": candidate.first_name,
            "last_name": candidate.last_name,
            "locale": candidate.locale,
            "status": candidate.status,
            "frequency": candidate.frequency or "weekly",
            "attributes": dict(candidate.attributes),
            "created_at": candidate.created_at or self._register.now,
            "confirmed_at": candidate.confirmed_at,
            "changed_at": self._register.now,
        }

    def _event(self, subscriber_id: int, left: str) -> ConsentEvent:
        """That somebody was imported with a consent, or that the file says how they left."""
        return ConsentEvent(
            kind=Kind(left) if left else Kind.IMPORTED,
            at=self._register.now,
            subscriber_id=subscriber_id,
            evidence=self._left if left else self._evidence,
        )

    def _suppress(self, candidates: Iterable[Candidate]) -> None:
        """Remember who has left beyond an erasure."""
        reasons = {self._register.secret.suppression(c.email_norm): c.status for c in candidates if c.status in GONE}
        for mac in suppressed_macs(self._connection, reasons):
            del reasons[mac]
        if reasons:
            rows = [{"email_hmac": mac, "reason": reason, "at": self._register.now} for mac, reason in reasons.items()]
            self._connection.execute(sa.insert(suppression), rows)

    def _link(self, people: Iterable[tuple[int, frozenset[str], frozenset[str]]]) -> None:
        """Give people tags and topics that they do not have yet."""
        people = list(people)
        tags = self._tags.ids({name for _, tags, _ in people for name in tags})
        topics = self._topics.ids({name for _, _, topics in people for name in topics})
        tagged = [{"subscriber_id": n, "tag_id": tags[name]} for n, names, _ in people for name in sorted(names)]
        asked = [{"subscriber_id": n, "topic_id": topics[name]} for n, _, names in people for name in sorted(names)]
        if tagged:
            self._connection.execute(sa.insert(subscriber_tag), tagged)
        if asked:
            self._connection.execute(sa.insert(subscription), asked)


def _by_columns(changes: Mapping[int, tuple[Candidate, Change]], now: dt.datetime) -> Iterable[list[dict[str, Any]]]:
    """Rows to update, together when they change the same columns: one statement for each set."""
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for number, (_, change) in changes.items():
        row = {"_id": number, "changed_at": now, **change.values}
        grouped.setdefault(tuple(sorted(row)), []).append(row)
    return grouped.values()


def _rejected(candidate: Candidate, reason: str) -> Rejection:
    return Rejection(line=candidate.line, reason=reason, cells=candidate.cells)
