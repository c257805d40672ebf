"""I3: whatever a source holds, what comes of it has no mistake that `tipsheet check` finds, and its words are kept."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tipsheet.archives.bodies import BodyWriter
from tipsheet.archives.dialects import admonitions, attributes, boxes, extra, formulas, kramdown, mdx, notes, pymdownx
from tipsheet.archives.fidelity import signature
from tipsheet.archives.generators import title_in
from tipsheet.archives.headers import headed, in_zone, moment_of, text_in
from tipsheet.archives.item import Archive, Form, Item
from tipsheet.archives.links import addresses_of, site_of
from tipsheet.archives.markdown import Change, kept, outside_code, without_office
from tipsheet.archives.naming import one_line_of
from tipsheet.archives.nesting import prepared
from tipsheet.archives.pictures import Pictures
from tipsheet.archives.shapes import read_archive
from tipsheet.archives.source import SourceFiles, open_source
from tipsheet.archives.templating import Template, liquid, shortcodes
from tipsheet.archives.trees import cleaned, tree_of
from tipsheet.blocks import scan_blocks
from tipsheet.problems import Problem, Severity, Where
from tipsheet.reading.body import BodyReader
from tipsheet.reading.conversion import Converter
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets
from tipsheet.witness import KINDS, differences

TEXTS = st.lists(
    st.sampled_from([
        "/// action | Do it", "/// only | managers", "///", "// only | x", "\u2044\u2044\u2044 event | y",
        "x///only {a=b}", "@@first_name@@", "@@a or *b*@@", "\\@@x@@", "[^1]", "[^1]: note", "[TOC]",
        "[a]: http://b.example", "[a](b)", "![a](b.png)", "*", "**", "_", "__", "`", "``", "```", "~~~", "~~", "^",
        "# h", "## h ##", "---", "===", "***", "- x", "+ x", "1. x", "12) x", "&gt; q", "a | b", "|---|", ": def",
        "*[X]: y", "{#id}", "{: .x }", "!!! note", "--8<-- 'x'", "&lt;b&gt;", "&lt;/div&gt;", "&lt;!--",
        "&amp;lt;", "&copy;", "\\", "<", ">", "&", "a<b", "word", "é", "http://x.example/a_b*c", "www.x.example",
        "a@b.example", "- [ ] task", "\t", "\n\n", "\u00a0", "\u200b", "\u202e", "\x0b", "\x0c", "&#x1b;",
        "\ufdd0", "\ufde7", "\ue000", " markdown=1 ", 'href="#x"',
    ]),
    min_size=1, max_size=4,
).map(" ".join)  # fmt: skip
TAGS = [
    "p", "div", "span", "em", "strong", "b", "i", "s", "a", "code", "kbd", "samp", "sub", "sup", "mark", "q",
    "abbr", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "h1", "h2", "h5", "table", "thead", "tbody",
    "tr", "td", "th", "caption", "figure", "figcaption", "br", "hr", "iframe", "svg", "button", "textarea",
    "section", "details", "summary", "label", "ruby", "rt", "script", "style", "template", "picture",
    "footnote-ref", "footnote-text", "kept-html", "o:p", "x-y", "xmp",
]  # fmt: skip
VALUES = st.sampled_from([
    "x", "", "#x", "#fn1", "fn1", "https://x.example/(a)", "javascript:x()", "//[bad", "a.png", "/// only | x",
    "@@token@@", "a\n\nb", "{x}", "x) [y](z", "&lt;b&gt;", "footnote", "language-py", "2", "99999999999",
    "display:none",
])  # fmt: skip
NAMES = (
    "href", "src", "alt", "title", "id", "class", "style", "colspan", "start", "type", "markdown", "number",
    "data-note",
)  # fmt: skip
ATTRIBUTES = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=2).map(
    lambda pairs: "".join(f' {name}="{value}"' for name, value in dict(pairs).items())
)


def elements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Elements around others; some are never closed, and some end where none began."""
    inside = st.lists(inner, max_size=3).map("".join)
    shape = st.sampled_from(["<{0}{1}>{2}</{0}>"] * 8 + ["<{0}{1}>{2}", "{2}</{0}>", "<!--{2}-->"])
    return st.builds(str.format, shape, st.sampled_from(TAGS), ATTRIBUTES, inside)


HTML = st.lists(st.recursive(TEXTS, elements, max_leaves=12), min_size=1, max_size=4).map("".join)


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> BodyWriter:
    archive, files = Archive(sites=("https://old.example/",)), open_source(tmp_path_factory.mktemp("source"))
    addresses = addresses_of(archive, files)
    return BodyWriter(addresses, Pictures(addresses, "images"), {}, Converter({}))


def found_in(text: str) -> list[Problem]:
    """Errors of a text, and what GitHub shows otherwise."""
    reader = BodyReader(Targets(Path(), {}), ZoneInfo("UTC"), (), ())
    source = Source(path="x.md", name="x.md", header=None, body=text, first_line=1)
    told = differences(text, reader.convert(scan_blocks(text).text, {})[0], source.where)
    return [
        one
        for one in (*reader.read(source, place="an issue").problems, *told)
        if one.code in KINDS or one.severity is Severity.ERROR
    ]


