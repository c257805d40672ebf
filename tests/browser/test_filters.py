"""The filters of the library, and the segment that a form is opened for: what was chosen is in the address."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

CHOSEN = "[...document.querySelectorAll('.ts-lib [type=radio]:checked')].map(box => box.id)"
WIDTHS = "[...document.querySelectorAll('.ts-chips label')].map(label => label.getBoundingClientRect().width)"


def test_a_library_asks_for_no_layout_until_something_is_chosen(visit: Open) -> None:
    """Lighthouse: a layout that a script forces while a page is loaded blocks a telephone for 200 ms."""
    seen = visit()
    count = "const ask = Element.prototype.getClientRects; Element.prototype.getClientRects = function () "
    seen.page.add_init_script(f"window.asked = 0; {count} {{ window.asked += 1; return ask.call(this) }}")
    page = seen.go("actions/")
    assert page.evaluate("asked") == 0
    page.get_by_role("radio", name="Managers").check()
    expect(page.locator("[data-ts-shown]")).not_to_be_empty()
    assert page.evaluate("asked") > 0


def test_all_that_is_chosen_stands_in_the_address_and_comes_back(visit: Open) -> None:
    seen = visit()
    page = seen.go("actions/")
    page.get_by_role("radio", name="Managers").check()
    page.get_by_role("radio", name="30 minutes or less").check()
    expect(page).to_have_url(re.compile("actions/#managers,within-30$"))
    chosen = ["managers", "within-30", "all-tag"]
    shown = page.locator(".ts-card:visible").count()
    page.reload()
    assert page.evaluate(CHOSEN) == chosen
    page.locator(".ts-card:visible h2 a").first.click()
    page.wait_for_url(lambda url: "actions/" not in url)
    page.go_back()
    page.wait_for_url("**/actions/**")
    assert page.evaluate(CHOSEN) == chosen
    assert page.locator(".ts-card:visible").count() == shown
    other = page.context.new_page()
    other.goto(page.url)
    assert other.evaluate(CHOSEN) == chosen
    page.get_by_role("radio", name="All", exact=True).check()
    page.get_by_role("radio", name="Any time").check()
    expect(page).to_have_url(re.compile("actions/$"))


def test_a_filter_is_as_wide_when_it_is_chosen(visit: Open) -> None:
    page = visit(viewport={"width": 1280, "height": 800}).go("actions/")
    before = page.evaluate(WIDTHS)
    for name in ("Sellers", "15 minutes or less", "Pricing"):
        page.get_by_role("radio", name=name).check()
        assert page.evaluate(WIDTHS) == before


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_filters_fold_on_a_phone_and_nowhere_else(visit: Open, scripts: bool) -> None:
    phone = visit(viewport={"width": 390, "height": 844}, java_script_enabled=scripts).go("actions/")
    managers = phone.get_by_text("Managers", exact=True)
    expect(managers).to_be_hidden()
    phone.get_by_text(re.compile("^Filter")).click()
    expect(managers).to_be_visible()
    phone.locator("#managers").check()
    if scripts:
        expect(phone.locator("summary", has_text="Filter")).to_have_text("Filter (1)")
    desk = visit(viewport={"width": 1280, "height": 800}, java_script_enabled=scripts).go("actions/")
    expect(desk.get_by_text("Managers", exact=True)).to_be_visible()
    expect(desk.get_by_text(re.compile("^Filter$"))).to_be_hidden()


def test_a_segment_leads_to_the_form_with_it_chosen(visit: Open) -> None:
    page = visit().go("for/managers/")
    page.get_by_role("link", name="Subscribe as a manager").click()
    page.wait_for_url("**/subscribe/#managers")
    assert page.evaluate("[...document.querySelectorAll('[name=segments]:checked')].map(box => box.value)") == [
        "managers"
    ]
    expect(page.locator("#managers")).to_be_in_viewport()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_first_sight_of_home_has_promise_field_and_newest_issue(visit: Open, width: int, height: int) -> None:
    page = visit(viewport={"width": width, "height": height}).go("")
    for part in (
        ".ts-pitch h1",
        ".ts-pitch .ts-lead",
        "#ts-front-email",
        ".ts-pitch button",
        ".ts-pitch__get",
        "#ts-newest",
    ):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
