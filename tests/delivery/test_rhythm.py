"""W12: who chose one letter a month gets one, who paused gets none, everybody else gets each issue."""

import datetime as dt
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.delivery.builders import NOW, SECRET, SEGMENTS, edition, job, people
from tests.delivery.sink import Sink, running
from tipsheet.audience import frequency
from tipsheet.audience.consent import Evidence
from tipsheet.audience.personal_data import dossier_of
from tipsheet.audience.register import open_register
from tipsheet.audience.subscriber import Subscriber, address_of, known
from tipsheet.delivery import status
from tipsheet.delivery.ledger import Ledger
from tipsheet.delivery.letters import count_readers
from tipsheet.delivery.locks import recover, take_place
from tipsheet.delivery.sending import send
from tipsheet.delivery.snapshot import ContentChangedError, find_send, prepare
from tipsheet.delivery.states import Outcome
from tipsheet.edition.edition import Edition
from tipsheet.edition.outbox import digest_of
from tipsheet.errors import UnknownNameError
from tipsheet.model.audience import EVERYONE, Audience
from tipsheet.model.frequency import FREQUENCIES
from tipsheet.model.segment import Reader
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import DeliveryState, SendState
from tipsheet.store.tables import consent_event, delivery, issue_send, subscriber, wording

PAGE = Evidence(source="https://lists.example/preferences", form="preferences")
DAY = dt.timedelta(days=1)
HAD = (DeliveryState.SENT, DeliveryState.UNKNOWN)


def issue(day: str, text: str = "One thing to do.\n", *, audience: Audience = EVERYONE, name: str = "") -> Edition:
    """The letter of an issue of this day at eight in the morning."""
    made = replace(edition(text, issue=name or day, audience=audience), published=f"{day}T08:00:00+01:00", digest="")
    return replace(made, digest=digest_of(made))


def reader(store: sa.Engine, number: int) -> Subscriber:
    with store.connect() as connection:
        return known(connection, address_of(f"p{number}@example.org"))


def choose(store: sa.Engine, number: int, name: str, now: dt.datetime = NOW) -> None:
    someone = reader(store, number)
    with open_register(store, SECRET, now=now) as register:
        frequency.set_frequency(register, someone, name, PAGE)


def pause(store: sa.Engine, number: int, until: dt.datetime | None, now: dt.datetime = NOW) -> None:
    someone = reader(store, number)
    with open_register(store, SECRET, now=now) as register:
        frequency.pause(register, someone, until, PAGE)


def take_down(store: sa.Engine, letter: Edition, now: dt.datetime = NOW, *, amend: bool = False) -> None:
    with writing(store) as connection:
        prepare(connection, letter, SEGMENTS, SECRET, now=now, amend=amend)


def letters(store: sa.Engine) -> dict[tuple[str, int], tuple[str, str]]:
    """DeliveryState and cause by issue and reader."""
    query = sa.select(issue_send.c.issue, delivery.c.subscriber_id, delivery.c.state, delivery.c.cause)
    with store.connect() as connection:
        rows = connection.execute(query.join_from(delivery, issue_send, issue_send.c.id == delivery.c.send_id)).all()
    return {(row.issue, row.subscriber_id): (row.state, row.cause) for row in rows}


def deliver(store: sa.Engine, name: str, outcome: DeliveryState = DeliveryState.SENT, now: dt.datetime = NOW) -> None:
    """Let all that is queued of an issue end so."""
    with writing(store) as connection:
        found = find_send(connection, name)
        assert found is not None
        ledger = Ledger(found, "owner", SECRET)
        ledger.start(connection, now)
        ids = [row.id for row in ledger.claim(connection, 1_000, now)]
        begun = sorted(ledger.begin(connection, ids, now)) if ids else []
        if outcome is DeliveryState.UNKNOWN:
            take_place(connection, "owner", now)
            recover(connection, "another", now)
            return
        cause = "" if outcome is DeliveryState.SENT else "expired"
        ledger.record(connection, [Outcome(delivery=n, state=outcome, cause=cause, due_at=now) for n in begun], now)


