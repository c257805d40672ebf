"""The site in a real browser: what readers do with it, and what it must never do to them."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import AXE, Open, Visit, add_axe
from tests.browser.server import recording, serving
from tests.conftest import Write
from tests.folders import issue, write_publication
from tests.sample import Sample
from tests.site.builders import build, with_settings

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

ISSUE = "issues/ask-one-more-question-before-you-quote/"
KINDS = {
    "home": "",
    "issue": ISSUE,
    "issue of a segment": "for/managers/ask-one-more-question-before-you-quote/",
    "issue with tasks": "issues/how-to-leave-well/",
    "article": "articles/the-long-no/",
    "archive": "archive/",
    "year": "archive/2025/",
    "subjects": "tags/",
    "subject": "tags/selling/",
    "authors": "authors/",
    "author": "authors/mara/",
    "actions": "actions/",
    "events": "events/",
    "subscribe": "subscribe/",
    "segment": "for/managers/",
    "ordinary": "about/",
    "lost": "404.html",
}
STEPS = "[data-ts-step]"
COUNT = "[data-ts-count]"
SHOWN = ".ts-card:visible"


def kinds(test):
    return pytest.mark.parametrize("path", KINDS.values(), ids=KINDS.keys())(test)


def test_ticks_survive_a_reload_and_a_navigation(visit: Open) -> None:
    page = visit().go(ISSUE)
    expect(page.locator(COUNT)).to_have_text("0 of 4 done")
    page.get_by_label("Pick one quote you expect to send this week.").check()
    page.locator(STEPS).nth(2).check()
    expect(page.locator(COUNT)).to_have_text("2 of 4 done")

    page.reload()
    assert [box.is_checked() for box in page.locator(STEPS).all()] == [True, False, True, False]
    expect(page.locator(COUNT)).to_have_text("2 of 4 done")

    page.get_by_role("link", name="Archive", exact=True).click()
    page.wait_for_url("**/archive/**")
    page.go_back()
    page.wait_for_selector(STEPS)
    expect(page.locator(f"{STEPS}:checked")).to_have_count(2)

    page.locator(STEPS).first.uncheck()
    page.reload()
    expect(page.locator(f"{STEPS}:checked")).to_have_count(1)


def test_ticks_are_kept_under_names_that_last(visit: Open) -> None:
    """Publication, action and number: not the words, not the address of the page."""
    page = visit().go(ISSUE)
    page.locator(STEPS).first.check()
    keys = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('tipsheet:'))")
    assert keys == ["tipsheet:halfturn.example/#ask-if-nothing-changes:1"]


def test_the_library_knows_what_was_done(visit: Open) -> None:
    page = visit().go(ISSUE)
    for box in page.locator(STEPS).all():
        box.check()
    expect(page.locator(COUNT)).to_have_text("All 4 done. Good.")

    page.get_by_role("link", name="Actions", exact=True).click()
    page.wait_for_url("**/actions/")
    cards = page.locator(".ts-card").count()
    expect(page.locator("[data-ts-progress] p")).to_have_text(f"1 of {cards} done")
    assert page.locator("progress").evaluate("bar => bar.value") == 1
    page.get_by_label(re.compile("^Done: Name a range")).check()
    page.reload()
    expect(page.locator("[data-ts-progress] p")).to_have_text(f"2 of {cards} done")

    page.get_by_role("link", name="Name a range").click()
    page.wait_for_url("**/issues/**")
    expect(page.locator(f"{STEPS}:not(:checked)")).to_have_count(0)


def test_a_tick_is_seen_in_the_other_tab(visit: Open) -> None:
    first = visit()
    page = first.go(ISSUE)
    other = page.context.new_page()
    other.goto(first.base + ISSUE)
    other.locator(STEPS).first.check()
    page.wait_for_selector(f"{STEPS}:checked")
    expect(page.locator(COUNT)).to_have_text("1 of 4 done")


def test_a_browser_that_keeps_nothing_ticks_all_the_same(visit: Open) -> None:
    seen = visit()
    refused = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    seen.page.route("**/assets/tipsheet.js", lambda route: _with(route, f"{refused};"))
    page = seen.go(ISSUE)
    page.locator(STEPS).first.check()
    expect(page.locator(COUNT)).to_have_text("1 of 4 done")
    assert seen.complaints == []


def _with(route, before: str) -> None:
    response = route.fetch()
    route.fulfill(response=response, body=before + response.text())


@pytest.fixture(scope="module")
def instant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with Material's navigation without loading, and comments by giscus.app; its address."""
    giscus = "{giscus: {repo: test/sheet, repo_id: R_1, category: Letters, category_id: C_1}}"
    config = with_settings(comments=giscus).replace("  font: false", "  font: false\n  features: [navigation.instant]")
    tables = {"mkdocs.yml": config, "content/tipsheets/b.md": issue(id="b", date="2026-11-10", title="Before")}
    folder = tmp_path_factory.mktemp("instant")
    with serving(folder / "site") as base:
        tables["mkdocs.yml"] = tables["mkdocs.yml"].replace("https://sheet.example/", base, 1)
        build(write_publication(folder / "publication", tables), folder / "site")
        yield base


