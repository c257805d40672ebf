"""Laws over all routes and over all orders of events: looking changes nothing, and a reader is what they last said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from werkzeug.routing import Rule

from tests.audience.people import FORM, NOW, SECRET, add_confirmed, address, changing
from tests.audience.test_service_letters import BUDGET
from tests.web.builders import World, world
from tests.web.test_plans import PLAN
from tipsheet.audience.consent import verify
from tipsheet.audience.preferences import ask_address, make_calendar
from tipsheet.audience.secret import TEST_ID
from tipsheet.audience.subscriber import Subscriber, known, suppression_of
from tipsheet.audience.transitions import confirm
from tipsheet.store.tables import METADATA, consent_event, service_letter, signup, subscriber
from tipsheet.web import create_app

SAFE = ("GET", "HEAD", "OPTIONS")
PREVIEWS: tuple[Mapping[str, str], ...] = ({}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"})


def everything(store: sa.Engine) -> str:
    """All rows of all tables."""
    with store.connect() as connection:
        return "\n".join(
            f"{table.name} {row}"
            for table in METADATA.sorted_tables
            for row in sorted(map(repr, connection.execute(sa.select(table)).all()))
        )


@pytest.fixture
def here(store: sa.Engine, tmp_path: Path) -> World:
    return world(store, tmp_path, replace(PLAN, per_hour=10**6, per_day=10**6))


@pytest.fixture
def reader(store: sa.Engine) -> Subscriber:
    """A reader with all that a link can lead to."""
    someone = add_confirmed(store, tags=("manages",))
    with changing(store) as register:
        ask_address(register, someone, address("new@example.net"), FORM, BUDGET)
        return make_calendar(register, someone, FORM)


def addresses(found: Rule, store: sa.Engine, reader: Subscriber) -> Iterator[str]:
    """Addresses that a route answers: with tokens that are right, and one that is not."""
    with store.connect() as connection:
        asked = connection.execute(sa.select(signup.c.public_id)).scalar_one()
    tokens = [SECRET.leave_token(reader.public_id), SECRET.leave_token(TEST_ID), "x"]
    if found.rule.startswith("/plan/"):
        tokens[0] = SECRET.plan_token(str(reader.calendar_id))
    if found.rule.startswith("/confirm/"):
        tokens[0] = SECRET.confirm_token(asked)
    known_values = {"token": tokens, "action": ["ask", "x"], "name": ["service.css", "x"], "provider": ["ses", "x"]}
    (name,) = found.arguments or {""}
    if not name:
        yield found.rule
    for value in known_values[name] if name else ():  # a KeyError: say in known_values what the new route answers
        yield found.rule.replace(f"<path:{name}>", value).replace(f"<{name}>", value)


def test_looking_changes_nothing(store: sa.Engine, here: World, reader: Subscriber) -> None:
    """W1: no GET, HEAD or OPTIONS of any route, whatever a scanner or a browser that fetches ahead sends."""
    app = create_app(here.service)
    client, before = app.test_client(), everything(store)
    query, looked = "issue=2026-w48&do=save&email=x@example.net", set()
    for found in app.url_map.iter_rules():
        for path in addresses(found, store, reader):
            for method, headers in product(SAFE, PREVIEWS):
                answer = client.open(path, query_string=query, method=method, headers=headers, buffered=True)
                assert answer.status_code < 500, (path, method)
                assert "Set-Cookie" not in answer.headers, path
                looked |= {found.rule} if answer.status_code == 200 else set()
            assert everything(store) == before, path
    routes = {found.rule for found in app.url_map.iter_rules() if "GET" in found.methods}
    assert looked >= routes, "a route that no address of this test opens"


def test_no_answer_leads_on_with_a_token_or_an_address(store: sa.Engine, here: World, reader: Subscriber) -> None:
    """W7: redirects end in logs and in referrers."""
    app = create_app(here.service)
    client = app.test_client()
    for found in app.url_map.iter_rules():
        for path, method in product(addresses(found, store, reader), ("GET", "POST")):
            answer = client.open(path, method=method, data={"email": "new@example.net"}, buffered=True)
            place = answer.headers.get("Location", "")
            assert "@" not in place
            assert not any(len(part) >= 32 for part in place.split("/"))


@dataclass
class Model:
    """What a reader has said last."""

    email: str
    status: str = "confirmed"
    first_name: str = "Ada"
    tags: frozenset[str] = frozenset()
    frequency: str = "every"
    paused: bool = False
    calendar: bool = False
    wished: str = ""
    undoable: bool = False
    gone: frozenset[str] = field(default_factory=frozenset)


class Life(RuleBasedStateMachine):
    """One reader, by every door, in any order; readers of earlier lives stay in the store."""

    store: sa.Engine
    here: World
    client: FlaskClient
    lives = 0

    @initialize()
    def begin(self) -> None:
        type(self).lives += 1
        self.here.clock.now = NOW
        email = f"r{self.lives}@example.org"
        someone = add_confirmed(self.store, email, attributes={})
        self.number, self.token = someone.id, SECRET.leave_token(someone.public_id)
        self.model, self.addresses = Model(email=email), 0

    def post(self, page: str, **data: object) -> int:
        return self.client.post(f"/{page}/{self.token}", data=data).status_code

    def change(self, **told: object) -> None:
        """What holds after an answer of 200."""
        self.model = replace(self.model, undoable=False, **told)

    @property
    def erased(self) -> bool:
        return self.model.status == "erased"

    def row(self) -> Subscriber | None:
        with self.store.connect() as connection:
            email = connection.execute(sa.select(subscriber.c.email).where(subscriber.c.id == self.number)).scalar()
            return known(connection, address(email)) if email else None

    @rule(do=st.sampled_from(["leave", "one-click"]))
    def leave(self, do: str) -> None:
        data = {"do": "leave"} if do == "leave" else {"List-Unsubscribe": "One-Click"}
        assert self.client.post(f"/leave/{self.token}", data=data).status_code == 200
        if self.model.status == "confirmed":
            self.change(status="unsubscribed", gone=self.model.gone | {self.model.email})
            self.model.undoable = do == "leave"

    @rule()
    def undo(self) -> None:
        assert self.post("leave", do="undo") == 200
        if self.model.undoable:
            self.change(status="confirmed", gone=self.model.gone - {self.model.email})

    @rule(minutes=st.sampled_from([1, 61]))
    def wait(self, minutes: int) -> None:
        self.here.clock.forward(minutes=minutes)
        self.model.undoable = self.model.undoable and minutes < 60

    @precondition(lambda self: not self.erased)
    @rule()
    def come_back_by_the_form(self) -> None:
        with changing(self.store, self.here.clock.now) as register:
            confirm(register, known(register.connection, address(self.model.email)), FORM)
        self.change(status="confirmed", gone=self.model.gone - {self.model.email})

    @rule(
        name=st.sampled_from(["Ada", "A & B", "Ð"]),
        ticked=st.booleans(),
        frequency=st.sampled_from(["every", "monthly"]),
    )
    def save(self, name: str, ticked: bool, frequency: str) -> None:
        data = {"shown": "managers", "was": [] if ticked else ["managers"], "segments": ["managers"] if ticked else []}
        code = self.post("preferences", do="save", first_name=name, frequency=frequency, **data)
        assert code == (404 if self.erased else 200)
        if self.model.status == "confirmed":
            tags = frozenset({"manages"}) if ticked else frozenset()
            self.change(first_name=name, tags=tags, frequency=frequency)

    @rule(how=st.sampled_from(["1", "end", "day"]))
    def pause(self, how: str) -> None:
        code = self.post("preferences", do="save", pause=how, pause_until="yesterday")
        wrong = how == "day" and self.model.status == "confirmed"
        assert code == (404 if self.erased else 422 if wrong else 200)
        if self.model.status == "confirmed" and not wrong:
            self.change(paused=how == "1")

    @rule(do=st.sampled_from(["calendar", "calendar-end"]))
    def calendar(self, do: str) -> None:
        assert self.post("preferences", do=do) == (404 if self.erased else 200)
        if self.model.status == "confirmed":
            self.change(calendar=do == "calendar")

    @rule()
    def wish_for_an_address(self) -> None:
        self.here.clock.forward(days=1)
        self.model.undoable = False
        self.addresses += 1
        email = f"r{self.lives}@d{self.addresses}-{self.lives}.example"
        assert self.post("preferences", do="address", email=email) == (404 if self.erased else 200)
        if self.model.status == "confirmed":
            self.change(wished=email)
            newest = sa.select(signup.c.public_id).where(signup.c.email == email)
            with self.store.connect() as connection:
                self.confirm_token = SECRET.confirm_token(connection.execute(newest).scalar_one())

    @precondition(lambda self: self.model.wished)
    @rule()
    def confirm_the_address(self) -> None:
        wished, self.model.wished = self.model.wished, ""
        code = self.client.post(f"/confirm/{self.confirm_token}").status_code
        right = self.model.status == "confirmed"
        assert code == (200 if right else 410)
        if right:
            self.change(email=wished, gone=self.model.gone | {self.model.email})

    @rule(right=st.booleans())
    def erase(self, right: bool) -> None:
        email = self.model.email.upper() if right else "x@example.org"
        code = self.client.post(f"/preferences/{self.token}/erase", data={"email": email}).status_code
        assert code == (200 if right or self.erased else 422)
        if right and not self.erased:
            self.model = Model(email=self.model.email, status="erased", gone=self.model.gone | {self.model.email})

    @invariant()
    def is_what_they_said(self) -> None:
        if not hasattr(self, "model"):
            return
        someone, model = self.row(), self.model
        if model.status == "erased":
            assert someone is None
        else:
            assert someone is not None
            told = Model(
                email=someone.email, status=someone.status, first_name=someone.first_name,
                tags=frozenset(someone.tags), frequency=someone.frequency, paused=bool(someone.paused_until),
                calendar=bool(someone.calendar_id), wished=model.wished, undoable=model.undoable, gone=model.gone,
            )  # fmt: skip
            assert told == model
        with self.store.connect() as connection:
            for email in model.gone:
                assert suppression_of(connection, SECRET, address(email)), email
            if model.status == "confirmed":
                assert suppression_of(connection, SECRET, address(model.email)) is None

    def teardown(self) -> None:
        with self.store.connect() as connection:
            verdict = verify(connection)
            assert not verdict.fault, verdict
            if self.erased:
                left = [
                    connection.execute(sa.select(table).where(table.c.subscriber_id == self.number)).all()
                    for table in (consent_event, signup, service_letter)
                ]
                assert left == [[], [], []]


def test_a_reader_is_what_they_said_last(store: sa.Engine, here: World) -> None:
    """W1, W2, W6, W12: whatever they do in whatever order; the chain of consent holds."""
    made = type("Life", (Life,), {"store": store, "here": here, "client": create_app(here.service).test_client()})
    run_state_machine_as_test(
        made,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
