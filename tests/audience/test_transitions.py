"""What can happen to a subscriber, each time with an event, a suppression or neither."""

import datetime as dt

import pytest
import sqlalchemy as sa

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing, person, predictable
from tipsheet.audience.consent import Evidence, verify
from tipsheet.audience.readers import count_by_status, count_suppressed
from tipsheet.audience.register import open_register
from tipsheet.audience.subscriber import Suppression, UnknownSubscriberError, find, known, suppressed, suppression_of
from tipsheet.audience.transitions import (
    AlreadySubscribedError,
    SuppressedError,
    add,
    bounce,
    complain,
    confirm,
    erase,
    refuse,
    resubscribe,
    unsubscribe,
)
from tipsheet.store.tables import consent_event, tag

ADA = address("ada@example.org")
LATER = NOW + dt.timedelta(days=1)
EDITOR = Evidence(source="an editor")


def kinds(store: sa.Engine) -> list[str]:
    with store.connect() as connection:
        assert verify(connection).fault == ""
        return list(connection.execute(sa.select(consent_event.c.kind).order_by(consent_event.c.id)).scalars())


def suppression(store: sa.Engine) -> Suppression | None:
    with store.connect() as connection:
        return suppression_of(connection, SECRET, ADA)


def test_added_then_confirmed(store: sa.Engine) -> None:
    with changing(store) as register:
        ada = add(register, person(tags=("sells", "early"), topics=("news",)), FORM)
    assert (ada.status, ada.confirmed_at, ada.created_at) == ("pending", None, NOW)
    assert (ada.email, ada.email_norm, ada.tags, ada.topics) == (
        "Ada@example.org", "ada@example.org", ("early", "sells"), ("news",),
    )  # fmt: skip
    with changing(store, LATER) as register:
        confirmed = confirm(register, ada, FORM)
        assert confirm(register, confirmed, FORM) == confirmed
    with store.connect() as connection:
        assert find(connection, ADA) == confirmed
    assert (confirmed.status, confirmed.confirmed_at, confirmed.changed_at) == ("confirmed", LATER, LATER)
    assert kinds(store) == ["added", "confirmed"]


def test_confirmed_by_adding_again(store: sa.Engine) -> None:
    with changing(store) as register:
        add(register, person(), FORM)
        assert add(register, person(), FORM, confirmed=True).status == "confirmed"
    assert kinds(store) == ["added", "confirmed"]


def test_added_twice(store: sa.Engine) -> None:
    """A9: two addresses that differ by case are one person."""
    add_confirmed(store)
    with pytest.raises(AlreadySubscribedError, match=r"Ada@example\.org is there already, confirmed"):
        add_confirmed(store, "ADA@EXAMPLE.ORG")


@pytest.mark.parametrize(
    ("leave", "status"), [(unsubscribe, "unsubscribed"), (bounce, "bounced"), (complain, "complained")]
)
def test_whoever_left_is_suppressed(store: sa.Engine, leave, status: str) -> None:
    ada = add_confirmed(store)
    with changing(store, LATER) as register:
        gone = leave(register, ada, EDITOR)
        assert leave(register, gone, EDITOR) == gone
    assert (gone.status, gone.confirmed_at) == (status, NOW)
    assert suppression(store) == Suppression(reason=status, at=LATER)
    assert kinds(store) == ["confirmed", status]


@pytest.mark.parametrize("leave", [unsubscribe, bounce, complain, lambda register, ada, _: erase(register, ada)])
def test_only_the_person_comes_back(store: sa.Engine, leave) -> None:
    ada = add_confirmed(store)
    with changing(store) as register:
        leave(register, ada, EDITOR)
    for confirmed in (True, False):
        with pytest.raises(SuppressedError, match=r"is not to be written to: \w+ on 2026-11-24"), changing(store) as it:
            add(it, person(), FORM, confirmed=confirmed)
    with changing(store, LATER) as register:
        back = resubscribe(register, person(), FORM)
    assert (back.status, back.confirmed_at, suppression(store)) == ("confirmed", LATER, None)
    assert kinds(store)[-1] == "confirmed"


def test_a_stranger_who_must_not_be_written_to(store: sa.Engine) -> None:
    with changing(store) as register:
        refuse(register, ADA, EDITOR)
        refuse(register, ADA, EDITOR)
    assert suppression(store) == Suppression(reason="unsubscribed", at=NOW)
    with pytest.raises(SuppressedError), changing(store) as register:
        add(register, person(), FORM)
    assert kinds(store) == []


def test_a_subscriber_who_must_not_be_written_to(store: sa.Engine) -> None:
    add_confirmed(store)
    with changing(store) as register:
        refuse(register, ADA, EDITOR)
    assert kinds(store) == ["confirmed", "unsubscribed"]


def test_a_change_is_whole_or_nothing(store: sa.Engine) -> None:
    ada = add_confirmed(store)

    def no_luck(_size: int) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), changing(store, entropy=no_luck) as register:
        unsubscribe(register, ada, EDITOR)
    with store.connect() as connection:
        assert find(connection, ADA) == ada
    assert suppression(store) is None
    assert kinds(store) == ["confirmed"]


def test_a_dry_run_changes_nothing(store: sa.Engine) -> None:
    with open_register(store, SECRET, now=NOW, dry_run=True) as register:
        assert add(register, person(), FORM).status == "pending"
    assert kinds(store) == []


def test_the_same_chance_gives_the_same_people(store: sa.Engine) -> None:
    with changing(store, entropy=predictable()) as register:
        assert add(register, person(), FORM).public_id == "aaaaaaaaaaaaaaab"


def test_nobody_is_known_by_another_address(store: sa.Engine) -> None:
    add_confirmed(store)
    with store.connect() as connection, pytest.raises(UnknownSubscriberError, match="nobody is subscribed as bo@"):
        known(connection, address("bo@example.org"))


def test_counts(store: sa.Engine) -> None:
    ada = add_confirmed(store)
    add_confirmed(store, "bo@example.org", tags=("sells",))
    add_confirmed(store, "cy@example.org", tags=("sells",))
    with changing(store) as register:
        unsubscribe(register, ada, EDITOR)
        norms = ["ada@example.org", "bo@example.org"]
        assert suppressed(register.connection, SECRET, norms) == {"ada@example.org"}
    with store.connect() as connection:
        assert count_by_status(connection) == {
            "pending": 0, "confirmed": 2, "unsubscribed": 1, "bounced": 0, "complained": 0,
        }  # fmt: skip
        assert count_suppressed(connection) == 1
        assert connection.execute(sa.select(tag.c.name)).scalars().all() == ["sells"]
