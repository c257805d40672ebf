"""Letters to friends of readers: nothing typed in them, and only so many."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.audience.people import FORM, NOW, add_confirmed, address, changing
from tipsheet.audience.service_letters import READER_LIMIT, Budget, ServiceLetter, enqueue, forward
from tipsheet.audience.subscriber import Subscriber
from tipsheet.audience.transitions import erase, unsubscribe
from tipsheet.edition.service import PublicIssue
from tipsheet.store.tables import service_letter

ISSUE = PublicIssue(id="2026-w48", title="One thing", url="https://sheet.example/w48/", published=NOW.isoformat())
BUDGET = Budget(hour=50, day=200)


def recipients(store: sa.Engine) -> list[str]:
    """Where letters that wait go to."""
    query = sa.select(service_letter.c.recipient).where(service_letter.c.state == "queued")
    with store.connect() as connection:
        return list(connection.execute(query.order_by(service_letter.c.id)).scalars())


def passed_on(store: sa.Engine, someone: Subscriber, friend: str, now: dt.datetime = NOW) -> bool:
    with changing(store, now) as register:
        return forward(register, someone, address(friend), ISSUE, BUDGET)


def test_a_letter_is_queued_with_its_change(store: sa.Engine) -> None:
    ada = add_confirmed(store)
    with changing(store) as register:
        enqueue(register, ServiceLetter(mail="goodbye", recipient=ada.email, subscriber_id=ada.id))
        register.connection.rollback()
    assert recipients(store) == []
    with changing(store) as register:
        for _ in range(2):
            enqueue(register, ServiceLetter(mail="goodbye", recipient=ada.email, subscriber_id=ada.id))
        with pytest.raises(ValueError, match="no letter 'farewell'"):
            enqueue(register, ServiceLetter(mail="farewell", recipient=ada.email, subscriber_id=ada.id))
    with store.connect() as connection:
        rows = connection.execute(sa.select(service_letter)).all()
    assert {(row.state, row.recipient, row.due_at) for row in rows} == {("queued", ada.email, NOW)}
    assert len({row.message_key for row in rows}) == 2


def test_a_friend_gets_one_letter_a_week_whoever_thinks_of_them(store: sa.Engine) -> None:
    """W4, W5: though the address is forgotten when the letter is sent, and nothing that was typed is in it."""
    ada, bo = add_confirmed(store), add_confirmed(store, "bo@example.org")
    assert passed_on(store, ada, "Friend@example.net")
    with store.begin() as connection:
        (fields,) = connection.execute(sa.select(service_letter.c.fields)).scalars()
        connection.execute(sa.update(service_letter).values(state="sent", recipient=""))
    assert fields == {"issue_title": "One thing", "issue_url": ISSUE.url}
    assert not passed_on(store, bo, "friend+2@example.net", NOW + dt.timedelta(days=6))
    assert passed_on(store, bo, "friend@example.net", NOW + dt.timedelta(days=7))


def test_a_reader_passes_on_five_a_day(store: sa.Engine) -> None:
    """W4"""
    ada = add_confirmed(store)
    sent = [passed_on(store, ada, f"friend{number}@example.net") for number in range(READER_LIMIT + 1)]
    assert sent == [True] * READER_LIMIT + [False]
    assert passed_on(store, ada, "later@example.net", NOW + dt.timedelta(days=1))


def test_letters_to_friends_count_with_all_that_strangers_may_cause(store: sa.Engine) -> None:
    """W4"""
    readers = [add_confirmed(store, f"r{number}@example.org") for number in range(BUDGET.hour // READER_LIMIT + 1)]
    sent = [passed_on(store, one, f"f{n}@d{one.id}.example") for one in readers for n in range(READER_LIMIT)]
    assert sum(sent) == BUDGET.hour


def test_who_does_not_want_letters_gets_none(store: sa.Engine) -> None:
    ada, bo, cy = (add_confirmed(store, email) for email in ("ada@example.org", "bo@example.org", "cy@example.org"))
    with changing(store) as register:
        unsubscribe(register, bo, FORM)
        erase(register, cy)
    assert not any(passed_on(store, ada, friend) for friend in ("bo@example.org", "CY@example.org", "ada@example.org"))
    assert recipients(store) == []
