"""Markdown inside a paragraph: what is written is what is shown (C19)."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import lxml.html
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tipsheet.model.placeholders import unguarded
from tipsheet.reading.body import BodyReader
from tipsheet.reading.sources import Source
from tipsheet.reading.targets import Targets

SCENARIOS = yaml.safe_load(Path(__file__).with_name("scenarios").joinpath("inline.yml").read_text("utf-8"))
Shown = Callable[[str], str]


def _source(text: str) -> Source:
    return Source(path="content/a.md", name="a.md", body=text, first_line=1, header=None)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The HTML of a text."""
    reader = BodyReader(Targets(tmp_path_factory.mktemp("content"), {}), ZoneInfo("UTC"), (), ("first_name",))

    def show(text: str) -> str:
        return unguarded("\n".join(one.content.html for one in reader.read(_source(text), place="page").body.passages))

    return show


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_a_text_and_what_it_becomes(shown: Shown, scenario: dict[str, Any]) -> None:
    """C19: as CommonMark and GitHub."""
    assert "".join(shown(scenario["text"]).split()) == "".join(scenario["html"].split())


@given(text=st.text(string.ascii_letters + string.punctuation + " ", min_size=1).map(str.strip).filter(bool))
@settings(max_examples=300, deadline=None)
def test_escaped_signs_are_shown(shown: Shown, text: str) -> None:
    """C19: a backslash before each sign, and the text is what was meant."""
    escaped = "".join(f"\\{sign}" if sign in string.punctuation else sign for sign in text)
    assert _words(shown(escaped)) == " ".join(text.split())


@given(text=st.text(string.ascii_letters + string.punctuation + " \n", min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_code_is_shown_as_it_is_written(shown: Shown, text: str) -> None:
    """C18: whatever stands in a code span."""
    line = " ".join(text.split())
    ticks = "`" * (1 + max((len(run) for run in "".join(c if c == "`" else " " for c in line).split()), default=0))
    page = lxml.html.fragment_fromstring(shown(f"x {ticks} {line} {ticks}."), create_parent="div")
    if line:
        assert [code.text_content() for code in page.iter("code")] == [line]


def _words(html: str) -> str:
    return " ".join(str(lxml.html.fragment_fromstring(html, create_parent="div").text_content()).split())