def test_ticks_filters_and_menu_follow_navigation_without_loading(visit: Open, instant: str) -> None:
    seen = visit(base=instant)
    page = seen.go("")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Ask one question").first.click()
    expect(page.locator(COUNT)).to_have_text("0 of 2 done")  # the script has seen the new page
    page.locator(STEPS).first.check()
    expect(page.locator(COUNT)).to_have_text("1 of 2 done")
    page.locator(STEPS).nth(1).check()
    page.get_by_role("link", name="Actions", exact=True).click()
    page.wait_for_selector(".ts-lib")
    expect(page.locator("[data-ts-progress] p")).to_have_text("1 of 2 done")
    expect(page.locator(".ts-menu [aria-current]")).to_have_text("Actions")
    page.locator("#managers").check()
    expect(page.locator(SHOWN)).to_have_count(2)
    page.get_by_role("link", name="Ask one question").first.click()
    page.wait_for_selector(STEPS)
    expect(page.locator(f"{STEPS}:checked")).to_have_count(2)
    assert page.evaluate("window.stays")
    assert seen.foreign() == []


def test_comments_are_fetched_from_elsewhere_only_when_asked_for(visit: Open, instant: str) -> None:
    seen = visit(base=instant)
    asked = []
    seen.page.route("https://giscus.app/**", lambda route: (asked.append(route.request.url), route.abort()))
    page = seen.go("issues/ask/")
    page.wait_for_load_state("networkidle")
    assert seen.foreign() == []
    if AXE.is_file():
        add_axe(page)
        assert violations(page) == []
    page.get_by_text("Comments", exact=True).click()
    with page.expect_event("requestfailed", lambda request: request.url.startswith("https://giscus.app/")):
        page.get_by_role("button", name="Show the comments from giscus.app").click()
    script = page.locator("script[src^='https://giscus.app']")
    assert script.get_attribute("data-repo") == "test/sheet"
    assert script.get_attribute("data-term") == "2026-w47"
    assert asked == ["https://giscus.app/client.js"]


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_filters_narrow_the_library(visit: Open, sample: Sample, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts).go("actions/")
    everything = page.locator(SHOWN).count()
    records = json.loads((sample.site / "api/actions.json").read_text(encoding="utf-8"))["actions"]
    assert everything == len(records)

    page.locator("label", has_text="Managers").click()
    managers = [r for r in records if "managers" in r["segments"]]
    assert page.locator(SHOWN).count() == len(managers) < everything
    page.locator("label", has_text="15 minutes or less").click()
    quick = [r for r in managers if r["minutes"] and r["minutes"] <= 15]
    assert 0 < page.locator(SHOWN).count() == len(quick) < len(managers)
    page.locator("label", has_text="Listening").click()
    listening = [r for r in quick if "listening" in r["tags"]]
    assert 0 < page.locator(SHOWN).count() == len(listening) < len(quick)
    for name in ("All", "Any time", "Any subject"):
        page.get_by_role("radio", name=name, exact=True).check()
    assert page.locator(SHOWN).count() == everything
    assert page.locator("[data-ts-progress]").is_visible() is scripts


