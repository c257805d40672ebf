"""A sender as a process of its own, which tests kill: ``python -m tests.delivery.run_sender '{"url": …}'``.

It prints what it exits with. ``die`` names a checkpoint and how many times it is passed before the
process kills itself there; ``limit`` is the size in bytes that no file may exceed; ``ahead`` are the seconds by which
its clock is wrong.
"""

import datetime as dt
import json
import os
import resource
import signal
import sys
import threading
from functools import partial

from tests.delivery.builders import SEGMENTS, edition, job
from tests.delivery.sink import connect_to
from tipsheet.clock import current_time
from tipsheet.delivery.sending import send
from tipsheet.errors import TipsheetError
from tipsheet.store.database import open_store


class Failpoint:
    """Kills the process when a checkpoint is passed for the n-th time."""

    def __init__(self, name: str, count: int) -> None:
        self._name, self._left, self._lock = name, count, threading.Lock()

    def __call__(self, name: str) -> None:
        with self._lock:
            if name == self._name:
                self._left -= 1
                if self._left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)


def main(told: dict[str, object]) -> int:
    if limit := told.get("limit"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write then fails with EFBIG, as on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        status = send(
            job(
                open_store(str(told["url"])),
                partial(connect_to, told["port"], told.get("patience", 20)),
                edition=edition(*([told["text"]] if "text" in told else [])),
                segments=SEGMENTS,
                clock=lambda: current_time(os.environ) + dt.timedelta(seconds=told.get("ahead", 0)),
                new_owner=lambda: os.urandom(8).hex(),
                connections=told.get("connections", 4),
                amend=told.get("amend", False),
                checkpoint=Failpoint(*told.get("die", ("", 0))),
            )
        )
    except TipsheetError as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{dict(status.counts)}\n")
    return status.exit_code


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
