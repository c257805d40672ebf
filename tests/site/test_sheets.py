from importlib.resources import files
from itertools import pairwise

import pytest
import tinycss2

from tipsheet.site.sheets import in_sheet, reduced

COLOURS = frozenset({"custom"})


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("a{color:red}", "a{color:red}"),
        (".md-nav{color:red}", ""),
        (".md-typeset p,.md-nav p{color:red}", ".md-typeset p{color:red}"),
        (".md-search__input--on:hover{color:red}", ".md-search__input--on:hover{color:red}"),
        (".md-searching{color:red}", ""),
        ("p:not(.md-nav){color:red}", "p:not(.md-nav){color:red}"),
        ("p:is(.md-nav,.md-tabs){color:red}", "p:is(.md-nav,.md-tabs){color:red}"),
        ("@media screen and (min-width:1px){.md-nav{color:red}}", ""),
        ("@media print{.md-nav{color:red}a{color:red}}", "@media print{a{color:red}}"),
        ("@supports (a:b){@media print{a{color:red}}}", "@supports (a:b){@media print{a{color:red}}}"),
        ('@charset "UTF-8";@keyframes k{0%{top:0}}', "@keyframes k{0%{top:0}}"),
        ("[data-md-color-primary=red]{color:red}", ""),
        ("[data-md-color-primary=custom]{color:red}", "[data-md-color-primary=custom]{color:red}"),
        (":root{--a:1;--b:2}.md-nav{top:var(--a)}", ":root{--b:2}"),
        (":root{--a:1}.md-nav{top:var(--a)}p{top:var(--a, 2)}", ":root{--a:1}p{top:var(--a, 2)}"),
        ('p{content:";}";--icon:url("data:a;b")}', 'p{content:";}";--icon:url("data:a;b")}'),
    ],
)
def test_rules_for_other_parts_are_left_out(given, left):
    assert reduced(given, COLOURS, "").text.rpartition("*/\n")[2] == left + "\n"


def test_a_property_that_the_publication_asks_for_stays():
    sheet = ":root{--a:1}.md-nav{top:var(--a)}"
    assert ":root{--a:1}" in reduced(sheet, COLOURS, "b{top:var(--a)}").text


def test_every_selector_of_material_that_is_left_out_asks_for_a_class_that_brings_the_whole_sheet():
    folder = files("material") / "templates/assets/stylesheets"
    sheets = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".css")]
    whole = "".join(sorted(sheets))
    sheet = reduced(whole, COLOURS, "")
    kept = {(media, text) for media, text, _ in selectors(tinycss2.parse_stylesheet(sheet.text))}
    for media, text, classes in selectors(tinycss2.parse_stylesheet(whole)):
        assert (media, text) in kept or classes & sheet.beyond or "data-md-color-" in text, text
    assert len(sheet.text) < len(whole) * 0.4
    assert {"admonition", "tabbed-set", "md-nav", "md-button"} <= sheet.beyond
    assert not {"md-typeset", "task-list-item", "footnote-ref", "highlight"} & sheet.beyond
    assert all(node.type != "error" for node in tinycss2.parse_stylesheet(sheet.text))


def selectors(nodes, media=""):
    """Each selector with the media it is for, as text, and the classes that stand in it outside of brackets."""
    for node in nodes:
        if node.type == "qualified-rule":
            for text in (
                tinycss2.serialize(node.prelude).split(",") if "(" not in tinycss2.serialize(node.prelude) else []
            ):
                parsed = tinycss2.parse_component_value_list(text)
                yield media, text.strip(), {b.value for a, b in pairwise(parsed) if a == "."}
        elif node.type == "at-rule" and node.content and node.lower_at_keyword in {"media", "supports"}:
            yield from selectors(
                tinycss2.parse_rule_list(node.content), media + tinycss2.serialize(node.prelude).strip()
            )


PAGE = "<head><!--lean-->small<!--whole-->big<!--/whole--></head><body {}>"


@pytest.mark.parametrize(
    ("written", "sheet"),
    [
        ('class="a b"', "small"),
        ('class="a note b"', "big"),
        ("class='note'", "big"),
        ("class=note", "big"),
        ('CLASS = "x\n note"', "big"),
        ('class="notes" title="note"', "small"),
    ],
)
def test_a_class_on_the_page_brings_the_whole_sheet(written, sheet):
    page = in_sheet(PAGE.format(written), frozenset({"note"}))
    assert page == f"<head>{sheet}</head><body {written}>"


def test_a_page_without_marks_is_left_alone():
    assert in_sheet("<p class=note>", frozenset({"note"})) == "<p class=note>"
