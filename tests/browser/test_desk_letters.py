"""Letters of the desk in a browser: in their frame nothing runs and nobody else is asked, and pictures are there."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import CHROMIUM, Open
from tests.folders import MKDOCS, issue, write_png, write_publication
from tipsheet.preview.colours import SCHEMES
from tipsheet.preview.desk import Desk
from tipsheet.preview.server import create_desk, serve_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
    pytest.mark.no_cover,
]

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
FRAME = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
HOSTILE = (
    '{% extends "email/base.html" %}{% block head %}<script>document.title = "run"</script>'
    '<link rel="stylesheet" href="https://foreign.example/a.css">{% endblock %}'
    '{% block republished %}<tr><td><img src="https://foreign.example/a.png" alt="foreign" onerror="document.title = 1"'
    ">"
    '<form action="https://foreign.example/"><button>Send</button></form></td></tr>{% endblock %}'
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a desk whose letters have a picture, and a template that means ill."""
    root = tmp_path_factory.mktemp("desk")
    ask = issue("image: {src: ../../images/chairs.png, alt: Three chairs}\n", "Hello @@first_name or there@@.")
    config = MKDOCS.replace("name: material", "name: material\n  custom_dir: overrides")
    template = {"overrides/email/main.html": '{% extends "email/base.html" %}'}
    write_publication(root, {"mkdocs.yml": config, "content/tipsheets/2026/2026-11-17-ask.md": ask, **template})
    write_png(root / "content/images/chairs.png", 1200, 800)
    shown = Desk(root, lambda: NOW)
    shown.build()
    assert not shown.problems
    (root / "overrides/email/main.html").write_text(HOSTILE, "utf-8")  # no build would let it pass
    server = serve_at("127.0.0.1", 0)
    server.start(create_desk(shown, host="127.0.0.1", token="t"))  # noqa: S106 - nothing is written
    yield f"{server.url}/"
    shown.close()
    server.close()


def test_in_its_frame_nothing_runs_and_nobody_else_is_asked(visit: Open, desk: str) -> None:
    seen = visit(base=desk)
    page = seen.go("about/")
    page.evaluate(
        "([sandbox, src]) => { const frame = document.createElement('iframe'); frame.sandbox = sandbox;"
        " frame.src = src; document.body.append(frame); return new Promise(done => frame.onload = done) }",
        [FRAME, "/_desk/letter/2026-w47?reader=hostile"],
    )
    frame = page.frames[-1]
    found: dict[str, Any] = page.evaluate(
        "() => { const inner = document.querySelector('iframe[sandbox]').contentDocument;"
        " return {title: inner.title, widths: [...inner.images].map(i => [i.alt, i.naturalWidth])} }"
    )
    assert frame.url.endswith("reader=hostile")
    assert found["title"] == "Ask one question"
    assert ["Three chairs", 1200] in found["widths"]
    assert ["foreign", 0] in found["widths"]
    assert any("Blocked script execution" in words for words in seen.complaints)
    assert any("Content Security Policy" in words for words in seen.complaints)


def ground(chromium: Browser, url: str, scheme: Literal["light", "dark"]) -> str:
    page = chromium.new_page(color_scheme=scheme)
    page.goto(url)
    colour: str = page.evaluate("getComputedStyle(document.querySelector('td.sheet')).backgroundColor")
    page.close()
    return colour


@pytest.mark.parametrize("name", SCHEMES)
def test_a_view_is_the_same_in_a_light_and_a_dark_browser(chromium: Browser, desk: str, name: str) -> None:
    url = f"{desk}_desk/letter/2026-w47?view={name}"
    light, dark = ground(chromium, url, "light"), ground(chromium, url, "dark")
    assert light == dark
    white = "rgb(255, 255, 255)"
    assert (light == white) is (name == "light")
    if name == "outlook-dark":  # its own rules answer to the marks
        assert light == ground(chromium, f"{desk}_desk/letter/2026-w47?view=dark", "light")


def test_a_letter_opened_by_itself_is_in_a_sandbox_too(visit: Open, desk: str) -> None:
    page = visit(base=desk).go("_desk/letter/2026-w47")
    assert page.title() == "Ask one question"
    assert page.locator("button").count() == 1
    page.locator("button").click()
    assert page.url.endswith("/_desk/letter/2026-w47")
