"""`tipsheet check --fix`: what has one right form is repaired once, and nothing else is touched (X4)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.checks import check_text
from tipsheet.checks.repairs import repair_file, repaired
from tipsheet.checks.texts import House

HOUSE = House(name="The Sheet", url="https://sheet.example/", language="en", year=2026)
REPAIRED = {"TS121", "TS122", "TS123", "TS124", "TS241", "TS242", "TS414"}
PIECES = (
    "A text", "[a](https://x.example/?utm_source=a&b=1)", "[r]: https://y.example/?fbclid=1#top", "[r]",
    "https://z.example/?gclid=1&amp;c=2", "\u00a0", "&nbsp;", " ", "<o:p>", "</o:p>", "<o:p>&nbsp;</o:p>",
    "<p class=MsoNormal>", '<p class="MsoNormal" style="mso-list: l0; color: red">', "style='mso-a:b'", "</p>",
    "<!--[if gte mso 9]>x<![endif]-->", "<![if !supportLists]>", "`", "```", "\n", "\n\n", "- a", "  - b", "1. c",
    '<st1:City w:st="on">', "?utm_a=1", "<", ">", "-->", "<!--", "---\ntitle: a\n---\n", "    ", "é",
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "done"),
    [
        ("[a](https://x.example/?utm_source=a&b=1#c)", "[a](https://x.example/?b=1#c)", "tracking values"),
        ("[a][r]\n\n[r]: <https://x.example/?fbclid=1>", "[a][r]\n\n[r]: <https://x.example/>", "tracking values"),
        ("[a](https://x.example/?a=1&amp;utm_a=2)", "[a](https://x.example/?a=1)", "tracking values"),
        ("---\nurl: https://x.example/?gclid=1\n---\n", "---\nurl: https://x.example/\n---\n", "tracking values"),
        ("a\u00a0\u00a0b &nbsp; &nbsp; c", "a b c", "non-breaking spaces"),
        ("<p class=MsoNormal style='mso-a: b'>A<o:p></o:p></p>", "<p>A</p>", "markup of Word"),
        ('<p style="mso-a: b; color: red">A</p>', '<p style="color: red">A</p>', "markup of Word"),
        ("A<!--[if gte mso 9]><xml></xml><![endif]-->B", "AB", "markup of Word"),
        ("text\n- a", "text\n\n- a", "lists"),
    ],
)  # fmt: skip
def test_what_is_repaired(before: str, after: str, done: str) -> None:
    assert repaired("a.md", before) == (after, (done,))


@pytest.mark.parametrize(
    "text",
    [
        "`https://x.example/?utm_source=a`",
        "```\n[a](https://x.example/?utm_source=a)\n\n<o:p></o:p>\u00a0\u00a0\n```",
        "    https://x.example/?utm_source=a",
        '[a](https://x.example/?utm=1) 5\u00a0km, <p class="mso" style="color: red">',
        "![](a.png)",
        "http://x.example/",
    ],
)  # fmt: skip
def test_what_is_left_alone(text: str) -> None:
    assert repaired("a.md", text) == (text, ())


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_a_second_repair_changes_nothing_and_finds_nothing(text: str) -> None:
    once, _ = repaired("a.md", text)
    assert repaired("a.md", once) == (once, ())
    assert {p.code for p in check_text(once, "a.md", "article", HOUSE)}.isdisjoint(REPAIRED)


def test_a_file_is_written_only_when_needed_and_its_header_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"---\r\ntags:\r\n- a\r\n  - b\r\n---\r\ntext\r\n- a\r\n")
    assert repair_file(file, "a.md") == ("lists",)
    assert file.read_bytes() == b"---\r\ntags:\r\n- a\r\n  - b\r\n---\r\ntext\r\n\r\n- a\r\n"
    assert repair_file(file, "a.md") == ()
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]


def test_a_file_in_another_encoding_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_bytes(b"caf\xe9\n- a\n")
    assert repair_file(file, "a.md") == ()
    assert file.read_bytes() == b"caf\xe9\n- a\n"
