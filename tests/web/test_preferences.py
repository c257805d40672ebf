"""What readers see of themselves and change, as they meet it: forms, tabs, mistakes, a file, the end."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.audience.people import FORM, SECRET, add_confirmed, address, changing, write_delivery
from tests.web.builders import RECORD, World, world
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.subscriber import Subscriber, find, known
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.edition.service import Chosen
from tipsheet.store.tables import consent_event, service_letter, signup, subscriber, wording
from tipsheet.web import create_app

ADA = address("ada@example.org")


def path_of(someone: Subscriber) -> str:
    return f"/preferences/{SECRET.leave_token(someone.public_id)}"


def row(store: sa.Engine) -> Subscriber:
    with store.connect() as connection:
        return known(connection, ADA)


def words(store: sa.Engine) -> list[str]:
    """The words of all changes."""
    query = sa.select(wording.c.text).join(consent_event).where(consent_event.c.kind == "changed")
    with store.connect() as connection:
        return list(connection.execute(query.order_by(consent_event.c.id)).scalars())


def fields(page: TestResponse) -> dict[str, list[str]]:
    """What a browser would post from the first form of a page if nothing were touched."""
    form = page.text.partition("<form")[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for attributes in re.findall(r"<input ([^>]*)>", form):
        named = dict(re.findall(r'([a-z]+)="([^"]*)"', attributes))
        if named["type"] not in ("checkbox", "radio") or " checked" in attributes:
            found.setdefault(named["name"], []).append(unescape(named["value"]))
    return found


def test_a_form_that_nobody_touched_changes_nothing(store: sa.Engine, client: FlaskClient) -> None:
    """W12"""
    ada = add_confirmed(store, first_name='A"da & <b>', attributes={"role": "seller"}, tags=("old",))
    page = client.get(path_of(ada))
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "Letters come to Ada@example.org." in page.text
    form = fields(page)
    assert form["shown"] == ["managers", "sellers"]
    assert form["was"] == form["segments"] == ["sellers"]
    assert (form["first_name"], form["frequency"], form["pause"]) == (['A"da & <b>'], ["every"], [""])
    saved = client.post(path_of(ada), data=form)
    assert (saved.status_code, row(store), words(store)) == (200, ada, [])


def test_what_is_chosen_is_kept_and_shown(store: sa.Engine, client: FlaskClient) -> None:
    """W12, W6: segments, how often, a pause until midnight in the publication's zone, a name; again is nothing."""
    ada = add_confirmed(store, attributes={"role": "seller", "city": "Ghent"})
    form = fields(client.get(path_of(ada))) | {
        "segments": ["managers"], "frequency": ["monthly"], "pause": ["day"], "pause_until": ["2026-12-24"],
        "first_name": ["  Augusta  Ada "],
    }  # fmt: skip
    page = client.post(path_of(ada), data=form)
    assert (page.status_code, "Saved." in page.text, "Location" in page.headers) == (200, True, False)
    after = row(store)
    assert (after.first_name, after.frequency) == ("Augusta Ada", "monthly")
    assert (after.attributes, after.tags) == ({"city": "Ghent"}, ("manages",))
    assert after.paused_until.isoformat() == "2026-12-23T23:00:00+00:00"
    assert words(store)[0] == "My name changed; Segments: Managers"
    assert len(words(store)) == 3
    assert "There is a pause until 24 December 2026." in page.text
    shown = fields(page)
    assert (shown["segments"], shown["frequency"], shown["was_frequency"]) == (["managers"], ["monthly"], ["monthly"])
    client.post(path_of(ada), data=form)
    assert (row(store), len(words(store))) == (after, 3)


