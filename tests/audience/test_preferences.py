"""What readers choose themselves: segments by a law, a name, a calendar, another address."""

import datetime as dt

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing, write_delivery
from tests.audience.test_service_letters import BUDGET, recipients
from tipsheet.audience.consent import Evidence
from tipsheet.audience.preferences import (
    ADDRESS_LIMIT,
    PreferenceChange,
    ask_address,
    calendar_reader,
    change_address,
    choose,
    conflicts,
    end_calendar,
    held,
    make_calendar,
    save,
)
from tipsheet.audience.signups import NoSuchSignupError, confirm_signup
from tipsheet.audience.subscriber import Subscriber, find, known, suppression_of
from tipsheet.audience.transitions import bounce, complain, erase, unsubscribe
from tipsheet.edition.service import Chosen
from tipsheet.model.segment import Reader
from tipsheet.store.tables import consent_event, delivery, service_letter, signup, subscriber, wording

CHOICES = (
    Chosen(id="managers", title="Managers", tags=("manages",)),
    Chosen(id="sellers", title="Sellers", attributes={"role": "seller"}),
    Chosen(id="leads", title="Leads", tags=("manages", "leads")),
)
PAGE = Evidence(source="https://lists.example/preferences/", form="preferences", ip="203.0.113.0")

values = st.sampled_from(["seller", "manager", True, False, 1, 0, 1.0])
facts = st.dictionaries(st.sampled_from(["role", "city"]), values, max_size=2)
tags = st.frozensets(st.sampled_from(["manages", "leads", "old"]))
readers = st.builds(Reader, attributes=facts, tags=tags)


def offer(found: list[tuple[dict[str, object], frozenset[str]]]) -> tuple[Chosen, ...]:
    return tuple(
        Chosen(id=f"s{number}", title="S", attributes=attributes, tags=tuple(sorted(own)))
        for number, (attributes, own) in enumerate(found)
    )


choices = st.lists(st.tuples(facts, tags).filter(any), max_size=4).map(offer)
wishes = st.dictionaries(st.sampled_from(["s0", "s1", "s2", "s3"]), st.booleans())


def named(found: tuple[Chosen, ...]) -> tuple[set[str], set[str]]:
    """Attributes and tags that these choices set."""
    return {name for one in found for name in one.attributes}, {name for one in found for name in one.tags}


@given(choices, wishes, readers)
def test_choosing_sets_and_unchoosing_removes_and_nothing_else_changes(
    offered: tuple[Chosen, ...], wanted: dict[str, bool], reader: Reader
) -> None:
    """W12: what another choice needs stays, so that a reader keeps every segment that they did not un-choose."""
    before = held(offered, reader)
    wanted = {name: yes for name, yes in wanted.items() if yes or name in before}  # only what is ticked is unticked
    mine = tuple(one for one in offered if wanted.get(one.id, one.id in before))
    lost = tuple(one for one in offered if one.id in before and one not in mine)
    clash = conflicts(offered, wanted, reader)
    if clash:
        one, other = clash
        assert {one.id, other.id} <= {own.id for own in mine}
        assert any(
            other.attributes[name] is not value for name, value in one.attributes.items() if name in other.attributes
        )
        return
    after = choose(offered, wanted, reader)
    assert {one.id for one in mine} <= held(offered, after)
    attributes, needed = named(mine)
    for one in lost:
        stays = set(one.attributes) <= attributes and set(one.tags) <= needed
        assert (one.id in held(offered, after)) <= stays
    changed_attributes, changed_tags = named((*mine, *lost))
    for name in {*reader.attributes, *after.attributes} - changed_attributes:
        assert after.attributes[name] is reader.attributes[name]
    assert after.tags - changed_tags == reader.tags - changed_tags
    assert choose(offered, wanted, after) == after
    if held(offered, reader) == {one.id for one in mine}:
        assert after == reader


def test_two_values_of_one_attribute_cannot_be_chosen() -> None:
    both = (CHOICES[1], Chosen(id="buyers", title="Buyers", attributes={"role": "buyer"}))
    assert [one.id for one in conflicts(both, {"sellers": True, "buyers": True}, Reader())] == ["sellers", "buyers"]
    assert conflicts(both, {"sellers": False, "buyers": True}, Reader(attributes={"role": "seller"})) == ()


def written(store: sa.Engine) -> list[tuple[str, str | None]]:
    query = sa.select(consent_event.c.kind, wording.c.text).outerjoin(wording).order_by(consent_event.c.id)
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(query)][1:]


