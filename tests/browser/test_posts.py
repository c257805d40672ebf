"""The page of an issue as a reader sees it: its first words, one left edge, what comes after the action, paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.server import serving
from tests.folders import issue, write_png, write_publication
from tests.site.builders import build, with_settings

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

WINDOWS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
POSTS = [
    "issues/ask-one-more-question-before-you-quote/", "issues/the-quiet-customer/", "issues/how-to-leave-well/",
    "issues/say-the-price-while-the-coffee-is-hot/", "articles/i-sold-my-evenings-first/",
    "for/managers/ask-one-more-question-before-you-quote/", "for/jobseekers/praise-the-question/",
]  # fmt: skip
"""Posts of the sample: long titles and leads, one that is reprinted, some as two segments read them."""
LONG = "When the customer asks for a discount, ask what would have to be true for the price to be fair to both"
LEAD = "A lead of some length, which says in two sentences what stands below. It goes on for longer than most leads do."


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site whose issues have a title of a hundred letters, with a picture (``b``) and without (``c``)."""
    folder, text = tmp_path_factory.mktemp("long"), "Here the text begins, with a word or two.\n\nHere it goes on."
    picture = "image: {src: ../../images/cover.png, alt: Grey, credit: Ada}\n"
    words = {"title": f'"{LONG}"', "description": f'"{LEAD}"', "body": text}
    tables = {
        "mkdocs.yml": with_settings(subscribe="{url: 'https://lists.sheet.example/in'}"),
        "content/tipsheets/2026/b.md": issue(picture, id="b", date="2026-11-10", **words),
        "content/tipsheets/2026/c.md": issue(id="c", date="2026-11-03", **words),
    }
    root = write_publication(folder / "publication", tables)
    write_png(root / "content/images/cover.png")
    with serving(build(root, folder / "site")) as base:
        yield base


FIRST_WORDS = """() => {
  const words = document.querySelector(".ts-issue .ts-prose p").firstChild, range = document.createRange()
  range.setStart(words, 0)
  range.setEnd(words, 1)
  return range.getBoundingClientRect().bottom
}"""
EDGES = """() => {
  const found = {}
  for (const place of [
    ".ts-brand", ".ts-label", "h1", ".ts-lead", ".ts-byline", ".ts-issue__begin p", ".ts-issue__body p", ".ts-action",
    ".ts-onward a", "#ts-strip", ".ts-inline input", ".ts-folds summary", ".ts-folds .ts-tags",
  ]) {
    const element = [...document.querySelectorAll(`.ts-head ${place}, .ts-issue ${place}`)][0]
    if (element) found[place] = Math.round(element.getBoundingClientRect().left)
  }
  return found
}"""


def beginning(page: Page, window: dict[str, int]) -> list[str]:
    """What is wrong with the first view of this page."""
    page.set_viewport_size(window)
    edges = page.evaluate(EDGES)
    wrong = [f"{page.url}: {place} begins at {edge}" for place, edge in edges.items() if edge != edges["h1"]]
    bottom = page.evaluate(FIRST_WORDS)
    return wrong + ([f"{page.url}: first words end at {bottom}"] if bottom > window["height"] else [])


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_the_first_words_are_seen_and_all_begins_at_one_edge(visit: Open, long: str, window: dict[str, int]) -> None:
    """S16: masthead, head, text, action and what follows."""
    seen, other = visit(), visit(base=long)
    wrong = [problem for path in POSTS for problem in beginning(seen.go(path), window)]
    wrong += [problem for name in "bc" for problem in beginning(other.go(f"issues/{name}/"), window)]
    assert wrong == []


def test_the_picture_stands_beside_the_title_or_below_the_first_paragraph(visit: Open) -> None:
    """S16: at most 40 % of the grid; on a phone below the first paragraph."""
    page = visit(viewport=WINDOWS["desktop"]).go(POSTS[0])
    box = "selector => document.querySelector(selector).getBoundingClientRect().toJSON()"
    cover, head = page.evaluate(box, ".ts-issue__cover"), page.evaluate(box, ".ts-issue__head")
    assert cover["left"] >= head["right"]
    assert cover["top"] >= head["top"]
    assert cover["bottom"] <= page.evaluate(box, ".ts-issue__begin")["top"]
    assert cover["width"] <= 0.4 * 1116
    page.set_viewport_size(WINDOWS["phone"])
    cover, begin = page.evaluate(box, ".ts-issue__cover"), page.evaluate(box, ".ts-issue__begin")
    assert begin["bottom"] <= cover["top"]
    assert cover["bottom"] <= page.evaluate(box, ".ts-issue__body")["top"]


