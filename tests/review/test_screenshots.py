"""Pictures of what changed, by a real browser, and by programs that are none."""

import os
from pathlib import Path

import pytest

from tests.folders import write_publication
from tests.review.test_sides import NOW
from tipsheet.press import prepare
from tipsheet.review.changes import AudienceChange, Change, Changes, LetterChange, PageChange
from tipsheet.review.revision import BuiltSide
from tipsheet.review.screenshots import find_browser, take_pictures

LETTER = AudienceChange(audiences=("managers",), change=Change.NEW, subject="One")
CHANGES = Changes(
    letters=(LetterChange(issue="a", title="A", state="coming", audiences=(LETTER,)),),
    pages=(
        PageChange(address="/about/", title="About", change=Change.CHANGED),
        PageChange(address="/archive/", title="Archive", change=Change.CHANGED, whole=False),
    ),
)


@pytest.fixture
def sides(tmp_path: Path) -> tuple[BuiltSide, BuiltSide]:
    """Two folders with a page each; the letter is on the second side alone."""
    settings, publication = prepare(write_publication(tmp_path / "of", {}), now=NOW).ready()
    found = []
    for name in ("before", "after"):
        page = tmp_path / name / "site/about/index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<title>About</title><h1>{name}</h1>", "utf-8")
        found.append(BuiltSide(folder=tmp_path / name, settings=settings, publication=publication))
    (tmp_path / "after/outbox/a").mkdir(parents=True)
    (tmp_path / "after/outbox/a/managers.html").write_text("<h1>Letter</h1>", "utf-8")
    return found[0], found[1]


@pytest.mark.parametrize("does", ["exit 1", "exit 0", None])
def test_a_browser_that_takes_nothing(sides: tuple[BuiltSide, BuiltSide], tmp_path: Path, does: str | None) -> None:
    program = tmp_path / "browser"
    if does:
        program.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
        program.chmod(0o755)
    assert take_pictures(str(program), tmp_path / "pictures", *sides, CHANGES) == 0
    assert find_browser({"TIPSHEET_CHROMIUM": "no-such-program", "PATH": os.environ["PATH"]}) is None


@pytest.mark.browser
def test_pictures_of_both_sides(sides: tuple[BuiltSide, BuiltSide], tmp_path: Path) -> None:
    browser = find_browser(os.environ)
    if browser is None:
        pytest.skip("Chromium is not installed")
    folder = tmp_path / "pictures"
    assert take_pictures(browser, folder, *sides, CHANGES) == 6
    about = {f"page-about.{side}.{width}.png" for side in ("before", "after") for width in (390, 1280)}
    letter = {f"letter-a-managers.after.{width}.png" for width in (390, 1280)}
    assert {file.name for file in folder.iterdir()} == about | letter
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.iterdir())
