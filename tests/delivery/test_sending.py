"""An issue goes to each of its readers once, and the ledger says what became of it."""

import datetime as dt
import threading
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.delivery.builders import ISSUE, MANAGERS, NOW, SECRET, SEGMENTS, counts, edition, job, owners, people, states
from tests.delivery.sink import Deed, Sink, connect_to, running
from tipsheet.audience.address import normalised
from tipsheet.audience.frequency import Occasion
from tipsheet.audience.secret import Secret, SecretError
from tipsheet.audience.subscriber import suppression_of
from tipsheet.delivery.channel import Dropped, Halt, Unlimited
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import ContentChangedError, NotThatStateError, Snapshot, find_send, prepare
from tipsheet.delivery.states import EXPIRES
from tipsheet.delivery.status import cancel as cancel_send
from tipsheet.delivery.status import pause as pause_send
from tipsheet.delivery.status import resume as resume_send
from tipsheet.delivery.status import rows_of, status_of
from tipsheet.errors import TipsheetError
from tipsheet.model.segment import Reader
from tipsheet.store.database import open_store, writing
from tipsheet.store.failures import NoStoreError, VanishedStoreError
from tipsheet.store.states import ALWAYS_DUE, DeliveryState
from tipsheet.store.tables import consent_event, delivery, delivery_log, delivery_owner, issue_edition, subscriber

