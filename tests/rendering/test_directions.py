"""Right to left: letters mirrored, texts of the other direction turned or isolated, in HTML, text and inbox line."""

import re
from dataclasses import replace
from unicodedata import bidirectional

import lxml.html
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml.html import HtmlElement

from tests.rendering.builders import (
    COVER,
    MARA,
    MASTHEAD,
    action,
    compiled,
    event,
    flat,
    issue,
    letter,
    note,
    settings,
    text_of,
)
from tipsheet.edition.joining import join
from tipsheet.model.post import Author, Link, Reprint
from tipsheet.rendering.directions import (
    LTR,
    MARKS,
    RTL,
    direction_of,
    embedded,
    isolated,
    led,
    mirrored,
    opened,
)
from tipsheet.settings import Settings

__all__ = ["settings"]

LRM, RLM = MARKS[LTR], MARKS[RTL]
ASK = "اسأل سؤالًا واحدًا"
NASK = f"{ASK} قبل العرض"


@pytest.fixture(scope="session")
def arabic(settings: Settings) -> Settings:
    masthead = replace(MASTHEAD, name="نصف دورة", tagline=NASK, language="ar", postal_address="12 Oudegracht, Utrecht")
    return replace(settings, masthead=masthead)


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("Ask once.", LTR, LTR),
        ("Ask once.", RTL, LTR),
        (ASK, LTR, RTL),
        (f"GitHub: {ASK}", LTR, RTL),
        (f"GitHub: {ASK}", RTL, RTL),
        ("The word سؤال means question.", LTR, LTR),
        ("المصدر: كتاب. Source: a book.", RTL, RTL),
        ("المصدر: كتاب. Source: a book.", LTR, LTR),
        ("שלום", LTR, RTL),
        ("12, 3.", RTL, RTL),
        ("12, 3.", LTR, LTR),
        ("https://example.org/", RTL, LTR),
        ("a@example.org", RTL, LTR),
        (f"{ASK} https://example.org/a-very-long-address-of-a-page-on-the-web/", RTL, RTL),
        ("@@first_name or صديقنا العزيز@@", LTR, RTL),
        ("向こう側", LTR, LTR),
    ],
)
def test_a_text_runs_as_most_of_its_letters_do(text: str, default: str, expected: str) -> None:
    assert direction_of(text, default) == expected


@pytest.mark.parametrize(
    ("text", "around", "html", "plain"),
    [
        ("Mara", RTL, '<span dir="ltr">Mara</span>', "Mara"),
        ("12 Oudegracht", RTL, '<span dir="ltr">12 Oudegracht</span>', f"{LRM}12 Oudegracht"),
        ("Yahoo!", RTL, '<span dir="ltr">Yahoo!</span>', f"Yahoo!{LRM}"),
        ("a@example.org", RTL, '<span dir="ltr">a@example.org</span>', "a@example.org"),
        ("https://example.org/", RTL, '<span dir="ltr">https://example.org/</span>', "https://example.org/"),
        ("€20", RTL, "€20", "€20"),
        (ASK, RTL, ASK, ASK),
        ("Tom & Ann", LTR, "Tom &amp; Ann", "Tom & Ann"),
        (f"{ASK}!", LTR, f'<span dir="rtl">{ASK}!</span>', f"{ASK}!{RLM}"),
    ],
)
def test_a_name_of_the_other_direction_is_kept_apart(text: str, around: str, html: str, plain: str) -> None:
    assert isolated(text, around) == html
    assert embedded(text, around) == plain


def test_lines_and_subjects_begin_with_a_mark_where_their_first_letter_would_turn_them() -> None:
    assert led([f"  GitHub {ASK}", ASK, "https://example.org/", "12, 3"], RTL) == [
        f"  {RLM}GitHub {ASK}", ASK, "https://example.org/", f"{RLM}12, 3",
    ]  # fmt: skip
    assert led(["سؤال, three times"], LTR) == [f"{LRM}سؤال, three times"]
    assert led([f"https://example.org/a/ {ASK}"], RTL) == [f"{RLM}https://example.org/a/ {LRM}{ASK}"]
    assert opened(f"GitHub: {ASK}", RTL) == f"{RLM}GitHub: {ASK}"
    assert opened("Ask once", RTL) == "Ask once"


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        (".a{margin-left:1px;border-right:0}", ".a{margin-right:1px;border-left:0}"),
        (".a{padding:1px 2px 3px 4px}", ".a{padding:1px 4px 3px 2px}"),
        (".a{padding:1px 2px 3px}", ".a{padding:1px 2px 3px}"),
        (
            ".a{margin:8px 0 8px 22px !important; color: #111111}",
            ".a{margin:8px 22px 8px 0 !important; color: #111111}",
        ),
        (".left td{text-align:left;font:700 1px/2px a}", ".left td{text-align:right;font:700 1px/2px a}"),
        (
            "@media (max-width: 9px) { .a { padding-left: 1px } }",
            "@media (max-width: 9px) { .a { padding-right: 1px } }",
        ),
    ],
)
def test_a_sheet_is_mirrored_in_its_declarations_alone(css: str, expected: str) -> None:
    assert mirrored(css) == expected
    assert mirrored(mirrored(css)) == css


