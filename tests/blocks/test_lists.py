"""Lists come out as CommonMark says, whatever Python-Markdown would make of them."""

import re

import markdown
import mdformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.sample import NOW
from tipsheet.blocks.commonmark import list_traps, repair
from tipsheet.press import prepare

COMMONMARK = MarkdownIt("commonmark")
EXTENSIONS = ["tipsheet.blocks", "sane_lists", "pymdownx.superfences", "md_in_html", "attr_list", "tables"]
PROGRAM = markdown.Markdown(
    extensions=EXTENSIONS, extension_configs={"pymdownx.superfences": {"css_class": ""}}, output_format="html"
)


def ours(text):
    html = PROGRAM.reset().convert(text)
    html = re.sub(r"<div[^>]*><pre>(?:<span></span>)?<code>|<pre[^>]*><code>", "<pre><code>", html)
    return squeezed(re.sub(r"</code></pre></div>", "</code></pre>", html))


def commonmark(text):
    return squeezed(COMMONMARK.render(text))


def squeezed(html):
    """Without white space."""
    return re.sub(r"\s+", "", html).replace("/>", ">")


LISTS = {
    "nested by two": "- a\n  - b\n    - c\n- d",
    "nested by three": "1. a\n   1. b\n   2. c\n2. d",
    "nested by four": "- a\n    - b\n- c",
    "numbers of two digits": "9. a\n10. b\n    - c",
    "without a blank line before": "text\n- a\n- b\n\nend",
    "numbers without a blank line before": "text\n1. a\n2. b",
    "a year at the beginning of a line": "text in\n2026. It was",
    "a year at the beginning of a line in an item": "1. text in\n   2026. It was\n2. b",
    "numbers, then bullets": "1. a\n2. b\n- c",
    "bullets of another kind": "- a\n\n* b\n\n+ c",
    "numbers with brackets": "1) a\n2) b\n\n1. c",
    "beginning at three": "3. a\n4. b",
    "one blank line makes all loose": "- a\n- b\n\n- c",
    "tight with a nested loose one": "- a\n  - b\n\n  - c",
    "paragraphs": "- a\n\n  b\n\n- c",
    "three-column fence": "1. a\n\n   ```\n   - x\n\n   y\n   ```\n2. b",
    "fence right after the text": "1. a\n   ```\n   x\n   ```\n   b\n2. c",
    "fence as the item": "- ```\n  x\n  ```\n- b",
    "indented code": "- a\n\n      code\n\n- b",
    "empty item": "-\n- b\n-",
    "item in item": "- - a\n  - b\n- 1. c",
    "lazy line": "- a\nlazy\n- b",
    "quotation": "- > a\n  > b\n- c",
    "list in a quotation": "> - a\n>   - b\n> - c\n>\n> d",
    "list in a quotation, lazy": "> - a\n>   - b\nlazy",
    "list after a quotation": "> a\n- b",
    "heading in an item": "- # a\n  b\n- c",
    "rule, no list": "- - -\n\n***",
    "heading after a list": "- a\n\n# b",
    "tabs": "-\ta\n\n\tb\n-\tc",
    "fence after text": "text\n```\nx\n```\nmore",
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_as_commonmark_says(name):
    text = LISTS[name]
    assert ours(text) == commonmark(text)


def test_markdown_in_html_has_lists_too():
    html = ours("<div markdown>\n\n- a\n  - b\n\n    c\n\n</div>\n\n- d")
    assert html == "<div><ul><li>a<ul><li><p>b</p><p>c</p></li></ul></li></ul></div><ul><li>d</li></ul>"


def test_between_tags_of_html_stands_markdown():
    """C19: HTML ends at a blank line, as CommonMark says."""
    assert ours("<div>\n\n- *a*\n\n</div>\n\n- b") == "<div><ul><li><em>a</em></li></ul></div><ul><li>b</li></ul>"
    assert ours("<div>\n- *a*\n</div>") == "<div>-*a*</div>"
    assert ours("<div>\\( words about markdown = text</div>") == "<div>\\(wordsaboutmarkdown=text</div>"


WORDS = st.sampled_from(["a", "two words", "a line\nand another", "*em*", "a [link](x)"])


def item(marker, text):
    first, *rest = text.split("\n")
    return "\n".join([f"{marker}{first}", *(" " * len(marker) + line if line else "" for line in rest)])


@st.composite
def bullets(draw, inner):
    tight, numbered = draw(st.booleans()), draw(st.booleans())
    space = " " * draw(st.integers(1, 4))
    mark = draw(st.sampled_from(".)" if numbered else "-*+"))
    items = draw(st.lists(inner, min_size=1, max_size=4))
    markers = (f"{n}{mark}{space}" if numbered else f"{mark}{space}" for n in range(1, len(items) + 1))
    return ("\n" if tight else "\n\n").join(item(m, text) for m, text in zip(markers, items, strict=True))


def with_text(blocks):
    return st.builds(lambda text, gap, block: f"{text}{gap}{block}", WORDS, st.sampled_from(["\n", "\n\n"]), blocks)


FENCES = st.sampled_from(["```\ncode\n\n  - no list\n```", "~~~\n1. no\n~~~"])
DOCUMENTS = st.recursive(
    WORDS | FENCES,
    lambda inner: st.one_of(
        bullets(inner),
        with_text(bullets(inner)),
        with_text(FENCES),
        bullets(inner).map(lambda text: item("> ", text).replace("\n  ", "\n> ").replace("\n\n", "\n>\n")),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_any_lists_are_as_commonmark_says(text):
    assert ours(text) == commonmark(text)


@settings(deadline=None)
@given(DOCUMENTS)
def test_a_formatter_leaves_nothing_to_find(text):
    assert not list(list_traps(mdformat.text(text), "x.md"))


@settings(deadline=None, max_examples=500)
@given(st.one_of(DOCUMENTS, st.text("-*1.) \n>`ab\t", max_size=60)))
def test_what_is_to_be_repaired_is_found(text):
    assert list(list_traps(text, "x.md")) or repair(text) == text


@settings(deadline=None)
@given(st.text("-*1.) \n>`ab\t", max_size=60))
def test_repairing_ends_and_a_second_time_changes_nothing(text):
    once = repair(text)
    assert not list(list_traps(once, "x.md"))
    assert repair(once) == once


TRAPS = {
    "nested by two under a number": ("1. a\n  - b\n  - c\n2. d", ["2:3 TS121"], "1. a\n   - b\n   - c\n2. d"),
    "nested by three under two digits": ("10. a\n   - b", ["2:4 TS121"], "10. a\n    - b"),
    "in a quotation": ("> 1. a\n>   - b", ["2:5 TS121"], "> 1. a\n>    - b"),
    "no blank line": ("text\n- a\n- b", ["2:1 TS122"], "text\n\n- a\n- b"),
    "no blank line in a quotation": ("> text\n> - a", ["2:3 TS122"], "> text\n>\n> - a"),
    "fence by two under a number": (
        "1. a\n\n  ```\n  x\n  ```\n2. b",
        ["3:3 TS123"],
        "1. a\n\n   ```\n   x\n   ```\n2. b",
    ),
    "text by two under a number": ("1. a\n\n  more\n  text", ["3:3 TS123"], "1. a\n\n   more\n   text"),
    "code at the margin": ("- a\n  ```\nx\n  ```\n- b", ["3:1 TS123"], "- a\n  ```\n  x\n  ```\n- b"),
    "bullets after numbers": ("1. a\n- b", ["2:1 TS124"], "1. a\n\n- b"),
    "two at once": ("text\n1. a\n  - b", ["2:1 TS122", "3:3 TS121"], "text\n\n1. a\n   - b"),
}
"""Text, the traps in it, and the text repaired."""


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_found_and_repaired(name):
    text, expected, repaired = TRAPS[name]
    assert [f"{p.where.line}:{p.where.col} {p.code}" for p in sorted(list_traps(text, "x.md"))] == expected
    assert repair(text) == repaired


def test_what_formatters_write_is_no_trap():
    for text in (
        "- a\n  - b\n    - c",
        "1. a\n   - b",
        "- a\n  1. x\n  - y",
        "9. a\n10. b",
        " 9. a\n10. b",
        "# h\n- a",
    ):
        assert not list(list_traps(text, "x.md"))


def test_places_begin_where_the_body_does(publication):
    root = publication({"content/a.md": "---\ntitle: t\n---\ntext\n- a\n"})
    (problem,) = prepare(root, now=NOW).problems
    assert str(problem).startswith("content/a.md:5:1: TS122 warning: a blank line is missing before the list")