MINUTE = dt.timedelta(minutes=1)
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def store(sqlite_store_url):
    """This is about what servers and people do, not about databases: one is enough."""
    engine = open_store(sqlite_store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


def test_everybody_gets_one_letter(store, sink):
    people(store, 120)
    status = send(job(store, sink.connect, connections=3))
    assert counts(store) == {"sent": 120}
    assert sorted(sink.recipients.values()) == [1] * 120
    assert (status.state, status.exit_code, status.total) == ("done", 0, 120)
    with store.connect() as connection:
        assert connection.execute(sa.select(delivery_owner)).all() == []
        assert {(row.state, row.code, row.enhanced) for row in rows_of(connection, ISSUE)} == {("sent", 250, "2.0.0")}


def test_a_snapshot_taken_twice_adds_nobody(store):
    """D1."""
    people(store, 5)
    with writing(store) as connection:
        send_id = prepare(connection, edition(), SEGMENTS, SECRET, now=NOW).id
        assert prepare(connection, edition(), SEGMENTS, SECRET, now=LATER).id == send_id
        again = Snapshot(connection, send_id, edition(), SEGMENTS, SECRET, NOW)
        assert again.take(Occasion(at=NOW)) == 0
    assert counts(store) == {"queued": 5}


def test_a_run_after_the_last_sends_nothing(store, sink):
    """D7: and whoever subscribed since then waits for the next issue."""
    people(store, 5)
    send(job(store, sink.connect))
    with store.begin() as connection:
        row = dict(connection.execute(sa.select(subscriber).limit(1)).one()._mapping)
        new = {"id": 99, "public_id": "p99", "email": "new@example.org", "email_norm": "new@example.org"}
        connection.execute(sa.insert(subscriber).values({**row, **new}))
    sessions = sink.sessions
    assert send(job(store, sink.connect)).exit_code == 0
    assert (len(sink.accepted), sink.sessions) == (5, sessions)


def test_a_run_after_the_last_is_over_at_once(store, sink):
    """D7: at 20,000 readers nothing is sent, and the ledger is asked a few questions, not one for each of them."""
    people(store, 20_000)
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        connection.execute(sa.update(delivery).values(state="sent"))
    assert send(job(store, sink.connect)).exit_code == 0
    asked: list[str] = []
    sa.event.listen(store, "before_cursor_execute", lambda *args: asked.append(args[2]))
    status = send(job(store, sink.connect))
    assert len(asked) < 50
    assert (status.state, status.exit_code, status.counts[DeliveryState.SENT], sink.sessions) == ("done", 0, 20_000, 0)


def test_a_reader_in_three_segments_gets_one_letter(store, sink):
    """D9: with what is meant for each of them."""
    people(store, [Reader(tags=frozenset({"managers", "sellers", "toronto"})), Reader()])
    send(job(store, sink.connect))
    letters = {one.recipient: one.message for one in sink.accepted}
    assert len(sink.accepted) == 2
    assert letters["P1@example.org"].count(b"For managers.") == 2
    assert b"managers" not in letters["P2@example.org"]
    with store.connect() as connection:
        digests = connection.execute(sa.select(issue_edition.c.segments, issue_edition.c.mime_sha256)).all()
    assert sorted(segments for segments, _ in digests) == ["", "managers"]
    assert len({digest for _, digest in digests}) == 2


def test_only_readers_of_the_issue_get_it(store, sink):
    people(store, [Reader(tags=frozenset({"managers"})), Reader(), Reader(status="unsubscribed")])
    send(job(store, sink.connect, edition=edition(audience=MANAGERS)))
    assert list(sink.recipients) == ["P1@example.org"]


def test_what_a_message_says_of_itself(store, sink):
    """D14, D15: deterministic, unique, no address in the Message-ID; headers for machines as they were written."""
    people(store, 40)
    send(job(store, sink.connect))
    for one in sink.accepted:
        head = one.message.partition(b"\r\n\r\n")[0].decode("ascii")
        raw = dict(line.split(": ", 1) for line in head.split("\r\n"))
        parsed = message_from_bytes(one.message, policy=policy.default)
        public_id = one.recipient.partition("@")[0].lower()
        token = SECRET.leave_token(public_id)
        assert one.message_id == f"<{ISSUE}.{SECRET.message_key(ISSUE, public_id)}@halfturn.example>"
        assert len(one.message_id) <= 78
        assert raw["List-Unsubscribe"] == (
            f"<https://lists.example/leave/{token}>, <mailto:out@halfturn.example?subject={token}>"
        )
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID", "Message-ID"):
            assert str(parsed[name]) == raw[name]
            assert "=?" not in raw[name]
    assert len({one.message_id for one in sink.accepted}) == 40


def test_changed_content_stops_the_second_run(store, sink):
    """D8: nothing is sent; with --amend-unsent those who wait get the new text, and the ledger knows who got which."""
    people(store, [Reader(tags=frozenset({"managers"})), Reader(), Reader()])
    sink.fault = lambda said: "450 later" if said.verb == "RCPT" and said.count > 0 else None
    send(job(store, sink.connect, connections=1))
    sink.fault = lambda _said: None
    new = edition("Another text.\n")
    with pytest.raises(ContentChangedError) as caught:
        send(job(store, sink.connect, edition=new))
    assert (caught.value.exit_code, len(sink.accepted)) == (3, 1)
    status = send(job(store, sink.connect, edition=new, amend=True, clock=lambda: LATER))
    assert status.exit_code == 0
    assert [b"Another" in one.message for one in sink.accepted] == [False, True, True]
    with store.connect() as connection:
        query = sa.select(issue_edition.c.content_sha256).join(delivery, delivery.c.edition_id == issue_edition.c.id)
        query = query.order_by(delivery.c.id)
        assert list(connection.execute(query).scalars()) == [edition().digest, new.digest, new.digest]


def test_an_amended_issue_skips_those_whom_it_is_not_for_any_more(store, sink):
    people(store, [Reader(), Reader(tags=frozenset({"managers"}))])
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    send(job(store, sink.connect, edition=edition(audience=MANAGERS), amend=True))
    assert states(store) == {1: ("skipped", "not meant"), 2: ("sent", "")}


@pytest.mark.parametrize("step", ["snapshot", "offered"])
@pytest.mark.parametrize("way", ["left", "erased"])
def test_who_leaves_after_the_snapshot_gets_nothing(store, sink, step, way):
    """D10: up to the moment before the dot."""
    people(store, 3)

    def leave(*_: object) -> None:
        with writing(store) as connection:
            person = subscriber.c.id == 2
            if way == "left":
                connection.execute(sa.update(subscriber).where(person).values(status="unsubscribed"))
            else:
                connection.execute(sa.delete(subscriber).where(person))
                connection.execute(sa.update(delivery).where(delivery.c.subscriber_id == 2).values(recipient=""))

    if step == "snapshot":
        with writing(store) as connection:
            prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        leave()
        checkpoint = Failpoint("", leave)
    else:
        checkpoint = Failpoint("offered", leave, after=1)
    status = send(job(store, sink.connect, connections=1, checkpoint=checkpoint))
    assert states(store) == {1: ("sent", ""), 2: ("skipped", way), 3: ("sent", "")}
    assert sorted(sink.recipients) == ["P1@example.org", "P3@example.org"]
    assert status.exit_code == 0


class Failpoint:
    """Does something when a checkpoint is passed, once, after so many times."""

    def __init__(self, name, deed, after=0) -> None:
        self._name, self._deed, self._left, self._lock = name, deed, after, threading.Lock()

    def __call__(self, name: str) -> None:
        with self._lock:
            if name == self._name:
                self._left -= 1
                due = self._left == -1
            else:
                due = False
        if due:
            self._deed()


@pytest.mark.parametrize("connections", [1, 3])
def test_a_pause_stops_within_one_message_a_connection(store, sink, connections):
    """D11: and going on sends the rest."""
    people(store, 60)
    passed = []

    def pause() -> None:
        with writing(store) as connection:
            pause_send(connection, ISSUE, NOW)
        passed.append(len(sink.accepted))

    status = send(job(store, sink.connect, connections=connections, checkpoint=Failpoint("offered", pause, after=9)))
    assert (status.state, status.exit_code) == ("paused", 5)
    assert len(sink.accepted) <= passed[0] + connections
    assert counts(store) == {"sent": len(sink.accepted), "queued": 60 - len(sink.accepted)}
    assert send(job(store, sink.connect)).exit_code == 5
    with writing(store) as connection:
        resume_send(connection, ISSUE, NOW)
    assert send(job(store, sink.connect)).exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 60


def test_a_cancelled_issue_is_never_sent(store, sink):
    """D11: also not what was claimed at that moment."""
    people(store, 60)

    def cancel() -> None:
        with writing(store) as connection:
            cancel_send(connection, ISSUE, NOW)

    status = send(job(store, sink.connect, checkpoint=Failpoint("offered", cancel, after=9)))
    assert status.state == "cancelled"
    assert status.counts[DeliveryState.SENT] + status.counts[DeliveryState.SKIPPED] == 60
    assert status.counts[DeliveryState.SKIPPED] > 0
    with pytest.raises(NotThatStateError):
        send(job(store, sink.connect))


def test_what_is_put_off_is_tried_again_when_it_is_due(store, sink):
    """D12: 5 minutes, 10, 20 … 4 hours; after 48 hours it has failed."""
    people(store, 1)
    sink.fault = lambda said: "451 4.7.1 greylisted" if said.verb == "RCPT" else None
    now, waits = NOW, []
    while counts(store) != {"failed": 1}:
        status = send(job(store, sink.connect, clock=lambda now=now: now))
        tries = sink.said["RCPT"]
        if status.next_due is not None:
            between = now + (status.next_due - now) / 2
            assert send(job(store, sink.connect, clock=lambda between=between: between)).exit_code == 4
            assert sink.said["RCPT"] == tries
            waits.append((status.next_due - now) / MINUTE)
            now = status.next_due
    assert waits[:8] == [5, 10, 20, 40, 80, 160, 240, 240]
    assert EXPIRES <= now - NOW <= EXPIRES + dt.timedelta(hours=4)
    assert states(store) == {1: ("failed", "expired")}
    assert status.exit_code == 4
    with store.connect() as connection:
        notes = list(connection.execute(sa.select(delivery_log.c.note)).scalars())
    assert set(notes) == {"greylisted 451 4.7.1", "expired 451 4.7.1"}


def test_a_run_waits_for_what_is_due_soon(store, sink):
    """Greylisting passes within the run, as far as it is told to wait."""
    people(store, 2)
    sink.fault = lambda said: "451 later" if said.verb == "RCPT" and said.count == 0 else None
    clock = lambda: LATER if sink.accepted else NOW  # noqa: E731
    status = send(job(store, sink.connect, connections=1, clock=clock, wait=MINUTE * 10))
    assert status.counts[DeliveryState.SENT] == 2


@pytest.mark.parametrize("jump", [dt.timedelta(days=1), -dt.timedelta(days=1)])
def test_a_clock_that_jumps_neither_doubles_nor_starves(store, sink, jump):
    """D6: new letters are always due, and one that was put off by a clock ahead of us is due at once."""
    people(store, 4)
    sink.fault = lambda said: "451 later" if said.verb == "RCPT" and said.count % 2 == 0 else None
    send(job(store, sink.connect, connections=1))
    assert counts(store) == {"sent": 2, "queued": 2}
    sink.fault = lambda _said: None
    status = send(job(store, sink.connect, clock=lambda: NOW + jump))
    assert status.exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 4


def test_a_clock_that_jumps_in_the_middle_changes_nothing(store, sink):
    """D6."""
    people(store, 150)
    hours = iter(range(1_000_000))
    status = send(job(store, sink.connect, clock=lambda: NOW + dt.timedelta(hours=(next(hours) * 7) % 48 - 24)))
    assert status.exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 150


FIRST = "P1@example.org"
PATIENCE = {True: 2, False: 20}
"""Seconds to wait for a server: few for one that will not answer, and still enough for one on a busy machine."""
FAULTS = [
    ("MAIL", "450 4.3.0 later", ("queued", "put off")),
    ("MAIL", "550 5.7.1 not you", ("queued", "sender refused")),
    ("RCPT", "451 4.7.1 greylisted", ("queued", "greylisted")),
    ("RCPT", "550 5.1.1 no such mailbox", ("failed", "no such address")),
    ("DATA", "452 4.3.1 full", ("queued", "put off")),
    ("DATA", "554 5.7.1 no", ("failed", "policy")),
    (".", "451 4.3.0 later", ("queued", "put off")),
    (".", "552 5.3.4 too long", ("failed", "too large")),
    ("RCPT", "250 OK\r\n250 OK", ("queued", "dropped")),
    ("MAIL", "421 4.7.0 enough", ("queued", "closing")),
    ("BODY", Deed.DROP, ("queued", "dropped")),
    ("DATA", Deed.HANG, ("queued", "timeout")),
]


@pytest.mark.parametrize(("verb", "said", "expected"), FAULTS, ids=[f"{v} {str(s)[:12]}" for v, s, _ in FAULTS])
@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["groups", "lock-step"])
def test_what_a_server_can_do_to_the_first_letter(store, verb, said, expected, extensions):
    """D17: it is tried again or has failed, as it deserves; the others get theirs, and nobody two."""
    people(store, 4)
    with running(Sink(lambda s: said if s.verb == verb and s.count == 0 else None, extensions)) as sink:
        send(job(store, lambda: connect_to(sink.port, patience=PATIENCE[said is Deed.HANG]), connections=1))
        assert states(store)[1] == expected
        assert states(store)[2] == ("sent", "")
        send(job(store, sink.connect, clock=lambda: LATER))
    assert counts(store) == ({"sent": 4} if expected[0] == "queued" else {"sent": 3, "failed": 1})
    assert set(sink.recipients.values()) == {1}


