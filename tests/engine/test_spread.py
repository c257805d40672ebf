"""Many items in two processes: the same results, and none lost with a process."""

import os
import signal
import subprocess
import sys

import pytest

from tipsheet.engine.processes import ENOUGH, spread


def test_the_results_come_in_the_order_of_the_items():
    items = list(range(ENOUGH * 2 + 7))

    assert spread(lambda item: item * 2, items) == [item * 2 for item in items]
    assert spread(lambda item: item * 2, items[:3]) == [0, 2, 4]


def test_an_exception_is_raised_here():
    def half(item):
        if item == ENOUGH:
            raise ValueError(str(item))
        return item

    with pytest.raises(ValueError, match=str(ENOUGH)):
        spread(half, list(range(ENOUGH * 2)))


def test_a_process_that_is_killed_costs_time_and_nothing_else():
    here = os.getpid()

    def fatal(item):
        if item == ENOUGH and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    items = list(range(ENOUGH * 2))

    assert spread(fatal, items) == items


ORPHANS = """
import os, time
from tipsheet.engine.processes import ENOUGH, spread
def slowly(item):
    if os.getpid() != main:
        print(os.getpid(), flush=True)
    time.sleep(60)
main = os.getpid()
spread(slowly, list(range(ENOUGH)))
"""


def test_children_end_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert int(parent.stdout.readline()) != parent.pid
        parent.kill()
        assert parent.stdout.read() == ""  # which ends when the last one has that holds the other end