def test_a_change_is_one_event_whose_words_name_nobody(store: sa.Engine) -> None:
    """W6, W12: and what is as it was writes nothing."""
    ada = add_confirmed(store, tags=("old",), attributes={"city": "Utrecht"})
    wish = PreferenceChange(first_name="Augusta", segments={"managers": True, "sellers": True})
    for _ in range(2):
        with changing(store) as register:
            someone = known(register.connection, address("ada@example.org"))
            after = save(register, someone, wish, CHOICES, PAGE)
            assert known(register.connection, address("ada@example.org")) == after
    assert (after.first_name, after.last_name) == ("Augusta", "Lovelace")
    assert (after.attributes, after.tags) == ({"city": "Utrecht", "role": "seller"}, ("manages", "old"))
    assert written(store) == [("changed", "My name changed; Segments: Managers, Sellers")]
    with changing(store) as register:
        save(register, after, PreferenceChange(segments={"managers": False, "leads": False}), CHOICES, PAGE)
    assert written(store)[1:] == [("changed", "Segments: Sellers")]
    assert ada.id == after.id


def test_a_calendar_of_ones_own_ends_and_another_has_another_address(store: sa.Engine) -> None:
    """W13"""
    ada = add_confirmed(store, tags=("manages",))
    with changing(store) as register:
        first = make_calendar(register, ada, PAGE).calendar_id
        second = make_calendar(register, ada, PAGE)
        assert calendar_reader(register.connection, first) is None
        assert calendar_reader(register.connection, second.calendar_id).tags == {"manages"}
        ended = end_calendar(register, second, PAGE)
        assert end_calendar(register, ended, PAGE) is ended
        assert calendar_reader(register.connection, second.calendar_id) is None
        third = make_calendar(register, ended, PAGE)
        unsubscribe(register, third, PAGE)
        assert calendar_reader(register.connection, third.calendar_id) is None
    assert [kind for kind, _ in written(store)] == ["changed"] * 4 + ["unsubscribed"]


def ask(store: sa.Engine, someone: Subscriber, new: str, now: dt.datetime = NOW) -> list[str]:
    """Ask for another address; letters that wait then."""
    with changing(store, now) as register:
        ask_address(register, someone, address(new), PAGE, BUDGET)
    return recipients(store)


def test_a_new_address_is_asked_and_nothing_changes_before(store: sa.Engine) -> None:
    """W2, W6: the row holds the evidence; the newest wish counts."""
    ada = add_confirmed(store)
    assert ask(store, ada, "First@example.net") == ["First@example.net"]
    assert ask(store, ada, "ada@new.example") == ["ada@new.example"]
    with store.connect() as connection:
        rows = connection.execute(sa.select(signup).order_by(signup.c.id)).all()
        first, letter = connection.execute(sa.select(service_letter).order_by(service_letter.c.id)).all()
        assert known(connection, address("ada@example.org")) == ada
    assert [(row.kind, row.email_norm, row.state, row.cause) for row in rows] == [
        ("address", "", "dropped", "replaced"),
        ("address", "ada@new.example", "asked", ""),
    ]
    assert (first.state, first.recipient) == ("skipped", "")
    assert (rows[1].source, rows[1].form) == (PAGE.source, PAGE.form)
    assert (letter.mail, letter.signup_id, letter.subscriber_id, letter.fields) == ("address", rows[1].id, ada.id, {})


def test_who_is_asked_at_a_new_address(store: sa.Engine) -> None:
    """W3: who reads there is told so; who bounced, complained, or left while a row remains, gets nothing."""
    ada, bo, cy, di, ed = (add_confirmed(store, f"{name}@example.org") for name in ("ada", "bo", "cy", "di", "ed"))
    with changing(store) as register:
        bounce(register, bo, FORM)
        complain(register, cy, FORM)
        unsubscribe(register, di, FORM)
    assert ask(store, ada, "BO@example.org") == ask(store, ada, "cy@example.org") == []
    later = NOW + dt.timedelta(days=1)
    assert ask(store, ada, "di@example.org", later) == []
    assert ask(store, ada, "ADA@example.org", later) == []
    assert ask(store, ada, "ed@example.org", later) == [ed.email]
    with store.connect() as connection:
        assert connection.execute(sa.select(service_letter.c.mail, service_letter.c.subscriber_id)).all() == [
            ("known", ed.id)
        ]
        causes = connection.execute(sa.select(signup.c.cause, signup.c.email).order_by(signup.c.id)).all()
    assert causes == [("bounced", ""), ("complained", ""), ("known", ""), ("known", "")]


