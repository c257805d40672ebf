"""Chromium, and the sample publication served to it."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from weakref import WeakSet

import pytest
from playwright import sync_api

from tests.browser.server import serving
from tests.sample import ROOT, Sample
from tipsheet.review.screenshots import BROWSERS

CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
"""Debian's build of Chromium that never has a window, if it is there: a page costs it a third."""
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine; where nobody else needs it, nothing takes a second."""
sync_api.expect.set_options(timeout=PATIENCE)
AXE = Path(os.environ.get("TIPSHEET_NODE_MODULES", ROOT / ".ci/node_modules")) / "axe-core/axe.min.js"


@dataclass
class Visit:
    """A page in a browser of its own, and what it did that it should not."""

    page: sync_api.Page
    base: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: sync_api.ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def go(self, path: str) -> sync_api.Page:
        """Open a page of the site."""
        self.page.goto(self.base + path)
        return self.page

    def foreign(self) -> list[str]:
        """Requests to any other host."""
        home = urlsplit(self.base).netloc
        return [url for url in self.requests if urlsplit(url).netloc not in {home, ""}]


Open = Callable[..., Visit]
Launch = Callable[..., sync_api.Browser]


LED_ON: WeakSet[sync_api.Page] = WeakSet()
"""Windows that have shown a page with axe-core before the one that they show."""


def add_axe(page: sync_api.Page) -> None:
    """Give the page axe-core, unless it has it; as a tag it would take twice as long.

    To hand over half a megabyte takes longer than axe does, so that a window that shows one page after the other is
    given it once. Without a package of npm the test is skipped.
    """
    if not AXE.is_file():
        pytest.skip("needs axe-core")
    if page.evaluate("Boolean(window.axe || (window.startAxe && (startAxe(), true)))"):
        return
    axe = AXE.read_text(encoding="utf-8")
    if page in LED_ON:
        page.add_init_script(f"window.startAxe = function () {{ {axe}\n}}")
    LED_ON.add(page)
    page.evaluate("axe => { new Function(axe)() }", axe)


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Start Debian's Chromium with these arguments; one driver drives all, since a process may have one only."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with sync_api.sync_playwright() as playwright:
        yield lambda *args: playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *args])


@pytest.fixture(scope="session")
def chromium(launch: Launch) -> Iterator[sync_api.Browser]:
    """Debian's Chromium."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def address(sample: Sample) -> Iterator[str]:
    """Where the sample's site is served."""
    with serving(sample.site) as address:
        yield address


@pytest.fixture
def visit(chromium: sync_api.Browser, address: str) -> Iterator[Open]:
    """Open a browser with nothing in its storage; options are Playwright's, ``base`` another site."""
    contexts = []

    def opened(*, base: str = address, **options: object) -> Visit:
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(PATIENCE)
        return Visit(contexts[-1].new_page(), base)

    yield opened
    for context in contexts:
        context.close()
