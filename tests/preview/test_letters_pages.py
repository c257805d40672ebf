"""Addresses of the desk for letters, as the page of the desk asks them."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.delivery.servers import mail_server
from tests.folders import MKDOCS, issue, write_png, write_publication
from tipsheet.delivery.snapshot import begin
from tipsheet.edition.outbox import read_edition
from tipsheet.engine.state import DamagedStateError
from tipsheet.last_build import BuildOptions
from tipsheet.press import build
from tipsheet.preview import letter_pages
from tipsheet.preview.desk import Desk, View
from tipsheet.preview.displays import POLICY
from tipsheet.preview.server import create_desk
from tipsheet.store.database import open_store, writing
from tipsheet.store.states import SendState

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
TOKEN = "a-token"  # noqa: S105 - of a desk that is never opened
PATH = "content/tipsheets/2026/2026-11-17-ask.md"
ASK = issue(
    "image: {src: ../../images/chairs.png, alt: Three chairs}\nsubject: For @@first_name or you@@\n",
    "Hello @@first_name or there@@, read [the guide](https://guide.example/one) and [us](../../about.md).\n\n"
    "/// only | managers\n\nYou lead, in @@city or your town@@.\n\n///\n",
)
PRIVATE = issue("audience: [toronto]\n", "For Toronto.", id="2026-w48", title="Toronto alone", date="2026-11-19")
FILES = {
    "mkdocs.yml": MKDOCS.replace("where: {any: [{role: seller}, {tag: sells}]}", "where: {role: seller}"),
    PATH: ASK,
    "content/tipsheets/2026/2026-11-19-toronto.md": PRIVATE,
}


class Asking:
    """A desk's client that shows its token and reads JSON."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.desk = Desk(root, lambda: NOW, environ=dict(environ))
        self.desk.build()
        self.client: FlaskClient = create_desk(self.desk, host="127.0.0.1", token=TOKEN).test_client()

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/_desk/{path}")
        return answer.status_code, answer.json if answer.is_json else answer.text

    def test(self, token: str = TOKEN, **values: object) -> tuple[int, Any]:
        answer = self.client.post("/_desk/test", json=values, headers={"X-Desk": token})
        return answer.status_code, answer.json


def write(root: Path) -> Path:
    write_publication(root, FILES)
    write_png(root / "content/images/chairs.png", 1200, 800)
    return root


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """A desk that no test changes."""
    return Asking(write(tmp_path_factory.mktemp("desk")), {})


@pytest.fixture
def own(tmp_path: Path) -> Asking:
    """A desk of one test."""
    return Asking(write(tmp_path), {})


def test_a_letter_is_a_document_in_which_nothing_runs(asking: Asking):
    answer = asking.client.get("/_desk/letter/2026-w47?segments=managers&reader=ada")
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Hello Ada" in answer.text
    assert "You lead, in Utrecht." in " ".join(answer.text.split())
    assert 'src="/images/chairs.png"' in answer.text
    with asking.client.get("/images/chairs.png") as picture:
        assert picture.status_code == 200


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("", "background-color:#F", "data-ogsc="),
        ("view=outlook-dark", 'data-ogsc="', "prefers-color-scheme"),
        ("view=gmail-dark", "<body", "background-color:#FFFFFF"),
        ("view=dark", '<meta name="color-scheme" content="dark">', "prefers-color-scheme"),
        ("pictures=off", ">Three chairs</span>", "<img"),
        ("styles=inline", " style=", "<style>\n"),
        ("styles=off", "<table", " style="),
    ],
)
def test_a_letter_is_shown_as_asked(asking: Asking, query: str, there: str, gone: str):
    status, document = asking.get(f"letter/2026-w47?{query}")
    assert status == 200
    assert there in document
    assert gone not in document


def test_the_facts_of_a_letter(asking: Asking):
    status, facts = asking.get("letter/2026-w47/facts?segments=managers&reader=ada")
    assert status == 200
    assert (facts["subject"], facts["from"], facts["audience"]) == ("For Ada", "Ada Editor", "everyone")
    assert facts["preheader"].startswith("One question")
    assert (facts["clipped"], facts["limit"]) == (False, 102 * 1024)
    assert 0 < facts["size"] < facts["message_size"]
    guide = next(link for link in facts["links"] if link["href"] == "https://guide.example/one")
    assert (guide["text"], guide["path"], guide["line"]) == ("the guide", PATH, 11)
    (picture,) = [one for one in facts["pictures"] if one["alt"] == "Three chairs"]
    assert (picture["path"], picture["line"], picture["bytes"] > 0) == (PATH, 7, True)
    assert {line["client"] for line in facts["inbox"]} >= {"gmail-web", "apple-phone"}
    assert all(line["subject"] == "For Ada" for line in facts["inbox"])
    assert facts["problems"] == []