@pytest.mark.parametrize(
    ("said", "cause"), [(Deed.ACCEPT_AND_DROP, "dropped"), (Deed.DROP, "dropped"), (Deed.HANG, "timeout")]
)
def test_a_connection_lost_after_the_dot_is_made_good_once(store, said, cause):
    """The same message is sent again, with the same Message-ID (RFC 5321, 4.5.3.2.6); the second time it is held."""
    people(store, 3)
    with running(Sink(lambda s: said if s.verb == "." and s.count == 0 else None)) as sink:
        connect = lambda: connect_to(sink.port, patience=PATIENCE[said is Deed.HANG])  # noqa: E731
        send(job(store, connect, connections=1))
        assert states(store)[1] == ("queued", cause)
        assert send(job(store, connect, clock=lambda: LATER)).exit_code == 0
        assert sink.recipients[FIRST] == (2 if said is Deed.ACCEPT_AND_DROP else 1)
        assert len({one.message_id for one in sink.accepted}) == 3


def test_a_connection_lost_twice_after_the_dot_is_held(store, sink):
    people(store, 1)
    sink.fault = lambda said: Deed.ACCEPT_AND_DROP if said.verb == "." else None
    send(job(store, sink.connect))
    status = send(job(store, sink.connect, clock=lambda: LATER))
    assert states(store) == {1: ("unknown", "dropped")}
    assert (status.exit_code, len(sink.accepted)) == (4, 2)
    assert send(job(store, sink.connect, clock=lambda: LATER)).exit_code == 4
    assert len(sink.accepted) == 2


