"""What leaves for a terminal, GitHub or a program is shown, never obeyed (K9)."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Write
from tests.folders import issue
from tests.sample import NOW
from tipsheet.cli import main
from tipsheet.cli.findings import Listing, github, listed
from tipsheet.cli.terminal import in_json, one_line, shown
from tipsheet.problems import Problem, Where

TIP = "content/tipsheets/2026/2026-11-17-ask.md"
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(ANY)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    """K9: control characters, escapes, marks of direction, halves of characters."""
    left = shown(text)
    left.encode()
    assert not [c for c in left if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\t\n"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", left)
    assert one_line(text).splitlines() in ([], [one_line(text)])


@given(st.dictionaries(ANY, ANY))
def test_json_is_the_same_value_without_what_a_terminal_obeys(value: dict[str, str]) -> None:
    assert json.loads(in_json(value)) == json.loads(json.dumps(value))
    assert shown(in_json(value)) == in_json(value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain words, é 字 👩‍💻", "plain words, é 字 👩‍💻"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\rb\nc\td", "a\\rb\\nc\\td"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("caf\udce9", "caf\\xe9"),
        ("a\x9b31m", "a\\x9b31m"),
        ("a\u2028b", "a\\u2028b"),
        ("\ufeffa\u200bb", "\\ufeffa\\u200bb"),
    ],
)
def test_a_character_is_written_out(text: str, line: str) -> None:
    assert one_line(text) == line


@given(ANY, ANY, ANY)
def test_findings_are_one_line_each_and_no_command(path: str, message: str, hint: str) -> None:
    """K9: GitHub takes a line that begins with `::` for a command; `%`, CR and LF in ours are encoded."""
    problem = Problem(Where(path), "TS001", message, hint)
    found = Listing(problems=[problem], root=Path("/x"))
    (line,) = listed(found)
    assert line.splitlines() == [line]
    annotation, log = github(found)
    assert annotation.splitlines() == [annotation]
    assert re.fullmatch(r"::error file=[^:,]*,line=1,col=1,title=TS001::.*", annotation, re.DOTALL)
    assert not log.lstrip().startswith(("::", "##["))


@pytest.mark.parametrize("form", ["text", "json", "github"])
@pytest.mark.parametrize("bad", ["n%0A::error::PWNED.md", "n%1B[2J.md", "n%0D%0A##[error]PWNED", "n%C2%9B31m.md"])
def test_a_link_of_a_text_commands_nothing(form: str, bad: str, publication: Write) -> None:
    """K9: from content to the last byte of `check`."""
    root = publication({TIP: issue(body=f"Intro.\n\n[y]({bad})")})
    done = CliRunner().invoke(main, ["-C", str(root), "check", "--now", NOW.isoformat(), "--format", form])
    assert done.exit_code == 1
    assert not [c for c in done.output if unicodedata.category(c) == "Cc" and c != "\n"]
    assert not re.search(r"^\s*(::error::|##\[)", done.output, re.MULTILINE)


def test_words_of_headers_are_escaped_on_pages_and_in_letters(publication: Write, tmp_path) -> None:
    """K9: titles, descriptions, tags, names and settings that hold markup are text everywhere."""
    mark = "<script>x</script>"
    text = issue(title=f"'A {mark}'", description=f"'B {mark} that is long enough to be a line'", tags=f"['c {mark}']")
    authors = f"ada: {{name: 'Ada {mark}', role: '{mark}', bio: '{mark}'}}\n"
    root = publication({TIP: text, "content/authors.yml": authors})
    settings = root / "mkdocs.yml"
    settings.write_text(
        settings.read_text().replace("One fact at a time", f"'{mark}'").replace("title: Managers", f"title: '{mark}'")
    )
    done = CliRunner().invoke(main, ["-C", str(root), "build", "--now", NOW.isoformat()])
    assert done.exit_code == 0, done.output
    for file in (*(root / "site").rglob("*.html"), *(root / "outbox").rglob("*.html")):
        assert mark not in file.read_text(encoding="utf-8"), file
