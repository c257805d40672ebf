"""Group commit: all changes are kept before any is answered, and none depends on another's."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.audience.people import NOW, SECRET
from tipsheet.audience.register import Register, open_register
from tipsheet.store.tables import store_fact
from tipsheet.web.service import GroupCommit

THREADS = 12


def put(register: Register, names: Sequence[str]) -> list[str]:
    """Keep these facts, and give each of them back."""
    register.connection.execute(sa.insert(store_fact), [{"name": name, "value": "x"} for name in names])
    return list(names)


def facts(store: sa.Engine) -> set[str]:
    with store.connect() as connection:
        return set(connection.execute(sa.select(store_fact.c.name)).scalars()) - {"secret"}


def at_once(changes: GroupCommit, names: list[str]) -> tuple[list[str], list[Exception]]:
    """What each of as many threads is given, or the error that it hears of."""
    start, given, errors = threading.Barrier(len(names)), [], []

    def ask(name: str) -> None:
        start.wait()
        try:
            given.append(changes.commit(name))
        except sa.exc.IntegrityError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given, errors


@pytest.fixture
def opened(store: sa.Engine):
    """The register of the store, and how many transactions were begun."""
    count: Counter[str] = Counter()

    @contextmanager
    def register() -> Iterator[Register]:
        count["begun"] += 1
        with open_register(store, SECRET, now=NOW) as one:
            yield one

    return register, count


def come_while_the_first_is_written(
    changes: GroupCommit, threads: Sequence[threading.Thread], inside: threading.Event, go: threading.Event
) -> None:
    """Let the first thread begin to write (``inside``), the others wait for it, and then let it go on (``go``)."""
    threads[0].start()
    assert inside.wait(timeout=60)
    for thread in threads[1:]:
        thread.start()
    while len(changes._waiting) < len(threads) - 1:
        threading.Event().wait(0.01)
    go.set()
    for thread in threads:
        thread.join()


def test_each_is_kept_and_gets_its_own_answer(store: sa.Engine, opened) -> None:
    """W15"""
    register, count = opened
    names = [f"fact-{number}" for number in range(THREADS)]
    given, errors = at_once(GroupCommit(register, put), names)
    assert (sorted(given), errors) == (sorted(names), [])
    assert facts(store) == set(names)
    assert count["begun"] <= THREADS


def test_one_that_fails_fails_alone(store: sa.Engine, opened) -> None:
    """Two that put the same fact: one of them hears of it, and the others are kept all the same."""
    register, _ = opened
    names = [f"fact-{number}" for number in range(THREADS - 1)]
    given, errors = at_once(GroupCommit(register, put), [*names, "fact-0"])
    assert sorted(given) == sorted(names)
    assert [type(error) for error in errors] == [sa.exc.IntegrityError]
    assert facts(store) == set(names)


def test_a_store_that_cannot_be_opened_is_tried_once_for_all(store: sa.Engine) -> None:
    """W15: a store that is busy lets each try wait for seconds, and readers who leave together need not."""
    inside, go, tries = threading.Event(), threading.Event(), []

    @contextmanager
    def busy() -> Iterator[Register]:
        tries.append("asked")
        if len(tries) == 1:
            inside.set()
            go.wait(timeout=60)
        raise sa.exc.OperationalError("BEGIN", {}, Exception("database is locked"))
        yield

    changes, errors = GroupCommit(busy, put), []

    def ask() -> None:
        try:
            changes.commit("fact")
        except sa.exc.OperationalError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    come_while_the_first_is_written(changes, threads, inside, go)
    assert (len(tries), len(errors)) == (2, 6)


def test_who_comes_while_others_are_written_shares_one_transaction(store: sa.Engine, opened) -> None:
    """W15: the point of it."""
    register, count = opened
    inside, go = threading.Event(), threading.Event()

    def slow(register: Register, names: Sequence[str]) -> list[str]:
        inside.set()
        go.wait(timeout=60)
        return put(register, names)

    changes = GroupCommit(register, slow)
    threads = [threading.Thread(target=changes.commit, args=(f"fact-{n}",)) for n in range(6)]
    come_while_the_first_is_written(changes, threads, inside, go)
    assert count["begun"] == 2
    assert len(facts(store)) == len(threads)
