"""A proof of work stands between form and letter, once for each letter, and nobody is shut out without scripts."""

import base64
import json
from dataclasses import replace

import altcha
import lxml.html
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.audience.people import SECRET
from tests.delivery.sink import Sink, running
from tests.web.builders import NOW, RECORD, world
from tests.web.door import FORM, ask, client, rows, send
from tipsheet.store.tables import signup
from tipsheet.web import subscribing
from tipsheet.web.subscribing import Proof, read_form

KEY = SECRET.key("proof")


@pytest.fixture
def half_turn(store, tmp_path):
    return world(store, tmp_path, replace(RECORD, proof=True))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A sum that takes no time."""
    monkeypatch.setattr(subscribing, "COST", 1)


def solved(challenge: dict) -> str:
    """What the script of the page makes of a challenge."""
    given = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(given)
    return altcha.Payload(given, solution).to_base64()


def test_without_a_proof_the_next_page_asks_for_one(half_turn, store):
    """W4: it holds what was typed, and writes nothing down."""
    answer = ask(client(half_turn), segments="managers", first_name="Ada")
    assert answer.status_code == 200
    for part in (
        'data-challenge="altcha"',
        "assets/proof.js",
        'value="Ada@example.org"',
        'value="managers"',
        'value="Ada"',
    ):
        assert part in answer.text
    assert rows(store, signup, "id") == []


def test_the_page_between_keeps_all_that_the_form_said(half_turn):
    """Each field that the form has, whatever is added to it one day."""
    typed = {
        "first_name": "Ada", "last_name": "Lovelace", "segments": ["managers", "sellers"], "frequency": "monthly",
        "form": "strip",
    }  # fmt: skip
    page = ask(client(half_turn), **typed)
    kept = read_form(MultiDict(lxml.html.fromstring(page.text).forms[0].form_values()), RECORD)
    assert replace(kept, issued="") == read_form(MultiDict({**FORM, **typed}), RECORD)


def test_a_challenge_that_was_solved_counts_once(half_turn, store):
    """W4: replayed, it is a form without a proof; changed, old or of another's, it is none."""
    browser = client(half_turn)
    challenge = browser.get("/altcha").json
    text = solved(challenge)
    assert ask(browser, altcha=text).status_code == 303
    assert ask(browser, altcha=text, email="eve@example.net").status_code == 303
    assert [row[0] is not None for row in rows(store, signup, "proof")] == [True, False]

    half_turn.clock.forward(minutes=31)
    assert ask(browser, altcha=solved(challenge)).status_code == 200
    cheaper = {**challenge, "parameters": {**challenge["parameters"], "keyPrefix": "", "data": {"until": 9e9}}}
    assert ask(browser, altcha=solved(cheaper)).status_code == 200
    assert len(rows(store, signup, "id")) == 2


def test_without_scripts_a_button_goes_on(half_turn, store):
    """W4: one in ten letters may go to those who have proved nothing."""
    browser = client(half_turn)
    with running(Sink()) as sink:
        for number in range(9):
            assert ask(browser, email=f"p{number}@d{number}.example", plain="yes").status_code == 303
        assert len(send(half_turn, sink)) == 5
        assert ("budget of the hour without proof",) in rows(store, signup, "cause")
        for number in range(9):
            ask(browser, email=f"q{number}@d{number}.example", altcha=solved(browser.get("/altcha").json))
        assert len(send(half_turn, sink)) == 9


def test_nobody_is_asked_where_the_publication_does_not(store, tmp_path):
    browser = client(world(store, tmp_path))
    assert browser.get("/altcha").status_code == 404
    assert ask(browser).status_code == 303


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(
    value=json_values
    | st.builds(lambda one, two: {"challenge": one, "solution": two}, json_values, json_values)
    | st.builds(
        lambda one, two: {"challenge": {"parameters": one, "signature": two}, "solution": {"counter": 0}},
        json_values, json_values,
    )
)  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_anything_else_is_no_proof(value):
    """W4, W14: whatever stands in the field."""
    made = Proof(KEY, lambda: NOW)
    text = json.dumps(value)
    assert made.solved(base64.b64encode(text.encode()).decode()) is None
    assert made.solved(text) is None
