"""Events of consent stay as they were written, and it shows when they do not."""

import hashlib
import json
import threading

import pytest
import sqlalchemy as sa

from tests.audience.people import FORM, NOW, add_confirmed, changing, person
from tipsheet.audience.consent import START, ChainVerdict, ConsentEvent, ConsentKind, Evidence, append, cut_ip, verify
from tipsheet.audience.register import enrol
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.store.database import open_store, writing
from tipsheet.store.tables import consent_event, wording

WORDING = hashlib.sha256(FORM.wording.encode()).hexdigest()
EDITOR = Evidence(source="an editor")


@pytest.fixture
def chain(store: sa.Engine) -> sa.Engine:
    """Six events: two of Ada, who was erased, the erasure, and three of Bo and Cy."""
    ada, bo = add_confirmed(store), add_confirmed(store, "bo@example.org")
    with changing(store) as register:
        unsubscribe(register, ada, EDITOR)
    add_confirmed(store, "cy@example.org")
    with changing(store) as register:
        erase(register, ada)
        unsubscribe(register, bo, EDITOR)
    return store


def verdict(store: sa.Engine, seen: str = "") -> ChainVerdict:
    with store.connect() as connection:
        return verify(connection, seen=seen)


def without_triggers(store: sa.Engine, statement: str, **values: object) -> None:
    """Change what the triggers would not let anybody change."""
    with writing(store) as connection:
        if store.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE consent_event DISABLE TRIGGER USER"))
        else:
            for name in ("consent_event_kept", "consent_event_not_deleted"):
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        connection.execute(sa.text(statement), values)


def test_what_is_hashed(store: sa.Engine) -> None:
    """Anybody can work it out again from the columns, without our code."""
    add_confirmed(store)
    with store.connect() as connection:
        row = connection.execute(sa.select(consent_event)).one()
        text = connection.execute(sa.select(wording.c.text)).scalar_one()
    said = {
        "at": "2026-11-24T07:00:00.000000+00:00", "erases": "", "form": "subscribe", "id": 1, "ip": "203.0.113.0/24",
        "kind": "confirmed", "salt": row.salt, "source": "https://sheet.example/subscribe/",
        "subscriber_id": row.subscriber_id, "wording_sha256": WORDING,
    }  # fmt: skip
    digest = hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()
    assert (text, row.digest, row.previous_hash) == (FORM.wording, digest, START)
    assert row.hash == hashlib.sha256(f"{START}{digest}".encode()).hexdigest()


def test_a_wording_is_kept_once(chain: sa.Engine) -> None:
    with chain.connect() as connection:
        assert connection.execute(sa.select(wording.c.text)).scalars().all() == [FORM.wording]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_event SET form = 'another' WHERE id = 2",
        "UPDATE consent_event SET at = NULL WHERE id = 2",
        "UPDATE consent_event SET kind = 'stripped', salt = '' WHERE id = 2",
        "UPDATE consent_event SET hash = digest WHERE id = 1",
        "UPDATE consent_event SET id = 99 WHERE id = 6",
        "DELETE FROM consent_event WHERE id = 6",
        "DELETE FROM consent_event",
        """UPDATE consent_event SET kind = 'stripped', at = NULL, subscriber_id = NULL, wording_sha256 = NULL,
           form = '', source = '', ip = '', erases = '', salt = '' WHERE kind = 'erased'""",
    ],
)
def test_the_store_refuses_to_change_events(chain: sa.Engine, statement: str) -> None:
    with chain.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="consent_event is append-only"):
        connection.execute(sa.text(statement))


@pytest.mark.postgresql
def test_postgresql_refuses_to_truncate_events(postgresql_url: str) -> None:
    engine = open_store(postgresql_url)
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="consent_event is append-only"):
        connection.execute(sa.text("TRUNCATE consent_event"))
    engine.dispose()


def test_an_untouched_chain_fits(chain: sa.Engine) -> None:
    found = verdict(chain)
    assert (found.events, found.stripped, found.row, found.fault, found.seen) == (6, 2, "", "", None)


