"""HTML as plain text of 72 columns."""

# ruff: noqa: RUF001 - the signs of Japanese are meant

from itertools import pairwise

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.edition.inbox import columns
from tipsheet.rendering.columns import WIDTH, Table, link_mark, table_lines, wrap
from tipsheet.rendering.plaintext import plain_text

SHARES = (
    "<table><tr><th>What</th><th style='text-align: right'>Share</th></tr>"
    "<tr><td>Almost nothing</td><td>5 %</td></tr></table>"
)


def _text(html: str, **options: bool) -> str:
    return plain_text(lxml.html.fragment_fromstring(html, create_parent="div"), lambda _url: "[7]", **options)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One <b>bold</b> and <em>leaning</em>\nword.</p>", "One bold and leaning word."),
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ('<p>See <a href="https://x.example/">this</a>.</p>', "See this [7]."),
        ('<p><a href="https://x.example/">https://x.example/</a></p>', "https://x.example/"),
        ('<p><a href="mailto:a@x.example">a@x.example</a></p>', "a@x.example"),
        ("<p>True.<sup class='ts-note'>1</sup></p>", "True. (note 1)"),
        (
            "<p>E = mc<sup>2</sup>, 10<sup>6</sup>, the 1<sup>st</sup>, x<sup>a b</sup></p>",
            "E = mc^2, 10^6, the 1st, x^(a b)",
        ),
        ("<h1>Head</h1><p>Text</p>", "\nHead\n\nText"),
        ("<h2>Head</h2><p>Text</p>", "\nHead\n\nText"),
        ("<ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>", "• one\n• two\n  • in"),
        ("<ol start='3'><li>c</li><li>d</li></ol>", "3. c\n4. d"),
        ("<ol><li><p>a</p><p>b</p></li><li><p>c</p></li></ol>", "1. a\n   b\n2. c"),
        ("<blockquote><p>Said.</p><p><cite>Ann</cite></p></blockquote>", "    Said.\n\n    Ann"),
        ("<blockquote class='ask'><p>Why?</p></blockquote>", f"    {'-' * 64}\n    Why?\n    {'-' * 64}"),
        ("<pre><code>if  x:\n    **y**\n</code></pre>", "    if  x:\n        **y**"),
        ("<ul><li><input type='checkbox' checked> a</li><li><input type='checkbox'> b</li></ul>", "[x] a\n[ ] b"),
        ("<p><img src='a.png' alt='A clock'></p>", "[Picture: A clock]"),
        ("<figure><img src='a.png' alt=''><figcaption>By Ann</figcaption></figure>", "By Ann"),
        ("<hr>", "* * *"),
        ("loose <p>para</p> tail", "loose\n\npara\n\ntail"),
        (
            '<div class="footnote"><hr><ol><li><p>First.&#160;</p></li><li><p>Second.</p></li></ol></div>',
            "Note 1. First.\n\nNote 2. Second.",
        ),
        (
            SHARES,
            "What            Share\n--------------  -----\nAlmost nothing    5 %",
        ),
    ],
)
def test_html_becomes_text_as_it_is_read(html, expected):
    assert _text(html) == expected


def test_the_steps_of_an_action_are_boxes_and_lists_inside_them_are_not():
    html = "<ol><li>Take a meeting.</li><li>Write<ul><li>low</li></ul></li></ol>"
    assert _text(html, steps=True) == "[ ] Take a meeting.\n[ ] Write\n    • low"


def test_a_hanging_indent_holds_the_lines_of_an_item_together():
    lines = _text(f"<ul><li>{'word ' * 30}</li></ul>").split("\n")
    assert lines[0].startswith("• word")
    assert all(line.startswith("  word") for line in lines[1:])
    assert max(map(len, lines)) <= WIDTH


def test_a_merge_field_stays_whole_and_counts_as_its_fallback():
    fits = f"{'x' * 60} @@first_name or dear reader@@"
    assert wrap(f"{fits} y") == [fits, "y"]
    assert wrap(f"x{fits}") == ["x" * 61, "@@first_name or dear reader@@"]


def test_the_mark_of_a_link_is_as_wide_as_two_figures_are():
    for count in range(55, 70):
        one, two = (wrap(f"{'x' * count} end {link_mark(number)} more words") for number in (9, 1234))
        assert [line.replace(link_mark(1234), link_mark(9)) for line in two] == one
    assert wrap(f"{'x' * 67} {link_mark(3)}") == [f"{'x' * 67} {link_mark(3)}"]
    assert wrap(f"{'x' * 68} {link_mark(3)}") == ["x" * 68, link_mark(3)]


@given(st.lists(st.lists(st.text("ab c", max_size=60), min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_table_fits_the_page_whatever_is_in_it(rows):
    words = [[" ".join(cell.split()) for cell in row] for row in rows]
    longest = max((len(word) for row in words for cell in row for word in cell.split()), default=0)
    lines = table_lines(Table(words, ["left", "right", "center"]))
    if longest <= WIDTH:
        assert max(map(len, lines), default=0) <= WIDTH
    if not any(": " in line for line in lines):  # else heads stand before the cells of every row
        said = " ".join(lines).replace("-", "").split()
        assert sorted(said) == sorted(" ".join(" ".join(row) for row in words).split())


JAPANESE = st.text("向こう側から見た仕事っャ、。「」（）ー a1", max_size=120)
CLOSING, OPENING = "、。」）ーっャ", "「（"


def test_lines_of_japanese_break_between_signs_and_are_as_wide_as_two_letters_each():
    text = "まず一つだけ聞いてみましょう。「もし何も変わらなかったら？」GitHub社の調査（2019年）でも。"
    assert wrap(text, "• ", "  ", width=22) == [
        "• まず一つだけ聞いてみ",
        "  ましょう。「もし何も",
        "  変わらなかったら？」",
        "  GitHub社の調査（2019",
        "  年）でも。",
    ]


@given(JAPANESE)
def test_no_line_of_japanese_begins_or_ends_where_it_must_not(text):
    lines = wrap(text, width=20)
    words = text.split()
    assert "".join(lines).replace(" ", "") == "".join(words)
    for before, after in pairwise(lines):
        if after.split()[0] in {word[: len(after.split()[0])] for word in words}:
            continue  # a space stood there
        assert after[0] not in CLOSING
        assert before[-1] not in OPENING
    signs = set(CLOSING) | set(OPENING) | set("a1")
    assert all(columns(line) <= 20 for line in lines if not signs & set(line))
