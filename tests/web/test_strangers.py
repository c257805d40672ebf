"""What strangers may try at the form: to find out who reads, to have strangers written to, to put text into letters."""

import statistics
import time
from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.audience.people import FORM as EDITOR
from tests.audience.people import add_confirmed, changing, person
from tests.delivery.sink import Sink, running
from tests.soak import soak, times
from tests.web.builders import RECORD, world
from tests.web.door import ask, client, join, link_in, read, readers, rows, send, tidied
from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence
from tipsheet.audience.subscriber import find
from tipsheet.audience.transitions import add, bounce, complain, erase, unsubscribe
from tipsheet.store.tables import service_letter, signup

POSTS, NETWORKS = times(2_000, 10_000), 500
KINDS = ("new", "known", "pending", "left", "bounced", "erased", "complained")


@pytest.fixture
def half_turn(store, tmp_path):
    return world(store, tmp_path)


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


def somebody(store, kind: str) -> str:
    """The address of somebody who is this."""
    email = f"{kind}@example.org"
    if kind == "pending":
        with changing(store) as register:
            add(register, person(email), EDITOR)
    elif kind != "new":
        someone = add_confirmed(store, email)
        with changing(store) as register:
            if kind == "left":
                unsubscribe(register, someone, Evidence(source="test"))
            elif kind == "complained":
                complain(register, someone, Evidence(source="test"))
            elif kind == "bounced":
                bounce(register, someone, Evidence(source="test"))
            elif kind == "erased":
                erase(register, someone)
    return email


def counted(store) -> tuple[list[str], object]:
    """Statements that the store is asked from here on, by their words."""
    heard: list[str] = []

    def hear(_connection, _cursor, statement, _parameters, _context, _many):
        heard.append(statement)

    sa.event.listen(store, "before_cursor_execute", hear)
    return heard, hear


def without_waiting_for_the_disk(store) -> None:
    if store.dialect.name == "sqlite":
        store.dispose()
        sa.event.listen(store, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))


def test_the_answer_is_the_same_for_everybody(half_turn, store):
    """W3: status, address, headers and text, and the statements that are run for it."""
    browser = client(half_turn)
    heard, hear = counted(store)
    answers = {}
    for kind in KINDS:
        email = somebody(store, kind)
        heard.clear()
        answer = ask(browser, email=email)
        asked = tuple(heard)
        page = browser.get("/subscribe/asked").text
        answers[kind] = (answer.status_code, tuple(answer.headers), answer.text, page, asked)
    sa.event.remove(store, "before_cursor_execute", hear)
    assert set(answers.values()) == {answers["new"]}
    assert sum("INSERT" in statement for statement in answers["new"][-1]) == 1
    assert not any("subscriber" in statement.partition("(")[0] for statement in answers["new"][-1])


def test_times_tell_nothing(half_turn, store):
    """W3: of interleaved pairs the known one is slower about as often as the new one; the bound is a wide one."""
    browser = client(half_turn)
    add_confirmed(store, "known@example.org")
    slower = 0
    pairs = 150
    for number in range(pairs):
        times = {}
        order = ("known", "new") if number % 2 else ("new", "known")
        for kind in order:
            began = time.perf_counter()
            ask(browser, email="known@example.org" if kind == "known" else f"n{number:05}@example.org", address="")
            times[kind] = time.perf_counter() - began
        slower += times["known"] > times["new"]
    # Fair coins: six standard deviations of a binomial distribution around the half
    assert abs(slower - pairs / 2) < 6 * statistics.NormalDist(0, (pairs / 4) ** 0.5).stdev


def test_everybody_gets_the_letter_that_is_theirs(half_turn, store, sink):
    """W3: who left, bounced or was erased is asked, since only the person leads back; who complained is left alone."""
    emails = {somebody(store, kind): kind for kind in KINDS}
    browser = client(half_turn)
    for email in emails:
        ask(browser, email=email)
    letters = send(half_turn, sink)
    found = {emails[one.recipient]: read(one)["Subject"].removeprefix("The letter ") for one in letters}
    asked = ("new", "pending", "left", "bounced", "erased")
    assert found == {"known": "known", **dict.fromkeys(asked, "confirm")}
    assert ("complained",) in rows(store, signup, "cause")


@pytest.mark.parametrize("kind", ["pending", "left", "bounced", "erased"])
def test_the_person_alone_leads_back(half_turn, store, sink, kind):
    """W3, A9: by the button in the letter, and with what they chose now."""
    email = somebody(store, kind)
    join(half_turn, sink, client(half_turn), email=email, segments="managers")
    assert readers(store) == [(email, "confirmed")]
    with store.connect() as connection:
        someone = find(connection, Address(email, email))
    assert "manages" in someone.tags


@soak(1200)
def test_many_strangers_are_not_written_to(half_turn, store, sink):
    """W4: thousands of posts from five hundred networks: the budget holds, and nobody gets two letters."""
    browser = client(half_turn)
    without_waiting_for_the_disk(store)
    for number in range(POSTS):
        network = f"11.{number % NETWORKS // 250}.{number % 250}.9"
        answer = ask(browser, email=f"v{number % 4001}@d{number % 97}.example", address=network)
        assert answer.status_code == 303
        if number % 200 == 0:
            send(half_turn, sink)
            half_turn.clock.forward(seconds=3600 * 1.5 * 200 / POSTS)
    send(half_turn, sink)
    assert len(sink.accepted) == 100  # in an hour and a half, at 50 an hour
    assert max(sink.recipients.values()) == 1
    assert Counter(cause for (cause,) in rows(store, signup, "cause")).keys() <= {"", "address", "budget of the hour"}
    half_turn.clock.forward(days=8)
    tidied(half_turn)
    assert rows(store, signup, "id") == []