def test_an_empty_chain_fits(store: sa.Engine) -> None:
    assert verdict(store) == ChainVerdict(events=0, stripped=0, head=START)


@pytest.mark.parametrize(
    ("statement", "row", "fault"),
    [
        ("UPDATE consent_event SET source = 'elsewhere' WHERE id = 2", "consent_event 2", "what it says"),
        ("UPDATE consent_event SET kind = 'confirmed' WHERE id = 6", "consent_event 6", "what it says"),
        ("UPDATE consent_event SET subscriber_id = 3 WHERE id = 2", "consent_event 2", "what it says"),
        ("UPDATE consent_event SET at = NULL WHERE id = 2", "consent_event 2", "what it says"),
        ("UPDATE consent_event SET digest = hash WHERE id = 2", "consent_event 2", "its hash does not follow"),
        ("UPDATE consent_event SET previous_hash = digest WHERE id = 4", "consent_event 4", "its previous hash"),
        ("DELETE FROM consent_event WHERE id = 1", "consent_event 1", "it is missing"),
        ("DELETE FROM consent_event WHERE id = 4", "consent_event 4", "it is missing"),
        ("UPDATE consent_event SET kind = 'stripped' WHERE id = 2", "consent_event 2", "no erasure tells of it"),
        ("UPDATE consent_event SET kind = 'confirmed', at = :now WHERE id = 1", "consent_event 1", "what it says"),
        ("UPDATE wording SET text = 'Sell me everything.'", f"wording {WORDING}", "its text"),
    ],
)  # fmt: skip
def test_the_first_that_does_not_fit_is_named(chain: sa.Engine, statement: str, row: str, fault: str) -> None:
    values = {"now": NOW.replace(tzinfo=None)} if ":now" in statement else {}
    without_triggers(chain, statement, **values)
    found = verdict(chain)
    assert (found.row, fault in found.fault) == (row, True), found


def test_an_erasure_that_did_not_strip_is_named(chain: sa.Engine) -> None:
    """An event that says it was erased and is told again, with a digest that fits."""
    with writing(chain) as connection:
        event = ConsentEvent(
            kind=ConsentKind.ERASED, at=NOW, subscriber_id=None, evidence=Evidence(source=""), erases=(2,)
        )
        append(connection, [event], entropy=bytes)
    assert verdict(chain).row == "consent_event 2"
    assert "is still told" in verdict(chain).fault


def test_a_chain_that_was_cut_off_does_not_hold_the_head_that_was_noted(chain: sa.Engine) -> None:
    head = verdict(chain).head
    assert verdict(chain, seen=head).seen is True
    assert verdict(chain, seen=head[:12]).seen is True
    without_triggers(chain, "DELETE FROM consent_event WHERE id = 6")
    assert (verdict(chain, seen=head).fault, verdict(chain, seen=head).seen) == ("", False)


def test_a_long_chain_is_walked_in_batches(store: sa.Engine) -> None:
    with changing(store) as register:
        new = enrol(register, (person(f"p{n}@example.org") for n in range(2_100)), FORM, status="confirmed")
        assert list(new) == [500, 500, 500, 500, 100]
    assert (verdict(store).events, verdict(store).fault) == (2_100, "")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::/48"),
        ("", ""),
        ("unknown", ""),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.77/32", "203.0.113.0/24"),
        ("203.0.0.0/8", "203.0.0.0/8"),
    ],
)
def test_an_ip_address_is_cut(address: str, network: str) -> None:
    assert cut_ip(address) == network


def test_writers_take_turns(store: sa.Engine) -> None:
    """Nobody appends to the same end of the chain twice, whoever is quicker."""

    def write(number: int) -> None:
        for letter in "abc":
            add_confirmed(store, f"{letter}{number}@example.org", tags=(letter,))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert (verdict(store).events, verdict(store).fault) == (12, "")