def test_text_part_and_raw_message(asking: Asking):
    status, text = asking.get("letter/2026-w47/text?reader=hostile")
    assert status == 200
    assert "Hello <b>O'Brien</b>" in text
    answer = asking.client.get("/_desk/letter/2026-w47/raw?segments=managers")
    assert answer.content_type == "text/plain; charset=utf-8"
    message = message_from_string(answer.text, policy=policy.default)
    assert (message["Subject"], message["To"]) == ("For you", "undisclosed-recipients:;")
    assert answer.data == (asking.desk.outbox / "2026-w47/managers.eml").read_bytes()


def test_the_difference_between_two_audiences(asking: Asking):
    status, found = asking.get("letter/2026-w47/difference?segments=&than=managers&reader=ada")
    assert status == 200
    added = [line["text"] for line in found["lines"] if line["op"] == "added" and line["text"]]
    assert added == ["You lead, in Utrecht."]
    assert (found["equal"], found["subject"]) == (False, ["For Ada", "For Ada"])
    assert asking.get("letter/2026-w47/difference?than=")[1]["equal"]


def test_the_difference_to_the_last_build_and_to_what_was_sent(own: Asking):
    root = own.desk.root
    assert own.get("letter/2026-w47/difference?against=built") == (
        400,
        {
            "error": f"there is no letter of '2026-w47' in {root / 'outbox'}",
            "hint": "tipsheet build makes the mail of every issue that is out",
        },
    )
    assert "was not sent from here yet" in own.get("letter/2026-w47/difference?against=sent")[1]["error"]
    build(root, BuildOptions(site_dir=root / "site", outbox_dir=root / "outbox"), now=NOW)
    assert own.get("letter/2026-w47/difference?against=built")[1]["equal"]
    engine = open_store(f"sqlite:///{root / 'audience.db'}")
    with writing(engine) as connection:
        begin(connection, read_edition(root / "outbox", "2026-w47"), SendState.PREPARED, NOW)
    engine.dispose()
    assert own.get("letter/2026-w47/difference?against=sent")[1]["equal"]
    (root / PATH).write_text(ASK.replace("Hello", "Good day"), "utf-8")
    own.desk.build()
    for against in ("built", "sent"):
        found = own.get(f"letter/2026-w47/difference?against={against}&segments=managers")[1]
        words = [run["text"] for line in found["lines"] for run in line["words"] if run["op"] == "added"]
        assert words == ["Good day"]
    assert own.get("letter/2026-w47/difference") == (
        400,
        {"error": "compare with what?", "hint": "name 'than' or 'against'"},
    )


def test_the_item_of_the_feed_and_the_head_of_the_page(asking: Asking):
    status, item = asking.get("feed/2026-w47")
    assert status == 200
    assert item["title"] == "Ask one question"
    assert item["link"] == "https://sheet.example/issues/ask/"
    assert "Hello there" in item["html"]
    assert item["page"] == {
        "url": "/issues/ask/",
        "title": "Ask one question",
        "label": "",
        "action": "Do it",
        "description": "One question that turns a pitch into a conversation.",
    }
    answer = asking.client.get("/_desk/feed/2026-w47/document?segment=managers")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "You lead" in answer.text
    assert 'src="/images/chairs.png"' in answer.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("letter/2026-w74", 404, "no issue '2026-w74'"),
        ("letter/2026-w47?segments=mangers", 404, "no segment 'mangers'"),
        ("letter/2026-w47/facts?segments=managers,sellers", 404, "at once: role is 'manager'"),
        ("letter/2026-w48", 404, "is for toronto, and does not go to readers of no segment"),
        ("letter/2026-w48/text?segments=managers", 404, "does not go to managers"),
        ("letter/2026-w47?view=drak", 404, "no view 'drak'"),
        ("letter/2026-w47?pictures=no", 404, "no choice 'no'"),
        ("letter/2026-w47?styles=no", 404, "no choice of styles 'no'"),
        ("letter/2026-w47?reader=adda", 404, "no made-up reader 'adda'"),
        ("letter/2026-w47/difference?than=mangers", 404, "no segment 'mangers'"),
        ("feed/2026-w48", 404, "in no feed for everyone"),
        ("feed/2026-w47?segment=toronto", 404, "no feed is for 'toronto'"),
        ("caught/7", 404, "no test letter '7' is kept"),
    ],
)
def test_what_cannot_be_shown_is_told_in_words(asking: Asking, path: str, status: int, words: str):
    found, told = asking.get(path)
    assert found == status
    assert words in told["error"]
    assert set(told) >= {"error", "hint"}


def test_readers_and_views_to_choose_from(asking: Asking):
    status, found = asking.get("readers")
    assert status == 200
    assert found["readers"][0] == {"name": "nobody", "title": "Nothing known: every fallback", "fields": {}}
    assert {"ada", "right-to-left", "hostile"} <= {one["name"] for one in found["readers"]}
    assert [one["name"] for one in found["views"]][:2] == ["light", "dark"]
    assert found["apart"] == [["managers", "sellers"]]