@pytest.mark.parametrize("said", ["421 4.7.0 enough", Deed.DROP])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_closes_after_some_letters_is_called_again(store, verb, said):
    """On a connection that worked it is not about the letter: nobody waits five minutes for it."""
    people(store, 30)
    with running(Sink(lambda s: said if s.verb == verb and s.count % 7 == 6 else None)) as sink:
        assert send(job(store, sink.connect, connections=1)).exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 30
    assert sink.sessions > 3


@pytest.mark.parametrize("greeting", ["421 4.3.2 no time", Deed.DROP])
def test_a_server_that_does_not_want_to_talk_takes_nothing(store, greeting):
    """D17: every row is as it was."""
    people(store, 3)
    with (
        running(Sink(lambda s: greeting if s.verb == "GREETING" else None)) as sink,
        pytest.raises(Dropped) as caught,
    ):
        send(job(store, sink.connect, connect_waits=(0.01,)))
    assert caught.value.exit_code == 69
    assert sink.sessions == 4
    assert counts(store) == {"queued": 3}


def test_one_connection_that_is_refused_leaves_the_work_to_the_other(store):
    people(store, 30)
    with running(Sink(lambda s: "421 too many" if s.verb == "GREETING" and s.count == 1 else None)) as sink:
        assert send(job(store, sink.connect, connections=2)).exit_code == 0
    assert counts(store) == {"sent": 30}


