"""The breaker as a value: which waves open it, and what a reply says about an address."""

import pytest

from tipsheet.delivery.breaker import Breaker, Limits, Outcome, blames_address, outcome_of

TAKEN, DELAYED, FAILED, POLICY = Outcome


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
def test_a_wave_opens_it_and_says_why(wave: list[Outcome], reason: str) -> None:
    """D13: a wave of 4xx, 5xx or 5.7.x; what lies further back than the window is forgotten."""
    assert Breaker().after(*wave).reason == reason


def test_a_smaller_window_judges_sooner() -> None:
    assert Breaker(limits=Limits(window=10)).after(*[DELAYED] * 10).reason


@pytest.mark.parametrize(
    ("code", "enhanced", "outcome", "blamed"),
    [
        (250, "2.0.0", TAKEN, False),
        (451, "4.7.1", DELAYED, False),
        (421, "", DELAYED, False),
        (550, "5.1.1", FAILED, True),
        (556, "5.1.10", FAILED, True),
        (550, "5.1.2", FAILED, False),
        (550, "", FAILED, False),
        (552, "5.2.2", FAILED, False),
        (550, "5.7.1", POLICY, False),
        (554, "5.7.26", POLICY, False),
        (450, "5.1.1", DELAYED, False),
    ],
)
def test_what_a_reply_says(code: int, enhanced: str, outcome: Outcome, *, blamed: bool) -> None:
    """D13: 5.7.x (policy) never suppresses an address."""
    assert outcome_of(code, enhanced) is outcome
    assert blames_address(code, enhanced) is blamed
