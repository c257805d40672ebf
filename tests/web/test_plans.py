"""The calendar of one reader, and how many say that they did an action."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from threading import Thread

import icalendar
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.audience.people import FORM, SECRET, add_confirmed, changing, person
from tests.web.builders import NOW, RECORD, World, world
from tests.web.test_plan import MANAGERS, entry
from tipsheet.audience.preferences import make_calendar
from tipsheet.audience.readers import DONE_FROM, done_counts
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.edition.edition import When
from tipsheet.edition.plan import EntryKind
from tipsheet.model.segment import Has
from tipsheet.store.tables import action_done, consent_event
from tipsheet.web import create_app

DUE = entry(
    "ask", ends=dt.date(2026, 12, 1), minutes=10, text="One\nTwo", title="Ask, first",
    url="https://halfturn.example/ask/",
)  # fmt: skip
LEAD = entry("lead", when=When(MANAGERS))
TALK = entry(
    "talk", uid="talk@x.example", kind=EntryKind.EVENT, starts=NOW, ends=NOW + dt.timedelta(hours=2), place="Ghent",
    url="https://halfturn.example/talk/",
)  # fmt: skip
FAIR = entry(
    "fair", uid="fair@x.example", kind=EntryKind.EVENT, starts=dt.date(2026, 12, 5), ends=dt.date(2026, 12, 6)
)  # fmt: skip
PLAN = replace(RECORD, plan=(DUE, LEAD, TALK, FAIR), rules={"managers": Has("tag", "manages")})


@pytest.fixture
def here(store: sa.Engine, tmp_path: Path) -> World:
    return world(store, tmp_path, PLAN)


def with_calendar(store: sa.Engine, email: str = "ada@example.org", **facts: object) -> Subscriber:
    someone = add_confirmed(store, email, **facts)
    with changing(store) as register:
        return make_calendar(register, someone, FORM)


def path_of(someone: Subscriber) -> str:
    return f"/plan/{SECRET.plan_token(str(someone.calendar_id))}.ics"


def test_a_plan_holds_what_is_for_its_reader(store: sa.Engine, client: FlaskClient) -> None:
    """W13: tasks, the days they are due, and events; stable ids and stamps."""
    answer = client.get(path_of(with_calendar(store)))
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    whole = icalendar.Calendar.from_ical(answer.data)
    found = {str(part["uid"]): part for part in whole.subcomponents}
    assert sorted(found) == ["action-ask@x.example", "day-action-ask@x.example", "fair@x.example", "talk@x.example"]
    assert {part["dtstamp"].dt for part in found.values()} == {NOW}
    todo, day = found["action-ask@x.example"], found["day-action-ask@x.example"]
    assert (todo.name, todo["due"].dt, todo["summary"]) == ("VTODO", dt.date(2026, 12, 1), "Ask, first")
    assert todo["description"] == "10 minutes\nOne\nTwo"
    assert (day.name, day["dtstart"].dt, day["related-to"]) == ("VEVENT", dt.date(2026, 12, 1), "action-ask@x.example")
    assert (found["talk@x.example"]["dtend"].dt, found["talk@x.example"]["location"]) == (TALK.ends, "Ghent")
    assert found["fair@x.example"]["dtend"].dt == dt.date(2026, 12, 7)
    assert whole["refresh-interval"].dt == dt.timedelta(hours=12)


def test_it_follows_the_segments_of_now(store: sa.Engine, client: FlaskClient) -> None:
    """W13"""
    assert b"action-lead" in client.get(path_of(with_calendar(store, tags=("manages",)))).data
    assert b"action-lead" not in client.get(path_of(with_calendar(store, "bo@example.org"))).data


def test_who_asks_again_is_told_that_nothing_changed(store: sa.Engine, here: World, client: FlaskClient) -> None:
    """W13: the same bytes at any hour; no cache that others share keeps it."""
    path = path_of(with_calendar(store))
    first = client.get(path)
    here.clock.forward(days=2)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path).data == first.data
    assert "private" in first.headers["Cache-Control"]
    head = client.head(path)
    assert (head.status_code, head.data) == (200, b"")


def test_an_address_that_was_ended_is_gone(store: sa.Engine, client: FlaskClient) -> None:
    """W13, W2: another one was made, its reader left or was erased; what we never made was never there."""
    ada, bo, cy = (with_calendar(store, f"{name}@example.org") for name in ("ada", "bo", "cy"))
    with changing(store) as register:
        make_calendar(register, ada, FORM)
        unsubscribe(register, bo, FORM)
        erase(register, cy)
    assert {client.get(path_of(one)).status_code for one in (ada, bo, cy)} == {410}
    for token in ("x", "a" * 32, SECRET.leave_token(ada.public_id), SECRET.plan_token(ada.public_id)[:-1]):
        assert client.get(f"/plan/{token}.ics").status_code == 404
    with changing(store) as register:
        assert person().address  # nobody came by looking
        events = register.connection.execute(sa.select(consent_event)).all()
    assert len(events) == len([*"abc"]) * 2 + 3


def rows(store: sa.Engine) -> list[tuple[str, str, int]]:
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(action_done).order_by(action_done.c.month))]


def tell(client: FlaskClient, address: str, action: str = "ask") -> int:
    return client.post(f"/done/{action}", environ_base={"REMOTE_ADDR": address}).status_code


def test_a_button_counts_and_keeps_nothing_of_who_pressed_it(
    store: sa.Engine, here: World, client: FlaskClient
) -> None:
    """W13, W1, W7: by action and month; looking counts nothing; told of from `DONE_FROM` on."""
    for number in range(DONE_FROM - 1):
        assert tell(client, f"198.51.{number}.7") == 200
    page = client.get("/done/ask")
    assert "readers have done it" not in page.text
    assert "Set-Cookie" not in page.headers
    here.clock.now = dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC)  # December in Amsterdam
    assert tell(client, "203.0.113.1") == 200
    assert rows(store) == [("ask", "2026-11", DONE_FROM - 1), ("ask", "2026-12", 1)]
    assert f"{DONE_FROM} readers have done it" in client.get("/done/ask").text
    with store.connect() as connection:
        assert done_counts(connection) == {"ask": DONE_FROM}


def test_a_network_counts_so_often(store: sa.Engine, client: FlaskClient) -> None:
    """W13: and is answered as before."""
    assert {tell(client, f"198.51.100.{number}") for number in range(12)} == {200}
    assert {tell(client, f"2001:db8:1::{number}") for number in range(12)} == {200}
    assert [count for _, _, count in rows(store)] == [10]


def test_what_is_no_action_is_not_counted(store: sa.Engine, client: FlaskClient, tmp_path: Path) -> None:
    """W13, K1: an event, what no public page shows, anything else, and every action where the publication does not ask.

    Whoever guesses the name of an action for managers reads what they read of one that there is not.
    """
    assert {tell(client, "192.0.2.1", name) for name in ("talk", "lead", "other", "ask ", "%00")} == {404}
    assert client.get("/done/lead").text == client.get("/done/other").text
    off = create_app(world(store, tmp_path / "off", replace(PLAN, done=False)).service).test_client()
    assert (off.get("/done/ask").status_code, tell(off, "192.0.2.1")) == (404, 404)
    assert rows(store) == []


def test_many_may_tell_at_once(store: sa.Engine, here: World) -> None:
    """W13: none is lost, and the first of a month is no race."""
    clients = [create_app(here.service).test_client() for _ in range(4)]
    threads = [Thread(target=tell, args=(client, f"198.51.{n}.1")) for n, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(store) == [("ask", "2026-11", 4)]
