"""The witness over texts that people have written: this repository's own (X4)."""

import pytest

from tests.sample import NOW, ROOT, copy_of_sample
from tests.witness.test_findings import html_of
from tipsheet.blocks import scan_blocks
from tipsheet.press import check
from tipsheet.problems import Where
from tipsheet.reading.sources import read_ordinary
from tipsheet.witness import KINDS, differences

PAGES = sorted(file for folder in ("docs", "content") for file in (ROOT / folder).rglob("*.md"))


def test_the_sample_is_read_as_on_github(tmp_path) -> None:
    problems = check(copy_of_sample(tmp_path / "sample"), now=NOW).problems
    assert [str(problem) for problem in problems if problem.code in KINDS] == []


@pytest.mark.parametrize(
    "file",
    [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda f: f.relative_to(ROOT).as_posix(),
)
def test_a_page_is_read_as_on_github(file) -> None:
    """No wrong warning; a bar in code in a table is told rightly: its backslash is printed here."""
    source, _ = read_ordinary(file, ROOT, ROOT)
    text = scan_blocks(source.body, source.path, source.first_line).text
    texts = [text, *(block.text for block in text.all_blocks())]
    found = [p for one in texts for p in differences(one.source, html_of(one), Where(source.path, one.first_line))]
    assert [str(problem) for problem in found if "a bar in a table" not in problem.hint] == []
