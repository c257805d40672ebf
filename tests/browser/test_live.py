"""`tipsheet serve` in a browser: a save is seen by itself."""

import re
from pathlib import Path

import pytest

from tests.browser.conftest import Open
from tests.cli.conftest import run
from tests.cli.served import serving
from tests.folders import replace_text

pytestmark = [pytest.mark.browser, pytest.mark.no_cover]


def test_a_save_is_seen_without_a_touch(visit: Open, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    assert run("init", letter).exit_code == 0
    file = letter / "content/about.md"
    with serving(letter) as served:
        seen = visit(base=served.url)
        page = seen.go("about/")
        page.wait_for_load_state()
        replace_text(file, file.read_text() + "\nA word that was not there.\n")
        page.wait_for_selector("text=A word that was not there.", timeout=60_000)
        replace_text(file, re.sub("A word.*", "[nowhere](nowhere.md)", file.read_text()))
        served.hears("nothing was written")
        assert "A word that was not there." in page.reload().text()
        assert seen.foreign() == []