@given(html=HTML, form=st.sampled_from(Form))
@settings(max_examples=60)
def test_what_comes_has_no_mistake_and_github_shows_the_same(html: str, form: Form, writer: BodyWriter) -> None:
    assume(form is Form.HTML or "[^1]:" not in html)  # a note that refers to itself is read by each in its own way
    item = Item(where=Where("old.html"), title="Old", text=html, form=form)
    written = writer.write(item, "tipsheets/2020/old.md")
    assert not found_in(written.text), written.text
    assert not any("a mistake" in one.cause for one in written.left)


@given(html=HTML)
@settings(max_examples=60)
def test_taking_nestings_apart_keeps_every_word_and_link(html: str) -> None:
    tree = tree_of(html)
    cleaned(tree)
    before = signature(tree.body.decode(formatter="minimal"))
    prepared(tree)
    assert not list(before.differences(signature(tree.body.decode(formatter="minimal"))))


def _templated(read: Callable[[Template], None], text: str) -> Template:
    template = Template(text, Where("a.md", 1))
    read(template)
    template.done()
    return template


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (liquid, "{% " + " " * 3_000),
        (liquid, "{{ " + " " * 3_000),
        (liquid, "{% comment %}" * 3_000),
        (liquid, "{% comment " * 30_000 + "{% endcomment %}"),
        (liquid, "{% highlight a %}\n" * 3_000 + "{% endcode %}"),
        (liquid, "{% quote %}\n" * 3_000),
        (liquid, "{% blockquote A" + " " * 3_000 + "B %}\nq\n{% endblockquote %}"),
        (liquid, "{{ 'a' " * 5_000),
        (liquid, "{% for a in b %}" * 6_000 + "{% endfor %}" * 6_000),
        (shortcodes, "{{< a" + " " * 3_000),
        (shortcodes, "{{< a " * 5_000),
        (shortcodes, "{{< highlight a " * 12_000 + "{{< /highlight >}}"),
        (extra, "<div " * 10_000),
        (attributes, "[x]{" + "a=b" * 10_000),
        (pymdownx, "{~~a~>" * 5_000),
        (lambda template: title_in(template.text, Form.MARKDOWN) and None, "<!-- a -->\n" * 40 + "words\n"),
        (lambda template: title_in(template.text, Form.HTML) and None, "<h1>" * 30_000),
    ],
)  # fmt: skip
def test_signs_that_nothing_closes_take_no_time(read: Callable[[Template], None], text: str) -> None:
    begun = process_time()
    _templated(read, text)
    assert process_time() - begun < 5  # it takes 0.2 at most; before it was half a minute, or for ever


def _read(name: str, form: str) -> Callable[[str], object]:
    """A function that reads a text as the only file of an archive, in a form with a place for it."""

    def read(text: str) -> object:
        data = form.replace("TEXT", text).encode()
        return read_archive(SourceFiles("old", (name,), (), lambda _name: data, frozenset({name})), None)

    return read


