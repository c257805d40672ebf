"""Leaving by the page and by one click, whoever asks, and nothing by looking."""

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.audience.people import FORM, SECRET, add_confirmed, address, changing, person
from tests.web.builders import World, world
from tipsheet.audience.secret import TEST_ID, Secret
from tipsheet.audience.subscriber import Subscriber, known, suppression_of
from tipsheet.audience.transitions import add, bounce, complain, confirm, erase
from tipsheet.store.tables import consent_event
from tipsheet.web import create_app
from tipsheet.web.guards import MAX_BODY, MAX_PARTS

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def path_of(someone: Subscriber) -> str:
    return f"/leave/{SECRET.leave_token(someone.public_id)}"


def status(store: sa.Engine, email: str = "ada@example.org") -> str:
    with store.connect() as connection:
        return known(connection, address(email)).status


def events(store: sa.Engine) -> list[tuple[str, str]]:
    with store.connect() as connection:
        rows = connection.execute(sa.select(consent_event).order_by(consent_event.c.id)).all()
    return [(row.kind, row.form) for row in rows]


def test_the_page_has_one_button_and_changes_nothing(store: sa.Engine, client: FlaskClient) -> None:
    """W1"""
    path = path_of(add_confirmed(store))
    before = events(store)
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "Send me no more letters of Half Turn" in page.text
    assert client.head(path).status_code == 200
    assert client.options(path).status_code in {200, 405}
    assert client.get(path, headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert (status(store), events(store)) == ("confirmed", before)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_one_click_unsubscribes(store: sa.Engine, client: FlaskClient, content_type: str) -> None:
    """W2: RFC 8058: 200, no redirect, no cookie, nobody logged in, in either encoding; again is the same."""
    path = path_of(add_confirmed(store))
    first, again = (client.post(path, data=ONE_CLICK, content_type=content_type) for _ in range(2))
    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert first.status_code == 200
    assert not {"Set-Cookie", "Location"} & set(first.headers.keys())
    assert first.headers["Cache-Control"] == "no-store"
    assert "undo" not in first.text
    assert status(store) == "unsubscribed"
    assert events(store)[1:] == [("unsubscribed", "one-click")]


PART = b'--y\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", None),
        (b"{}", "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=y"),
        (b"\xff\xfe=%zz&&&", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=One-Click", "text/plain"),
        (b"a=" + b"x" * MAX_BODY, "application/x-www-form-urlencoded"),
        (b"x" * (MAX_BODY + 1), "text/plain"),
        (PART * (MAX_PARTS + 1) + b"--y--\r\n", "multipart/form-data; boundary=y"),
    ],
)
def test_whatever_a_provider_posts_unsubscribes(
    store: sa.Engine, client: FlaskClient, body: bytes, content_type: str | None
) -> None:
    """W2: broken, of another kind, too long, or of too many parts."""
    path = path_of(add_confirmed(store))
    assert client.post(path, data=body, content_type=content_type).status_code == 200
    assert status(store) == "unsubscribed"


