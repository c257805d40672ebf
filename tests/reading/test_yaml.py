"""One reader of YAML: places, words as they were written, limits."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import issue
from tests.reading.test_mistakes import TIP, found
from tipsheet.documents import merged, parse_yaml, read_text
from tipsheet.limits import LIMITS
from tipsheet.scalars import written

SURPRISES = yaml.safe_load((Path(__file__).parent / "surprises.yml").read_text(encoding="utf-8"))
CASES = yaml.safe_load((Path(__file__).parent / "yaml.yml").read_text(encoding="utf-8"))
PIECES = [*"a.:-[]{}&*!?|>'\"#<,\n", "<<", "1.10", "---", "...", "  ", ": ", "- ", "!!int ", "!x ", "&x ", "*x"]


def as_written(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: as_written(value) for key, value in data.items()}
    return [as_written(value) for value in data] if isinstance(data, list) else str(written(data))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_header(case: dict[str, Any]) -> None:
    """C21, K8: words stay as they were written, or the place is told."""
    document, problems = parse_yaml(case["text"], "f.md", first_line=2)
    assert [str(problem) for problem in problems] == ([case["problem"]] if "problem" in case else [])
    assert as_written(document.data if document else None) == case.get("data", "None")


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
@settings(deadline=None, max_examples=300)
def test_no_text_makes_it_raise(text: str) -> None:
    """K8: a document or a problem, whatever the text."""
    document, problems = parse_yaml(text, "f.md")
    assert document is not None or problems


@given(st.recursive(st.text("abc #:-1.", max_size=6) | st.integers(-99, 99), lambda inner: st.lists(inner, max_size=3)))
@settings(deadline=None, max_examples=100)
def test_what_another_program_wrote_is_read_back(value: Any) -> None:
    """C21: by PyYAML's own writer, which puts quotes where they are needed."""
    document, _ = parse_yaml(yaml.safe_dump({"a": value}), "f.md")
    assert document is not None
    assert as_written(document.data) == as_written({"a": value})


@pytest.mark.parametrize("sign", ["[", "{", "- ", "? ", "&a ", "!!a ", "[a, ", "'", '"\\', "a: ", "*a ", "|\n "])
def test_a_hundred_thousand_signs_end_at_once(sign: str) -> None:
    """K8: nesting is counted before anything nests."""
    before = time.process_time()
    _, problems = parse_yaml(sign * 100_000, "f.md")
    assert len(problems) <= 1
    assert time.process_time() - before < 8


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """K8: a limit is an error with a remedy, and no more than the limit is read."""
    file = tmp_path / "large.md"
    with file.open("wb") as stream:
        stream.truncate(5 * LIMITS["file"].value)
    text, problems = read_text(file, "large.md")
    assert text is None
    assert [str(p) for p in problems] == [
        "large.md:1:1: TS031 this file is larger than 10,000,000 bytes (cut it into several files)"
    ]


def test_a_file_over_its_parent() -> None:
    """C21: mappings are laid over each other, lists are replaced, and each value keeps its place."""
    base, _ = parse_yaml("a: {x: 1, y: [1, 2]}\nb: c\n", "base.yml")
    over, _ = parse_yaml("a: {y: [3]}\n", "over.yml")
    assert base is not None
    assert over is not None
    both = merged(base, over)
    assert both.data == {"a": {"x": 1, "y": [3]}, "b": "c"}
    assert str(both.place(("a", "x"))) == "base.yml:1:8"
    assert str(both.place(("a", "y", 0))) == "over.yml:1:9"
    assert ("a", "y", 1) not in both.values


@pytest.mark.parametrize(("field", "value", "problem"), SURPRISES["issue"])
def test_a_surprise_is_told(field: str, value: str, problem: str, publication: Write) -> None:
    """C21, K8: surprises of YAML and days outside of the calendar have their line."""
    assert found(publication({TIP: issue(**{field: value})})) == [problem]


@pytest.mark.parametrize("value", ["1.10", "0042", "yes", "08:30", "1e3", '"Issue #5"'])
def test_a_title_is_what_was_written(value: str, publication: Write) -> None:
    """C21."""
    assert found(publication({TIP: issue(title=value, tags=f"[{value}, x]")})) == []


@pytest.mark.parametrize(("header", "problem"), SURPRISES["page"])
def test_the_header_of_an_ordinary_page(header: str, problem: str, publication: Write) -> None:
    """C21, K8: MkDocs reads it too, in an older dialect."""
    assert found(publication({"content/about.md": f"---\n{header}\n---\n\n# About\n"})) == [problem]
