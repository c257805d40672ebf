"""Letters as mail programs display them: a table of displays, and what holds for all of them."""

import re
from html import unescape

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sample import Sample
from tipsheet.preview.colours import DARK, LIGHT, SCHEMES, change
from tipsheet.preview.displays import POLICY, Display, Styles, displayed
from tipsheet.settings.look import contrast

SITE = "https://sheet.example/weekly/"
PAGE = """\
<html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="0">
<title>a <b> title</title><style>:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) { .a { color: #EEE } }
[data-ogsc] .a { color: #DDD !important }</style></head><body>
<!--[if mso]><table bgcolor="#FFFFFF"><![endif]-->
<td class="a" bgcolor="#FFFFFF" style="background-color:#FFFFFF;color:#111111;border:1px solid #222222">x &lt; y</td>
<a href="https://sheet.example/weekly/issues/x/" style="color:white;background:#0B5B4D">go</a>
<a href="mailto:?body=https://sheet.example/weekly/x/">mail</a>
<picture><source srcset="https://sheet.example/weekly/d.png" media="(prefers-color-scheme: dark)">
<img alt="Three &quot;chairs&quot;"
 src="https://sheet.example/weekly/l.png" width="120" style="border:0"></picture>
<img alt="" src="https://other.example/o.png">
<p style="background:url(&#x27;https://sheet.example/weekly/b.png&#x27;) #FFF">p</p>
</body></html>
"""


def shown(scheme: str = "light", *, pictures: bool = True, styles: Styles = Styles.ON) -> str:
    return displayed(PAGE, Display(scheme=SCHEMES[scheme], pictures=pictures, styles=styles), SITE)


def tag(document: str, name: str, number: int = 0) -> str:
    return re.findall(rf"<{name}\b[^>]*>", document)[number]


@pytest.mark.parametrize(
    ("scheme", "cell", "button"),
    [
        ("light", "#FFFFFF #111111", "#0B5B4D white"),
        ("dark", "#FFFFFF #111111", "#0B5B4D white"),
        ("gmail-dark", "#000000 #F0F0F0", "#0B5B4D white"),
        ("gmail-ios-dark", "#000000 #F0F0F0", "#67AD9C #000000"),
        ("outlook-dark", "#333333 #F3F3F3", "#0B5B4D white"),
        ("outlook-windows-dark", "#000000 #F0F0F0", "#67AD9C #000000"),
    ],
)
def test_colours_of_a_light_cell_and_of_a_dark_button(scheme: str, cell: str, button: str):
    document = shown(scheme)
    found = []
    for element in (tag(document, "td"), tag(document, "a")):
        ground = re.search(r"background(?:-color)?:([^;\"]+)", element)
        text = re.search(r"(?<![-\w])color:([^;\"]+)", element)
        assert ground
        assert text
        found.append(f"{ground[1]} {text[1]}")
    assert found == [cell, button]


def test_light_is_what_is_sent_but_for_addresses_and_schemes():
    document = shown()
    assert tag(document, "td") == tag(PAGE, "td")
    assert '<!--[if mso]><table bgcolor="#FFFFFF"><![endif]-->' in document
    assert "<title>a <b> title</title>" in document
    assert 'href="/weekly/issues/x/"' in document
    assert 'href="mailto:?body=https://sheet.example/weekly/x/"' in document
    assert 'src="https://other.example/o.png"' in document
    assert "refresh" not in document
    assert '<base target="_blank">' in document


@pytest.mark.parametrize("name", SCHEMES)
def test_the_scheme_of_this_browser_does_not_count(name: str):
    document, dark = shown(name), SCHEMES[name].dark
    assert "prefers-color-scheme" not in document
    answer = "(min-width: 0px)" if dark else "(min-width: 1000000px)"
    assert f"@media {answer}" in document
    assert f'media="{answer}"' in document
    own = "dark" if dark else "light"
    assert f":root {{ color-scheme: {own}}}" in document
    assert f'<meta name="color-scheme" content="{own}">' in document


def test_outlook_marks_what_it_changed_with_the_old_colour():
    document = shown("outlook-dark")
    assert 'data-ogsc="#111111" data-ogsb="#FFFFFF"' in tag(document, "td")
    assert "data-ogs" not in tag(document, "a")
    assert 'data-ogsb="#FFFFFF"' in tag(document, "body")
    assert "data-ogs" not in re.sub(r"<style>.*?</style>", "", shown("gmail-dark"), flags=re.DOTALL)


def test_without_pictures_descriptions_stand_in_boxes():
    document = shown(pictures=False)
    assert "<img" not in document
    assert "<source" not in document
    assert "url(" not in document
    box = re.search(r"<span style=\"([^\"]*)\">([^<]*)</span>", document)
    assert box
    assert unescape(box[2]) == 'Three "chairs"'
    assert "width:120px" in box[1]
    assert document.count("<span") == 1  # an ornament leaves nothing


def test_styles_are_stripped_by_halves():
    inline, none = shown(styles=Styles.INLINE), shown(styles=Styles.OFF)
    assert "<style" not in inline
    assert "background-color:#FFFFFF" in inline
    assert "<style" not in none
    assert " style=" not in none
    assert "prefers-color-scheme" not in none
    assert "bgcolor" not in none.replace('<table bgcolor="#FFFFFF">', "")
    assert "width" in none


