"""Evidence of consent: events in one chain, each holding the hash of the one before, and the check of that chain.

An event is never changed or deleted; triggers of the store refuse it. A person may ask that nothing about them stays,
so the chain is made of digests: the digest of an event covers a random salt and everything the event says, and the
hash covers the previous hash and the digest. An erasure *strips* the events of a person. Salt and contents go, the
digest stays, and says nothing without its salt. The chain still holds, and an event of the erasure names what was
stripped, so that nothing can be stripped unseen. See docs/explanation/consent.md.
"""

import datetime as dt
import hashlib
import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from tipsheet.store.tables import consent_event, wording

__all__ = [
    "START", "ChainVerdict", "ConsentEvent", "ConsentKind", "Entropy", "Evidence", "append", "cut_ip", "digest_of",
    "hold", "link", "strip", "verify",
]  # fmt: skip

Entropy = Callable[[int], bytes]
"""Gives so many random bytes; `os.urandom` outside of tests."""

START = "0" * 64
"""The previous hash of the first event."""
SALT_BYTES = 16
IPV4_PREFIX = 24
IPV6_PREFIX = 48

SAID = ("id", "subscriber_id", "kind", "form", "wording_sha256", "source", "ip", "erases", "salt")
BATCH = 2_000


class ConsentKind(StrEnum):
    """Kinds of events of consent."""

    ADDED = "added"  # asked for, or entered by an editor; not confirmed yet
    IMPORTED = "imported"
    CONFIRMED = "confirmed"
    CHANGED = "changed"  # what they get, as they chose: segments, topics, a frequency, a pause
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNDONE = "undone"  # an import was taken back: who came by it is removed, who was changed is as before
    ERASED = "erased"
    STRIPPED = "stripped"  # what remains of an event of an erased person


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The proof of a consent; ``source`` says where it was given: an address, or a file that was imported."""

    source: str
    form: str = ""
    wording: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentEvent:
    """Something that happened to the consent of a subscriber; ``subscriber_id`` is None for an erasure."""

    kind: ConsentKind
    at: dt.datetime
    subscriber_id: int | None
    evidence: Evidence
    erases: tuple[int, ...] = ()


def append(connection: sa.Connection, events: Sequence[ConsentEvent], *, entropy: Entropy) -> None:
    """Append events to the chain, within the caller's transaction.

    Others who append wait until it has ended: call it before rows are locked that others may hold.
    """
    if not events:
        return
    last, previous = _end_of_chain(connection)
    texts = {event.evidence.wording for event in events} - {""}
    hashes = {text: _store_wording(connection, text) for text in sorted(texts)}
    rows: list[dict[str, Any]] = []
    for number, event in enumerate(events, last + 1):
        row = {
            "id": number,
            "subscriber_id": event.subscriber_id,
            "kind": event.kind.value,
            "at": event.at,
            "form": event.evidence.form,
            "wording_sha256": hashes.get(event.evidence.wording),
            "source": event.evidence.source,
            "ip": cut_ip(event.evidence.ip),
            "erases": " ".join(map(str, event.erases)),
            "salt": entropy(SALT_BYTES).hex(),
        }
        digest = digest_of(row)
        rows.append(row | {"digest": digest, "previous_hash": previous, "hash": link(previous, digest)})
        previous = rows[-1]["hash"]
    connection.execute(sa.insert(consent_event), rows)


def hold(connection: sa.Connection) -> None:
    """Lock the chain against other changes until this transaction ends; it can still be read.

    SQLite has one writer anyway, from the beginning of `store.database.writing`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE consent_event IN SHARE ROW EXCLUSIVE MODE"))


def strip(connection: sa.Connection, subscriber_id: int) -> tuple[int, ...]:
    """Take everything but digests from the events of a subscriber; returns their numbers."""
    query = sa.select(consent_event.c.id).where(consent_event.c.subscriber_id == subscriber_id)
    numbers = tuple(connection.execute(query.order_by(consent_event.c.id)).scalars())
    connection.execute(
        sa.update(consent_event)
        .where(consent_event.c.subscriber_id == subscriber_id)
        .values(
            subscriber_id=None, kind=ConsentKind.STRIPPED.value, at=None, form="", wording_sha256=None, source="",
            ip="", erases="", salt="",
        )
    )  # fmt: skip
    return numbers


def digest_of(row: Mapping[str, Any]) -> str:
    """SHA-256 of the salt and of what the event says, as JSON with sorted keys and without blanks."""
    said = {name: row[name] for name in SAID}
    said["at"] = row["at"].astimezone(dt.UTC).isoformat(timespec="microseconds")
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def link(previous: str, digest: str) -> str:
    """The hash of an event: SHA-256 of the previous hash and its digest, both as hex digits."""
    return hashlib.sha256(f"{previous}{digest}".encode()).hexdigest()


