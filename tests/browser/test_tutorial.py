"""The second half of the tutorial, in a browser, after its first half on a console."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.desk import DeskPage
from tests.cli.served import serving
from tests.docs.documents import Fence, fences
from tests.docs.test_consoles import SUNDAY, follow
from tests.sample import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]

TUTORIAL = ROOT / "docs/tutorial.md"
TITLE = "Ask somebody what they do with it now"
SLIP, RIGHT = "bristoll", "bristol"


def second_half() -> tuple[str, Fence]:
    """Its words, and the passage that is typed."""
    text = TUTORIAL.read_text("utf-8")
    half = text[text.index("## 7.") : text.index("## Where to go")]
    (typed,) = (fence for fence in fences(TUTORIAL) if SLIP in fence.text)
    return half, typed


def test_a_person_with_only_a_browser_writes_and_schedules_next_week(
    visit: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", SUNDAY)
    for fence in fences(TUTORIAL):
        if fence.language == "console" or fence.verb:
            follow(fence, tmp_path / "letter", monkeypatch)
    half, typed = second_half()
    named = set(re.findall(r"\*\*(.+?)\*\*", half))
    with serving(tmp_path / "letter") as served:
        desk = DeskPage.open(visit(base=served.url, viewport={"width": 1280, "height": 2400}), served)
        page = desk.page
        page.get_by_role("link", name="Calendar").click()
        page.get_by_role("button", name=re.compile("from the library", re.IGNORECASE)).first.click()
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        (made,) = (tmp_path / "letter/content").rglob("2026-12-01*.md")
        desk.type_at_end(f"\n{typed.text}\n")
        expect(page.get_by_role("button", name="1 mistake", exact=True)).to_be_visible()
        found = page.locator("#findings-list button")
        expect(found).to_contain_text(f"did you mean '{RIGHT}'?")
        expect(page.locator("#issues li", has_text=TITLE)).to_contain_text("1 mistake")
        found.click()
        expect(desk.field).to_be_focused()
        for _ in SLIP:
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Backspace")
        expect(page.get_by_role("button", name="No findings", exact=True)).to_be_visible()
        desk.is_saved()
        desk.tab("Letter").click()
        page.get_by_label("Readers in Bristol").check()
        expect(desk.shown("letter").get_by_text("we meet at the Lido")).to_be_visible()
        page.get_by_label("People who lead a team").check()
        expect(desk.shown("letter").get_by_text("we meet at the Lido")).to_be_visible()
        desk.tab("Text").click()
        expect(page.get_by_label("The text part of the letter")).to_contain_text("we meet at the Lido")
        desk.button("Send me a test").click()
        page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("it went to nobody")
        page.keyboard.press("Escape")
        page.get_by_label("Draft").uncheck()
        expect(page.locator("#facts")).to_contain_text("Coming")
        assert "draft: true" not in made.read_text("utf-8")
        there = page.locator("body").inner_text() + page.locator("body").inner_html()
        page.get_by_role("link", name="Calendar").click()
        expect(page.locator("li.coming", has_text=TITLE)).to_be_visible()
        there += page.locator("body").inner_text()
    seen = {"1 mistake", "No findings", "Send"}
    assert {name for name in named - seen if name not in there} == set()
