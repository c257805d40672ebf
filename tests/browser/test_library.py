"""An action library of several pages: what a reader finds in it with a script, and without."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, Visit
from tests.browser.server import serving
from tests.folders import write_publication
from tests.site.builders import build, with_settings

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]

COUNT = 150
"""Issues, one a day: on the pages of the library stand 54, 48 and 48 of their actions."""
CARD = ".ts-card"
Shelf = Callable[..., Visit]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    first = dt.date(2026, 11, 17) - dt.timedelta(days=COUNT)
    tables = {
        f"content/tipsheets/i{n}.md": f"---\nid: i-{n}\ntitle: Issue {n}\ndate: {first + dt.timedelta(days=n)}\n"
        f"description: About {n}.\nauthors: [ada]\ntags: [{'odd' if n % 2 else 'even'}{', rare' * (n == 1)}]\n---\n\n"
        f"Text.\n\n/// action | Do {n} {{ id=do-{n} }}\n\n1. Step.\n\n///\n"
        for n in range(1, COUNT)
    }
    tables["content/actions/later.md"] = "---\nid: later\ntitle: Later\n---\n\n1. Wait.\n"
    folder = tmp_path_factory.mktemp("library")
    return build(write_publication(folder / "publication", {"mkdocs.yml": with_settings(), **tables}), folder / "site")


@pytest.fixture
def shelf(visit: Open, site: Path) -> Iterator[Shelf]:
    """Open a page of the library."""

    def opened(path: str = "actions/", **options: object) -> Visit:
        seen = visit(base=base, **options)
        seen.go(path).wait_for_load_state("networkidle")
        return seen

    with serving(site) as base:
        yield opened


def test_filters_look_through_all_pages(shelf: Shelf) -> None:
    seen = shelf()
    page = seen.page
    expect(page.locator("[data-ts-progress] p")).to_have_text("0 of 151 done")
    assert not [url for url in seen.requests if "index.json" in url or "/page/" in url]
    page.locator("label", has_text="odd").click()
    expect(page.locator("[data-ts-shown]")).to_have_text("75 of 151 actions fit")
    expect(page.locator(CARD)).to_have_count(48)
    assert page.locator(".ts-pager").is_hidden()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(CARD)).to_have_count(75)
    assert page.get_by_role("button", name="Show more").is_hidden()
    page.locator("label", has_text="Any subject").click()
    expect(page.locator(CARD)).to_have_count(55)
    assert page.locator(".ts-pager").is_visible()
    page.locator("label", has_text="rare").click()
    expect(page.locator(CARD)).to_have_count(1)
    page.get_by_role("link", name="Do 1", exact=True).click()
    page.wait_for_url("**/issues/i1/#action-do-1")
    assert seen.complaints == []


def test_the_address_of_an_action_leads_to_it_wherever_it_stands(shelf: Shelf) -> None:
    page = shelf("actions/#action-do-1").page
    page.wait_for_url("**/actions/page/1/#action-do-1")
    assert page.locator(f"{CARD}:target").is_visible()
    page = shelf("actions/#action-later").page
    assert page.url.endswith("actions/#action-later")
    assert page.locator(f"{CARD}:target").is_visible()
    page = shelf("actions/#tag-rare").page
    expect(page.locator(CARD)).to_have_count(1)


def test_ticks_on_every_page_are_counted(shelf: Shelf) -> None:
    seen = shelf("actions/page/1/")
    seen.page.locator("#action-do-1").get_by_label("Done: Do 1").check()
    seen.go("actions/")
    expect(seen.page.locator("[data-ts-progress] p")).to_have_text("1 of 151 done")
    seen.page.locator("#action-do-149").get_by_label("Done: Do 149").check()
    expect(seen.page.locator("[data-ts-progress] p")).to_have_text("2 of 151 done")
    seen.page.locator("label", has_text="rare").click()
    expect(seen.page.get_by_label("Done: Do 1", exact=True)).to_be_checked()


def test_what_the_network_refused_is_fetched_when_it_is_wanted_again(shelf: Shelf) -> None:
    page = shelf().page
    for what in ("**/*.json", "**/actions/page/*/"):
        page.route(what, lambda route: route.abort(), times=1)
    page.locator("label", has_text="rare").click()
    page.locator("label", has_text="even").click()
    expect(page.locator("[data-ts-shown]")).to_have_text("74 of 151 actions fit")
    page.locator("label", has_text="odd").click()
    expect(page.locator(CARD)).to_have_count(48)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator(CARD)).to_have_count(75)


def test_without_a_script_links_lead_through_all_pages(shelf: Shelf) -> None:
    page = shelf(java_script_enabled=False).page
    found: list[str] = []
    for number in (1, 2, 3):
        found += [card.get_attribute("id") or "" for card in page.locator(CARD).all()]
        assert page.get_by_role("button", name="Show more").is_hidden()
        if number < 3:
            page.get_by_role("link", name="Further back").click()
            page.wait_for_load_state()
    assert sorted(found) == sorted(["action-later", "action-ask-first", *(f"action-do-{n}" for n in range(1, COUNT))])
    page.get_by_role("link", name="Further on").click()
    page.get_by_role("link", name="Action library").first.click()
    expect(page).to_have_url(re.compile("/actions/$"))


def test_without_a_script_lists_stand_where_the_filters_are(shelf: Shelf) -> None:
    """Filters that see one page of three would say that there is nothing else."""
    page = shelf(java_script_enabled=False).page
    assert page.get_by_role("radio").count() == 0
    assert not page.get_by_text("Tick what you have done").is_visible()
    lists = page.locator(".ts-unscripted")
    assert lists.get_by_role("link").all_inner_texts() == ["Managers", "Sellers", "Even", "Odd", "Rare"]
    lists.get_by_role("link", name="Rare").click()
    page.wait_for_url("**/tags/rare/")
    assert page.locator(".ts-row").inner_text().split("\n")[-1] == "Do Do 1"
    assert shelf().page.locator(".ts-unscripted").is_hidden()
