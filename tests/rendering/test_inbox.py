"""Lines of inboxes: cut where programs cut, and never inside what a reader sees as a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, wcswidth

from tipsheet.edition.inbox import PROGRAMS, columns, cut, inbox_lines

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("Ask once", 8, "Ask once"),
        ("Ask once more", 8, "Ask onc…"),
        ("Ask once more", 9, "Ask once…"),
        ("Ask once more", 0, ""),
        ("日本語テキスト", 7, "日本語…"),
        ("日本語テキスト", 14, "日本語テキスト"),
        (f"ab{FAMILY}cd", 4, "ab…"),
        (f"ab{FAMILY}cd", 5, f"ab{FAMILY}…"),
        ("cafe\u0301s", 4, "caf…"),
        ("cafe\u0301s", 5, "cafe\u0301s"),
        ("🇳🇱🇧🇪🇫🇷", 5, "🇳🇱🇧🇪…"),
        ("R&amp;D & more", 6, "R&amp…"),
    ],
)
def test_a_text_is_cut_between_characters(text: str, columns: int, shown: str):
    assert cut(text, columns) == shown


@given(text=st.text(max_size=80), columns=st.integers(0, 60))
def test_what_is_shown_begins_the_text(text: str, columns: int):
    shown = cut(text, columns)
    assert shown == text or text.startswith(shown.removesuffix("…"))
    clusters = list(iter_graphemes(text))
    ends = {"".join(clusters[:count]).rstrip() for count in range(len(clusters) + 1)}
    assert shown == text or shown.removesuffix("…") in ends


def test_each_program_shows_its_part():
    subject, preheader = "A subject of " + "many words " * 9, "A preheader of " + "many words " * 19
    lines = {line.client: line for line in inbox_lines("The Editors of a Publication with a Name", subject, preheader)}
    assert set(lines) == {program.name for program in PROGRAMS}
    assert lines["apple-phone"].sender == "The Editors of a Publicat…"[:24] + "…"
    for program in PROGRAMS:
        line = lines[program.name]
        assert len(line.subject) <= program.subject
        assert len(line.preheader) <= program.preheader
        assert line.cut == ("from", "subject", "preheader")
    web = lines["gmail-web"]
    assert len(web.subject) + len(web.preheader) <= 140


def test_what_fits_is_not_cut():
    for line in inbox_lines("Ada", "Ask  once", "Then listen."):
        assert (line.sender, line.subject, line.preheader, line.cut) == ("Ada", "Ask once", "Then listen.", ())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2100, exclude_categories=["Cc", "Cs"])))
def test_a_text_of_plain_letters_takes_a_column_each(text: str) -> None:
    """A look at each character, which texts of European languages are spared, would say the same."""
    assert columns(text) == sum(max(wcswidth(cluster), 0) for cluster in iter_graphemes(text))


def test_an_ideograph_takes_two_columns() -> None:
    assert (columns("向こう側"), columns("½ days €"), columns("a\u0301b")) == (8, 8, 2)
