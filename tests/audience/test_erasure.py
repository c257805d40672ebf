"""Of an erased person nothing is left but the HMAC that keeps them out (A8)."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing, write_delivery
from tipsheet.audience.consent import verify
from tipsheet.audience.personal_data import Dossier, dossier_of
from tipsheet.audience.secret import Secret, SecretError
from tipsheet.audience.subscriber import Subscriber, Suppression
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.store.database import open_store, settle, writing
from tipsheet.store.tables import METADATA, delivery

ADA = address("ada@example.org")
STATES = ("sent", "queued", "unknown")


@pytest.fixture
def ada(store: sa.Engine) -> Subscriber:
    """Ada, about whom everything is held that can be; and Bo, of whom the same."""
    for email in ("Ada@example.org", "bo@example.org"):
        someone = add_confirmed(store, email, tags=("sells",), topics=("news",), locale="tlh")
        with changing(store) as register:
            unsubscribe(register, someone, FORM)
        with writing(store) as connection:
            for number, state in enumerate(STATES):
                write_delivery(connection, someone, f"2026-w{number}", state)
    with store.connect() as connection:
        found = dossier_of(connection, SECRET, ADA).subscriber
    assert found
    return found


def everything(store: sa.Engine) -> str:
    """Every cell of every table."""
    with store.connect() as connection:
        rows = [row for table in METADATA.sorted_tables for row in connection.execute(sa.select(table))]
    return "\n".join(map(str, rows))


def test_show_has_everything(store: sa.Engine, ada: Subscriber) -> None:
    with store.connect() as connection:
        held = dossier_of(connection, SECRET, ADA)
    assert (held.subscriber, held.suppression) == (ada, Suppression(reason="unsubscribed", at=NOW))
    assert [(event["kind"], event["wording"], event["ip"]) for event in held.consent] == [
        ("confirmed", FORM.wording, "203.0.113.0/24"),
        ("unsubscribed", FORM.wording, "203.0.113.0/24"),
    ]
    assert [(row["issue"], row["state"], row["recipient"]) for row in held.deliveries] == [
        (f"2026-w{number}", state, "Ada@example.org") for number, state in enumerate(STATES)
    ]
    assert [[entry["state"] for entry in row["log"]] for row in held.deliveries] == [[state] for state in STATES]


def test_show_knows_whom_it_does_not_know(store: sa.Engine, ada: Subscriber) -> None:
    with store.connect() as connection:
        assert dossier_of(connection, SECRET, address("cy@example.org")).empty
        with pytest.raises(SecretError):
            dossier_of(connection, Secret("x" * 40), ADA)


def test_nothing_is_left(store: sa.Engine, ada: Subscriber) -> None:
    with store.connect() as connection:
        held = dossier_of(connection, SECRET, ADA)
    traces = ["ada@example.org", ada.public_id, *(event["salt"] for event in held.consent)]
    assert all(trace in everything(store).lower() for trace in traces)
    with changing(store) as register:
        erase(register, ada)
    assert [trace for trace in traces if trace in everything(store).lower()] == []
    with store.connect() as connection:
        assert dossier_of(connection, SECRET, ADA) == Dossier(
            subscriber=None, suppression=Suppression(reason="erased", at=NOW)
        )
        found = verify(connection)
        assert (found.fault, found.stripped, found.events) == ("", 2, 5)


def test_others_stay_as_they_are(store: sa.Engine, ada: Subscriber) -> None:
    bo = address("bo@example.org")
    with store.connect() as connection:
        before = dossier_of(connection, SECRET, bo)
    with changing(store) as register:
        erase(register, ada)
    with store.connect() as connection:
        assert dossier_of(connection, SECRET, bo) == before


def test_letters_are_counted_without_an_address_and_none_is_waiting(store: sa.Engine, ada: Subscriber) -> None:
    with changing(store) as register:
        erase(register, ada)
    query = sa.select(delivery.c.state, delivery.c.recipient).where(delivery.c.subscriber_id == ada.id)
    with store.connect() as connection:
        rows = sorted(tuple(row) for row in connection.execute(query))
    assert rows == [("sent", ""), ("skipped", ""), ("unknown", "")]


def test_no_byte_is_left_in_the_file(sqlite_template: Path, tmp_path: Path) -> None:
    """SQLite keeps what was deleted in free pages and in its WAL, unless it is told otherwise."""
    file = tmp_path / "audience.db"
    shutil.copy(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    ada = add_confirmed(store, "ada@example.org", first_name="Augusta-Ada", attributes={"city": "Ockham"})
    add_confirmed(store, "bo@example.org")
    traces = (b"ada@example.org", b"Augusta-Ada", b"Ockham")
    settle(store)
    assert all(trace in file.read_bytes() for trace in traces)
    with changing(store) as register:
        erase(register, ada)
    settle(store)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert [trace for trace in traces if trace in kept] == []
    assert b"bo@example.org" in kept
    store.dispose()
