"""Welcome letters: each to every reader once, a while after they confirmed, by the ledger and loop of issues (W11).

A letter of the series is written into the ledger when a run first finds it, and is for readers who confirm from then
on. They get a row when it is due: those who are still confirmed, for whom it is meant, and who have never unsubscribed.
The unique row of a letter and a reader keeps anybody from getting it twice, whatever two senders do at once.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from tipsheet.audience.consent import ConsentKind
from tipsheet.audience.frequency import Occasion
from tipsheet.audience.readers import readers
from tipsheet.delivery.approval import NotApprovedError
from tipsheet.delivery.locks import AnotherSenderError
from tipsheet.delivery.sending import SendJob, send
from tipsheet.delivery.snapshot import NotThatStateError, Send, Snapshot, begin, find_send
from tipsheet.delivery.statements import going_on
from tipsheet.delivery.status import Status
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import NotInOutboxError, read_edition
from tipsheet.edition.service import SERIES_FILE, SERVICE_FOLDER
from tipsheet.model.segment import Segment
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import consent_event, delivery, series_letter, subscriber

__all__ = [
    "SeriesLetter", "begin_series", "count_due", "is_due", "read_series", "refuse_welcome", "send_due_welcomes",
    "take_down_due",
]  # fmt: skip

VERSION = 1
GONE = (ConsentKind.UNSUBSCRIBED, ConsentKind.BOUNCED, ConsentKind.COMPLAINED)
"""Events after which nobody is new any more, though they come back."""
ON_ITS_WAY = frozenset({SendState.PREPARED, SendState.SENDING, SendState.DONE})
_e, _s = consent_event.c, series_letter.c


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLetter:
    """A letter of the series, which goes this long after a reader confirmed; with ``imported`` also after an import."""

    issue: str
    after: dt.timedelta
    imported: bool = False

    @property
    def kinds(self) -> tuple[ConsentKind, ...]:
        """The events of consent that it follows."""
        return (ConsentKind.CONFIRMED, ConsentKind.IMPORTED) if self.imported else (ConsentKind.CONFIRMED,)


def read_series(outbox: Path) -> tuple[SeriesLetter, ...]:
    """The letters of the series, in their order; none where the build left none. Raises NotInOutboxError."""
    file = outbox / SERVICE_FOLDER / SERIES_FILE
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        letters = tuple(
            SeriesLetter(
                issue=one["issue"],
                after=dt.timedelta(seconds=one["after"]),
                imported=bool(one.get("imported", False)),
            )
            for one in record["letters"]
        )
        known = record["version"] == VERSION
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise NotInOutboxError(f"'{file}' is no series of letters", "run tipsheet build again") from error
    if not known:
        raise NotInOutboxError(f"'{file}' has another form than this program reads", "run tipsheet build again")
    return letters


def refuse_welcome(outbox: Path, issue: str) -> None:
    """Raise NotThatStateError when this is a letter of the series, which nobody sends to everybody."""
    if any(letter.issue == issue for letter in read_series(outbox)):
        hint = "it goes by itself when tipsheet publish or tipsheet web runs; a test to yourself works: --to ADDRESS"
        raise NotThatStateError(f"{issue} is a welcome letter, for whoever confirms", hint)


def send_due_welcomes(
    engine: sa.Engine,
    outbox: Path,
    clock: Callable[[], dt.datetime],
    job_for: Callable[[Edition], SendJob],
    *,
    passes: Callable[[Edition], bool] = lambda _edition: True,
    waits: Callable[[NotApprovedError], None] = lambda _error: None,
) -> Iterator[Status]:
    """Send each letter of the series to the readers it is due to now; yields the status of each that had any.

    A letter that another sender works on, that is not approved or does not pass the gate waits for the next run.
    ``job_for`` is only called when there is something to send, and ``waits`` for each that is not approved.
    """
    for letter in read_series(outbox):
        edition = read_edition(outbox, letter.issue)
        with engine.connect() as connection:
            due = is_due(connection, letter, edition, clock())
        if due and passes(edition):
            try:
                job = job_for(edition)
            except NotApprovedError as error:
                waits(error)
                continue
            try:
                yield send(job, partial(take_down_due, job=job, letter=letter), brief=True)
            except AnotherSenderError:
                return


def is_due(connection: sa.Connection, letter: SeriesLetter, edition: Edition, now: dt.datetime) -> bool:
    """True if there is anything to write or to send for a letter of the series."""
    found = find_send(connection, letter.issue)
    if found is None or not found.series:
        return True
    if found.state not in ON_ITS_WAY:
        return False
    waits = sa.exists().where(
        delivery.c.send_id == found.id, delivery.c.state == DeliveryState.QUEUED, delivery.c.due_at <= now
    )
    seen = connection.execute(sa.select(_s.seen).where(_s.send_id == found.id)).scalar_one()
    news = sa.exists().where(*_due_events(letter, found.id, seen, now))
    changed = found.digest != edition.digest
    return changed or bool(connection.execute(sa.select(sa.or_(waits, news))).scalar_one())


def begin_series(connection: sa.Connection, letter: SeriesLetter, edition: Edition, now: dt.datetime) -> Send:
    """The letter in the ledger; a new one is for readers who confirm from now on.

    Raises NotThatStateError when an issue was sent by that name.
    """
    fresh = begin(connection, edition, SendState.DONE, now)
    found = find_send(connection, letter.issue)
    assert found is not None  # noqa: S101 - it was inserted, or it was there
    if fresh:
        last = sa.select(sa.func.coalesce(sa.func.max(_e.id), 0))
        row = {"send_id": found.id, "since": now, "seen": connection.execute(last).scalar_one()}
        connection.execute(sa.insert(series_letter).values(row))
    elif not found.series:
        hint = "give the letter another name, or the issue another id"
        raise NotThatStateError(f"an issue was sent by the name of the welcome letter {letter.issue}", hint)
    return found


def take_down_due(connection: sa.Connection, *, job: SendJob, letter: SeriesLetter) -> Send:
    """Write a row for every reader to whom the letter is due and who has none; readers who have paused are passed over.

    New readers get what is in the outbox now, and so do those who still wait (D8 is for issues, of which all readers
    get the same). What was paused or cancelled by hand stays so.
    """
    now, edition = job.clock(), job.edition
    found = begin_series(connection, letter, edition, now)
    state = sa.select(_s.seen).where(_s.send_id == found.id).with_for_update()
    seen = connection.execute(state).scalar_one()
    if found.state not in ON_ITS_WAY:
        return found
    snapshot = Snapshot(connection, found.id, edition, job.segments, job.secret, now)
    if found.digest != edition.digest:
        snapshot.amend()
    seen_then = _seen(connection, letter, seen, now)  # before who is due is asked for: what comes meanwhile is not seen
    snapshot.take(Occasion(at=now), _due_to(letter, found.id, seen, now))
    connection.execute(sa.update(series_letter).where(_s.send_id == found.id).values(seen=seen_then))
    connection.execute(going_on(found.id).values(dated_at=None, changed_at=now))  # dated anew
    return find_send(connection, letter.issue) or found


def count_due(
    connection: sa.Connection, letter: SeriesLetter, edition: Edition, segments: Iterable[Segment], now: dt.datetime
) -> int:
    """The number of readers who are sent the letter if it goes now, besides those who wait already."""
    found = find_send(connection, letter.issue)
    if found is None or not found.series or found.state not in ON_ITS_WAY:
        return 0
    seen = connection.execute(sa.select(_s.seen).where(_s.send_id == found.id)).scalar_one()
    rows = readers(segments, edition.audience, dialect=connection.dialect.name, named=(), columns=(subscriber.c.id,))
    rows = rows.where(_due_to(letter, found.id, seen, now), Occasion(at=now).cause() == "").order_by(None)
    return connection.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()


def _due_to(letter: SeriesLetter, send_id: int, seen: int, now: dt.datetime) -> sa.ColumnElement[bool]:
    """The condition that the letter is due to a subscriber: a new reader, who has never left."""
    new = sa.select(_e.subscriber_id).where(*_due_events(letter, send_id, seen, now))
    gone = sa.exists().where(_e.subscriber_id == subscriber.c.id, _e.kind.in_(GONE))
    return sa.and_(subscriber.c.id.in_(new), sa.not_(gone))


def _due_events(letter: SeriesLetter, send_id: int, seen: int, now: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions of the events which the letter is to follow now, and for which it has no row yet."""
    row = sa.exists().where(delivery.c.send_id == send_id, delivery.c.subscriber_id == _e.subscriber_id)
    return (_e.id > seen, _e.kind.in_(letter.kinds), _e.at <= now - letter.after, sa.not_(row))


def _seen(connection: sa.Connection, letter: SeriesLetter, seen: int, now: dt.datetime) -> int:
    """The last event before the first whose moment has not come: all up to there were looked at.

    An event in the future, written with a wrong clock, holds this up, but no letter.
    """
    later = sa.select(sa.func.min(_e.id)).where(_e.id > seen, _e.at > now - letter.after)
    first = connection.execute(later).scalar_one()
    if first is not None:
        return int(first) - 1
    last = sa.select(sa.func.max(_e.id)).where(_e.id > seen)
    return int(connection.execute(last).scalar_one() or seen)