def test_an_address_leads_to_a_filter(visit: Open) -> None:
    page = visit().go("actions/#managers")
    assert page.locator("#managers").is_checked()
    shown = page.locator(SHOWN).count()
    expect(page.locator("[data-ts-shown]")).to_have_text(f"{shown} of {page.locator('.ts-card').count()} actions fit")
    page.locator("label", has_text="Pricing").click()
    expect(page).to_have_url(re.compile("actions/#managers,tag-pricing$"))
    visit_of_a_segment = page.context.new_page()
    visit_of_a_segment.goto(page.url.partition("actions/")[0] + "for/sellers/")
    visit_of_a_segment.get_by_role("link", name="Their actions").click()
    visit_of_a_segment.wait_for_url("**/actions/#sellers")
    assert visit_of_a_segment.locator("#sellers").is_checked()


def test_links_can_be_copied(visit: Open) -> None:
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    page = seen.go(ISSUE)
    page.get_by_text("Pass it on, or answer").click()
    page.get_by_role("button", name="Copy the link").click()
    page.wait_for_selector("text=Link copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"https://halfturn.example/{ISSUE}"


def test_without_a_script_nothing_is_offered_that_needs_one(visit: Open) -> None:
    page = visit(java_script_enabled=False).go(ISSUE)
    assert page.locator(STEPS).count() == 4
    assert page.locator(STEPS).first.is_visible()
    page.get_by_text("Pick one quote you expect to send this week.").click()
    assert page.locator(STEPS).first.is_checked()
    assert page.locator(COUNT).is_hidden()
    assert not [b for b in page.locator(".ts-page button").all() if b.is_visible() and b.text_content() != "Subscribe"]
    assert page.get_by_role("link", name="Add to calendar").first.is_visible()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_every_card_prints_on_one_page(visit: Open, sample: Sample, paper: str) -> None:
    seen = visit(color_scheme="dark")
    for post in sample.publication.issues_for():
        page = seen.go(post.url)
        page.evaluate("window.print = () => {}")
        page.get_by_role("button", name="Print the card").click()
        page.emulate_media(media="print")
        visible = page.evaluate(VISIBLE_TEXT)
        assert visible.startswith(("Half Turn This week", "Half Turn The action"))
        assert "What I heard" in visible
        assert "Subscribe" not in visible
        page.evaluate("document.documentElement.classList.add('ts-print-card')")
        assert pages_of(page.pdf(format=paper)) == 1, post.url
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator(".ts-head").is_visible()


VISIBLE_TEXT = "document.body.innerText.replace(/\\s+/g, ' ').trim()"


def pages_of(pdf: bytes) -> int:
    """Page objects of a PDF as Chromium writes it."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_the_form_posts_to_the_list_service(visit: Open, publication: Write, scripts: bool) -> None:
    with recording() as (service, received):
        config = with_settings(subscribe=f"{{url: '{service}in'}}")
        with serving(build(publication({"mkdocs.yml": config}))) as base:
            page = visit(base=base, java_script_enabled=scripts).go("subscribe/")
            page.get_by_label("First name").fill("Zoë")
            page.get_by_label("Last name").fill("O'Neil & Co")
            page.get_by_label("E-mail address").first.fill("zoe@example.org")
            page.get_by_label("Managers").check()
            page.get_by_label(re.compile("I want this letter")).check()
            page.get_by_role("button", name="Send me the confirmation").click()
            page.wait_for_selector("text=Thanks")
            page.goto(base)
            page.get_by_label("Your e-mail address").first.fill("short@example.org")
            page.get_by_role("button", name="Subscribe").first.click()
            page.wait_for_selector("text=Thanks")
    whole = {
        "first_name": ["Zoë"],
        "last_name": ["O'Neil & Co"],
        "email": ["zoe@example.org"],
        "segments": ["managers"],
        "consent": ["yes"],
        "website": [""],
    }
    assert received == [
        ("/in", whole),
        ("/in", {"email": ["short@example.org"], "consent": ["yes"], "website": [""]}),
    ]


@kinds
def test_no_request_leaves_the_host_and_nothing_complains(visit: Open, path: str) -> None:
    """S5: nor is a cookie set. Search, which fetches its index when used, is used."""
    seen = visit()
    page = seen.go(path)
    page.wait_for_load_state("networkidle")
    page.locator(".md-search__input").press_sequentially("quote")
    page.wait_for_selector(".md-search-result__item", state="attached")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert seen.requests
    assert not [url for url in seen.requests if url.endswith("sitemap.xml")]
    assert seen.foreign() == []
    assert page.context.cookies() == []
    assert seen.complaints == []


@pytest.mark.parametrize("path", [ISSUE, "actions/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_ticked_is_accessible_by_axe(visit: Open, path: str, scheme: str) -> None:
    """S6; tests/browser/test_every_page.py looks at every page as it comes."""
    if not AXE.is_file():
        pytest.skip("needs axe-core from npm")
    page = visit(color_scheme=scheme, viewport={"width": 1280, "height": 900}).go(path)
    assert page.get_attribute("body", "data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]
    add_axe(page)
    assert violations(page) == []
    if page.locator(".ts-lib, .ts-action").count():
        for box in page.locator(".ts-action input, .ts-card input[type=checkbox]").all()[:4]:
            box.evaluate("box => box.click()")
        assert violations(page) == []


def violations(page) -> list[str]:
    """What axe finds, as rule and place."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    run = "options => axe.run(options).then(found => found.violations)"
    found = page.evaluate(run, {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]})
    return [f"{v['id']}: {node['html'][:120]}" for v in found for node in v["nodes"]]


