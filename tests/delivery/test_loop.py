"""One thread goes on with whichever connection can; what several ask in one round is answered at once."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.delivery.builders import job, people
from tests.delivery.sink import Deed, Sink, connect_to, running
from tests.programs import PATIENCE
from tipsheet.delivery.loop import Loop, alone, forget, in_thread, pause, readable, together, writable
from tipsheet.delivery.sending import send
from tipsheet.store.database import open_store


def test_what_several_ask_is_answered_together():
    rounds = []

    def answer(requests):
        rounds.append(sorted(requests))
        return [10 * request for request in requests]

    async def ask(number, got):
        got.append(await together(number))
        if number == 3:
            await pause(0.05)  # the others do not wait for it
        got.append(await together(number + 1))

    got: list[int] = []
    Loop(answer).run([ask(number, got) for number in (1, 2, 3)])
    assert rounds == [[1, 2, 3], [2, 3], [4]]
    assert sorted(got[:3]) == [10, 20, 30]


def test_what_answering_raises_is_raised_by_all_who_asked():
    caught = []

    async def ask():
        try:
            await together("what?")
        except LookupError as error:
            caught.append(str(error))

    def answer(requests):
        raise LookupError("no answer")

    Loop(answer).run([ask(), ask()])
    assert caught == ["no answer"] * 2


def test_a_socket_is_waited_for_as_long_as_one_says():
    one, other = socket.socketpair()
    with one, other:

        async def hear():
            with pytest.raises(TimeoutError):
                await readable(one, 0.01)
            await writable(other, 1)
            other.send(b"now")
            await readable(one, 1)
            await forget(one)
            return one.recv(9)

        assert alone(hear()) == b"now"


def test_what_is_said_to_nobody_is_heard_later():
    """A server that talks while its connection waits for something else does not keep the loop busy."""
    one, other = socket.socketpair()
    with one, other:

        async def hear():
            await writable(other, 1)
            with pytest.raises(TimeoutError):
                await readable(one, 0.01)
            other.send(b"now")
            began = time.thread_time()
            await pause(0.3)
            assert time.thread_time() - began < 0.1
            await readable(one, 1)
            return one.recv(9)

        assert alone(hear()) == b"now"


def test_a_pause_ends_when_everybody_is_to_stop():
    stop = threading.Event()
    began = time.monotonic()
    threading.Timer(0.05, stop.set).start()
    Loop(lambda requests: requests, stop).run([pause(60)])
    assert time.monotonic() - began < 30


def test_what_blocks_holds_nobody_up():
    order, went = [], threading.Event()

    async def slow():
        order.append(await in_thread(lambda: went.wait(60) and threading.current_thread().name))

    async def quick():
        await pause(0.01)
        order.append("quick")
        went.set()

    Loop(lambda requests: requests).run([slow(), quick()])
    assert order == ["quick", "in_thread"]


def test_what_fails_aside_is_raised_where_it_is_awaited():
    async def work():
        await in_thread(lambda: {}["nothing"])

    with pytest.raises(KeyError, match="nothing"):
        alone(work())


@pytest.mark.parametrize("verb", ["GREETING", "MAIL", "."])
def test_a_server_that_hangs_on_one_connection_does_not_hold_up_the_others(sqlite_url, verb):
    """D17: the others send theirs meanwhile, however long it takes."""
    store = open_store(sqlite_url)
    people(store, 40)
    hold = lambda said: Deed.HOLD if said.verb == verb and said.count == 1 else None  # noqa: E731
    with running(Sink(hold)) as sink, ThreadPoolExecutor(1) as pool:
        others = pool.submit(lambda: (sink.wait_for(38), sink.freed.set()))
        send(job(store, lambda: connect_to(sink.port, patience=PATIENCE, greeting=PATIENCE), connections=3))
        others.result()
    assert set(sink.recipients.values()) == {1}
    store.dispose()
