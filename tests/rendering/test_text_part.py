"""The text part of letters: every construct of the dialect, numbers of links, and the same words as in HTML."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markdown import Markdown

from tests.rendering.builders import MANAGERS, OTHERS, TORONTO, compiled, issue, letter, settings, text_of
from tipsheet.edition.joining import join
from tipsheet.edition.message import Composer
from tipsheet.edition.outbox import edition_from, record_of
from tipsheet.reading.conversion import DIALECT
from tipsheet.rendering.columns import WIDTH

__all__ = ["settings"]

CASES = yaml.safe_load(Path(__file__).with_suffix(".yml").with_stem("text_part").read_text("utf-8"))
RULE = "-" * WIDTH


def _html(source: str, extensions: tuple[str, ...] = ()) -> str:
    names = [*DIALECT, *extensions]
    return Markdown(extensions=names, extension_configs=dict(DIALECT), output_format="html").convert(source)


def _body(text: str) -> str:
    """What stands between the byline and the foot."""
    return re.split(r"to read\.\n", text)[1].split(f"\n\n{RULE}")[0].strip("\n")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_a_construct_of_markdown_is_said_in_plain_text(settings, case: Mapping[str, Any]) -> None:
    """E15, E25, C19."""
    html = _html(case["markdown"], tuple(case.get("with", ())))
    text = text_of(issue(html, authors=()), settings)
    assert _body(text) == case["text"].rstrip("\n").strip("\n")


WORDS = st.sampled_from([
    "one", "größe", "10", "a-b", "[1]", "{2}", "<3>", "[[4]]", "(5)", "ends.", "Donaudampfschifffahrtsgesellschaft",
    "@@first_name or dear reader@@",
])  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=8).map(lambda words: " ".join(words).replace("<", "&lt;"))
LINKS = st.builds('<a href="https://{}.example/">{}</a>'.format, st.sampled_from("abcd"), TEXTS)
INLINE = st.recursive(
    TEXTS | LINKS | st.just('<img src="https://x.example/a.png" alt="A clock">') | st.just("<br>"),
    lambda inner: st.builds(
        "<{0}>{1}</{0}> {2}".format, st.sampled_from(["b", "em", "del", "code", "q", "sup", "sub"]), inner, inner
    ),
    max_leaves=4,
)
_P = INLINE.map("<p>{}</p>".format)
BLOCKS = st.recursive(
    _P | INLINE.map("<h3>{}</h3>".format) | TEXTS.map("<pre><code>{}\n  x</code></pre>".format) | st.just("<hr>"),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(
            lambda items: f"<ul>{''.join(f'<li>{i}</li>' for i in items)}</ul>"
        ),
        st.lists(INLINE | inner, min_size=1, max_size=3).map(
            lambda items: f"<ol start='7'>{''.join(f'<li>{i}</li>' for i in items)}</ol>"
        ),
        st.lists(INLINE, min_size=2, max_size=4).map(
            lambda cells: (
                f"<table><tr><th>{'</th><th>'.join(cells)}</th></tr>"
                f"<tr><td>{'</td><td>'.join(reversed(cells))}</td></tr></table>"
            )
        ),
        inner.map("<blockquote>{}</blockquote>".format),
        st.builds("<dl><dt>{}</dt><dd>{}</dd></dl>".format, INLINE, inner),
        inner.map('<ul class="task-list"><li><input type="checkbox" checked> {}</li></ul>'.format),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=6,
)
LAW = hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _letters(text: str) -> str:
    """Letters and figures alone, without the marks of links."""
    return re.sub(r"[\W_]+", "", text)


@LAW
@given(html=BLOCKS)
def test_the_text_part_says_the_words_of_the_html_part(settings, html: str) -> None:
    """E15: but for numbers of items and of links, pictures that are said to be some, and signs for looks."""
    plain = re.sub("start='7'|<ol|</ol>", lambda m: {"<ol": "<ul", "</ol>": "</ul>"}.get(m[0], ""), html)
    plain = re.sub(r"<(/?)a\b[^>]*>", r"<\1b>", plain)
    found = letter(issue(f"<p>xxxx</p>{plain}<p>yyyy</p>", authors=()), settings)
    tree = lxml.html.document_fromstring(re.sub(r'<img[^>]*alt="A clock"[^>]*>', "PictureAclock", found.html))
    inside = _letters(str(tree.text_content())).partition("xxxx")[2].partition("yyyy")[0]
    text = _letters(found.text.replace("[x]", "").partition("xxxx")[2].partition("yyyy")[0])
    order = sorted if "<table" in html else str  # the lines of cells beside each other take turns
    assert order(text.replace("Picture", "")) == order(inside.replace("Picture", ""))


@LAW
@given(html=BLOCKS)
def test_no_line_is_wider_than_the_page_but_for_single_words(settings, html: str) -> None:
    """E15: code aside, which stays as it is."""
    for line in text_of(issue(html.replace("pre>", "p>")), settings).split("\n"):
        words = re.sub(r"^[ •\[\]x]*(?:\d+\. |Note \d+\. |[^:]+: )*", "", line).strip(" ~")
        assert len(line) <= WIDTH + 4 or " " not in words or "://" in line or line.startswith("Copyright"), line


@LAW
@given(
    contents=st.lists(st.tuples(BLOCKS, st.sampled_from([None, MANAGERS, TORONTO, OTHERS])), min_size=1, max_size=4),
    segments=st.frozensets(st.sampled_from(["managers", "toronto"])),
)
def test_links_are_numbered_without_gaps_for_every_reader_and_like_nothing_else(settings, contents, segments) -> None:
    """E25: marks count from 1 in the order of reading, each is listed once, and the editor wrote nothing like it."""
    edition = compiled(issue(*((html, when) if when else html for html, when in contents)), settings)
    text = join(edition, segments).text
    before, listed, _ = text.rsplit(f"\n{RULE}\n", 2)
    marks = [re.match(r"(\D+)(\d+)(\D+?) +(\S.*)", line).groups() for line in listed.strip("\n").split("\n")]
    ((begin, end),) = {(begin, end) for begin, _, end, _ in marks}
    assert [int(number) for _, number, _, _ in marks] == list(range(1, len(marks) + 1))
    met = [int(n) for n in re.findall(rf"(?<!{re.escape(begin[0])}){re.escape(begin)}(\d+){re.escape(end)}", before)]
    assert list(dict.fromkeys(met)) == list(range(1, len(marks) + 1))
    assert len({address for *_, address in marks}) == len(marks)


MARKED = st.sampled_from([
    "word", "[1]", "[ 2 ]", "[[3]]", "{1}", "{{2}}", "&lt;1&gt;", "[^1]", "(note 1)", "Note 1.", "[", "{", "&lt;",
    "]", "(1)", "[1", "1]", "[a1]", "[\N{FULLWIDTH DIGIT ONE}]", "[\N{ARABIC-INDIC DIGIT ONE}]", "@@first_name or [4]@@"
])  # fmt: skip
TEXT = st.lists(MARKED, max_size=4).map(" ".join)
LINKED = st.tuples(TEXT, st.sampled_from("abc"), TEXT | st.just('<img src="https://x.example/a.png" alt="">'), TEXT)
FOOTNOTE = (
    '<p>True<sup><a class="footnote-ref" href="#fn:1">1</a></sup></p>'
    '<div class="footnote"><ol><li><p>So it is.</p></li></ol></div>'
)


@LAW
@given(links=st.lists(LINKED, min_size=1, max_size=6), listed=st.booleans(), glued=st.booleans())
def test_the_address_of_every_link_is_read_back_whatever_marks_the_author_wrote(settings, links, listed, glued) -> None:
    """E25: footnotes, brackets and numbers of the author's own are never taken for the mark of a link."""
    space, tag = "" if glued else " ", "li" if listed else "p"
    parts = [
        f'<{tag}>{before}{space}<a href="https://{host}.example/">{label}</a>{space}{after}</{tag}>'
        for before, host, label, after in links
    ]
    html = "".join(parts)
    text = text_of(issue(f"<p>x</p>{FOOTNOTE}<ul>{html}</ul>" if listed else FOOTNOTE + html), settings)
    before, listed_links, _ = text.rsplit(f"\n{RULE}\n", 2)
    lines = listed_links.strip("\n").split("\n")
    rows = [re.match(r"(\D+)(\d+)(\D+?) +(\S.*)", line).groups() for line in lines]
    begin, _, end, _ = rows[0]
    addresses = {number: address for _, number, _, address in rows}
    found = re.findall(rf"(?<!{re.escape(begin[0])}){re.escape(begin)}([0-9]+){re.escape(end)}", before)
    inside = [addresses[number] for number in found if addresses[number].removeprefix("https://")[1:] == ".example/"]
    assert inside == [f"https://{host}.example/" for _, host, _, _ in links]


@LAW
@given(html=BLOCKS)
def test_an_edition_with_marks_comes_back_from_its_record(settings, html: str) -> None:
    edition = compiled(issue((html, MANAGERS), html), settings)
    assert edition_from(record_of(edition)) == edition


def test_more_numbers_than_two_figures_do_not_end_the_counting(settings) -> None:
    html = "".join(f'<p><a href="https://x.example/{n}">word</a></p>' for n in range(120))
    text = text_of(issue(html), settings)
    assert "word [120]" in text
    assert "\n[120] https://x.example/119\n" not in text  # the byline's link is the first
    assert "\n[121] https://x.example/119\n" in text


def test_a_composer_joins_the_same_numbers_for_every_set_of_segments(settings) -> None:
    """E25."""
    edition = compiled(
        issue(*((f'<p><a href="https://{w}.example/">{w}</a></p>', a) for w, a in (("m", MANAGERS), ("t", TORONTO)))),
        settings,
    )
    assert Composer(edition)
    texts = [join(edition, frozenset(s)).text for s in ((), ("managers",), ("toronto",), ("managers", "toronto"))]
    assert ["t [2]" in text for text in texts] == [False, False, True, False]
    assert ["t [3]" in text for text in texts] == [False, False, False, True]
