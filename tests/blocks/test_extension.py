"""The extension under plain Python-Markdown, with no MkDocs and no settings."""

import markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from tipsheet.blocks.extension import BlocksExtension


def html_of(text, *others, **options):
    configs = {"tipsheet.blocks": options}
    return markdown.markdown(text, extensions=["tipsheet.blocks", *others], extension_configs=configs)


def test_an_action():
    assert html_of("/// action | Ask *one* { minutes=5 }\n\nWrite *it* down.\n\n///") == (
        '<section class="ts-action">\n<p class="ts-action-title">Ask *one*</p>\n'
        "<p>Write <em>it</em> down.</p>\n</section>"
    )


def test_an_event():
    html = html_of("/// event | Listening { starts=2026-01-01 }\n\nTwelve seats.\n\n///")
    assert html.startswith('<aside class="ts-event">\n<p class="ts-event-title">Listening</p>\n<p>Twelve seats.</p>')


def test_only_says_for_whom():
    html = html_of("/// only | managers, !toronto\n\nText\n\n///")
    assert html.startswith('<div class="ts-only" data-for="managers, !toronto">')


def test_public_leaves_out_what_is_for_segments():
    text = "before\n\n/// only | m\n\nsecret\n\n- secret\n\n///\n\n/// action | secret { for=m }\n\n///\n\nafter"
    assert html_of(text, public=True) == "<p>before</p>\n<p>after</p>"


def test_public_keeps_what_is_for_everyone():
    text = "/// only | everyone\n\na\n\n///\n\n/// only | !m\n\nb\n\n///\n\n/// action | c\n\n///"
    html = html_of(text, public=True)
    assert all(f">{word}</p>" in html for word in "abc")


def test_public_leaves_out_what_is_in_doubt():
    assert "secret" not in html_of("/// only | Managers!\n\nsecret\n\n///\n\n/// only\n\nsecret\n\n///", public=True)


def test_nothing_is_kept_from_one_text_to_the_next():
    program = markdown.Markdown(extensions=[BlocksExtension(public=True)])
    assert program.convert("/// only | m\n\na\n\n///") == ""
    assert program.reset().convert("b") == "<p>b</p>"
    assert program.reset().convert("/// only | m\n\n///\n\nc") == "<p>c</p>"


def test_links_defined_around_a_block_are_known_in_it_and_not_the_other_way_round():
    """K1: link definitions of a text are known to the texts inside it, never outwards."""
    text = "[a]: /a\n\n/// only | !m\n\n[a], [b]\n\n[b]: /b\n\n///\n\n[a], [b]"
    html = html_of(text, public=True)
    assert html == (
        '<div class="ts-only" data-for="!m">\n<p><a href="/a">a</a>, <a href="/b">b</a></p>\n</div>\n'
        '<p><a href="/a">a</a>, [b]</p>'
    )


def test_a_table_of_contents_knows_the_text_it_stands_in():
    """K1: a heading in a block is in no table of contents but its own, and its id is its own."""
    text = "[TOC]\n\n# One\n\n/// only | !m\n\n# One\n\n# Two\n\n///"
    program = markdown.Markdown(extensions=[BlocksExtension(), "toc"])
    html = program.convert(text)
    assert html.count("<a href") == 1
    assert [part.partition('"')[0] for part in html.split(' id="')[1:]] == ["one", "one_1", "two"]
    assert [token["name"] for token in program.toc_tokens] == ["One"]


def test_an_image_alone_with_a_title_is_a_figure_with_its_credit():
    assert html_of('![Scales](a.png "I. Draw, CC BY")') == (
        '<figure class="ts-figure"><img alt="Scales" src="a.png" /><figcaption>I. Draw, CC BY</figcaption></figure>'
    )


def test_other_images_stay_as_they_are():
    assert "figure" not in html_of("![a](a.png)\n\nText ![b](b.png 'title')\n\n![c](c.png 'title') text")


def test_a_call_to_action():
    link = '<p><a class="cta" href="https://example.org/">Reserve</a></p>'
    for written in ("{ .cta }", "{.cta}", "{: .cta }", "{\n.cta }", "{ .cta\n}"):
        assert html_of(f"[Reserve](https://example.org/){written}", "attr_list") == link


def test_attributes_of_a_quotation_may_be_wrapped():
    for written in ("> What?\n> { .ask }", "> What?\n{ .ask }", "> What? { .ask }", "> What? {\n> .ask }"):
        assert html_of(written, "attr_list") == '<blockquote>\n<p class="ask">What?</p>\n</blockquote>'


def test_attributes_after_emphasis_and_on_items():
    assert html_of("Text *em* more { .a #b }", "attr_list") == '<p class="a" id="b">Text <em>em</em> more</p>'
    assert html_of("- one { .a }\n  - two { .b }", "attr_list") == (
        '<ul>\n<li class="a">one<ul>\n<li class="b">two</li>\n</ul>\n</li>\n</ul>'
    )


def test_braces_that_are_no_attributes_stay():
    assert html_of("A set { a, b }", "attr_list") == "<p>A set { a, b }</p>"


def test_lists_in_blocks_are_whole():
    html = html_of("/// action | X\n\n1. a\n\n   b\n\n2. c\n\nd\n\n///")
    assert "<ol>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>\n<p>d</p>\n</section>" in html


SEGMENTS = st.sampled_from(["managers", "managers, toronto", "Managers!", "toronto"])


def block(name, argument, inner):
    """A block around a text, with a slash more than any in it."""
    slashes = "/" * max(3, 1 + max((len(line) for line in inner.split("\n") if line.strip("/") == ""), default=0))
    return f"{slashes} {name} | {argument}\n\n{inner}\n\n{slashes}"


prose = st.sampled_from(["open", "- open\n  - open", "> open", "1. open\n\n   open", "```\nopen\n```"])
texts = st.recursive(
    prose,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("\n\n".join),
        inner.map(lambda text: block("only", "everyone", text)),
        inner.map(lambda text: block("only", "!managers", text)),
        st.builds(lambda who, text: block("only", who, text.replace("open", "secret")), SEGMENTS, inner),
        st.builds(lambda text: block("action", "secret { for=managers }", text.replace("open", "secret")), prose),
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(texts)
def test_no_text_for_segments_survives_in_public(text):
    html = html_of(text, "pymdownx.superfences", "sane_lists", "attr_list", "md_in_html", public=True)
    assert "secret" not in html
    assert html.count("open") == text.count("open")
