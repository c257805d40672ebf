"""Shortcuts through Python-Markdown change nothing of what a parse gives."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tipsheet.reading.body import BodyReader
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets

OTHERS_PATTERNS = {"pymdownx.keys": {}}
"""An extension with patterns of its own, beside which no shortcut is taken; no text here has its mark."""

PIECES = st.sampled_from([
    "plain", "words,", "and", "more.", "(Really?)", "“Quoted”", "—", "5", "%", "it!", "*em*", "**strong**", "`code`",
    "~~gone~~", "&amp;", "&lbrace;.x}", "<", ">", "<b>", "www.example.org", "WWW.EXAMPLE.ORG", "https://example.org",
    "a@example.org", "[link](a.md)", "![x](y.png)", '![x](y.png "z")', "[^1]", "[^1]: note", "snake_case", "_em_",
    "@@first_name", "or", "there@@", "\\*", "{", ".class", "}", "{ .cta }", "#", "## h", "## *h*", "## h {#i}", "[TOC]",
    "===", "|", "-", "- [ ] task", "- [x] done", "1.", "1. one", "> quote", "```", "    code", "\\", ":", "//", ";",
    "\xa0", "\xad", "\ufeff", "straße", "漢字", "\t", "  \n", "\n", "\n\n", "\n\n", "\n\n\n",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map(" ".join) | st.lists(PIECES, max_size=30).map("".join)


def reader(folder: Path, extensions: dict[str, dict[str, object]]) -> BodyReader:
    return BodyReader(Targets(folder, {}), ZoneInfo("UTC"), (), (), extensions)


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> tuple[BodyReader, BodyReader]:
    folder = tmp_path_factory.mktemp("content")
    return reader(folder, {}), reader(folder, OTHERS_PATTERNS)


@settings(deadline=None, max_examples=400)
@given(TEXTS)
@example("Two spaces  \nbreak a line.")
@example("Before (www.example.org), after.")
@example("## One\n\n## One\n\n## *Two*\n\n[TOC]")
@example("## One\n\n## One\n\n<b id='one_1'>x</b>\n\n## &amp; { #two }")
@example("- a\n\n\n\n    code\n\n\n\nafter")
def test_a_text_gives_the_same(readers: tuple[BodyReader, BodyReader], text: str) -> None:
    source = Source(name="a.md", path="content/a.md", header=None, body=text, first_line=1)
    quick, again, thorough = (one.read(source, place="issue") for one in (readers[0], *readers))
    assert quick == thorough
    assert again == thorough, "the HTML of a short text is kept"