def test_the_evidence_says_which_words_were_read_and_whence(store: sa.Engine, client: FlaskClient) -> None:
    """W6: no token is in it, and of the address of the network a part."""
    someone = add_confirmed(store)
    client.post(path_of(someone), data={"do": "leave"}, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    with store.connect() as connection:
        told = connection.execute(sa.select(consent_event).where(consent_event.c.kind == "unsubscribed")).one()
        words = connection.execute(sa.text("SELECT text FROM wording WHERE sha256 = :s"), {"s": told.wording_sha256})
        assert words.scalar_one() == "Send me no more letters of Half Turn"
    assert (told.source, told.ip) == ("https://lists.halfturn.example/leave/", "198.51.100.0/24")
    assert told.form == "leave"


def test_who_left_by_the_page_may_undo_it_for_an_hour(store: sa.Engine, here: World, client: FlaskClient) -> None:
    """W6: the button says what they agree to, and the event keeps it."""
    path = path_of(add_confirmed(store))
    first, again = (client.post(path, data={"do": "leave"}) for _ in range(2))
    assert first.text == again.text
    assert "I left by mistake: keep sending me Half Turn by e-mail" in first.text
    here.clock.forward(minutes=59)
    back = client.post(path, data={"do": "undo"})
    assert (back.status_code, status(store)) == (200, "confirmed")
    assert "on the list again" in back.text
    assert events(store)[2:] == [("confirmed", "undo")]
    with changing(store) as register:
        assert suppression_of(register.connection, SECRET, address("ada@example.org")) is None
    client.post(path, data={"do": "leave"})
    here.clock.forward(hours=1)
    assert "undo" not in client.post(path, data={"do": "leave"}).text
    assert "off the list" in client.post(path, data={"do": "undo"}).text
    assert status(store) == "unsubscribed"


def test_nobody_comes_on_the_list_by_undo_who_was_not_on_it(store: sa.Engine, client: FlaskClient) -> None:
    """W6: not who never confirmed, whose address bounced, who complained, or who left by one click or otherwise."""
    with changing(store) as register:
        pending = add(register, person(), FORM)
    for change in (None, bounce, complain):
        with changing(store) as register:
            someone = known(register.connection, address("ada@example.org"))
            if change:
                change(register, confirm(register, someone, FORM), FORM)
        for do in ("leave", "undo"):
            assert client.post(path_of(pending), data={"do": do}).status_code == 200
        assert status(store) == "unsubscribed"
    with changing(store) as register:
        confirm(register, known(register.connection, address("ada@example.org")), FORM)
    client.post(path_of(pending), data=ONE_CLICK)
    client.post(path_of(pending), data={"do": "undo"})
    assert status(store) == "unsubscribed"


def test_who_was_erased_and_who_never_was_are_off_the_list(store: sa.Engine, client: FlaskClient) -> None:
    """W2: one click must succeed; the answer is that for everybody, and nothing is written. W16: the test's token."""
    someone = add_confirmed(store)
    with changing(store) as register:
        erase(register, someone)
    other = add_confirmed(store, "bo@example.org")
    before = events(store)
    gone = client.post(path_of(someone), data=ONE_CLICK)
    tried = client.post(f"/leave/{SECRET.leave_token(TEST_ID)}", data=ONE_CLICK)
    assert events(store) == before
    left = client.post(path_of(other), data=ONE_CLICK)
    assert {(page.status_code, page.text) for page in (gone, tried, left)} == {(200, left.text)}


def test_tokens_that_are_not_ours_are_answered_alike(store: sa.Engine, client: FlaskClient) -> None:
    """W2: cut, changed, of another purpose or another secret: one text and one status, with the way on."""
    someone = add_confirmed(store)
    token = SECRET.leave_token(someone.public_id)
    other = Secret("another-secret-of-more-than-32-characters")
    wrong = [
        "x", "a" * 32, "a" * 34, token[:-1], f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}", f"{token}aa",
        SECRET.plan_token(someone.public_id), other.leave_token(someone.public_id), "ada@example.org", "%00", "é" * 32,
    ]  # fmt: skip
    answers = {
        (page.status_code, page.text)
        for text in wrong
        for page in (client.get(f"/leave/{text}"), client.post(f"/leave/{text}", data=ONE_CLICK))
    }
    ((code, text),) = answers
    assert code == 404
    assert "lists@halfturn.example" in text
    assert status(store) == "confirmed"


def test_old_letters_and_changed_keys_lead_out(store: sa.Engine, tmp_path: Path) -> None:
    """W2: tokens of 32 characters, those of an older key, and those of the newest."""
    keys = ("an-older-key-of-more-than-32-characters", "a-newer-key-of-more-than-32-characters")
    then = Secret(SECRET.text, keys[::-1])
    made = world(store, tmp_path)
    client = create_app(replace(made.service, secret=then)).test_client()
    for secret in (SECRET, Secret(SECRET.text, keys[:1]), then):
        someone = add_confirmed(store, f"r{len(events(store))}@example.org")
        token = secret.leave_token(someone.public_id)
        assert client.post(f"/leave/{token}", data=ONE_CLICK).status_code == 200
        assert status(store, someone.email) == "unsubscribed"
