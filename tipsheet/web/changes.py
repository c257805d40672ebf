"""Changes of many requests in one transaction, so that readers who leave at once do not wait for each other's disk.

A commit that reaches the disk costs as much for eight changes as for one, and only one writer has the chain of
consent at a time. Whoever comes first makes the changes of all who have come meanwhile; nobody is answered before
the commit. Where one of them fails, none is kept, and each is made again by itself, so that no change depends on a
stranger's.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tipsheet.audience.register import Register

__all__ = ["Changes"]

T = TypeVar("T")
MANY = 32
"""Changes in one transaction, at most."""


@dataclass(eq=False, slots=True)
class _Change(Generic[T]):
    """A change that somebody waits for; ``result`` is set, or ``error``, once it is on the disk."""

    work: Callable[[Register], T]
    result: list[T] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def made(self) -> bool:
        return bool(self.result) or self.error is not None


class Changes:
    """Makes changes for several threads; ``opened`` opens the register for one transaction."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Register]]) -> None:
        self._opened = opened
        self._waiting: deque[_Change[object]] = deque()
        self._turn = threading.Lock()

    def make(self, work: Callable[[Register], T]) -> T:
        """Make a change and return what it gives, after the commit.

        ``work`` may be done twice, of which only the last counts: it changes nothing but the store. Raises what it
        raises, and what opening or committing does.
        """
        change = _Change(work)
        self._waiting.append(change)  # type: ignore[arg-type]  # a queue of changes of any kind
        with self._turn:
            while not change.made:
                self._work_off()
        if change.error is not None:
            raise change.error
        return change.result[0]

    def _work_off(self) -> None:
        """Make what waits, in the order in which it came."""
        some = [self._waiting.popleft() for _ in range(min(len(self._waiting), MANY))]
        if len(some) > 1 and self._together(some):
            return
        for change in some:
            self._alone(change)

    def _together(self, some: list[_Change[object]]) -> bool:
        """Make all of them in one transaction; False when one of them fails, and then none was made.

        What cannot be opened or committed is nobody's own fault: all hear of it, and it is not tried for each, since
        a store that is busy makes each try last for seconds.
        """
        results: list[object] = []
        at_work = False
        try:
            with self._opened() as register:
                at_work = True
                results += [change.work(register) for change in some]
                at_work = False
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for; nobody may wait for ever
            if at_work:
                return False
            for change in some:
                change.error = error
        else:
            for change, result in zip(some, results, strict=True):
                change.result.append(result)
        return True

    def _alone(self, change: _Change[object]) -> None:
        try:
            with self._opened() as register:
                result = change.work(register)
        except BaseException as error:  # noqa: BLE001 - as above
            change.error = error
        else:
            change.result.append(result)
