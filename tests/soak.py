"""The long forms of tests, which `make soak` runs; elsewhere each of them takes seconds."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., object])

LONG = bool(os.environ.get("TIPSHEET_SOAK"))
"""Set by `make soak`: tests take their long form, and those of laws new random examples."""


def soak(seconds: int) -> Callable[[Test], Test]:
    """Mark a test that has a long form, and say how many seconds that may take; the short one is a test like others."""

    def marked(test: Test) -> Test:
        return pytest.mark.soak(pytest.mark.timeout(seconds)(test) if LONG else test)

    return marked


def times(short: int, long: int) -> int:
    """How often to try: the second number in the long form."""
    return long if LONG else short
