"""One thread for all connections: it resumes those that can go on, and answers together what several ask together.

A connection is a coroutine; it awaits the functions below and nothing else. asyncio would take more steps: here a
message costs two waits and no object that lives longer than one.
"""

import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import suppress
from types import coroutine
from typing import Any, TypeVar, cast

__all__ = ["Loop", "alone", "forget", "in_thread", "pause", "readable", "together", "writable"]

T = TypeVar("T")

_GLANCE = 0.2
"""Seconds after which the loop looks whether it is to stop."""
_LINGER = 0.001
"""Seconds without news after which what was asked is answered, though somebody may still ask."""
_NEVER = float("inf")

Work = Coroutine[Any, Any, T]
"""What `Loop` runs: whatever ``async def`` makes."""


_Wish = Callable[["Loop", "_Task"], None]
"""What a coroutine hands to the loop: it sees to it that the task is gone on with."""


@coroutine
def _wish(wish: _Wish) -> Generator[_Wish, Any, Any]:
    return (yield wish)


async def readable(sock: socket.socket, seconds: float) -> None:
    """Wait until something can be read; raises TimeoutError after so many seconds."""
    await _wish(lambda loop, task: loop.watch(sock, selectors.EVENT_READ, task, seconds))


async def writable(sock: socket.socket, seconds: float) -> None:
    """Wait until something can be written; raises TimeoutError after so many seconds."""
    await _wish(lambda loop, task: loop.watch(sock, selectors.EVENT_WRITE, task, seconds))


async def forget(sock: socket.socket) -> None:
    """Say that a socket is about to be closed."""
    await _wish(lambda loop, task: loop.unwatch(sock, task))


async def pause(seconds: float) -> None:
    """Let time go by; less of it when everybody is to stop."""
    await _wish(lambda loop, task: loop.sleep(task, seconds))


async def together(request: object) -> Any:
    """Ask the loop's ``answer``, with whoever else asks in this round; raises what it raises."""
    return await _wish(lambda loop, task: loop.ask(task, request))


async def in_thread(work: Callable[[], T]) -> T:
    """Run what blocks in a thread of its own, and return what it returns."""
    return cast("T", await _wish(lambda loop, task: loop.start(task, work)))


def alone(work: Work[T]) -> T:
    """Run one coroutine that asks nothing together, and return what it returns."""
    kept: list[T] = []

    async def keep() -> None:
        kept.append(await work)

    Loop(lambda requests: requests).run([keep()])
    return kept[0]


class _Task:
    """A coroutine that waits: until a moment, for one place or none."""

    __slots__ = ("place", "until", "work")

    def __init__(self, work: Work[None]) -> None:
        self.work = work
        self.until = _NEVER
        self.place: _Place | None = None


class _Place:
    """A socket that the selector watches, and who waits for it."""

    __slots__ = ("event", "task")

    def __init__(self) -> None:
        self.event = 0
        self.task: _Task | None = None