def test_a_login_that_is_refused_consumes_nothing(store):
    """D17: what another try would not change ends the run with its own words."""
    people(store, 3)

    def refused():
        raise TipsheetError("the mail server refused the login")

    with pytest.raises(TipsheetError, match="refused the login"):
        send(job(store, refused))
    assert counts(store) == {"queued": 3}


def test_another_secret_is_noticed_before_anything_is_sent(store, sink):
    people(store, 3)
    send(job(store, sink.connect))
    with pytest.raises(SecretError):
        send(
            job(
                store,
                sink.connect,
                edition=edition(issue="2026-w49"),
                secret=Secret("another secret, just as long as it"),
            )
        )


@pytest.mark.parametrize("extensions", [("PIPELINING", "SMTPUTF8"), ("PIPELINING",)])
def test_a_local_part_beyond_ascii_needs_a_server_that_takes_it(store, extensions):
    """D18."""
    people(store, 2, email={1: "jörg@xn--bcher-kva.example"})
    with running(Sink(extensions=extensions)) as sink:
        send(job(store, sink.connect, connections=1))
    if "SMTPUTF8" in extensions:
        assert sink.accepted[0].recipient == "jörg@xn--bcher-kva.example"
        assert "To: jörg@xn--bcher-kva.example\r\n".encode() in sink.accepted[0].message
    else:
        assert states(store) == {1: ("failed", "no_smtputf8"), 2: ("sent", "")}


def test_an_address_that_is_none_fails_alone(store, sink):
    people(store, 2, email={1: "not an address"})
    assert send(job(store, sink.connect)).exit_code == 4
    assert states(store) == {1: ("failed", "bad_address"), 2: ("sent", "")}


def test_a_name_that_no_header_can_hold_fails_alone(store, sink):
    people(store, 2, first_name={1: "a\0b"})
    send(job(store, sink.connect))
    assert states(store) == {1: ("failed", "no_letter"), 2: ("sent", "")}


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["groups", "lock-step"])
@pytest.mark.parametrize(
    ("verb", "said", "bounces"),
    [
        ("RCPT", "550 5.1.1 no such mailbox", True),
        ("RCPT", "550-5.1.6 moved\r\n550 5.1.6 for good", True),
        ("RCPT", "556 5.1.10 takes no mail", True),
        ("RCPT", "553 5.1.3 what address?", True),
        ("RCPT", "550 5.7.1 we do not like you", False),
        ("RCPT", "550 no", False),
        ("RCPT", "450 5.1.1 later", False),
        ("RCPT", "550 5.1.2 no such host", False),
        ("MAIL", "550 5.1.1 no such sender", False),
        (".", "550 5.1.1 no such mailbox", False),
    ],
)
def test_an_address_that_does_not_exist_is_suppressed(store, verb, said, bounces, extensions):
    """D13: with the refusal, in one transaction; policy (5.7.x) and what is not about the recipient never does."""
    people(store, 3)
    with running(Sink(lambda s: said if s.verb == verb and s.count == 1 else None, extensions)) as sink:
        send(job(store, sink.connect, connections=1))
        with store.connect() as connection:
            found = dict(connection.execute(sa.select(subscriber.c.id, subscriber.c.status)).all())
            address = normalised("p2@example.org")
            why = suppression_of(connection, SECRET, address)
            kinds = list(connection.execute(sa.select(consent_event.c.kind, consent_event.c.subscriber_id)).all())
        assert found == {1: "confirmed", 2: "bounced" if bounces else "confirmed", 3: "confirmed"}
        assert (why.reason if why else None) == ("bounced" if bounces else None)
        assert (("bounced", 2) in kinds) is bounces
        sink.fault = lambda _said: None
        send(job(store, sink.connect, edition=edition(issue="2026-w49")))
    assert sink.recipients["P1@example.org"] == 2
    assert sink.recipients["P2@example.org"] == (0 if bounces else 1)