def test_one_letter_a_month_and_each_issue_for_the_others(store):
    people(store, 3)
    choose(store, 2, "monthly")
    pause(store, 3, dt.datetime(2026, 11, 20, tzinfo=dt.UTC), dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    for day in ("2026-11-10", "2026-11-24", "2026-12-01", "2026-12-08"):
        take_down(store, issue(day), dt.datetime.fromisoformat(f"{day}T07:00:00Z"))
        deliver(store, day)
    assert letters(store) == {
        ("2026-11-10", 1): ("sent", ""), ("2026-11-10", 2): ("sent", ""), ("2026-11-10", 3): ("skipped", "paused"),
        ("2026-11-24", 1): ("sent", ""), ("2026-11-24", 2): ("skipped", "monthly"), ("2026-11-24", 3): ("sent", ""),
        ("2026-12-01", 1): ("sent", ""), ("2026-12-01", 2): ("sent", ""), ("2026-12-01", 3): ("sent", ""),
        ("2026-12-08", 1): ("sent", ""), ("2026-12-08", 2): ("skipped", "monthly"), ("2026-12-08", 3): ("sent", ""),
    }  # fmt: skip


def test_the_month_is_the_one_of_the_publications_zone(store):
    """An issue of 1 December at 00:30 in Brussels is of December, though in UTC it is November."""
    people(store, 1)
    choose(store, 1, "monthly")
    take_down(store, issue("2026-11-24"))
    take_down(store, replace(issue("2026-12-01"), published="2026-12-01T00:30:00+01:00"))
    assert letters(store) == {("2026-11-24", 1): ("queued", ""), ("2026-12-01", 1): ("queued", "")}


@pytest.mark.parametrize(
    ("end", "first", "second"),
    [
        (DeliveryState.SENT, "sent", "skipped"),
        (DeliveryState.UNKNOWN, "unknown", "skipped"),
        (DeliveryState.FAILED, "failed", "queued"),
        (None, "skipped", "queued"),
    ],
)
def test_what_did_not_arrive_gives_the_next_issue_back(store, end, first, second):
    """A letter that failed, or was cancelled, was none: the one that was left out because of it goes."""
    people(store, 1)
    choose(store, 1, "monthly")
    for day in ("2026-11-10", "2026-11-24"):
        take_down(store, issue(day))
    if end is None:
        with writing(store) as connection:
            status.cancel(connection, "2026-11-10", NOW)
    else:
        deliver(store, "2026-11-10", end)
    found = letters(store)
    assert (found["2026-11-10", 1][0], found["2026-11-24", 1][0]) == (first, second)


def test_what_was_given_back_is_not_tried_again_as_well(store):
    people(store, 2)
    choose(store, 1, "monthly")
    for day in ("2026-11-10", "2026-11-24"):
        take_down(store, issue(day))
    deliver(store, "2026-11-10", DeliveryState.FAILED)
    deliver(store, "2026-11-24")
    with writing(store) as connection:
        assert status.retry(connection, "2026-11-10", NOW) == 1
    assert letters(store)["2026-11-10", 1] == ("failed", "expired")


def test_an_issue_that_is_not_meant_for_a_reader_takes_nothing_from_them(store):
    people(store, [Reader(tags=frozenset({"managers"})), Reader()])
    for number in (1, 2):
        choose(store, number, "monthly")
    take_down(store, issue("2026-11-10", audience=Audience(frozenset({"managers"}))))
    take_down(store, issue("2026-11-24"))
    assert letters(store) == {
        ("2026-11-10", 1): ("queued", ""), ("2026-11-24", 1): ("skipped", "monthly"), ("2026-11-24", 2): ("queued", ""),
    }  # fmt: skip


def test_two_senders_take_down_two_issues_at_once(store):
    people(store, 50)
    for number in range(1, 51):
        choose(store, number, "monthly")
    barrier = threading.Barrier(2)

    def work(day: str) -> None:
        barrier.wait(60)
        take_down(store, issue(day))

    threads = [threading.Thread(target=work, args=(day,)) for day in ("2026-11-10", "2026-11-24")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(letters(store).values()) == {("queued", ""): 50, ("skipped", "monthly"): 50}


def test_whoever_pauses_or_chooses_while_letters_wait(store):
    """The letter that waits is not sent to whoever paused; a second one of the month is none any more."""
    people(store, 3)
    for day in ("2026-11-10", "2026-11-24"):
        take_down(store, issue(day))
    choose(store, 1, "monthly")
    pause(store, 2, NOW + DAY)
    with running(Sink()) as sink:
        for day in ("2026-11-10", "2026-11-24"):
            send(job(store, sink.connect, edition=issue(day)))
        assert Counter(sink.recipients) == {"P1@example.org": 1, "P3@example.org": 2}
    found = letters(store)
    assert found["2026-11-24", 1] == ("skipped", "monthly")
    assert {found[day, 2] for day in ("2026-11-10", "2026-11-24")} == {("skipped", "paused")}


def test_a_dry_run_counts_who_would_get_it(store):
    people(store, 3)
    choose(store, 1, "monthly")
    pause(store, 2, NOW + DAY)
    take_down(store, issue("2026-11-10"))
    with store.connect() as connection:
        assert count_readers(connection, issue("2026-11-24"), SEGMENTS, NOW) == 1
        assert count_readers(connection, issue("2026-12-01"), SEGMENTS, NOW + 2 * DAY) == 3


def test_a_choice_is_an_event_with_the_words_that_were_shown(store):
    """W6: and no undo of an import takes it back."""
    people(store, 1)
    choose(store, 1, "monthly", NOW)
    choose(store, 1, "monthly", NOW + DAY)
    pause(store, 1, NOW + 30 * DAY, NOW + DAY)
    pause(store, 1, None, NOW + 2 * DAY)
    pause(store, 1, NOW, NOW + 2 * DAY)
    query = sa.select(consent_event.c.kind, consent_event.c.form, wording.c.text)
    with store.connect() as connection:
        events = connection.execute(query.join(wording).order_by(consent_event.c.id)).all()
        assert events == [
            ("changed", "preferences", "One letter a month"),
            ("changed", "preferences", "No letter before 2026-12-24 07:00 UTC"),
            ("changed", "preferences", "The pause is over"),
        ]
    assert reader(store, 1).changed_at == NOW + 2 * DAY
    with pytest.raises(UnknownNameError, match="no frequency 'monthley'"):
        choose(store, 1, "monthley")


def test_the_story_of_a_reader_says_why_there_was_no_letter(store):
    people(store, 1)
    choose(store, 1, "monthly")
    for day in ("2026-11-10", "2026-11-24"):
        take_down(store, issue(day))
    with store.connect() as connection:
        found = dossier_of(connection, SECRET, address_of("p1@example.org"))
    assert [(row["issue"], row["state"], row["cause"]) for row in found.deliveries] == [
        ("2026-11-10", "queued", ""), ("2026-11-24", "skipped", "monthly"),
    ]  # fmt: skip


def test_an_issue_is_taken_down_once(store):
    """D1, D8: on either database. Whoever comes later is not in it, and another text is refused."""
    people(store, 1)
    take_down(store, issue("2026-11-10"))
    with writing(store) as connection:
        row = dict(connection.execute(sa.select(subscriber)).mappings().one())
        row |= {"id": 2, "public_id": "p2", "email": "p2@example.org", "email_norm": "p2@example.org"}
        connection.execute(sa.insert(subscriber).values(row))
    take_down(store, issue("2026-11-10"))
    assert letters(store) == {("2026-11-10", 1): ("queued", "")}
    with pytest.raises(ContentChangedError):
        take_down(store, issue("2026-11-10", "Another thing.\n"))


@dataclass
class World:
    """What was done so far, and what each reader is."""

    store: sa.Engine
    now: dt.datetime = NOW
    prepared: dict[str, Edition] = field(default_factory=dict)
    fickle: set[int] = field(default_factory=set)  # readers who changed their mind

    def prepare(self, day: int, audience: Audience) -> None:
        name = f"2026-{10 + day // 28}-{1 + day % 28:02}"
        letter = issue(name, audience=audience)
        if self.prepared.setdefault(name, letter) == letter and not self.is_cancelled(name):
            take_down(self.store, letter, self.now)

    def deliver(self, which: int, outcome: DeliveryState) -> None:
        if (name := self.name(which)) and not self.is_cancelled(name):
            deliver(self.store, name, outcome, self.now)

    def cancel(self, which: int) -> None:
        if (name := self.name(which)) and self.state(name) is not SendState.DONE:
            with writing(self.store) as connection:
                status.cancel(connection, name, self.now)

    def retry(self, which: int) -> None:
        if (name := self.name(which)) and not self.is_cancelled(name):
            with writing(self.store) as connection:
                status.retry(connection, name, self.now)
                status.resolve(
                    connection, name, status.unresolved(connection, name, [])[1], DeliveryState.QUEUED, self.now
                )

    def amend(self, which: int) -> None:
        if (name := self.name(which)) and not self.is_cancelled(name):
            self.prepared[name] = issue(name, "Better.\n", audience=self.prepared[name].audience)
            take_down(self.store, self.prepared[name], self.now, amend=True)

    def change_mind(self, number: int, name: str) -> None:
        if reader(self.store, number).frequency != name:
            self.fickle.add(number)
        choose(self.store, number, name, self.now)

    def pause(self, number: int, days: int) -> None:
        self.fickle.add(number)
        pause(self.store, number, self.now + days * DAY if days else None, self.now)

    def wait(self, days: int) -> None:
        self.now += days * DAY

    def name(self, which: int) -> str:
        return [*self.prepared][which % len(self.prepared)] if self.prepared else ""

    def state(self, name: str) -> SendState:
        with self.store.connect() as connection:
            found = find_send(connection, name)
        assert found is not None
        return found.state

    def is_cancelled(self, name: str) -> bool:
        with self.store.connect() as connection:
            found = find_send(connection, name)
        return found is not None and found.state is SendState.CANCELLED


@contextmanager
def a_world(template: str, readers: Sequence[tuple[bool, str]]) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, f"{folder}/audience.db")
        store = open_store(f"sqlite:///{folder}/audience.db")
        people(
            store,
            [Reader(tags=frozenset({"managers"}) if manager else frozenset()) for manager, _ in readers],
            frequency={number: name for number, (_, name) in enumerate(readers, 1)},
        )
        yield World(store)
        store.dispose()


NUMBERS = st.integers(1, 4)
WHICH = st.integers(0, 9)
PREPARE = st.tuples(
    st.just("prepare"),
    st.sampled_from([0, 7, 14, 21, 28, 35]),
    st.sampled_from([EVERYONE, EVERYONE, Audience(frozenset({"managers"}))]),
)
DELIVER = st.tuples(
    st.just("deliver"), WHICH, st.sampled_from([DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN])
)
STEPS = st.lists(
    st.one_of(
        PREPARE,
        PREPARE,
        PREPARE,
        DELIVER,
        DELIVER,
        st.tuples(st.just("cancel"), WHICH),
        st.tuples(st.just("retry"), WHICH),
        st.tuples(st.just("amend"), WHICH),
        st.tuples(st.just("change_mind"), NUMBERS, st.sampled_from(sorted(FREQUENCIES))),
        st.tuples(st.just("pause"), NUMBERS, st.integers(0, 20)),
        st.tuples(st.just("wait"), st.integers(1, 10)),
    ),
    min_size=5,
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(
    readers=st.lists(st.tuples(st.booleans(), st.sampled_from(sorted(FREQUENCIES))), min_size=4, max_size=4),
    steps=STEPS,
)
def test_the_laws_of_a_frequency(readers, steps, sqlite_template):
    """W12: for whoever did not change their mind, whatever becomes of the letters.

    A monthly reader has never two letters of one month, and one when an issue of it for them went
    out; every other reader gets each.
    """
    with a_world(sqlite_template, readers) as world:
        for name, *arguments in steps:
            getattr(world, name)(*arguments)
            for (number, _), found in had_by_month(world, readers).items():
                assert len(found) <= 1, (number, found)
        for name in world.prepared:
            if not world.is_cancelled(name):
                deliver(world.store, name, DeliveryState.SENT, world.now)
        had, rows = had_by_month(world, readers), letters(world.store)
        for (name, number), (state, cause) in rows.items():
            if number in world.fickle or world.is_cancelled(name):
                continue
            frequency = readers[number - 1][1]
            if state == "skipped":
                assert cause == frequency
            if frequency == "monthly" and state != "failed":
                assert len(had[number, name[:7]]) == 1


def had_by_month(world: World, readers: Sequence[tuple[bool, str]]) -> dict[tuple[int, str], list[str]]:
    """The letters that monthly readers who did not change their mind have, or may have, by month."""
    found: dict[tuple[int, str], list[str]] = {}
    for (name, number), (state, _) in letters(world.store).items():
        if readers[number - 1][1] == "monthly" and number not in world.fickle and state in HAD:
            found.setdefault((number, name[:7]), []).append(name)
    return found
