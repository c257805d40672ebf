"""Who holds rows, and whether they are still there: a lock says it, and no clock."""

import datetime as dt
import re
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
import sqlalchemy as sa

from tests.delivery.builders import ISSUE, NOW, SECRET, SEGMENTS, counts, edition, job, people, states
from tests.delivery.sink import Sink, running
from tipsheet.audience.register import open_register
from tipsheet.audience.secret import Secret
from tipsheet.delivery import snapshot
from tipsheet.delivery.bounces import letter_of
from tipsheet.delivery.channel import Unlimited
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.locks import AnotherSenderError, leave, only_sender, recover, take_place
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import find_send, prepare
from tipsheet.delivery.states import Outcome
from tipsheet.delivery.status import resolve, retry
from tipsheet.delivery.writer import LedgerWriter, Step
from tipsheet.model.segment import Reader
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import ALWAYS_DUE, DUE_AGAIN, DeliveryState
from tipsheet.store.tables import TAKEN, delivery, delivery_owner, issue_edition, subscriber


def test_one_sender_at_a_time_on_a_file(sqlite_url):
    """D5."""
    url = sa.make_url(sqlite_url)
    with only_sender(url):
        with pytest.raises(AnotherSenderError) as caught, only_sender(url):
            pass
        assert caught.value.exit_code == 75
    with only_sender(url):
        pass


@pytest.fixture
def prepared(store):
    prepare_six(store)
    return store


def prepare_six(store: sa.Engine) -> None:
    people(store, 6)
    with writing(store) as connection:
        found = prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        Ledger(found, "anybody").start(connection, NOW)


def claimed_by(store: sa.Engine, owner: str, connection: sa.Connection, count: int = 2) -> Ledger:
    ledger = Ledger(send_of(store), owner)
    with connection.begin():
        take_place(connection, owner, NOW)
        ledger.claim(connection, count, NOW)
    return ledger


def test_claims_of_several_owners_never_overlap(prepared):
    with prepared.connect() as one, prepared.connect() as two:
        first, second = Ledger(send_of(prepared), "one"), Ledger(send_of(prepared), "two")
        with one.begin():
            mine = {row.id for row in first.claim(one, 4, NOW)}
            if prepared.dialect.name == "postgresql":  # another at the very same time
                with two.begin():
                    theirs = {row.id for row in second.claim(two, 4, NOW)}
        if prepared.dialect.name == "sqlite":
            with two.begin():
                theirs = {row.id for row in second.claim(two, 4, NOW)}
    assert (len(mine), len(theirs), mine & theirs) == (4, 2, set())


def send_of(store: sa.Engine):
    with store.connect() as connection:
        return find_send(connection, ISSUE)


def test_who_was_taken_for_dead_changes_nothing_any_more(prepared):
    """Fencing: rows that somebody took over are not ours, and none of our letters may be ended."""
    with prepared.connect() as connection:
        ledger = claimed_by(prepared, "slow", connection)
        ids = sorted(states(prepared))[:2]
        with connection.begin():
            assert ledger.begin(connection, ids[:1], NOW) == {ids[0]}
            leave(connection, "slow", NOW)  # what `recover` does to the dead
        with connection.begin():
            assert ledger.begin(connection, ids, NOW) == frozenset()
            ledger.release(connection, ids, NOW)
    assert counts(prepared) == {"unknown": 1, "queued": 5}


@pytest.mark.postgresql
def test_a_sender_waits_for_one_who_is_alive_and_takes_over_from_one_who_is_not(postgresql_url):
    """Rows of a living sender are left alone, however long it takes; when its connection ends, they are free."""
    prepared = open_store(postgresql_url)
    prepare_six(prepared)
    other = prepared.connect()
    claimed_by(prepared, "other", other)
    with running(Sink()) as sink:
        ended = []
        thread = threading.Thread(target=lambda: ended.append(send(job(prepared, sink.connect))))
        thread.start()
        sink.wait_for(4)
        with writing(prepared) as connection:
            assert recover(connection, "me", NOW) == 0
            assert len(connection.execute(sa.select(delivery_owner)).all()) == 2
        assert not ended
        other.invalidate()  # the connection ends, and its lock with it
        other.close()
        thread.join()
    assert ended[0].exit_code == 0
    assert counts(prepared) == {"sent": 6}
    prepared.dispose()