WXR = """<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<item><title>A</title><pubDate>Mon, 02 Mar 2015 10:00:00 +0000</pubDate>
<content:encoded><![CDATA[TEXT]]></content:encoded>
</item></channel></rss>"""
PAGE = '<html><head><title>A</title><meta name="date" content="2015-03-02"></head>TEXT'
READERS: Mapping[str, Callable[[str], object]] = {
    "WordPress": _read("a.xml", WXR),
    "Pelican": _read("a.html", PAGE),
    "a header": partial(headed, meta=True),
    "a description": one_line_of,
    "an address": lambda text: site_of([Item(where=Where("a"), title="A", text=text, form=Form.HTML)]),
    "what is kept": lambda text: kept(text, {"a": Change("b")}, "A", demote=True),
    "Office": without_office,
    "code": lambda text: outside_code(text, str.upper),
    "blocks": scan_blocks,
    "notes": partial(_templated, partial(notes, files={}, vault=True)),
    **{
        step.__name__: partial(_templated, step)
        for step in (admonitions, attributes, boxes, extra, formulas, kramdown, liquid, mdx, pymdownx, shortcodes)
    },
}
BEGINNINGS: Mapping[str, Sequence[str]] = {
    "WordPress": (
        *(
            "[caption]",
            "[caption",
            "[caption]<img",
            "[embed]",
            "[embed ",
            "[embed]x",
            "[code]",
            "[code a",
            '[php lang="',
        ),
        *("[gallery", "[vc_a", "<!-- wp:", "<!-- wp:a -->", "<pre", "<pre>", "[caption]<a href='", "\n \n"),
    ),
    "Pelican": ("<body", "<body>", "<body>a</body", "<meta ", '<meta name="a" content="'),
    "a header": ("---\n", "+++\n", "a: b\n", "a: b\n  c\n", " \n", "{", "[", "a:"),
    "a description": ("<", "&", "@@", "<!--", "<body"),
    "an address": ("http://", "https://a.b/c"),
    "what is kept": ("<!--", "![](", "[a](b(", "[a]: <", "href='", "/// a\n", "# ", "- a\n", "\n \n", "]("),
    "Office": ("<o:p", "<![if ", "<?xml:namespace"),
    "code": ("`", "`a``b```", "```\n", "~~~", "    a\n", "> ", "- a\n", *("a" + "`" * n for n in (7, 60))),
    "blocks": ("/// ", "/// a\n", "///<code>", "/// a | b\n", "/", "<code>", "    /// a\n"),
    "notes": ("[[", "[[a|", "[[a#b", "![[", "%%a", " ", "==a", " ^a"),
    "admonitions": ("!!! a\n", '!!! a "', "??? a\n    ", "--8<-- ", "-", "{.a", "=== "),
    "attributes": ("{", "{.a", "{.a .b ", ")]{a=b ", "[x]{a='"),
    "boxes": (":::", "::: {", "> [!", "> [!a]", "\t>"),
    "extra": ("|", "| a |", "|-", "|-|-|\n", "a | b\n-|-\n", "| `a", "##a ", "*[", "*[a]\n", "```{", "<div markdown='"),
    "formulas": ("$$", "$$a", "\\\\[", "\\\\("),
    "kramdown": (
        *("{::comment}", "{::nomarkdown", "{::options", "{:", "{:.a}", "{:/}", "|-", "|-|-|\n", "| a\n|-\n", "^\n"),
        *("# a\n{:", "* a\n{:toc", "* TOC\n", "[[_TOC", "a\n: b\n", ": b\n", "a\n\n: b\n"),
    ),
    "liquid": (
        *("{% if a %}", "{%", "{% raw %}", "{% highlight a %}", "{% capture a %}", "{% quote %}", "{% set a = '"),
        *("{#", "{{", '{{ "', "%}", "}}", "{% for a in b %}"),
    ),
    "mdx": ("import a\n", "export ", "import "),
    "pymdownx": (":material-", "++a+", "++", "==a", "{==a", "{>>a", "{++a", "{--", "{~~a~>", "~a", "^a", "^^a"),
    "shortcodes": ("{{< a", '{{< a "', "{{< highlight a >}}", "{{</* a", "{{%"),
}
"""Beginnings that a reader of a text looks for, and that nothing ends."""


@pytest.mark.parametrize("reader", READERS)
def test_beginnings_that_nothing_ends_are_not_read_anew_from_each(reader: str) -> None:
    for beginning, end in product(BEGINNINGS[reader], ("", " x]%}}}>)`\n-->")):
        begun = process_time()
        READERS[reader](beginning * (100_000 // len(beginning)) + end)
        assert process_time() - begun < 5, (beginning, end)  # it takes 0.4 at most, and half a minute read anew


def test_code_in_a_line_is_found_in_time_whatever_is_not_closed_before_it() -> None:
    begun = process_time()
    assert outside_code(" ".join("a" + "`" * n for n in range(2, 600)) + " `b`", str.upper).endswith("`b`")
    assert process_time() - begun < 5


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{% capture a %}{% raw %}{{ b }}{% endraw %}{% endcapture %}{{ a }}", "{{ b }}"),
        ("{% capture a %}one{% endcapture %}{% capture b %}{{ a }} two{% endcapture %}{{ b }}", "one two"),
        ("{% capture a %}{{ '{{' }}{% endcapture %}{{ a }}", "{{"),
        ("{% raw %}\ufdd80\ufdd9{% endraw %}", "\ufffd0\ufffd"),
        ("{% raw %}x{% endraw %} \ufdd87\ufdd9", "x \ufffd7\ufffd"),
    ],
)
def test_words_that_are_kept_come_back_where_they_stood(text: str, shown: str) -> None:
    assert _templated(liquid, text).text == shown


def test_signs_like_those_of_code_are_no_code() -> None:
    assert outside_code("`a` \ufdda7\ufddb", str.upper) == "`a` \ufffd7\ufffd"


def test_values_in_values_end_where_they_would_fill_the_memory() -> None:
    doubled = "".join(f"{{% capture a{n + 1} %}}{{{{a{n}}}}}{{{{a{n}}}}}{{% endcapture %}}" for n in range(60))
    template = _templated(liquid, f"{{% assign a0 = 'x' %}}{doubled}{{{{a60}}}}")
    assert template.left[-1].cause == "a value of a template"


def test_a_header_of_aliases_of_aliases_is_broken() -> None:
    lines = [f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]" for n in range(9)]
    found = headed("\n".join(["---", "title: One", "a0: &a0 [x]", *lines, "tags: *a9", "---", "Text."]))
    assert found.broken
    assert text_in(found.header, "title") == "One"
    assert headed("---\ntags: &a [b]\ncategories: *a\n---\n").header == {"tags": ["b"], "categories": ["b"]}


@pytest.mark.parametrize("zone", ["America/Argentina", "Xa/" + "b" * 300])
def test_a_zone_that_is_none_leaves_the_moment(zone: str) -> None:
    noon = dt.datetime(2024, 5, 1, 12)  # noqa: DTZ001 - what is tried
    assert moment_of(f"2024-05-01 12:00 {zone}") == noon
    assert in_zone(noon, zone) == noon