def test_a_picture_behind_a_text_is_of_this_machine_or_gone():
    assert "url(&#x27;/weekly/b.png&#x27;)" in shown()
    assert "url(" not in shown(pictures=False)
    assert "url(&quot;/weekly/b.png&quot;)" in shown("gmail-dark")


def test_attributes_may_be_written_in_any_way():
    page = """<p title='a "b" > c' hidden bgcolor=#FFFFFF data-x="d'e">don't</p>"""
    shown = displayed(page, Display(scheme=SCHEMES["gmail-dark"]), SITE)
    assert shown == """<p title="a &quot;b&quot; > c" hidden="" bgcolor="#000000" data-x="d'e">don't</p>"""
    assert displayed(page, Display(), SITE) == page


def test_a_ground_in_an_attribute_alone_is_the_ground():
    page = '<body bgcolor="#FAFBF9"><p>x</p></body>'
    body = tag(displayed(page, Display(scheme=SCHEMES["gmail-ios-dark"]), SITE), "body")
    assert body == '<body bgcolor="#050603" style="color:#FFFFFF">'


def test_attributes_of_old_markup_change_too():
    page = '<body><table background="https://sheet.example/weekly/b.png"><font color="#111111">x</font></table></body>'
    dark = Display(scheme=SCHEMES["gmail-dark"], pictures=False)
    document = displayed(page, dark, SITE)
    assert '<font color="#F0F0F0">' in document
    assert "background=" not in document
    assert 'background="/weekly/b.png"' in displayed(page, Display(), SITE)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("letter", ["2026-w47/everyone", "2026-w41/managers"])
def test_no_word_and_no_other_attribute_of_a_letter_changes(sample: Sample, name: str, letter: str):
    before = (sample.outbox / f"{letter}.html").read_text("utf-8")
    site = sample.publication.masthead.url
    after = displayed(before, Display(scheme=SCHEMES[name]), site)
    old, new = lxml.html.document_fromstring(before), lxml.html.document_fromstring(after)
    assert new.text_content() != ""
    body_before, body_after = old.find("body"), new.find("body")
    assert body_before.text_content() == body_after.text_content()
    assert [e.tag for e in body_before.iter()] == [e.tag for e in body_after.iter()]
    for one, other in zip(body_before.iter(), body_after.iter(), strict=True):
        kept = {"alt", "class", "width", "align", "lang", "dir", "role", "id"}
        assert {k: v for k, v in one.items() if k in kept} == {k: v for k, v in other.items() if k in kept}
    assert f'src="{site}' not in after
    assert f'srcset="{site}' not in after


def test_dark_as_the_letter_says_leaves_its_attributes_alone(sample: Sample):
    before = (sample.outbox / "2026-w47/everyone.html").read_text("utf-8")
    after = displayed(before, Display(scheme=DARK), "https://nowhere.example/")
    assert "@media (min-width: 0px) {\n.paper" in after
    assert (
        after.partition("<body")[2].replace("(min-width: 0px)", "(prefers-color-scheme: dark)")
        == (before.partition("<body")[2])
    )


GREYS = st.integers(0, 255).map(lambda v: f"#{v:02X}{v:02X}{v:02X}")
COLOURS = st.from_regex(r"#[0-9A-F]{6}", fullmatch=True)


@given(ground=GREYS, text=GREYS)
def test_full_inversion_keeps_what_can_be_told_apart(ground: str, text: str):
    scheme = SCHEMES["gmail-ios-dark"]
    new_ground, new_text = change(ground, scheme.ground), change(text, scheme.text)
    if contrast(ground, text) >= 7:
        assert contrast(new_ground, new_text) > 3


@given(colour=COLOURS)
def test_partial_inversion_makes_grounds_dark_and_texts_light(colour: str):
    scheme = SCHEMES["gmail-dark"]
    assert contrast(change(colour, scheme.ground), "#FFFFFF") >= 3
    assert contrast(change(colour, scheme.text), "#000000") >= 3


@given(ground=GREYS, text=GREYS)
def test_outlook_changes_no_text_that_can_be_read(ground: str, text: str):
    scheme = SCHEMES["outlook-dark"]
    new = change(text, scheme.text, ground)
    assert new == text or contrast(text, ground) < 4.5
    assert change(text, scheme.text) == text or contrast(text, "#333333") < 4.5


@given(colour=st.sampled_from(["transparent", "currentColor", "inherit", "", "12px", "rgb(", "#12"]))
def test_what_is_no_colour_stays(colour: str):
    assert all(change(colour, scheme.ground) == colour for scheme in SCHEMES.values())


def test_transparency_is_kept():
    assert change("rgba(255, 255, 255, 0.5)", SCHEMES["gmail-dark"].ground) == "rgba(0, 0, 0, 0.5)"
    assert change("rgb(255, 255, 255)", SCHEMES["gmail-dark"].ground) == "#000000"


def test_nothing_runs_and_nobody_else_is_asked():
    assert "default-src 'none'" in POLICY
    assert "allow-scripts" not in POLICY
    assert "http" not in POLICY
    assert LIGHT.name == "light"
