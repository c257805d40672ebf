"""Passing over text without marks changes nothing of what a parse gives."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipsheet.reading.body import BodyReader
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets

OTHERS_PATTERNS = {"pymdownx.caret": {}}
"""An extension with patterns of its own, beside which nothing is passed over; no text here has its mark."""

PIECES = st.sampled_from([
    "plain", "words,", "and", "more.", "(Really?)", "“Quoted”", "—", "5", "%", "it!", "*em*", "**strong**", "`code`",
    "~~gone~~", "&amp;", "<", ">", "www.example.org", "WWW.EXAMPLE.ORG", "https://example.org", "a@example.org",
    "[link](a.md)", "![x](y.png)", "[^1]", "snake_case", "_em_", "@@first_name", "or", "there@@", "\\*", "{", ".class",
    "}", "#", "|", "-", "1.", ":", "//", ";", "\xa0", "\xad", "\ufeff", "straße", "漢字", "\n", "\n\n",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map(" ".join)


def reader(folder: Path, extensions: dict[str, dict[str, object]]) -> BodyReader:
    return BodyReader(Targets(folder, {}), ZoneInfo("UTC"), (), (), extensions)


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> tuple[BodyReader, BodyReader]:
    folder = tmp_path_factory.mktemp("content")
    return reader(folder, {}), reader(folder, OTHERS_PATTERNS)


@settings(deadline=None, max_examples=300)
@given(TEXTS)
@example("Two spaces  \nbreak a line.")
@example("Before (www.example.org), after.")
def test_a_text_gives_the_same(readers: tuple[BodyReader, BodyReader], text: str) -> None:
    source = Source(name="a.md", path="content/a.md", header=None, body=text, first_line=1)
    quick, thorough = (one.read(source, place="issue") for one in readers)
    assert quick == thorough
