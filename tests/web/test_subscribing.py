"""From the form to the list: what is asked, what is written down, and that only the button does it."""

import hashlib
from dataclasses import replace

import pytest

from tests.audience.people import SECRET, add_confirmed, changing
from tests.delivery.sink import Sink, running
from tests.web.builders import RECORD, world
from tests.web.door import (
    FORM,
    ask,
    client,
    events,
    everything,
    join,
    link_in,
    read,
    readers,
    rows,
    send,
    tidied,
)
from tipsheet.audience.address import Address
from tipsheet.audience.consent import Evidence
from tipsheet.audience.preferences import ask_address
from tipsheet.audience.service_letters import Budget
from tipsheet.audience.subscriber import find
from tipsheet.audience.transitions import unsubscribe
from tipsheet.store.tables import service_letter, signup


@pytest.fixture
def sink():
    with running(Sink()) as sink:
        yield sink


@pytest.fixture
def half_turn(store, tmp_path):
    return world(store, tmp_path)


def test_a_form_a_letter_and_a_button_make_a_reader(half_turn, store, sink):
    """W2, W6: nothing stands with a reader before the button, and both steps are in the chain of consent."""
    browser = client(half_turn)
    answer = ask(browser, first_name="Ada", segments=["managers", "sellers"], frequency="monthly", address="8.8.4.77")
    assert (answer.status_code, answer.location) == (303, "subscribe/asked")
    assert "look into your mail" in browser.get("/subscribe/asked").text
    (letter,) = send(half_turn, sink)
    assert (letter.recipient, readers(store), events(store)) == ("Ada@example.org", [], [])

    half_turn.clock.forward(hours=2)
    link = link_in(letter)
    assert RECORD.consent in browser.get(link).text
    assert browser.post(link, environ_base={"REMOTE_ADDR": "2001:4860:1:2::7"}).status_code == 200

    assert readers(store) == [("Ada@example.org", "confirmed")]
    with store.connect() as connection:
        ada = find(connection, Address("Ada@example.org", "ada@example.org"))
    assert (ada.first_name, ada.tags, ada.attributes, ada.frequency) == (
        "Ada", ("manages",), {"role": "seller"}, "monthly",
    )  # fmt: skip
    added, confirmed = events(store)
    words = hashlib.sha256(RECORD.consent.encode()).hexdigest()
    assert (added.kind, added.form, added.ip, added.text) == ("added", "page", "8.8.4.0/24", RECORD.consent)
    assert (confirmed.kind, confirmed.form, confirmed.ip) == ("confirmed", "confirm", "2001:4860:1::/48")
    assert (confirmed.at - added.at).total_seconds() == 7200
    assert {added.wording_sha256, confirmed.wording_sha256} == {words}
    assert rows(store, signup, "id") == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_opens_a_link_changes_nothing(half_turn, store, sink, method):
    """W1: mail programs, scanners and prefetching browsers open every link, many times."""
    browser = client(half_turn)
    ask(browser)
    (letter,) = send(half_turn, sink)
    before = everything(store)
    for _ in range(3):
        browser.open(link_in(letter), method=method, headers={"Sec-Purpose": "prefetch"})
    browser.open("/subscribe?email=eve@example.org&consent=yes", method=method)
    assert everything(store) == before


def test_a_link_works_once(half_turn, store, sink):
    """W2: pressed again it says so, and whoever left by then stays away."""
    browser = client(half_turn)
    link = join(half_turn, sink, browser)
    with changing(store) as register:
        ada = find(register.connection, Address("Ada@example.org", "ada@example.org"))
        unsubscribe(register, ada, Evidence(source="test"))
    again = browser.post(link)
    assert (again.status_code, "done its work" in again.text) == (410, True)
    assert browser.get(link).status_code == 410
    assert readers(store) == [("Ada@example.org", "unsubscribed")]


