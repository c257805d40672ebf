"""The colours of pages: the system's until a reader chooses, and a button that says which they are."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.server import serving
from tests.conftest import Write
from tests.folders import MKDOCS
from tests.site.builders import build

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

NAME = "Dark colours"
GROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(250, 251, 249)", "rgb(16, 24, 22)"
LIGHT_ENTRY, DARK_ENTRY = "{scheme: default, toggle: {icon: material/weather-night, name: x}}", "{scheme: slate}"


@pytest.mark.parametrize(("system", "ground"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_system_decides_until_a_reader_does(visit: Open, system: str, ground: str, scripts: bool) -> None:
    page = visit(color_scheme=system, java_script_enabled=scripts).go("issues/ask-one-more-question-before-you-quote/")
    assert page.evaluate(GROUND) == ground
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == system
    page.locator(".ts-page").evaluate("page => page.insertAdjacentHTML('beforeend', '<p class=ts-when-dark>Dark')")
    assert page.locator("p.ts-when-dark").is_visible() is (system == "dark")


def test_the_button_has_a_name_and_a_state_and_is_worked_by_keys(visit: Open) -> None:
    page = visit(color_scheme="light").go("")
    button = page.get_by_role("button", name=NAME)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(GROUND) == DARK
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(GROUND) == LIGHT


def test_a_choice_is_remembered_and_seen_in_other_tabs(visit: Open) -> None:
    seen = visit(color_scheme="light")
    page = seen.go("")
    page.get_by_role("button", name=NAME).click()
    other = page.context.new_page()
    other.goto(seen.base + "archive/")
    expect(other.get_by_role("button", name=NAME)).to_have_attribute("aria-pressed", "true")
    assert other.evaluate(GROUND) == DARK
    other.get_by_role("button", name=NAME).click()
    expect(page.get_by_role("button", name=NAME)).to_have_attribute("aria-pressed", "false")


def test_the_page_goes_with_the_system_as_long_as_nothing_else_was_chosen(visit: Open) -> None:
    page = visit(color_scheme="light").go("")
    button = page.get_by_role("button", name=NAME)
    page.emulate_media(color_scheme="dark")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()  # light, although the system is dark
    page.reload()
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()  # as the system again, which needs no memory
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('tipsheet:scheme'))") == []
    page.emulate_media(color_scheme="light")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_the_first_sight_is_in_the_colours_that_were_chosen(visit: Open) -> None:
    """Nothing is shown before the script has run: it stands in the head, before the sheets, and waits for nothing."""
    seen = visit(color_scheme="light")
    page = seen.go("")
    page.get_by_role("button", name=NAME).click()
    seen.page.route("**/*bundle*", lambda route: route.abort())
    page.goto(f"{seen.base}archive/", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.tsScheme") == "dark"
    head = page.evaluate("document.head.innerHTML")
    assert head.index("assets/tipsheet.js") < head.index('rel="stylesheet"')
    script = re.search(r"<script[^>]*assets/tipsheet.js[^>]*>", head)
    assert script is not None
    assert not re.search("defer|async|module", script[0])


@pytest.mark.parametrize(
    ("palette", "system", "button", "ground"),
    [
        (f"[{LIGHT_ENTRY}, {DARK_ENTRY}]", "dark", 1, LIGHT),
        (f"[{DARK_ENTRY}, {LIGHT_ENTRY}]", "light", 1, DARK),
        ("[{scheme: default}, {scheme: slate, media: '(prefers-color-scheme: dark)'}]", "dark", 0, DARK),
        ("{scheme: default}", "dark", 0, LIGHT),
        ("{scheme: slate}", "light", 0, DARK),
    ],
    ids=["light first", "dark first", "the system alone", "light alone", "dark alone"],
)
def test_a_palette_of_another_kind_is_kept(
    visit: Open, publication: Write, *, palette: str, system: str, button: int, ground: str
) -> None:
    config = MKDOCS.replace("  font: false\n", f"  font: false\n  palette: {palette}\n")
    with serving(build(publication({"mkdocs.yml": config}))) as base:
        page = visit(base=base, color_scheme=system).go("")
        page.wait_for_load_state("networkidle")
        assert page.get_by_role("button", name=NAME).count() == button
        assert page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if ground == DARK else "default")
        if button:
            page.get_by_role("button", name=NAME).click()
            assert page.evaluate("document.body.dataset.mdColorScheme") == ("default" if ground == DARK else "slate")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_goes_back_when_search_is_closed(visit: Open, width: int) -> None:
    page = visit(viewport={"width": width, "height": 844}).go("archive/")
    page.wait_for_load_state("networkidle")
    if width < 1280:
        opener = page.locator("button.ts-find")
        opener.focus()
        page.keyboard.press("Enter")
    else:
        opener = page.get_by_role("button", name=NAME)
        opener.focus()
        page.keyboard.press("Tab")
    query = page.locator(".md-search__input")
    expect(query).to_be_focused()
    query.press_sequentially("quote")
    page.wait_for_selector(".md-search-result__item", state="attached")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator("#__search")).not_to_be_checked()


def test_search_is_closed_by_a_click_beside_it(visit: Open) -> None:
    page = visit(viewport={"width": 1280, "height": 800}).go("archive/")
    page.wait_for_load_state("networkidle")
    page.locator(".md-search__input").focus()
    expect(page.locator("#__search")).to_be_checked()
    page.mouse.click(40, 700)
    expect(page.locator("#__search")).not_to_be_checked()