def test_a_test_is_caught_and_shown(own: Asking):
    status, told = own.test(issue="2026-w47", segments=["managers"], reader="ada", to=" me@example.org ")
    assert (status, told) == (200, {"caught": True, "answer": "250 OK", "id": "1"})
    listed = own.get("caught")[1]
    assert (listed["server"], [one["subject"] for one in listed["caught"]]) == (False, ["For Ada"])
    found = own.get("caught/1")[1]
    assert (found["to"], dict(found["headers"])["To"]) == ("me@example.org", "me@example.org")
    assert "You lead, in Utrecht." in found["text"]
    assert "Hello Ada" in found["html"]
    assert found["raw"].startswith("From: ")
    answer = own.client.get("/_desk/caught/1/document?view=dark")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert 'src="/images/chairs.png"' in answer.text


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Asking, list[Any]]]:
    with mail_server() as (port, post):
        yield Asking(write(tmp_path), {"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{port}"}), post.arrived


def test_a_test_goes_by_the_server_that_is_set_up(served: tuple[Asking, list[Any]]):
    asking, arrived = served
    status, told = asking.test(issue="2026-w47", to="me@example.org")
    assert (status, told["caught"], told["id"], told["answer"][:3]) == (200, False, "", "250")
    assert [to for _, to, _ in arrived] == [["me@example.org"]]
    assert asking.get("caught")[1] == {"server": True, "caught": []}
    assert not list(asking.desk.root.glob("audience*"))


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({}, 400, "a test needs an issue and an address"),
        ({"issue": "2026-w47", "to": " "}, 400, "a test needs an issue and an address"),
        ({"issue": 3, "to": "me@example.org"}, 400, "a test needs an issue and an address"),
        ({"issue": "2026-w47", "to": "nobody"}, 400, "'nobody' is not an address"),
        ({"issue": "2026-w99", "to": "me@example.org"}, 404, "no issue '2026-w99'"),
        ({"issue": "2026-w48", "to": "me@example.org"}, 404, "is for toronto"),
        ({"issue": "2026-w47", "to": "me@example.org", "segments": ["managers", "sellers"]}, 404, "at once"),
        ({"issue": "2026-w47", "to": "me@example.org", "reader": "x"}, 404, "no made-up reader 'x'"),
    ],
)
def test_a_test_that_cannot_go_is_told_in_words(asking: Asking, values: dict[str, object], status: int, words: str):
    found, told = asking.test(**values)
    assert (found, words in told["error"]) == (status, True)
    assert asking.get("caught")[1]["caught"] == []


def test_a_test_needs_the_token_and_a_body(asking: Asking):
    assert asking.test("another", issue="2026-w47", to="me@example.org")[0] == 403
    answer = asking.client.post("/_desk/test", data="[", headers={"X-Desk": TOKEN})
    assert (answer.status_code, json.loads(answer.text)["error"]) == (400, "a test needs an issue and an address")
    assert asking.client.get("/_desk/test").status_code == 405


def test_a_refusal_of_the_server_is_told_in_words(tmp_path: Path):
    with mail_server(data_size_limit=200) as (port, _post):
        asking = Asking(write(tmp_path), {"TIPSHEET_SMTP_URL": f"smtp://127.0.0.1:{port}"})
        status, told = asking.test(issue="2026-w47", to="me@example.org")
    assert status == 400
    assert "552" in told["error"]


def test_a_letter_follows_its_source(own: Asking):
    (own.desk.root / PATH).write_text(ASK.replace("Hello", "Good day to"), "utf-8")
    own.desk.build()
    assert "Good day to there" in own.get("letter/2026-w47/text")[1]


def test_a_template_with_a_mistake_is_told_with_its_problems(own: Asking):
    root = own.desk.root
    file = root / "overrides/email/main.html"
    file.parent.mkdir(parents=True)
    file.write_text('{% extends "email/base.html" %}', "utf-8")
    config = root / "mkdocs.yml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("name: material", "name: material\n  custom_dir: overrides"), "utf-8")
    own.desk.build()
    assert own.get("letter/2026-w47")[0] == 200
    file.write_text('{% extends "email/base.html" %}{% block title %}{{ nothing }}{% endblock %}', "utf-8")
    status, told = own.get("letter/2026-w47")
    assert status == 409
    assert "'nothing' is undefined" in told["error"]
    assert told["problems"][0]["path"] == "overrides/email/main.html"


def test_letters_of_issues_that_are_only_remembered_are_the_same(own: Asking):
    paths = ("letter/2026-w47?segments=managers", "letter/2026-w47/raw", "feed/2026-w47", "feed/2026-w47/document")
    fresh = [own.get(path) for path in paths]
    again = Asking(own.desk.root, {})
    assert [again.get(path) for path in paths] == fresh
    assert again.get("letter/2026-w47/difference?than=managers")[0] == 200


def test_a_text_that_was_just_replaced_is_taken_from_the_next_view(own: Asking, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(letter_pages, "WAIT", 0)
    tried = []

    def make(view: View) -> int:
        tried.append(view)
        if len(tried) < 3:
            raise DamagedStateError("content/x.md")
        return view.revision

    assert letter_pages.seen(own.desk, make) == own.desk.revision
    assert len(tried) == 3

    def damaged(_view: View) -> int:
        raise DamagedStateError("content/x.md")

    with pytest.raises(DamagedStateError):
        letter_pages.seen(own.desk, damaged)
