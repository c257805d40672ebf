"""What a scheduled run has to send: asked of the ledger, never of "the posts of the last days".

A run may come late, twice, at once with another, or not at all; the next one finds what is left.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tipsheet.edition.outbox import NotInOutboxError
from tipsheet.edition.record import EDITION_FILE
from tipsheet.model.post import UNDATED
from tipsheet.store.states import SendState

__all__ = ["Due", "Late", "Outgoing", "Verdict", "due", "outgoing", "shared_slots"]


class Late(StrEnum):
    """What becomes of an issue that nobody sent in time."""

    SEND = "send"
    HOLD = "hold"
    SKIP = "skip"


class Verdict(StrEnum):
    """What this run does with an issue."""

    SEND = "send"
    GO_ON = "go on"
    PAUSED = "leave paused"
    HELD = "hold"
    SKIPPED = "pass over"


@dataclass(frozen=True, slots=True, order=True)
class Outgoing:
    """An issue in the outbox, and its moment in UTC."""

    published: dt.datetime
    issue: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An issue whose moment has come and that is not done; ``late`` is how long ago that was."""

    outgoing: Outgoing
    verdict: Verdict
    late: dt.timedelta

    @property
    def goes(self) -> bool:
        """Whether letters are sent."""
        return self.verdict in {Verdict.SEND, Verdict.GO_ON}


def outgoing(outbox: Path) -> tuple[Outgoing, ...]:
    """The issues in the outbox, the oldest first; letters without a date, such as welcome letters, are none.

    Raises NotInOutboxError for an outbox that cannot be read.
    """
    found = []
    for file in outbox.glob(f"*/{EDITION_FILE}"):
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            moment = dt.datetime.fromisoformat(record["published"]).astimezone(dt.UTC)
            found += [Outgoing(moment, record["issue"], record["title"])] if moment != UNDATED else []
        except (ValueError, KeyError, TypeError) as error:
            raise NotInOutboxError(f"'{file}' is no letter", "run tipsheet build again") from error
    return tuple(sorted(found))


def due(
    letters: Iterable[Outgoing],
    ledger: Mapping[str, SendState],
    now: dt.datetime,
    *,
    max_late: dt.timedelta,
    late: Late,
) -> tuple[Due, ...]:
    """The issues to look at now, the oldest first; ``ledger`` has the state of every issue that was begun.

    What was begun goes on however late it is. What was not and is later than ``max_late`` is looked
    at only while nothing newer was begun, and of several such the newest: all before it is the
    archive, which a new ledger must not send to everybody. What was held stays so until a person has settled it.
    """
    out = sorted(one for one in letters if one.published <= now)
    held = {issue for issue, state in ledger.items() if state is SendState.HELD}
    begun = max((one.published for one in out if one.issue in ledger and one.issue not in held), default=None)
    missed = [one for one in out if one.issue not in ledger and now - one.published > max_late]
    last = missed[-1].published if missed else None
    archive = {one.issue for one in missed if one.published != last or (begun is not None and begun >= one.published)}
    found = []
    for one in out:
        verdict = _verdict(ledger.get(one.issue), too_late=one in missed, late=late)
        if verdict is not None and one.issue not in archive:
            found.append(Due(outgoing=one, verdict=verdict, late=now - one.published))
    return tuple(found)


def _verdict(state: SendState | None, *, too_late: bool, late: Late) -> Verdict | None:
    match state:
        case None if too_late:
            return {Late.SEND: Verdict.SEND, Late.HOLD: Verdict.HELD, Late.SKIP: Verdict.SKIPPED}[late]
        case None:
            return Verdict.SEND
        case SendState.HELD:
            return Verdict.HELD
        case SendState.PREPARED | SendState.SENDING:
            return Verdict.GO_ON
        case SendState.PAUSED:
            return Verdict.PAUSED
        case _:
            return None


def shared_slots(found: Iterable[Due]) -> Iterator[tuple[str, str]]:
    """Pairs of issues that go out together because they have one moment; a reader of both gets two letters."""
    seen: dict[dt.datetime, str] = {}
    for one in found:
        if one.goes:
            if one.outgoing.published in seen:
                yield seen[one.outgoing.published], one.outgoing.issue
            seen[one.outgoing.published] = one.outgoing.issue
