"""The desk in a browser, over a small publication and its real server: writing, looking, mistakes, conflicts."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.desk import WELCOME, DeskPage, in_git, two_segments
from tests.cli.conftest import NOW, run
from tests.cli.served import Served, serving
from tests.programs import free_port
from tests.sample import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]

SIZE = {"width": 1280, "height": 2400}
"""So high that CodeMirror draws all lines of a text."""
At = Callable[..., DeskPage]


@pytest.fixture
def letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The starter publication on a Sunday, with two segments."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(NOW.timestamp())))
    assert run("init", tmp_path / "letter").exit_code == 0
    two_segments(tmp_path / "letter")
    return tmp_path / "letter"


@pytest.fixture
def issue(letter: Path) -> Path:
    (file,) = (letter / "content/tipsheets").rglob("*.md")
    return file


@pytest.fixture
def served(letter: Path) -> Iterator[Served]:
    with serving(letter) as served:
        yield served


HARMLESS = ("Failed to load resource", "Network error")


@pytest.fixture
def at(visit: Open, served: Served, letter: Path, issue: Path) -> Iterator[At]:
    """Open windows at the issue; at the end none has asked another host, nor broken the policy of the page."""
    opened: list[DeskPage] = []

    def open_window(*, plain: bool = False, **options: object) -> DeskPage:
        window = visit(base=served.url, **{"viewport": SIZE, **options})
        if plain:
            window.page.route("**/_desk/editor/**", lambda route: route.abort())
        opened.append(DeskPage.open(window, served, issue.relative_to(letter).as_posix()))
        return opened[-1]

    yield open_window
    for desk in opened:
        assert desk.visit.foreign() == []
        # Material says "Network error" when its page in the frame is loaded again while it fetches something
        complaints = [said for said in desk.visit.complaints if not any(one in said for one in HARMLESS)]
        assert complaints == []


@pytest.mark.parametrize("plain", [False, True], ids=["CodeMirror", "plain field"])
def test_what_is_typed_is_saved_and_seen_as_page_letter_and_text(at: At, issue: Path, plain: bool) -> None:
    desk = at(plain=plain)
    desk.type_at_end("\nA word that was not there.\n")
    desk.is_saved()
    assert "A word that was not there." in issue.read_text("utf-8")
    expect(desk.shown("page").get_by_text("A word that was not there.")).to_be_visible()
    desk.tab("Letter").click()
    expect(desk.shown("letter").get_by_text("A word that was not there.")).to_be_visible()
    desk.type_at_end("Another one.\n")
    expect(desk.shown("letter").get_by_text("Another one.")).to_be_visible()
    desk.tab("Text").click()
    expect(desk.page.get_by_label("The text part of the letter")).to_contain_text("Another one.")
    desk.tab("Feed").click()
    expect(desk.shown("feed").get_by_text("Another one.")).to_be_visible()


def test_the_letter_is_that_of_any_segments_together(at: At) -> None:
    desk = at()
    desk.tab("Letter").click()
    shown = desk.shown("letter")
    expect(shown.get_by_text("whom this letter is for").first).to_be_visible()
    desk.page.get_by_label("Readers in Bristol").check()
    expect(shown.get_by_text("at the Watershed")).to_be_visible()
    expect(shown.get_by_text("Since people follow you")).to_have_count(0)
    desk.page.get_by_label("People who lead a team").check()
    expect(shown.get_by_text("Since people follow you")).to_be_visible()
    expect(shown.get_by_text("at the Watershed")).to_be_visible()
    desk.page.get_by_label("Reader", exact=True).select_option("ada")
    expect(shown.get_by_text("Hello Ada,")).to_be_visible()
    desk.tab("Text").click()
    expect(desk.page.get_by_label("The text part of the letter")).to_contain_text("Since people follow you")
    desk.tab("Difference").click()
    expect(desk.page.get_by_label("Lines of the two letters")).to_contain_text("Added: I am at the Watershed")
    desk.page.reload()
    expect(desk.page.get_by_label("Lines of the two letters")).to_contain_text("Added: I am at the Watershed")


def test_a_link_out_of_the_letter_is_told_and_not_followed(at: At) -> None:
    desk = at()
    desk.tab("Letter").click()
    desk.shown("letter").get_by_role("link", name="View this issue in your browser").click()
    notice = desk.page.locator("#notice")
    expect(notice.get_by_role("link")).to_have_attribute("href", re.compile("/issues/welcome/$"))
    expect(desk.shown("letter").get_by_text(WELCOME).first).to_be_visible()
    assert desk.faults() == []
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()


def test_the_letter_is_shown_as_mail_programs_show_it(at: At) -> None:
    desk = at()
    desk.tab("Letter").click()
    body = desk.shown("letter").locator("body")
    light = body.evaluate("body => getComputedStyle(body).backgroundColor")
    for colours in ("dark", "gmail-dark", "outlook-dark"):
        desk.page.get_by_label("Colours").last.select_option(colours)
        expect(body).not_to_have_css("background-color", light)
    desk.page.get_by_label("Pictures").uncheck()
    expect(desk.shown("letter").get_by_text(WELCOME).first).to_be_visible()
    desk.page.get_by_label("Styles").uncheck()
    expect(desk.shown("letter").get_by_text(WELCOME).first).to_be_visible()
    desk.page.get_by_role("radio", name="320").check()
    expect(desk.page.locator("#panel-letter iframe:not(.loading)")).to_have_css("width", "320px")
    expect(desk.page.locator("#panel-letter .size")).to_contain_text("of 102 KB")
    expect(desk.page.locator(".inbox").get_by_text(WELCOME).first).to_be_visible()
    desk.tab("Facts").click()
    expect(desk.page.locator("#panel-facts")).to_contain_text("links")


@pytest.mark.parametrize("plain", [False, True], ids=["CodeMirror", "plain field"])
def test_a_mistake_is_listed_as_one_types_and_goes_when_it_is_mended(at: At, plain: bool) -> None:
    desk = at(plain=plain)
    expect(desk.shown("page").get_by_text("How it is made").first).to_be_visible()
    desk.type_at_end("\n/// only | nobodies\n\nNo.\n\n///\n")
    found = desk.page.locator("#findings").get_by_role("button", name="unknown segment 'nobodies'").first
    expect(found).to_be_visible()
    expect(desk.page.locator("#stale")).to_be_visible()
    expect(desk.shown("page").get_by_text("How it is made").first).to_be_visible()
    expect(desk.page.locator("#issues").get_by_text("mistake")).to_be_visible()
    if not plain:
        expect(desk.page.locator(".ts-error").first).to_have_text(re.compile("nobodies"))
    desk.page.keyboard.press("Control+Home")
    found.click()
    expect(desk.field).to_be_focused()
    desk.page.keyboard.press("Home")
    desk.page.keyboard.press("Shift+End")
    desk.page.keyboard.type("/// only | bristol")
    expect(desk.page.locator("#findings")).to_have_attribute("data-worst", re.compile("none|warning"))
    expect(desk.page.locator("#stale")).to_be_hidden()
    desk.is_saved()


def test_a_picture_is_dropped_and_its_words_are_asked_for(at: At, letter: Path, issue: Path) -> None:
    desk = at()
    desk.field.click()
    desk.page.keyboard.press("Control+End")
    desk.drop("Our Bridge.png", (ROOT / "content/images/bridge.png").read_bytes(), "image/png")
    dialog = desk.page.get_by_role("dialog", name="Picture")
    expect(dialog.get_by_role("img", name="The picture")).to_be_visible()
    dialog.get_by_role("button", name="Put it in").click()
    expect(dialog).to_be_visible()  # without words or a tick the browser asks for them
    dialog.get_by_label("In words").fill("A bridge over a wide river.")
    dialog.get_by_role("button", name="Put it in").click()
    expect(dialog).to_have_count(0)
    expect(desk.field).to_contain_text("![A bridge over a wide river.](")
    desk.is_saved()
    (source,) = re.findall(r"!\[A bridge over a wide river\.\]\(([^)\s]+)", issue.read_text("utf-8"))
    assert (issue.parent / source).is_file()
    expect(desk.shown("page").get_by_alt_text("A bridge over a wide river.").first).to_be_attached()


def test_of_two_windows_the_later_one_is_asked(at: At, issue: Path) -> None:
    first, second = at(), at()
    first.type_at_end("\nFrom the first.\n")
    first.is_saved()
    expect(second.field).to_contain_text("From the first.")  # it had nothing unsaved, so it follows
    second.page.context.set_offline(offline=True)
    second.type_at_end("From the second.\n")
    first.type_at_end("Again from the first.\n")
    first.is_saved()
    second.page.context.set_offline(offline=False)
    expect(second.conflict).to_contain_text("Again from the first.")
    assert "From the second." not in issue.read_text("utf-8")
    second.button("Keep mine").click()
    second.is_saved()
    assert "From the second." in issue.read_text("utf-8")
    expect(first.field).to_contain_text("From the second.")


@pytest.mark.parametrize("plain", [False, True], ids=["CodeMirror", "plain field"])
def test_both_sides_of_a_conflict_are_put_together_by_hand(at: At, issue: Path, plain: bool) -> None:
    desk = at(plain=plain)
    desk.page.context.set_offline(offline=True)
    desk.type_at_end("\nMine.\n")
    outside = issue.read_text("utf-8").replace("A quotation stands like this.", "Theirs.")
    issue.write_text(outside, "utf-8")
    desk.page.context.set_offline(offline=False)
    expect(desk.conflict).to_be_visible()
    desk.button("Both side by side").click()
    mine = desk.page.get_by_label("Yours, to edit")
    expect(desk.page.get_by_label("Theirs")).to_have_value(outside)
    mine.fill(mine.input_value().replace("A quotation stands like this.", "Theirs."))
    desk.button("Save the left text").click()
    expect(desk.conflict).to_be_hidden()
    desk.is_saved()
    text = issue.read_text("utf-8")
    assert "Theirs." in text
    assert "Mine." in text


def test_an_editor_outside_is_followed_and_theirs_can_be_taken(at: At, issue: Path) -> None:
    desk = at()
    issue.write_text(issue.read_text("utf-8") + "\nWritten outside.\n", "utf-8")
    expect(desk.field).to_contain_text("Written outside.")
    desk.page.context.set_offline(offline=True)
    desk.type_at_end("Never mind.")
    issue.write_text(issue.read_text("utf-8") + "\nOutside again.\n", "utf-8")
    desk.page.context.set_offline(offline=False)
    expect(desk.conflict).to_be_visible()
    desk.button("Take theirs").click()
    expect(desk.field).to_contain_text("Outside again.")
    expect(desk.field).not_to_contain_text("Never mind.")
    desk.is_saved()


def test_git_changes_the_branch_under_an_open_text(at: At, letter: Path, issue: Path) -> None:
    in_git(letter, "init", "-q", "-b", "main")
    in_git(letter, "add", "content", "mkdocs.yml")
    in_git(letter, "commit", "-qm", "one")
    in_git(letter, "checkout", "-qb", "other")
    issue.write_text(issue.read_text("utf-8") + "\nOn the other branch.\n", "utf-8")
    in_git(letter, "commit", "-qam", "two")
    desk = at()
    expect(desk.field).to_contain_text("On the other branch.")
    in_git(letter, "checkout", "-q", "main")
    expect(desk.field).not_to_contain_text("On the other branch.")
    desk.page.context.set_offline(offline=True)
    desk.type_at_end("\nNot saved yet.\n")
    in_git(letter, "checkout", "-q", "other")
    desk.page.context.set_offline(offline=False)
    expect(desk.conflict).to_be_visible()
    assert "On the other branch." in issue.read_text("utf-8")
    expect(desk.field).to_contain_text("Not saved yet.")


def test_a_text_that_is_gone_is_kept_in_the_field(at: At, issue: Path) -> None:
    desk = at()
    issue.unlink()
    expect(desk.conflict).to_contain_text("not there any more")
    desk.button("Keep mine").click()
    desk.is_saved()
    assert WELCOME in issue.read_text("utf-8")


def test_a_version_before_comes_back(at: At, issue: Path) -> None:
    desk = at()
    before = issue.read_text("utf-8")
    desk.type_at_end("\nA mistake of mine.\n")
    desk.is_saved()
    desk.type_at_end("Another one.\n")
    desk.is_saved()
    desk.button("Earlier versions").click()
    dialog = desk.page.get_by_role("dialog", name="Earlier versions")
    dialog.locator("li button").last.click()
    expect(dialog.locator("pre")).not_to_contain_text("A mistake of mine.")
    dialog.get_by_role("button", name="Bring this one back").click()
    expect(desk.field).not_to_contain_text("A mistake of mine.")
    desk.is_saved()
    assert issue.read_text("utf-8") == before


def test_what_could_not_be_saved_is_there_in_the_next_window(at: At, issue: Path) -> None:
    desk = at()
    desk.page.route(
        "**/_desk/source", lambda route: route.abort() if route.request.method == "PUT" else route.continue_()
    )
    desk.type_at_end("\nWritten on a train.\n")
    expect(desk.saved).to_contain_text("Not saved")
    desk.page.unroute("**/_desk/source")
    desk.page.reload()
    expect(desk.field).to_contain_text("Written on a train.")
    desk.is_saved()
    assert "Written on a train." in issue.read_text("utf-8")


def test_a_test_is_caught_and_shown_in_its_parts(at: At) -> None:
    desk = at()
    desk.button("Send me a test").click()
    dialog = desk.page.get_by_role("dialog", name="Send me a test")
    dialog.get_by_label("Address").fill("ada@sheet.test")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(dialog).to_contain_text("it went to nobody")
    expect(dialog.frame_locator("iframe").get_by_text(WELCOME).first).to_be_visible()
    for part, words in {
        "Text": WELCOME,
        "Headers": "Message-ID",
        "Raw": "Content-Type: multipart/alternative",
    }.items():
        dialog.get_by_role("tab", name=part).click()
        expect(dialog.get_by_role("tabpanel", name=part)).to_contain_text(words)
    dialog.get_by_role("button", name="Close").click()
    expect(desk.button("Send me a test")).to_be_focused()


def test_next_week_is_written_and_scheduled_with_keys_alone(at: At, letter: Path) -> None:
    desk = at()
    keys = desk.page.keyboard
    keys.press("Alt+n")
    expect(desk.page.get_by_label("Title")).to_be_focused()
    keys.type("Ask before you answer")
    keys.press("Enter")
    expect(desk.page.get_by_role("heading", name="Ask before you answer")).to_be_visible()
    (made,) = (letter / "content/tipsheets").rglob("*ask-before-you-answer.md")
    keys.press("Control+k")
    expect(desk.page.get_by_label("Find a text")).to_be_focused()
    keys.type("ask before")
    keys.press("Enter")
    keys.press("Control+k")
    keys.press("F6")
    expect(desk.field).to_be_focused()
    keys.press("Control+End")
    keys.type("\nA last sentence.\n")
    keys.press("Alt+i")
    expect(desk.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("Escape")
    keys.press("Control+s")
    expect(desk.page.get_by_role("status").filter(has_text="Saved").first).to_be_attached()
    desk.is_saved()
    assert "A last sentence." in made.read_text("utf-8")
    keys.press("Alt+2")
    expect(desk.tab("Letter")).to_be_focused()
    keys.press("ArrowRight")
    expect(desk.page.get_by_label("The text part of the letter")).to_contain_text("A last sentence.")
    draft = desk.page.get_by_label("Draft")
    if draft.is_checked():
        draft.focus()
        keys.press("Space")
    expect(desk.page.locator("#facts")).to_contain_text("Coming")
    keys.press("Alt+c")
    expect(desk.page.get_by_role("link", name="Ask before you answer")).to_be_visible()


def test_the_calendar_fills_and_moves(at: At, letter: Path) -> None:
    desk = at()
    desk.page.get_by_role("link", name="Calendar").click()
    desk.page.get_by_role("button", name=re.compile("New issue on")).first.click()
    dialog = desk.page.get_by_role("dialog", name="New issue")
    dialog.get_by_label("Title").fill("Count the questions")
    day = dialog.get_by_label("Date").input_value()
    dialog.get_by_role("button", name="Begin").click()
    expect(desk.page.get_by_role("heading", name="Count the questions")).to_be_visible()
    assert [file for file in (letter / "content").rglob("*.md") if f"date: {day}" in file.read_text("utf-8")]
    desk.page.get_by_role("link", name="Calendar").click()
    desk.page.get_by_role("button", name="A week later: Count the questions").click()
    expect(desk.page.locator(".slots > li.free").first).to_be_visible()
    expect(desk.page.locator(f".slots > li:has(time[datetime^='{day}'])")).not_to_contain_text("Count the questions")
    assert not [file for file in (letter / "content").rglob("*.md") if f"date: {day}" in file.read_text("utf-8")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(at: At, scheme: str) -> None:
    """axe-core finds nothing in any view, tab or dialog, in light and dark; at a phone's width nothing sticks out."""
    desk = at(color_scheme=scheme)
    desk.type_at_end("\n/// only | nobodies\n\nNo.\n\n///\n")
    expect(desk.page.locator("#findings-list button").first).to_be_visible()
    assert desk.faults() == []
    for form in ("Letter", "Text", "Feed", "Facts", "Difference"):
        desk.tab(form).click()
        expect(desk.page.get_by_role("tabpanel", name=form)).to_be_visible()
        assert desk.faults() == [], form
    for opener in ("New issue", "Shortcuts", "Send me a test", "Picture", "Link to an issue", "Earlier versions"):
        desk.button(opener).click()
        expect(desk.page.locator("dialog")).to_be_visible()
        assert desk.faults() == [], opener
        desk.page.keyboard.press("Escape")
        expect(desk.button(opener)).to_be_focused()
    desk.button("Block").click()
    expect(desk.page.get_by_role("menuitem").first).to_be_visible()
    assert desk.faults() == []
    desk.page.keyboard.press("Escape")
    desk.page.get_by_role("link", name="Calendar").click()
    expect(desk.page.locator(".slots")).to_be_visible()
    assert desk.faults() == []
    assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(250, 251, 249)" if scheme == "light" else "rgb(16, 24, 22)"
    )


