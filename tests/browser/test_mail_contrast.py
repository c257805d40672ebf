"""Letters as a browser draws them: axe-core finds no contrast that is too low, in light or in dark (E6)."""

import json
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import AXE, CHROMIUM, add_axe
from tests.sample import Sample

LETTERS = (
    "2026-w47/everyone.html",  # notes, events, a cover, an action
    "2026-w47/managers.html",
    "2026-w41/managers.html",
    "2026-w43/everyone.html",
    "2026-w36/everyone.html",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and AXE.is_file()), reason="needs Chromium, and axe-core from npm"),
    pytest.mark.no_cover,  # the letters were made before
]


def contrast(chromium: Browser, html: str, site: Path, scheme: Literal["light", "dark"]) -> dict[str, Any]:
    """What axe-core says of colour contrast; pictures come from the built site, and nothing from the network."""
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 600, "height": 900})

    def answer(route: Route) -> None:
        file = site / route.request.url.removeprefix("https://halfturn.example/")
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.abort()

    page.route("**/*", answer)
    page.set_content(html)
    add_axe(page)
    result: dict[str, Any] = page.evaluate("axe.run({runOnly: {type: 'rule', values: ['color-contrast']}})")
    page.close()
    return result


def ratios(result: dict[str, Any]) -> list[float]:
    return [check["data"]["contrastRatio"] for r in result["passes"] for n in r["nodes"] for check in n["any"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("letter", LETTERS)
def test_every_text_can_be_read(
    chromium: Browser, sample: Sample, letter: str, scheme: Literal["light", "dark"]
) -> None:
    html = (sample.outbox / letter).read_text("utf-8")
    result = contrast(chromium, html, sample.site, scheme)
    assert result["violations"] == [], json.dumps(result["violations"], indent=1)
    assert result["incomplete"] == [], json.dumps(result["incomplete"], indent=1)
    found = ratios(result)
    assert len(found) > 20  # it looked
    assert min(found) >= 4.5


def test_the_browser_draws_dark_colours_and_axe_finds_faults(chromium: Browser, sample: Sample) -> None:
    """A check that cannot fail is none."""
    html = (sample.outbox / LETTERS[0]).read_text("utf-8")
    broken = html.replace(".soft { color: #A6B4AE", ".soft { color: #333333")
    assert broken != html
    assert contrast(chromium, broken, sample.site, "light")["violations"] == []
    assert contrast(chromium, broken, sample.site, "dark")["violations"] != []
