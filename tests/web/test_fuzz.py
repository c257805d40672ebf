"""Every route, asked whatever comes to mind: no fault, no traceback, all headers, and looking changes nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule

from tests.audience.people import SECRET, add_confirmed
from tests.soak import soak, times
from tests.web.builders import RECORD, world
from tests.web.test_guards import sealed
from tipsheet.audience.secret import TEST_ID
from tipsheet.store.columns import METADATA
from tipsheet.store.database import open_store
from tipsheet.web import create_app

EXAMPLES = times(25, 400)
"""Requests a route and a kind of fuzzing."""
FIELDS = (
    "email", "first_name", "last_name", "segments", "consent", "website", "form", "issued", "altcha", "do", "frequency",
    "pause", "pause_until", "shown", "was", "was_first_name", "was_frequency", "issue", "action", "language",
    "List-Unsubscribe",
)  # fmt: skip
"""Names of fields that routes read."""
WORDS = (
    "", "yes", "ada@example.org", "Ada@EXAMPLE.org", "ada@xn--", "@", "a@b", "managers", "monthly", "every", "day",
    "2026-12-24", "9999-99-99", "save", "leave", "undo", "erase", "data", "address", "calendar", "One-Click",
    "\r\nBcc: x@example.org", "<script>", "@@token@@", "\x00", "ş𝒶\u202e", "x" * 3000, "2026-w48", "page", "strip",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """The application with one reader, and words that lead somewhere in its addresses."""

    app: Flask
    store: sa.Engine
    tokens: tuple[str, ...]

    def rows(self) -> Sequence[Any]:
        """All that the store holds."""
        with self.store.connect() as connection:
            return [connection.execute(sa.select(table)).all() for table in METADATA.sorted_tables]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    folder = tmp_path_factory.mktemp("fuzz")
    store = open_store(f"sqlite:///{folder / 'audience.db'}")
    someone = add_confirmed(store)
    token = SECRET.leave_token(someone.public_id)
    app = create_app(replace(world(store, folder, replace(RECORD, proof=True)).service, trusted_hops=("127.0.0.1",)))
    app.config["PROPAGATE_EXCEPTIONS"] = True  # a fault is seen with its place
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    words = (token, wrong, token.upper(), SECRET.leave_token(TEST_ID), SECRET.plan_token(TEST_ID), "ses", "postmark")
    yield Fuzzed(app, store, (*words, "mailgun", "x.y.z", "ask-first", "é", "%00", "..", "service.css"))
    store.dispose()


def paths(fuzzed: Fuzzed, rule: Rule) -> st.SearchStrategy[str]:
    """Addresses of this route: with tokens that are right, wrong, or anything."""
    word = st.sampled_from(fuzzed.tokens) | st.text(st.characters(codec="utf-8", exclude_characters="/?#"), max_size=40)
    parts = re.split(r"<[^>]+>", rule.rule)
    return st.lists(word, min_size=len(parts) - 1, max_size=len(parts) - 1).map(
        lambda words: parts[0] + "".join(word + part for word, part in zip(words, parts[1:], strict=True))
    )


values = st.sampled_from(WORDS) | st.text(max_size=60)
forms = st.lists(st.tuples(st.sampled_from(FIELDS) | st.text(max_size=10), values), max_size=12)
headers = st.lists(
    st.tuples(
        st.sampled_from(
            ["Origin", "Sec-Fetch-Site", "X-Forwarded-For", "Forwarded", "Referer", "Cookie", "Accept-Language",
             "Range", "If-None-Match", "If-Modified-Since", "Content-Type", "Authorization", "X-Amz-Sns-Message-Type"]
        ),
        st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=40),
    ),
    max_size=4,
)  # fmt: skip
bodies = st.one_of(
    forms.map(lambda form: {"data": "&".join(f"{name}={value}" for name, value in form)}),
    forms.map(lambda form: {"data": _several(form), "content_type": "application/x-www-form-urlencoded"}),
    forms.map(lambda form: {"data": _several(form), "content_type": "multipart/form-data"}),
    st.binary(max_size=300).map(lambda data: {"data": data}),
    st.recursive(values | st.integers() | st.none(), lambda one: st.lists(one) | st.dictionaries(values, one)).map(
        lambda data: {"json": data}
    ),
)  # fmt: skip


def _several(form: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in form:
        found.setdefault(name, []).append(value)
    return found


@soak(3600)
@settings(max_examples=EXAMPLES * 12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_request_is_a_fault(fuzzed: Fuzzed, data: st.DataObject) -> None:
    """W14, W7, W1: any route, any method, any address, body and headers."""
    rule = data.draw(st.sampled_from(sorted(fuzzed.app.url_map.iter_rules(), key=lambda rule: rule.rule)))
    method = data.draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE"]))
    path, said = data.draw(paths(fuzzed, rule)), dict(data.draw(headers))
    body = data.draw(bodies) if method in ("POST", "PUT") else {}
    if "content_type" in body or "json" in body:
        said.pop("Content-Type", None)
    before = fuzzed.rows() if method != "POST" else None
    with fuzzed.app.test_client().open(path, method=method, headers=list(said.items()), **body) as response:
        assert response.status_code < 500, (response.status_code, path)
        assert sealed(response)
        assert b"Traceback" not in response.get_data()
    if before is not None:
        assert fuzzed.rows() == before


def description(app: Flask) -> dict[str, Any]:
    """What the routes are, as OpenAPI: from the map of addresses, and the fields that forms have."""
    found: dict[str, Any] = {}
    form = {"type": "object", "properties": {name: {"type": "string"} for name in FIELDS}}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        names = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in rule.arguments
        ]
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            operation: dict[str, Any] = {"parameters": names, "responses": {"default": {"description": "any"}}}
            if method == "POST":
                kinds = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
                operation["requestBody"] = {"content": {kind: {"schema": form} for kind in kinds}}
            found.setdefault(path, {})[method.lower()] = operation
    return {"openapi": "3.1.0", "info": {"title": "tipsheet web", "version": "1"}, "paths": found}


@soak(3600)
def test_what_the_description_says_can_be_asked(fuzzed: Fuzzed) -> None:
    """W14: schemathesis, by a description that is derived from the map of addresses."""
    schema = schemathesis.openapi.from_dict(description(fuzzed.app))
    schema.app = fuzzed.app
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            response = case.call(base_url=RECORD.url)
            assert response.status_code < 500
            assert "content-security-policy" in {name.lower() for name in response.headers}

        ask()
        asked += 1
    assert asked >= len({rule.rule for rule in fuzzed.app.url_map.iter_rules()})