def test_sqlite_reads_only_the_rows_that_it_claims(sqlite_url):
    """The partial index is used, though a hundred thousand rows may be put off."""
    store = open_store(sqlite_url)
    people(store, 3)
    with writing(store) as connection:
        found = prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM delivery WHERE send_id = ? AND delivery.state = 'queued' "
            "AND due_at <= ? ORDER BY due_at, id LIMIT 50",
            (found.id, "2026"),
        ).all()
        assert "USING INDEX delivery_queued (send_id=? AND due_at<?)" in plan[0][3]
        assert len(plan) == 1  # nothing is sorted
        assert connection.execute(sa.select(sa.func.count()).select_from(delivery)).scalar_one() == 3
    store.dispose()


@pytest.mark.postgresql
def test_postgresql_reads_only_the_rows_that_it_claims(postgresql_url):
    store = open_store(postgresql_url)
    prepare_six(store)
    with store.begin() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        query = "SELECT id FROM delivery WHERE send_id = 1 AND queued AND due_at <= now() ORDER BY due_at, id LIMIT 9"
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {query}").scalars())
    assert "using delivery_queued" in plan
    assert "Sort" not in plan
    store.dispose()


@pytest.mark.postgresql
def test_a_letter_makes_new_entries_in_the_indexes_once(postgresql_url):
    """D30: of its three changes of state two stay on the page."""
    store = open_store(postgresql_url)
    prepare_six(store)
    changed, on_page = sa.func.pg_stat_get_xact_tuples_updated, sa.func.pg_stat_get_xact_tuples_hot_updated
    table = sa.literal_column("'delivery'::regclass")
    with store.begin() as connection:
        ledger = Ledger(send_of(store), "one")
        ids = [row.id for row in ledger.claim(connection, 6, NOW)]
        assert ledger.begin(connection, ids, NOW) == {*ids}
        sent = [Outcome(delivery=number, state=DeliveryState.SENT, due_at=NOW, code=250) for number in ids]
        ledger.record(connection, sent, NOW)
        assert connection.execute(sa.select(changed(table), on_page(table))).one() == (18, 12)
    assert counts(store) == {"sent": 6}
    store.dispose()


@pytest.mark.postgresql
def test_a_sender_on_postgresql_looks_up_its_rows(postgresql_url):
    """By their numbers, whatever other index was small when the plan was made and would be read whole each time."""
    store = open_store(postgresql_url)
    prepare_six(store)
    ledger = Ledger(send_of(store), "one")
    plans: list[str] = []
    with LedgerWriter(store, ledger, lambda: NOW, Unlimited()) as writer:
        writer.call(partial(explain, heard=plans))
        numbers = [row.id for row in writer.write([], 6).claimed]
        for before, number in pairwise([None, *numbers]):
            sent = [] if before is None else [Outcome(delivery=before, state=DeliveryState.SENT, due_at=NOW, code=250)]
            assert writer.write([Step(begin=number, outcomes=tuple(sent))]).granted == {number}
        writer.call(lambda connection: ledger.begin(connection, numbers, NOW))
        last = [Outcome(delivery=numbers[-1], state=DeliveryState.SENT, due_at=NOW, code=251)]
        writer.call(lambda connection: ledger.record(connection, last, NOW))
    told = "\n".join(plans)
    used = re.findall(r"Index Scan using (\w+) on delivery\b|Bitmap Index Scan on (delivery_\w+)", told)
    assert {one or other for one, other in used} == {"delivery_pkey", "delivery_queued"}
    assert "Seq Scan on delivery" not in told
    assert sum("recorded AS" in plan for plan in plans) == 6
    store.dispose()


def explain(connection: sa.Connection, heard: list[str]) -> None:
    """Hear the plan of each statement of this session from now on."""
    driver = connection.connection.driver_connection
    driver.add_notice_handler(lambda notice: heard.append(notice.message_primary))
    connection.exec_driver_sql("LOAD 'auto_explain'")
    for setting in ("auto_explain.log_min_duration = 0", "client_min_messages = log"):
        connection.exec_driver_sql(f"SET {setting}")