STOPS = """() => {
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  const groups = new Set()
  return stops.filter((stop) => {
    if (stop.tabIndex < 0 || stop.disabled || !stop.checkVisibility({visibilityProperty: true})) return false
    if (stop.type !== "radio") return true
    if (groups.has(stop.name)) return false
    return groups.add(stop.name)
  }).length
}"""


@pytest.mark.parametrize("path", ["", ISSUE, "actions/", "subscribe/", "archive/"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_keyboard_reaches_everything_and_the_focus_is_seen(visit: Open, path: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}, reduced_motion="reduce").go(path)
    page.wait_for_load_state("networkidle")
    page.add_style_tag(content=STILL)
    picture = partial(page.context.new_cdp_session(page).send, "Page.captureScreenshot", QUICKLY)
    expected = page.evaluate(STOPS)
    reached, unseen = 0, []
    for _ in range(expected + 20):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement === document.body ? '' : document.activeElement.outerHTML")
        if not at:
            break
        reached += 1
        if page.evaluate("document.activeElement.matches('.md-search__input')"):
            page.wait_for_function("document.querySelector('#__search').checked")  # its script is fetched only now
        if reached < 30 and not focus_is_seen(page, picture):
            unseen.append(at[:120])
    assert unseen == []
    assert reached >= expected


STILL = "*, ::before, ::after { transition: none !important; animation: none !important; caret-color: transparent }"
QUICKLY = {"format": "png", "optimizeForSpeed": True}
"""Asked of Chromium itself: Playwright's own pictures take twice as long."""


def focus_is_seen(page, picture: Callable[[], dict[str, str]]) -> bool:
    """Whether the picture changes when the focus goes; the next Tab goes on from there."""
    with_focus = picture()["data"]
    page.evaluate("document.activeElement.blur()")
    return with_focus != picture()["data"]


@kinds
@pytest.mark.parametrize("width", [320, 360])
def test_nothing_stands_out_sideways(visit: Open, path: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).go(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_script_is_small_and_the_only_one_of_ours(visit: Open, sample: Sample) -> None:
    seen: Visit = visit()
    page = seen.go(ISSUE)
    page.wait_for_load_state("networkidle")
    scripts = {url.removeprefix(seen.base) for url in seen.requests if url.endswith(".js")}
    assert {url for url in scripts if "javascripts" not in url} == {"assets/tipsheet.js"}
    assert len(gzip.compress((sample.site / "assets/tipsheet.js").read_bytes())) < 4 * 1024
    assert page.locator("script[src='../../assets/tipsheet.js']").count() == 1
    unsized = "[...document.images].filter(i => !i.getAttribute('width') || !i.getAttribute('height')).length"
    assert page.evaluate(unsized) == 0