def test_a_reader_asks_so_many_strangers_a_day(store: sa.Engine) -> None:
    """W4"""
    ada = add_confirmed(store)
    for number in range(ADDRESS_LIMIT):
        assert ask(store, ada, f"a{number}@example.net") == [f"a{number}@example.net"]
    assert ask(store, ada, "more@example.net") == [f"a{ADDRESS_LIMIT - 1}@example.net"]
    assert ask(store, ada, "more@example.net", NOW + dt.timedelta(days=1)) == ["more@example.net"]


def confirm_address(store: sa.Engine, someone: Subscriber, new: str) -> Subscriber | None:
    with changing(store) as register:
        return change_address(register, someone, address(new), PAGE)


def test_a_confirmed_address_is_written_to_and_the_old_one_is_told(store: sa.Engine) -> None:
    """W6: what waits goes to the new one, no file brings the old one back, and the reader may go back to it."""
    ada = add_confirmed(store)
    with store.begin() as connection:
        write_delivery(connection, ada, "2026-w48", "queued")
        write_delivery(connection, ada, "2026-w47", "sent")
    changed = confirm_address(store, ada, "Ada@new.example")
    with store.connect() as connection:
        assert known(connection, address("ada@new.example")) == changed
        assert find(connection, address("ada@example.org")) is None
        assert suppression_of(connection, SECRET, address("ada@example.org")).reason == "unsubscribed"
        sent = dict(connection.execute(sa.select(delivery.c.state, delivery.c.recipient)).all())
        letter = connection.execute(sa.select(service_letter)).one()
    assert sent == {"queued": "Ada@new.example", "sent": "Ada@example.org"}
    assert (letter.mail, letter.recipient, letter.subscriber_id) == ("changed", "Ada@example.org", ada.id)
    assert changed.public_id == ada.public_id
    assert written(store) == [("changed", "Another address")]
    assert ask(store, changed, "ada@example.org")[1:] == ["ada@example.org"]
    assert confirm_address(store, changed, "ada@example.org").email_norm == ada.email_norm
    with store.connect() as connection:
        assert suppression_of(connection, SECRET, address("ada@example.org")) is None


@pytest.mark.parametrize("meanwhile", ["somebody reads there", "it bounced", "they left", "they were erased"])
def test_an_address_that_was_asked_may_be_none_any_more(store: sa.Engine, meanwhile: str) -> None:
    """W2: races between the letter and its answer."""
    ada = add_confirmed(store)
    ask(store, ada, "ada@new.example")
    with changing(store) as register:
        if meanwhile == "they left":
            ada = unsubscribe(register, ada, FORM)
        elif meanwhile == "they were erased":
            erase(register, ada)
    if meanwhile in ("somebody reads there", "it bounced"):
        other = add_confirmed(store, "Ada@New.example")
        if meanwhile == "it bounced":
            with changing(store) as register:
                bounce(register, other, FORM)
                register.connection.execute(sa.delete(subscriber).where(subscriber.c.id == other.id))
    if meanwhile == "they were erased":
        with store.connect() as connection:
            assert connection.execute(sa.select(signup)).all() == []
        return
    assert confirm_address(store, ada, "ada@new.example") is None
    with store.connect() as connection:
        assert known(connection, address("ada@example.org")).email == "Ada@example.org"
        assert connection.execute(sa.select(signup)).all() == []


def test_a_confirmation_of_an_address_is_one_of_the_service(store: sa.Engine) -> None:
    """W2: single use, by the same function as that of a new reader; seven days."""
    ada = add_confirmed(store)
    for days, works in ((8, False), (0, True)):
        ask(store, ada, f"ada{days}@new.example")
        with store.connect() as connection:
            asked = connection.execute(sa.select(signup.c.public_id).where(signup.c.state == "asked")).scalar_one()
        token = SECRET.confirm_token(asked)
        for again in range(2):
            with changing(store, NOW + dt.timedelta(days=days)) as register:
                if works and not again:
                    moved = confirm_signup(register, token, PAGE)
                    assert (moved.id, moved.email) == (ada.id, "ada0@new.example")
                else:
                    with pytest.raises(NoSuchSignupError):
                        confirm_signup(register, token, PAGE)
    assert written(store) == [("changed", "Another address")]