def cut_ip(address: str) -> str:
    """The network of an IP address, /24 or /48, which proves a place and not a person; empty for what is none.

    What was cut before stays as it is.
    """
    if not address:  # as in every event of an import
        return ""
    try:
        ip = ipaddress.ip_interface(address)
    except ValueError:
        return ""
    prefix = IPV4_PREFIX if ip.version == 4 else IPV6_PREFIX  # noqa: PLR2004 - IP has these two versions
    return str(ipaddress.ip_network((ip.ip, min(prefix, ip.network.prefixlen)), strict=False))


def _end_of_chain(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the last event, which stays the last until this transaction ends."""
    hold(connection)
    last = sa.select(consent_event.c.id, consent_event.c.hash).order_by(consent_event.c.id.desc()).limit(1)
    row = connection.execute(last).first()
    return (row.id, row.hash) if row else (0, START)


def _store_wording(connection: sa.Connection, text: str) -> str:
    """Keep a wording once; returns its SHA-256."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if connection.execute(sa.select(wording.c.sha256).where(wording.c.sha256 == sha256)).first() is None:
        connection.execute(sa.insert(wording).values(sha256=sha256, text=text))
    return sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainVerdict:
    """The result of a check: ``head`` is the hash of the last event, ``fault`` the mistake of the first wrong one.

    ``row`` names that event, or the wording, as in ``consent_event 12``.
    """

    events: int
    stripped: int
    head: str
    row: str = ""
    fault: str = ""
    seen: bool | None = None


class _Broken(Exception):  # noqa: N818 - it carries a finding out of a loop
    def __init__(self, row: str, fault: str) -> None:
        super().__init__(row)
        self.row, self.fault = row, fault


def verify(connection: sa.Connection, *, seen: str = "") -> ChainVerdict:
    """Walk the chain from its beginning to the first event that does not fit.

    A chain cannot show that its end was cut off: ``seen`` is a head that was noted earlier, or its
    beginning, and `ChainVerdict.seen` says whether the chain still holds it.
    """
    walk = _ChainWalk(seen=seen)
    try:
        events = sa.select(consent_event).order_by(consent_event.c.id).execution_options(yield_per=BATCH)
        with connection.execute(events) as rows:
            for row in rows.mappings():
                walk.step(dict(row))
        walk.close()
        _look_at_wordings(connection)
    except _Broken as broken:
        return walk.verdict(row=broken.row, fault=broken.fault)
    return walk.verdict()


class _ChainWalk:
    """The state of a check between one event and the next."""

    def __init__(self, *, seen: str) -> None:
        self.number, self.head = 0, START
        self.stripped = 0
        self.unexplained: set[int] = set()  # stripped, and no erasure has named them yet
        self.wanted, self.found = seen, False

    def step(self, row: Mapping[str, Any]) -> None:
        """Check the next event."""
        here = f"consent_event {row['id']}"
        if row["id"] != self.number + 1:
            raise _Broken(f"consent_event {self.number + 1}", "it is missing")
        if row["previous_hash"] != self.head:
            raise _Broken(here, "its previous hash is not the hash of the event before")
        if row["hash"] != link(self.head, row["digest"]):
            raise _Broken(here, "its hash does not follow from its digest")
        if row["kind"] == ConsentKind.STRIPPED:
            self.unexplained.add(row["id"])
            self.stripped += 1
        elif row["at"] is None or row["digest"] != digest_of(row):
            raise _Broken(here, "what it says is not what was written")
        for number in map(int, row["erases"].split()):
            if number not in self.unexplained:
                raise _Broken(f"consent_event {number}", f"event {row['id']} erased it, and it is still told")
            self.unexplained.remove(number)
        self.number, self.head = row["id"], row["hash"]
        self.found = self.found or self.head.startswith(self.wanted)

    def close(self) -> None:
        """Check what only the end of the chain can show."""
        if self.unexplained:
            raise _Broken(f"consent_event {min(self.unexplained)}", "it was stripped, and no erasure tells of it")

    def verdict(self, row: str = "", fault: str = "") -> ChainVerdict:
        """The result so far."""
        seen = self.found if self.wanted else None
        return ChainVerdict(events=self.number, stripped=self.stripped, head=self.head, row=row, fault=fault, seen=seen)


def _look_at_wordings(connection: sa.Connection) -> None:
    for sha256, text in connection.execute(sa.select(wording.c.sha256, wording.c.text).order_by(wording.c.sha256)):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise _Broken(f"wording {sha256}", "its text is not the one that people read")