def test_months_of_a_pause(store: sa.Engine, here: World, client: FlaskClient) -> None:
    """W12: the same day of the month, or its last, at midnight in the publication's zone."""
    ada = add_confirmed(store)
    for today, months, midnight in (
        ("2026-11-24", "1", "2026-12-24T00:00:00+01:00"),
        ("2026-12-31", "2", "2027-02-28T00:00:00+01:00"),
        ("2027-06-30", "3", "2027-09-30T00:00:00+02:00"),
        ("2027-11-30", "3", "2028-02-29T00:00:00+01:00"),
    ):
        here.clock.now = dt.datetime.fromisoformat(f"{today}T12:00:00+00:00")
        client.post(path_of(ada), data={"do": "save", "pause": months})
        assert row(store).paused_until == dt.datetime.fromisoformat(midnight)
    assert "End it now" in client.get(path_of(ada)).text
    client.post(path_of(ada), data={"do": "save", "pause": "end"})
    assert row(store).paused_until is None


@pytest.mark.parametrize("day", ["", "2026-11-24", "2027-12-24", "24.12.2026", "0000-00-00", "99999-01-01"])
def test_a_day_that_cannot_be_comes_back_with_what_was_chosen(store: sa.Engine, client: FlaskClient, day: str) -> None:
    """W12: nothing is saved; the summary leads to the field, which says what is wrong."""
    ada = add_confirmed(store, tags=("manages",))
    form = fields(client.get(path_of(ada))) | {
        "segments": ["sellers"], "frequency": ["monthly"], "pause": ["day"], "pause_until": [day], "last_name": ["L&"],
    }  # fmt: skip
    page = client.post(path_of(ada), data=form)
    assert page.status_code == 422
    assert row(store) == ada
    assert '<a href="#pause_until">' in page.text
    assert 'aria-invalid="true" aria-describedby="day-error"' in page.text
    again = fields(page)
    assert (again["segments"], again["was"], again["last_name"]) == (["sellers"], ["managers"], ["L&"])
    assert (again["frequency"], again["pause"], again["pause_until"]) == (["monthly"], ["day"], [day])
    assert again["was_last_name"] == ["Lovelace"]
    saved = client.post(path_of(ada), data=again | {"pause_until": ["2026-12-01"]})
    assert saved.status_code == 200
    assert (row(store).last_name, row(store).tags, row(store).frequency) == ("L&", (), "monthly")


def test_a_name_has_so_many_letters(store: sa.Engine, client: FlaskClient) -> None:
    """W5: one that came by an import and is longer does no harm while it is not touched."""
    ada = add_confirmed(store, last_name="L" * 101)
    form = fields(client.get(path_of(ada)))
    assert client.post(path_of(ada), data=form).status_code == 200
    page = client.post(path_of(ada), data=form | {"first_name": ["A" * 101]})
    assert (page.status_code, row(store)) == (422, ada)
    assert '<a href="#first_name">' in page.text


def test_two_values_of_one_attribute_are_a_mistake_that_is_told(store: sa.Engine, tmp_path: Path) -> None:
    """W12"""
    buyers = Chosen(id="buyers", title="Buyers & co", attributes={"role": "buyer"})
    made = world(store, tmp_path, replace(RECORD, segments=(*RECORD.segments, buyers)))
    client, ada = create_app(made.service).test_client(), add_confirmed(store, attributes={})
    page = client.post(path_of(ada), data=fields(client.get(path_of(ada))) | {"segments": ["sellers", "buyers"]})
    assert (page.status_code, row(store)) == (422, ada)
    assert "Choose either Sellers or Buyers &amp; co" in page.text
    assert fields(page)["segments"] == ["sellers", "buyers"]


def test_of_two_tabs_each_changes_what_its_reader_changed(store: sa.Engine, client: FlaskClient) -> None:
    """W12: where both changed the same field, the later one."""
    ada = add_confirmed(store, attributes={})
    one, other = (fields(client.get(path_of(ada))) for _ in range(2))
    client.post(path_of(ada), data=one | {"first_name": ["Augusta"], "segments": ["managers"]})
    client.post(path_of(ada), data=other | {"segments": ["sellers"], "frequency": ["monthly"], "first_name": ["Ada"]})
    after = row(store)
    assert (after.tags, after.attributes) == (("manages",), {"role": "seller"})
    assert (after.first_name, after.frequency) == ("Augusta", "monthly")
    client.post(path_of(ada), data=one | {"first_name": ["A."]})
    assert row(store).first_name == "A."