def test_a_link_works_for_seven_days(half_turn, store, sink):
    """W2: then it is of no use, whether the row is still there or not, and the row goes."""
    browser = client(half_turn)
    ask(browser)
    (letter,) = send(half_turn, sink)
    half_turn.clock.forward(days=6, hours=23)
    assert browser.get(link_in(letter)).status_code == 200
    half_turn.clock.forward(hours=1)
    assert (browser.get(link_in(letter)).status_code, browser.post(link_in(letter)).status_code) == (410, 410)
    tidied(half_turn)
    assert (browser.post(link_in(letter)).status_code, rows(store, signup, "id"), readers(store)) == (410, [], [])


def test_tokens_of_others_and_guesses_answer_alike(half_turn, sink):
    """W2: a token that was changed, one of another purpose, one nobody made: the same page, and no look-up."""
    browser = client(half_turn)
    ask(browser)
    (letter,) = send(half_turn, sink)
    token = link_in(letter).rpartition("/")[2]
    public_id = token[:16]
    others = [
        token[:-1] + ("a" if token[-1] != "a" else "b"), token.upper(), token + "a", token[1:], public_id,
        SECRET.leave_token(public_id), SECRET.plan_token(public_id), "a" * 32, "..", "%00", "x" * 900,
    ]  # fmt: skip
    answers = {
        (browser.open(f"/confirm/{other}", method=how).status_code) for other in others for how in ("GET", "POST")
    }
    assert answers == {404}
    texts = {browser.get(f"/confirm/{other}").text for other in others[:8]}
    assert len(texts) == 1
    assert browser.post(f"/confirm/{token}").status_code == 200


def test_letters_of_before_a_change_of_keys_still_work(half_turn, sink):
    """W2: a token survives new keys of tokens."""
    browser = client(half_turn)
    ask(browser)
    (letter,) = send(half_turn, sink)
    secret = replace(SECRET, token_keys=("a key of tokens that is newer than it was",))
    later = client(replace(half_turn, service=replace(half_turn.service, secret=secret)))
    assert later.post(link_in(letter)).status_code == 200


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"email": ""}, "Type your e-mail address"),
        ({"email": "   "}, "Type your e-mail address"),
        ({"email": "ada"}, "Correct your e-mail address"),
        ({"email": "ada@localhost"}, "Correct your e-mail address"),
        ({"email": "a" * 65 + "@example.org"}, "Correct your e-mail address"),
        ({"email": "a@" + "b." * 200 + "org"}, "Correct your e-mail address"),
        ({"consent": ""}, "Tick the box"),
        ({"consent": "no"}, "Tick the box"),
        ({"first_name": "x" * 101}, "Shorten your name"),
        ({"first_name": "Win at www.evil.example"}, "Shorten your name"),
        ({"last_name": "https://evil.example"}, "Shorten your name"),
        ({"last_name": "Evil.com"}, "Shorten your name"),
        ({"last_name": "evil\N{IDEOGRAPHIC FULL STOP}com"}, "Shorten your name"),
        ({"last_name": "evil\N{FULLWIDTH FULL STOP}\N{FULLWIDTH LATIN SMALL LETTER C}om"}, "Shorten your name"),
        ({"last_name": "a\x00b"}, "Shorten your name"),
        ({"last_name": "a\u202eb"}, "Shorten your name"),
        ({"last_name": "Ada <b>"}, "Shorten your name"),
    ],
)
def test_a_mistake_comes_back_with_the_form(half_turn, store, fields, fault):
    """W3, W5: with what is wrong in words, what was typed, and without a script; nothing is written down."""
    answer = ask(client(half_turn), **{"first_name": "Grace", "segments": "sellers", **fields})
    assert answer.status_code == 422
    assert fault in answer.text
    assert 'role="alert"' in answer.text
    assert 'value="sellers" checked' in answer.text
    assert ("Grace" in answer.text) == ("first_name" not in fields)
    assert rows(store, signup, "id") == []


def test_names_of_people_are_names(half_turn, store):
    """W5: what leads nowhere is a name, in any script."""
    browser = client(half_turn)
    for name in ("J.R.", "St.John", "O'Brien", "Nguyễn Thị Minh", "山田", "Zoë-Marie", "José  Luis", "محمد", "d'Arc"):
        assert ask(browser, first_name=name).status_code == 303
    assert ("José Luis",) in rows(store, signup, "first_name")


def test_an_empty_form_finds_no_fault(half_turn):
    page = client(half_turn).get("/subscribe").text
    assert "Subscribe to Half Turn" in page
    assert "Please look at this again" not in page


