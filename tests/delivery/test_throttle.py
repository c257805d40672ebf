"""Rates as a value: what a bucket lets through."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tipsheet.delivery.pace import Rates, taken, wait

A, B, BIG = "a.example", "b.example", "big.example"


def waits(rates: Rates, *domains: str) -> list[float]:
    """How long each message waits at the moment 0, when each is sent once it may go."""
    full: dict[str, float] = {}
    found = []
    for domain in domains:
        seconds = wait(rates, domain, full, 0)
        full |= taken(rates, domain, full, 0)
        found.append(round(seconds, 6))
    return found


def test_a_second_may_go_at_once_then_the_rate_holds() -> None:
    """D13."""
    assert waits(Rates(overall=4), *[A] * 7) == [0, 0, 0, 0, 0.25, 0.5, 0.75]


def test_a_slow_domain_does_not_hold_up_the_others() -> None:
    """D13: per recipient domain."""
    assert waits(Rates(each=1, named={BIG: 2}), A, A, B, BIG, BIG, BIG) == [0, 1, 0, 0, 0, 0.5]


def test_the_longer_wait_counts() -> None:
    assert waits(Rates(overall=2, each=1), A, A, B) == [0, 1, 0.5]


def test_rates_slower_than_one_a_second() -> None:
    assert waits(Rates(overall=0.25), A, A) == [0, 4]


def test_without_rates_everything_goes() -> None:
    assert waits(Rates(), A, A) == [0, 0]
    assert taken(Rates(named={BIG: 1}), A, {}, 0) == {}


@given(rate=st.floats(0.1, 50), pauses=st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_no_ten_seconds_hold_more_than_the_rate(rate: float, pauses: Sequence[float]) -> None:
    """D13: over any ten seconds at most the rate, and what the bucket may run ahead."""
    now, full, sent, rates = 0.0, {}, [], Rates(overall=rate)
    for pause in pauses:
        now += pause + wait(rates, A, full, now + pause)
        full |= taken(rates, A, full, now)
        sent.append(now)
    for first, start in enumerate(sent):
        assert sum(at < start + 10 for at in sent[first:]) <= 10 * rate + max(1, rate) + 1