def test_who_has_another_address_by_now_does_not_bounce(store):
    people(store, 2)

    def move() -> None:
        with writing(store) as connection:
            new = {"email": "new@example.org", "email_norm": "new@example.org"}
            connection.execute(sa.update(subscriber).where(subscriber.c.id == 1).values(new))

    def fault(said):
        if said.verb == "RCPT" and said.count == 0:
            move()
            return "550 5.1.1 no such mailbox"
        return None

    with running(Sink(fault)) as sink:
        send(job(store, sink.connect, connections=1))
    assert states(store) == {1: ("failed", "no such address"), 2: ("sent", "")}
    with store.connect() as connection:
        assert set(connection.execute(sa.select(subscriber.c.status)).scalars()) == {"confirmed"}


class Slow(Unlimited):
    """Makes each domain wait now and then."""

    def __init__(self) -> None:
        self.asked = 0
        self.saved = 0

    def delay(self, domain):
        assert domain == "example.org"
        self.asked += 1
        return 0.001 if self.asked % 2 else 0

    def save(self, connection):
        assert connection.in_transaction()
        self.saved += 1


def test_letters_wait_for_their_turn(store, sink):
    """D13: a governor says how long; what it must keep goes with the ledger."""
    people(store, 30)
    governor = Slow()
    assert send(job(store, sink.connect, governor=governor)).exit_code == 0
    assert (governor.asked, governor.saved) == (60, 2)


def test_a_breaker_pauses_the_issue(store, sink):
    """D13, D22: all connections stop, and what was in flight is recorded."""

    class Breaker(Unlimited):
        def saw(self, domain, receipt, *, again=False):
            return Halt("too many were refused") if len(sink.accepted) > 9 else None

    people(store, 100)
    status = send(job(store, sink.connect, governor=Breaker()))
    assert (status.state, status.cause, status.exit_code) == ("paused", "too many were refused", 5)
    assert counts(store) == {"sent": len(sink.accepted), "queued": 100 - len(sink.accepted)}
    assert 10 <= len(sink.accepted) <= 13


def test_a_dead_sender_s_letters_are_taken_over(store, sink):
    """What was claimed is queued again, what was in flight is held and reported."""
    people(store, 4)
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        connection.execute(sa.insert(delivery_owner).values(id="dead", since=NOW))
        for number, state in ((1, "claimed"), (2, "inflight")):
            row = sa.update(delivery).where(delivery.c.subscriber_id == number)
            connection.execute(row.values(state=state, owner="dead"))
    status = send(job(store, sink.connect))
    assert states(store) == {1: ("sent", ""), 2: ("unknown", "killed"), 3: ("sent", ""), 4: ("sent", "")}
    assert status.exit_code == 4


def test_a_stop_lets_letters_in_flight_end(store, sink):
    """As Ctrl-C does: nothing is unknown, and what was claimed is free."""
    people(store, 80)
    stop = threading.Event()
    status = send(job(store, sink.connect, stop=stop, checkpoint=Failpoint("inflight", stop.set, after=9)))
    assert counts(store) == {"sent": len(sink.accepted), "queued": 80 - len(sink.accepted)}
    assert (status.state, status.exit_code) == ("sending", 4)
    assert 10 <= len(sink.accepted) < 20


def test_an_interrupt_is_passed_on_after_everything_is_recorded(store, sink):
    people(store, 80)

    def interrupted(recorded):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(job(store, sink.connect, progress=interrupted))
    assert set(counts(store)) <= {"sent", "queued"}
    assert counts(store).get("sent", 0) == len(sink.accepted)