class Loop:
    """Runs coroutines side by side in the thread that calls `run`.

    ``answer`` is given what all ask `together` in one round, and returns as many answers in the same order. When
    ``stop`` is set, pauses end. ``steady`` gives seconds on a clock that is never set. ``idle`` are the seconds in
    which nobody could go on.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Any]], Sequence[object]],
        stop: threading.Event | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steady = steady
        self._answer, self._stop = answer, stop or threading.Event()
        self._tasks: set[_Task] = set()
        self._selector = selectors.DefaultSelector()
        self._places: dict[int, _Place] = {}
        self._asked: list[tuple[_Task, object]] = []
        self.idle = 0.0
        self._done: deque[tuple[_Task, object, BaseException | None]] = deque()  # by threads of their own
        self._bell, self._ear = socket.socketpair()

    def run(self, works: Sequence[Work[None]]) -> None:
        """Run them to their ends; raises what one of them raises, and the others stay as they are."""
        with self._selector, self._bell, self._ear:
            self._ear.setblocking(False)
            self._selector.register(self._ear, selectors.EVENT_READ)
            self._tasks = {_Task(work) for work in works}
            for task in [*self._tasks]:
                self._go_on(task)
            while self._tasks:
                self._turn()

    def add(self, work: Work[None]) -> None:
        """Run one coroutine more; called by who answers."""
        task = _Task(work)
        self._tasks.add(task)
        self._go_on(task)

    def _turn(self) -> None:
        """Go on with whoever can; when nobody can, or all have asked, answer."""
        longest = self._seconds()
        began = self._steady() if longest else 0
        events = self._selector.select(longest)
        if longest:
            self.idle += self._steady() - began
        for key, _ in events:
            place: _Place | None = key.data
            if place is None:
                self._heard()
            elif place.task is None:  # nobody listens just now; who reads later has it watched again
                self._drop(key.fd)
            else:
                task, place.task = place.task, None
                self._go_on(task)
        if self._asked and (not events or len(self._asked) == len(self._tasks)):
            self._answered()
        self._expire()

    def _seconds(self) -> float:
        if len(self._asked) == len(self._tasks):
            return 0
        longest = _LINGER if self._asked else _GLANCE
        return max(0, min(longest, min(task.until for task in self._tasks) - self._steady()))

    def _go_on(self, task: _Task, value: object = None, error: BaseException | None = None) -> None:
        task.until, task.place = _NEVER, None
        try:
            wish = task.work.send(value) if error is None else task.work.throw(error)
        except StopIteration:
            self._tasks.remove(task)
        else:
            wish(self, task)

    def _answered(self) -> None:
        asked, self._asked = self._asked, []
        try:
            answers = self._answer([request for _, request in asked])
        except Exception as error:  # noqa: BLE001 - it is theirs
            for task, _ in asked:
                self._go_on(task, error=error)
        else:
            for (task, _), value in zip(asked, answers, strict=True):
                self._go_on(task, value)

    def _expire(self) -> None:
        now, stopped = self._steady(), self._stop.is_set()
        for task in [*self._tasks]:
            if task.until <= now or (stopped and task.place is None and task.until < _NEVER):
                if task.place is None:
                    self._go_on(task)
                else:
                    task.place.task = None
                    self._go_on(task, error=TimeoutError())

    def sleep(self, task: _Task, seconds: float) -> None:
        """Go on with the task after so many seconds."""
        task.until = self._steady() + seconds

    def watch(self, sock: socket.socket, event: int, task: _Task, seconds: float) -> None:
        """Go on with the task when this happens. A socket stays with the selector, for the next time."""
        number = sock.fileno()
        place = self._places.get(number)
        if place is None:
            place = self._places[number] = _Place()
            self._selector.register(number, event, place)
        elif place.event != event:
            self._selector.modify(number, event, place)
        place.event, place.task, task.place = event, task, place
        task.until = self._steady() + seconds

    def unwatch(self, sock: socket.socket, task: _Task) -> None:
        """Let go of a socket, and go on with the task."""
        if sock.fileno() in self._places:
            self._drop(sock.fileno())
        self._go_on(task)

    def _drop(self, number: int) -> None:
        del self._places[number]
        self._selector.unregister(number)

    def ask(self, task: _Task, request: object) -> None:
        """Go on with the task when this is answered."""
        self._asked.append((task, request))

    def start(self, task: _Task, work: Callable[[], object]) -> None:
        """Go on with the task when this has been done."""

        def run() -> None:
            value, error = None, None
            try:
                value = work()
            except BaseException as raised:  # noqa: BLE001 - raised where it is awaited
                error = raised
            self._done.append((task, value, error))
            with suppress(OSError):  # nobody listens any more
                self._bell.send(b"\0")

        threading.Thread(target=run, name="in_thread", daemon=True).start()

    def _heard(self) -> None:
        self._ear.recv(4096)
        while self._done:
            self._go_on(*self._done.popleft())
