"""The witness: where GitHub shows a text otherwise than our HTML of it (C19, X4)."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.blocks import scan_blocks
from tipsheet.blocks.passages import Text
from tipsheet.explanations import EXPLANATIONS
from tipsheet.problems import Severity, Where
from tipsheet.reading.body import BodyReader
from tipsheet.reading.targets import Targets
from tipsheet.witness import DOCUMENTED, KINDS, LONGEST, differences
from tipsheet.witness.dialect import marked_up

CASES = yaml.safe_load((Path(__file__).parent / "findings.yml").read_text("utf-8"))
START = Where("x.md", 1)


def html_of(text: str | Text) -> str:
    """What we make of a text by itself."""
    reader = BodyReader(Targets(Path(), {}), ZoneInfo("UTC"), (), ())
    return reader.convert(scan_blocks(text).text if isinstance(text, str) else text, {})[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_differs_is_told_at_its_place(case: dict[str, Any]) -> None:
    """X4: after this, nothing is changed in silence."""
    references = {label: tuple(target) for label, target in case.get("references", {}).items()}
    found = differences(case["text"], case["html"], START, references)
    assert [f"{p.where.line}:{p.where.col} {p.code}" for p in found] == case["found"]
    assert all(p.severity is Severity.WARNING for p in found)


@pytest.mark.parametrize("code", sorted({*KINDS} - {"TS135", "TS137"}))
def test_an_example_of_an_explanation_is_told(code: str) -> None:
    """Of TS135 none is known now, and one of TS137 would fill the page."""
    texts = EXPLANATIONS[code].before, EXPLANATIONS[code].after
    before, after = (differences(text, html_of(text), START) for text in texts)
    assert ([problem.code for problem in before], after) == ([code], ())


def test_every_kind_has_a_case() -> None:
    assert {found.split()[1] for case in CASES for found in case["found"]} == set(KINDS)


def test_a_message_has_both_readings_and_a_remedy() -> None:
    (found,) = differences("a\n\n[b](/c%26d)\n", "<p>a</p><p><a href='/c&amp;d'>b</a></p>", Where("x.md", 10, 5))
    assert str(found) == (
        "x.md:12:5: TS133 warning: GitHub shows <p><a → /c%26d>b</a></p>; here it is <p><a → /c&d>b</a></p> "
        "(write [text](address), with the address in <> if it holds blanks or brackets)"
    )


@pytest.mark.parametrize("one", DOCUMENTED, ids=lambda one: one.name)
def test_what_is_documented_is_no_finding(one: Any) -> None:
    """Each example of the reference page is read as the page says, and the witness is silent."""
    assert differences(one.written, html_of(one.written), START) == ()


@pytest.mark.parametrize(
    "text",
    [
        'Text *in* a\nparagraph, [with a link](https://a.example/b_c_d){ .cta title="x y" } and `code`.',
        "## Heading { #anchor }\n\n> Quoted\n{ .ask }\n\n- [x] done\n- [X] done\n- [ ] not",
        "| a | b |\n|:--|--:|\n| *x* | `y` |\n| one |",
        "<figure><img src='a.png' alt='A'></figure>\n\n<div class='x'>\n\n*a*\n\n</div>\n\n<!-- hidden -->",
        '![A](a.png){ width=120 }\n\n![A](a.png "Credit")',
        '```python title="x.py" hl_lines="1"\na = 1\n\tb\n```\n\n    indented\n\n~~~\nx\n~~~',
        '***both*** and __strong__ ~~gone~~ H<sub>2</sub>O, 3^2^, a--b, "quoted", (c) ... it\'s',
        r"No fields: \@@first_name\@@ and \@@*a*\@@ \@@b_c_ \@@a\|b\@@",
        r"Nor are \@@a\*b\[c\@@ `\@@a*b@@` `@@a*b@@`; one is @@name or a\*b@@",
        "Hello @@first_name or there@@: https://a.example/@@token@@?x=1, <https://b.example/c_d> <ada@sheet.example>",
        "1. a\n\n   b\n\n2. c\n   - d\n     1. e\n\n---\n\n* f\n* g\n\n+ h",
        "a[^n] b[^m] c[^n]\n\n[^m]: M\n\n[^n]: N\n\n    N2\n\n    - x",
        "<details markdown><summary>More</summary>\n\nHidden *text*.\n\n</details>\n\n<div markdown='1'>\n# a\n</div>",
        "Line one<br>\nline two  \nline three\n&nbsp;&mdash;&amp;&#8364;",
        "[a]: https://a.example/ 'T'\n\n[A][], [a], [b][a] ![i][a]",
        "",
        "\n\n",
    ],
)
def test_ordinary_text_is_no_finding(text: str) -> None:
    """A wrong warning costs the right ones their readers."""
    assert differences(text, html_of(text), START) == ()


def test_a_block_may_stand_in_a_text() -> None:
    text = scan_blocks("One *a*.\n\n/// only | vip\n\nTwo.\n\n///\n\nThree \\& four.\n").text
    found = differences(text.source, "<p>One <em>a</em>.</p><p>\ufdd00\ufdd1</p><p>Three \\&amp; four.</p>", START)
    assert [(p.where.line, p.code) for p in found] == [(9, "TS130")]


@given(st.text(), st.text())
def test_nothing_makes_it_stop(text: str, html: str) -> None:
    """K8: it answers, with places inside the text."""
    for found in differences(text, html, START):
        assert found.code in KINDS
        assert 1 <= found.where.line <= text.count("\n") + 1


@given(
    st.lists(
        st.sampled_from(["*", "_", "`", "[", "]", "(", "<", ">", "a", " ", "\n", "\n\n", "- ", "#", "|", "&", "\\"])
    )
)
def test_a_text_never_differs_from_itself(parts: list[str]) -> None:
    text = "".join(parts)
    assert [p for p in differences(text, marked_up(text, {}).html, START) if p.code not in {"TS133", "TS136"}] == []


def test_a_text_beyond_measure_is_told() -> None:
    assert [p.code for p in differences("a\n" * LONGEST, "", START)] == ["TS137"]


def test_hundreds_of_differences_are_counted() -> None:
    text, html = "a \\& b\n\nsame\n\n" * 500, "<p>a \\&amp; b</p><p>same</p>" * 500
    found = differences(text, html, START)
    assert len(found) == 201
    assert found[-1].code == "TS137"
    assert "differences from here on are not listed" in found[-1].message
