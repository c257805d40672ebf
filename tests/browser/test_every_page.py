"""Every page of the sample, not a selection: axe in light and dark, and text of twice the size on small screens."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import lxml.html
import pytest
from playwright import sync_api

from tests.browser.conftest import AXE, PATIENCE, Launch, Open, add_axe
from tests.sample import Sample

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]  # what is tried here was built before

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""The rules that depend on the scheme: the elements of a page are the same in both."""
PARTS = 4
"""Of the pages, so that several processes share them."""
RUN = "options => axe.run(options).then(found => found.violations)"


def pages_of(site: Path) -> list[str]:
    """Addresses of all pages that are seen: those that lead on are left at once."""
    files = [file for file in sorted(site.rglob("*.html")) if 'http-equiv="refresh"' not in file.read_text("utf-8")]
    return [file.relative_to(site).as_posix().removesuffix("index.html") for file in files]


def violations(page: sync_api.Page, options: object) -> list[str]:
    """What axe finds, as rule and place."""
    found = page.evaluate(RUN, options)
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page(visit: Open, sample: Sample, part: int) -> None:
    """S20: WCAG 2.2, A and AA, in light; then what depends on colours in dark."""
    if not AXE.is_file():
        pytest.skip("needs axe-core from npm")
    pages = pages_of(sample.site)
    assert len(pages) > 60
    seen = visit(color_scheme="light", viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    found = {}
    for path in pages[part::PARTS]:
        page = seen.go(path)
        add_axe(page)
        light = violations(page, EVERYTHING)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
        dark = violations(page, COLOURS)
        page.emulate_media(color_scheme="light")
        if light or dark:
            found[path] = light, dark
    assert found == {}


def test_headings_skip_no_level_and_links_of_ours_say_where_they_lead(sample: Sample) -> None:
    """WCAG 1.3.1 and 2.4.4, beyond what axe asks; a credit may lead elsewhere than the byline."""
    wrong: dict[str, list[object]] = {}
    for path in pages_of(sample.site):
        file = sample.site / (path if path.endswith(".html") else f"{path}index.html")
        page = lxml.html.document_fromstring(file.read_text("utf-8"))
        levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3", "h4", "h5", "h6")]
        skipped = [levels for before, level in pairwise([0, *levels]) if level > before + 1]
        targets: dict[str, set[str]] = {}
        for link in page.xpath("//a[@href][not(ancestor::figcaption)]"):
            name = " ".join(link.text_content().split()) or link.get("aria-label", "")
            targets.setdefault(name, set()).add(urljoin(f"/{path}", link.get("href")).partition("#")[0])
        unclear = [(name, found) for name, found in targets.items() if len(found) > 1 or not name]
        if skipped or unclear or levels.count(1) != 1:
            wrong[path] = [*skipped, *unclear]
    assert wrong == {}


@pytest.fixture(scope="module")
def large(launch: Launch) -> Iterator[sync_api.Browser]:
    """Chromium of a reader who has set text to twice its size."""
    browser = launch("--blink-settings=defaultFontSize=32,defaultFixedFontSize=26")
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [320, 390])
def test_text_of_twice_the_size_needs_no_sideways_scroll(
    large: sync_api.Browser, address: str, sample: Sample, width: int
) -> None:
    """S20, WCAG 1.4.4."""
    context = large.new_context(viewport={"width": width, "height": 844})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wide = {}
    for path in pages_of(sample.site):
        page.goto(address + path)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "40px"
        across = page.evaluate("document.documentElement.scrollWidth")
        if across > width:
            wide[path] = across, page.evaluate(WIDEST)
    context.close()
    assert wide == {}


WIDEST = """[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(-3).map(e => e.outerHTML.slice(0, 80))"""
