"""The server of the desk: who is answered, the site as it is shown, the stream of events, and its end."""

import datetime as dt
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.folders import issue, replace_text, write_publication
from tests.programs import PATIENCE
from tipsheet.preview.desk import Desk
from tipsheet.preview.guards import HOME
from tipsheet.preview.server import STREAMS, PortInUseError, Server, create_desk, serve_at
from tipsheet.preview.site import Beside

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TOKEN = "a-token"  # noqa: S105 - of a desk of a test
PATH = "content/tipsheets/2026/2026-11-17-ask.md"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that has built once."""
    desk = Desk(write_publication(tmp_path_factory.mktemp("desk"), {}), lambda: NOW)
    desk.build()
    return desk


class Reader(FlaskClient):
    """A client that reads each answer to its end."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, buffered=True, **kwargs)


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    app = create_desk(desk, host="127.0.0.1", token=TOKEN)
    app.test_client_class = Reader
    app.add_url_rule(f"{HOME}write", view_func=lambda: "written", methods=["POST"])
    return app.test_client()


@dataclass
class Visitor:
    """A desk that listens, watches and builds; and whoever asks it."""

    desk: Desk
    server: Server
    open: list[HTTPConnection | HTTPResponse] = field(default_factory=list)

    def asks(self, path: str, **headers: str) -> HTTPResponse:
        """An answer, whose body is not read yet."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        self.open += (connection, answer)
        return answer

    def reads(self, path: str) -> str:
        return self.asks(path).read().decode()

    def sees(self, path: str, words: str) -> None:
        """Wait until the page there holds these words."""
        end = time.monotonic() + PATIENCE
        while words not in (page := self.reads(path)):
            assert time.monotonic() < end, page
            time.sleep(0.05)

    def goes(self) -> None:
        """Close all connections, as a browser does that is closed."""
        while self.open:
            self.open.pop().close()


@contextmanager
def at_work(root: Path) -> Iterator[Visitor]:
    desk, server = Desk(root, lambda: NOW), serve_at("127.0.0.1", 0)
    visitor = Visitor(desk, server)
    try:
        desk.open()
        server.start(create_desk(desk, host=server.host, token=TOKEN))
        yield visitor
    finally:
        desk.close()
        server.close()
        visitor.goes()


def heard(stream: HTTPResponse, name: str) -> dict[str, object]:
    """The data of the next event of this name, with its number."""
    lines: dict[str, str] = {}
    while line := stream.readline().decode():
        if line == "\n":
            if lines.get("event") == name:
                return {**json.loads(lines["data"]), "id": int(lines["id"])}
            lines = {}
        key, _, value = line.strip().partition(": ")
        lines[key] = value
    raise AssertionError(f"the stream has ended without {name}")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-Desk": "another"}, 403),
        ({"X-Desk": TOKEN}, 200),
        ({"X-Desk": TOKEN, "Origin": "http://localhost"}, 200),
        ({"X-Desk": TOKEN, "Origin": "http://localhost:81"}, 403),
        ({"X-Desk": TOKEN, "Origin": "https://evil.example"}, 403),
        ({"X-Desk": TOKEN, "Origin": "null"}, 403),
        ({"X-Desk": TOKEN, "Sec-Fetch-Site": "same-origin"}, 200),
        ({"X-Desk": TOKEN, "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-Desk": TOKEN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ({"X-Desk": TOKEN, "Host": "evil.example"}, 403),
    ],
)  # fmt: skip
def test_only_the_page_of_this_desk_may_write(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.post(f"{HOME}write", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert set(answer.json) == {"error", "hint"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Host": "evil.example"}, 403),
    ],
)  # fmt: skip
def test_pages_of_others_cannot_read_the_state(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert client.get(f"{HOME}state", headers=headers).status_code == status


def test_another_machine_sees_the_site_and_not_the_desk(client: FlaskClient) -> None:
    """With --host 0.0.0.0 a telephone may look at pages; nothing of the desk answers to it but what pages need."""
    there = {"REMOTE_ADDR": "192.168.1.7"}
    assert client.get("/", environ_overrides=there).status_code == 200
    assert client.get(f"{HOME}static/reload.js", environ_overrides=there).status_code == 200
    for path in (HOME, f"{HOME}state", f"{HOME}static/desk.js"):
        assert client.get(path, environ_overrides=there).status_code == 403
    assert client.get(HOME, environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get(HOME, environ_overrides={"REMOTE_ADDR": ""}).status_code == 403


def test_what_is_not_there_is_said_in_the_same_form(client: FlaskClient) -> None:
    for path in ("nothing", "static/desk.html", "static/../server.py", "editor/nothing.js"):
        answer = client.get(f"{HOME}{path}")
        assert (answer.status_code, set(answer.json)) == (404, {"error", "hint"}), path
    assert client.put(f"{HOME}state", headers={"X-Desk": TOKEN}).status_code == 405


def test_the_page_of_the_desk_runs_no_script_but_its_own(client: FlaskClient) -> None:
    answer = client.get(HOME)
    assert f'<meta name="desk" content="{TOKEN}">' in answer.text
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert not re.findall(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.findall(r"\son\w+=|https?://", answer.text)
    assert client.get(f"{HOME}static/desk.js").content_type.startswith("text/javascript")


def test_a_page_of_the_site_has_the_script_and_its_file_has_not(client: FlaskClient, desk: Desk) -> None:
    answer = client.get("/issues/ask/")
    (script,) = re.findall(r"<script[^>]*reload\.js[^>]*></script>", answer.text)
    assert answer.text.replace(script, "") == (desk.site / "issues/ask/index.html").read_text("utf-8")
    assert "Content-Security-Policy" not in answer.headers, "as in public"
    redirected = client.get("/issues/ask")
    assert (redirected.status_code, redirected.location) == (302, "/issues/ask/")
    assert client.get("/feed.xml").data == (desk.site / "feed.xml").read_bytes()
    assert client.get("/no/such/page/").status_code == 404
    assert client.get("/mail/").status_code == 404


def test_pages_lead_to_the_trial_service_beside(desk: Desk) -> None:
    beside = Beside(
        put=lambda page: page.replace(b"Ask one", b"Tell one"), mail=lambda path: ("text/plain", path.encode())
    )
    client = create_desk(desk, host="127.0.0.1", token=TOKEN, beside=beside).test_client()
    assert "Tell one question" in client.get("/issues/ask/").text
    assert client.get("/mail/0001.eml").text == "0001.eml"


def test_the_state_names_everything_there_is(client: FlaskClient, desk: Desk) -> None:
    state = client.get(f"{HOME}state").json
    assert (state["name"], state["event"]) == ("The Test Sheet", desk.last_event)
    assert (state["broken"], state["building"], state["error"]) == (False, False, "")
    assert [one["id"] for one in state["segments"]] == ["managers", "sellers", "toronto"]
    (row,) = state["issues"]
    assert (row["path"], row["state"], row["url"]) == (PATH, "out", "/issues/ask/")
    assert {one["path"] for one in state["posts"]} == {"content/about.md"}


def test_a_stream_says_what_changed_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with at_work(write_publication(tmp_path, {})) as visitor:
        stream = visitor.asks(f"{HOME}events?since={visitor.desk.last_event}")
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        replace_text(tmp_path / PATH, issue("", "Another text."))
        first = heard(stream, "changed")
        assert first["urls"] == ["issues/ask/"]
        assert first["paths"] == [PATH]
        assert "Another text." in visitor.reads("/issues/ask/")
        again = visitor.asks(f"{HOME}events", **{"Last-Event-ID": str(int(str(first["id"])) - 1)})
        assert heard(again, "changed") == first
        lost = visitor.asks(f"{HOME}events?since=9999")
        assert heard(lost, "changed")["urls"] is None, "another run of the desk has other numbers"


def test_pictures_and_new_folders_are_watched_too(tmp_path: Path) -> None:
    write_publication(tmp_path, {"content/images/a.svg": "<svg/>"})
    with at_work(tmp_path) as visitor:
        stream = visitor.asks(f"{HOME}events?since={visitor.desk.last_event}")
        (tmp_path / "content/images/a.svg").write_text("<svg></svg>", "utf-8")
        assert heard(stream, "changed")["urls"] is None
        (tmp_path / "content/new").mkdir()
        (tmp_path / "content/new/page.md").write_text("# New\n\nA new page.\n", "utf-8")
        visitor.sees("/new/page/", "A new page.")


def test_a_folder_that_the_settings_name_now_is_watched(tmp_path: Path) -> None:
    write_publication(tmp_path, {})
    with at_work(tmp_path) as visitor:
        text = (tmp_path / "mkdocs.yml").read_text("utf-8")
        (tmp_path / "overrides").mkdir()
        (tmp_path / "mkdocs.yml").write_text(text.replace("theme:", "theme:\n  custom_dir: overrides"), "utf-8")
        end = time.monotonic() + PATIENCE
        while visitor.desk.view().settings.overrides != "overrides" or visitor.desk.building:
            assert time.monotonic() < end
            time.sleep(0.05)
        (tmp_path / "overrides/post.html").write_text("A page of our own.", "utf-8")
        visitor.sees("/issues/ask/", "A page of our own.")


def test_it_ends_with_no_thread_left_although_browsers_listen(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with at_work(write_publication(tmp_path, {})) as visitor:
        streams = [visitor.asks(f"{HOME}events") for _ in range(3)]
        visitor.desk.close()
        assert [stream.read() for stream in streams] == [b"retry: 500\n\n"] * 3
    assert set(threading.enumerate()) - before == set()


def test_a_browser_that_has_gone_makes_room_for_others(tmp_path: Path) -> None:
    with at_work(write_publication(tmp_path, {})) as visitor:
        for _ in range(STREAMS):
            assert visitor.asks(f"{HOME}events").status == 200
        assert visitor.asks(f"{HOME}events").status == 503
        assert visitor.asks(f"{HOME}state").status == 200, "streams leave room for answers"
        visitor.goes()
        end = time.monotonic() + PATIENCE
        while visitor.asks(f"{HOME}events").status != 200:
            assert time.monotonic() < end
            time.sleep(0.1)


def test_a_port_that_is_taken_is_told() -> None:
    server = serve_at("127.0.0.1", 0)
    with pytest.raises(PortInUseError, match=f"port {server.port}"):
        serve_at("127.0.0.1", server.port)
    server.close()