def test_the_form_of_the_service_has_no_javascript(half_turn):
    """W3: the page itself is a form that works."""
    page = client(half_turn).get("/subscribe").text
    assert "<script" not in page
    assert '<form class="form" method="post">' in page


def test_robots_are_told_what_everybody_is_told(half_turn, store):
    """W4: a honeypot that was filled in, and a form that came back within a second."""
    browser = client(half_turn)
    page = browser.get("/subscribe").text
    issued = page.partition('name="issued" value="')[2].partition('"')[0]
    answers = [ask(browser, website="http://x"), ask(browser, issued=issued)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "subscribe/asked")}
    assert rows(store, signup, "id") == []
    half_turn.clock.forward(seconds=5)
    for stamp in (issued, issued[:-1], "form", ""):  # one that is not ours is none
        ask(browser, issued=stamp)
    assert len(rows(store, signup, "id")) == 4


def test_a_known_reader_gets_a_letter_that_says_so(half_turn, store, sink):
    """W3: the form says nothing else, and a stranger learns nothing; the letter goes to the address we have."""
    add_confirmed(store, "ada@example.org")
    browser = client(half_turn)
    assert ask(browser, email="ADA@EXAMPLE.ORG").status_code == 303
    (letter,) = send(half_turn, sink)
    assert (letter.recipient, read(letter)["Subject"]) == ("ada@example.org", "The letter known")
    assert rows(store, signup, "state", "cause", "email") == [("dropped", "known", "")]
    half_turn.clock.forward(days=20)
    ask(browser, email="ada@example.org")
    assert send(half_turn, sink) == []


def test_of_a_letter_that_was_sent_nobody_is_known(half_turn, store, sink):
    """W7: the store forgets to whom it went, and after 30 days that it went."""
    ask(client(half_turn))
    send(half_turn, sink)
    assert rows(store, service_letter, "state", "recipient", "fields") == [("sent", "", {})]
    half_turn.clock.forward(days=31)
    tidied(half_turn)
    assert rows(store, service_letter, "id") == []


def test_the_form_is_kept_as_it_was_posted(half_turn, store):
    """W6: which form, which words, from which network; never the whole address of a machine."""
    ask(client(half_turn), form="strip", address="2001:4860:4860:1::8888")
    assert rows(store, signup, "form", "wording", "ip", "state") == [
        ("strip", RECORD.consent, "2001:4860:4860::/48", "new")
    ]
    assert FORM["email"] in rows(store, signup, "email")[0]


def test_a_new_address_is_confirmed_at_the_same_door(half_turn, store, sink):
    """W13: the button at the new address moves the reader there, and the old one is told."""
    join(half_turn, sink, client(half_turn))
    new = Address("Ada@example.net", "ada@example.net")
    with half_turn.service.register() as register:
        ada = find(register.connection, Address("", "ada@example.org"))
        ask_address(register, ada, new, Evidence(source="test"), Budget(9, 9))
    (letter,) = send(half_turn, sink)
    path = link_in(letter).replace("/address/", "/confirm/")
    browser = client(half_turn)
    assert "letters come here" in browser.get(path).text
    assert "Letters come here now" in browser.post(path).text
    assert readers(store) == [("Ada@example.net", "confirmed")]
    (changed,) = send(half_turn, sink)
    assert (changed.recipient, read(changed)["Subject"]) == ("Ada@example.org", "The letter changed")
    assert browser.post(path).status_code == 410


def test_a_new_address_of_who_has_left_is_none(half_turn, store, sink):
    """W13"""
    ada = add_confirmed(store, "ada@example.org")
    with half_turn.service.register() as register:
        new = Address("ada@example.net", "ada@example.net")
        ask_address(register, ada, new, Evidence(source="test"), Budget(9, 9))
    (letter,) = send(half_turn, sink)
    with half_turn.service.register() as register:
        unsubscribe(register, ada, Evidence(source="test"))
    assert client(half_turn).post(link_in(letter).replace("/address/", "/confirm/")).status_code == 410
    assert readers(store) == [("ada@example.org", "unsubscribed")]
