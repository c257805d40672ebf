"""Texts put together from pieces of Markdown are shown as CommonMark has them, or the witness tells (C19, X4)."""

from pathlib import Path

import yaml
from hypothesis import given, note, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.witness.commonmark import outline
from tests.witness.test_findings import START, html_of
from tipsheet.witness import differences

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = yaml.safe_load((Path(__file__).parent / "pieces.yml").read_text("utf-8"))


def filled(form: str, piece: str) -> str:
    return form.replace("{}", piece)


words = st.sampled_from(PIECES["words"])
inline = st.recursive(words, lambda inner: st.builds(filled, st.sampled_from(PIECES["inline"]), inner), max_leaves=3)
lines = st.lists(inline, min_size=1, max_size=3).map(" ".join)
blocks = st.builds(filled, st.sampled_from(PIECES["blocks"]), lines)
texts = st.lists(st.builds(str.__add__, blocks, st.sampled_from(["\n\n", "\n\n\n", "\n"])), min_size=1, max_size=5)


@settings(deadline=None)
@given(texts.map("".join))
def test_a_text_is_the_same_or_told(text: str) -> None:
    """Neither is a difference passed over, nor is one told that is none."""
    html = html_of(text)
    found = [problem for problem in differences(text, html, START) if problem.code != "TS136"]
    note(f"{html}\n{[str(problem) for problem in found]}")
    assert (outline(html) == outline(COMMONMARK.render(text))) == (not found)
