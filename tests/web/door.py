"""The way in, as a person and a stranger use it: a form, a letter, a button."""

import re
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.delivery.sink import Accepted, Sink
from tests.web.builders import World
from tipsheet.store.tables import consent_event, service_letter, signup, subscriber, wording
from tipsheet.web import create_app
from tipsheet.web.letters import Post, tidy, work_off

FORM: Mapping[str, object] = {"email": "Ada@example.org", "consent": "yes", "form": "page"}
HOME = "203.0.113.77"


def client(world: World) -> FlaskClient:
    return create_app(world.service).test_client()


def ask(browser: FlaskClient, address: str = HOME, **fields: object) -> TestResponse:
    """Post the form from this IP address."""
    return browser.post("/subscribe", data={**FORM, **fields}, environ_base={"REMOTE_ADDR": address})


def send(world: World, sink: Sink, **changes: object) -> list[Accepted]:
    """Decide and send what waits; returns what arrived by it."""
    before = len(sink.accepted)
    work_off(Post(service=world.service, connect=sink.connect, **changes))
    return sink.accepted[before:]


def tidied(world: World) -> None:
    tidy(Post(service=world.service, connect=lambda: None))


def read(letter: Accepted) -> EmailMessage:
    found = message_from_bytes(letter.message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def link_in(letter: Accepted) -> str:
    """The path of the link in a letter."""
    body = read(letter).get_body(("plain",))
    assert body is not None
    found = re.search(r"https://lists\.halfturn\.example(/\S+)", body.get_content())
    assert found
    return found[1]


def join(world: World, sink: Sink, browser: FlaskClient, **fields: object) -> str:
    """Subscribe and confirm; returns the link that was used."""
    ask(browser, **fields)
    (letter,) = send(world, sink)
    link = link_in(letter)
    assert browser.post(link).status_code == 200
    return link


def readers(store: sa.Engine) -> list[tuple[str, str]]:
    """Address and status of everybody in the store."""
    query = sa.select(subscriber.c.email, subscriber.c.status).order_by(subscriber.c.id)
    with store.connect() as connection:
        return [(row.email, row.status) for row in connection.execute(query)]


def events(store: sa.Engine) -> list[sa.Row]:
    """The events of consent with the words that were shown."""
    query = sa.select(consent_event, wording.c.text).outerjoin(wording).order_by(consent_event.c.id)
    with store.connect() as connection:
        return list(connection.execute(query).all())


def everything(store: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables that the way in writes, to see whether anything has changed."""
    tables = (signup, service_letter, subscriber, consent_event)
    with store.connect() as connection:
        return {table.name: [tuple(row) for row in connection.execute(sa.select(table))] for table in tables}


def rows(store: sa.Engine, table: sa.Table, *columns: str) -> list[tuple[object, ...]]:
    chosen = [table.c[name] for name in columns]
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*chosen).order_by(table.c.id))]
