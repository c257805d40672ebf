"""A letter to a friend: nothing typed in it, only so many, and the same answer whoever the friend is."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.audience.people import FORM, SECRET, add_confirmed, changing
from tipsheet.audience.service_letters import READER_LIMIT
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import complain, unsubscribe
from tipsheet.store.tables import service_letter, subscriber


def path_of(someone: Subscriber, issue: str = "2026-w48") -> str:
    return f"/forward/{SECRET.leave_token(someone.public_id)}?issue={issue}"


def letters(store: sa.Engine) -> list[tuple[str, dict[str, str]]]:
    query = sa.select(service_letter.c.recipient, service_letter.c.fields).where(service_letter.c.mail == "forward")
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_a_friend_is_sent_the_public_address_and_nothing_that_was_typed(store: sa.Engine, client: FlaskClient) -> None:
    """W5"""
    ada = add_confirmed(store, first_name="Buy now http://spam.example")
    assert "One thing" in client.get(path_of(ada)).text
    page = client.post(path_of(ada), data={"email": " Friend@Example.net", "text": "Buy", "name": "Buy"})
    assert page.status_code == 200
    fields = {"issue_title": "One thing", "issue_url": "https://halfturn.example/issues/2026-w48/"}
    assert letters(store) == [("Friend@example.net", fields)]


def test_every_friend_is_answered_alike(store: sa.Engine, client: FlaskClient) -> None:
    """W3, W4: new, twice, who left, who complained, who reads, and the sixth of a day."""
    ada, bo, cy, _ = (add_confirmed(store, f"{name}@example.org") for name in ("ada", "bo", "cy", "di"))
    with changing(store) as register:
        unsubscribe(register, bo, FORM)
        complain(register, cy, FORM)
    friends = ["new@example.net", "NEW@example.net", "bo@example.org", "cy@example.org", "di@example.org"]
    friends += [f"f{number}@example.net" for number in range(READER_LIMIT)]
    answers = [client.post(path_of(ada), data={"email": friend}) for friend in friends]
    assert len({(page.status_code, page.text) for page in answers}) == 1
    assert [recipient for recipient, _ in letters(store)] == [
        "new@example.net", *(f"f{number}@example.net" for number in range(READER_LIMIT - 1))
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["", "x", '"><script>', "a@example.org, b@example.org", "a@example.org\nBcc: b@c.d"])
def test_what_is_no_address_is_asked_again(store: sa.Engine, client: FlaskClient, typed: str) -> None:
    """W5"""
    page = client.post(path_of(add_confirmed(store)), data={"email": typed})
    assert (page.status_code, letters(store)) == (422, [])
    assert "<script" not in page.text


def test_only_readers_pass_on_and_only_what_is_public(store: sa.Engine, client: FlaskClient) -> None:
    """W2: the newest issue where none is named."""
    ada = add_confirmed(store)
    unknown = [path_of(ada, "a-private-one"), "/forward/xyz?issue=2026-w48", path_of(ada, "../x")]
    answers = [
        page for path in unknown for page in (client.get(path), client.post(path, data={"email": "f@a.example"}))
    ]
    assert {page.status_code for page in answers} == {404}
    assert len({page.text for page in answers}) == 1
    assert "One thing" in client.get(path_of(ada).partition("?")[0]).text
    with store.begin() as connection:
        connection.execute(sa.update(subscriber).values(status="unsubscribed"))
    assert client.get(path_of(ada)).status_code == 404
    assert client.post(path_of(ada), data={"email": "friend@example.net"}).status_code == 404
    assert letters(store) == []
