"""The breaker as a value: which waves open it."""

import pytest

from tipsheet.delivery.pace import Breaker, Limits, ReplyClass

TAKEN, DELAYED, FAILED, POLICY = ReplyClass


@pytest.mark.parametrize(
    ("wave", "reason"),
    [
        ([TAKEN] * 80 + [POLICY] * 10, "10 of the last 90 letters were refused for what we are or wrote (5.7.x)"),
        ([TAKEN] * 70 + [FAILED] * 30, "30 of the last 100 letters were refused (5xx)"),
        ([TAKEN] * 60 + [FAILED] * 24 + [POLICY] * 6, "30 of the last 90 letters were refused (5xx)"),
        ([TAKEN] * 50 + [DELAYED] * 50, "50 of the last 100 letters were put off (4xx)"),
        ([DELAYED] * 20, "20 of the last 20 letters were put off (4xx)"),
        ([DELAYED] * 19, ""),
        ([TAKEN] * 71 + [FAILED] * 29, ""),
        ([POLICY] * 20 + [TAKEN] * 91, ""),
    ],
)
def test_a_wave_opens_it_and_says_why(wave: list[ReplyClass], reason: str) -> None:
    """D13: a wave of 4xx, 5xx or 5.7.x; what lies further back than the window is forgotten."""
    opened = Breaker().after(*wave).opened
    assert (opened[1] if opened else "") == reason


def test_a_smaller_window_judges_sooner() -> None:
    opened = Breaker(limits=Limits(window=10)).after(*[DELAYED] * 10).opened
    assert opened is not None
    assert opened[0] is DELAYED
