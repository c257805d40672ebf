"""The long forms of tests, which `make soak` runs; elsewhere each of them takes seconds."""

import os

import pytest

LONG = bool(os.environ.get("TIPSHEET_SOAK"))
"""Whether tests take their long form."""


def soak(seconds: int) -> pytest.MarkDecorator:
    """Mark a test that has a long form, which may take so many seconds."""
    return lambda test: pytest.mark.soak(pytest.mark.timeout(seconds)(test) if LONG else test)


def times(short: int, long: int) -> int:
    """How often to try: as said first, or in the long form as said second."""
    return long if LONG else short
