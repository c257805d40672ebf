"""The desk where answers come late, in another order than they were asked for, or not at all.

Each answer that matters is kept back here until the page has done what it does meanwhile: nothing hangs on time.
"""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.conftest import CHROMIUM, Open
from tests.browser.desk import DeskPage
from tests.folders import issue, replace_text, write_publication
from tests.programs import PATIENCE
from tipsheet.preview.desk import Desk
from tipsheet.preview.server import Server, create_desk, serve_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
    pytest.mark.no_cover,
]

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ASK, TELL = "content/tipsheets/2026/2026-11-17-ask.md", "content/tipsheets/2026/2026-12-01-tell.md"
TELLING = issue(id="tell", title="Tell one story", date="2026-12-01", body="A story.")
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""What a browser says when somebody comes back to the window: the desk looks whether the file has changed."""


@dataclass
class Work:
    """A desk of two issues in this process."""

    desk: Desk
    server: Server
    visit: Open

    def window(self, path: str = ASK, before: Callable[[Page], object] = lambda page: None) -> DeskPage:
        seen = self.visit(base=f"{self.server.url}/", viewport={"width": 1280, "height": 1600})
        before(seen.page)
        return DeskPage.open(seen, self.server, path)

    def text(self, path: str = ASK) -> str:
        return (self.desk.root / path).read_text("utf-8")

    def writes(self, path: str, text: str) -> None:
        """Write a file as another program does, and wait until the desk has built it."""
        before = self.desk.revision
        replace_text(self.desk.root / path, text)
        end = time.monotonic() + PATIENCE
        while self.desk.revision == before or self.desk.building:
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.fixture
def work(visit: Open, tmp_path: Path) -> Iterator[Work]:
    root = write_publication(tmp_path / "publication", {TELL: TELLING})
    desk, server = Desk(root, lambda: NOW), serve_at("127.0.0.1", 0)
    try:
        desk.open()
        server.start(create_desk(desk, host=server.host, token="t"))  # noqa: S106 - of a desk of a test
        yield Work(desk, server, visit)
    finally:
        desk.close()
        server.close()


def comes(page: Page, routes: Sequence[object]) -> None:
    """Wait until the page has asked for what is kept back here."""
    end = time.monotonic() + PATIENCE
    while not routes:
        assert time.monotonic() < end
        page.wait_for_timeout(10)  # in which routes are asked


@dataclass
class Kept:
    """The next answer of the desk at this address: the server has given it, the page gets it when it is let go."""

    page: Page
    address: str
    method: str = "GET"
    asked: bool = False
    answers: list[tuple[Route, APIResponse]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.route(re.compile(rf"/_desk/{self.address}(\?|$)"), self._keep)

    def _keep(self, route: Route) -> None:
        if self.asked or route.request.method != self.method:
            route.fallback()
            return
        self.asked = True
        self.answers.append((route, route.fetch()))

    def comes(self) -> None:
        """Wait until the page has asked and the server has answered."""
        comes(self.page, self.answers)

    def let_go(self) -> None:
        """Give the answer to the page, and wait until it has read it."""
        ((route, answer),) = self.answers
        with self.page.expect_event("requestfinished", lambda request: request == route.request):
            route.fulfill(response=answer)
        self.page.evaluate("() => new Promise(done => setTimeout(done))")

    def lose(self) -> None:
        """Cut the connection: the page never hears that the server has done it."""
        self.answers[0][0].abort()


def refused_once(address: str) -> Callable[[Page], None]:
    """Refuse the first request for this address of the desk, as a server does that has no room."""

    def refuse(page: Page) -> None:
        page.route(re.compile(rf"/_desk/{address}(\?|$)"), lambda route: route.fulfill(status=503), times=1)

    return refuse


def test_what_was_saved_is_newer_than_an_answer_from_before(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source")
    desk.page.evaluate(LOOK)
    kept.comes()
    desk.type_at_end("\nNewer than the answer.\n")
    desk.is_saved()
    kept.let_go()
    expect(desk.field).to_contain_text("Newer than the answer.")
    desk.type_at_end("Once more.\n")
    desk.is_saved()
    assert "Newer than the answer.\nOnce more." in work.text()


def test_a_change_that_is_told_while_a_save_is_under_way_is_seen_after_it(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source", "PUT")
    desk.type_at_end("\nFrom here.\n")
    kept.comes()
    work.writes(ASK, f"{work.text()}\nFrom outside.\n")
    desk.page.evaluate(LOOK)
    kept.let_go()
    expect(desk.field).to_contain_text("From outside.")
    desk.is_saved()


def test_the_lists_show_what_was_asked_for_last(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "state")
    work.writes(TELL, TELLING.replace("Tell one story", "Tell two stories"))
    kept.comes()
    work.writes(TELL, TELLING.replace("Tell one story", "Tell three stories"))
    expect(desk.page.locator("#issues")).to_contain_text("Tell three stories")
    kept.let_go()
    assert "Tell three stories" in desk.page.locator("#issues").inner_text()


def test_a_text_that_was_left_before_it_came_is_not_opened(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source")
    desk.page.get_by_role("link", name="Tell one story").click()
    kept.comes()
    desk.page.evaluate("history.back()")
    desk.page.wait_for_function("location.hash.endsWith('ask.md')")
    kept.let_go()
    expect(desk.page.locator("#title")).to_have_text("Ask one question")
    expect(desk.field).to_contain_text("Ask one question before you pitch")


def test_what_is_typed_until_another_text_comes_is_saved_where_it_was_typed(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source")
    desk.page.get_by_role("link", name="Tell one story").click()
    kept.comes()
    desk.type_at_end("\nLast words.\n")
    kept.let_go()
    expect(desk.page.locator("#title")).to_have_text("Tell one story")
    assert "Last words." in work.text()
    assert "Last words." not in work.text(TELL)


def test_a_save_whose_answer_was_lost_is_no_conflict_with_oneself(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source", "PUT")
    desk.type_at_end("\nOne.\n")
    kept.comes()
    desk.type_at_end("Two.\n")
    kept.lose()
    desk.is_saved()
    expect(desk.conflict).to_be_hidden()
    assert "One.\nTwo.\n" in work.text()


def test_a_page_that_is_loaded_again_while_it_saves_is_no_conflict_with_itself(work: Work) -> None:
    desk = work.window()
    kept = Kept(desk.page, "source", "PUT")
    desk.type_at_end("\nOne.\n")
    kept.comes()
    desk.type_at_end("Two.\n")
    desk.page.reload()
    expect(desk.field).to_contain_text("Two.")
    desk.is_saved()
    expect(desk.conflict).to_be_hidden()
    assert "One.\nTwo.\n" in work.text()


def test_a_conflict_that_is_found_by_looking_can_be_put_together(work: Work) -> None:
    """As one can that is found by saving: which of the two finds it, is chance."""
    desk = work.window()
    desk.page.context.set_offline(offline=True)
    desk.type_at_end("\nMine.\n")
    work.writes(ASK, work.text().replace("this is the text", "these are the words"))
    desk.page.context.set_offline(offline=False)
    desk.page.evaluate(LOOK)
    desk.button("Put both together").click()
    desk.is_saved()
    assert "these are the words" in work.text()
    assert "Mine." in work.text()


def test_of_two_clicks_the_second_waits_for_the_first(work: Work) -> None:
    desk = work.window(TELL)
    desk.page.evaluate("() => { for (const click of [1, 2]) document.getElementById('later').click() }")
    expect(desk.page.locator("#facts time")).to_have_attribute("datetime", re.compile("^2026-12-15"))
    expect(desk.page.locator("#notice")).to_be_hidden()


def test_what_is_drawn_anew_while_a_button_is_pressed_waits_for_the_click(work: Work) -> None:
    """A list that comes between press and release has other buttons, and neither gets the click."""
    desk = work.window()
    desk.page.get_by_role("link", name="Calendar").click()
    desk.page.get_by_role("button", name="A week later: Tell one story").hover()
    desk.page.mouse.down()
    kept = Kept(desk.page, "calendar")
    work.writes(ASK, f"{work.text()}\nFrom outside.\n")
    kept.comes()
    kept.let_go()
    desk.page.mouse.up()
    moved = desk.page.locator(".slots > li", has_text="Tell one story").locator("time")
    expect(moved).to_have_attribute("datetime", re.compile("^2026-12-08"))
    assert "date: 2026-12-08" in work.text(TELL)


def test_a_draft_is_what_was_chosen_although_the_state_came_meanwhile(work: Work) -> None:
    desk = work.window(TELL)
    kept = Kept(desk.page, "source", "PUT")
    desk.type_at_end("\nA word.\n")
    kept.comes()
    desk.page.locator("#draft").evaluate("box => box.click()")
    work.writes(ASK, work.text().replace("title: Ask one question", "title: Ask two questions"))
    expect(desk.page.locator("#issues")).to_contain_text("Ask two questions")
    expect(desk.page.locator("#draft")).to_be_checked()
    kept.let_go()
    expect(desk.page.locator("#facts")).to_contain_text("Draft")
    expect(desk.page.locator("#draft")).to_be_checked()
    assert "draft: true" in work.text(TELL)


def test_of_two_versions_the_one_chosen_last_is_shown(work: Work) -> None:
    desk = work.window()
    for words in ("\nOne.\n", "Two.\n"):
        desk.type_at_end(words)
        desk.is_saved()
    desk.button("Earlier versions").click()
    dialog = desk.page.get_by_role("dialog", name="Earlier versions")
    kept = Kept(desk.page, "version")
    dialog.locator("li button").last.click()
    kept.comes()
    dialog.locator("li button").first.click()
    expect(dialog.locator("pre")).to_contain_text("Two.")
    kept.let_go()
    assert "Two." in dialog.locator("pre").inner_text()


def test_news_from_before_the_stream_begins_is_heard(work: Work) -> None:
    """A page asks for the state, and listens then."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    desk = work.window(before=lambda page: page.route("**/_desk/events*", keep, times=1))
    work.writes(ASK, f"{work.text()}\nFrom outside.\n")
    comes(desk.page, waiting)
    waiting[0].continue_()
    expect(desk.field).to_contain_text("From outside.")


@pytest.mark.parametrize("address", ["state", "events"])
def test_what_a_busy_server_refuses_is_asked_for_again(work: Work, address: str) -> None:
    desk = work.window(before=refused_once(address))
    work.writes(ASK, f"{work.text()}\nFrom outside.\n")
    expect(desk.field).to_contain_text("From outside.")


def test_a_page_of_the_site_listens_again_after_it_was_refused(work: Work) -> None:
    seen = work.visit(base=f"{work.server.url}/")
    refused_once("events")(seen.page)
    seen.go("issues/ask/")
    work.writes(ASK, work.text().replace("this is the text", "these are the words"))
    expect(seen.page.get_by_text("these are the words")).to_be_visible()
