"""Every answer has the headers, is meant for this host, and comes from no other site's page."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, Response, abort, request
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests

from tests.audience.people import SECRET
from tests.web.builders import RECORD, World, world
from tipsheet.audience.secret import TEST_ID
from tipsheet.store.database import open_store
from tipsheet.web import create_app, health_routes
from tipsheet.web.guards import (
    FALLBACK,
    HEADERS,
    MAX_ADDRESS,
    MAX_BODY,
    POLICY,
    STATUSES,
    Application,
    file_routes,
    guard,
)

AGAIN = "Please try it again in a few minutes."

TOKEN = "a" * 32


@pytest.fixture
def made(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    engine = sa.create_engine(sqlite_url)
    yield world(engine, tmp_path)
    engine.dispose()


@pytest.fixture
def app(made: World) -> Flask:
    """The guards with routes as others write them, right and wrong."""
    app = Application("guarded", static_folder=None)
    guard(app, made.service)
    for name, maker in {"files": file_routes, "health": health_routes}.items():
        app.register_blueprint(maker(made.service), name=name)

    @app.post("/subscribe", endpoint="t-subscribe")
    @app.post("/hook/one", endpoint="t-hook")
    @app.post("/leave/" + TOKEN, endpoint="t-leave")
    @app.post("/preferences/" + TOKEN, endpoint="t-preferences")
    def posted():
        return {"fields": len(request.form), "files": len(request.files)}

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sealed(response: Response) -> bool:
    """Whether an answer has all that every answer has."""
    policy = response.headers["Content-Security-Policy"]
    return (
        all(response.headers[name] == value for name, value in HEADERS.items())
        and policy.startswith(POLICY)
        and "unsafe" not in policy
        and "Set-Cookie" not in response.headers
        and "Cache-Control" in response.headers
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/robots.txt", 200),
        ("GET", "/assets/service.css", 200),
        ("GET", "/assets/none.css", 404),
        ("GET", "/", 404),
        ("GET", f"/healthz//leave/{TOKEN}", 404),
        ("POST", "/healthz", 405),
        ("OPTIONS", "/healthz", 200),
        ("TRACE", "/healthz", 405),
        ("BREW", "/healthz", 405),
        ("GET", "/" + "x" * MAX_ADDRESS, 414),
        ("GET", "/healthz?" + "x" * MAX_ADDRESS, 414),
    ],
)
def test_every_answer_has_the_headers(client: FlaskClient, method: str, path: str, status: int) -> None:
    """W14, W7"""
    with client.open(path, method=method) as response:
        assert (response.status_code, sealed(response)) == (status, True)
        if status >= 400:
            assert response.mimetype == "text/html"
            assert response.headers["Cache-Control"] == "no-store"
            assert TOKEN not in str(response.headers)
        if status == 405:
            assert "GET" in response.headers["Allow"]


def test_every_route_is_told_who_asks(made: World) -> None:
    """W14, W6: limits and evidence take the client's address, not the proxy's."""
    app = create_app(replace(made.service, trusted_hops=("127.0.0.1",)))
    app.add_url_rule("/who", "t-who", lambda: request.remote_addr)
    assert app.test_client().get("/who", headers={"X-Forwarded-For": "1.2.3.4, 198.51.100.7"}).text == "198.51.100.7"


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_has_a_page_in_the_look(app: Flask, status: int) -> None:
    """W14"""
    app.add_url_rule("/wrong", "t-wrong", lambda: abort(status))
    response = app.test_client().get("/wrong")
    assert (response.status_code, sealed(response)) == (status, True)
    assert re.findall("<title>(.+) · Half Turn</title>", response.text) == re.findall("<h1>(.+)</h1>", response.text)


def test_what_an_error_says_is_kept(app: Flask) -> None:
    """W14"""

    def many() -> None:
        raise TooManyRequests(retry_after=60)

    app.add_url_rule("/many", "t-many", many)
    app.add_url_rule("/own", "t-own", lambda: abort(Response("mine", 418)))
    busy, own = app.test_client().get("/many"), app.test_client().get("/own")
    assert (busy.headers["Retry-After"], own.status_code, own.text, sealed(own)) == ("60", 418, "mine", True)


def test_a_fault_is_told_to_the_log_without_a_token(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """W7, W14: neither path nor text of the error, which holds what the reader sent."""

    def fails(token: str) -> str:
        raise ValueError(f"ada@example.org and {token}")

    app.add_url_rule("/fails/<token>", "t-fails", fails)
    with caplog.at_level(logging.DEBUG):
        response = app.test_client().get(f"/fails/{TOKEN}?ada@example.org")
    assert (response.status_code, sealed(response)) == (500, True)
    assert "Something went wrong here" in response.text
    assert "GET /fails/<token>: ValueError in " in caplog.text
    assert all(word not in caplog.text + response.text for word in (TOKEN, "ada@", "Traceback"))


def test_an_error_is_told_without_a_page(app: Flask, made: World) -> None:
    """W14: a publication's own template may ask for what is not there."""
    found = made.service.outbox.now()
    made.service.outbox._read = replace(found, pages={})
    response = app.test_client().get("/nothing")
    assert (response.status_code, response.text) == (404, FALLBACK.format(heading="Not Found", words=AGAIN))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("lists.halfturn.example", 404),
        ("LISTS.halfturn.example:443", 404),
        ("halfturn.example", 421),
        ("lists.halfturn.example:8080", 421),
        ("lists.halfturn.example.evil.example", 421),
        ("127.0.0.1", 404),  # the machine itself: there is no such page, but it is meant for us
        ("127.0.0.1:8080", 404),
        ("[::1]:8080", 404),
        ("localhost:8080", 404),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 400),
        ("lists.halfturn.example, evil.example", 400),
        ("lists.halfturn.example:x", 400),
        ("ada@lists.halfturn.example", 400),
        ("lists.halfturn.example/x", 400),
    ],
)
def test_a_host_is_ours_or_not_answered(client: FlaskClient, host: str, status: int) -> None:
    """W14"""
    headers = {"Host": host, "X-Forwarded-Host": "lists.halfturn.example"}
    assert client.get("/nothing", headers=headers).status_code == status
    assert client.get("/healthz", headers=headers).status_code == 200


