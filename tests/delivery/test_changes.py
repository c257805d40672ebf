"""What a person decides about an issue that is or was sent, on both databases."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.delivery.builders import ISSUE, NOW, SECRET, SEGMENTS, counts, edition, job, people, states
from tests.delivery.sink import Sink, running
from tipsheet.delivery import status
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import NotThatStateError, prepare
from tipsheet.delivery.status import issues_sent, rows_of, status_of
from tipsheet.errors import UnknownNameError
from tipsheet.store.database import writing
from tipsheet.store.states import DeliveryState
from tipsheet.store.tables import delivery, delivery_log

LATER = NOW + dt.timedelta(hours=1)


def put(connection: sa.Connection, **columns: object) -> None:
    """An issue that was sent to readers 1 to 4, of whom 1 and 2 have these columns."""
    prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    connection.execute(sa.update(delivery).values(state="sent", attempts=1))
    connection.execute(sa.update(delivery).where(delivery.c.subscriber_id <= 2).values(**columns))
    connection.execute(sa.text("UPDATE issue_send SET state = 'done'"))


@pytest.fixture
def connection(store):
    people(store, 4)
    with writing(store) as connection:
        yield connection


def ids(connection: sa.Connection, state: DeliveryState) -> list[int]:
    return [row.id for row in rows_of(connection, ISSUE, [state])]


def test_unknown_letters_are_settled_by_the_mail_server_s_log(connection):
    """Their keys stand in its Message-IDs; what is not in it, a person decides."""
    put(connection, state="unknown", cause="killed", owner="dead")
    key = SECRET.message_key(ISSUE, "p1")
    log = [
        "Nov 24 07:00:01 mail postfix/cleanup[7]: A1: message-id=<2026-w48." + key + "@halfturn.example>\n",
        "noise\n",
    ]
    arrived, rest = status.unresolved(connection, ISSUE, log)
    unknown = ids(connection, DeliveryState.UNKNOWN)
    assert ([*arrived], [*rest]) == (unknown[:1], unknown[1:])
    assert status.resolve(connection, ISSUE, arrived, DeliveryState.SENT, LATER) == 1
    assert status_of(connection, ISSUE).state == "done"
    assert status.resolve(connection, ISSUE, rest, DeliveryState.QUEUED, LATER) == 1
    where = status_of(connection, ISSUE)
    assert (where.state, where.counts[DeliveryState.SENT], where.counts[DeliveryState.QUEUED]) == ("sending", 3, 1)
    assert status.resolve(connection, ISSUE, [*arrived, *rest], DeliveryState.SENT, LATER) == 0
    notes = connection.execute(sa.select(delivery_log.c.state, delivery_log.c.note).order_by(delivery_log.c.id)).all()
    assert notes == [("sent", "by hand"), ("queued", "by hand")]


def test_what_was_settled_as_not_arrived_is_sent_once(store):
    people(store, 4)
    with writing(store) as connection:
        put(connection, state="unknown", cause="killed", owner="dead", attempts=1)
        status.resolve(connection, ISSUE, ids(connection, DeliveryState.UNKNOWN), DeliveryState.QUEUED, LATER)
    with running(Sink()) as sink:
        assert send(job(store, sink.connect)).exit_code == 0
    assert sorted(sink.recipients) == ["P1@example.org", "P2@example.org"]
    assert counts(store) == {"sent": 4}


@pytest.mark.parametrize(("cause", "expected"), [("", 2), ("refused", 2), ("expired", 0)])
def test_failed_letters_are_tried_again_as_if_they_were_new(connection, cause, expected):
    put(connection, state="failed", cause="refused", attempts=9, first_tried_at=NOW, dropped=1)
    assert status.retry(connection, ISSUE, LATER, cause=cause) == expected
    where = status_of(connection, ISSUE)
    assert where.counts[DeliveryState.QUEUED] == expected
    assert where.state == ("sending" if expected else "done")
    assert where.next_due is None


def test_an_issue_can_only_be_paused_while_it_is_sent(connection):
    put(connection, state="queued")
    for change in (status.pause, status.resume, status.cancel):
        with pytest.raises(NotThatStateError, match="2026-w48 is done"):
            change(connection, ISSUE, LATER)


def test_a_cancelled_issue_stays_so(connection):
    prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    status.pause(connection, ISSUE, NOW)
    assert status_of(connection, ISSUE).cause == "by hand"
    assert status.cancel(connection, ISSUE, LATER) == 4
    assert status.cancel(connection, ISSUE, LATER) == 0
    assert status_of(connection, ISSUE).causes == {(DeliveryState.SKIPPED, "cancelled"): 4}
    for change in (status.retry, status.pause, status.resume):
        with pytest.raises(NotThatStateError):
            change(connection, ISSUE, LATER)
    with pytest.raises(NotThatStateError):
        status.resolve(connection, ISSUE, [1], DeliveryState.QUEUED, LATER)


def test_an_issue_that_was_never_sent_is_not_there(connection):
    prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    assert issues_sent(connection) == (ISSUE,)
    with pytest.raises(UnknownNameError, match="2026-w84") as caught:
        status_of(connection, "2026-w84")
    assert ISSUE in caught.value.hint


def test_rows_say_what_became_of_each(store):
    people(store, 2)
    with running(Sink(lambda s: "451 4.7.1 later" if s.verb == "RCPT" and s.count == 0 else None)) as sink:
        send(job(store, sink.connect, connections=1))
    with store.connect() as connection:
        first, second = rows_of(connection, ISSUE)
    assert (first.state, first.cause, first.code, first.enhanced, first.attempts) == (
        "queued",
        "put off",
        451,
        "4.7.1",
        1,
    )
    assert first.due_at == NOW + dt.timedelta(minutes=5)
    assert (second.state, second.cause, second.code, second.due_at) == ("sent", "", 250, None)
    assert second.key == SECRET.message_key(ISSUE, "p2")
    assert states(store)[1] == ("queued", "put off")