@pytest.mark.parametrize("width", [390, 820])
def test_on_a_tablet_and_a_phone_each_part_is_a_touch_away(at: At, width: int) -> None:
    desk = at(viewport={"width": width, "height": 844})
    desk.button("Texts").click()
    expect(desk.page.get_by_label("Find a text")).to_be_visible()
    desk.page.get_by_role("link", name=WELCOME).click()
    desk.button("Write").click()
    expect(desk.field).to_be_visible()
    if width < 700:
        desk.button("Preview").click()
    expect(desk.tab("Page")).to_be_visible()
    assert desk.faults() == []
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_chosen_colours_stay(at: At) -> None:
    desk = at()
    desk.page.locator("#scheme").select_option("dark")
    expect(desk.page.locator("body")).to_have_css("background-color", "rgb(16, 24, 22)")
    desk.page.reload()
    expect(desk.page.locator("body")).to_have_css("background-color", "rgb(16, 24, 22)")


def test_a_desk_that_was_started_again_saves_what_was_typed_meanwhile(visit: Open, letter: Path, issue: Path) -> None:
    """The server has another token then; the page asks for it."""
    port = str(free_port())  # one that nobody is given while the desk is closed
    with serving(letter, "--port", port) as served:
        desk = DeskPage.open(visit(base=served.url, viewport=SIZE), served, issue.relative_to(letter).as_posix())
    desk.type_at_end("\nTyped while it was closed.\n")
    expect(desk.saved).to_contain_text("Not saved")
    with serving(letter, "--port", port):
        desk.is_saved()
        assert "Typed while it was closed." in issue.read_text("utf-8")
        assert desk.page.evaluate(SEVERAL_AT_ONCE) == [0, 0, 0, 0]