def test_a_segment_that_the_page_did_not_show_stays(store: sa.Engine, client: FlaskClient) -> None:
    """W12: a build may add one between the page and its form."""
    ada = add_confirmed(store, tags=("manages",), attributes={})
    form = fields(client.get(path_of(ada))) | {"shown": ["sellers"], "was": [], "segments": ["sellers", "unknown"]}
    client.post(path_of(ada), data=form)
    assert (row(store).tags, row(store).attributes) == (("manages",), {"role": "seller"})


@pytest.mark.parametrize("new", ["new@example.net", "bo@example.org", "left@example.org"])
def test_a_new_address_is_answered_alike_whoever_reads_there(store: sa.Engine, client: FlaskClient, new: str) -> None:
    """W3: free, somebody else's, or of somebody who left; nothing changes before the letter is answered."""
    ada = add_confirmed(store)
    add_confirmed(store, "bo@example.org")
    with changing(store) as register:
        unsubscribe(register, known(register.connection, address("bo@example.org")), FORM)
    page = client.post(path_of(ada), data={"do": "address", "email": new})
    assert (page.status_code, row(store)) == (200, ada)
    assert page.text.replace(new, "X").count("<strong>X</strong>") == 1
    plain = client.post(path_of(ada), data={"do": "address", "email": "other@example.net"})
    assert page.text.replace(new, "X") == plain.text.replace("other@example.net", "X")


def test_a_new_address_is_asked_with_evidence(store: sa.Engine, here: World) -> None:
    """W6: and whoever sends letters is woken."""
    rung: list[bool] = []
    client = create_app(replace(here.service, wake=lambda: rung.append(True))).test_client()
    ada = add_confirmed(store)
    client.post(
        path_of(ada), data={"do": "address", "email": " New@Example.net "}, environ_base={"REMOTE_ADDR": "192.0.2.9"}
    )
    with store.connect() as connection:
        asked = connection.execute(sa.select(signup)).one()
        letter = connection.execute(sa.select(service_letter)).one()
    assert (asked.kind, asked.email, asked.email_norm, asked.ip) == (
        "address", "New@example.net", "new@example.net", "192.0.2.0/24"
    )  # fmt: skip
    assert asked.wording == "Send Half Turn to this address from now on"
    assert (letter.mail, letter.recipient, letter.signup_id) == ("address", "New@example.net", asked.id)
    assert rung


@pytest.mark.parametrize("typed", ["", "ada", "a@b", 'x"><script>@example.org', "a@example.org\r\nBcc: b@example.org"])
def test_what_is_no_address_comes_back_as_text(store: sa.Engine, client: FlaskClient, typed: str) -> None:
    """W5"""
    ada = add_confirmed(store)
    page = client.post(path_of(ada), data={"do": "address", "email": typed})
    assert page.status_code == 422
    assert "<script" not in page.text
    assert '<a href="#email">' in page.text
    with store.connect() as connection:
        assert connection.execute(sa.select(signup)).all() == []


def test_a_calendar_is_made_shown_changed_and_ended(store: sa.Engine, client: FlaskClient) -> None:
    """W13"""
    ada = add_confirmed(store)

    def shown(do: str) -> str:
        found = re.search(r'href="(https://[^"]*\.ics)"', client.post(path_of(ada), data={"do": do}).text)
        return found[1] if found else ""

    first, second = shown("calendar"), shown("calendar")
    assert first.startswith("https://lists.halfturn.example/plan/")
    assert first != second
    assert SECRET.leave_token(ada.public_id) not in second
    assert second in client.get(path_of(ada)).text
    assert shown("calendar-end") == ""
    assert row(store).calendar_id is None