SITE, OURS, EVIL = RECORD.site, RECORD.url, "https://evil.example"


@pytest.mark.parametrize(
    ("path", "origin", "fetched", "status"),
    [
        ("/subscribe", SITE, "same-site", 200),
        ("/subscribe", OURS, "same-origin", 200),
        ("/subscribe", "null", "same-origin", 200),
        ("/subscribe", None, None, 200),
        ("/subscribe", EVIL, "cross-site", 403),
        ("/subscribe", EVIL, None, 403),
        ("/subscribe", "null", "cross-site", 403),
        (f"/preferences/{TOKEN}", "null", "same-origin", 200),
        (f"/preferences/{TOKEN}", OURS, None, 200),
        (f"/preferences/{TOKEN}", None, "none", 200),
        (f"/preferences/{TOKEN}", SITE, "same-site", 403),
        (f"/preferences/{TOKEN}", "null", "same-site", 403),
        (f"/preferences/{TOKEN}", "null", "cross-site", 403),
        (f"/preferences/{TOKEN}", OURS + ".evil.example", None, 403),
        (f"/leave/{TOKEN}", None, None, 200),
        (f"/leave/{TOKEN}", "https://webmail.example", "cross-site", 200),
        ("/hook/one", None, None, 200),
    ],
)
def test_a_post_comes_from_a_page_of_ours(client: FlaskClient, path: str, origin, fetched, status: int) -> None:
    """W14: a browser says whose page posts; who gives one-click no page at all may always leave."""
    said = {"Origin": origin, "Sec-Fetch-Site": fetched}
    headers = {name: value for name, value in said.items() if value is not None}
    assert client.post(path, headers=headers).status_code == status