def test_a_mistake_of_ours_ends_the_run_and_leaves_the_ledger_true(store, sink):
    people(store, 40)

    def mistake():
        raise LookupError("a mistake")

    with pytest.raises(LookupError, match="a mistake"):
        send(job(store, sink.connect, checkpoint=Failpoint("inflight", mistake, after=5)))
    found = counts(store)
    assert found.pop("unknown") == 1
    assert found.pop("sent") == len(sink.accepted)
    assert set(found) <= {"queued"}


def test_nobody_gets_an_issue_without_readers(store, sink):
    people(store, [Reader(status="unsubscribed")] * 3)
    assert send(job(store, sink.connect)).exit_code == 0
    assert sink.sessions == 0


def test_an_empty_store_is_no_store(store, sink):
    """K13: the issue does not count as sent."""
    with pytest.raises(NoStoreError, match="nobody in the store"):
        send(job(store, sink.connect))
    people(store, 3)
    assert send(job(store, sink.connect)).counts[DeliveryState.SENT] == 3


def test_a_store_that_vanishes_stops_the_run(store, sink):
    """K13: no further letter is ended, no new file is made, and the one that is put back goes on."""
    people(store, 60)
    file = Path(str(store.url.database))
    hidden = file.with_suffix(".away")
    take_away = Failpoint("inflight", lambda: file.rename(hidden), after=20)
    with pytest.raises(VanishedStoreError):
        send(job(store, sink.connect, connections=2, checkpoint=take_away))
    assert 19 <= len(sink.accepted) <= 22
    store.dispose()
    with pytest.raises(sa.exc.OperationalError):
        store.connect()
    assert not file.exists()
    hidden.rename(file)
    assert send(job(store, sink.connect, new_owner=owners("again"))).counts[DeliveryState.QUEUED] == 0
    assert set(sink.recipients.values()) == {1}


def test_no_address_stands_in_the_log(store, sink):
    """A10: what a server says may name the recipient."""
    people(store, 3)
    sink.fault = lambda said: f"550 5.1.1 {said.words} unknown" if said.verb == "RCPT" else None
    send(job(store, sink.connect))
    with store.connect() as connection:
        written = repr(connection.execute(sa.select(delivery_log)).all())
        status = status_of(connection, ISSUE)
    assert "@" not in written
    assert status.causes == {(DeliveryState.FAILED, "no such address"): 3}


def test_letters_that_were_never_tried_are_always_due(store):
    people(store, 1)
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        assert find_send(connection, ISSUE).state == "prepared"
        assert connection.execute(sa.select(delivery.c.due_at)).scalar_one() == ALWAYS_DUE


def test_a_job_is_a_value(store, sink):
    one = job(store, sink.connect)
    assert replace(one, connections=7).connections == 7
    assert owners()() == "owner-1"


def test_a_letter_in_hand_is_given_back_when_its_connection_cannot_be_replaced(store):
    """Another sends it; nobody waits for it for ever."""
    people(store, 40)
    dead = {"421 4.3.2 no more": lambda s: s.verb == "GREETING" and s.count == 2}
    faults = {Deed.DROP: lambda s: s.verb == "MAIL" and s.count == 9, **dead}
    with running(Sink(lambda s: next((words for words, when in faults.items() if when(s)), None))) as sink:
        assert send(job(store, sink.connect, connections=2)).exit_code == 0
    assert sorted(sink.recipients.values()) == [1] * 40


def test_an_issue_amended_under_a_sender_is_left_to_who_has_the_new_text(store, sink):
    """On PostgreSQL senders on several machines may differ."""
    people(store, 40)
    new = edition("Another text.\n")

    def amend() -> None:
        with writing(store) as connection:
            prepare(connection, new, SEGMENTS, SECRET, now=NOW, amend=True)

    with pytest.raises(ContentChangedError, match="by somebody else"):
        send(job(store, sink.connect, connections=1, checkpoint=Failpoint("offered", amend, after=5)))
    before = len(sink.accepted)
    assert before < 10
    assert send(job(store, sink.connect, edition=new)).exit_code == 0
    assert {b"Another" in one.message for one in sink.accepted[before:]} == {True}
    assert sorted(sink.recipients.values()) == [1] * 40
