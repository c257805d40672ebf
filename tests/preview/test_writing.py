"""Addresses of the desk at which one writes, as the page of the desk asks them, with real files."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from flask.testing import FlaskClient

from tests.folders import article, issue, write_publication
from tests.reading.test_mistakes import AROUND, TIP
from tipsheet.delivery.snapshot import begin
from tipsheet.editing import saving
from tipsheet.edition.outbox import read_edition
from tipsheet.last_build import BuildOptions
from tipsheet.press import build
from tipsheet.preview.desk import Desk
from tipsheet.preview.server import create_desk
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import SendState

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
TOKEN = "a-token"  # noqa: S105 - of a desk that is never opened
LATER = "content/tipsheets/2026/2026-12-01-later.md"
LONG = "content/articles/long.md"
FILES = {**AROUND, TIP: issue(), LONG: article(id="long", title="Long", date="2026-11-18")}


class Page:
    """The page of a desk."""

    def __init__(self, root: Path) -> None:
        self.root, self.desk = root, Desk(root, lambda: NOW, environ={})
        self.desk.build()
        self.client: FlaskClient = create_desk(self.desk, host="127.0.0.1", token=TOKEN).test_client()

    def get(self, path: str, /, **query: object) -> tuple[int, Any]:
        answer = self.client.get(f"/_desk/{path}", query_string=query)
        return answer.status_code, answer.json

    def post(self, path: str, /, **values: object) -> tuple[int, Any]:
        answer = self.client.post(f"/_desk/{path}", json=values, headers={"X-Desk": TOKEN})
        return answer.status_code, answer.json

    def put(self, path: str, text: str, base: str | None) -> tuple[int, Any]:
        values = {"path": path, "text": text, "base": base}
        answer = self.client.put("/_desk/source", json=values, headers={"X-Desk": TOKEN})
        return answer.status_code, answer.json

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def digest(self, path: str) -> str:
        return str(self.get("source", path=path)[1]["digest"])


@pytest.fixture
def page(tmp_path: Path) -> Page:
    return Page(write_publication(tmp_path, FILES))


def test_a_text_is_read_changed_and_saved_with_its_findings(page: Page) -> None:
    status, seen = page.get("source", path=TIP)
    assert (status, seen["text"], seen["writable"], seen["problems"]) == (200, FILES[TIP], True, [])
    status, saved = page.put(TIP, seen["text"] + "\n[gone](gone.md)\n", seen["digest"])
    assert status == 200
    assert page.text(TIP).endswith("[gone](gone.md)\n")
    (problem,) = saved["problems"]
    assert (problem["path"], problem["code"], problem["line"], problem["col"]) == (TIP, "TS013", 15, 8)
    assert page.digest(TIP) == saved["digest"]


def test_findings_of_an_unsaved_text_come_from_its_own_words(page: Page) -> None:
    status, told = page.post("check", path=TIP, text=FILES[TIP].replace("title:", "tite:"))
    assert status == 200
    assert {one["code"] for one in told["problems"]} == {"TS004", "TS005"}
    assert page.text(TIP) == FILES[TIP]
    assert page.post("check", path="content/notes/new.md", text="# No header\n")[1]["problems"][0]["code"] == "TS007"
    assert page.post("check", path=TIP, text=FILES[TIP])[1]["problems"] == []
    (page.root / "content/notes").mkdir(exist_ok=True)
    (page.root / "content/notes/odd.md").write_bytes(b"\xff")
    (page.root / "content/notes/odd.md").unlink()
    (page.root / "content/notes/odd.md").mkdir()
    assert page.post("check", path="content/notes/odd.md", text="x")[1]["problems"][0]["code"] == "TS007"


def test_an_unsaved_text_is_compared_with_issues_that_the_last_build_left(tmp_path: Path) -> None:
    words = "Read [what they wrote](https://paper.example/one) before the next meeting. "
    page = Page(write_publication(tmp_path, {**FILES, TIP: issue(body=words)}))
    again = Page(tmp_path)
    for one in (page, again):
        told = one.post("check", path=LATER, text=FILES[LATER].replace("/// action", f"{words}\n\n/// action"))[1]
        assert [problem["code"] for problem in told["problems"]] == ["TS237"]


def test_a_text_that_changed_elsewhere_is_shown_and_not_written_over(page: Page) -> None:
    base = page.digest(TIP)
    (page.root / TIP).write_text(FILES[TIP].replace("title: Ask one question", "title: Ask two"))
    mine = FILES[TIP] + "\nMine.\n"
    status, told = page.put(TIP, mine, base)
    assert (status, told["cause"], told["theirs"], told["digest"]) == (409, "changed", page.text(TIP), page.digest(TIP))
    assert told["merged"] == page.text(TIP) + "\nMine.\n"
    assert {"op": "added", "text": "title: Ask two"} in told["difference"]
    assert page.get("version", path=TIP, id=told["kept"]) == (200, {"text": mine})
    assert page.put(TIP, told["merged"], told["digest"])[0] == 200
    (page.root / TIP).unlink()
    status, told = page.put(TIP, mine, page.digest(LATER))
    assert (status, told["cause"], told["theirs"], told["digest"]) == (409, "deleted", None, "")
    assert page.put(TIP, mine, None)[0] == 200
    assert page.text(TIP) == mine


def test_undo_and_earlier_texts(page: Page) -> None:
    base = page.put(TIP, "one\n", page.digest(TIP))[1]["digest"]
    status, told = page.post("undo", path=TIP, base=base)
    assert (status, told["text"]) == (200, FILES[TIP])
    status, told = page.get("versions", path=TIP)
    assert [(one["cause"], one["current"]) for one in told["versions"]] == [
        ("undone", True),
        ("saved", False),
        ("found", False),
    ]
    assert page.get("version", path=TIP, id=told["versions"][1]["id"]) == (200, {"text": "one\n"})
    assert page.post("undo", path=TIP)[0] == 404
    assert page.get("version", path=TIP, id=99)[0] == 404
    assert page.get("version", path=TIP, id="x")[0] == 400


def test_a_file_is_deleted_and_comes_back(page: Page) -> None:
    assert page.post("delete", path=TIP)[0] == 400
    assert page.post("delete", path=TIP, base=page.digest(LATER))[0] == 409
    assert page.post("delete", path=TIP, base=page.digest(TIP))[0] == 200
    assert not (page.root / TIP).exists()
    assert page.get("source", path=TIP)[0] == 404
    assert page.post("undo", path=TIP)[1]["text"] == FILES[TIP]
    assert page.text(TIP) == FILES[TIP]


@pytest.mark.parametrize("path", ["", "../outside.md", "mkdocs.yml", "content/../mkdocs.yml", "/etc/passwd", "x\0"])
def test_only_sources_are_written(path: str, page: Page) -> None:
    asked = (page.put(path, "x", None), page.post("check", path=path, text="x"), page.post("undo", path=path))
    assert {status for status, _ in asked} == {403}
    assert page.post("delete", path=path, base="x")[0] == 403
    assert page.get("versions", path=path)[0] == 403
    assert page.get("source", path=path)[0] == (200 if path == "mkdocs.yml" else 403)
    assert "site_name" in page.text("mkdocs.yml")


def test_who_may_not_write_changes_nothing(page: Page) -> None:
    values = {"path": TIP, "text": "x", "base": page.digest(TIP)}
    assert page.client.put("/_desk/source", json=values).status_code == 403
    assert page.text(TIP) == FILES[TIP]


def test_what_cannot_be_saved_is_told_by_its_status(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    base = page.digest(TIP)
    monkeypatch.setattr(saving, "WAIT", 0.1)
    assert page.put(TIP, "half \ud83d of a sign", base)[0] == 400
    (page.root / ".tipsheet/desk").mkdir(exist_ok=True)
    with FileLock(page.root / ".tipsheet/desk/lock"):
        assert page.put(TIP, "one", base)[0] == 503
    (page.root / TIP).chmod(0o444)
    assert page.put(TIP, "one", base)[0] == 403
    (page.root / LONG).write_bytes(b"caf\xe9")
    assert page.get("source", path=LONG)[0] == 422


@pytest.mark.parametrize(
    ("path", "values"),
    [("check", {"path": TIP}), ("check", {"path": TIP, "text": 3}), ("move", {"path": TIP, "weeks": "x"}), ("new", {})],
)
def test_a_request_that_lacks_something_is_refused(path: str, values: dict[str, object], page: Page) -> None:
    status, told = page.post(path, **values)
    assert status == 400
    assert told["error"]
    answer = page.client.post(f"/_desk/{path}", data="{", headers={"X-Desk": TOKEN})
    assert answer.status_code in (400, 415)


def test_new_issues_take_the_next_slots_though_nothing_was_built_between(page: Page) -> None:
    made = [page.post("new", title=title) for title in ("One", "Two")]
    assert [(status, told["path"], told["id"]) for status, told in made] == [
        (200, "content/tipsheets/2026/2026-12-08-one.md", "2026-w50"),
        (200, "content/tipsheets/2026/2026-12-15-two.md", "2026-w51"),
    ]
    page.put(LATER, FILES[LATER] + "\nMore.\n", page.digest(LATER))
    status, told = page.post("new", title="Special", date="2026-12-10T18:30")
    assert (status, told["id"]) == (200, "2026-w50-2")
    assert "date: 2026-12-10T18:30\n" in page.text(told["path"])
    page.desk.build()
    assert not [one for one in page.desk.problems if one.severity == "error"]
    assert page.post("new", title="Three")[1]["id"] == "2026-w52"
    assert page.post("undo", path=made[0][1]["path"])[0] == 404, "a new issue has no text before its first"
    assert page.post("delete", path=made[1][1]["path"], base=page.digest(made[1][1]["path"]))[0] == 200
    assert "2026-w51" not in str(page.get("calendar")), "a file that was deleted is still planned"
    (page.root / made[0][1]["path"]).unlink()
    assert "2026-12-08" in str(page.get("calendar")), "what is changed elsewhere is for the next build"
    assert page.post("new", title=" ")[0] == 422
    assert page.post("new", title="Never", date="soon")[0] == 400


def test_a_copy(page: Page) -> None:
    status, told = page.post("duplicate", path=TIP)
    assert (status, told["id"]) == (200, "2026-w50")
    assert "the action 'do-it' is 'do-it-2' in the copy" in told["changed"]
    assert "draft: true" in page.text(told["path"])
    page.desk.build()
    assert not [one for one in page.desk.problems if one.severity == "error"]
    assert page.post("duplicate", path=LONG)[0] == 404


def test_moving_by_weeks(page: Page) -> None:
    status, told = page.post("move", path=LATER, weeks=1)
    assert (status, told["changed"]) == (200, ["date: 2026-12-01 is now 2026-12-08", "id: 2026-w50"])
    assert page.post("move", path=LATER, weeks=-1)[1]["changed"] == [
        "date: 2026-12-08 is now 2026-12-01",
        "id: 2026-w49",
    ]
    assert page.text(LATER) == FILES[LATER]
    status, told = page.post("move", path=LATER, weeks=-2)
    assert status == 422
    assert "has 'Ask one question' in it" in told["error"]
    assert page.post("move", path=LONG, weeks=1)[0] == 404


def test_the_id_of_an_issue_that_was_sent_stays(tmp_path: Path) -> None:
    """It was sent from here, and its date was then set to a day that is still to come."""
    root = write_publication(tmp_path, {**FILES, TIP: issue(id="2026-w50")})
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    (root / TIP).write_text(issue(id="2026-w50", date="2026-12-08"))
    page = Page(root)
    assert page.post("move", path=TIP, weeks=1)[1]["changed"] == ["date: 2026-12-08 is now 2026-12-15", "id: 2026-w51"]
    page.post("undo", path=TIP)
    engine = open_store(f"sqlite:///{root / 'audience.db'}")
    with writing(engine) as connection:
        begin(connection, read_edition(root / "outbox", "2026-w50"), SendState.PREPARED, NOW)
    engine.dispose()
    assert page.post("move", path=TIP, weeks=1)[1]["changed"] == ["date: 2026-12-08 is now 2026-12-15"]


def test_a_draft_and_none(page: Page) -> None:
    for path in (LATER, LONG):
        assert page.post("publish", path=path, draft=True)[1]["changed"] == ["draft: true"]
        assert page.post("publish", path=path, draft=True)[1]["changed"] == []
        assert page.post("publish", path=path, draft=False)[1]["changed"] == ["draft: false"]
    assert page.post("publish", path="content/actions/ask-first.md", draft=True)[0] == 400
    (page.root / LATER).write_text("no header")
    assert page.post("publish", path=LATER, draft=True)[0] == 422


@pytest.mark.parametrize(
    ("week", "date"), [(None, "2026-12-08"), ("2026-W52", "2026-12-22"), ("2026-12-24", "2026-12-22")]
)
def test_an_issue_from_the_library(week: str | None, date: str, page: Page) -> None:
    status, told = page.post("assemble", **({"week": week} if week else {}))
    assert status == 200
    assert f"date: {date}\n" in page.text(told["path"])
    assert "use=ask-first" in page.text(told["path"])
    assert told["choices"][0]["action"] == "Ask first"
    assert "never given" in told["choices"][0]["reason"]
    assert page.post("assemble", week="2026-W60")[0] == 400
    assert page.post("assemble", week="soon")[0] == 400


def test_the_calendar(page: Page) -> None:
    page.post("new", title="One")
    status, told = page.get("calendar", weeks=3, back=1)
    assert status == 200
    assert [(one["date"], one["week"], one["kind"], one["title"], one["action"]) for one in told["slots"]] == [
        ("2026-11-17", "2026-W47", "out", "Ask one question", "Do it"),
        ("2026-11-24", "2026-W48", "free slot", None, None),
        ("2026-12-01", "2026-W49", "issue", "Later", "Later"),
        ("2026-12-08", "2026-W50", "draft", "One", "Name here the one thing to do"),
    ]
    assert told["slots"][1]["path"] is None
    assert page.get("calendar", weeks=0)[0] == 400
    assert page.get("calendar", weeks="x")[0] == 400


def test_what_can_be_put_in(page: Page) -> None:
    status, told = page.get("insertable", path=TIP)
    assert status == 200
    assert [one["name"] for one in told["blocks"]] == ["action", "event", "only"]
    assert {"name": "first_name", "title": "first name", "text": "@@first_name or ⁂@@"} in told["fields"]
    assert told["posts"][0] == {"name": LATER, "title": "Later", "text": "[Later](2026-12-01-later.md)"}
    assert told["actions"][0]["text"].startswith("/// action { use=ask-first }")
    assert told["segments"][0]["text"] == "for=managers"
    assert page.get("insertable")[0] == 200
    assert page.get("insertable", path="../x.md")[0] == 403
