"""The place of a piece of evidence in a source (X3); scenarios as a file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tipsheet.places import SourceText, placed
from tipsheet.problems import Evidence, Problem, Sign, Where

CASES = yaml.safe_load(Path(__file__).with_name("places.yml").read_text("utf-8"))
PATH = "content/tipsheets/a.md"
PIECES = [
    "[",
    "]",
    "](",
    ")",
    "`",
    "```\n",
    "~~~\n",
    "<!--",
    "-->",
    "<a href=",
    '"',
    ">",
    "x.md",
    "\n",
    "    ",
    "- ",
    "[r]: ",
    "!",
]


def marked(text: str) -> tuple[str, list[str]]:
    """The text without its marks, and their places."""
    places = []
    while (at := text.find("¦")) >= 0:
        places.append(f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}")
        text = text.replace("¦", "", 1)
    return text, places


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_evidence_has_its_place(case: dict[str, Any]) -> None:
    text, expected = marked(case["text"])
    sign, *words = case["evidence"]
    found = SourceText(PATH, text).places(Evidence(Sign(sign), *words))
    assert [str(where) for where in found] == [f"{PATH}:{place}" for place in expected]


SETTINGS = """\
site_url: https://sheet.example/
plugins:
  - search
  - tipsheet:
      tagline: x
      mail: {sender: a}
"""


@pytest.mark.parametrize(
    ("key", "line"), [("site_url", 1), ("mail/unsubscribe_url", 6), ("tagline", 5), ("look/light/ink", None)]
)
def test_a_setting_has_the_place_of_the_nearest_key_that_exists(key: str, line: int | None) -> None:
    found = SourceText("mkdocs.yml", SETTINGS).places(Evidence(Sign.KEY, key))
    assert [where.line for where in found] == ([line] if line else [])


def test_the_first_evidence_that_a_source_has_counts() -> None:
    problem = Problem(
        Where(PATH), "TS405", "m", evidence=(Evidence(Sign.TEXT, "nowhere"), Evidence(Sign.TEXT, "there"))
    )
    texts = [SourceText(PATH, "here"), SourceText("content/notes/n.md", "\nthere")]
    assert [str(one.where) for one in placed(problem, texts)] == ["content/notes/n.md:2:1"]
    assert [one.where for one in placed(problem, texts[:1])] == [Where(PATH)]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.sampled_from(Sign))
def test_any_text_has_its_places_inside(text: str, sign: Sign) -> None:
    """K8: whatever stands in a text, the search ends, and names places that exist."""
    lines = text.split("\n")
    for where in SourceText(PATH, text).places(Evidence(sign, "x.md", "x")):
        assert 1 <= where.line <= len(lines)
        assert 1 <= where.col <= len(lines[where.line - 1]) + 1


@pytest.mark.parametrize("piece", [*PIECES, "[x](missing.md) ", "<!-- `", "[[", "https://x.example/ ", "[a][b] "])
def test_time_is_linear_in_the_text(piece: str) -> None:
    """K8: 400 KB of anything take seconds at most; what is quadratic would take longer than a test may."""
    text = piece * (400_000 // len(piece))
    found = SourceText(PATH, text).places(Evidence(Sign.LINK, "missing.md", "x"))
    assert len(found) == min(200, text.count("[x](missing.md)"))


def test_marks_are_read_from_the_scenarios() -> None:
    assert all(re.fullmatch(r"[^¦]*", marked(case["text"])[0]) for case in CASES)


BLOCKED = ["{}", "/// only | managers\n\n{}\n\n///", "> {}", "- {}", "1. One\n\n    {}", "| a |\n| - |\n| {} |"]
FORMS = [
    "[x](¦missing.md)",
    '[*x*](<¦missing.md> "T")',
    "¦[x][r]",
    "<a class=\"b\" href='¦missing.md'>x</a>",
    "![y](a.png) [x](¦missing.md)",
]
NOISE = [
    "Words [y](other.md).",
    "`[x](missing.md)`",
    "```\n[x](missing.md)\n```",
    "<!-- [x](missing.md) -->",
    "## Missing.md",
    "世界 [y]",
    "    [x](missing.md)",
]


@given(
    before=st.lists(st.sampled_from(NOISE), max_size=5),
    around=st.sampled_from(BLOCKED),
    form=st.sampled_from(FORMS),
    after=st.lists(st.sampled_from(NOISE), max_size=3),
)
def test_a_link_is_found_wherever_it_stands(before: list[str], around: str, form: str, after: list[str]) -> None:
    """X3: in any block, in any form, between code that looks like it."""
    body = "\n\n".join([*before, "Here:", around.format(form), "There.", *after, "[r]: missing.md"])
    text, places = marked(f"---\ntitle: missing.md\n---\n\n{body}\n")
    found = SourceText(PATH, text).places(Evidence(Sign.LINK, "missing.md", "x"))
    assert [str(where) for where in found] == [f"{PATH}:{place}" for place in places]