def test_one_network_may_not_go_on(half_turn):
    """W4: 20 a minute for a /24 of IPv4 and a /64 of IPv6; a proxy nobody named is no network."""
    browser = client(half_turn)
    for prefix in ("9.9.9.", "2620:fe::"):
        codes = [ask(browser, email="not one", address=f"{prefix}{n}").status_code for n in range(1, 31)]
        assert codes == [422] * 20 + [429] * 10
    assert ask(browser, address="9.9.8.1").status_code == 303
    assert ask(browser, address="2620:fe:0:1::1").status_code == 303
    assert {ask(browser, email="not one", address="127.0.0.1").status_code for _ in range(30)} == {422}


def test_an_address_is_asked_once_a_day_and_three_times(half_turn, store, sink):
    """W4: however it is spelt; and when somebody has answered, the count begins anew."""
    browser = client(half_turn)
    spelt = ("ada@gmail.com", "a.d.a@gmail.com", "ada+news@gmail.com", "ADA@googlemail.com", "Ada@GMAIL.com")
    for _day in range(10):
        for email in spelt:
            ask(browser, email=email, address="")
        send(half_turn, sink)
        half_turn.clock.forward(days=1, minutes=1)
    assert len(sink.accepted) == 3
    half_turn.clock.forward(days=30)
    tidied(half_turn)
    link = join(half_turn, sink, browser, email="ada@gmail.com")
    with changing(store, now=half_turn.clock.now) as register:
        unsubscribe(register, find(register.connection, Address("", "ada@gmail.com")), Evidence(source="test"))
    ask(browser, email="ada@gmail.com")
    assert len(send(half_turn, sink)) == 1
    assert browser.post(link).status_code == 410


def test_one_firm_is_not_flooded_and_a_large_provider_is_no_firm(half_turn, sink):
    """W4: 40 unanswered letters a day to addresses of one domain; answered ones make room."""
    browser = client(half_turn)
    for number in range(45):
        ask(browser, email=f"p{number}@firm.example", address="")
    letters = send(half_turn, sink)
    assert len(letters) == 40
    half_turn.clock.forward(hours=2)
    for letter in letters[:3]:
        browser.post("/confirm/" + link(letter))
    for number in range(50, 60):
        ask(browser, email=f"p{number}@firm.example", address="")
    assert len(send(half_turn, sink)) == 3
    half_turn.clock.forward(hours=2)
    for number in range(45):
        ask(browser, email=f"p{number}@gmail.com", address="")
    assert len(send(half_turn, sink)) == 45


def link(letter) -> str:
    return link_in(letter).rpartition("/")[2]


@pytest.mark.parametrize(("budget", "letters"), [((3, 0), 3), ((0, 4), 4), ((9, 2), 2)])
def test_a_publisher_sets_the_budget(store, tmp_path, sink, budget, letters):
    """W4"""
    half_turn = world(store, tmp_path, replace(RECORD, per_hour=budget[0], per_day=budget[1]))
    browser = client(half_turn)
    for number in range(10):
        ask(browser, email=f"p{number}@d{number}.example")
    assert len(send(half_turn, sink)) == letters


text = st.text(max_size=60)
forms = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["ada@example.org", "jörg@bücher.example"]) | text | st.emails(),
        "first_name": text,
        "last_name": text,
        "segments": st.lists(st.sampled_from(["managers", "sellers", "none", ""]) | text, max_size=3),
        "consent": st.sampled_from(["yes", ""]) | text,
    },
    optional=dict.fromkeys(("website", "form", "issued", "altcha", "plain", "frequency", "x"), text),
)


@given(data=forms)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
def test_any_form_gets_a_page(half_turn, data):
    """W5, W14: whatever is posted, the answer is one of three, and what was typed is text in it."""
    answer = ask(client(half_turn), address="", **data)
    assert answer.status_code in {303, 422}
    for name in ("first_name", "last_name"):
        assert "<" not in data[name] or data[name] not in answer.text


@given(fields=st.fixed_dictionaries({"first_name": text, "last_name": text, "segments": st.just(["managers"])}))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_no_letter_holds_what_was_typed(half_turn, store, sink, fields):
    """W5: whatever else a form says, its letter is the same but for the token and the Message-ID."""
    for table in (service_letter, signup):
        with store.begin() as connection:
            connection.execute(sa.delete(table))
    before = len(sink.accepted)
    browser = client(half_turn)
    ask(browser, address="", **fields)
    ask(browser, address="", email="Eve@example.net")
    letters = send(half_turn, sink)
    assert len(sink.accepted) - before == len(letters)
    assert len({plain(letter) for letter in letters}) == 1


def plain(letter) -> bytes:
    """A letter without what is its own by right: address, token and Message-ID."""
    message = letter.message.replace(letter.recipient.encode(), b"").replace(b"=\r\n", b"")
    return message.replace(link(letter).encode(), b"").replace(letter.message_id.encode(), b"")
