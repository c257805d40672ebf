"""Line breaks between signs of Chinese and Japanese are no spaces, wherever a text is read."""

from pathlib import Path
from zoneinfo import ZoneInfo

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.reading.body import BodyReader
from tipsheet.reading.line_breaks import join_lines
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets


def _joined(html: str) -> str:
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    join_lines(root, html)
    written = lxml.html.tostring(root, encoding="unicode")
    return written.removeprefix("<div>").removesuffix("</div>")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>買い手に\n聞く。\nそして</p>", "<p>買い手に聞く。そして</p>"),
        ("<p>买家说\n“为什么”\n之后</p>", "<p>买家说“为什么”之后</p>"),
        ("<p>聞く <br>\n手</p>", "<p>聞く <br>\n手</p>"),
        ("<p>聞く<b>手\n</b>と</p>", "<p>聞く<b>手</b>と</p>"),
        ("<p>聞く\n<b>手</b>\n <i>と</i></p>", "<p>聞く<b>手</b><i>と</i></p>"),
        ("<p>聞く\nGitHub\nの</p>", "<p>聞く\nGitHub\nの</p>"),
        ("<p>물어\n보기</p>", "<p>물어\n보기</p>"),
        ("<p>聞く\n보기</p>", "<p>聞く\n보기</p>"),
        ("<p>ask\nonce</p>", "<p>ask\nonce</p>"),
        ("<p>聞く 手</p>", "<p>聞く 手</p>"),
        ("<p>聞く\n😀</p>", "<p>聞く\n😀</p>"),
        ("<p>ﾃｷｽﾄ\n。</p>", "<p>ﾃｷｽﾄ。</p>"),
        ("<pre>聞く\n手</pre>", "<pre>聞く\n手</pre>"),
        ("<p>聞く</p>\n<p>手</p>", "<p>聞く</p>\n<p>手</p>"),
        ('<p>聞く\n<img src="a.png" alt="">\n手</p>', '<p>聞く\n<img src="a.png" alt="">\n手</p>'),
    ],
)
def test_a_break_between_wide_signs_is_no_space(html: str, expected: str) -> None:
    """CSS Text 4, 4.1.3: not beside Hangul, letters or pictures, and not between blocks."""
    assert _joined(html) == expected


WORDS = st.lists(st.sampled_from(["聞", "手。", "a", "“", "보", " "]), min_size=1, max_size=3).map("".join)


@given(lines=st.lists(WORDS, min_size=1, max_size=5), tags=st.lists(st.sampled_from(["b", "code", "a"]), max_size=5))
def test_nothing_but_breaks_is_taken_out(lines: list[str], tags: list[str]) -> None:
    """And twice is no more than once; elements in a line change nothing."""
    marked = [f"<{tag}>{line}</{tag}>" for tag, line in zip(tags, lines, strict=False)] + lines[len(tags) :]
    once = _joined(f"<p>{chr(10).join(marked)}</p>")
    plain, text = _joined(f"<p>{chr(10).join(lines)}</p>"), str(lxml.html.fromstring(once).text_content())
    assert _joined(once) == once
    assert text == str(lxml.html.fromstring(plain).text_content())
    assert text.replace("\n", "") == "".join(lines).replace("\n", "") or " " in "".join(lines)


def test_a_text_that_everything_is_made_of_has_no_such_break(tmp_path: Path) -> None:
    """Pages, feeds and both parts of letters: all select from what this reader gives."""
    reader = BodyReader(Targets(tmp_path, {}), ZoneInfo("UTC"), (), ())
    source = Source(
        path="content/a.md", name="a.md", body="- 買い手に\n  **聞く**。\n  Yes\n", first_line=1, header=None
    )
    (passage,) = reader.read(source, place="page").body.passages
    assert "<li>買い手に<strong>聞く</strong>。\nYes</li>" in passage.content.html