LONG = f"GitHub {NASK}، 2026, {ASK} (PHP 8) " * 3
TEXTS = st.sampled_from(
    [
        NASK,
        "Ask once, 2 times!",
        "GitHub",
        "12, 3.",
        f"GitHub {ASK} (Utrecht)",
        "https://x.example/",
        LONG,
        f"  GitHub  {ASK} ",
        f"\N{NO-BREAK SPACE}Ask {NASK}",
    ]
)
CODE = ("grep سؤال من كل الملفات", "ls -l", f"PHP {ASK}", f"    {ASK}: 8")
PLAIN = TEXTS | st.builds('<a href="https://x.example/">{}</a>'.format, TEXTS) | TEXTS.map("<code>{}</code>".format)
EMPTY = st.sampled_from(["", " ", "<br>", "<p></p>", "<p> </p>", "\N{NO-BREAK SPACE}", '<input type="checkbox">'])
PIECES = st.recursive(
    PLAIN.map("<p>{}</p>".format) | PLAIN.map("<h3>{}</h3>".format)
    | st.lists(st.sampled_from(CODE), min_size=1, max_size=3).map("\n".join).map("<pre><code>{}</code></pre>".format),
    lambda inner: st.one_of(
        inner.map("<blockquote>{}</blockquote>".format),
        inner.map('<blockquote class="ask" dir="rtl">{}</blockquote>'.format),
        inner.map('<div dir="ltr">{}</div>'.format),
        inner.map("<del>{}</del>".format),
        inner.map('<a href="https://x.example/all/">{}</a>'.format),
        inner.map('<div class="footnote"><ol><li>{}</li></ol></div>'.format),
        st.builds("<ul><li>{}</li><li>{}</li></ul>".format, PLAIN | EMPTY, inner),
        st.builds("<ol><li>{}</li><li>{}</li></ol>".format, inner, EMPTY),
        st.builds("<dl><dt>{}</dt><dd>{}</dd></dl>".format, PLAIN, inner),
        st.builds(
            '<table><tr><th>{}</th><th align="right">{}</th></tr><tr><td>{}</td><td>{}</td></tr></table>'.format,
            PLAIN, PLAIN, PLAIN, PLAIN,
        ),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=5,
)  # fmt: skip
LAW = hypothesis_settings(max_examples=60, deadline=None)


def _full(html: str, settings: Settings) -> lxml.html.HtmlElement:
    sent = issue(
        html, action(title=NASK, html=html), event(name=NASK),
        title=NASK, subject=NASK, image=replace(COVER, alt=NASK), authors=(MARA, Author(id="l", name="ليلى")),
        notes=(note(html, event(), title="Seats (40)"),), more=(Link(title="Polite!", url="site:about/"),),
        republished=Reprint(title="Forty units", site="Example", url="https://example.org/forty"),
    )  # fmt: skip
    return lxml.html.document_fromstring(letter(sent, settings).html)


def _runs(element: HtmlElement) -> str:
    """The direction in which an element runs."""
    return next(own for one in (element, *element.iterancestors()) if (own := one.get("dir")))


@LAW
@given(html=PIECES)
def test_no_text_of_a_letter_runs_against_its_letters(settings: Settings, arabic: Settings, html: str) -> None:
    """But for a name in a sentence, which is isolated; and sides are those of the direction."""
    for chosen in (settings, arabic):
        for element in _full(html, chosen).find("body").iter("p", "h1", "h2", "h3", "li", "dd", "td", "th"):
            runs, style = _runs(element), element.get("style") or ""
            text = str(element.text_content())
            outer = next((one for one in element.iterancestors("div", "blockquote") if one.get("dir")), None)
            if not any(True for _ in element.iter("p", "table", "ul", "code", "dl", "h3", "pre")) and outer is None:
                assert direction_of(text, runs) == runs, text
            side = re.search(r"text-align:\s*(left|right)", style)
            far = "far" in (element.get("class") or "").split()
            if side:
                assert (side[1] == "right") == ((runs == RTL) != far)


@LAW
@given(html=PIECES)
def test_borders_of_quotations_and_margins_of_lists_stand_where_lines_begin(
    settings: Settings, arabic: Settings, html: str
) -> None:
    for chosen in (settings, arabic):
        for element in _full(html, chosen).find("body").iter("td", "ul", "ol", "dd", "table"):
            names, style = (element.get("class") or "").split(), (element.get("style") or "").replace(" ", "")
            start, end = ("right", "left") if _runs(element) == RTL else ("left", "right")
            if "quote" in names:
                assert re.search(rf"border-{start}:2px", style)
                assert not re.search(rf"border-{end}:2px", style)
            if element.tag == "dd" or "list" in names:
                margins = _margins(element.get("style") or "")
                assert element.tag == "dd" or margins
                assert not margins or int(margins.get(start, 0)) > int(margins.get(end, 0))
            if element.tag == "table" and _runs(element) == RTL:
                assert element.get("dir") == RTL  # Word asks each table


def _margins(style: str) -> dict[str, str]:
    """Left and right of the last margin in a style."""
    found: dict[str, str] = {}
    for name, value in re.findall(r"(margin(?:-left|-right)?):\s*([^;]+)", style):
        numbers = re.findall(r"\d+", value)
        if name == "margin":
            sides = {1: (0, 0), 2: (1, 1), 3: (1, 1), 4: (3, 1)}[len(numbers)]
            found = {"left": numbers[sides[0]], "right": numbers[sides[1]]}
        else:
            found[name.removeprefix("margin-")] = numbers[0]
    return found


def test_the_frame_of_an_arabic_letter_is_mirrored(arabic: Settings) -> None:
    root = _full(f"<p>{NASK}</p>", arabic)
    assert all(table.get("dir") == RTL for table in root.iter("table"))
    for cell in root.iter("td"):
        if "side" in (cell.get("class") or "").split() and "cover-td" not in (cell.get("class") or ""):
            assert (cell.get("dir"), cell.get("align")) == (RTL, "right")
    html = letter(issue(f"<p>{NASK}</p>"), arabic).html
    assert '<!--[if mso]><table role="presentation" dir="rtl"' in html
    assert re.search(r'class="folio[^"]*"[^>]*align="left"', html)
    assert "italic" not in html
    assert "letter-spacing" not in html
    assert re.search(r"\.event \{ padding-right: 14px", html)
    for text in ("Mara Lindqvist", "editor@halfturn.example", "12 Oudegracht, Utrecht"):
        assert f'<span dir="ltr">{text}</span>' in flat(html)


def test_an_english_letter_with_an_arabic_quotation_turns_the_quotation_alone(settings: Settings) -> None:
    quoted = f'<blockquote lang="ar"><p>{ASK}</p><p><cite>A. Reader</cite></p></blockquote>'
    html = letter(issue(f"<p>They say:</p>{quoted}"), settings).html
    root = lxml.html.document_fromstring(html)
    (quote,) = root.find_class("quote")
    assert (quote.get("dir"), quote.get("lang"), quote.get("class")) == (RTL, "ar", "quote ink edge-ink turned")
    assert "font-style:normal" in (quote.get("style") or "").replace(" ", "")
    cite = quote.findall("p")[1]
    assert cite.get("dir") == LTR
    assert "text-align:left" in (cite.get("style") or "").replace(" ", "")
    turned = [element for element in root.iter() if element.get("dir") == RTL]
    assert all(element is quote or quote in element.iterdescendants() for element in turned)


@LAW
@given(html=PIECES)
def test_lines_of_the_text_part_run_as_their_paragraph_does(arabic: Settings, html: str) -> None:
    """A line of Arabic words begins right to left, in every program that asks the first letter.

    Addresses and lines of code are as the author wrote them, with nothing of ours beside them.
    """
    text = text_of(issue(html, title=NASK, subject=NASK), arabic)
    lines = text.split("\n")
    code = {
        line.strip()
        for block in re.findall("<pre><code>(.*?)</code></pre>", html, re.DOTALL)
        for line in block.split("\n")
    }
    assert code <= {line.strip() for line in lines}
    for line in lines:
        strong = [sign for sign in line if bidirectional(sign) in ("L", "R", "AL")]
        letters = list(map(bidirectional, strong))
        told = strong[:1] == [LRM]  # as in an English table, and before the number of an English note
        if "AL" in letters and not told and line.strip() not in code:
            assert letters[0] != "L", line
        if re.fullmatch(r"\W*(?:\d+\.)?\W*", line) and ("•" in line or line.rstrip().endswith(".")):
            assert letters == ["R"], line  # a bullet alone stands where lines begin
    assert not re.search(rf"https?://\S*[{LRM}{RLM}]", text)


@LAW
@given(html=PIECES)
def test_an_english_letter_without_other_letters_has_no_mark_and_no_turn(settings: Settings, html: str) -> None:
    english = re.sub("[\u0600-\u06ff]+", "word", html).replace(' dir="rtl"', "").replace(' dir="ltr"', "")
    found = letter(issue(english), settings)
    assert LRM not in found.text + found.html
    assert RLM not in found.text + found.html
    assert "turned" not in found.html


def test_the_inbox_line_of_an_arabic_letter_begins_right_to_left(arabic: Settings) -> None:
    edition = compiled(issue(subject=f"GitHub: {NASK}", preheader=f"PHP 8: {NASK}"), arabic)
    found = join(edition, frozenset())
    assert found.subject == f"{RLM}GitHub: {NASK}"
    assert f"<title>{RLM}GitHub" in found.html
    assert f"{RLM}PHP" in found.html
