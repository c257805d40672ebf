"""Rates, caps, rests and the breaker of a run, in a real store, on each database."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tipsheet.delivery.channel import ACCEPTED, Halt, Receipt, Stage
from tipsheet.delivery.pace import Clock, Limits, Pace, Rates
from tipsheet.settings import DeliverySettings
from tipsheet.store.tables import throttle

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


def rcpt(code: int, text: str) -> Receipt:
    return Receipt(code, text.partition(" ")[0], text, Stage.RCPT)


def test_a_wave_of_refusals_pauses_with_a_reason() -> None:
    """D13, as mkdocs.yml sets it."""
    settings = DeliverySettings.model_validate({"breaker": {"window": 10, "policy": 0.5}, "rate": 5})
    pace = Pace.of(settings, Time().clock)
    blocked = rcpt(550, "5.7.1 no")
    answers = [pace.saw(A, ACCEPTED) for _ in range(5)] + [pace.saw(A, blocked) for _ in range(5)]
    assert answers[:9] == [None] * 9
    halt = answers[9]
    assert halt is not None
    assert halt.seconds is None
    assert halt.reason.startswith("5 of the last 10 letters were refused for what we are or wrote (5.7.x)")
    assert "550 5.7.1 no" in halt.reason
    assert pace.saw(A, ACCEPTED) is None


def test_a_wave_of_put_off_letters_is_a_rest() -> None:
    """D26: a run ends politely, and goes on by itself; each rest in vain is twice as long as the one before."""
    time = Time()
    pace = Pace(Rates(), Limits(window=10), time.clock)
    later, rests = rcpt(450, "4.2.0 later"), []
    for _ in range(5):
        halts = [pace.saw(A, later) for _ in range(10)]
        assert halts[:9] == [None] * 9
        rests.append(halts[9].seconds if halts[9] else None)
        time.go(rests[-1] or 0)
    assert rests == [1, 2, 4, 8, 16]


def test_a_rest_is_one_for_all_connections_and_ends_with_what_is_taken() -> None:
    """D26."""
    time = Time()
    pace = Pace(Rates(), Limits(), time.clock)
    fast = rcpt(450, "4.7.1 Error: too many recipients")
    seconds = []
    for _ in range(4):
        halts = [pace.saw(A, fast) for _ in range(4)]
        assert len(set(halts)) == 1
        seconds.append(halts[0].seconds if halts[0] else None)
        time.go(seconds[-1] or 0)
    assert pace.saw(A, ACCEPTED) is None
    halt = pace.saw(A, fast)
    assert (seconds, halt and halt.seconds) == ([1, 2, 4, 8], 4)


def test_a_quota_is_left_alone_for_longer() -> None:
    """D26: ten minutes at least, an hour where the words say so."""
    for text, seconds in (("4.5.3 quota", 600), ("4.7.1 hourly sending limit reached", 3600)):
        halt = Pace(Rates(), Limits(), Time().clock).saw(A, Receipt(452, text[:5], text, Stage.MAIL))
        assert halt is not None
        assert halt.seconds == seconds


def test_greylisting_is_no_wave() -> None:
    """D26: nor is what is put off by a server that has taken such letters the second time."""
    pace = Pace(Rates(), Limits(), Time().clock)
    assert {pace.saw(A, rcpt(451, "4.7.1 greylisted")) for _ in range(500)} == {None}
    for _ in range(10):
        pace.saw(A, ACCEPTED, again=True)
    assert {pace.saw(A, rcpt(450, "4.2.0 not now")) for _ in range(500)} == {None}


def test_a_refusal_of_us_is_believed_at_once_or_the_third_time() -> None:
    """D25: at MAIL FROM it can only be about us; later three in a row are."""
    pace = Pace(Rates(), Limits(), Time().clock)
    sender = Receipt(530, "5.7.0", "5.7.0 Authentication required", Stage.MAIL)
    assert pace.saw(A, sender) == Halt(
        "the mail server refuses us, in answer to MAIL FROM: 530 5.7.0 Authentication required"
    )
    relay = rcpt(554, "5.7.1 <ada@example.org>: Relay access denied")
    pace.saw(A, ACCEPTED)
    assert pace.saw(A, relay) is pace.saw(A, relay) is None
    halt = pace.saw(A, relay)
    assert halt is not None
    assert halt.reason.endswith("RCPT TO: 554 5.7.1 …: Relay access denied")


@pytest.mark.parametrize(
    ("caps", "allowed"),
    [
        ({"daily": 3}, [3, 3, 3, 3]),
        ({"warm_up": {"first": 2, "factor": 2, "until": 10}}, [2, 4, 8, 20]),
        ({"warm_up": {"first": 2, "factor": 2, "until": 10}, "daily": 5}, [2, 4, 5, 5]),
        ({}, [20, 20, 20, 20]),
    ],
)
def test_caps_of_a_day(caps: dict[str, object], allowed: list[int], store: sa.Engine) -> None:
    """D29: the cap grows with each day that letters went out on, and a new run knows of the days before."""
    settings, time, found = DeliverySettings.model_validate(caps), Time(), []
    for _ in allowed:
        pace = Pace.of(settings, time.clock)
        with store.begin() as connection:
            pace.load(connection)
        found.append(sum(pace.delay(A) == 0 for _ in range(20)))
        halt = pace.closed()
        assert (halt is None) is (found[-1] == 20)
        save(store, pace)
        time.go(48 * 3600)
    assert found == allowed


def test_at_midnight_a_new_day_begins_for_a_run(store: sa.Engine) -> None:
    """D29: in the publication's zone."""
    time = Time()
    pace = Pace.of(DeliverySettings(daily=2), time.clock, ZoneInfo("Pacific/Auckland"))
    with store.begin() as connection:
        pace.load(connection)
    assert sent(pace, A, A, A) == [0, 0, float("inf")]
    halt = pace.closed()
    assert halt is not None
    time.go(halt.seconds or 0)
    assert (pace.closed(), sent(pace, A, A, A)) == (None, [0, 0, float("inf")])