BOUNDARY = "multipart/form-data; boundary=b"
PART = '--b\r\nContent-Disposition: form-data; name="n{}"{}\r\n\r\nv\r\n'


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", "a=" + "x" * (MAX_BODY - 100), 200),
        ("application/x-www-form-urlencoded", "a=" + "x" * MAX_BODY, 413),
        (BOUNDARY, "".join(PART.format(n, "") for n in range(60)) + "--b--\r\n", 200),
        (BOUNDARY, "".join(PART.format(n, "") for n in range(100)) + "--b--\r\n", 413),
        (BOUNDARY, "".join(PART.format(n, '; filename="f"') for n in range(100)) + "--b--\r\n", 413),
        (BOUNDARY, "--b\r\n" + "x: y\r\n" * 5000, 200),
        ("multipart/form-data", "no boundary", 200),
        (BOUNDARY, "--b", 200),
        ("text/plain", "a=b", 200),
    ],
)
def test_a_body_has_limits(client: FlaskClient, kind: str, body: str, status: int) -> None:
    """W14"""
    response = client.post("/subscribe", data=body, content_type=kind)
    assert (response.status_code, sealed(response)) == (status, True)


@pytest.mark.parametrize(
    "name", ["../service.json", "%2e%2e/service.json", "x/../../service.json", "/etc/passwd", "a%00b", "out", "dir"]
)
def test_an_asset_is_a_file_of_the_folder(client: FlaskClient, made: World, name: str) -> None:
    """W14"""
    assets = made.service.outbox.now().assets
    (assets / "out").symlink_to("/etc/passwd")
    (assets / "dir").mkdir()
    with client.get(f"/assets/{name}") as response:
        assert response.status_code == 404


def test_an_asset_is_kept_as_long_as_its_name_says(client: FlaskClient, made: World) -> None:
    """W14"""
    (made.service.outbox.now().assets / "font.0123abcd.woff2").write_bytes(b"font")
    with client.get("/assets/service.css") as short, client.get("/assets/font.0123abcd.woff2") as long:
        assert (short.headers["Cache-Control"], short.mimetype) == ("public, max-age=300", "text/css")
        assert long.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        again = {"If-None-Match": short.headers["ETag"]}
    with client.get("/assets/service.css", headers=again) as same:
        assert same.status_code == 304


def test_a_page_with_a_script_may_load_it_from_here(app: Flask) -> None:
    """W14"""
    app.add_url_rule("/scripted", "t-scripted", lambda: '<script src="/assets/proof.js"></script>')
    policy = app.test_client().get("/scripted").headers["Content-Security-Policy"]
    assert policy.startswith(POLICY)
    assert "script-src 'self'" in policy
    assert "script-src" not in app.test_client().get("/nothing").headers["Content-Security-Policy"]


@pytest.mark.parametrize(("origin", "status"), [("http://127.0.0.1:8080", 404), ("http://127.0.0.1:8000", 403)])
def test_the_service_can_be_tried_by_the_number_of_its_machine(client: FlaskClient, origin: str, status: int) -> None:
    """W14"""
    asked = client.post("/nothing", base_url="http://127.0.0.1:8080", headers={"Origin": origin})
    assert asked.status_code == status


@pytest.mark.parametrize("path", ["/lists/robots.txt", "/robots.txt"])
def test_the_service_may_stand_in_a_folder_of_its_host(sqlite_url: str, tmp_path: Path, path: str) -> None:
    """W14: with a proxy that takes the folder away, and with one that does not."""
    engine = sa.create_engine(sqlite_url)
    made = world(engine, tmp_path, replace(RECORD, url="https://halfturn.example/lists"))
    answer = create_app(made.service).test_client().get(path)
    assert (answer.status_code, answer.text) == (200, "User-agent: *\nDisallow: /\n")
    engine.dispose()


def test_a_store_that_somebody_else_holds_is_asked_again_later(sqlite_url: str, tmp_path: Path) -> None:
    """W14, W15: no reader is told that all is well, and a mail program tries one click again."""
    engine = open_store(sqlite_url)
    made = world(engine, tmp_path)
    token = SECRET.leave_token(TEST_ID[:-1] + "b")
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as other:
        other.execute(sa.text("SELECT 1"))
        answer = create_app(made.service).test_client().post(f"/leave/{token}", data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.headers["Retry-After"], sealed(answer)) == (503, "30", True)
    assert token not in answer.text
    engine.dispose()
