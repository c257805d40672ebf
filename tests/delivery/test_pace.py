"""Rates and the breaker of a run, in a real store, on each database."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from tipsheet.delivery.breaker import Limits
from tipsheet.delivery.channel import ACCEPTED, Receipt
from tipsheet.delivery.pace import Clock, Pace
from tipsheet.delivery.throttle import Rates
from tipsheet.settings import DeliverySettings
from tipsheet.store.ledger import throttle

A, B = "a.example", "b.example"


@dataclass
class Time:
    """Both clocks, moved by hand; ``set_back`` moves the one on the wall alone."""

    now: dt.datetime = dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC)
    seconds: float = 1000.0

    def go(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)
        self.seconds += seconds

    def set_back(self, days: int) -> None:
        self.now -= dt.timedelta(days=days)

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: self.now, steady=lambda: self.seconds)


def started(store: sa.Engine, time: Time, rates: Rates) -> Pace:
    """The pace of a run that begins now."""
    pace = Pace(rates, Limits(), time.clock)
    with store.begin() as connection:
        pace.load(connection)
    return pace


def sent(pace: Pace, *domains: str) -> list[float]:
    """The pauses asked for, one message after another."""
    return [round(pace.delay(domain), 3) for domain in domains]


def save(store: sa.Engine, *paces: Pace) -> None:
    for pace in paces:
        with store.begin() as connection:
            pace.save(connection)


def test_the_next_run_begins_where_the_last_one_stopped(store: sa.Engine) -> None:
    """D13: rates are persisted."""
    time, rates = Time(), Rates(overall=2, named={A: 1})
    first = started(store, time, rates)
    assert sent(first, A, B, A) == [0, 0, 1]
    save(store, first)
    assert sent(started(store, time, rates), A, B) == [1, 0.5]
    time.go(1)
    assert sent(started(store, time, rates), A, B) == [0, 0]


def test_a_message_that_has_to_wait_has_taken_nothing(store: sa.Engine) -> None:
    time = Time()
    pace = started(store, time, Rates(overall=1))
    assert sent(pace, A, A, A, A) == [0, 1, 1, 1]
    time.go(1)
    assert sent(pace, A) == [0]


def test_senders_share_a_rate_from_one_save_to_the_next(store: sa.Engine) -> None:
    """D13: two runs on one store do not send twice as fast."""
    time, rates = Time(), Rates(overall=10)
    both = [started(store, time, rates) for _ in range(2)]
    count = 0
    for _ in range(600):  # a minute
        count += sum(pace.delay(A) == 0 for pace in both)
        save(store, *both)
        time.go(0.1)
    assert 590 <= count <= 630


def test_a_clock_that_is_set_back_neither_starves_nor_bursts(store: sa.Engine) -> None:
    """D6: within a run and between two."""
    time, rates = Time(), Rates(overall=2)
    pace = started(store, time, rates)
    assert sent(pace, A, A) == [0, 0]
    save(store, pace)
    time.set_back(days=1)
    assert sent(pace, A) == [0.5]
    assert sent(started(store, time, rates), A) == [0]
    time.set_back(days=-2)
    assert sent(pace, A) == [0.5]


def test_what_has_been_full_for_long_is_forgotten(store: sa.Engine) -> None:
    time, rates = Time(), Rates(each=1)
    pace = started(store, time, rates)
    sent(pace, A, B)
    save(store, pace)
    time.go(7200)
    started(store, time, rates)
    with store.begin() as connection:
        assert connection.execute(sa.select(throttle)).all() == []


def test_without_rates_nothing_is_written(store: sa.Engine) -> None:
    pace = started(store, Time(), Rates())
    assert sent(pace, A, A, A) == [0, 0, 0]
    save(store, pace)
    with store.begin() as connection:
        assert connection.execute(sa.select(throttle)).all() == []


def test_a_wave_of_refusals_pauses_with_a_reason() -> None:
    """D13, as mkdocs.yml sets it."""
    settings = DeliverySettings.model_validate({"breaker": {"window": 10, "policy": 0.5}, "rate": 5})
    pace = Pace.of(settings, Time().clock)
    blocked = Receipt(550, "5.7.1", "no")
    answers = [pace.saw(A, ACCEPTED) for _ in range(5)] + [pace.saw(A, blocked) for _ in range(5)]
    assert answers[:9] == [""] * 9
    assert answers[9] == "5 of the last 10 letters were refused for what we are or wrote (5.7.x)"
    assert pace.saw(A, ACCEPTED) == ""
