"""The block scanner: what it reads, and every mistake at its place."""

import datetime as dt

import pytest

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.passages import placeholder
from tipsheet.model.audience import Audience

LONG = "Ask one question before you pitch, and write down the answer"

MISTAKES = {
    "unknown block": ("/// actoin | X\n\n///", ["1:5 TS101"]),
    "wrong value": ("/// action | X { minutes=0 }\n\n///", ["1:26 TS102"]),
    "wrong values on the lines they stand in": (
        "/// action | X { due=soon\nfor=Managers! }\n\n///",
        ["1:22 TS102", "2:5 TS102"],
    ),
    "wrong value right after the brace wraps": ("/// action | X {\nminutes=0 }\n\n///", ["2:9 TS102"]),
    "it ends before it starts": (
        "/// event | X { starts=2026-01-02 ends=2026-01-01 }\n\n///",
        ["1:11 TS102"],
    ),
    "unknown key": ("/// action | X { minuts=5 }\n\n///", ["1:18 TS004"]),
    "missing key": ("/// event | X\n\n///", ["1:11 TS005"]),
    "key given twice": ("/// action | X { id=a id=b }\n\n///", ["1:23 TS003"]),
    "never closed": ("text\n\n/// action | X\n\ntext", ["3:1 TS103"]),
    "inner one never closed": ("//// only | m\n\n/// only | n\n\n////", ["3:1 TS103"]),
    "code fence never closed": ("text\n\n```\n/// only | m", ["3:1 TS103"]),
    "stray closer": ("text\n\n////", ["3:1 TS104"]),
    "a closer of another length": ("/// only | m\n\n////\n\n///", ["3:1 TS104"]),
    "as many slashes inside": ("/// only | m\n\n/// only | n\n\n///\n\n///", ["3:1 TS105"]),
    "no blank line after the header": ("/// action | X\ntext\n\n///", ["2:1 TS106"]),
    "no blank line after the options": ("/// action | X { id=a }\ntext { b }\n\n///", ["2:1 TS106"]),
    "no blank line between the fences": ("/// action | X\n///", ["2:1 TS106", "2:1 TS106"]),
    "no blank line before the closing fence": ("/// action | X\n\ntext\n///", ["4:1 TS106"]),
    "in a list": ("- a\n\n  /// only | m\n\n  ///", ["3:3 TS107"]),
    "as an item": ("1. /// only | m", ["1:4 TS107"]),
    "in a quotation": ("> /// only | m", ["1:3 TS107"]),
    "indented": ("text\n\n    /// only | m", ["3:5 TS107"]),
    "where it cannot stand": ("//// only | m\n\n/// action | X\n\n///\n\n////", ["3:1 TS109"]),
    "no title": ("/// action { id=a }\n\n///", ["1:1 TS110"]),
    "an empty title": ("/// action | { id=a }\n\n///", ["1:1 TS110"]),
    "no audience": ("/// only\n\n///", ["1:1 TS110"]),
    "not an audience": ("/// only | Managers!\n\n///", ["1:12 TS111"]),
    "not an option": ("/// action | X { id=a foo }\n\n///", ["1:23 TS111"]),
    "options without an end": ("/// action | X { id=a\n\n///", ["1:16 TS111"]),
    "text after the options": ("/// action | X { id=a } b\n\n///", ["1:16 TS111"]),
    "a value with spaces and no quotes": (
        "/// event | X { starts=2026-01-01 place=Oude Dokken }\n\n///",
        ["1:46 TS111"],
    ),
}
"""Text, and every problem as line:column and code."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found_at_its_place(name):
    text, expected = MISTAKES[name]
    problems = scan_blocks(text, "x.md").problems
    assert [f"{p.where.line}:{p.where.col} {p.code}" for p in sorted(problems)] == expected


HEADERS = {
    "one line": "/// action | X { id=a minutes=5 }",
    "without spaces": "///action|X {id=a minutes=5}",
    "wrapped before the braces": "/// action | X\n{ id=a minutes=5 }",
    "wrapped after the brace": "/// action | X {\nid=a minutes=5 }",
    "wrapped everywhere": "/// action |\nX {\nid=a\nminutes=5\n}",
    "name in capitals": "/// Action | X { id=a minutes=5 }",
    "slightly more slashes": "////// action | X { id=a minutes=5 }",
    "quotes of both kinds": "/// action | X { id=\"a\" minutes='5' }",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_say_the_same(name):
    opening = HEADERS[name]
    slashes = "/" * (len(opening) - len(opening.lstrip("/")))
    scan = scan_blocks(f"{opening}\n\ntext\n\n{slashes}")
    (header,) = scan.headers
    assert scan.problems == ()
    assert (header.kind.name, header.argument) == ("action", "X")
    assert (header.options.id, header.options.minutes) == ("a", 5)


def test_a_long_title_wraps_without_options():
    scan = scan_blocks(f"/// action | {LONG},\nthe very words\n\n///")
    assert scan.headers[0].argument == f"{LONG}, the very words"
    assert scan.problems == ()


def test_an_audience_wraps_after_a_comma():
    scan = scan_blocks("/// only | managers,\n!toronto\n\n///")
    assert scan.headers[0].audience == Audience(frozenset({"managers"}), frozenset({"toronto"}))
    assert scan.problems == ()


def test_escapes_of_formatters_are_not_said():
    (header,) = scan_blocks('/// event | Ask \\_one\\_ \\* { starts=2026-01-01 place="a\\_b" }\n\n///').headers
    assert header.argument == "Ask _one_ *"
    assert header.options.place == "a_b"


def test_quoted_values_hold_spaces_breaks_and_braces():
    text = "/// event | X { starts=2026-01-01 place='Oude\nDokken' price=\"{ a } b\" }\n\n///"
    (header,) = scan_blocks(text).headers
    assert (header.options.place, header.options.price) == ("Oude Dokken", "{ a } b")
    assert header.options.starts == dt.date(2026, 1, 1)


CODE = {
    "backticks": "```\n/// only | m\n\n/// nope\n```",
    "tildes with an info string": "~~~ md `x`\n/// only | m\n~~~",
    "longer": "````\n```\n/// nope\n````",
    "in an item": "1. a\n\n   ```\n   /// only | m\n   ```",
    "as an item": "- ```\n  /// only | m\n  ```",
    "in a quotation": "> ```\n> /// only | m\n> ```",
    "in an item, four columns in": "1.  a\n\n    ```\n    /// only | m\n\n    ///\n    ```",
}


@pytest.mark.parametrize("name", CODE)
def test_code_is_left_alone(name):
    scan = scan_blocks(CODE[name])
    assert (scan.text.source, scan.text.blocks, scan.problems) == (CODE[name], (), ())


def test_stock_blocks_are_left_to_pymdownx():
    scan = scan_blocks("/// details | S\n    open: true\n\ntext\n\n///")
    assert scan.headers == scan.problems == ()
    assert " details | S\n    open: true\n\ntext\n" in scan.text.source


def test_each_block_holds_its_own_text_and_the_text_around_it_a_placeholder():
    """K1: lines keep their numbers, so that a place in a text is a place in the file."""
    body = "a\n\n//// only | m\n\nb\n\n/// only | n\n\nc\n\n///\n\nd\n\n////\n\ne"
    text = scan_blocks(body, "x.md", 10).text
    (outer,) = text.blocks
    (inner,) = outer.text.blocks
    assert text.source.split("\n") == ["a", "", "", placeholder(0), *[""] * 12, "e"]
    assert outer.text.source.split("\n") == ["", "b", "", "", placeholder(0), "", "", "", "", "d", ""]
    assert inner.text.source == "\nc\n"
    assert [text.first_line, outer.text.first_line, inner.text.first_line] == [10, 13, 17]


def test_a_library_action_needs_no_title():
    (header,) = scan_blocks("/// action { use=ask-first }\n\n///").headers
    assert header.options.use == "ask-first"


def test_places_begin_where_the_body_does():
    (problem,) = scan_blocks("\n/// actoin | X\n\n///", "a/b.md", 10).problems
    assert str(problem) == "a/b.md:11:5: TS101 unknown block 'actoin' (did you mean 'action'?)"


def test_a_block_whose_audience_is_not_clear_has_no_options():
    assert scan_blocks("/// only | M!\n\n///").headers[0].options is None
