"""Whether the chain of consent still is what was written: `tipsheet subscribers verify`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tipsheet.audience.consent import START, Kind, digest_of, link
from tipsheet.store.tables import consent_event, wording

__all__ = ["Verdict", "verify"]

BATCH = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found: ``head`` is the hash of the last event, ``fault`` what is wrong with the first that does not fit.

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


def verify(connection: sa.Connection, *, seen: str = "") -> Verdict:
    """Walk the chain from its beginning to the first event that does not fit.

    A chain cannot show that its end was cut off: ``seen`` is a head that was noted earlier, or its
    beginning, and `Verdict.seen` says whether the chain still holds it.
    """
    walk = _Walk(seen=seen)
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


class _Walk:
    """What must be remembered between one event and the next."""

    def __init__(self, *, seen: str) -> None:
        self.number, self.head = 0, START
        self.stripped = 0
        self.unexplained: set[int] = set()  # stripped, and no erasure has named them yet
        self.wanted, self.found = seen, False

    def step(self, row: Mapping[str, Any]) -> None:
        """Look at the next event."""
        here = f"consent_event {row['id']}"
        if row["id"] != self.number + 1:
            raise _Broken(f"consent_event {self.number + 1}", "it is missing")
        if row["previous_hash"] != self.head:
            raise _Broken(here, "its previous hash is not the hash of the event before")
        if row["hash"] != link(self.head, row["digest"]):
            raise _Broken(here, "its hash does not follow from its digest")
        if row["kind"] == Kind.STRIPPED:
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
        """Look at what only the end can tell."""
        if self.unexplained:
            raise _Broken(f"consent_event {min(self.unexplained)}", "it was stripped, and no erasure tells of it")

    def verdict(self, row: str = "", fault: str = "") -> Verdict:
        """What was found so far."""
        seen = self.found if self.wanted else None
        return Verdict(events=self.number, stripped=self.stripped, head=self.head, row=row, fault=fault, seen=seen)


def _look_at_wordings(connection: sa.Connection) -> None:
    for sha256, text in connection.execute(sa.select(wording.c.sha256, wording.c.text).order_by(wording.c.sha256)):
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            raise _Broken(f"wording {sha256}", "its text is not the one that people read")