AFTER = """() => {
  const { bottom } = document.querySelector(".ts-issue .ts-action").getBoundingClientRect()
  const events = [...document.querySelectorAll(".ts-issue__body > .ts-action ~ .ts-event")]
  const text = events.reduce((sum, event) => sum + event.getBoundingClientRect().height, 0)
  return document.querySelector(".ts-foot").getBoundingClientRect().top - bottom - text
}"""


@pytest.mark.parametrize(("window", "limit"), [("desktop", 900), ("phone", 1000)])
def test_few_things_follow_the_action(visit: Open, window: str, limit: int) -> None:
    """S17: px between the action and the foot, events of the text apart; once 1,985 and 2,791."""
    seen = visit(viewport=WINDOWS[window])
    for path in POSTS[:4]:
        assert seen.go(path).evaluate(AFTER) <= limit, path


def test_rows_open_without_a_script(visit: Open) -> None:
    page = visit(java_script_enabled=False).go(POSTS[0])
    share = page.get_by_role("link", name="Forward to a friend")
    assert not share.is_visible()
    page.get_by_text("Pass it on, or answer").click()
    assert share.is_visible()
    page.get_by_text("An evening in Ghent").click()
    assert page.get_by_role("heading", name="Reading a job advert as a brief").is_visible()


def test_a_page_that_was_made_long_ago_says_what_has_passed_since(visit: Open) -> None:
    """S18: the words of the build are put right by a script, until the next build does."""
    seen = visit()
    seen.page.clock.set_fixed_time("2026-11-24T06:59:59+01:00")
    page = seen.go(POSTS[0])
    expect(page.locator(".ts-action .ts-label")).to_contain_text("This week\u2019s action")
    expect(page.locator(".ts-action__facts")).not_to_contain_text("Past")
    seen.page.clock.set_fixed_time("2026-11-25T00:00:00+01:00")
    page = seen.go(POSTS[0])
    expect(page.locator(".ts-action .ts-label")).to_contain_text("The action")
    expect(page.locator(".ts-action__facts")).to_contain_text("Past")
    page = seen.go("actions/")
    expect(page.locator(".ts-card").first.locator(".ts-label")).to_contain_text("No. 94")
    expect(page.locator(".ts-card--now")).to_have_count(0)
    seen.page.clock.set_fixed_time("2026-11-24T06:59:59+01:00")
    expect(seen.go("actions/").locator(".ts-card--now .ts-label")).to_contain_text("This week")
    assert seen.complaints == []


@pytest.mark.parametrize(
    ("path", "short"),
    [
        (POSTS[0], "halfturn.example/i/2026-w47/"),
        ("articles/the-long-no/", "halfturn.example/i/article-the-long-no/"),
        (POSTS[5], f"halfturn.example/{POSTS[5]}"),
    ],
)
def test_paper_has_the_masthead_and_a_short_address_on_every_sheet(visit: Open, path: str, short: str) -> None:
    """S23: the permanent one, but where a segment reads another text. Browsers repeat the head of a table."""
    page = visit(color_scheme="dark").go(path)
    assert not page.locator(".ts-paper").is_visible()
    page.emulate_media(media="print")
    head = page.locator(".ts-paper")
    assert " ".join(head.inner_text().split()) == f"Half Turn {short}"
    styles = "([head, table]) => [head.display, head.breakInside, table.display]"
    computed = f"head => ({styles})([head, head.parentElement].map(element => getComputedStyle(element)))"
    assert head.evaluate(computed) == ["table-header-group", "avoid", "table"]
    for chrome in (".ts-head", ".ts-after", ".ts-foot", ".ts-issue__cover"):
        assert not page.locator(chrome).is_visible()


def test_a_printed_card_has_the_short_address(visit: Open) -> None:
    page = visit().go(POSTS[0])
    page.evaluate("document.documentElement.classList.add('ts-print-card')")
    page.emulate_media(media="print")
    assert page.locator(".ts-lines__url").inner_text() == "halfturn.example/i/2026-w47/"
    assert not page.locator(".ts-paper").is_visible()


def test_text_of_twice_the_size_fits_a_phone(visit: Open) -> None:
    """S20: the site's own size is 125 %."""
    page = visit(viewport=WINDOWS["phone"]).go(POSTS[0])
    page.add_style_tag(content="html { font-size: 250% !important }")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