SEVERAL_AT_ONCE = """async () => {
    const { post } = await import(new URL("static/api.js?with-the-token-of-this-page", document.baseURI));
    const path = location.hash.slice(2), text = "Looked at by several.";
    const answers = await Promise.allSettled([1, 2, 3, 4].map(() => post("check", { path, text })));
    return answers.map(one => one.reason?.status ?? 0);
}"""
"""Statuses of four requests that are refused together: the page holds the token of the desk before. 0 is an answer."""


def test_the_sample_is_open_at_the_desk(visit: Open, tmp_path: Path) -> None:
    """Its lists, search, and the state of each issue."""
    for name in ("content", "overrides"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with serving(tmp_path, "--no-service") as served:
        desk = DeskPage.open(visit(base=served.url, viewport=SIZE), served)
        expect(desk.page.locator("#issues")).to_contain_text("Draft")
        desk.page.get_by_label("Find a text").fill("counter-offer")
        expect(desk.page.locator("#issues a")).to_have_count(1)
        desk.page.keyboard.press("ArrowDown")
        desk.page.keyboard.press("Enter")
        expect(desk.page.get_by_role("heading", name="The counter-offer, from both chairs")).to_be_visible()
        desk.page.get_by_label("Find a text").fill("")
        desk.tab("Other texts").or_(desk.page.locator("#tab-others")).first.click()
        expect(desk.page.locator("#others")).to_contain_text("Articles")
        assert desk.visit.foreign() == []
