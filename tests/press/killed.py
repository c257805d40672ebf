"""A build that kills itself when a function is called for the so-manieth time.

``python -m tests.press.killed publication module.function times now``
"""

import datetime as dt
import importlib
import os
import signal
import sys
from pathlib import Path

from tipsheet import press
from tipsheet.last_build import BuildOptions


def main(folder: str, name: str, times: str, now: str) -> None:
    module, _, function = name.rpartition(".")
    real, calls, ours = getattr(importlib.import_module(module), function), [0], os.getpid()

    def killing(*args: object, **kwargs: object) -> object:
        calls[0] += os.getpid() == ours
        if calls[0] == int(times):
            os.kill(ours, signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(importlib.import_module(module), function, killing)
    root = Path(folder)
    options = BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox")
    press.build(root, options, now=dt.datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
