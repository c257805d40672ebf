"""The service killed while readers leave: what was answered is done."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import FORM, NOW, SECRET, person
from tests.web.builders import left_by_a_build
from tests.web.load import Load, hammer, one_click
from tests.web.processes import web
from tipsheet.audience.register import open_register
from tipsheet.audience.transitions import add
from tipsheet.store.tables import subscriber

READERS = 400


@pytest.mark.no_cover
def test_whatever_was_answered_is_in_the_store(store: sa.Engine, store_url: str, tmp_path: Path) -> None:
    """W15: kill -9 under load; whoever was told that they left has left."""
    with open_register(store, SECRET, now=NOW) as register:
        people = [add(register, person(f"r{n}@example.org"), FORM, confirmed=True) for n in range(READERS)]
    left_by_a_build(tmp_path / "outbox")
    found: list[Load] = []
    with web(tmp_path, store_url) as running:
        calls = [one_click(SECRET.leave_token(someone.public_id)) for someone in people]
        thread = threading.Thread(target=lambda: found.append(hammer(running.port, calls, 8)))
        assert running.asked("GET", "/readyz")[0] == 200
        thread.start()
        while statuses(store).count("unsubscribed") < READERS // 8:
            pass
        running.process.kill()
        thread.join()
    (load,) = found
    left = {someone.id for someone in people} - {row for row, status in rows(store) if status != "unsubscribed"}
    assert {people[number].id for number in load.done} <= left
    assert load.done
    assert set(load.statuses) == {200}


def rows(store: sa.Engine) -> list[tuple[int, str]]:
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(subscriber.c.id, subscriber.c.status))]


def statuses(store: sa.Engine) -> list[str]:
    return [status for _, status in rows(store)]