@pytest.mark.postgresql
def test_statements_of_a_sender_are_planned_once(postgresql_url):
    """To plan one anew for each letter takes as long as to run it."""
    store = open_store(postgresql_url)
    prepare_six(store)
    ledger = Ledger(send_of(store), "one")
    with LedgerWriter(store, ledger, lambda: NOW, Unlimited()) as writer:
        rows = writer.write([], 6).claimed
        for row in rows:
            assert writer.write([Step(begin=row.id)]).granted == {row.id}
        query = "SELECT sum(generic_plans) > 0, sum(custom_plans) FROM pg_prepared_statements"
        assert writer.call(lambda connection: connection.exec_driver_sql(query).one()) == (True, 0)
    store.dispose()


def test_a_key_is_looked_up_in_the_index(store):
    query = sa.select(delivery.c.id).where(delivery.c.message_key == "k", TAKEN)
    text = str(query.compile(store, compile_kwargs={"literal_binds": True}))
    with store.begin() as connection:
        if store.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = " ".join(connection.exec_driver_sql(f"EXPLAIN {text}").scalars())
        else:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()[0][3]
    assert "delivery_message_key" in plan
    assert ALWAYS_DUE.isoformat(" ") < "1970-01-01 00:00:00.5+00" < DUE_AGAIN.isoformat(" ")


@pytest.mark.parametrize(
    ("after", "state", "found"),
    [
        ((), "queued", False),  # nobody can know the key of a letter that no sender has had
        (("claim",), "claimed", True),
        (("claim", "begin"), "inflight", True),
        (("claim", "begin", "sent"), "sent", True),
        (("claim", "begin", "later"), "queued", True),
        (("claim", "begin", "lost"), "unknown", True),
        (("claim", "begin", "lost", "arrived"), "sent", True),
        (("claim", "begin", "lost", "again"), "queued", True),
        (("claim", "begin", "failed"), "failed", True),
        (("claim", "begin", "failed", "retry"), "queued", True),
        (("claim", "left", "begin"), "skipped", True),
    ],
)
def test_a_letter_is_found_by_its_key_once_a_sender_has_it(store, after, state, found):
    """Reports come for letters in every state, also for one that waits for its second try."""
    people(store, 1)
    with writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        ledger = Ledger(find_send(connection, ISSUE), "one")
        take_place(connection, "one", NOW)
        ledger.start(connection, NOW)
        (number,) = connection.execute(sa.select(delivery.c.id)).scalars()

        def end(state: DeliveryState, cause: str = "") -> None:
            due = NOW + dt.timedelta(minutes=5)
            ledger.record(connection, [Outcome(delivery=number, state=state, due_at=due, cause=cause)], NOW)

        steps = {
            "claim": lambda: ledger.claim(connection, 1, NOW),
            "begin": lambda: ledger.begin(connection, [number], NOW),
            "sent": lambda: end(DeliveryState.SENT),
            "later": lambda: end(DeliveryState.QUEUED, "greylisted"),
            "failed": lambda: end(DeliveryState.FAILED, "no such address"),
            "lost": lambda: leave(connection, "one", NOW),
            "arrived": lambda: resolve(connection, ISSUE, [number], DeliveryState.SENT, NOW),
            "again": lambda: resolve(connection, ISSUE, [number], DeliveryState.QUEUED, NOW),
            "retry": lambda: retry(connection, ISSUE, NOW),
            "left": lambda: connection.execute(sa.update(subscriber).values(status="left")),
        }
        for step in after:
            steps[step]()
        row = connection.execute(sa.select(delivery.c.state, delivery.c.message_key)).one()
        assert row.state == state
    with open_register(store, SECRET, now=NOW) as register:
        assert (letter_of(register, row.message_key, "") is not None) == found


