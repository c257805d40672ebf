"""Work of one build: the same function over many items in two processes, and no search for garbage meanwhile."""

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["ENOUGH", "no_collection", "rare_collection", "spread"]

T = TypeVar("T")
R = TypeVar("R")

ENOUGH = 150
"""Items from which a second process pays."""
_CHUNKS = 16
_AHEAD = 2
"""Parts that another process has before it, so that it never waits for this one."""

_job: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""What the children of a fork find; they cannot be sent a function that closes over a publication."""


def spread(function: Callable[[T], R], items: Sequence[T], *, enough: int = ENOUGH) -> list[R]:
    """``[function(item) for item in items]``, by as many processes as there are processors.

    Only where processes can be forked safely, which is Linux. Results are sent back, so they must be
    values; an exception is raised here, of the first item that has one.
    """
    global _job  # noqa: PLW0603 - see there
    workers = _processors()
    if len(items) < enough or workers < 2:  # noqa: PLR2004 - one is what we have
        return [function(item) for item in items]
    size = max(1, len(items) // (workers * _CHUNKS))
    parts = [range(start, min(start + size, len(items))) for start in range(0, len(items), size)]
    import multiprocessing  # noqa: PLC0415 - most builds make too little for a second process
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415

    _job = (function, items)
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers - 1, mp_context=context, initializer=_end_with_parent) as pool:
            ours: list[list[Any]] = []  # this process works too, from the front: one less to hold everything
            theirs: list[Future[list[Any]]] = []  # the others work from the end, as fast as they can
            while len(ours) + len(theirs) < len(parts):
                left = len(parts) - len(ours) - len(theirs)
                waiting = sum(not future.done() for future in theirs)
                for _ in range(min(left - 1, _AHEAD * (workers - 1) - waiting)):
                    theirs.append(pool.submit(_run, parts[-1 - len(theirs)]))
                ours.append(_run(parts[len(ours)]))
            found = [*ours, *(future.result() for future in reversed(theirs))]
            return [result for part in found for result in part]
    except BrokenProcessPool:  # killed by somebody, or by a system short of memory: then one process has to do
        return [function(item) for item in items]
    finally:
        _job = None


def _end_with_parent() -> None:
    """A child of a build that is killed ends too: it has inherited the lock."""
    from multiprocessing import parent_process  # noqa: PLC0415 - see `spread`
    from multiprocessing.connection import wait  # noqa: PLC0415

    parent = parent_process()
    assert parent is not None  # noqa: S101 - this runs in children only

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run(part: range) -> list[Any]:
    assert _job is not None  # noqa: S101 - set before the fork
    function, items = _job
    return [function(items[index]) for index in part]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


@contextmanager
def no_collection() -> Iterator[None]:
    """Switch off the search for garbage: a build keeps what it makes, and the search would take a fifth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


OBJECTS = 50_000
"""New ones after which `rare_collection` searches for garbage; Python's own number is 700."""


@contextmanager
def rare_collection() -> Iterator[None]:
    """Search for garbage rarely: where trees are made and thrown away, it takes an eighth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
