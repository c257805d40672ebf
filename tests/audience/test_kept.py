"""What is said to be kept about a reader is what the tables have, and all of it is in the file that a reader gets."""

import json
from dataclasses import asdict

import sqlalchemy as sa

from docs.reference.pages.personal_data import KEPT
from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing, write_delivery
from tests.audience.test_service_letters import BUDGET
from tipsheet.audience.personal_data import dossier_of
from tipsheet.audience.preferences import ask_address
from tipsheet.audience.transitions import unsubscribe
from tipsheet.store.tables import METADATA, bounce_report, delivery, hook_event, import_change, import_record

NOBODY = {
    "action_done", "delivery_answer", "delivery_day", "delivery_owner", "import_record", "inbox_message",
    "issue_edition", "issue_send", "series_letter", "store_fact", "throttle",
}  # fmt: skip
"""Tables that speak of nobody: looked at one by one."""

SHARED = {"tag", "topic", "wording"}
"""Tables of texts that readers' rows point at; a text is about nobody by itself."""
POINTERS = ("subscriber_id", "delivery_id", "email", "email_hmac")
"""Columns by which a row is about one reader."""
PERSONAL = {name for name, table in METADATA.tables.items() if any(column in table.c for column in POINTERS)}


def test_every_table_and_column_about_a_reader_is_told_of() -> None:
    """A8: a table or a column that is added one day fails here until it is described, or known to be about nobody."""
    assert KEPT.keys() == PERSONAL
    assert set(METADATA.tables) == {*KEPT, *SHARED, *NOBODY}
    for name, kept in KEPT.items():
        assert kept["columns"].keys() == set(METADATA.tables[name].c.keys()), name


def test_all_of_it_is_in_the_file_that_a_reader_gets(store: sa.Engine) -> None:
    """A8, W12: a mark in a row of each table is found."""
    ada = add_confirmed(store, tags=("mark-tag",), topics=("mark-topic",))
    with changing(store) as register:
        ask_address(register, ada, address("mark-address@example.net"), FORM, BUDGET)
        unsubscribe(register, ada, FORM)
    with store.begin() as connection:
        write_delivery(connection, ada, "mark-issue", "sent")
        number = connection.execute(sa.select(delivery.c.id)).scalar_one()
        told = {"delivery_id": number, "digest": "mark-report", "kind": "soft", "at": NOW}
        connection.execute(sa.insert(bounce_report).values(told))
        told |= {"digest": "mark-event", "provider": "ses", "seen_at": NOW}
        connection.execute(sa.insert(hook_event).values(told))
        row = {"state": "done", "at": NOW, "changed_at": NOW, "files": "", "counts": {}}
        (imported,) = connection.execute(sa.insert(import_record).values(row)).inserted_primary_key
        changed = {"import_id": imported, "subscriber_id": ada.id, "before": {"first_name": "mark-before"}}
        connection.execute(sa.insert(import_change).values(changed))
        dossier = dossier_of(connection, SECRET, address(ada.email))
        filled = {name for name in PERSONAL if connection.execute(sa.select(METADATA.tables[name])).first()}
    assert filled == PERSONAL
    text = json.dumps(asdict(dossier), default=str)
    for mark in ("tag", "topic", "address@example.net", "issue", "report", "event", "before"):
        assert f"mark-{mark}" in text
    assert FORM.wording in text
    assert dossier.letters[0]["recipient"] == "mark-address@example.net"
    assert dossier.suppression is not None