def test_a_second_row_with_the_same_key_is_refused(prepared):
    """D14: a key is that of one letter."""
    with prepared.connect() as connection:
        claimed_by(prepared, "one", connection, 6)
        with pytest.raises(sa.exc.IntegrityError), connection.begin():
            connection.execute(sa.update(delivery).values(message_key="the same"))


def test_ctrl_c_while_readers_are_written_down_leaves_nothing(store, monkeypatch):
    """SQLite asks for keys in the middle of a statement, and would take the signal for an error of its own."""
    people(store, 5)
    given: list[str] = []

    def keys(_secret: Secret, _issue: str) -> Callable[[str], str]:
        def key(public_id: str) -> str:
            if len(given) == 3:
                raise KeyboardInterrupt
            given.append(public_id)
            return public_id

        return key

    monkeypatch.setattr(Secret, "message_keys", keys)
    with pytest.raises(KeyboardInterrupt), writing(store) as connection:
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
    with store.connect() as connection:
        assert find_send(connection, ISSUE) is None


@pytest.mark.parametrize(("batch", "ahead"), [(1, 1), (2, 3), (2, 20), (2000, 20_000)])
def test_everybody_is_written_down_with_what_they_are_sent(store, monkeypatch, batch, ahead):
    """However many rows are fetched and written at a time, and wherever a combination of segments is first met."""
    monkeypatch.setattr(snapshot, "_BATCH", batch)
    monkeypatch.setattr(snapshot, "_AHEAD", ahead)
    tags = ["", "managers", "", "managers", "", "", "managers"]
    people(store, [Reader(tags=frozenset({tag} - {""})) for tag in tags])
    with writing(store) as connection:
        connection.execute(sa.update(subscriber).where(subscriber.c.id == 3).values(paused_until=NOW + dt.timedelta(9)))
        found = prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        query = sa.select(delivery.c.subscriber_id, delivery.c.state, issue_edition.c.segments)
        query = query.join(issue_edition, issue_edition.c.id == delivery.c.edition_id).order_by(delivery.c.id)
        rows = connection.execute(query).all()
    assert rows == [(n, "skipped" if n == 3 else "queued", tag) for n, tag in enumerate(tags, 1)]
    assert found.issue == ISSUE


def test_an_address_is_written_down_as_it_is(store):
    """COPY of PostgreSQL has signs of its own."""
    people(store, 2)
    odd = "back\\slash\ttab\nline\rreturn\\.\\N@example.org"
    with writing(store) as connection:
        connection.execute(sa.update(subscriber).where(subscriber.c.id == 1).values(email=odd))
        prepare(connection, edition(), SEGMENTS, SECRET, now=NOW)
        query = sa.select(delivery.c.recipient, delivery.c.cause, delivery.c.changed_at).order_by(delivery.c.id)
        assert connection.execute(query).all() == [(odd, "", NOW), ("P2@example.org", "", NOW)]


def test_an_issue_of_which_a_row_waits_is_not_done(prepared):
    """Between the questions of a sender that finds nothing to do, another one may give back what it had."""
    with prepared.connect() as connection:
        ledger = claimed_by(prepared, "one", connection, 6)
        ids = sorted(states(prepared))
        for left, state in ((ids, "sending"), (ids[1:], "sending"), ([], "done")):
            with connection.begin():
                ledger.finish(connection, NOW)
                connection.execute(sa.update(delivery).where(delivery.c.id.in_(left)).values(state="queued"))
                connection.execute(sa.update(delivery).where(delivery.c.id.not_in(left)).values(state="sent"))
            with connection.begin():
                ledger.finish(connection, NOW)
            assert send_of(prepared).state == state


def test_an_issue_taken_for_done_goes_on_when_a_row_of_it_waits(prepared):
    with prepared.connect() as connection:
        ledger = claimed_by(prepared, "one", connection, 6)
        with connection.begin():
            connection.execute(sa.update(delivery).values(state="sent"))
            ledger.finish(connection, NOW)
            ledger.reopen(connection, NOW)
        assert send_of(prepared).state == "done"
        with connection.begin():
            connection.execute(sa.update(delivery).where(delivery.c.id == min(states(prepared))).values(state="queued"))
            ledger.reopen(connection, NOW)
        assert send_of(prepared).state == "sending"