def test_all_that_is_known_is_a_file(store: sa.Engine, client: FlaskClient) -> None:
    """W12, A8: with the words that were read; nobody else's."""
    ada = add_confirmed(store)
    add_confirmed(store, "bo@example.org")
    with store.begin() as connection:
        write_delivery(connection, ada, "2026-w48", "sent")
    client.post(path_of(ada), data={"do": "address", "email": "new@example.net"})
    page = client.post(path_of(ada), data={"do": "data"})
    assert page.headers["Content-Disposition"] == 'attachment; filename="about-me.json"'
    assert (page.mimetype, page.headers["Cache-Control"]) == ("application/json", "no-store")
    told = json.loads(page.text)
    assert told["subscriber"]["email"] == "Ada@example.org"
    assert told["consent"][0]["wording"] == FORM.wording
    assert told["deliveries"][0]["log"][0]["state"] == "sent"
    assert (told["signups"][0]["email"], told["letters"][0]["recipient"]) == ("new@example.net",) * 2
    assert "bo@" not in page.text


def test_erasing_takes_two_steps_and_the_address(store: sa.Engine, client: FlaskClient) -> None:
    """W12, A8: a form that is sent twice is answered as before."""
    ada = add_confirmed(store)
    page = client.get(f"{path_of(ada)}/erase")
    assert page.status_code == 200
    assert ada.email not in page.text
    for typed in ("", "bo@example.org", "no address"):
        refused = client.post(f"{path_of(ada)}/erase", data={"email": typed})
        assert (refused.status_code, row(store)) == (422, ada)
        assert "Nothing was erased" in refused.text
    done, again = (client.post(f"{path_of(ada)}/erase", data={"email": " ADA@example.org "}) for _ in range(2))
    assert (done.status_code, done.text) == (200, again.text)
    with store.connect() as connection:
        assert find(connection, ADA) is None
    assert client.get(f"{path_of(ada)}/erase").status_code == 404


def test_who_is_not_on_the_list_may_still_ask_and_erase(store: sa.Engine, client: FlaskClient) -> None:
    ada = add_confirmed(store)
    with changing(store) as register:
        left = unsubscribe(register, ada, FORM)
    page = client.get(path_of(ada))
    assert "You are not on the list now" in page.text
    assert "Save</button>" not in page.text
    for do in ("save", "address", "calendar", "unknown"):
        data = {
            "do": do,
            "frequency": "monthly",
            "email": "new@example.net",
            "shown": "managers",
            "segments": "managers",
        }
        assert client.post(path_of(ada), data=data).status_code == 200
    assert row(store) == left
    assert json.loads(client.post(path_of(ada), data={"do": "data"}).text)["suppression"]["reason"] == "unsubscribed"


@contextmanager
def rows_as_they_are(store: sa.Engine) -> Iterator[None]:
    def all_rows() -> list[object]:
        with store.connect() as connection:
            return [connection.execute(sa.select(table)).all() for table in (subscriber, consent_event, signup)]

    before = all_rows()
    yield
    assert all_rows() == before


def test_tokens_of_nobody_are_answered_alike(store: sa.Engine, client: FlaskClient) -> None:
    """W2: not ours, of an erased reader, of the test, of a calendar."""
    ada, bo = add_confirmed(store), add_confirmed(store, "bo@example.org")
    with changing(store) as register:
        erase(register, bo)
    tokens = [
        "x",
        "a" * 32,
        SECRET.leave_token(bo.public_id),
        SECRET.leave_token(TEST_ID),
        SECRET.plan_token(ada.public_id),
    ]
    with rows_as_they_are(store):
        answers = {
            (page.status_code, page.text)
            for token in tokens
            for page in (
                client.get(f"/preferences/{token}"),
                client.get(f"/preferences/{token}/erase"),
                *(client.post(f"/preferences/{token}", data={"do": do}) for do in ("save", "data", "address")),
            )
        }
    assert len(answers) == 1
    assert answers.pop()[0] == 404
